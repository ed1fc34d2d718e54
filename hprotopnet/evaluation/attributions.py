"""Is a map of a clip true, and is it one thing or another? Arrays in, numbers out.

Maps (T, H, W) hold a value for each pixel of each frame, none below 0: what speaks for a target. Masks of that shape
say which pixels show its cue. Of equal values none comes first: they count for their share, so that a map of one value
scores what chance does.

Methods tell some pixels apart, or some hundred places. On pixels, fine maps are punished for their speckle and coarse
ones for their blocks, so maps are compared on cells that are common to all of them, those of the network's last grid,
where its layers look: every cell has the mean of its pixels (`on_cells`), every pixel its cell's (`over_pixels`). No
method tells more places apart than any other then; what a fine map knows within a cell is lost, and is scored apart, on
the map as it is.
"""

from collections.abc import Sequence

import numpy as np

from hprotopnet.evaluation.evidence import CENTRED, cell_of

TOP = 0.1  # share of a map that counts as its highest places


def on_cells(values: np.ndarray, grid: Sequence[int], offset: Sequence[float] = CENTRED) -> np.ndarray:
    """Mean of a map over the pixels of each cell of a grid, shape (t, h, w); 0 for a cell without any.

    `offset` says where cells look, see `evidence`: a map that was laid over the clip from these cells comes back.
    """
    where, size = cell_of(grid, values.shape, offset).ravel(), int(np.prod(grid))
    sums = np.bincount(where, values.ravel().astype(float), minlength=size)
    return (sums / np.maximum(np.bincount(where, minlength=size), 1)).reshape(grid)


def over_pixels(cells: np.ndarray, shape: Sequence[int], offset: Sequence[float] = CENTRED) -> np.ndarray:
    """A map (T, H, W) in which every pixel has the value of the cell that looks nearest to it."""
    return cells.ravel()[cell_of(cells.shape, shape, offset)]


def highest(values: np.ndarray, share: float) -> np.ndarray:
    """How far each place belongs to the highest of a map, 0 to 1, so that they sum to a share of all places.

    Those whose value is the last that is needed belong to it by as much as is still needed.
    """
    wanted = share * values.size
    last = np.sort(values, axis=None)[max(values.size - max(int(np.ceil(wanted - 1e-9)), 1), 0)]
    above, level = values > last, values == last
    return above + level * ((wanted - np.count_nonzero(above)) / np.count_nonzero(level))


def pointing(values: np.ndarray, mask: np.ndarray, tolerance: int = 0) -> float:
    """Pointing game: whether the highest place of a map lies on the mask; of several, the share that does.

    Zhang et al., "Top-down neural attention by excitation backprop" (2018), who allow 15 pixels around it; here it is
    `tolerance` pixels, in the same frame, and none unless asked for.
    """
    if tolerance:
        mask = np.stack([_widened(frame, tolerance) for frame in mask])
    return float(mask[values == values.max()].mean())


def _widened(frame: np.ndarray, pixels: int) -> np.ndarray:
    from scipy import ndimage  # loads slowly, and pages need it late or never

    return ndimage.distance_transform_edt(~frame) <= pixels if frame.any() else frame


def overlap(values: np.ndarray, mask: np.ndarray) -> float:
    """Intersection over union of the mask and as many of the map's highest pixels; NaN for an empty mask.

    As `evidence.iou_at_equal_area`, but equal pixels are taken for their share, not the first ones. What knows nothing
    of a mask that covers the share p scores p / (2 - p).
    """
    area = np.count_nonzero(mask)
    if not area:
        return np.nan
    both = float(highest(values, area / mask.size)[mask].sum())
    return both / (2 * area - both)


def in_time(values: np.ndarray, mask: np.ndarray) -> float:
    """Temporal pointing: whether the frame with the greatest mass shows the cue; of several, the share that does.

    After Li et al., "Towards visually explaining video understanding networks with perturbation" (2021), who join two
    videos. NaN where all frames show the cue, or none does: whatever is pointed at is right then, or wrong.
    """
    shown, mass = mask.any((1, 2)), values.sum((1, 2), dtype=float)
    if shown.all() or not shown.any():
        return np.nan
    return float(shown[np.isclose(mass, mass.max(), rtol=1e-9, atol=0)].mean())


def peak_time(values: np.ndarray, times: Sequence[float]) -> float:
    """When the frame with the greatest mass is shown, in seconds; of several, the mean."""
    mass = values.sum((1, 2), dtype=float)
    return float(np.asarray(times)[np.isclose(mass, mass.max(), rtol=1e-9, atol=0)].mean())


def gini(values: np.ndarray) -> float:
    """Sparsity: Gini index of a map, 0 where all are equal, nearly 1 where a single place has all; NaN of zeros.

    Hurley and Rickard, "Comparing measures of sparsity" (2009).
    """
    ordered, size = np.sort(values, axis=None).astype(float), values.size
    total = ordered.sum()
    ranks = np.arange(size, 0, -1) - 0.5
    return float(1 - 2 * (ordered @ ranks) / (total * size)) if total else np.nan


def flicker(values: np.ndarray) -> float:
    """Mean absolute change from frame to frame as a share of the map's mean, 0 for a still map; NaN of zeros.

    The project's own, and blind to scale. A map of steps of time is asked step by step, as it would change only between
    these; it is meant for `on_cells`. A map may move because what it shows moves.
    """
    mean = values.mean(dtype=float)
    return float(np.abs(np.diff(values.astype(float), axis=0)).mean() / mean) if mean and len(values) > 1 else np.nan


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two maps of one shape, 1 where they order places alike; NaN where one is constant.

    Asked of a clip's map and that of the same clip with noise it is a method's steadiness; with that of a network of
    random weights it should be near 0, or the map did not need the network (Adebayo et al., "Sanity checks for saliency
    maps", 2018); of two methods, their agreement.
    """
    from scipy.stats import rankdata

    ranks = [rankdata(own, axis=None) for own in (one, other)]
    apart = [own - own.mean() for own in ranks]
    scale = np.sqrt(np.prod([own @ own for own in apart]))
    return float(apart[0] @ apart[1] / scale) if scale else np.nan


def top_overlap(one: np.ndarray, other: np.ndarray, share: float = TOP) -> float:
    """Intersection over union of the highest places of two maps of one shape; NaN where one is constant.

    Of two that know nothing of each other it is share / (2 - share).
    """
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    first, second = (highest(own, share) for own in (one, other))
    return float(np.minimum(first, second).sum() / np.maximum(first, second).sum())


def order_of(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers of cells (t, h, w), the strongest first, equal ones by lot: in which they are hidden, or shown.

    Petsiuk et al., "RISE" (2018), whose areas of insertion and deletion are `curves.area` of what becomes of the score.
    """
    return np.lexsort((rng.permutation(cells.size), -cells.ravel()))
