"""What a clip is, and which instants of a video to look at: pure arithmetic in seconds.

A clip is a window of `ClipConfig.span` seconds of a video, the half-open interval [start, start + span). `ClipConfig`
says how clips are cut, a `ClipKey` which one it is, and a `Clip` holds its pixels.
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
        start: where the clip starts in it, in seconds.
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


def instants(start: float, clip: ClipConfig) -> tuple[float, ...]:
    """The T instants of the clip that begins at `start`."""
    return tuple(start + i / clip.fps for i in range(clip.frames))


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
