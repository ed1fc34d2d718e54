"""The disk that can be clicked on as a plate: the scene as it stands, for papers and slides."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hprotopnet.disk.drawing import breadcrumb, draw_lines, hues
from hprotopnet.disk.labels import Label, labels_with_room, mark_size
from hprotopnet.disk.layouts import View, look_at
from hprotopnet.disk.poincare import along, distance, geodesics
from hprotopnet.disk.scene import Layer, Scene
from hprotopnet.disk.svg import corners, units
from hprotopnet.disk.text import LINE, text_width
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.plate import INK, PAPER, SOFT, Plate, Shape, Text, paragraph

RADIUS, MARGIN = 300.0, 24.0
MOST = 150.0  # of a name beyond the rim
EDGE = 24  # points of a geodesic
WRONG, YELLOW = "#d55e00", "#ffd23f"
_TURN = 2j * np.pi
_CROSS = (-4.5 - 6.3j, -1.8j, 4.5 - 6.3j, 6.3 - 4.5j, 1.8 + 0j, 6.3 + 4.5j)
GLYPHS = {  # outlines of points laid over the tree, down positive, with fill and edge
    "right": (4.6 * np.exp(_TURN * np.arange(20) / 20), "#009e73", PAPER),
    "wrong": (np.array([*_CROSS, *(-point for point in _CROSS)]), WRONG, PAPER),
    "prototype": (np.array([-4.2j, 3.7 + 2.2j, -3.7 + 2.2j]), "", INK),
    "moment": (4.6 * np.exp(_TURN * np.arange(20) / 20), YELLOW, INK),
}


@dataclass(frozen=True, eq=False)
class Ground:
    """Where a view of the disk lies on a plate.

    Attributes:
        centre: x and y.
    """

    view: View
    centre: tuple[float, float]
    radius: float

    def on(self, points: np.ndarray) -> np.ndarray:
        """Points as the view has them, complex, on the plate: (n, 2)."""
        return units(points, self.radius) + np.array(self.centre)

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Points of the layout, complex, on the plate: (n, 2)."""
        return self.on(self.view.moved(points))

    def between(self, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
        """Geodesics between nodes, -1 the root, parted by NaN: (n, 2)."""
        return self.on(geodesics(np.append(self.view.points, self.view.moved(0j)), pairs, EDGE))

    def lines(self) -> Iterator[Shape]:
        """Sectors, rings and edges: what lies below everything else."""
        for trace in draw_lines(self.view):
            line, points = trace["line"], np.asarray(trace["x"]) + 1j * np.asarray(trace["y"])
            dash = (1.0, 3.0) if line.get("dash") == "dot" else ()
            yield Shape(self.on(points), line.get("color", ""), line["width"], trace.get("fillcolor", ""), dash)


def scene_plate(scene: Scene, title: str, told: str) -> Plate:
    """The tree as it is looked at, with the layers that are switched on, what their marks mean, and what is `told`."""
    tree, view = scene.hierarchy, look_at(scene.hierarchy, scene.base, scene.node)
    marked = [] if scene.node < 0 else tree.ancestors(scene.node)
    labels = labels_with_room(view, RADIUS, MOST, marked)
    reach = RADIUS * 1.05 + max([text_width(own.text, own.size, own.bold) for own in labels if own.turn], default=20.0)
    width = 2 * (reach + MARGIN)
    head = _head(tree, scene.node, title, width)
    ground = Ground(view, (width / 2, head[-1].y + 12 + reach), RADIUS)
    layers = [layer for layer in scene.layers if layer.on]
    legends = (f"{layer.label}. {layer.legend.split(' Click ')[0]}" for layer in layers)
    below, y = [], ground.centre[1] + reach + 20
    for text in [*legends, told]:
        below += paragraph(MARGIN, y, text, width - 2 * MARGIN, 12, ink=SOFT)
        y = below[-1].y + 22
    over = [mark for layer in layers for mark in _layer(layer, ground)]
    marks = [*ground.lines(), *_nodes(scene, ground), *over, *(text for own in labels for text in written(own, ground))]
    return Plate(width, below[-1].y + MARGIN, title, (*head, *marks, *below))


def fidelity_line(found: Mapping[str, float], ball: Mapping[str, float]) -> str:
    """How true a disk is to the space of which it is a projection, see `hprotopnet.disk.fidelity.figures`."""
    own, there = (
        f"tree edges found {row['edge_map']:.2f}, nearest is a sibling {share(row['sibling_nearest'])}"
        for row in (found, ball)
    )
    return (
        "The disk is a projection from a hyperbolic space of many dimensions: distances on it differ from those there"
        f" by {found['distortion']:.1%} on average. On the disk: {own}; in that space itself: {there}."
    )


def share(value: float) -> str:
    """A share in percent, or that there is nothing of which it could be one."""
    return "-" if math.isnan(value) else f"{value:.0%}"


def _head(tree: Hierarchy, node: int, title: str, width: float) -> list[Shape | Text]:
    """The title, what is in focus, and the marks of the levels, leaves first."""
    large = paragraph(MARGIN, MARGIN + 16, title, (width - 2 * MARGIN) / 1.1, 20, bold=True)
    y = large[-1].y + 24
    focus = [] if node < 0 else paragraph(MARGIN, y, f"In focus: {breadcrumb(tree, node)}", width - 2 * MARGIN, 14)
    y, x, signs = (focus[-1].y + 24 if focus else y), MARGIN + 6, []
    for level, name in enumerate(tree.level_names):
        outline = 5 * corners(tree, tree.at_level(level)[0]) + np.array([x, y - 5])
        signs += [Shape(outline, fill=SOFT), Text(x + 11, y, name, 13, ink=SOFT)]
        x += 32 + text_width(name, 13)
    return [*large, *focus, *signs]


def _nodes(scene: Scene, ground: Ground) -> Iterator[Shape]:
    """The root and all nodes, the topmost last."""
    tree, view = scene.hierarchy, ground.view
    places, colours = ground.on(view.points), hues(tree)
    [root] = ground.placed(np.zeros(1, complex))
    ring = np.stack([np.cos(angles := np.linspace(0, 2 * np.pi, 24)), np.sin(angles)], axis=-1)
    yield Shape(root + 6.5 * ring, INK, 1.5, PAPER)
    yield Shape(root + 2.0 * ring, fill=INK)
    for node, (place, level) in enumerate(zip(places, tree.levels, strict=True)):
        size = max(4.0 if level else 5.0, mark_size(view.points[node])) / 2
        chosen = node == scene.node
        fill = _paler(colours[node], 0.45 * (1 - level / max(tree.depth - 1, 1)))
        yield Shape(place + size * corners(tree, node), INK if chosen else colours[node], 3 if chosen else 1, fill)


def _paler(colour: str, share: float) -> str:
    rgb = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in rgb)


