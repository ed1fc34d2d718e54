"""Arrays in .npz files: what a file claims is looked at before any of it is read, and no pickle ever is."""

import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular

MOST_BYTES = 128 * 2**20  # of all arrays that are read of a file, and of the file
MOST_LISTED = 64 * 2**10  # bytes of the list of what is in a file: each entry takes ten times as much memory
_END = struct.Struct("<4s4H2LH")  # the record at the very end, where nobody has added a comment


def read_arrays(
    path: str | Path, kinds: Mapping[str, str], what: str, remedy: str, most: int = MOST_BYTES
) -> dict[str, np.ndarray]:
    """Arrays of an .npz file, by name; others that it holds are not looked at.

    Args:
        kinds: of each array wanted its type, as `dtype.kind` says it, and its number of axes: "U1", "f2".
        what: what the file should be, named in the error together with the remedy.
        most: bytes that the file and its arrays may take.

    Raises `InputError` for a file that is absent, larger, claims more than it may, or is none of this kind.
    """
    size = check_regular(path)
    try:
        if size > most:
            raise ValueError(f"it is larger than {most / 2**20:.1f} MB")
        with open(path, "rb") as file:
            _check_list(file, size)
            with ZipFile(file) as archive:
                members = {name: archive.getinfo(f"{name}.npy") for name in kinds}
                claimed = sum(_claimed(archive, members[name], kind, name) for name, kind in kinds.items())
                if claimed > most:
                    raise ValueError(f"its arrays claim {claimed / 2**20:.1f} MB, at most {most / 2**20:.1f} are read")
                return {name: _read(archive, member) for name, member in members.items()}
    except Exception as error:  # whatever a broken file makes of the readers
        said = str(error).replace("\n", " ")[:200] or type(error).__name__
        raise InputError(f"{path}: not a file of {what} ({said}); {remedy}") from error


def _check_list(file: IO[bytes], size: int) -> None:
    """The list of members is short, and the one that will be read: no second one of larger archives, no comment."""
    file.seek(max(size - _END.size - 20, 0))
    tail = file.read()
    if len(tail) < _END.size or tail[-_END.size :][:4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        raise ValueError("it is no archive, or was cut short")
    if tail.startswith(b"PK\6\7") or _END.unpack(tail[-_END.size :])[5] > MOST_LISTED:
        raise ValueError("it lists more than a file of arrays does")


def _claimed(archive: ZipFile, member: ZipInfo, kind: str, name: str) -> int:
    """Bytes that an array will take, or its text and numbers be counted as; its data must be as long as it says."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ValueError(f"{name} is compressed in another way than arrays are")
    with archive.open(member) as file:
        if npy.read_magic(file) != (1, 0):
            raise ValueError(f"{name} is stored in another way than arrays are")
        shape, _, dtype = npy.read_array_header_1_0(file)
        begun = file.tell()
    if f"{dtype.kind}{len(shape)}" != kind:
        raise ValueError(f"{name} is {dtype} of shape {shape}"[:120])
    count = prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize != member.file_size - begun:
        raise ValueError(f"{name} has not as many numbers as it says")
    return count * max(dtype.itemsize, 1)


def _read(archive: ZipFile, member: ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        return npy.read_array(file, allow_pickle=False)
