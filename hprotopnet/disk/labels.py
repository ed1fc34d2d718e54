"""Which names a view of the disk can show without one covering another, and where.

Greedy: the most wanted name first, each where it finds room or not at all. Text is measured by its length, since no
font is at hand; widths are estimates on the generous side.
"""

import cmath
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import translate

OUTSIDE = 0.93  # nodes seen beyond this radius are named outside the rim, reading outwards
NEAR_RIM = 0.85  # leaves beyond this one too, where they find no room inside
_WIDTH, _HEIGHT = 0.55, 1.3  # of a character and of a line, in font sizes
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
    """

    node: int
    text: str
    point: complex
    shift: complex
    anchor: tuple[str, str]
    angle: float
    size: int


def choose_labels(view: View, marked: Collection[int], radius: float, edge: float) -> list[Label]:
    """Labels of a view whose disk has a radius of so many pixels, in a figure that ends `edge` pixels from its centre.

    Nodes in `marked` come first, then those inside the disk and top nodes, then the nearer and higher ones.
    """
    points, levels = view.points, view.hierarchy.levels

    def wanted(node: int) -> tuple[bool, bool, float]:
        inside = abs(points[node]) <= OUTSIDE
        return node in marked, inside or levels[node] == view.hierarchy.depth - 1, 1 - abs(points[node]) + levels[node]

    labels, boxes, arcs = [], [], []
    markers = [(z.real * radius - 6, z.imag * radius - 6, z.real * radius + 6, z.imag * radius + 6) for z in points]
    for node in sorted(range(len(points)), key=wanted, reverse=True):
        leaf, far, label = levels[node] == 0, abs(points[node]), None
        if far <= OUTSIDE:
            # A name hides no node as high as its own, if it can. Names of leaves are rather left out.
            others = [markers[i] for i in range(len(points)) if i != node and levels[i] >= levels[node]]
            label = _beside(view, node, points[node], radius, boxes, others)
            if label is None and (node in marked or not leaf):
                label = _beside(view, node, points[node], radius, boxes, [])
        if far > OUTSIDE or (label is None and leaf and far > NEAR_RIM):
            label = _around(view, node, cmath.phase(points[node]), radius, arcs)
        labels += [label] if label else []
    room = edge - 1.04 * radius
    return [_fitted(label, room, radius, arcs) if abs(label.point) > 1 else label for label in labels]


def _size(view: View, node: int) -> int:
    return 10 + min(view.hierarchy.levels[node], 2) * 2


def _around(view: View, node: int, angle: float, radius: float, arcs: list[float]) -> Label | None:
    """A name outside the rim, if no other is within a line's height; notes the angle at which it stands."""
    size = min(_size(view, node), 12)
    if any(_apart(angle, other) * radius < size * _HEIGHT for other in arcs):
        return None
    arcs.append(angle)
    right, up = math.cos(angle) >= 0, math.sin(angle) >= 0
    return Label(
        node,
        view.hierarchy.display[node],
        cmath.rect(1.035, angle),
        0j,
        ("left" if right else "right", "bottom" if up else "top"),
        -math.degrees(angle) if right else 180 - math.degrees(angle),
        size,
    )


def _fitted(label: Label, room: float, radius: float, arcs: Sequence[float]) -> Label:
    """A name outside the rim as it fits into `room` pixels: in two lines where neighbours are far enough, or cut."""
    line, angle = label.size * _HEIGHT, cmath.phase(label.point)
    longest = int(room / (label.size * _WIDTH))
    alone = sum(_apart(angle, other) * radius < 2 * line for other in arcs) == 1  # itself
    lines = _folded(label.text) if alone and len(label.text) > longest else [label.text]
    # The bounding box of slanted text is wider than its start by half its height across: take that back.
    half = len(lines) * line / 2
    slack = complex(half * abs(math.sin(angle)), half * abs(math.cos(angle)))
    right, up = label.anchor[0] == "left", label.anchor[1] == "bottom"
    shift = complex(-slack.real if right else slack.real, -slack.imag if up else slack.imag)
    return replace(label, text="\n".join(_shortened(text, longest) for text in lines), shift=shift)


def _apart(angle: float, other: float) -> float:
    """Angle between two directions, 0 to pi."""
    return abs((angle - other + math.pi) % (2 * math.pi) - math.pi)


def _folded(text: str) -> list[str]:
    """A name in two lines as equal as its words allow; in one if it is one word."""
    words = text.split()
    folds = [[" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words))]
    return min(folds, key=lambda lines: max(map(len, lines)), default=[text])


def _beside(
    view: View, node: int, point: complex, radius: float, boxes: list[Box], others: Sequence[Box]
) -> Label | None:
    """A name next to its node inside the disk, on the first side that is free; notes the box it takes."""
    size, text = _size(view, node) + 1, view.hierarchy.display[node]
    width, height = len(text) * size * _WIDTH, size * _HEIGHT
    for shift, anchor in _sides(5 + 12 * math.sqrt(1 - abs(point) ** 2), _towards_parent(view, node)):
        x = point.real * radius + shift.real - {"left": 0, "center": width / 2, "right": width}[anchor[0]]
        y = point.imag * radius + shift.imag - {"bottom": 0, "middle": height / 2, "top": height}[anchor[1]]
        box = (x, y, x + width, y + height)
        corners = [complex(a, b) for a in box[::2] for b in box[1::2]]
        if max(map(abs, corners)) < radius * 1.02 and not any(_overlap(box, other) for other in (*boxes, *others)):
            boxes.append(box)
            return Label(node, text, point, shift, anchor, 0.0, size)
    return None


def _sides(gap: float, parent: complex) -> list[tuple[complex, tuple[str, str]]]:
    """Above, below, right, left; the side that the edge to the parent leaves by comes last."""
    sides = [
        (complex(0, gap), ("center", "bottom")),
        (complex(0, -gap), ("center", "top")),
        (complex(gap, 0), ("left", "middle")),
        (complex(-gap, 0), ("right", "middle")),
    ]
    return sorted(sides, key=lambda side: (side[0] * parent.conjugate()).real > 0.7 * gap)


def _towards_parent(view: View, node: int) -> complex:
    """Direction in which the edge to the parent leaves, of length 1."""
    parent = view.hierarchy.parents[node]
    origin = view.base[parent] if parent >= 0 else 0j
    way = complex(translate(view.moved(origin), complex(view.moved(view.base[node]))))
    return way / max(abs(way), 1e-12)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: max(longest - 1, 1)].rstrip() + "…"
