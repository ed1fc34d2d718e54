"""What every picture of the Poincare disk shares: colours, symbols, and the lines below everything else as plain data.

Lines have plotly's keys, and `hprotopnet.views.figures` draws them. Colour says which top node a node belongs to,
lightness and symbol say its level, so that no message needs colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import circle, distance, geodesics
from hprotopnet.hierarchy.tree import Hierarchy

# Okabe and Ito's palette, distinguishable under the common forms of colour blindness, and Tol's olive; then repeated.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999933")
SYMBOLS = ("circle", "diamond", "square", "hexagon", "pentagon", "star")  # leaves first
ARC = 16  # points of a geodesic


@dataclass(frozen=True)
class Ink:
    """Colours of one theme; the background stays transparent."""

    text: str
    halo: str  # behind labels, as the page behind the figure
    line: str
    edge: float  # opacity of the finest edges


LIGHT = Ink("#1f2733", "#ffffff", "rgba(90,100,115,.45)", 0.5)
DARK = Ink("#e8ecf2", "#0f131a", "rgba(160,170,185,.40)", 0.65)


def draw_lines(view: View, dark: bool = False) -> list[dict[str, Any]]:
    """Traces of the sectors, rings and edges: what lies below everything else."""
    ink = DARK if dark else LIGHT
    return [*_sectors(view), *_rings(view, ink), *_edges(view, ink)]


def breadcrumb(hierarchy: Hierarchy, node: int, separator: str = " / ") -> str:
    """Names from the top node down to `node`, as shown to people, not escaped."""
    return separator.join(hierarchy.display[step] for step in reversed(hierarchy.ancestors(node)))


def hues(hierarchy: Hierarchy) -> list[str]:
    """Colour of each node: that of its top node."""
    tops = hierarchy.at_level(hierarchy.depth - 1)
    return [HUES[tops.index(hierarchy.ancestors(node)[-1]) % len(HUES)] for node in range(len(hierarchy.nodes))]


def _line(points: np.ndarray, **style: object) -> dict[str, Any]:
    # A click sends all of it to the browser: single precision is far finer than the screen.
    x, y = points.real.astype(np.float32), points.imag.astype(np.float32)
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "hoverinfo": "skip", **style}


def sectors(hierarchy: Hierarchy, base: np.ndarray) -> list[tuple[float, float, str]]:
    """The part of a layout that belongs to each top node, clockwise: directions from the root, in radians, at which it
    starts and ends, and its colour; none where there is one top node.
    """
    clockwise = (np.pi / 2 - np.angle(base[: len(hierarchy.classes)])) % (2 * np.pi)
    order = np.argsort(clockwise)
    tops = hierarchy.lineage[order, -1]
    cuts = np.flatnonzero(tops != np.roll(tops, 1))
    if len(cuts) < 2:
        return []
    before, after = clockwise[order][cuts - 1], clockwise[order][cuts]
    middle = np.pi / 2 - before - ((after - before) % (2 * np.pi)) / 2
    colours = hues(hierarchy)
    rows = zip(pairwise([*middle.tolist(), float(middle[0])]), cuts, strict=True)
    return [(start, end, colours[tops[cut]]) for (start, end), cut in rows]


def _sectors(view: View) -> Iterator[dict[str, Any]]:
    """These, bounded by geodesics from the root to the rim."""
    ray = np.tanh(np.linspace(0, 6, 40))
    for start, end, colour in sectors(view.hierarchy, view.base):
        first, last = (view.moved(ray * np.exp(1j * angle)) for angle in (start, end))
        sweep = -((np.angle(first[-1]) - np.angle(last[-1])) % (2 * np.pi))
        rim = np.exp(1j * (np.angle(first[-1]) + np.linspace(0, sweep, 90)))
        outline = np.concatenate([first, rim, last[::-1]])
        yield _line(outline, fill="toself", fillcolor=_rgba(colour, 0.09), line={"width": 0})
        yield _line(rim * 1.012, line={"width": 5, "color": _rgba(colour, 0.75)})


def _rings(view: View, ink: Ink) -> Iterator[dict[str, Any]]:
    """The rim, and for every level above the leaves the circle around the root at its mean radius."""
    levels = np.asarray(view.hierarchy.levels)
    for level in range(1, view.hierarchy.depth):
        ring = circle(complex(view.moved(0j)), distance(view.base[levels == level], 0).mean())
        yield _line(ring, line={"width": 1, "dash": "dot", "color": ink.line})
    yield _line(np.exp(2j * np.pi * np.linspace(0, 1, 181)), line={"width": 1.5, "color": ink.line})


def _edges(view: View, ink: Ink) -> Iterator[dict[str, Any]]:
    """Tree edges, one trace for each level and top node; the finer the level, the thinner."""
    hierarchy, colours = view.hierarchy, hues(view.hierarchy)
    points = np.append(view.points, view.moved(0j))  # index -1 is the root
    for level in range(hierarchy.depth):
        for colour in dict.fromkeys(colours[node] for node in hierarchy.at_level(level)):
            edges = [(hierarchy.parents[n], n) for n in hierarchy.at_level(level) if colours[n] == colour]
            style = {"width": 1 + 0.8 * level, "color": _rgba(colour, min(ink.edge + 0.12 * level, 1))}
            yield _line(geodesics(points, edges, ARC), line=style)


def _rgba(colour: str, alpha: float) -> str:
    """A #rrggbb colour with opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:.2f})"
