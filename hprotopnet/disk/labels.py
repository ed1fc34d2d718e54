"""Where names stand on a disk that keeps still, for figures: all that are asked for upright, or those that find room.

On the disk that can be clicked on its script places names, anew for every view: see `scene`.
"""

import cmath
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import translate
from hprotopnet.disk.text import LINE, folded, shortened, text_width

OUTSIDE, NEAR_RIM = 0.93, 0.85  # nodes seen beyond are named outside the rim; so are leaves that find no room inside
BEYOND = 1.045  # radius at which these names begin
Box = tuple[float, float, float, float]  # left, bottom, right, top in pixels from the centre


@dataclass(frozen=True)
class Label:
    """A name and where it stands.

    Attributes:
        node: whose name.
        text: the name, in one line or two.
        point: in units of the disk's radius.
        shift: from there, in pixels, upwards positive.
        anchor: which corner of the text's (upright) bounding box stands there,.
        size: of the font, in pixels.
        bold: whether its letters are.
        turn: degrees by which it is turned clockwise, around the middle of the edge that stands there.
    """

    node: int
    text: str
    point: complex
    shift: complex
    anchor: tuple[str, str]
    size: int
    bold: bool
    turn: float = 0.0


def upright_labels(view: View, nodes: Sequence[int], radius: float, half: tuple[float, float]) -> list[Label]:
    """Labels of these nodes, none left out and all of them upright, classes beyond the rim where they can.

    The first are placed first. Each takes the place where it covers least of names already there and of the marks of
    `nodes`, none where that can be.
    """
    points = view.points
    taken = [_around_point(points[node] * radius, mark_size(points[node]) / 2) for node in nodes]
    labels = []
    for node in nodes:
        places = [(label, _box(label, radius)) for label in _places(view, node)]
        label, box = min(
            places,
            key=lambda place: _covered(place[1], taken) + 100 * _outside(place[1], half) + _crosses(place[1], radius),
        )
        labels.append(label)
        taken.append(box)
    return labels


def labels_with_room(view: View, radius: float, most: float, marked: Collection[int] = ()) -> list[Label]:
    """Labels of as many nodes as find room, as on the disk that can be clicked on: inside upright, beyond the rim
    reading outwards and cut at `most` pixels. Topmost nodes and the `marked` inside always have one; these are bold.
    """
    tree, points, top = view.hierarchy, view.points, view.hierarchy.depth - 1
    far, levels = np.abs(points), tree.levels
    hidden = {
        node: _around_point(points[node] * radius, max(6, mark_size(points[node]) / 2)) for node in range(len(far))
    }

    def wanted(node: int) -> tuple:
        return node not in marked, far[node] > OUTSIDE and levels[node] != top, far[node] - levels[node]

    inside, boxes, around = [], [], []
    for node in sorted(hidden, key=wanted):
        heavy = node in marked or levels[node] == top
        label = None
        if far[node] <= OUTSIDE:
            marks = [box for other, box in hidden.items() if other != node and levels[other] >= levels[node]]
            label = _inside(view, node, radius, [*boxes, *marks], heavy)
        if label:
            inside.append(label)
            boxes.append(_box(label, radius))
        elif far[node] > OUTSIDE or (levels[node] == 0 and far[node] > NEAR_RIM):
            around += filter(None, [_outwards(view, node, radius, most, around, heavy)])
    return [*inside, *around]


def _inside(view: View, node: int, radius: float, taken: Sequence[Box], needed: bool) -> Label | None:
    """A name beside its node, within the disk: where it covers nothing, or if `needed` least."""
    gap, size = 5 + mark_size(view.points[node]) / 2, 12 + min(view.hierarchy.levels[node], 2)
    places = [replace(label, bold=needed) for label in _next_to(view, node, view.points[node], gap, size)]
    covered = {label: _covered(_box(label, radius), taken) for label in places if _within(_box(label, radius), radius)}
    best = min(covered, key=covered.get, default=None)
    return best if best and (needed or covered[best] == 0) else None


def _outwards(view: View, node: int, radius: float, most: float, around: Sequence[Label], bold: bool) -> Label | None:
    """A name beyond the rim that reads outwards; None where another one is within its height."""
    way, size = cmath.phase(view.points[node]), 11 + min(view.hierarchy.levels[node], 1)
    point = cmath.rect(BEYOND, way)
    if any(abs(point - other.point) * radius < LINE * (size + other.size) / 2 for other in around):
        return None
    side = "left" if point.real >= 0 else "right"
    turn = -math.degrees(way) + (0 if side == "left" else 180)
    name = shortened(view.hierarchy.display[node], most, size, bold)
    return Label(node, name, point, 0j, (side, "middle"), size, bold, turn)


