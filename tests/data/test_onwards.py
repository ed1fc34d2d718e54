"""A film read part by part: the same frames as at once, and nothing is decoded twice, whatever its clock."""

from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path

import footage
import numpy as np
import pytest

from hprotopnet.bundles import traces
from hprotopnet.bundles.traces import clips_along
from hprotopnet.config import ClipConfig
from hprotopnet.data import decoding, opened, video
from hprotopnet.data.clips import instants, window_starts
from hprotopnet.data.pool import Pool
from hprotopnet.data.video import probe, reading

pytestmark = pytest.mark.rendering

FRAMES = 600
LOSSLESS = {"bf": "0", "qmin": "1", "qmax": "1", "g": "12"}


def joined(folder: Path, suffix: str) -> Path:
    """Two broadcasts behind one another: stamps start again in the middle."""
    part = footage.write_lossy(folder / f"part.{suffix}", footage.flat_levels(FRAMES // 2), "mpeg2video", **LOSSLESS)
    (folder / f"a.{suffix}").write_bytes(2 * part.read_bytes())
    return folder / f"a.{suffix}"


def uneven(folder: Path) -> Path:
    times = np.cumsum(np.tile([0.02, 0.04, 0.06, 0.04], FRAMES // 4))
    return footage.write_lossless(folder / "a.mkv", footage.flat_levels(FRAMES), times=times)


FILMS = {
    "B frames": lambda folder: footage.write_lossy(
        folder / "a.mp4", footage.flat_levels(FRAMES), "libx264", bf="3", g="50"
    ),
    "one key frame": lambda folder: footage.write_lossy(
        folder / "a.mp4", footage.flat_levels(FRAMES), "libx264", g="9999"
    ),
    "AVI": lambda folder: footage.write_lossy(folder / "a.avi", footage.flat_levels(FRAMES), "mpeg4", bf="2", g="25"),
    "uneven": uneven,
    "transport stream": lambda folder: joined(folder, "ts"),
    "programme stream": lambda folder: joined(folder, "mpg"),
}


@pytest.fixture(params=FILMS)
def film(request, tmp_path) -> Path:
    yield FILMS[request.param](tmp_path)
    decoding.let_go()


@pytest.fixture
def decoded(monkeypatch) -> list[int]:
    """A packet each that was decoded."""
    found, decode = [], opened.Source.decode
    monkeypatch.setattr(opened.Source, "decode", lambda self, packet: found.append(1) or decode(self, packet))
    return found


def parts_of(begin: float, end: float, count: int) -> list[list[float]]:
    """Instants of a part of a film, in parts that follow one another; the first one of each is the last of another."""
    every = np.linspace(begin, end, 8 * count).tolist()
    return [every[max(0, 8 * i - 1) : 8 * i + 8] for i in range(count)]


def same(one: list, other: list) -> bool:
    return all(a[0] == b[0] and (a[1] == b[1]).all() for a, b in zip(one, other, strict=True))


def test_part_by_part_is_as_at_once_and_nothing_is_decoded_twice(film, decoded):
    whole, _ = decoding.read(film, list(chain(*parts_of(0.0, 30.0, 20))), 48, 25, threads=1)  # beyond the end as well
    once = len(decoded)
    decoded.clear()
    parts = [decoding.read(film, part, 48, 25, 1, onwards=True)[0] for part in parts_of(0.0, 30.0, 20)]
    assert same(list(chain(*parts)), whole)
    assert len(decoded) <= once


def test_what_lies_between_is_passed_over_where_it_can_be(tmp_path, decoded):
    film = FILMS["B frames"](tmp_path)
    alone, _ = decoding.read(film, [20.0], 48, 25, 1)
    decoded.clear()
    decoding.read(film, [0.0], 48, 25, 1, onwards=True)
    assert same(decoding.read(film, [20.0], 48, 25, 1, onwards=True)[0], alone)
    assert len(decoded) < FRAMES // 3
    decoding.let_go()


def test_backwards_it_begins_again_and_so_does_another_film(film, tmp_path_factory):
    late, early = ([time] for time in (15.0, 2.0))
    for wanted in (late, early, late):
        assert same(decoding.read(film, wanted, 48, 25, 1, onwards=True)[0], decoding.read(film, wanted, 48, 25, 1)[0])
    other = footage.write_lossless(tmp_path_factory.mktemp("other") / "a.mkv", footage.moving_block())
    assert same(decoding.read(other, [0.5], 48, 25, 1, onwards=True)[0], decoding.read(other, [0.5], 48, 25, 1)[0])
    film.write_bytes(other.read_bytes())  # another one by the same name
    assert same(decoding.read(film, [0.5], 48, 25, 1, onwards=True)[0], decoding.read(other, [0.5], 48, 25, 1)[0])


def test_a_process_of_its_own_reads_it_and_goes_with_the_block(film, monkeypatch):
    pools = []
    monkeypatch.setattr(video, "Pool", lambda: pools.append(Pool()) or pools[0])
    with reading(film, 48) as read:
        found = [read(part) for part in parts_of(0.0, 20.0, 4)]
        [worker] = pools[0].workers
    assert worker.process.poll() is not None
    whole = video.read_frames(film, list(chain(*parts_of(0.0, 20.0, 4))), 48)
    assert (np.concatenate([row.images for row in found]) == whole.images).all()
    assert (np.concatenate([row.times for row in found]) == whole.times).all()


@pytest.mark.parametrize("most", [1, 4, 1000])
def test_windows_that_overlap_are_read_in_one_go(film, most, monkeypatch):
    clip, asked = ClipConfig(frames=16, fps=12.5, size=32), []

    @contextmanager
    def noted(path, side):
        with reading(path, side) as read:
            yield lambda wanted: asked.append(list(wanted)) or read(wanted)

    monkeypatch.setattr(traces, "reading", noted)
    starts = window_starts(min(probe(film).duration, 12.0), clip.span, 0.31)
    found = [window for windows in clips_along(film, starts, clip, most) for window in windows]
    expected = video.read_windows(film, [instants(start, clip) for start in starts], clip.size)
    assert len(found) == len(expected)
    assert all((one == traces.centre_crop(other.images, 32)).all() for one, other in zip(found, expected, strict=True))
    every = chain(*asked)
    assert all(before < after for before, after in pairwise(every))
