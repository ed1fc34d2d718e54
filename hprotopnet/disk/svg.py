"""A view of the disk as SVG, for a page on which something moves: lines, nodes, and names to switch.

Nodes, the edges above them and their names carry the number of their node in `data-node`. What they show at a moment is
up to a script: nodes come as small as they get, edges and passing names have the class `off`, and between nodes and
names a group of class `trail` waits for what is to be drawn.
Names come from outside and are escaped. One unit is a pixel where the disk has a radius of `RADIUS` pixels.
"""

import html
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from hprotopnet.disk.drawing import SYMBOLS, breadcrumb, draw_lines, hues
from hprotopnet.disk.labels import Label, upright_labels
from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import geodesics
from hprotopnet.disk.text import LINE
from hprotopnet.hierarchy.tree import Hierarchy

RADIUS = 140.0
WIDTH, HEIGHT = 508.0, 312.0  # wider than high: names beyond the rim stand to the left and to the right of it
STAR = "M0-10 2.4-3.2 9.5-3.1 3.8 1.2 5.9 8.1 0 4-5.9 8.1-3.8 1.2-9.5-3.1-2.4-3.2Z"
_CIRCLE = "M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0Z"
_TURN = 2j * np.pi
_CORNERS = {  # of radius about 1, down positive
    "circle": np.exp(_TURN * np.arange(24) / 24),
    "diamond": 1.25 * np.array([-1j, 1, 1j, -1]),
    "square": 0.9 * np.array([-1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j]),
    "hexagon": 1.15 * np.exp(_TURN * np.arange(6) / 6),
    "pentagon": -1.15j * np.exp(_TURN * np.arange(5) / 5),
    "star": np.where(np.arange(10) % 2, 0.54, 1.4) * -1j * np.exp(_TURN * np.arange(10) / 10),
}
_ARC = 16  # points of a geodesic


def _spans(lines: Sequence[str], along: str, x: float) -> str:
    """Lines of escaped text, of which the place is the top, the middle or the bottom."""
    first = {"top": 0.95, "middle": 0.35 - LINE / 2 * (len(lines) - 1), "bottom": LINE * (1 - len(lines)) - 0.25}[along]
    return "".join(f'<tspan x="{x:g}" dy="{LINE if i else first:.2f}em">{line}</tspan>' for i, line in enumerate(lines))


def disk_svg(view: View, lasting: Collection[int], passing: Collection[int], dark: bool) -> str:
    """The disk as the inside of an svg element of `WIDTH` x `HEIGHT` about 0.

    Args:
        lasting: nodes that are named all the time, beside the topmost ones.
        passing: nodes that are named now and then.
    """
    hierarchy = view.hierarchy
    kinds = dict.fromkeys(passing, "name off") | dict.fromkeys(hierarchy.at_level(hierarchy.depth - 1), "name")
    kinds |= dict.fromkeys(lasting, "name lasting")
    first = sorted(kinds, key=lambda node: ("name lasting", "name", "name off").index(kinds[node]))
    names = (_name(label, kinds[label.node]) for label in upright_labels(view, first, RADIUS, (WIDTH / 2, HEIGHT / 2)))
    lines = map(_line, draw_lines(view, dark))
    return "".join([*lines, *_edges(view), *_nodes(view), '<g class="trail"></g>', *names])


def symbol(hierarchy: Hierarchy, node: int) -> str:
    """Outline of a node's mark, of radius 1, as on every disk."""
    name = SYMBOLS[hierarchy.levels[node] % len(SYMBOLS)]
    points = "L".join(f"{x:.3g} {y:.3g}" for x, y in corners(hierarchy, node))
    return _CIRCLE if name == "circle" else f"M{points}Z"


def corners(hierarchy: Hierarchy, node: int) -> np.ndarray:
    """The same outline as points, (n, 2), down positive."""
    points = _CORNERS[SYMBOLS[hierarchy.levels[node] % len(SYMBOLS)]]
    return np.stack([points.real, points.imag], axis=-1)


def units(points: np.ndarray, radius: float = RADIUS) -> np.ndarray:
    """Points of the disk in units of the picture, (n, 2), down positive."""
    return np.round(radius * np.stack([points.real, -points.imag], axis=-1), 1) + 0.0


def outline(points: np.ndarray, radius: float = RADIUS) -> str:
    """Lines through points of the disk as data of an SVG path; they begin anew after every NaN."""
    parts, move = [], "M"
    for gap, (x, y) in zip(np.isnan(points), units(points, radius), strict=True):
        parts.append("" if gap else f"{move}{x:g} {y:g}")
        move = "M" if gap else "L"
    return "".join(parts)


def _line(trace: dict[str, Any], radius: float = RADIUS) -> str:
    points = outline(np.asarray(trace["x"]) + 1j * np.asarray(trace["y"]), radius)
    line = trace["line"]
    stroke = f'stroke="{line.get("color", "none")}" stroke-width="{line["width"]}"'
    dashes = ' stroke-dasharray="1 3"' if line.get("dash") == "dot" else ""
    return f'<path d="{points}" fill="{trace.get("fillcolor", "none")}" {stroke}{dashes}/>'


def _edges(view: View) -> Iterator[str]:
    """The way to each node from the one above it."""
    points = np.append(view.points, view.moved(0j))  # index -1 is the root
    for node, parent in enumerate(view.hierarchy.parents):
        yield f'<path class="edge off" data-node="{node}" d="{outline(geodesics(points, [(parent, node)], _ARC))}"/>'


def _nodes(view: View) -> Iterator[str]:
    """Marks, leaves first; in each an outline of radius 1 that a script scales, and its path to read."""
    hierarchy = view.hierarchy
    for node, ((x, y), colour) in enumerate(zip(units(view.points), hues(hierarchy), strict=True)):
        title = html.escape(breadcrumb(hierarchy, node))
        mark = f'<path class="node" data-node="{node}" d="{symbol(hierarchy, node)}" fill="{colour}" stroke="{colour}"'
        yield f'<g transform="translate({x:g} {y:g})">{mark} transform="scale(2)"><title>{title}</title></path></g>'


def _name(label: Label, kind: str) -> str:
    """A name where it stands upright."""
    x, y = units(np.array([label.point]))[0] + (label.shift.real, -label.shift.imag)
    spans = _spans([html.escape(line) for line in label.text.split("\n")], label.anchor[1], x)
    anchor = {"left": "start", "center": "middle", "right": "end"}[label.anchor[0]]
    text = f'<text class="{kind}" data-node="{label.node}" y="{y:g}" font-size="{label.size}" text-anchor="{anchor}">'
    return f"{text}{spans}</text>"
