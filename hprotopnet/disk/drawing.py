"""A view of the Poincare disk as plain data: tree edges as geodesics, nodes, labels and what is laid over them.

Keys are plotly's, whose figure it becomes in `hprotopnet.disk.figure`; `hprotopnet.disk.svg` draws it without plotly,
whose objects take ten times as long. Names come from outside and are escaped, as plotly reads them as HTML.
Colour says which top node a node belongs to, lightness and symbol say its level, so that no message needs colour.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hprotopnet.disk.labels import Label, choose_labels, mark_size
from hprotopnet.disk.layouts import View
from hprotopnet.disk.poincare import circle, distance, geodesics
from hprotopnet.disk.text import FONT
from hprotopnet.hierarchy.tree import Hierarchy

# Okabe and Ito's palette, distinguishable under the common forms of colour blindness, and Tol's olive; then repeated.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999933")
SYMBOLS = ("circle", "diamond", "square", "hexagon", "pentagon", "star")  # leaves first
ROOT = ""  # customdata of the root's marker
MARGIN = 1.55  # half the figure's shorter side in units of the disk's radius; beyond 1 is room for names around the rim
ARC = 16  # points of a geodesic


@dataclass(frozen=True, eq=False)
class Overlay:
    """What is laid over the tree; everything is optional and given in the layout's coordinates.

    Attributes:
        probabilities: of every node, (N,); they set sizes and strength of colour.
        path: node down to which the path from the root is drawn strongly, -1 for the node in focus.
        second: node of another path, say another model's, drawn dashed; -1 for none.
        clip: where a clip stands.
    """

    probabilities: np.ndarray | None = None
    path: int = -1
    second: int = -1
    clip: complex | None = None


@dataclass(frozen=True)
class Ink:
    """Colours of one theme; the background stays transparent."""

    text: str
    halo: str  # behind labels, as the page behind the figure
    line: str
    towards: int  # 255 or 0: what paler means
    pale: tuple[float, float]  # how pale leaves and top nodes are
    edge: float  # opacity of the finest edges


LIGHT = Ink("#1f2733", "#ffffff", "rgba(90,100,115,.45)", 255, (0.42, 0.0), 0.5)
DARK = Ink("#e8ecf2", "#0f131a", "rgba(160,170,185,.40)", 255, (0.52, 0.18), 0.65)


def draw_disk(
    view: View, overlay: Overlay | None = None, dark: bool = False, side: int = 760, width: int | None = None
) -> dict[str, Any]:
    """Traces in `data` and the `layout` of a picture `side` pixels high and as wide as its place: one marker a node,
    its name in `customdata` for selections, `ROOT` the root's. The disk stays round and stays where it is; labels are
    fitted for a place at least `width` pixels wide, as wide as high by default.

    Layers from below: tinted sectors of the top nodes, rings of the levels, edges, paths, nodes, clip, labels.
    Labels are chosen so that they do not cover each other; hovering shows every node's path.
    """
    overlay, ink, width = overlay or Overlay(), DARK if dark else LIGHT, width or side
    path = overlay.path if overlay.path >= 0 else view.node
    paths = [*_path(view, path, ink.text, "solid"), *_path(view, overlay.second, ink.text, "dot")]
    marked = {*_ancestors(view.hierarchy, path), *_ancestors(view.hierarchy, overlay.second)}
    radius = min(side, width) / 2 / MARGIN
    labels = choose_labels(view, marked, radius, (width / 2, side / 2))
    layout = {
        "template": {},
        "height": side,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": _axis(width / 2 / radius),
        "yaxis": _axis(side / 2 / radius) | {"scaleanchor": "x"},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "font": {"family": FONT},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "annotations": [_annotation(label, ink) for label in labels],
    }
    traces = [*draw_lines(view, dark), *paths, *_nodes(view, overlay, ink), *_clip(view, overlay, ink)]
    return {"data": traces, "layout": layout}


def draw_lines(view: View, dark: bool = False) -> list[dict[str, Any]]:
    """Traces of the sectors, rings and edges: what lies below everything else."""
    ink = DARK if dark else LIGHT
    return [*_sectors(view), *_rings(view, ink), *_edges(view, ink)]


def _axis(reach: float) -> dict[str, object]:
    # Fixed: streamlit turns `dragmode=False` into panning, and nothing would bring a disk back that was dragged away.
    # A place that is narrower for a moment takes room from the axis: a range, once stretched, would stay so.
    return {"visible": False, "range": [-reach, reach], "fixedrange": True, "constrain": "domain"}


def breadcrumb(hierarchy: Hierarchy, node: int, separator: str = " / ") -> str:
    """Names from the top node down to `node`, as shown to people, not escaped."""
    return separator.join(hierarchy.display[step] for step in reversed(hierarchy.ancestors(node)))


def hues(hierarchy: Hierarchy) -> list[str]:
    """Colour of each node: that of its top node."""
    tops = hierarchy.at_level(hierarchy.depth - 1)
    return [HUES[tops.index(hierarchy.ancestors(node)[-1]) % len(HUES)] for node in range(len(hierarchy.nodes))]


def _ancestors(hierarchy: Hierarchy, node: int) -> tuple[int, ...]:
    return hierarchy.ancestors(node) if node >= 0 else ()


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


def _path(view: View, node: int, colour: str, dash: str) -> Iterator[dict[str, Any]]:
    if node >= 0:
        points = np.append(view.points, view.moved(0j))
        edges = [(view.hierarchy.parents[step], step) for step in view.hierarchy.ancestors(node)]
        yield _line(geodesics(points, edges, ARC), line={"width": 3, "color": colour, "dash": dash})


def _nodes(view: View, overlay: Overlay, ink: Ink) -> Iterator[dict[str, Any]]:
    """The root and then the nodes, one trace a level."""
    hierarchy, points, colours = view.hierarchy, view.points, hues(view.hierarchy)
    root = {"symbol": "circle-open-dot", "size": 13, "color": ink.text, "line": {"width": 1.5}}
    yield _markers([complex(view.moved(0j))], [ROOT], ["all classes"], root)
    sizes, strength = _sizes(view, overlay), _strength(overlay, len(points))
    for level in range(hierarchy.depth):
        nodes = list(hierarchy.at_level(level))
        pale = np.interp(level, [0, max(hierarchy.depth - 1, 1)], ink.pale)
        names, hover = [hierarchy.nodes[n] for n in nodes], [_hover(hierarchy, n, overlay) for n in nodes]
        marker = {
            "symbol": SYMBOLS[level % len(SYMBOLS)],
            "size": sizes[nodes],
            "opacity": 1,  # plotly lets edges shine through marks of several sizes
            "color": [_rgba(colours[n], strength[n], pale, ink.towards) for n in nodes],
            "line": {
                "color": [ink.text if n == view.node else colours[n] for n in nodes],
                "width": [2.5 if n == view.node else 1 for n in nodes],
            },
        }
        yield _markers(points[nodes], names, hover, marker)


def _markers(points: Sequence[complex], names: list[str], hover: list[str], marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": np.real(points),
        "y": np.imag(points),
        "mode": "markers",
        "marker": marker,
        "customdata": names,
        "text": hover,
        "hovertemplate": "%{text}<extra></extra>",
        # A click must not pale everything else while the new view is on its way.
        "unselected": {"marker": {"opacity": 1}},
        "cliponaxis": False,
    }


def _sizes(view: View, overlay: Overlay) -> np.ndarray:
    """Diameter of each node in pixels: by level and by the conformal factor, or by probability; never below 4."""
    if overlay.probabilities is not None:
        near = 1 - np.abs(view.points) ** 2
        return 4 + 24 * np.sqrt(np.clip(overlay.probabilities, 0, 1)) * (0.5 + 0.5 * near)
    smallest = np.where(np.asarray(view.hierarchy.levels) == 0, 5, 4)
    return np.maximum(smallest, [mark_size(point) for point in view.points])


def _strength(overlay: Overlay, nodes: int) -> np.ndarray:
    """Opacity of each node."""
    if overlay.probabilities is None:
        return np.ones(nodes)
    return 0.25 + 0.75 * np.sqrt(np.clip(overlay.probabilities, 0, 1))


def _hover(hierarchy: Hierarchy, node: int, overlay: Overlay) -> str:
    *above, name = breadcrumb(hierarchy, node, "\n").split("\n")
    lines = [html.escape(" / ".join(above))] * bool(above) + [f"<b>{html.escape(name)}</b>"]
    if overlay.probabilities is not None:
        lines.append(f"probability {overlay.probabilities[node]:.1%}")
    return "<br>".join(lines)


def _clip(view: View, overlay: Overlay, ink: Ink) -> Iterator[dict[str, Any]]:
    if overlay.clip is not None:
        marker = {"symbol": "star", "size": 20, "color": "#FFD23F", "line": {"color": ink.text, "width": 1.2}}
        yield _markers([complex(view.moved(overlay.clip))], [], ["<b>this clip</b>"], marker)


def _annotation(label: Label, ink: Ink) -> dict[str, object]:
    name = html.escape(label.text).replace("\n", "<br>")
    return {
        "text": f"<b>{name}</b>" if label.bold else name,
        "x": label.point.real,
        "y": label.point.imag,
        "xshift": label.shift.real,
        "yshift": label.shift.imag,
        "xanchor": label.anchor[0],
        "yanchor": label.anchor[1],
        "textangle": label.angle,
        "align": label.anchor[0],
        "font": {"size": label.size, "color": ink.text, "shadow": f"0 0 3px {ink.halo}, 0 0 2px {ink.halo}"},
        "showarrow": False,
        "borderpad": 0,
        "captureevents": False,
    }


def _rgba(colour: str, alpha: float, pale: float = 0.0, towards: int = 255) -> str:
    """A #rrggbb colour with opacity, mixed by the share `pale` with white (255) or black (0)."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(channel + (towards - channel) * pale) for channel in channels]
    return f"rgba({mixed[0]},{mixed[1]},{mixed[2]},{alpha:.2f})"
