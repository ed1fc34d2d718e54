"""Where evidence lies: activation maps over all frames and pixels, and tubes of boxes around their peaks."""

from collections.abc import Sequence

import numpy as np

from hprotopnet.evaluation.evidence import CENTRED

BOX_SCALE = 4  # boxes are found on maps of a fourth of the frame's side: 4 px is finer than any cell
BOX_PERCENTILE = 95  # as in the authors' code


def stretch(maps: np.ndarray, frames: int, height: int, width: int, offset: Sequence[float] = CENTRED) -> np.ndarray:
    """Activation maps (..., t, h, w) over all frames and pixels, (..., T, H, W), float32.

    Linear between the middles of what cells see, constant beyond the outermost; what is constant stays so to the last
    digit.

    Args:
        offset: by how many cells these middles lie behind those of the cells' places, (t, h, w).
    """
    values = np.asarray(maps, np.float32)
    for axis, size, behind in zip((-3, -2, -1), (frames, height, width), offset, strict=True):
        cells = values.shape[axis]
        place = np.clip((np.arange(size) + 0.5) * cells / size - 0.5 - behind, 0, cells - 1)
        low = place.astype(int)
        share = np.expand_dims((place - low).astype(np.float32), tuple(range(axis + 1, 0)))
        before, after = values.take(low, axis), values.take(np.minimum(low + 1, cells - 1), axis)
        values = before + share * (after - before)
    return values


def boxes(
    activation: np.ndarray, frames: int, size: int, offset: Sequence[float] = CENTRED
) -> tuple[tuple[int, int, int, int] | None, ...]:
    """Where a prototype is present, frame by frame: a tube around the peak of its activation.

    The map (t, h, w) is stretched to (frames, size / 4, size / 4); what lies above its 95th percentile and hangs
    together with the peak is boxed tightly in each frame. Departure from the authors' code, which boxes everything
    above the percentile of each frame alone, and so finds evidence in frames that have none.
    """
    return tubes(np.asarray(activation)[None], frames, size, offset)[0]


def tubes(
    activations: np.ndarray, frames: int, size: int, offset: Sequence[float] = CENTRED
) -> list[tuple[tuple[int, int, int, int] | None, ...]]:
    """`boxes` of several maps (n, t, h, w), stretched together."""
    side = max(size // BOX_SCALE, 1)
    stretched = stretch(activations, frames, side, side, offset)
    return [_rectangles(_around_peak(volume), size / side) for volume in stretched]


def around(
    cell: tuple[int, int, int],
    grid: tuple[int, int, int],
    offset: Sequence[float],
    side: int,
    span: int,
    frames: int,
    size: int,
) -> tuple[tuple[int, int, int, int] | None, ...]:
    """A square of `side` pixels around where a cell of a grid (t, h, w) looks, in a span of frames around it.

    It ends at the picture's edges; None in frames outside of the span.
    """
    axes = zip(cell, offset, (frames, size, size), grid, strict=True)
    t, y, x = (min((place + 0.5 + behind) * n / cells, n) for place, behind, n, cells in axes)
    left, top = (max(round(middle - side / 2), 0) for middle in (x, y))
    right, bottom = (min(round(middle + side / 2), size) for middle in (x, y))
    return tuple((left, top, right, bottom) if abs(i + 0.5 - t) <= span / 2 else None for i in range(frames))


def _around_peak(volume: np.ndarray) -> np.ndarray:
    """What lies above the percentile and hangs together with the peak, booleans of the volume's shape."""
    from scipy import ndimage  # a first screen shows stored boxes and must not wait for it

    region, _ = ndimage.label(volume >= _percentile(volume, BOX_PERCENTILE))
    return region == region[np.unravel_index(volume.argmax(), volume.shape)]


def _percentile(values: np.ndarray, percent: float) -> np.float32:
    """The value with so many percent of the others below it, as a percentile goes; ten times as fast as numpy's."""
    rank = int(np.ceil((values.size - 1) * percent / 100))
    return np.partition(values, rank, axis=None)[rank]


def _rectangles(masks: np.ndarray, scale: float) -> tuple[tuple[int, int, int, int] | None, ...]:
    """The tight box of each frame of booleans (T, H, W), `scale` times as large; None where nothing is marked."""
    columns, rows = masks.any(1), masks.any(2)
    (left, right), (top, bottom) = _span(columns), _span(rows)
    corners = np.rint(scale * np.stack([left, top, right, bottom], 1)).astype(int).tolist()
    return tuple(tuple(box) if seen else None for box, seen in zip(corners, rows.any(1).tolist(), strict=True))


def _span(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First marked place of each row of booleans, and the one after the last."""
    return marked.argmax(1), marked.shape[1] - marked[:, ::-1].argmax(1)
