"""What every picture of the Poincare disk shares: colours, symbols, and which part of it belongs to which top node.

Colour says which top node a node belongs to, lightness and symbol say its level, so that no message needs colour.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy

# Okabe and Ito's palette, distinguishable under the common forms of colour blindness, and Tol's olive; then repeated.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999933")
SYMBOLS = ("circle", "diamond", "square", "hexagon", "pentagon", "star")  # leaves first


@dataclass(frozen=True)
class Ink:
    """Colours of one theme; the background stays transparent."""

    text: str
    halo: str  # behind labels, as the page behind the figure
    line: str


LIGHT = Ink("#1f2733", "#ffffff", "rgba(90,100,115,.45)")
DARK = Ink("#e8ecf2", "#0f131a", "rgba(160,170,185,.40)")


def breadcrumb(hierarchy: Hierarchy, node: int, separator: str = " / ") -> str:
    """Names from the top node down to `node`, as shown to people, not escaped."""
    return separator.join(hierarchy.display[step] for step in reversed(hierarchy.ancestors(node)))


def hues(hierarchy: Hierarchy) -> list[str]:
    """Colour of each node: that of its top node."""
    tops = hierarchy.at_level(hierarchy.depth - 1)
    return [HUES[tops.index(hierarchy.ancestors(node)[-1]) % len(HUES)] for node in range(len(hierarchy.nodes))]


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
