"""Layouts in the user's cache: one is made in no time, but what makes it takes long to load."""

import hashlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from hprotopnet.disk.layouts import layout
from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir, read_bytes, write_bytes
from hprotopnet.hierarchy.tree import Hierarchy

VERSION = 1  # of `layout`; raise it when the same distances are laid out otherwise
MOST = 100  # layouts that are kept; the oldest go


def kept_layout(hierarchy: Hierarchy, distances: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """`layout`, read where it was made before; complex (N,)."""
    file = cache_dir() / "layouts" / _key(hierarchy, distances, radii)
    found = _read(file, len(hierarchy.nodes))
    if found is None:
        found = layout(hierarchy, distances, radii)
        with suppress(InputError, OSError):  # nobody can write there
            file.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(file, found.tobytes())
            for old in sorted(file.parent.iterdir(), key=lambda own: own.stat().st_mtime)[:-MOST]:
                old.unlink()
    return found


def _key(hierarchy: Hierarchy, distances: np.ndarray, radii: np.ndarray) -> str:
    tree = repr((VERSION, hierarchy.parents, hierarchy.levels)).encode()
    return hashlib.sha256(tree + distances.tobytes() + radii.tobytes()).hexdigest()[:32]


def _read(file: Path, nodes: int) -> np.ndarray | None:
    """Points of a file; None where there is none, or it holds anything else."""
    with suppress(InputError, ValueError):
        found = np.frombuffer(read_bytes(file, 16 * nodes), complex)
        if len(found) == nodes and (abs(found) < 1).all():
            return found
    return None