def _within(box: Box, radius: float) -> bool:
    return max(abs(complex(x, y)) for x in box[::2] for y in box[1::2]) < 1.02 * radius


def mark_size(point: complex) -> float:
    """Diameter of the mark of an inner node seen there, in pixels: by the conformal factor."""
    return 24 * math.sqrt(max(1 - abs(point) ** 2, 0))


def _next_to(view: View, node: int, point: complex, gap: float, size: int) -> Iterator[Label]:
    """A name on all sides of its node."""
    name = view.hierarchy.display[node]
    for text in dict.fromkeys([name, "\n".join(folded(name))]):
        for shift, anchor in _sides(gap, _towards_parent(view, node)):
            yield Label(node, text, complex(point), shift, anchor, size, True)


def _places(view: View, node: int) -> list[Label]:
    """Where the name of a node may stand upright, the best place first; always in bold, as it may become."""
    point, size = complex(view.points[node]), 13 + min(view.hierarchy.levels[node], 2)
    near = [label for step in (1, 2, 3) for label in _next_to(view, node, point, 8 * step + 7, size)]
    angles = [cmath.phase(point) + turn for turn in (0, 0.1, -0.1, 0.2, -0.2, 0.35, -0.35, 0.5, -0.5)]
    lines = dict.fromkeys([view.hierarchy.display[node], "\n".join(folded(view.hierarchy.display[node]))])
    beyond = [_upright(node, text, angle, size) for text in reversed(lines) for angle in angles]
    leaf = view.hierarchy.levels[node] == 0
    return [*beyond, *near] if leaf else [*near, *beyond]


def _upright(node: int, text: str, angle: float, size: int) -> Label:
    """A name beyond the rim that does not read along its direction."""
    point = cmath.rect(1.07, angle)
    across = "center" if abs(point.real) < 0.25 else "left" if point.real > 0 else "right"
    along = "middle" if abs(point.imag) < 0.75 else "bottom" if point.imag > 0 else "top"
    return Label(node, text, point, 0j, (across, along), size, True)


def _sides(gap: float, parent: complex) -> list[tuple[complex, tuple[str, str]]]:
    """Above, below, right, left, then the corners; the side that the edge to the parent leaves by comes last."""
    across, along = {0: "center", 1: "left", -1: "right"}, {0: "middle", 1: "bottom", -1: "top"}
    ways = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
    sides = [(gap * complex(x, y) / abs(complex(x, y)), (across[x], along[y])) for x, y in ways]
    return sorted(sides, key=lambda side: (side[0] * parent.conjugate()).real > 0.7 * gap)


def _towards_parent(view: View, node: int) -> complex:
    """Direction in which the edge to the parent leaves, of length 1."""
    parent = view.hierarchy.parents[node]
    origin = view.base[parent] if parent >= 0 else 0j
    way = complex(translate(view.moved(origin), complex(view.moved(view.base[node]))))
    return way / max(abs(way), 1e-12)


def _box(label: Label, radius: float) -> Box:
    """What an upright label takes up."""
    lines = label.text.split("\n")
    width = max(text_width(line, label.size, label.bold) for line in lines)
    height = len(lines) * label.size * LINE
    x = label.point.real * radius + label.shift.real - {"left": 0, "center": width / 2, "right": width}[label.anchor[0]]
    y = label.point.imag * radius + label.shift.imag
    y -= {"bottom": 0, "middle": height / 2, "top": height}[label.anchor[1]]
    return x, y, x + width, y + height


def _around_point(point: complex, reach: float) -> Box:
    return point.real - reach, point.imag - reach, point.real + reach, point.imag + reach


def _covered(box: Box, others: Sequence[Box]) -> float:
    """By how much a box covers others, in square pixels."""
    return sum(
        max(min(box[2], other[2]) - max(box[0], other[0]), 0) * max(min(box[3], other[3]) - max(box[1], other[1]), 0)
        for other in others
    )


def _crosses(box: Box, radius: float) -> bool:
    """Whether a box lies across the rim."""
    return len({abs(complex(x, y)) < radius for x in box[::2] for y in box[1::2]}) > 1


def _outside(box: Box, half: tuple[float, float]) -> float:
    """How far a box sticks out of the picture, in pixels."""
    return max(-box[0] - half[0], box[2] - half[0], -box[1] - half[1], box[3] - half[1], 0)
