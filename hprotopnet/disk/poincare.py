"""Geometry of the Poincare disk: distance, translation, geodesics, circles, and the mean of points.

A point is a complex number z, |z| < 1; the curvature is -1 and d(0, z) = 2 artanh |z|. Everything is numpy in float64,
so that pictures can be drawn without torch; `hprotopnet.hierarchy.ball` is the ball of any dimension and curvature.
"""

from collections.abc import Sequence

import numpy as np

RIM = 1 - 1e-9  # points are kept inside it
_TINY = 1e-12


def distance(p: np.ndarray | complex, q: np.ndarray | complex) -> np.ndarray:
    """Hyperbolic distance of p and q, 2 artanh |(p - q) / (1 - conj(q) p)|, in a form exact for near points."""
    gap = (1 - np.abs(p) ** 2) * (1 - np.abs(q) ** 2)
    return 2 * np.arcsinh(np.abs(p - q) / np.sqrt(np.maximum(gap, _TINY**2)))


def pairwise(points: np.ndarray) -> np.ndarray:
    """Hyperbolic distances between all points, (N,) to (N, N)."""
    return distance(points[:, None], points[None, :])


def translate(points: np.ndarray | complex, focus: complex, turn: complex = 1.0) -> np.ndarray:
    """The Moebius translation that brings `focus` to the centre, then a rotation by the unit number `turn`.

    The inverse is `translate(points, -turn * focus, 1 / turn)`.
    """
    moved = turn * (points - focus) / (1 - np.conj(focus) * points)
    return moved * np.minimum(1, RIM / np.maximum(np.abs(moved), _TINY))


def along(p: complex, q: complex, length: float) -> complex:
    """The point at hyperbolic distance `length` from p on the geodesic to q."""
    towards = complex(translate(q, p))
    return complex(translate(np.tanh(length / 2) * towards / max(abs(towards), _TINY), -p))


def geodesics(points: np.ndarray, edges: Sequence[tuple[int, int]], n: int) -> np.ndarray:
    """Geodesics of all edges one after another, n points each and then a NaN, shape (len(edges) * (n + 1),)."""
    start, end = points[np.asarray(edges, dtype=int).reshape(-1, 2)].T
    towards = translate(end, start)
    length = np.maximum(np.abs(towards), _TINY)
    share = np.linspace(0, 1, n)[:, None]
    steps = np.tanh(np.arctanh(np.minimum(length, RIM)) * share) * (towards / length)
    arcs = (steps + start) / (1 + np.conj(start) * steps)
    return np.vstack([arcs, np.full((1, len(start)), np.nan)]).T.ravel()


def circle(centre: complex, radius: float, n: int = 97) -> np.ndarray:
    """n points of the hyperbolic circle around a centre, closed; it is a Euclidean circle about another centre."""
    t, c = np.tanh(radius / 2), abs(centre)
    middle, euclidean = centre * (1 - t**2) / (1 - t**2 * c**2), t * (1 - c**2) / (1 - t**2 * c**2)
    return middle + euclidean * np.exp(2j * np.pi * np.linspace(0, 1, n))


def centroid(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The hyperbolic mean of points (A,) for each row of weights (..., A): none below 0, some above.

    The centroid of Lorentz (Law et al., "Lorentzian distance learning for hyperbolic representations", 2019): the
    weighted sum on the hyperboloid, scaled back onto it. A translation of the points takes it along.
    """
    gap = 1 - np.abs(points) ** 2
    high, flat = weights @ ((2 - gap) / gap), weights @ (2 * points / gap)
    length = np.sqrt(np.maximum(high**2 - np.abs(flat) ** 2, _TINY**2))
    found = flat / (high + length)
    return found * np.minimum(1, RIM / np.maximum(np.abs(found), _TINY))
