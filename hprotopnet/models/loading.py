"""Weights from safetensors files, strictly: what is loaded fits to the letter, and what does not is listed."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO

import torch
from safetensors.torch import save
from torch import Tensor, nn

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, write_bytes
from hprotopnet.structure import structure

MOST = 12  # differences that are listed, or a third of them of each kind
MOST_BYTES = 4 * 2**30  # of tensors that are read
MOST_HEAD = 4 * 2**20  # bytes of what a file says of its tensors
MOST_SAID = 300  # letters of what is wrong with it
_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class Claim:
    """What the head of a safetensors file says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    @property
    def size(self) -> int:
        """Bytes it takes, which must be those that its shape asks for."""
        begin, end = self.data_offsets
        if self.dtype not in _TYPES or min((begin, *self.shape)) < 0:
            raise ValueError(f"there is no tensor of {self.dtype[:20]} and shape {self.shape}"[:MOST_SAID])
        if end - begin != prod(self.shape) * _TYPES[self.dtype].itemsize:
            raise ValueError(f"{end - begin} bytes are no tensor of shape {self.shape}"[:MOST_SAID])
        return end - begin


def read_shapes(path: str | Path, remedy: str) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors in a safetensors file, by name; raises `InputError` like `read_tensors`."""
    with _naming(path, remedy), _opened(path) as (_, _, claims):
        return {name: claim.shape for name, claim in claims.items()}


def read_tensors(
    path: str | Path, remedy: str, without: Sequence[str] = (), most: int = MOST_BYTES
) -> dict[str, Tensor]:
    """Tensors of a safetensors file, by name.

    What the file claims is looked at first: whatever does not fit its size, or takes more than it may, is not read.

    Args:
        remedy: named in the error.
        without: prefixes of names that are left out.
        most: bytes that the tensors may take.

    Raises `InputError` naming a file that is none, and the remedy.
    """
    with _naming(path, remedy), _opened(path) as (file, begun, claims):
        wanted = {name: claim for name, claim in claims.items() if not name.startswith(tuple(without))}
        size = sum(claim.size for claim in wanted.values())
        if size > most:
            raise ValueError(f"its tensors take {size / 2**20:.0f} MB, at most {most / 2**20:.0f} are expected")
        return {name: _tensor(file, begun, claim) for name, claim in wanted.items()}


@contextmanager
def _naming(path: str | Path, remedy: str) -> Iterator[None]:
    if Path(path).exists():  # the remedy for one that is gone is the caller's
        check_regular(path)
    try:
        yield
    except Exception as error:  # whatever a broken file makes of the reader
        said = str(error).removeprefix(f"{path}: ").replace("\n", " ")[:MOST_SAID]
        raise InputError(f"{path}: cannot be read as safetensors ({said}); {remedy}") from error


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[IO[bytes], int, dict[str, Claim]]]:
    """A file, where its tensors begin, and what its head says of them: together they fill it."""
    with open(path, "rb") as file:  # by ourselves, as it may have a name that safetensors does not take
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, MOST_HEAD):
            raise ValueError("its head is no head")
        head = json.loads(file.read(length))
        if isinstance(head, dict):
            head.pop("__metadata__", None)
        claims = structure(head, dict[str, Claim], path, "make it again")
        if sum(claim.size for claim in claims.values()) != size - 8 - length:
            raise ValueError("its tensors do not fill it")
        yield file, 8 + length, claims


def _tensor(file: IO[bytes], begun: int, claim: Claim) -> Tensor:
    file.seek(begun + claim.data_offsets[0])
    content = bytearray(file.read(claim.size))
    if not content:
        return torch.empty(claim.shape, dtype=_TYPES[claim.dtype])
    return torch.frombuffer(content, dtype=_TYPES[claim.dtype]).reshape(claim.shape)


def save_tensors(path: str | Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a safetensors file, whole or not at all; raises `InputError` when the file system refuses.

    By way of bytes: what safetensors itself raises says no error of the system, and it does not take every name.
    """
    write_bytes(path, save(dict(tensors)))


def load_strictly(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    source: str | Path,
    remedy: str,
    without: Sequence[str] = (),
    known: Sequence[str] = (),
) -> None:
    """Load a module's whole state, or nothing of it.

    Args:
        source, remedy: named in the error.
        without: prefixes of names that `tensors` must not hold, because they come from elsewhere.
        known: names of what `module` knows beforehand, so that other values mean another network.

    Raises `InputError`, one line, with what is missing (-) and unexpected (+), and what has another shape, type or
    values, or holds numbers that are not finite.
    """
    own = {name: tensor for name, tensor in module.state_dict().items() if not name.startswith(tuple(without))}
    missing = [f"-{name}" for name in sorted(own.keys() - tensors.keys())]
    unexpected = [f"+{name}" for name in sorted(tensors.keys() - own.keys())]
    shared = [name for name in own if name in tensors]
    different = [said for name in shared if (said := _difference(name, tensors[name], own[name], name in known))]
    if missing or unexpected or different:
        listed = ", ".join(_some(missing, unexpected, different))
        raise InputError(f"{source}: does not fit, missing (-), unexpected (+), different: {listed}; {remedy}")
    module.load_state_dict(tensors, strict=not without)


def _some(*kinds: Sequence[str]) -> Iterator[str]:
    """All of several kinds of differences, or the first ones of each with how many more there are."""
    present = [kind for kind in kinds if kind]
    most = MOST if sum(map(len, present)) <= MOST else MOST // len(present)
    for kind in present:
        yield from kind[:most]
        if len(kind) > most:
            yield f"and {len(kind) - most} more"


def _difference(name: str, found: Tensor, own: Tensor, known: bool) -> str:
    """What keeps one tensor from taking the place of another, or nothing."""
    if found.shape != own.shape:
        return f"{name} {tuple(found.shape)} for {tuple(own.shape)}"
    if found.dtype != own.dtype:
        return f"{name} {found.dtype} for {own.dtype}".replace("torch.", "")
    if not found.isfinite().all():
        return f"{name} is not finite"
    return f"{name} has other values" if known and not torch.equal(found, own.to(found.device)) else ""
