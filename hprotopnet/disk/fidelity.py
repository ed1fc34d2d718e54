"""How well a picture of a hierarchy shows the distances of the ball it stands for, and how others would do.

Functions take distances, (N, N), so that a layout, a flat projection and the ball itself are measured alike.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hprotopnet.disk.layouts import layout, leaf_radius, wedge_layout
from hprotopnet.disk.poincare import RIM, pairwise
from hprotopnet.hierarchy.geometry import geometry
from hprotopnet.hierarchy.tree import Hierarchy

if TYPE_CHECKING:  # a picture must not wait for torch
    from hprotopnet.hierarchy.points import ClassPoints


def figures(shown: np.ndarray, distances: np.ndarray, hierarchy: Hierarchy) -> dict[str, float]:
    """How well distances shown in a picture, (N, N), agree with those of the ball and with the tree.

    edge_map: mean average precision of a node's parent and children among all nodes, nearest first.
    distortion: mean of |d / s - D| / D over pairs, d shown, D in the ball, at the best scale s.
    sibling_nearest: share of leaves whose nearest leaf is a sibling; of those that have one, NaN if none has.
    scale: that s, the length in the picture of one unit in the ball.
    """
    pair = np.triu_indices(len(shown), 1)
    scale = best_scale(shown[pair], distances[pair])
    return {
        "edge_map": _edge_map(shown, hierarchy),
        "distortion": float(np.mean(np.abs(shown[pair] / (scale * distances[pair]) - 1))),
        "sibling_nearest": _sibling_nearest(shown, hierarchy),
        "scale": scale,
    }


def best_scale(shown: np.ndarray, distances: np.ndarray) -> float:
    """The s that minimises the mean of |d / s - D| / D: the median of D / d weighted by d / D, inverted."""
    ratio = np.sort(shown / distances)
    weight = np.cumsum(ratio)
    return float(ratio[np.searchsorted(weight, weight[-1] / 2)])


def compare_layouts(hierarchy: Hierarchy, points: "ClassPoints") -> dict[str, dict[str, float]]:
    """Fidelity and seconds of both layouts and of four baselines, for class points in the ball.

    Baselines: a plain wedge layout whose leaves are as far out as those of `layout` (the farther out, the less either
    distorts, and the harder it is to read), and one with depth steps of 2; the first two principal components of the
    tangent vectors at 0, mapped back; those of the points themselves, as a flat picture.
    A wedge layout knows the tree and nothing of the points: where all branches are alike its `edge_map` can exceed that
    of the ball, and of a layout that is true to the ball.
    """
    ball, distances, radii = ball_geometry(hierarchy, points)
    norm = np.linalg.norm(ball, axis=1, keepdims=True)
    tau = leaf_radius(hierarchy) / hierarchy.depth
    ways: dict[str, Callable[[], np.ndarray]] = {
        "learned": lambda: pairwise(layout(hierarchy, distances, radii)),
        "taxonomy": lambda: pairwise(wedge_layout(hierarchy)),
        "plain wedge, same radius": lambda: pairwise(wedge_layout(hierarchy, tau, plain=True)),
        "plain wedge, steps of 2": lambda: pairwise(wedge_layout(hierarchy, 2.0, plain=True)),
        "tangent PCA": lambda: pairwise(_tangent_pca(ball / np.maximum(norm, 1e-12) * radii[:, None])),
        "Euclidean PCA": lambda: _flat(_principal(ball - ball.mean(axis=0))),
    }
    rows = {}
    for name, way in ways.items():
        start = time.perf_counter()
        shown = way()
        seconds = time.perf_counter() - start
        rows[name] = figures(shown, distances, hierarchy) | {"seconds": seconds}
    return rows


def ball_geometry(hierarchy: Hierarchy, points: "ClassPoints") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class points of a hierarchy (N, E), their distances (N, N), and those from the centre of the ball (N,)."""
    ball = points.points_for(hierarchy).numpy()
    return ball, *geometry(ball, points.curvature)


def _edge_map(shown: np.ndarray, hierarchy: Hierarchy) -> float:
    parents = np.asarray(hierarchy.parents)
    precision = []
    for node, row in enumerate(shown):
        order = np.argsort(row, kind="stable")
        order = order[order != node]
        hit = (parents[order] == node) | (order == parents[node])
        if hit.any():
            precision.append((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())
    return float(np.mean(precision)) if precision else float("nan")


def _sibling_nearest(shown: np.ndarray, hierarchy: Hierarchy) -> float:
    heights = hierarchy.leaf_heights
    has_sibling = (heights == 1).any(axis=1)
    among = np.where(heights == 0, np.inf, shown[: len(heights), : len(heights)])
    nearest = heights[np.arange(len(heights)), among.argmin(axis=1)]
    return float((nearest[has_sibling] == 1).mean()) if has_sibling.any() else float("nan")


def _tangent_pca(tangent: np.ndarray) -> np.ndarray:
    """Tangent vectors at 0, lengths being distances, projected on their first two components and mapped back."""
    plane = _principal(tangent)
    return np.minimum(np.tanh(np.abs(plane) / 2), RIM) * np.exp(1j * np.angle(plane))


def _principal(vectors: np.ndarray) -> np.ndarray:
    components = np.linalg.svd(vectors, full_matrices=False)[2][:2]
    return (vectors @ components.T) @ np.array([1, 1j])


def _flat(points: np.ndarray) -> np.ndarray:
    return np.abs(points[:, None] - points[None, :])
