"""Features of clips that somebody extracted: a `.npy` file a video, of shape (T, D), read when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.inside import is_plain
from hprotopnet.errors import InputError
from hprotopnet.files import check_regular
from hprotopnet.hierarchy.names import some
from hprotopnet.temporal.lists import header

KINDS = ("float16", "float32")
AGAIN = "extract its features again"


class Features(Protocol):
    """Features of videos by name."""

    width: int

    def count(self, name: str) -> int: ...

    def read(self, name: str) -> np.ndarray: ...


@dataclass(frozen=True)
class FeatureArrays:
    """Features that lie in memory, each of shape (T, D)."""

    arrays: Mapping[str, np.ndarray]

    @cached_property
    def width(self) -> int:
        """D."""
        return next(iter(self.arrays.values())).shape[1]

    def count(self, name: str) -> int:
        """T, the clips of a video."""
        return len(self.arrays[name])

    def read(self, name: str) -> np.ndarray:
        """Features of a video, float32."""
        return np.asarray(self.arrays[name], np.float32)


@dataclass(frozen=True)
class FeatureFolder:
    """Features in a folder, `NAME.npy` for the video NAME; half or single precision, of one width.

    Files are mapped into memory, so that a data set may be larger than it. What a file claims is compared with its
    size before anything is read; that its numbers are finite is seen when they are read.
    """

    folder: Path
    width: int

    def count(self, name: str) -> int:
        """T, the clips of a video; raises `InputError` naming a file that is absent or holds no such features."""
        return len(self._mapped(name))

    def read(self, name: str) -> np.ndarray:
        """Features of a video, float32; raises `InputError` also for numbers that are not finite."""
        found = np.array(self._mapped(name), np.float32)
        if not np.isfinite(found).all():
            clip = int(np.flatnonzero(~np.isfinite(found).all(1))[0])
            raise InputError(f"{self._path(name)}: clip {clip} holds numbers that are not finite; {AGAIN}")
        return found

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def _mapped(self, name: str) -> np.ndarray:
        path = self._path(name)
        try:
            return _map(path, check_regular(path), self.width)
        except InputError:
            raise
        except Exception as error:  # whatever a broken file makes of the reader
            raise _unreadable(path, error) from error


def _map(path: Path, size: int, width: int) -> np.ndarray:
    with open(path, "rb") as file:
        shape, in_columns, dtype = header(file)
        begun = file.tell()
    if dtype.name not in KINDS or len(shape) != 2:
        raise ValueError(f"{dtype} of shape {shape}, not {' or '.join(KINDS)} of shape (clips, width)"[:150])
    if shape[1] != width:
        raise InputError(f"{path}: features {shape[1]} wide, where {width} are expected; give the width, or {AGAIN}")
    if min(shape) < 1 or prod(shape) * dtype.itemsize != size - begun:
        raise ValueError("it has no clips, or not as many as it says")
    return np.memmap(path, dtype, "r", begun, shape, "F" if in_columns else "C")


def features_in(folder: str | Path, names: Sequence[str], width: int | None = None) -> FeatureFolder:
    """The folder with the features of these videos, each of which is looked at, but not read.

    Args:
        width: D, or that of the first video.

    Raises `InputError` in one line for names that are none of files, features that are missing, unlike or damaged.
    """
    folder = Path(folder)
    odd = [name for name in names if not is_plain(name)]
    if odd:
        raise InputError(f"{folder}: {some(odd)} cannot be names of files in it; rename the videos")
    missing = [name for name in names if not (folder / f"{name}.npy").is_file()]
    if missing:
        raise InputError(f"{folder}: lacks the features of {some(missing)}; extract them as NAME.npy, or leave it out")
    found = FeatureFolder(folder, width or _width(folder / f"{names[0]}.npy"))
    for name in tqdm(names, "features looked at", unit="video", delay=2):
        found.count(name)
    return found


def _width(path: Path) -> int:
    """How wide the features of a file say they are; what else is wrong with it is seen when it is opened."""
    try:
        with open(path, "rb") as file:
            return header(file)[0][-1]
    except Exception as error:  # as above
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    said = str(error).replace("\n", " ")[:200] or type(error).__name__
    return InputError(f"{path}: no features that can be read ({said}); {AGAIN}")
