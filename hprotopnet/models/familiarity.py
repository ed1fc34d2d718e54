"""Whether a clip is like anything that a network was trained on. Reading and asking need no torch.

A network answers whatever it is shown, and may be sure of it. What tells strange clips from others is not the nearest
prototype, for some patch always lies near one, but the whole clip: its pooled features, compared with those of
training clips.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from hprotopnet.arrays import read_arrays
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write

MOST_CLIPS = 256  # training clips that are kept: as good as all, and a bundle stays small
FALSE_ALARMS = 0.01  # share of clips like the held-out ones that may be called strange
FEWEST_VIDEOS = 50  # with fewer held out their strangest clip says too little
MOST_BYTES = 16 * 2**20  # of the file: sixteen times what the widest backbone takes
LEAST = 1e-6  # of a threshold: half precision tells no directions apart that are nearer


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Training clips that stand for all, and how far from the nearest of them a clip may be.

    Attributes:
        rows: directions of their pooled features, float16 of shape (R, C), of unit length but for rounding.
        threshold: of 1 - cosine to the nearest row, above which a clip is unlike them all.

    Raises `InputError` when they are no such things.
    """

    rows: np.ndarray
    threshold: float

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or not self.rows.size or self.rows.dtype != np.float16:
            raise InputError(f"training clips must be float16 of shape (R, C), not {self.rows.dtype} {self.rows.shape}")
        # Written so that NaN fails too.
        if not (np.abs(np.linalg.norm(self._rows, axis=1) - 1) < 1e-2).all():
            raise InputError("training clips must be of unit length")
        if not 0 < self.threshold <= 2:
            raise InputError(f"the threshold must lie above 0 and up to 2, not at {self.threshold}")

    def strangeness(self, pooled: np.ndarray) -> np.ndarray:
        """How far clips are from the nearest training clip, in thresholds, shape (n,): above 1 a clip is unlike all.

        Args:
            pooled: means of the backbone's features over the grid, shape (n, C).
        """
        return _apart(pooled, self._rows) / self.threshold

    @cached_property
    def _rows(self) -> np.ndarray:
        """In double precision: to widen them anew would take a good part of explaining a clip."""
        return self.rows.astype(float)

    def save(self, path: str | Path) -> None:
        """Write an .npz file, whole or not at all."""
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.savez(file, rows=self.rows, threshold=np.float64(self.threshold))


def load_familiarity(path: str | Path, channels: int, remedy: str) -> Familiarity | None:
    """Read what `Familiarity.save` wrote, None where there is none; no pickle is ever loaded.

    Raises `InputError` for another file, or one made with features of other than so many channels.
    """
    if not os.path.lexists(path):
        return None
    data = read_arrays(path, {"rows": "f2", "threshold": "f0"}, "training clips", remedy, MOST_BYTES)
    try:
        found = Familiarity(data["rows"], data["threshold"].item())
    except InputError as error:
        raise InputError(f"{path}: not a file of training clips ({error}); {remedy}") from error
    if found.rows.shape[1] != channels:
        raise InputError(f"{path}: of {found.rows.shape[1]} channels, where the backbone has {channels}; {remedy}")
    return found


def fit_familiarity(train: np.ndarray, held_out: np.ndarray, videos: int) -> Familiarity | None:
    """Choose the training clips, and the threshold by clips that trained nothing; None with too few videos of those.

    The threshold is the k-th largest distance of n held-out clips, k = .01 (n + 1) and at least 1. Clips that could
    change places with those exceed it with a probability of at most k / (n + 1), whatever the distances are
    distributed like (split conformal prediction; Papadopoulos et al. 2002).

    Args:
        train, held_out: pooled features, shape (n, C).
        videos: that the held-out clips come from; clips of one are alike.
    """
    directions = _directions(train[train.any(axis=1)])
    if videos < FEWEST_VIDEOS or not len(directions):
        return None
    rows = _farthest(directions, MOST_CLIPS).astype(np.float16)
    k = max(1, int(FALSE_ALARMS * (len(held_out) + 1)))
    threshold = np.sort(_apart(held_out, rows.astype(float)))[-k]
    return Familiarity(rows, max(float(threshold), LEAST))


def _farthest(directions: np.ndarray, count: int) -> np.ndarray:
    """The first row, then again and again the one farthest from those that were chosen."""
    chosen, away = [0], 1 - directions @ directions[0]
    while len(chosen) < min(count, len(directions)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, 1 - directions @ directions[chosen[-1]])
    return directions[chosen]


def _apart(pooled: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """1 - cosine to the nearest row, shape (n,)."""
    return 1 - (_directions(pooled) @ rows.T).max(axis=1)


def _directions(pooled: np.ndarray) -> np.ndarray:
    """Of unit length; features that are all 0 stay so, and are like nothing."""
    pooled = np.asarray(pooled, float)
    return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), np.finfo(float).tiny)
