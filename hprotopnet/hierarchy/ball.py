"""The Poincare ball: exponential map and distance.

Pure functions of tensors whose last axis holds the coordinates. The curvature is -c, c >= 0; the ball has radius
1 / sqrt(c), and c = 0 is flat space, where distances are twice the Euclidean ones.
Everything is computed and returned in float64, whatever comes in: near the rim float32 cannot tell points apart.
Autocast leaves float64 alone, so the functions give the same under it. No row ever depends on another row.
"""

import math

import torch
from torch import Tensor
from torch.linalg import vector_norm

MAX_RADIUS = 12.0  # largest sqrt(c) d(0, x) of an embedded clip; 1 - c|x|^2 is 2e-5 there and still has ten good digits
_TINY = 1e-15


def exp0(u: Tensor, c: float) -> Tensor:
    """Exponential map at the origin, tanh(sqrt(c)|u|) u / (sqrt(c)|u|); Eq. 6 of the paper with x = 0.

    d(0, exp0(u)) = 2|u|. Beyond |u| = 18 / sqrt(c) the result rounds to the rim: use `clip_tangent` first.
    """
    u = u.double()
    length = (math.sqrt(c) * vector_norm(u, dim=-1, keepdim=True)).clamp_min(_TINY)
    return u * (length.tanh() / length)


def clip_tangent(u: Tensor, c: float) -> Tensor:
    """Shorten tangent vectors at the origin so that sqrt(c) d(0, exp0(u)) <= `MAX_RADIUS`.

    The direction and its gradient are kept; the gradient along a shortened vector is 0. Departs from the paper, which
    does not bound the embedding, and from its code, which rescales a whole batch when one row is too long.
    """
    u = u.double()
    if c == 0:
        return u
    longest = MAX_RADIUS / (2 * math.sqrt(c))
    length = vector_norm(u, dim=-1, keepdim=True)
    return u * (longest / length.clamp_min(longest))


def distance(x: Tensor, y: Tensor, c: float) -> Tensor:
    """Geodesic distance between x and y, Eq. 3 of the paper for any curvature; broadcasts, last axis removed.

    Equals 2 arctanh(sqrt(c)|-x + y|) / sqrt(c) with Moebius addition, and
    acosh(1 + 2c|x-y|^2 / ((1-c|x|^2)(1-c|y|^2))) / sqrt(c); written with asinh, which is exact for close points too,
    and whose gradient at x = y is 0 instead of undefined.
    """
    x, y = x.double(), y.double()
    return _distance(vector_norm(x - y, dim=-1), _gap(x, c), _gap(y, c), c)


def distances(x: Tensor, y: Tensor, c: float) -> Tensor:
    """Distance of every x to every y: (B, E) and (K, E) give (B, K), without a (B, K, E) tensor in between."""
    x, y = x.double(), y.double()
    # Matrix multiplication would be faster but loses close points: at radius 12 its error is 4e-4.
    chord = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    return _distance(chord, _gap(x, c)[:, None], _gap(y, c)[None, :], c)


def sinh(x: Tensor, c: float) -> Tensor:
    """sinh(sqrt(c) x) / sqrt(c), which in flat space is x."""
    return (math.sqrt(c) * x).sinh() / math.sqrt(c) if c else x


def asinh(x: Tensor, c: float) -> Tensor:
    """The inverse of `sinh`."""
    return (math.sqrt(c) * x).asinh() / math.sqrt(c) if c else x


def _distance(chord: Tensor, gap_x: Tensor, gap_y: Tensor, c: float) -> Tensor:
    return 2 * asinh(chord / (gap_x * gap_y).sqrt(), c)


def _gap(x: Tensor, c: float) -> Tensor:
    return (1 - c * (x * x).sum(dim=-1)).clamp_min(_TINY)
