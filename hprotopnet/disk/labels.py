"""Which names a view of the disk can show without one covering another, and where.

Greedy: the most wanted name first, each where it finds room or not at all.
"""

import cmath
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import translate
from hprotopnet.disk.text import LINE, folded, shortened, text_width

OUTSIDE = 0.93  # nodes seen beyond this radius are named outside the rim, reading outwards
NEAR_RIM = 0.85  # leaves beyond this one too, where they find no room inside
SMALL = 160  # pixels: the radius up to which a disk is small
_BEYOND = 1.035  # radius at which these names begin
_EDGE = 2  # pixels that names keep off the edge of the picture
Box = tuple[float, float, float, float]  # left, bottom, right, top in pixels from the centre


@dataclass(frozen=True)
class Label:
    """A name and where it stands.

    Attributes:
        node: whose name.
        text: the name, in one line or two, shortened if need be.
        point: in units of the disk's radius.
        shift: from there, in pixels, upwards positive.
        anchor: which corner of the text's (upright) bounding box stands there, as plotly calls them.
        angle: clockwise, in degrees.
        size: of the font, in pixels.
        bold: whether its letters are.
    """

    node: int
    text: str
    point: complex
    shift: complex
    anchor: tuple[str, str]
    angle: float
    size: int
    bold: bool


def choose_labels(view: View, marked: Collection[int], radius: float, half: tuple[float, float]) -> list[Label]:
    """Labels of a view whose disk has a radius of so many pixels, in a picture that ends at `half` its width and height
    from the disk's centre.

    Nodes in `marked` come first, then those inside the disk and top nodes, then the nearer and higher ones.
    """
    points, levels = view.points, view.hierarchy.levels

    def wanted(node: int) -> tuple[bool, bool, float]:
        inside = abs(points[node]) <= OUTSIDE
        return node in marked, inside or levels[node] == view.hierarchy.depth - 1, 1 - abs(points[node]) + levels[node]

    labels, boxes, arcs = [], [], []
    # The last one is the root's, which is higher than all.
    seen, heights = [*points, complex(view.moved(0j))], [*levels, view.hierarchy.depth]
    markers = [_around_point(z * radius, max(6, mark_size(z) / 2)) for z in seen]
    for node in sorted(range(len(points)), key=wanted, reverse=True):
        leaf, far, label = levels[node] == 0, abs(points[node]), None
        if far <= OUTSIDE:
            # A name hides no mark of a node as high as its own or higher, if it can. Names of leaves are rather left
            # out, those of inner nodes before they hide a higher one.
            limits = [levels[node]] if leaf else [levels[node], levels[node] + 1]
            for limit in (
                [*limits, len(points)] if node in marked or levels[node] == view.hierarchy.depth - 1 else limits
            ):
                others = [markers[i] for i in range(len(seen)) if i != node and heights[i] >= limit]
                label = label or _beside(view, node, points[node], radius, boxes, others)
        if far > OUTSIDE or (label is None and leaf and far > NEAR_RIM):
            label = _around(view, node, cmath.phase(points[node]), radius, arcs)
        labels += [label] if label else []
    return [_fitted(label, radius, half, arcs) if abs(label.point) > 1 else label for label in labels]


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


def mark_size(point: complex) -> float:
    """Diameter of the mark of an inner node seen there, in pixels: by the conformal factor."""
    return 24 * math.sqrt(max(1 - abs(point) ** 2, 0))


def _size(view: View, node: int, radius: float) -> int:
    """Of the font, in pixels: on a small disk names of higher nodes are hardly larger."""
    return 10 + min(view.hierarchy.levels[node], 2) * (2 if radius > SMALL else 1)


def _bold(view: View, node: int) -> bool:
    return node == view.node or view.hierarchy.levels[node] == view.hierarchy.depth - 1


def _around(view: View, node: int, angle: float, radius: float, arcs: list[float]) -> Label | None:
    """A name outside the rim, if no other is within a line's height; notes the angle at which it stands."""
    size = min(_size(view, node, radius), 12)
    if any(_apart(angle, other) * radius < size * LINE for other in arcs):
        return None
    arcs.append(angle)
    right, up = math.cos(angle) >= 0, math.sin(angle) >= 0
    return Label(
        node,
        view.hierarchy.display[node],
        cmath.rect(_BEYOND, angle),
        0j,
        ("left" if right else "right", "bottom" if up else "top"),
        -math.degrees(angle) if right else 180 - math.degrees(angle),
        size,
        _bold(view, node),
    )


