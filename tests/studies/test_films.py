"""Films of any length: windows as any other clip, answers as stretches, and going on where it was stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from footage import write_lossless
from tiny import shape_video
from toys import toy_hierarchy

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.bundles.traces import Trace, trace
from hprotopnet.config import ClipConfig
from hprotopnet.data.video import probe, write_video
from hprotopnet.errors import InputError
from hprotopnet.files import read_json
from hprotopnet.structure import structure
from hprotopnet.studies import films
from hprotopnet.studies.films import MANY, Record, follow_film, plan_of, segments, trace_of, usual_stride

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bundle(tiny_bundle) -> Bundle:
    return open_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def model(bundle):
    return bundle.load_model()


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Ten seconds of five classes, one after the other."""
    path = tmp_path_factory.mktemp("films") / "five.mp4"
    labels = ("RedDisc", "BlueBar", "GreenDisc", "RedBar", "BlueDisc")
    write_video(path, np.concatenate([shape_video(label, 1, frames=25) for label in labels]), 12.5)
    return path


def record_of(bundle: Bundle, film: Path, file: Path | None = None, **part: float) -> Record:
    return Record(plan_of(bundle, film, **part), len(bundle.hierarchy.nodes), True, file)


def finished(bundle: Bundle, model, film: Path, record: Record) -> Record:
    for _ in follow_film(model, film, bundle.config.clip, record):
        pass
    return record


def test_windows_are_answered_as_in_any_trace(bundle, model, film, monkeypatch):
    monkeypatch.setattr(films, "HELD", 1)  # a batch at a time
    record = finished(bundle, model, film, record_of(bundle, film, stride=0.2))
    expected = trace(model, film, bundle.config.clip, step=0.2)
    found = trace_of(record, bundle.hierarchy, film)
    np.testing.assert_allclose(found.times, expected.times, atol=2e-3)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=1e-3)
    np.testing.assert_allclose(found.distances, expected.distances, rtol=1e-3)
    assert (found.label, found.sha256) == (None, expected.sha256)


def test_a_part_is_answered_as_in_the_whole(bundle, model, film):
    whole = finished(bundle, model, film, record_of(bundle, film, stride=0.5))
    part = finished(bundle, model, film, record_of(bundle, film, begin=2.0, end=6.0, stride=0.5))
    assert part.starts[0] == 2.0
    assert part.starts[-1] + bundle.config.clip.span == pytest.approx(6.0)
    place = whole.starts.index(2.0)
    np.testing.assert_allclose(part.probabilities[:4], whole.probabilities[place : place + 4], rtol=1e-3)


def test_half_a_window_is_the_step_until_films_are_long():
    clip = ClipConfig()
    assert usual_stride(10, clip) == pytest.approx(clip.span / 2)
    assert 3600 / usual_stride(3600, clip) == pytest.approx(MANY, rel=0.01)


def test_what_cannot_be_traced_is_refused(bundle, film):
    for part in ({"begin": 11.0}, {"begin": 3.0, "end": 3.0}, {"end": -1.0}, {"begin": float("nan")}, {"stride": 0.0}):
        with pytest.raises(InputError):
            plan_of(bundle, film, **part)
    with pytest.raises(InputError, match="choose an hour"):
        films.part_of(replace(probe(film), duration=4000.0), film, None, None)
    assert films.part_of(replace(probe(film), duration=4000.0), film, 400.0, None) == (400.0, 4000.0)


