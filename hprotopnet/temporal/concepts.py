"""Visual concepts: clusters of clips as the encoder sees them, the paper's stand-ins for atomic actions."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from tqdm import tqdm

MOST_ROUNDS = 50
AT_ONCE = 2**14  # points compared with centres at once


def cluster(points: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Centres (number, E) of points (n, E) by k-means, started far apart (Arthur and Vassilvitskii 2007).

    Rounds end when no point changes its cluster. A cluster that lost all its points moves to the point furthest from
    its own. Fewer different points than centres give centres that coincide.
    """
    centres = _start(points, number, generator)
    before = None
    for _ in tqdm(range(MOST_ROUNDS), "concepts drawn", unit="round", leave=False, delay=2):
        own, far = nearest(points, centres)
        if before is not None and torch.equal(own, before):
            break
        before = own
        counts = torch.bincount(own, minlength=number)
        sums = torch.zeros_like(centres).index_add_(0, own, points)
        centres = sums / counts.clamp(min=1)[:, None]
        empty = torch.nonzero(counts == 0)[:, 0]
        centres[empty] = points[far.topk(min(len(empty), len(points))).indices[torch.arange(len(empty)) % len(points)]]
    return centres


def nearest(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Number of the nearest centre of each point, and the squared distance to it, both of shape (n,)."""
    middle = centres.mean(0)  # from which numbers are counted, or rounding would hide what lies close together far out
    around = centres - middle
    parts = [_nearest(part - middle, around) for part in points.split(AT_ONCE)]
    return torch.cat([own for own, _ in parts]), torch.cat([far for _, far in parts])


def _nearest(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    least, own = torch.addmm(centres.square().sum(1) / 2, points, centres.T, alpha=-1).min(1)
    return own, (2 * least + points.square().sum(1)).clamp(min=0)


def aligned(centres: Tensor, before: Tensor) -> Tensor:
    """Centres in the order in which they lie nearest to earlier ones, in all: a concept keeps its number."""
    _, order = linear_sum_assignment(torch.cdist(before, centres).numpy())
    return centres[torch.from_numpy(order)]


def _start(points: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Points drawn as centres one after the other, each with a chance that grows with its distance from the others."""
    around = points - points.mean(0)
    squares = around.square().sum(1)
    chosen = torch.randint(len(points), (1,), generator=generator)
    far = torch.full((len(points),), torch.inf)
    for _ in tqdm(range(number - 1), "concepts started", leave=False, delay=2):
        last = chosen[-1]
        far = torch.minimum(far, squares + squares[last] - 2 * (around @ around[last])).clamp(min=0)
        far[last] = 0
        chosen = torch.cat([chosen, torch.multinomial(far if far.sum() > 0 else far + 1, 1, generator=generator)])
    return points[chosen]
