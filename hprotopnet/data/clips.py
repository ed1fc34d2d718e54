"""What a clip is, and which instants of a video to look at: pure arithmetic in seconds.

A clip is a window of `ClipConfig.span` seconds of a video, the half-open interval [start, start + span), or frames
from all over a stretch of it: the stretch is cut into equal segments, each of which gives `ClipConfig.per_segment`
neighbouring frames, as in Wang et al., "Temporal Segment Networks" (2016). `ClipConfig` says how clips are cut, a
`ClipKey` which one it is, and a `Clip` holds its pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hprotopnet.config import ClipConfig

VERSION = 1  # of which part of a video is looked at, here and in `dataset`; raise it when that changes


class ClipKey(NamedTuple):
    """Which clip of which video, independent of batches and order; sorts by name, then time.

    Attributes:
        video: name of the video.
        start: where the clip starts in it, in seconds: by segments the instant of its first frame.
    """

    video: str
    start: float


class Clip(NamedTuple):
    """The pixels of a clip, cropped as the network sees them.

    Attributes:
        video: name of the video.
        start: where the clip starts in it, in seconds.
        images: uint8 of shape (T, S, S, 3).
        times: when each frame is shown, in seconds from the start of the video, shape (T,).
        damage: what is wrong with the video, in words; empty where nothing is known to be.
        held: longest time that one frame is shown in it, in seconds: beyond the end of a video the last one stays.
    """

    video: str
    start: float
    images: np.ndarray
    times: np.ndarray
    damage: str = ""
    held: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a prototype comes from.

    Attributes:
        video: name of the training video.
        start: start of the clip in it, in seconds.
        cell: place in the feature grid, (t, h, w).
        moved: squared distance that projection moved the prototype.
    """

    video: str
    start: float
    cell: tuple[int, int, int]
    moved: float

    @property
    def key(self) -> ClipKey:
        """The clip it was cut from."""
        return ClipKey(self.video, self.start)


def covered(duration: float, clip: ClipConfig) -> float:
    """Seconds that a clip covers of a video of `duration`: by segments all of them, `ClipConfig.stretch` at most."""
    return min(duration, clip.span) if clip.per_segment else clip.span


def instants(start: float, clip: ClipConfig, span: float | None = None) -> tuple[float, ...]:
    """The T instants of the clip that begins at `start`, ascending.

    Args:
        span: seconds that it covers, see `covered`; by default as many as it can.
    """
    if not clip.per_segment:
        return tuple(start + i / clip.fps for i in range(clip.frames))
    return _spread([start] * clip.segments, clip, clip.span if span is None else span)


def starts(duration: float, clip: ClipConfig, n: int) -> tuple[float, ...]:
    """Starts of `n` clips spread evenly over a video; one alone lies in the centre.

    By segments, clips of a video no longer than a stretch look at other places of the same segments, evenly spread
    over them, one alone at their middles; there are no more than places at the clips' rate. Departure from the several
    views of Wang et al., "TDN" (2021), the first of which takes the very first frame of each segment.
    """
    span = covered(duration, clip)
    begins = uniform_starts(duration, span, n)
    if not clip.per_segment:
        return begins
    room = _room(clip, span)
    views = 1 if duration > span else min(n, max(1, int(room * clip.fps)))
    return tuple(begin + room * (view + 0.5) / views for begin in begins for view in range(views))


def lead(clip: ClipConfig, span: float) -> float:
    """Seconds from the beginning of a stretch of `span` to the first frame that a clip in its middle takes of it."""
    return _room(clip, span) / 2 if clip.per_segment else 0.0


def begun_at(begin: float, duration: float, clip: ClipConfig) -> float:
    """Start of the clip that covers a video from `begin` on; by segments from as far on as the stretch has room."""
    if not clip.per_segment:
        return begin
    span = covered(duration, clip)
    return min(begin, duration - span) + lead(clip, span)


def random_instants(rng: np.random.Generator, duration: float, clip: ClipConfig) -> tuple[float, ...]:
    """The T instants of a clip anywhere in a video; by segments each is looked at in a place of its own."""
    span = covered(duration, clip)
    begin = random_starts(rng, duration, span, 1)[0]
    if not clip.per_segment:
        return instants(begin, clip)
    return _spread((begin + _room(clip, span) * rng.random(clip.segments)).tolist(), clip, span)


def _spread(firsts: Sequence[float], clip: ClipConfig, span: float) -> tuple[float, ...]:
    """Neighbours in each segment, the first of them at an instant that is counted from the segment's beginning."""
    segment, gap = _steps(clip, span)
    return tuple(first + i * segment + k * gap for i, first in enumerate(firsts) for k in range(clip.per_segment))


def _steps(clip: ClipConfig, span: float) -> tuple[float, float]:
    """Seconds from segment to segment, and from neighbour to neighbour, which stay within a segment however short."""
    segment = span / clip.segments
    return segment, min(1 / clip.fps, segment / clip.per_segment)


def _room(clip: ClipConfig, span: float) -> float:
    """Seconds of a segment that its first frame may lie in, so that all of its neighbours do."""
    segment, gap = _steps(clip, span)
    return segment - (clip.per_segment - 1) * gap


def longest_repeated(times: Sequence[float], asked: Sequence[float]) -> float:
    """Longest time for which a frame is known to be shown, in seconds, of frames shown at instants that were asked for.

    Args:
        times: when each of them is first shown.
        asked: those instants.
    """
    return float(np.max(np.asarray(asked) - times, initial=0.0))


def longest_held(times: Sequence[float], start: float, span: float) -> float:
    """Longest time that one frame is shown in a window, in seconds, of frames that are first shown at `times`."""
    shown = np.unique(np.clip(times, start, None))
    return float(np.diff([*shown, max(start + span, shown[-1])]).max())


def uniform_starts(duration: float, span: float, n: int) -> tuple[float, ...]:
    """Starts of `n` windows spread evenly from the beginning to the end; one alone lies in the centre.

    A video no longer than a window has only the start 0, whatever `n` is: the same frames would come again.
    """
    room = duration - span
    if room <= 0:
        return (0.0,)
    return (room / 2,) if n == 1 else tuple(room * i / (n - 1) for i in range(n))


def window_starts(duration: float, span: float, hop: float) -> tuple[float, ...]:
    """Starts of windows every `hop` seconds that cover a video to its end; the last one moves back to end with it."""
    room = duration - span
    if room <= 0:
        return (0.0,)
    count = int(np.ceil(room / hop - 1e-9))
    return (*(i * hop for i in range(count)), room)


def random_starts(rng: np.random.Generator, duration: float, span: float, n: int) -> tuple[float, ...]:
    """Starts of `n` windows drawn uniformly, one from each of `n` equal parts of the room there is, ascending.

    Drawing part by part keeps the windows of one video apart; each start alone is spread over its part evenly.
    """
    room = max(duration - span, 0.0)
    return tuple(((np.arange(n) + rng.random(n)) * room / n).tolist())
