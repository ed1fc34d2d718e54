"""Published weights that come as pickles, read by an unpickler that admits arrays only, before anything in it runs."""

import pickle
from collections.abc import Iterator, Mapping
from io import BufferedIOBase
from typing import Any

import numpy as np

from hprotopnet.errors import InputError

AGAIN = "get it again from its publisher"
_reconstruct = np.zeros(0).__reduce__()[0]
_OF_NUMPY = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


class Restricted(pickle.Unpickler):
    """Knows only the names that it is given, by module and name, and refuses all others."""

    def __init__(self, stream: BufferedIOBase, known: Mapping[tuple[str, str], Any]):
        super().__init__(stream)
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise InputError(f"refused: it names {module}.{name}, and only arrays of numbers are admitted")
        return self._known[module, name]


def read_numpy_pickle(stream: BufferedIOBase, name: str) -> dict:
    """Read nested dicts of numpy arrays from a pickle; anything else in it raises `InputError` before it runs."""
    try:
        tree = Restricted(stream, _OF_NUMPY).load()
        leaves = [leaf for _, leaf in flatten(tree)]
    except InputError as error:
        raise InputError(f"{name}: {error}; {AGAIN}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"{name}: not a readable pickle of arrays ({error}); get it again") from error
    if not all(isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" for leaf in leaves):
        raise InputError(f"{name}: holds something other than arrays of numbers; {AGAIN}")
    return tree


def flatten(tree: dict, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Leaves of nested dicts with their paths; a key with slashes is a path itself."""
    for key, value in tree.items():
        path = (*prefix, *key.split("/"))
        if isinstance(value, dict):
            yield from flatten(value, path)
        else:
            yield path, value
