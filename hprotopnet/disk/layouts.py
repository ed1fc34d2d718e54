"""Where the nodes of a hierarchy stand on the Poincare disk: two layouts, and views of them from any node.

Points are complex numbers as in `hprotopnet.disk.poincare`; the root of the hierarchy stands at 0. A layout is made
once; whatever is looked at later is one Moebius translation of that layout, so that no error adds up and a view depends
on nothing but its node.
"""

from dataclasses import dataclass

import numpy as np

from hprotopnet.disk.poincare import RIM, along, distance, translate
from hprotopnet.hierarchy.tree import Hierarchy

TAXONOMY_TAU = 1.2  # depth step of the layout meant for reading
LEAF_SHARE, LEAF_REACH = 0.65, 1.0  # a leaf is looked at from this share of the way from its parent, at most so far


@dataclass(frozen=True, eq=False)
class View:
    """A layout looked at from one of its nodes.

    Attributes:
        hierarchy: the tree.
        base: the layout, complex (N,); the root is at 0.
        node: node looked at, -1 for the root.
        focus: point of the layout that is brought to the centre.
        turn: unit number, the rotation that follows.
    """

    hierarchy: Hierarchy
    base: np.ndarray
    node: int
    focus: complex
    turn: complex

    @property
    def points(self) -> np.ndarray:
        """Where the nodes are seen, complex (N,)."""
        return self.moved(self.base)

    def moved(self, points: np.ndarray | complex) -> np.ndarray:
        """Where any points of the layout are seen."""
        return translate(points, self.focus, self.turn)


def look_at(hierarchy: Hierarchy, base: np.ndarray, node: int) -> View:
    """The view that brings a node into focus: itself, or for a leaf a point short of it, since beyond it is nothing.

    The parent is seen in the direction in which the layout has it, whatever was looked at before.
    """
    if node < 0:
        return View(hierarchy, base, -1, 0j, 1 + 0j)
    parent = hierarchy.parents[node]
    origin = base[parent] if parent >= 0 else 0j
    focus = complex(base[node])
    if hierarchy.levels[node] == 0:
        focus = along(origin, focus, min(LEAF_SHARE * float(distance(origin, focus)), LEAF_REACH))
    wanted, seen = origin - base[node], translate(origin, focus)
    turn = np.exp(1j * (np.angle(wanted) - np.angle(seen)))
    return View(hierarchy, base, node, focus, complex(turn))


def wedge_layout(hierarchy: Hierarchy, tau: float = TAXONOMY_TAU, plain: bool = False) -> np.ndarray:
    """The tree alone: depth steps of hyperbolic length tau, every node above the middle of its leaves. Shape (N,).

    The first leaf stands at twelve o'clock and the rest follow clockwise in the order of the tree. The gap between
    two neighbours is as wide as their lowest common ancestor is high, so that families stand apart; `plain` makes all
    gaps equal, which is a wedge for each node in proportion to its leaves.
    """
    place, gaps = _circle(hierarchy)
    gaps = np.ones_like(gaps) if plain else gaps
    return _on_disk(tau * _depths(hierarchy), place @ gaps / gaps.sum())


def layout(hierarchy: Hierarchy, distances: np.ndarray, radii: np.ndarray | None = None) -> np.ndarray:
    """The learned geometry: the disk whose distances agree best with `distances` (N, N), as a tree without crossings.

    Hyperbolic multidimensional scaling with Sammon's stress, sum (d2 - s d)^2 / (s d) over all pairs of nodes and,
    with `radii` (N,), over their distances from the centre of the ball. Free are the radius of every node and the gap
    between every two neighbouring leaves; leaves keep the order of the tree and an inner node stands in the middle of
    its leaves. (Free angles reach about the same stress by shuffling the children of different parents.)
    The scale s puts the leaves at about `leaf_radius`. Starts from `wedge_layout`; L-BFGS in polar coordinates,
    deterministic. Shape (N,).
    """
    from scipy.optimize import minimize  # a first screen has a layout that is kept, and must not wait for it

    nodes, scale = len(hierarchy.nodes), _scale_for(hierarchy, distances)
    place, gaps = _circle(hierarchy)
    target, reach = scale * distances, None if radii is None else scale * radii

    def stress(free: np.ndarray) -> tuple[float, np.ndarray]:
        radius, gap = free[:nodes], np.exp(free[nodes:])
        angle = 2 * np.pi * (place @ gap) / gap.sum()
        value, by_radius, by_angle = _stress(radius, angle, target, reach)
        by_gap = (2 * np.pi * place.T @ by_angle - by_angle @ angle) / gap.sum()
        return value, np.concatenate([by_radius, by_gap * gap])

    free = np.concatenate([leaf_radius(hierarchy) / hierarchy.depth * _depths(hierarchy), np.log(gaps)])
    free = minimize(stress, free, jac=True, method="L-BFGS-B", options={"maxiter": 300, "maxcor": 20}).x
    gap = np.exp(free[nodes:])
    return _on_disk(free[:nodes], place @ gap / gap.sum())


