"""Weights from safetensors files, strictly: what is loaded fits to the letter, and what does not is listed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, write_bytes

MOST = 12  # differences that are listed


def read_tensors(path: str | Path, remedy: str) -> dict[str, Tensor]:
    """Tensors of a safetensors file, by name; raises `InputError` naming a file that is none, and the remedy."""
    if Path(path).exists():
        check_regular(path)
    try:
        return load(Path(path).read_bytes())  # which may have a name that safetensors does not take
    except Exception as error:  # whatever a broken file makes of the reader
        raise InputError(f"{path}: cannot be read as safetensors ({error}); {remedy}") from error


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
    problems = [f"-{name}" for name in sorted(own.keys() - tensors.keys())]
    problems += [f"+{name}" for name in sorted(tensors.keys() - own.keys())]
    shared = [name for name in own if name in tensors]
    problems += [problem for name in shared if (problem := _difference(name, tensors[name], own[name], name in known))]
    if problems:
        more = f", and {len(problems) - MOST} more" if len(problems) > MOST else ""
        listed = ", ".join(problems[:MOST]) + more
        raise InputError(f"{source}: does not fit, missing (-), unexpected (+), different: {listed}; {remedy}")
    module.load_state_dict(tensors, strict=not without)


def _difference(name: str, found: Tensor, own: Tensor, known: bool) -> str:
    """What keeps one tensor from taking the place of another, or nothing."""
    if found.shape != own.shape:
        return f"{name} {tuple(found.shape)} for {tuple(own.shape)}"
    if found.dtype != own.dtype:
        return f"{name} {found.dtype} for {own.dtype}".replace("torch.", "")
    if not found.isfinite().all():
        return f"{name} is not finite"
    return f"{name} has other values" if known and not torch.equal(found, own.to(found.device)) else ""
