"""Which instants of a video to look at: pure arithmetic in seconds.

A clip is a window of `ClipSampling.span` seconds, the half-open interval [start, start + span).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClipSampling:
    """How many frames make a clip, and how fast they follow each other."""

    frames: int = 16  # T, what action networks are commonly trained on
    fps: float = 12.5  # every second frame of a 25 fps video: long enough for a motion, dense enough to see it

    @property
    def span(self) -> float:
        """Seconds that a clip covers."""
        return self.frames / self.fps


def instants(start: float, sampling: ClipSampling) -> tuple[float, ...]:
    """The T instants of the clip that begins at `start`."""
    return tuple(start + i / sampling.fps for i in range(sampling.frames))


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
