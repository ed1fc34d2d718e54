"""`.npy` files of lists, as numpy writes them for videos with different numbers of segments: read, never run.

Such a file is a pickle, which could call anything. Its instructions are looked at first: those that build lists, text,
numbers and numpy's arrays are admitted, and no others. It then goes through an unpickler that knows four names, for
which functions declared here stand, so that nothing of numpy is built by it either.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from math import prod
from pathlib import Path
from pickletools import genops
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from hprotopnet.errors import InputError
from hprotopnet.files import read_bytes
from hprotopnet.models.backbones.pickled import Restricted

AGAIN = "save it again as lists of text and numbers"
MOST_ITEMS = 2 * 10**6  # that are read, each as often as it is named: a short pickle can name one list very often
MOST_DEPTH = 8
MOST_SAID = 200  # letters of what is wrong
_PLAIN = re.compile("[iuf][1248]|b1|U[0-9]{1,4}")  # numpy's types that are read
_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")
_ADMITTED = {
    *("PROTO", "FRAME", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINSTRING", "SHORT_BINSTRING"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BINGET", "LONG_BINGET"),
    *("EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
    *("BINPUT", "LONG_BINPUT", "MEMOIZE"),
}


def read_lists(path: str | Path) -> list:
    """What an `.npy` file holds as lists of text and numbers, however deep.

    Raises `InputError`, before anything of it runs, for a file that asks for more than that, and for one that is none.
    """
    content = read_bytes(path)
    try:
        file = BytesIO(content)
        shape, _, dtype = header(file)
        if dtype.kind == "O":
            tree = _unpickled(content[file.tell() :])
        elif prod(shape) * dtype.itemsize == len(content) - file.tell():
            tree = npy.read_array(BytesIO(content), allow_pickle=False)
        else:
            raise ValueError("it has not as many numbers as it says")
        found = _as_lists(tree, MOST_DEPTH, iter(range(MOST_ITEMS)))
    except InputError as error:
        raise InputError(f"{path}: {error}; {AGAIN}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        said = str(error).replace("\n", " ")[:MOST_SAID] or type(error).__name__
        raise InputError(f"{path}: not a readable file of lists ({said}); {AGAIN}") from error
    if not isinstance(found, list):
        raise InputError(f"{path}: holds a single value; {AGAIN}")
    return found


def header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape of the array in an `.npy` file, whether it is stored column by column, and its type; from its beginning."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"it is of version {version}")
    return (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)


def _unpickled(content: bytes) -> Any:
    for number, (code, argument, _) in enumerate(genops(content)):
        if code.name not in _ADMITTED:
            raise InputError(f"refused: it asks for {code.name}, and only lists, text and numbers are admitted")
        if "PUT" in code.name and argument > number:  # room would be made for all that is skipped
            raise ValueError("it numbers its parts beyond how many there are")
    known = {("numpy", "ndarray"): None, ("numpy", "dtype"): lambda *said: _Type(said[0])}
    for core in _CORES:
        known[core, "_reconstruct"] = lambda *said: _Array()
        known[core, "scalar"] = lambda kind, data: _numbers(kind, data, ())
    return Restricted(BytesIO(content), known).load()


class _Type:
    """What a pickle says of a type of numbers."""

    def __init__(self, name: Any):
        self.name, self.order = str(name), "<"

    def __setstate__(self, state: Any) -> None:
        self.order = state[1]

    def of_numpy(self) -> np.dtype:
        if not _PLAIN.fullmatch(self.name) or self.order not in ("<", ">", "|", "="):
            raise ValueError(f"it holds values of type {self.name[:20]}")
        return np.dtype(self.name).newbyteorder(self.order)


class _Array:
    """What a pickle says of an array: lists of its items once its state is set."""

    def __init__(self) -> None:
        self.items: Any = []

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, in_columns, data = state
        if in_columns and len(shape) > 1:
            raise ValueError("it holds an array stored column by column")
        if not isinstance(data, list):
            self.items = _numbers(kind, data, shape)
        elif kind.name == "O8" and prod(shape) == len(data) and min(shape, default=0) >= 0:
            self.items = _nested(data, shape)
        else:
            raise ValueError("it holds an array with not as many items as it says")


def _numbers(kind: Any, data: Any, shape: Sequence[int]) -> Any:
    """Plain numbers or text from the bytes of an array."""
    array = np.frombuffer(data, kind.of_numpy())
    if array.size != prod(shape):
        raise ValueError("it holds an array with not as many numbers as it says")
    return array.reshape(shape).tolist()


def _nested(items: list, shape: Sequence[int]) -> list:
    """Lists of lists of the given lengths; an array of nothing has none of either."""
    for length in reversed(shape[1:]):
        items = [items[start : start + length] for start in range(0, len(items), length)] if length else []
    return items


def _as_lists(value: Any, depth: int, left: Iterator[int]) -> Any:
    """Lists of text and numbers, and of such lists; `left` counts what may still be read."""
    if depth == 0 or next(left, None) is None:
        raise ValueError("it is nested too deeply, or holds too much")
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, _Array):
        value = value.items
    if isinstance(value, list | tuple):
        return [_as_lists(item, depth - 1, left) for item in value]
    if not isinstance(value, str | int | float):
        raise ValueError(f"it holds a value of type {type(value).__name__}")
    return value
