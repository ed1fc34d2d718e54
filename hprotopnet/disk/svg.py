"""Outlines of the marks of nodes, as every picture of the disk and the player have them."""

from hprotopnet.disk.drawing import SYMBOLS
from hprotopnet.hierarchy.tree import Hierarchy

_SHAPES = {
    "circle": "M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0Z",
    "diamond": "M0-1.25 1.25 0 0 1.25-1.25 0Z",
    "square": "M-.9-.9H.9V.9H-.9Z",
    "hexagon": "M1.15 0.00L0.58 1.00L-0.57 1.00L-1.15 0.00L-0.58 -1.00L0.58 -1.00Z",
    "pentagon": "M0.00 -1.15L1.09 -0.36L0.68 0.93L-0.68 0.93L-1.09 -0.36Z",
    "star": "M0-1.4.3-.4 1.33-.43.53.17.82 1.13 0 .56-.82 1.13-.53.17-1.33-.43-.3-.4Z",
}


def symbol(hierarchy: Hierarchy, node: int) -> str:
    """Outline of a node's mark, of radius 1, as the data of an SVG path."""
    return _SHAPES[SYMBOLS[hierarchy.levels[node] % len(SYMBOLS)]]
