"""Outlines of the marks of nodes, as every picture of the disk and the player have them."""

import numpy as np

from hprotopnet.disk.drawing import SYMBOLS
from hprotopnet.hierarchy.tree import Hierarchy

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


def symbol(hierarchy: Hierarchy, node: int) -> str:
    """Outline of a node's mark, of radius 1, as the data of an SVG path."""
    name = SYMBOLS[hierarchy.levels[node] % len(SYMBOLS)]
    points = "L".join(f"{x:.3g} {y:.3g}" for x, y in corners(hierarchy, node))
    return _CIRCLE if name == "circle" else f"M{points}Z"


def corners(hierarchy: Hierarchy, node: int) -> np.ndarray:
    """The same outline as points, (n, 2), down positive."""
    points = _CORNERS[SYMBOLS[hierarchy.levels[node] % len(SYMBOLS)]]
    return np.stack([points.real, points.imag], axis=-1)


def units(points: np.ndarray, radius: float) -> np.ndarray:
    """Points of the disk in units of a picture in which it has this radius, (n, 2), down positive."""
    return np.round(radius * np.stack([points.real, -points.imag], axis=-1), 1) + 0.0
