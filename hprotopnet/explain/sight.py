"""How much of a clip a cell of the feature grid has really seen: its effective receptive field, measured.

What could reach a cell says little: in theory it is often more than the whole clip, while nearly all that does reach
it comes from around its middle (Luo et al., "Understanding the effective receptive field", 2016). So it is measured, by
the gradient of what prototypes are compared with.
"""

from collections.abc import Sequence
from itertools import cycle, islice, product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet

SHARE = 0.9  # of all that a cell has seen


class Extent(NamedTuple):
    """What a cell has really seen, all but a small share, around its middle.

    Attributes:
        pixels: side of the square that holds the share, over all frames.
        frames: length of the span of frames that holds the share, over all pixels.
    """

    pixels: int
    frames: int


def measure(model: HProtoPNet, clips: Sequence[np.ndarray], share: float = SHARE) -> tuple[Extent, ...]:
    """What a cell near the middle of the grid has really seen, in each view of the add-on, as a mean over some clips.

    Each clip answers for one of the middle cells, by turns. Of its patch the gradient along a direction chosen at
    random is taken, as that of the length would be zero: patches have unit length in the usual form. Its absolute
    values, summed over colours and to 1 over the clip, say what the cell has seen where.

    Args:
        model: in evaluation mode.
        clips: uint8 images (T, S, S, 3) of one size, one at least.
        share: of what was seen that square and span must hold.

    Returns:
        An extent for each view; none at all where a view does not depend on the clips.
    """
    random, held = torch.Generator().manual_seed(0), []
    for number, images in enumerate(clips):
        inputs = model_input(model, images).requires_grad_()
        patches = model.patches(model.backbone(inputs))[0]  # (V, D, t, h, w)
        grid = tuple(patches.shape[2:])
        cell = _middle(grid, number)
        directions = torch.randn(patches.shape[:2], generator=random).to(patches)
        values = (patches[(..., *cell)] * directions).sum(1)
        places = np.array(cell) + model.offsets
        held.append([_held(_seen(value, inputs), place, grid) for value, place in zip(values, places, strict=True)])
    means = [[np.mean(parts, axis=0) for parts in zip(*view, strict=True)] for view in zip(*held, strict=True)]
    if any(mean[-1] < 0.5 for view in means for mean in view):
        return ()
    return tuple(Extent(*(_first(mean, share) for mean in view)) for view in means)


def _middle(grid: tuple[int, int, int], number: int) -> tuple[int, int, int]:
    """One of the cells in the middle of a grid, of which there are two along an even axis: another one each time."""
    cells = list(product(*(sorted({(n - 1) // 2, n // 2}) for n in grid)))
    return next(islice(cycle(cells), 3 * number, None))  # in steps of 3, so that few clips come to all axes


def _seen(value: Tensor, inputs: Tensor) -> np.ndarray:
    """Where a value comes from: absolute gradient, summed over colours, (T, H, W)."""
    [gradient] = torch.autograd.grad(value, inputs, retain_graph=True)
    return gradient[0].abs().sum(0).double().cpu().numpy()


def _held(seen: np.ndarray, place: Sequence[float], grid: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Shares of what was seen that squares of 0, 1, 2 ... pixels a side hold, and spans of 0, 1, 2 ... frames.

    Both lie around where the cell at `place` looks, see `addon.offsets`, and the last of each holds all.
    """
    far = [
        np.abs(np.arange(size) + 0.5 - (own + 0.5) * size / cells)
        for size, own, cells in zip(seen.shape, place, grid, strict=True)
    ]
    return _within(seen.sum(0), np.maximum(far[1][:, None], far[2])), _within(seen.sum((1, 2)), far[0])


def _within(seen: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Share of what was seen in places that lie whole within 0, 1/2, 1 ... of a middle from which they are `far`."""
    sums = np.bincount(np.ceil(2 * far + 1).astype(int).ravel(), seen.ravel(), 2 * max(seen.shape) + 1)
    return np.cumsum(sums) / max(sums.sum(), np.finfo(float).tiny)


def _first(shares: np.ndarray, share: float) -> int:
    return int(np.argmax(shares >= share - 1e-9))
