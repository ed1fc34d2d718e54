"""What the player shows of an explanation: where each level's strongest prototype is, how strongly, and when.

Boxes and heat lie where `render` draws them: both come from the same tubes and the same stretching, cell by cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hprotopnet.disk.svg import symbol
from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.explain.boxes import stretch
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views import render, words
from hprotopnet.views.film import Box, Film, Heat, Lane, Level, Moment, Scene

SIMILARITY = "similarity"


@dataclass(frozen=True, eq=False)
class Reason:
    """A level of an explanation, of which the player shows the strongest prototype.

    Attributes:
        level: the level.
        hierarchy: of the network that says so.
        most: the greatest similarity there can be.
        network: what the network is called, where there are several.
    """

    level: LevelExplanation
    hierarchy: Hierarchy
    most: float
    network: str = ""

    @property
    def kind(self) -> str:
        """What the level is called; nothing where the network's name tells it from others."""
        return "" if self.network else self.level.level.capitalize()

    @property
    def name(self) -> str:
        """The node as shown to people, and who names it where there are several."""
        return ": ".join(filter(None, [self.network, words.display(self.hierarchy, self.level.node)]))

    @property
    def whole(self) -> str:
        """Both."""
        return ": ".join(filter(None, [self.kind, self.name]))

    @property
    def strongest(self) -> PrototypeEvidence | None:
        """The prototype that is shown; None where the node has none of its own."""
        return self.level.evidence[0] if self.level.evidence else None


def scene_of(explanation: Explanation, film: Film, reasons: Sequence[Reason], chosen: int = 0) -> Scene:
    """A clip with the strongest prototype of each reason; those without prototypes are left out.

    Args:
        film: the clip whose pixels boxes are counted in.
        chosen: number of the reason that is shown at first.
    """
    shown = {str(i): reason for i, reason in enumerate(reasons) if reason.strongest}
    key = str(chosen) if str(chosen) in shown else next(iter(shown), "")
    rows = {key: reason.strongest for key, reason in shown.items()}
    resolved = {key: row for key, row in rows.items() if row.activation.shape[0] > 1}
    return Scene(
        title=f"The clip of {explanation.video} that is explained",
        film=film,
        levels=tuple(
            Level(key, own.kind, own.name, symbol(own.hierarchy, own.hierarchy.index(own.level.node)))
            for key, own in shown.items()
        ),
        boxes=tuple(box for key, row in rows.items() for box in boxes_of(row.boxes, film, key, shown[key].whole)),
        heats=tuple(heat_of(row.activation, len(film.times), key, row.offset) for key, row in rows.items()),
        lanes=tuple(lane_of(row, film, key, shown[key]) for key, row in resolved.items()),
        moments=tuple(moment for key, row in resolved.items() for moment in moments_of(row.boxes, film, key)),
        chosen=key,
        start=words.peak_time(rows[key], film.times) if key in resolved else None,
    )


def boxes_of(boxes: Sequence[render.Box | None], film: Film, level: str, label: str) -> list[Box]:
    """The box of each frame, (left, top, right, bottom) or None, as boxes that last as long as they stand still."""
    found, first = [], 0
    for i, box in enumerate(boxes):
        if i + 1 < len(boxes) and boxes[i + 1] == box:
            continue
        if box:
            left, top, right, bottom = box
            found.append(Box(level, label, *film.interval(first, i), left, top, right - left, bottom - top))
        first = i + 1
    return found


def moments_of(boxes: Sequence[render.Box | None], film: Film, level: str) -> list[Moment]:
    """From the first frame with a box to the last; none where no frame has one."""
    there = [i for i, box in enumerate(boxes) if box]
    return [Moment(level, *film.interval(there[0], there[-1]))] if there else []


def heat_of(activation: np.ndarray, frames: int, level: str, offset: Sequence[float] = CENTRED) -> Heat:
    """An activation map (t, h, w) of a film of so many frames, from its own lowest value to its own highest."""
    values = np.asarray(activation, dtype=float)
    cells = len(values)
    steps = (np.arange(cells) + 0.5 + offset[0]) * frames / cells
    rows = tuple(tuple(tuple(row) for row in step) for step in values.round(4).tolist())
    low, high = float(values.min().round(4)), float(values.max().round(4))
    return Heat(level, rows, low, high, SIMILARITY, tuple(steps.tolist()), tuple(map(float, offset[1:])))


def lane_of(row: PrototypeEvidence, film: Film, level: str, reason: Reason) -> Lane:
    """How similar the most similar place of each frame is to a prototype, from 0 to the most there can be."""
    _, height, width = row.activation.shape
    strength = stretch(row.activation, len(film.times), height, width, (row.offset[0], 0.0, 0.0)).max((1, 2))
    values = tuple(strength.round(4).tolist())
    return Lane(level, reason.whole, middles(film), values, 0.0, reason.most)


def middles(film: Film) -> tuple[float, ...]:
    """When the middle of each frame is shown."""
    return tuple(sum(film.interval(i, i)) / 2 for i in range(len(film.times)))