# --- layers -----------------------------------------------------------------------------------------------------------


def _layer(layer: Layer, ground: Ground) -> Iterator[Shape]:
    if layer.kind == "arcs":
        for item in layer.items:
            yield from _arc(item, ground)
        return
    points = np.array([complex(*item["at"]) for item in layer.items])
    if layer.kind == "track":
        way = ground.on(geodesics(ground.view.moved(points), [(i, i + 1) for i in range(len(points) - 1)], EDGE))
        yield from (Shape(way, colour, width) for colour, width in ((INK, 5.0), (YELLOW, 3.5)))
    for item, seen in zip(layer.items, ground.view.moved(points), strict=True):
        if layer.kind == "points" or "title" in item:
            yield _glyph(item, seen, ground)


def _glyph(item: Mapping[str, Any], seen: complex, ground: Ground) -> Shape:
    kind = item.get("kind", "moment")
    outline, fill, edge = GLYPHS[kind]
    near = max(0.35, min(1.0, 1.5 * math.sqrt(max(1 - abs(seen) ** 2, 0)))) if kind == "prototype" else 1.0
    points = near * np.stack([outline.real, outline.imag], axis=-1)
    return Shape(ground.on(np.array([seen])) + points, edge, 0.8, item.get("hue", fill))


def _arc(item: Mapping[str, Any], ground: Ground) -> Iterator[Shape]:
    """From the truth to the answer, with a head a little before the answer."""
    start, goal = (complex(ground.view.points[item[key]]) for key in ("from", "to"))
    whole = float(distance(goal, start))
    end, back = (along(goal, start, min(part, whole)) for part in (0.12, 0.2))
    line = geodesics(np.array([start, end]), [(0, 1)], EDGE)
    yield Shape(ground.on(line), "rgba(213,94,0,.75)", 1.2 + 4 * item["weight"])
    way = (end - back) / max(abs(end - back), 1e-12)
    head = np.array([0, -7 + 3.6j, -7 - 3.6j]) * way
    yield Shape(ground.on(np.array([end])) + np.stack([head.real, -head.imag], axis=-1), fill=WRONG)


# --- names ------------------------------------------------------------------------------------------------------------


def written(label: Label, ground: Ground) -> Iterator[Text]:
    """A label as lines of text with a halo."""
    lines = label.text.split("\n")
    [(x, y)] = ground.on(np.array([label.point])) + np.array([label.shift.real, -label.shift.imag])
    anchor = {"left": "start", "center": "middle", "right": "end"}[label.anchor[0]]
    if label.turn:
        down = 0.35 * label.size  # from the middle of the letters to their ground line, turned with them
        turn = math.radians(label.turn)
        place = (x - down * math.sin(turn), y + down * math.cos(turn))
        yield Text(*place, label.text, label.size, label.bold, anchor, turn=label.turn)
        return
    first = {"top": 0.95, "middle": 0.35 - LINE / 2 * (len(lines) - 1), "bottom": LINE * (1 - len(lines)) - 0.25}
    for i, line in enumerate(lines):
        ground_line = y + label.size * (first[label.anchor[1]] + LINE * i)
        yield Text(x, ground_line, line, label.size, label.bold, anchor, halo=True)
