"""Is an explanation of one clip true? Arrays in, numbers out, where the cue of an answer is known to the pixel.

Maps of shape (t, h, w) hold a value for each cell of the feature grid, masks of shape (T, H, W) say which pixels of
which frames show the cue. A map is brought to the grid of the mask by giving every pixel the value of its cell: the one
that looks nearest to it, which need not be the one in whose place it lies. Paddings and strides of a backbone shift
what its cells see, by up to half a cell; `offset` says by how much.
"""

from collections.abc import Sequence

import numpy as np

CENTRED = (0.0, 0.0, 0.0)  # offset of cells that look at the middle of their own place, in cells (t, h, w)


def middle(
    cells: np.ndarray, grid: Sequence[int], shape: Sequence[int], offset: Sequence[float] = CENTRED
) -> np.ndarray:
    """Frame, row and column in the middle of what cells (..., 3) of a feature grid see; fractions are places between.

    Args:
        cells: places (t, h, w), counted from 0.
        grid: size of the feature grid, (t, h, w).
        shape: size of what it is laid over, (T, H, W).
        offset: by how many cells that lies behind the middle of a cell's place; at most the last pixel is meant.
    """
    places = (np.asarray(cells) + 0.5 + np.asarray(offset)) * np.asarray(shape) / np.asarray(grid)
    return np.clip(places.astype(int), 0, np.asarray(shape) - 1)


def hits(cells: np.ndarray, grid: Sequence[int], mask: np.ndarray, offset: Sequence[float] = CENTRED) -> np.ndarray:
    """Pointing game: whether the mask (T, H, W) holds in the middle of each cell's sight (..., 3), booleans (...).

    After Zhang et al., "Top-down neural attention by excitation backprop", 2018, who allow 15 pixels around it.
    """
    return mask[tuple(np.moveaxis(middle(cells, grid, mask.shape, offset), -1, 0))]


def weighted_hits(contributions: np.ndarray, on_cue: np.ndarray) -> float:
    """Share of the positive contribution that comes from prototypes whose peak lies on the cue; both of shape (m,).

    The pointing game asks one prototype; this asks all that speak for a node, each for as much as it counts. NaN where
    none speaks for it.
    """
    speaking = np.maximum(contributions, 0)
    return float((speaking * on_cue).sum() / speaking.sum()) if speaking.sum() else np.nan


def energy_inside(values: np.ndarray, mask: np.ndarray, offset: Sequence[float] = CENTRED) -> float:
    """Share of a map's sum that lies on the mask (energy-based pointing, Wang et al., Score-CAM, 2020).

    `values` (t, h, w), none below 0; NaN where all are 0.
    """
    where = cell_of(values.shape, mask.shape, offset)
    cells = np.bincount(where.ravel(), minlength=values.size)
    inside = np.bincount(where[mask], minlength=values.size)
    total = (values.ravel() * cells).sum()
    return float((values.ravel() * inside).sum() / total) if total else np.nan


def iou_at_equal_area(values: np.ndarray, mask: np.ndarray, offset: Sequence[float] = CENTRED) -> float:
    """Intersection over union of the mask and the map's highest cells, of which as many are taken as cover its area.

    The last cell counts for the part of it that is still needed, so that a map and its mask never differ in size: a map
    without any knowledge of a mask that covers the share p scores p / (2 - p). NaN for an empty mask.
    """
    area = np.count_nonzero(mask)
    if not area:
        return np.nan
    where = cell_of(values.shape, mask.shape, offset)
    order = np.argsort(-values.ravel(), kind="stable")
    sizes, inside = (np.bincount(own.ravel(), minlength=values.size)[order] for own in (where, where[mask]))
    taken = np.clip((area - (np.cumsum(sizes) - sizes)) / np.maximum(sizes, 1), 0, 1)
    both = (taken * inside).sum()
    return float(both / (2 * area - both))


def shown_at(time: float, times: np.ndarray, shown: np.ndarray) -> bool:
    """Temporal pointing: whether the cue is shown in the frame nearest to a time.

    Args:
        time: of the peak, in seconds.
        times: of each frame, in seconds, shape (T,).
        shown: whether the frame shows the cue, booleans of shape (T,).
    """
    return bool(shown[np.abs(np.asarray(times) - time).argmin()])


def drops(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """By how much the own evidence of each level falls when each cue is taken away, shape (..., L, cues).

    Args:
        before: own evidence of the L levels with the clip as it is, shape (..., L).
        after: the same without each of the cues, shape (..., cues, L).
    """
    return np.asarray(before)[..., None] - np.swapaxes(after, -1, -2)


def moved_most(fallen: np.ndarray) -> np.ndarray:
    """Number of the cue without which the evidence falls furthest, of drops (..., cues); -1 where it falls by none.

    A tie is nobody's: -1 as well.
    """
    order = np.sort(fallen, axis=-1)
    clear = (order[..., -1] > 0) & ((fallen == order[..., -1:]).sum(-1) == 1)
    return np.where(clear, np.argmax(fallen, axis=-1), -1)


def laid_out(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """A map with the values of another (t, h, w), the highest in the first cell of `order` (cells,), and so on.

    A control with the same values, so that nothing but their place tells it from the map.
    """
    found = np.empty(values.size, values.dtype)
    found[order] = -np.sort(-values.ravel())
    return found.reshape(values.shape)


def from_centre(grid: Sequence[int]) -> np.ndarray:
    """Cells of a grid (t, h, w), the one nearest to its centre first, in units of its sides; of equals, the first."""
    places = np.stack(np.meshgrid(*((np.arange(size) + 0.5) / size - 0.5 for size in grid), indexing="ij"))
    return np.argsort(np.round(np.square(places).sum(0), 12).ravel(), kind="stable")


def cell_of(grid: Sequence[int], shape: Sequence[int], offset: Sequence[float] = CENTRED) -> np.ndarray:
    """Number of the cell that looks nearest to the middle of each pixel, integers of the mask's shape."""
    sides = zip(grid, shape, offset, strict=True)
    rows = [
        np.clip(np.floor((np.arange(size) + 0.5) * cells / size - behind), 0, cells - 1).astype(int)
        for cells, size, behind in sides
    ]
    return np.ravel_multi_index(np.ix_(*rows), tuple(grid))
