"""Seconds of a video out of the time stamps of its frames, which may start again, leave holes, or be missing."""

from fractions import Fraction

RESTART = 0.1  # seconds by which stamps fall back where a stream starts again; FFmpeg draws the line there, too
HOLE = 1.0  # seconds without a frame after which a broadcast has lost something,
HOLE_STEPS = 10  # if it lasts longer than so many frames as well


class Clock:
    """Time of one frame after another, in ticks from the first, which always goes on.

    A stream that starts again, as joined files do, goes on right after the frame before. So it does behind a hole in a
    `broadcast`, whose stamps count on while nothing is sent; elsewhere a frame that lasts is a picture that stands.
    A single stamp that is missing or comes too early is a step behind the one before.

    Args:
        tick: seconds.
        step: ticks from frame to frame, where stamps do not say it.
        broadcast: whether the format is one that is sent without end, such as MPEG transport streams.
        origin: stamp of the first frame, if it is known already.

    Attributes:
        restarts: how often the stream has started again.
        holes: how often it has lost something.
        end: ticks from the first frame to the end of the last; 0 before the first.
    """

    def __init__(self, tick: Fraction, step: int, broadcast: bool = False, origin: int | None = None):
        self.tick, self.step, self.broadcast, self.origin = tick, step, broadcast, origin
        self.restarts, self.holes, self.end = 0, 0, 0
        self._shift, self._last = 0, None

    def __call__(self, stamp: int | None, duration: int | None = None) -> int:
        """Time of the next frame.

        Args:
            stamp: of the frame, in ticks; None if it has none.
            duration: how long it is shown, in ticks, where that is stated.
        """
        self.origin = (stamp or 0) if self.origin is None else self.origin
        time = None if stamp is None else stamp - self.origin + self._shift
        if self._last is not None:
            if time is not None and (self._restarts(time) or self._misses(time)):
                self._shift, time = self._shift + self.end - time, self.end
            if time is None or time <= self._last:
                time = self._last + self.step
        self._last = time or 0
        self.end = self._last + max(duration or self.step, 1)
        return self._last

    @property
    def regular(self) -> bool:
        """Whether times are stamps less the first one, so far."""
        return not (self.restarts or self.holes)

    def _restarts(self, time: int) -> bool:
        found = (self._last - time) * self.tick > RESTART
        self.restarts += found
        return found

    def _misses(self, time: int) -> bool:
        gap = time - self.end
        found = self.broadcast and gap * self.tick > HOLE and gap > HOLE_STEPS * self.step
        self.holes += found
        return found
