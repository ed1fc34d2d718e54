"""Stored class points and distances between them by numpy: pictures and first screens must not wait for torch.

The formulas are those of `hprotopnet.hierarchy.ball`, where they are explained.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hprotopnet.arrays import read_arrays
from hprotopnet.errors import InputError

AGAIN = "embed the hierarchy again"
_TINY = 1e-15


class StoredPoints(NamedTuple):
    """What a file of class points holds, see `points.ClassPoints`."""

    names: tuple[str, ...]
    levels: tuple[int, ...]
    points: np.ndarray
    curvature: float


def read_points(path: str | Path, curvature: float | None = None) -> StoredPoints:
    """Read what `ClassPoints.save` wrote.

    Raises `InputError` when the file is no such thing, or holds points of another curvature than the one asked for:
    the same numbers in another ball are other distances.
    """
    kinds = {"names": "U1", "levels": "i1", "points": "f2", "curvature": "f0"}
    data = read_arrays(path, kinds, "class points", AGAIN)
    try:
        names, levels, points, own = (data[name].tolist() if name != "points" else data[name] for name in kinds)
        found = StoredPoints(tuple(names), tuple(levels), points, own)
        check_points(found)
    except (ValueError, SystemError) as error:  # the latter of letters that are none
        raise InputError(f"{path}: not a file of class points ({error}); {AGAIN}") from error
    if curvature is not None and curvature != found.curvature:
        raise InputError(f"{path}: made for curvature {found.curvature:g}, not {curvature:g}; {AGAIN}")
    return found


def check_points(found: StoredPoints) -> None:
    """Raise `InputError` when class points do not fit together or one lies outside the ball."""
    names, levels, points, curvature = found
    if len(set(names)) < len(names) or len(levels) != len(names):
        raise InputError("class points need a name of its own and a level for every point")
    if points.ndim != 2 or len(points) != len(names) or points.dtype != np.float64 or not points.size:
        raise InputError(f"class points must be float64 of shape ({len(names)}, E)")
    # Written so that NaN fails too.
    inside = 0 <= curvature < np.inf and (curvature * (points**2).sum(axis=1) < 1).all() and np.isfinite(points).all()
    if not inside:
        raise InputError(f"class points must lie inside the ball of curvature -{curvature:g}")


def rows_of(found: StoredPoints, nodes: Sequence[str], levels: Sequence[int]) -> list[int]:
    """Where the points of these nodes stand; raises `InputError` naming those absent, or at another level."""
    row = {key: i for i, key in enumerate(zip(found.names, found.levels, strict=True))}
    wanted = list(zip(nodes, levels, strict=True))
    missing = [f"'{name}'" for name, level in wanted if (name, level) not in row]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise InputError(f"no class point for {', '.join(missing[:5])}{more}; {AGAIN}")
    return [row[key] for key in wanted]


def distances(x: np.ndarray, y: np.ndarray, c: float) -> np.ndarray:
    """Distance of every x to every y in the ball of curvature -c: (B, E) and (K, E) give (B, K)."""
    # Row by row: all differences at once may not fit into memory, and a first screen must not wait for scipy.
    chord = np.stack([np.linalg.norm(y - row, axis=1) for row in x]) if len(x) else np.zeros((0, len(y)))
    if c == 0:
        return 2 * chord
    root = np.sqrt(c)
    return 2 / root * np.arcsinh(root * chord / np.sqrt(np.outer(_gap(x, c), _gap(y, c))))


def geometry(points: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    """What a picture shows of points (N, E): the distances between them (N, N), and those from the centre (N,)."""
    return distances(points, points, c), distances(points, np.zeros_like(points[:1]), c)[:, 0]


def _gap(x: np.ndarray, c: float) -> np.ndarray:
    return np.maximum(1 - c * (x**2).sum(axis=1), _TINY)
