"""Where a training stands, in files from which it goes on as if it had never stopped; none of them is a pickle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json
from hprotopnet.models.loading import load_strictly, read_tensors, save_tensors
from hprotopnet.structure import structure

AGAIN = "give another folder, or delete this one"


@dataclass(frozen=True)
class EpochRow:
    """What an epoch came to.

    Attributes:
        epoch: from 1.
        mil, pseudo, concept, coarse: terms of the objective, means over training videos.
        validation: average mAP on validation videos; None where there are none with a segment.
        seconds: it took.
        skipped: steps that were left out because a gradient was not finite.
    """

    epoch: int
    mil: float
    pseudo: float
    concept: float
    coarse: float
    validation: float | None
    seconds: float
    skipped: int = 0


@dataclass(frozen=True)
class Record:
    """What happened, and which epoch was kept, from 1; 0 before the first."""

    epochs: tuple[EpochRow, ...] = ()
    best: int = 0

    def after(self, row: EpochRow) -> "Record":
        """With one more epoch, which is the best where validation says so, or says nothing."""
        before = max((own.validation for own in self.epochs if own.validation is not None), default=None)
        better = row.validation is None or before is None or row.validation > before
        return Record((*self.epochs, row), row.epoch if better else self.best)


@dataclass(frozen=True)
class _Standing:
    """What `state.json` holds."""

    identity: dict[str, str]
    weights: str
    record: Record = field(default_factory=Record)


@dataclass(frozen=True)
class State:
    """Files of a training, for one that is what `identity` says, part by part; without a folder there are none."""

    folder: Path | None
    identity: Mapping[str, str]

    def restore(self, network: nn.Module, optimizer: torch.optim.Adam) -> tuple[Record, dict[str, Tensor]]:
        """Go on from the files, if there are any: the record, and the tensors that `save` was given.

        Raises `InputError` for files of another training, and for such as are not whole.
        """
        if self.folder is None or not (self.folder / "state.json").exists():
            return Record(), {}
        file = self.folder / "state.json"
        standing = structure(read_json(file), _Standing, file, AGAIN)
        if standing.identity != self.identity:
            keys = {**standing.identity, **self.identity}
            other = [key for key in keys if standing.identity.get(key) != self.identity.get(key)]
            raise InputError(f"{self.folder}: holds a training of another {' and '.join(other)}; {AGAIN}")
        path = self.folder / standing.weights
        parts = _parted(read_tensors(path, AGAIN))
        load_strictly(network, parts.pop("network", {}), path, AGAIN)
        _give_moments(network, optimizer, parts.pop("adam", {}), path)
        kept = {f"{part}.{name}" if name else part: own for part, named in parts.items() for name, own in named.items()}
        return standing.record, kept

    def save(self, record: Record, network: nn.Module, optimizer: torch.optim.Adam, kept: Mapping[str, Tensor]) -> None:
        """After an epoch; `kept` are tensors that are to come back."""
        if self.folder is None:
            return
        own = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
        adam = {f"adam.{name}": tensor for name, tensor in _moments(network, optimizer).items()}
        name = f"state-{len(record.epochs)}.safetensors"  # the JSON, written last, always names whole weights
        save_tensors(self.folder / name, own | adam | dict(kept))
        standing = {"identity": dict(self.identity), "weights": name, "record": asdict(record)}
        write_json(self.folder / "state.json", standing)
        for old in self.folder.glob("state-*.safetensors"):
            if old.name != name:
                old.unlink()


def _parted(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by the first part of their names."""
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        first, _, rest = name.partition(".")
        parts.setdefault(first, {})[rest] = tensor
    return parts


def _moments(network: nn.Module, optimizer: torch.optim.Adam) -> dict[str, Tensor]:
    """What Adam remembers of each parameter, by its name."""
    return {
        f"{name}.{key}": value
        for name, parameter in network.named_parameters()
        for key, value in optimizer.state[parameter].items()
    }


def _give_moments(network: nn.Module, optimizer: torch.optim.Adam, moments: Mapping[str, Tensor], path: Path) -> None:
    shapes = {
        f"{name}.{key}": torch.Size() if key == "step" else parameter.shape
        for name, parameter in network.named_parameters()
        for key in ("step", "exp_avg", "exp_avg_sq")
    }
    sound = all(tensor.isfinite().all() for tensor in moments.values())
    if {name: tensor.shape for name, tensor in moments.items()} != shapes or not sound:
        raise InputError(f"{path}: what its optimiser remembers does not fit, or is not finite; {AGAIN}")
    for name, parameter in network.named_parameters():
        optimizer.state[parameter] = {
            key: moments[f"{name}.{key}"].to(parameter.device if key != "step" else "cpu")
            for key in ("step", "exp_avg", "exp_avg_sq")
        }