def _fitted(label: Label, radius: float, half: tuple[float, float], arcs: Sequence[float]) -> Label:
    """A name outside the rim as it fits into the picture: in two lines where neighbours are far enough, or cut."""
    line, angle = label.size * LINE, cmath.phase(label.point)
    alone = sum(_apart(angle, other) * radius < 2 * line for other in arcs) == 1  # itself
    fits = text_width(label.text, label.size, label.bold) <= _room(angle, line, radius, half)
    lines = folded(label.text) if alone and not fits else [label.text]
    room = _room(angle, len(lines) * line, radius, half)
    # The bounding box of slanted text is wider than its start by half its height across: take that back.
    middle = len(lines) * line / 2
    slack = complex(middle * abs(math.sin(angle)), middle * abs(math.cos(angle)))
    right, up = label.anchor[0] == "left", label.anchor[1] == "bottom"
    shift = complex(-slack.real if right else slack.real, -slack.imag if up else slack.imag)
    return replace(label, text="\n".join(shortened(text, room, label.size, label.bold) for text in lines), shift=shift)


def _room(angle: float, height: float, radius: float, half: tuple[float, float]) -> float:
    """How long text of such a height may be that reads outwards from the rim, for no corner to leave the picture."""
    ways = (abs(math.cos(angle)), abs(math.sin(angle)))
    return min(
        (edge - _EDGE - _BEYOND * radius * way - height / 2 * across) / max(way, 1e-9)
        for edge, way, across in zip(half, ways, reversed(ways), strict=True)
    )


def _apart(angle: float, other: float) -> float:
    """Angle between two directions, 0 to pi."""
    return abs((angle - other + math.pi) % (2 * math.pi) - math.pi)


def _beside(
    view: View, node: int, point: complex, radius: float, boxes: list[Box], others: Sequence[Box]
) -> Label | None:
    """A name next to its node inside the disk, in one line or else two, on the first side that is free; notes the box
    it takes.
    """
    for label in _next_to(view, node, point, 5 + mark_size(point) / 2, _size(view, node, radius) + 1):
        box = _box(label, radius)
        corners = [complex(a, b) for a in box[::2] for b in box[1::2]]
        if max(map(abs, corners)) < radius * 1.02 and not any(_overlap(box, other) for other in (*boxes, *others)):
            boxes.append(box)
            return label
    return None


def _next_to(view: View, node: int, point: complex, gap: float, size: int) -> Iterator[Label]:
    """A name on all sides of its node."""
    name = view.hierarchy.display[node]
    for text in dict.fromkeys([name, "\n".join(folded(name))]):
        for shift, anchor in _sides(gap, _towards_parent(view, node)):
            yield Label(node, text, complex(point), shift, anchor, 0.0, size, _bold(view, node))


def _places(view: View, node: int) -> list[Label]:
    """Where the name of a node may stand upright, the best place first; always in bold, as it may become."""
    point, size = complex(view.points[node]), 13 + min(view.hierarchy.levels[node], 2)
    near = [label for step in (1, 2, 3) for label in _next_to(view, node, point, 8 * step + 7, size)]
    angles = [cmath.phase(point) + turn for turn in (0, 0.1, -0.1, 0.2, -0.2, 0.35, -0.35, 0.5, -0.5)]
    lines = dict.fromkeys([view.hierarchy.display[node], "\n".join(folded(view.hierarchy.display[node]))])
    beyond = [_upright(node, text, angle, size) for text in reversed(lines) for angle in angles]
    leaf = view.hierarchy.levels[node] == 0
    return [replace(label, bold=True) for label in ([*beyond, *near] if leaf else [*near, *beyond])]


def _upright(node: int, text: str, angle: float, size: int) -> Label:
    """A name beyond the rim that does not read along its direction."""
    point = cmath.rect(1.07, angle)
    across = "center" if abs(point.real) < 0.25 else "left" if point.real > 0 else "right"
    along = "middle" if abs(point.imag) < 0.75 else "bottom" if point.imag > 0 else "top"
    return Label(node, text, point, 0j, (across, along), 0.0, size, True)


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


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


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
