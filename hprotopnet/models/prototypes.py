"""The prototype layer: distances between patches and prototypes, similarities, and the table of who owns which.

Functions first; `PrototypeLayer` holds the parameters and forwards to them.
"""

from collections.abc import Sequence
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

    Args:
        counts: how many prototypes, in their order, look at each of the V views of the features.

    Attributes:
        views: which of them each prototype looks at, shape (P,).
    """

    def __init__(
        self,
        owners: Tensor,
        counts: Sequence[int],
        width: int,
        unit: bool,
        kind: Literal["exponential", "log"],
        bandwidth: float,
        epsilon: float,
    ):
        super().__init__()
        self.counts = list(counts)
        self.unit, self.kind, self.bandwidth, self.epsilon = unit, kind, bandwidth, epsilon
        self.vectors = nn.Parameter(torch.rand(len(owners), width))
        self.register_buffer("owners", owners)
        views = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
        self.register_buffer("views", views, persistent=False)

    def patches(self, views: Tensor) -> Tensor:
        """Views of the features (B, V, D, t, h, w) as the prototypes meet them."""
        return functional.normalize(views, dim=2) if self.unit else views

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Patches, distance map (B, P, t, h, w), its minimum over cells (B, P) and the similarity there (B, P).

        Only the last two have gradients: they are computed anew from the nearest patch of each prototype, by
        subtraction. The map is by far the largest tensor, and a gradient through it would be zero but there.
        """
        vectors = functional.normalize(self.vectors, dim=1) if self.unit else self.vectors
        with torch.no_grad():
            patches = self.patches(views)
            seen = zip(patches.unbind(1), vectors.split(self.counts), strict=True)
            parts = [squared_distances(view, own) for view, own in seen]
            distances = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
            cells = distances.flatten(2).argmin(2)
        nearest = (self._at(views, cells) - vectors.T).square().sum(1)
        return patches, distances, nearest, self.similarity(nearest)

    def _at(self, views: Tensor, cells: Tensor) -> Tensor:
        """The patch of each prototype's own view at its cell (B, P), shape (B, D, P)."""
        chosen = zip(views.flatten(3).unbind(1), cells.split(self.counts, dim=1), strict=True)
        found = [view.gather(2, at[:, None].expand(-1, view.shape[1], -1)) for view, at in chosen]
        return self.patches(torch.cat(found, dim=2)[:, None])[:, 0]

    def similarity(self, distance: Tensor) -> Tensor:
        """`similarity` with this layer's settings."""
        return similarity(distance, self.kind, self.bandwidth, self.epsilon)
