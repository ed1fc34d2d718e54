"""What becomes of a score while a clip is taken away, or put back, cell by cell: curves and the area under them.

Deletion and insertion after Petsiuk, Das and Saenko, "RISE", 2018, there pixel by pixel of still images. A good order
takes first what matters: the score falls early when cells go in that order, and rises early when they come. Arrays in,
numbers out; cells are those of the feature grid (t, h, w), frames are (T, H, W).
"""

from collections.abc import Sequence

import numpy as np

from hprotopnet.evaluation.evidence import CENTRED, cell_of

STEPS = 8  # between nothing and everything


def evidence_map(contributions: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """What speaks for a node at every cell, (t, h, w): what prototypes would contribute were that their nearest patch.

    Args:
        contributions: of the node's prototypes, shape (m,); one that speaks against the node counts as 0.
        activations: their similarities to every patch, shape (m, t, h, w), the largest being what is contributed.
    """
    peaks = np.maximum(activations.max((1, 2, 3)), 1e-30)
    return np.einsum("m,mthw->thw", np.maximum(contributions, 0) / peaks, activations)


def by_strength(values: np.ndarray) -> np.ndarray:
    """Cells of a map (t, h, w), the strongest first; of equals the first."""
    return np.argsort(-values.ravel(), kind="stable")


def shares(steps: int = STEPS) -> np.ndarray:
    """Shares of the cells at which a curve is measured, from 0 to 1, shape (steps + 1,)."""
    return np.linspace(0, 1, steps + 1)


def early_shares(steps: int = STEPS) -> np.ndarray:
    """The cubes of `shares`, half of which lie below an eighth: where a score is often all there already.

    A level of four nodes is told by a few cells of a clip; even steps would find every order of cells equally good.
    """
    return shares(steps) ** 3


def covered(
    order: np.ndarray, share: float, grid: Sequence[int], shape: Sequence[int], offset: Sequence[float] = CENTRED
) -> np.ndarray:
    """Which pixels the first cells of an order cover, booleans of shape (T, H, W).

    Args:
        order: numbers of all cells of the grid (t, h, w).
        share: of the cells, 0 to 1; rounded to whole cells.
        shape: of the frames, (T, H, W).
        offset: where cells look, see `evidence`.
    """
    chosen = np.zeros(len(order), bool)
    chosen[order[: round(share * len(order))]] = True
    return chosen[cell_of(grid, shape, offset)]


def area(curve: np.ndarray) -> float:
    """Area under a curve, by trapezoids over even steps: the mean height, that of the score.

    Of a curve measured at `early_shares` it is the area over the cube root of the share.
    """
    return float(np.trapezoid(curve, shares(len(curve) - 1)))
