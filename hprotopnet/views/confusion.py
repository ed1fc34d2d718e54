"""The confusion matrix in tree order: families stand together, and their borders are drawn."""

from typing import Any

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.charts import axis, hue, ink_of, layout, percent, shown
from hprotopnet.views.scores import mistake_in_words, tree_order

NAMED, BESIDE = 12, 170  # pixels along an axis that a name takes, and that all names beside the matrix take
FAINTEST = 0.25  # colour of the rarest, from that of the page (0) to the full hue (1)
COUNTED = 14  # pixels of a cell in which a number can be read


def draw_confusion(
    counts: np.ndarray, hierarchy: Hierarchy, dark: bool = False, side: int = 640, chosen: tuple[int, int] | None = None
) -> dict[str, Any]:
    """What is answered (columns) to clips of which class (rows): right answers in one hue, mistakes in another.

    Every cell that holds a clip can be clicked; `customdata` names its truth and its answer.

    Args:
        counts: integers (K, K) in node order, row truth, column answer.
        side: of the picture, in pixels.
        chosen: truth and answer of the cell that is framed.
    """
    order = tree_order(hierarchy)
    ordered, ink = counts[np.ix_(order, order)], ink_of(dark)
    share = ordered / np.maximum(ordered.sum(1, keepdims=True), 1)
    found = layout(dark, side)
    ticks, reach = _ticks(hierarchy, order, (side - BESIDE) // NAMED), [-0.5, len(order) - 0.5]
    found["xaxis"] = axis("answered", range=reach, showgrid=False, tickangle=-60, **ticks)
    found["yaxis"] = axis("true class", range=reach[::-1], showgrid=False, **ticks)
    found["margin"] |= {"r": 8, "t": 8}
    found["hovermode"] = "closest"
    if chosen:
        found["shapes"] = [_frame(*(order.index(leaf) for leaf in chosen), ink.text)]
    right = np.eye(len(order), dtype=bool)
    data = [_cells(share, kept, hue(number, False), ink.halo) for number, kept in enumerate((right, ~right))]
    data += [_border(hierarchy, order, level, ink.text) for level in range(1, hierarchy.depth)]
    data.append(_clickable(ordered, share, hierarchy, order, side, ink.halo))
    return {"data": data, "layout": found}


def _cells(share: np.ndarray, kept: np.ndarray, colour: str, ground: str) -> dict[str, Any]:
    """Cells that hold something, darker where it is a larger share of the row; by its root, so that few are seen."""
    values = np.where(kept & (share > 0), np.sqrt(share), np.nan)
    shown_values = [[None if np.isnan(value) else float(value) for value in row] for row in values]
    scale = [[0, mixed(ground, colour, FAINTEST)], [1, colour]]
    return {
        "type": "heatmap",
        "z": shown_values,
        "zmin": 0,
        "zmax": 1,
        "colorscale": scale,
        "showscale": False,
        "hoverinfo": "skip",
        "hoverongaps": False,
    }


def mixed(ground: str, colour: str, share: float) -> str:
    """A colour between that of the page (0) and another one (1)."""
    ends = zip(*([int(own[i : i + 2], 16) for i in (1, 3, 5)] for own in (ground, colour)), strict=True)
    return "#" + "".join(f"{round(low + share * (high - low)):02x}" for low, high in ends)


def _border(hierarchy: Hierarchy, order: list[int], level: int, colour: str) -> dict[str, Any]:
    """Squares around the families of one level, along the diagonal; higher ones have heavier lines."""
    x: list[float | None] = []
    y: list[float | None] = []
    for first, last in families(hierarchy, order, level):
        low, high = first - 0.5, last + 0.5
        x += [low, high, high, low, low, None]
        y += [low, low, high, high, low, None]
    line = {"color": colour, "width": 0.6 + 0.8 * level}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip", "showlegend": False}


def families(hierarchy: Hierarchy, order: list[int], level: int) -> list[tuple[int, int]]:
    """First and last place of each family of one level, where leaves stand in tree order."""
    own = hierarchy.lineage[order, level]
    starts = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist()]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(own) - 1], strict=True))


def _ticks(hierarchy: Hierarchy, order: list[int], most: int) -> dict[str, Any]:
    """Names of the classes, or of their families where there is no room for so many."""
    levels = [level for level in range(hierarchy.depth) if len(hierarchy.at_level(level)) <= most]
    if not levels:
        return {"showticklabels": False}
    places = families(hierarchy, order, levels[0])
    names = [shown(hierarchy.display[hierarchy.lineage[order[first], levels[0]]], 24) for first, _ in places]
    return {"tickvals": [(first + last) / 2 for first, last in places], "ticktext": names, "tickfont": {"size": 11}}


def _clickable(
    counts: np.ndarray, share: np.ndarray, hierarchy: Hierarchy, order: list[int], side: int, ground: str
) -> dict[str, Any]:
    """A mark over each cell that holds a clip: a heatmap tells nobody that it was clicked."""
    rows, columns = np.nonzero(counts)
    cell = (side - BESIDE) / len(order)
    pairs = [(order[row], order[column]) for row, column in zip(rows, columns, strict=True)]
    told = [
        f"<b>{shown(hierarchy.display[truth])}</b> answered as <b>{shown(hierarchy.display[said])}</b>"
        f"<br>{counts[row, column]} clips, {percent(share[row, column])} of its class"
        f"<br>{shown(mistake_in_words(hierarchy, truth, said), 80)}"
        for (truth, said), row, column in zip(pairs, rows, columns, strict=True)
    ]
    marker = {"symbol": "square", "size": max(cell * 0.9, 5), "opacity": 0}
    still = {"marker": {"opacity": 0}}
    inks = [_legible(share[row, column], row == column, ground) for row, column in zip(rows, columns, strict=True)]
    return {
        "type": "scatter",
        "mode": "markers+text" if cell >= COUNTED else "markers",
        "x": columns.tolist(),
        "y": rows.tolist(),
        "text": [str(count) for count in counts[rows, columns]],
        "textfont": {"size": 10, "color": inks},
        "hovertext": told,
        "hoverinfo": "text",
        "customdata": [[hierarchy.nodes[truth], hierarchy.nodes[said]] for truth, said in pairs],
        "marker": marker,
        "selected": still,
        "unselected": still,
        "showlegend": False,
    }


def _legible(share: float, right: bool, ground: str) -> str:
    """Black or white, whichever can be read on a cell."""
    colour = mixed(ground, hue(0 if right else 1, False), FAINTEST + (1 - FAINTEST) * share**0.5)
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 0.3 * red + 0.59 * green + 0.11 * blue > 115 else "#ffffff"


def _frame(row: int, column: int, colour: str) -> dict[str, Any]:
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **box, "line": {"color": colour, "width": 3}}
