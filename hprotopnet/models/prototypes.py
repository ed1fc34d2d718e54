"""The prototype layer: distances between patches and prototypes, similarities, and the table of who owns which.

Functions first; `PrototypeLayer` holds the parameters and forwards to them.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

NEAR = 1e-3  # share of |p|^2 below which a squared distance is computed by subtraction; the others keep four digits
PAIRS = 2**16  # so computed at a time


def squared_distances(features: Tensor, prototypes: Tensor) -> Tensor:
    """Squared Euclidean distance of every patch to every prototype.

    |z - p|^2 = |z|^2 - 2 z.p + |p|^2, one matrix product and no copy of the features. The squares are added in place:
    the memory of yet another map of this size costs more than the sum. Where z is so near to p that the terms cancel,
    the value is computed anew as it stands on the left; never negative, and 0 for a patch that is the prototype.

    Args:
        features: patches z, shape (B, D, t, h, w).
        prototypes: p, shape (P, D).

    Returns:
        Shape (B, P, t, h, w).
    """
    z = features.flatten(2)  # (B, D, cells)
    squares = prototypes.square().sum(1)[:, None]
    distances = (-2 * prototypes) @ z  # (B, P, cells)
    distances += z.square().sum(1, keepdim=True)
    distances += squares
    _subtract_near(distances, z, prototypes, NEAR * squares)
    return distances.unflatten(2, features.shape[2:])


@torch.no_grad()
def _subtract_near(distances: Tensor, z: Tensor, prototypes: Tensor, bound: Tensor) -> None:
    """Compute distances below a bound (P, 1) anew, in place.

    Only the values: the gradient 2 (z - p), which the sum of three terms has as well, loses nothing that matters.
    """
    near = (distances < bound).nonzero()
    if not len(near):
        return
    patches = z.mT.contiguous()  # each patch in one piece, to be picked several times as fast
    for pairs in near.split(PAIRS):
        clip, prototype, cell = pairs.T
        distances[clip, prototype, cell] = (patches[clip, cell] - prototypes[prototype]).square().sum(1)


def similarity(distance: Tensor, kind: Literal["exponential", "log"], bandwidth: float, epsilon: float) -> Tensor:
    """How present a prototype is at squared distance `distance`: positive and strictly decreasing.

    `log` is Eq. 5, log((d + 1) / (d + epsilon)), at most log(1 / epsilon). `exponential` is exp(-d / bandwidth),
    at most 1: a departure from the paper, which on unit-length features tells patches apart more sharply.
    """
    if kind == "log":
        return torch.log1p((1 - epsilon) / (distance + epsilon))
    return torch.exp(-distance / bandwidth)


class PrototypeLayer(nn.Module):
    """P prototypes of width D and the table prototype -> node, which is saved with the weights.

    In the `unit` form features and prototypes have unit length: squared distances are at most 4, so separation cannot
    be won by blowing up the scale of the features, which is how the published form fails to generalise.
    """

    def __init__(
        self,
        owners: Tensor,
        width: int,
        unit: bool,
        kind: Literal["exponential", "log"],
        bandwidth: float,
        epsilon: float,
    ):
        super().__init__()
        self.unit, self.kind, self.bandwidth, self.epsilon = unit, kind, bandwidth, epsilon
        self.vectors = nn.Parameter(torch.rand(len(owners), width))
        self.register_buffer("owners", owners)

    def patches(self, features: Tensor) -> Tensor:
        """Features as the prototypes meet them, shape (B, D, t, h, w)."""
        return functional.normalize(features, dim=1) if self.unit else features

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Distance map (B, P, t, h, w), its minimum over cells (B, P) and the similarity there (B, P)."""
        vectors = functional.normalize(self.vectors, dim=1) if self.unit else self.vectors
        distances = squared_distances(patches, vectors)
        nearest = distances.flatten(2).amin(2)
        return distances, nearest, self.similarity(nearest)

    def similarity(self, distance: Tensor) -> Tensor:
        """`similarity` with this layer's settings."""
        return similarity(distance, self.kind, self.bandwidth, self.epsilon)
