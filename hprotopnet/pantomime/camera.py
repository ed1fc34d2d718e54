"""A camera chooses the rectangle of the plane that is seen: pan, zoom and shake over time."""

import math
from dataclasses import dataclass

from hprotopnet.pantomime.stage import HEIGHT, PX, SUPERSAMPLING, UNIT, WIDTH, Stage


@dataclass(frozen=True)
class View:
    """What the camera sees at one moment: the plane point in its middle and how many times it enlarges."""

    x: float
    y: float
    zoom: float

    @property
    def affine(self) -> tuple[float, float, float]:
        """Scale s and offset (x, y): a plane point (a, b) falls on pixel (x + s a, y - s b) of the fine picture."""
        scale = SUPERSAMPLING * UNIT * self.zoom
        return scale, SUPERSAMPLING * WIDTH / 2 - scale * self.x, SUPERSAMPLING * HEIGHT / 2 + scale * self.y

    def box(self, stage: Stage) -> tuple[float, float, float, float]:
        """The same rectangle on the backdrop, in pixels (left, top, right, bottom)."""
        scale, left, top = stage.affine
        x, y = left + scale * self.x, top - scale * self.y
        across, down = (PX * side / (2 * UNIT * self.zoom) for side in (WIDTH, HEIGHT))
        width, height = stage.size  # nothing may stick out of the backdrop, not even by a rounding error
        return max(0.0, x - across), max(0.0, y - down), min(width, x + across), min(height, y + down)


@dataclass(frozen=True)
class Camera:
    """A path through views.

    Attributes:
        keys: (seconds, x, y, zoom); between two of them the camera eases.
        shake: of a hand that holds it, in metres.
        phase: where the shaking starts, so that no two clips shake alike.
    """

    keys: tuple[tuple[float, float, float, float], ...]
    shake: float = 0.0
    phase: float = 0.0

    def view(self, time: float, stage: Stage) -> View:
        """What is seen at a time in seconds, kept inside what was painted."""
        x, y, zoom = self._eased(time)
        x += self.shake * (math.sin(7.1 * time + self.phase) + 0.6 * math.sin(11.9 * time + 2 * self.phase))
        y += self.shake * (math.sin(8.3 * time + 3 * self.phase) + 0.6 * math.sin(13.7 * time + self.phase))
        across, down = (side / (2 * UNIT * zoom) for side in (WIDTH, HEIGHT))
        x = min(max(x, stage.left + across), stage.right - across)
        y = min(max(y, stage.bottom + down), stage.top - down)
        return View(x, y, zoom)

    def _eased(self, time: float) -> tuple[float, float, float]:
        before = max((key for key in self.keys if key[0] <= time), default=self.keys[0])
        after = min((key for key in self.keys if key[0] > time), default=before)
        if after[0] <= before[0]:
            return before[1:]
        share = ease((time - before[0]) / (after[0] - before[0]))
        return tuple(a + (b - a) * share for a, b in zip(before[1:], after[1:], strict=True))


def ease(share: float) -> float:
    """Slow in, slow out: 0 to 1 with rests at both ends."""
    return share * share * (3 - 2 * share)
