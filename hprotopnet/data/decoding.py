"""Frames of a video file or a folder of pictures at given instants, and what it holds: the work behind `video`.

Only the process of `worker` comes here: what people bring may hang a decoder, fill the memory, or stop the process.
Time stamps, ticks and packets stay in here; everybody else speaks seconds from the first frame that decodes.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.reformatter import Interpolation, VideoReformatter

from hprotopnet.data.clock import Clock
from hprotopnet.data.colour import is_bt709, to_bt709
from hprotopnet.data.messages import VideoInfo
from hprotopnet.data.opened import MISSING, Source, opened, refused
from hprotopnet.data.pictures import check_size, list_pictures, load_picture, resize_shape
from hprotopnet.errors import InputError
from hprotopnet.files import stamp

SEEK_AFTER = 5.0  # seconds without a wanted frame after which seeking pays
MOST_DAYS = 2  # that a video may last by its time stamps

# Averaging over areas keeps fine texture from flickering when frames shrink, at half the cost of bicubic.
_SHRINK = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_ENLARGE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


Shown = tuple[float, np.ndarray]  # a frame, with when it is first shown, in seconds from the first frame


def measure(path: str | Path, folder_fps: float, thorough: bool) -> VideoInfo:
    """What a video holds, see `video.probe`."""
    if Path(path).is_dir():
        files = list_pictures(path)
        height, width, _ = load_picture(files[0]).shape
        return VideoInfo(len(files) / folder_fps, width, height, len(files), folder_fps)
    found = None if thorough else _scanned(path, stamp(path))
    return found or _decoded(path, stamp(path))


@lru_cache(maxsize=64)  # whoever measures a video reads it next, and asks again before seeking
def _scanned(path: str | Path, written: int) -> VideoInfo | None:
    """What a video holds by its packets; None where they are not regular."""
    with opened(path) as (container, stream):
        return _by_packets(Source(path, container, stream, threads=1), path)


@lru_cache(maxsize=64)
def _decoded(path: str | Path, written: int) -> VideoInfo:
    """What a video holds by its frames, all of which are decoded."""
    with opened(path) as (container, stream):
        source = Source(path, container, stream, threads=0)
        first, frames = None, 0
        for _, frame in source.frames:
            first, frames = first or frame, frames + 1
        return _info(source, first, frames, float(source.clock.end * stream.time_base), path)


def _by_packets(source: Source, path: str | Path) -> VideoInfo | None:
    stamps, ends, first, clock = [], [], None, Clock(source.stream.time_base, source.step, source.broadcast)
    for packet in source.packets():
        first = first or next(iter(source.decode(packet)), None)
        if packet.size and not packet.is_discard:
            if not any(memoryview(packet)[:8]):  # a file that was given its size before its content
                return None
            if packet.dts is not None:
                clock(packet.dts, packet.duration)
            at = source.stamp(packet)
            stamps.append(at if at is not None else ends[-1] if ends else 0)
            ends.append(stamps[-1] + max(packet.duration or source.step, 1))
    if first is None or not stamps or source.broken or not clock.regular:
        return None
    if source.lost(first, min(stamps)) > source.slack:
        return None
    return _info(source, first, len(stamps), float((max(ends) - min(stamps)) * source.stream.time_base), path)


def _info(source: Source, first: Any | None, frames: int, duration: float, path: str | Path) -> VideoInfo:
    if first is None:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    if duration > MOST_DAYS * 24 * 3600:
        raise InputError(f"{path}: lasts more than {MOST_DAYS} days by its time stamps; convert it to MP4 (H.264)")
    width, height = _shown_size(first, source.stream.sample_aspect_ratio, path)
    return VideoInfo(duration, width, height, frames, frames / duration, source.damage(duration))


def read(
    path: str | Path,
    wanted: Sequence[float],
    short_side: int,
    folder_fps: float,
    threads: int,
    onwards: bool = False,
) -> tuple[list[Shown], bool]:
    """The frames shown at some instants, which ascend, and whether the file is damaged, see `video.read_windows`.

    Instants at which the same frame is shown share it.

    Args:
        onwards: whether later instants are asked for next: the file stays open, and reading goes on where it ended.
    """
    if Path(path).is_dir():
        picked, damaged = _pick_pictures(path, wanted, short_side, folder_fps), False
    elif onwards:
        picked, damaged = _read_on(path, wanted, short_side, threads)
    else:
        with opened(path) as (container, stream):
            picked, damaged = _Reel(path, container, stream, short_side, threads).pick(wanted)
    if wanted and not picked:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    return [picked[instant] for instant in wanted], damaged


class _Reel:
    """A file that is open, to be read from its beginning on."""

    def __init__(self, path: str | Path, container: Any, stream: Any, short_side: int, threads: int):
        self.path, self.source = path, Source(path, container, stream, threads)
        self.scaler = _Scaler(path, short_side, stream.sample_aspect_ratio)

    def pick(self, wanted: Sequence[float]) -> tuple[dict[float, Shown], bool]:
        """Frames at instants that ascend, and whether what was read so far is damaged."""
        path, source = self.path, self.source
        # Stamps that start again name several places at once.
        picked = _pick(source, wanted, self.scaler, may_seek=lambda: _scanned(path, stamp(path)) is not None)
        return picked, source.incomplete or source.broken > 0 or source.lead > MISSING


class _Open(NamedTuple):
    """The one file that stays open, what was asked of it, and what closes it."""

    asked: tuple[Any, ...] = ()
    reel: _Reel | None = None
    closing: ExitStack = ExitStack()


_open = _Open()


def _read_on(
    path: str | Path, wanted: Sequence[float], short_side: int, threads: int
) -> tuple[dict[float, Shown], bool]:
    """Frames of the file that stays open; another one is opened in its place, and one that is to be read backwards."""
    global _open
    asked = (path, stamp(path), short_side, threads)
    try:
        with refused(path):
            if asked != _open.asked or _has_passed(_open.reel.source, wanted):
                let_go()
                _open = _opened_up(asked)
            return _open.reel.pick(wanted)
    except BaseException:
        let_go()
        raise


def _opened_up(asked: tuple[Any, ...]) -> _Open:
    path, _, short_side, threads = asked
    with ExitStack() as stack:
        reel = _Reel(path, *stack.enter_context(opened(path)), short_side, threads)
        return _Open(asked, reel, stack.pop_all())


def _has_passed(source: Source, wanted: Sequence[float]) -> bool:
    held = source.held
    return bool(wanted) and held is not None and wanted[0] + source.slack < held[0]


def let_go() -> None:
    """Close the file that stays open."""
    global _open
    before, _open = _open, _Open()
    before.closing.close()


def _shown_size(frame: Any, aspect: Fraction | None, path: str | Path) -> tuple[int, int]:
    """Width and height as shown: pixels made square, `aspect` being theirs in the file, and the picture upright."""
    width, height = max(1, round(frame.width * (aspect or 1))), frame.height
    check_size(width, height, path)
    return (height, width) if _display(frame).transposed else (width, height)


class _Display(NamedTuple):
    """How a stored picture is shown: rows and columns exchanged first, then mirrored upside down or left to right."""

    transposed: bool = False
    upside_down: bool = False
    mirrored: bool = False


def _display(frame: Any) -> _Display:
    """By the matrix that takes each stored (x, y) to where it is shown, of which a turn by 90 degrees is one case."""
    matrix = frame.side_data.get(SideData.DISPLAYMATRIX)
    if matrix is None:
        return _Display()
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).tolist()
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if transposed else (a, d)
    return _Display(transposed, down < 0, across < 0)


class _Scaler:
    """Turns decoded frames into arrays of one size, whatever size each frame has."""

    def __init__(self, path: str | Path, short_side: int, aspect: Fraction | None = None):
        self.path, self.short_side, self.aspect = path, short_side, aspect
        self.reformatter = VideoReformatter()
        self.size = None

    def __call__(self, frame: Any) -> np.ndarray:
        shown, display = _shown_size(frame, self.aspect, self.path), _display(frame)
        self.size = self.size or resize_shape(*shown, self.short_side)
        width, height = self.size[::-1] if display.transposed else self.size
        resampling = _SHRINK if width < frame.width else _ENLARGE
        plain = is_bt709(frame.color_trc, frame.color_primaries)
        kind = "rgb24" if plain else "rgb48le"
        image = self.reformatter.reformat(frame, width, height, kind, interpolation=resampling, threads=1).to_ndarray()
        image = image if plain else to_bt709(image, frame.color_trc, frame.color_primaries)
        image = image.transpose(1, 0, 2) if display.transposed else image
        return image[:: -1 if display.upside_down else 1, :: -1 if display.mirrored else 1]


def _pick(
    source: Source, wanted: Sequence[float], image_of: Callable[[Any], np.ndarray], may_seek: Callable[[], bool]
) -> dict[float, Shown]:
    """The frame shown at each of the wanted instants, which ascend; empty when nothing decodes."""
    queue, picked = deque(wanted), {}
    while queue:
        following, held, shown = source.read(), source.held, None
        while queue and held and (following is None or queue[0] + source.slack < following[0]):
            shown = shown or (held[0], image_of(held[1]))
            picked[queue.popleft()] = shown
        if following is None:
            source.incomplete = held is not None and source.stated - source.lead - held[0] > MISSING
            break
        if not queue:  # whoever reads on may want what is held
            source.pushed_back = following
            break
        source.held = following
        if source.may_seek and queue[0] - following[0] > SEEK_AFTER:
            source.may_seek = may_seek()
            if source.may_seek:
                source.jump(queue[0], following[0])
    return picked


def _pick_pictures(folder: str | Path, wanted: Sequence[float], short_side: int, fps: float) -> dict[float, Shown]:
    files, image_of = list_pictures(folder), _Scaler(folder, short_side)
    numbers = {instant: min(max(int((instant + 0.0005) * fps), 0), len(files) - 1) for instant in wanted}
    shown = {
        number: (number / fps, image_of(av.VideoFrame.from_ndarray(load_picture(files[number]), format="rgb24")))
        for number in sorted(set(numbers.values()))
    }
    return {instant: shown[number] for instant, number in numbers.items()}