def leaf_radius(hierarchy: Hierarchy) -> float:
    """Radius at which the circumference 2 pi sinh(r) gives each of the K leaves the same length, 4 pi, whatever K."""
    return float(np.arcsinh(2 * len(hierarchy.classes)))


def _scale_for(hierarchy: Hierarchy, distances: np.ndarray) -> float:
    """Scale at which leaves spread over the circle of `leaf_radius` are as far apart as asked, on average.

    Far out, points at an angle a on a circle of radius r are 2 r + 2 log sin(a / 2) apart, on average 2 r - 2 log 2.
    """
    leaves = len(hierarchy.classes)
    mean = distances[:leaves, :leaves].sum() / max(leaves * (leaves - 1), 1)
    return float((2 * leaf_radius(hierarchy) - 2 * np.log(2)) / mean) if mean > 0 else 1.0


def _stress(
    radius: np.ndarray, angle: np.ndarray, target: np.ndarray, reach: np.ndarray | None
) -> tuple[float, np.ndarray, np.ndarray]:
    """Sammon's stress of points in polar coordinates, and its gradients by radius and by angle."""
    cosh, sinh = np.cosh(radius), np.sinh(radius)
    turn = angle[:, None] - angle[None, :]
    across = np.outer(sinh, sinh)
    cosh_d = np.maximum(np.outer(cosh, cosh) - across * np.cos(turn), 1 + 1e-9)
    error = np.arccosh(cosh_d) - target
    weight = 1 / np.maximum(target, 1e-3)
    np.fill_diagonal(weight, 0)
    pull = 2 * weight * error / np.sqrt(cosh_d**2 - 1)
    value = (weight * error**2).sum() / 2
    by_radius = (pull * (np.outer(sinh, cosh) - np.outer(cosh, sinh) * np.cos(turn))).sum(axis=1)
    by_angle = (pull * across * np.sin(turn)).sum(axis=1)
    if reach is not None:
        # The centre counts as much as all other nodes together: radius is what the picture is read by.
        weight, error = len(reach) / np.maximum(reach, 1e-3), radius - reach
        value += (weight * error**2).sum()
        by_radius += 2 * weight * error
    return value, by_radius, by_angle


def _circle(hierarchy: Hierarchy) -> tuple[np.ndarray, np.ndarray]:
    """Where nodes stand around the circle: a matrix (N, K) from gaps to angles, and the gaps (K,) of the tree alone.

    Gap j follows the j-th leaf of the tree's order. With gaps of sum 1, matrix @ gaps is each node's share of a turn.
    """
    order = np.lexsort(hierarchy.lineage.T)
    leaves = np.empty((len(order), len(order)))
    leaves[order] = np.tril(np.ones_like(leaves), -1)
    heights = hierarchy.leaf_heights[order, np.roll(order, -1)]
    nodes = hierarchy.covers @ leaves / hierarchy.covers.sum(axis=1, keepdims=True)
    return nodes, np.maximum(heights, 1).astype(float)


def _depths(hierarchy: Hierarchy) -> np.ndarray:
    return hierarchy.depth - np.asarray(hierarchy.levels, dtype=float)


def _on_disk(radius: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points at hyperbolic distance `radius` from 0, clockwise from twelve o'clock by `share` of a turn."""
    return np.minimum(np.tanh(np.abs(radius) / 2), RIM) * np.exp(1j * (np.pi / 2 - 2 * np.pi * share))
