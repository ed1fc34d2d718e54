"""Distances between class points by numpy: pictures and first screens must not wait for torch.

The formulas are those of `hprotopnet.hierarchy.ball`, where they are explained.
"""

import numpy as np
from scipy.spatial.distance import cdist

_TINY = 1e-15


def distances(x: np.ndarray, y: np.ndarray, c: float) -> np.ndarray:
    """Distance of every x to every y in the ball of curvature -c: (B, E) and (K, E) give (B, K)."""
    chord = cdist(x, y)
    if c == 0:
        return 2 * chord
    root = np.sqrt(c)
    return 2 / root * np.arcsinh(root * chord / np.sqrt(np.outer(_gap(x, c), _gap(y, c))))


def geometry(points: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    """What a picture shows of points (N, E): the distances between them (N, N), and those from the centre (N,)."""
    return distances(points, points, c), distances(points, np.zeros_like(points[:1]), c)[:, 0]


def _gap(x: np.ndarray, c: float) -> np.ndarray:
    return np.maximum(1 - c * (x**2).sum(axis=1), _TINY)