def test_stopped_anywhere_it_goes_on_to_the_same(bundle, model, film, tmp_path):
    expected = finished(bundle, model, film, record_of(bundle, film, tmp_path / "whole", stride=0.3))
    content = (tmp_path / "whole").read_bytes()
    for cut in (0, 1, len(content) // 3, len(content) // 2, len(content) - 1, len(content)):
        file = tmp_path / "cut"
        file.write_bytes(content[: content.index(b"\n") + 1] if not cut else content[:cut])
        if cut == 1:
            with pytest.raises(InputError, match="no trace"):
                record_of(bundle, film, file, stride=0.3)
            continue
        record = record_of(bundle, film, file, stride=0.3)
        assert record.done == len(expected.starts) or record.done % 4 == 0
        finished(bundle, model, film, record)
        assert file.read_bytes() == content
        np.testing.assert_array_equal(record.probabilities, expected.probabilities)


def test_of_another_film_network_or_setting_nothing_is_gone_on_with(bundle, film, tmp_path):
    file = tmp_path / "record"
    own = record_of(bundle, film, file, stride=0.5)
    content = file.read_bytes()
    cases = [("stride", 0.25, "stride is 0.5 there and 0.25 here"), ("begin", 1.0, "begin is"), ("end", 3.0, "end is")]
    cases += [("sha256", "0", "another video"), ("network", "0", "another network")]
    for name, value, said in cases:
        with pytest.raises(InputError, match=said):
            Record(replace(own.plan, **{name: value}), len(bundle.hierarchy.nodes), True, file)
    assert file.read_bytes() == content
    assert len({replace(own.plan, **{name: value}).key for name, value, _ in cases}) == len(cases)


@pytest.mark.parametrize(
    "line", ["{}", "[]", '{"probabilities": [1], "distances": []}', "null", '{"probabilities": NaN}']
)
def test_a_line_that_is_none_of_ours_ends_what_is_believed(bundle, film, tmp_path, line):
    file = tmp_path / "record"
    record_of(bundle, film, file)
    begun = file.read_bytes()
    file.write_bytes(begun + line.encode() + b"\n")
    assert record_of(bundle, film, file).done == 0
    assert file.read_bytes() == begun


def test_frames_at_uneven_times_and_a_film_shorter_than_a_window(bundle, model, tmp_path):
    images = shape_video("RedDisc", 1, frames=30)
    uneven = write_lossless(
        tmp_path / "uneven.mkv", images, times=np.cumsum([0, *[0.04, 0.1, 0.3, 0.04, 0.02] * 6][:30])
    )
    record = finished(bundle, model, uneven, record_of(bundle, uneven))
    assert record.whole
    assert record.starts[-1] + bundle.config.clip.span == pytest.approx(max(probe(uneven).duration, 1.28), abs=1e-3)
    write_video(tmp_path / "short.mp4", shape_video("RedDisc", 1, frames=5), 12.5)
    short = finished(bundle, model, tmp_path / "short.mp4", record_of(bundle, tmp_path / "short.mp4"))
    assert short.starts == (0.0,)
    found = trace_of(short, bundle.hierarchy, tmp_path / "short.mp4")
    [own] = segments(found, bundle.hierarchy, 0.6, 0.0, short.plan.end)
    assert (own.start, own.end) == (0.0, pytest.approx(0.4))


def toy(*said: str | None) -> Trace:
    """A trace of the toy tree in which these nodes are said a second apart, in windows of a second."""
    tree = toy_hierarchy()
    probabilities = np.full((len(said), len(tree.nodes)), 0.1)
    for number, (row, name) in enumerate(zip(probabilities, said, strict=True)):
        row[list(tree.ancestors(tree.index(name))) if name else []] = 0.85 + number / 100
    times = np.arange(len(said)) + 0.5
    return Trace("toy", None, "", 1.0, times, tree.nodes, probabilities, np.zeros((len(said), 0)))


def test_answers_are_stretches_that_follow_one_another():
    found = segments(toy("sports", "sports", None, "dunk", "ball"), toy_hierarchy(), 0.8)
    assert [own.node for own in found] == ["sports", None, "dunk", "ball"]
    assert [(own.start, own.end) for own in found] == [(0, 2), (2, 3), (3, 4), (4, 5)]
    assert [own.probability for own in found] == pytest.approx([0.86, 0.1, 0.88, 0.89])
    assert [own.moment for own in found] == [1.5, 2.5, 3.5, 4.5]
    assert (
        segments(
            replace(toy(None), times=np.zeros(0), probabilities=np.zeros((0, 12)), distances=np.zeros((0, 0))),
            toy_hierarchy(),
            0.8,
        )
        == ()
    )


def command(bundle: Bundle, film: Path, out: Path, *more: object) -> list[str]:
    words = ["trace", "--bundle", bundle.folder, "--video", film, "--out", out, *more]
    return [sys.executable, "-m", "hprotopnet", *map(str, words)]


def run(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run(command(*words), cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_killed_and_given_again_writes_the_same(bundle, film, tmp_path):
    done = run(bundle, film, tmp_path / "whole", "--stride", 0.1)
    assert done.returncode == 0, done.stderr
    with subprocess.Popen(command(bundle, film, tmp_path / "killed", "--stride", 0.1), cwd=ROOT) as working:
        record, patience = tmp_path / "killed" / "windows.jsonl", time.monotonic() + 60
        while (
            working.poll() is None
            and time.monotonic() < patience
            and (not record.exists() or record.read_bytes().count(b"\n") < 6)
        ):
            time.sleep(0.005)
        os.kill(working.pid, signal.SIGKILL)
    before = record.read_bytes().count(b"\n")
    again = run(bundle, film, tmp_path / "killed", "--stride", 0.1)
    assert again.returncode == 0, again.stderr
    assert "were there already" in again.stdout or before < 5
    for name in ("trace.json", "probabilities.csv", "segments.csv", "timeline.svg", "windows.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    other = run(bundle, film, tmp_path / "killed", "--stride", 0.2)
    assert other.returncode == 2
    assert "stride is 0.1 there and 0.2 here" in other.stderr
    assert len(other.stderr.strip().splitlines()) == 1


def test_what_the_command_writes_is_what_it_says(bundle, film, tmp_path):
    done = run(bundle, film, tmp_path / "out", "--start", 1, "--end", 5)
    assert done.returncode == 0, done.stderr
    found = structure(read_json(tmp_path / "out" / "trace.json"), Trace, "trace")
    rows = (tmp_path / "out" / "probabilities.csv").read_text().splitlines()
    assert rows[0] == ",".join(["seconds", *bundle.hierarchy.nodes])
    assert len(rows) == 1 + len(found.times)
    assert [float(value) for value in rows[1].split(",")][1:] == found.probabilities[0].tolist()
    stretches = (tmp_path / "out" / "segments.csv").read_text().splitlines()[1:]
    assert stretches[0].startswith("1.000,")
    assert stretches[-1].split(",")[1] == "5.000"
    assert "five: " in done.stdout
    picture = (tmp_path / "out" / "timeline.svg").read_text()
    assert picture.startswith("<svg")
    assert "Grandparent" in picture


def test_a_plan_survives_json(bundle, film):
    own = plan_of(bundle, film)
    assert json.loads(json.dumps(asdict(own))) == asdict(own)
