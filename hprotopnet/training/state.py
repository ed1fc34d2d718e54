"""Where a run stands, in files from which it goes on when it is started again."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hprotopnet.data.clips import Source
from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json
from hprotopnet.models.loading import load_strictly, read_tensors, save_tensors
from hprotopnet.models.network import HProtoPNet, load_trained, trained_weights
from hprotopnet.structure import structure

AGAIN = "start with --again"


@dataclass
class Record:
    """What happened: one row an epoch, figures at the milestones, and where each prototype came from."""

    epochs: list[dict[str, Any]] = field(default_factory=list)
    milestones: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    shortfalls: dict[str, int] = field(default_factory=dict)
    skipped_steps: int = 0


@dataclass(frozen=True)
class Standing:
    """What `state.json` holds: whole stages and epochs behind us, the file of the weights then, and the record."""

    stage: int
    epoch: int
    weights: str
    record: Record


class State:
    """Where a run stands: weights, optimiser and record, in files that are not pickles.

    Without a folder the state lives in memory only, as short studies and tests want it.
    """

    def __init__(self, model: HProtoPNet, folder: Path | None = None, with_backbone: bool = False):
        self.model, self.folder, self.with_backbone = model, folder, with_backbone
        self.stage, self.epoch, self.record = 0, 0, Record()
        self.moments: dict[str, Tensor] = {}
        self.beside: nn.Module | None = None  # what is trained in a stage and is no part of the network
        self._beside: dict[str, Tensor] = {}

    def restore(self) -> bool:
        """Go on from the folder's files, if there are any; raises `InputError` for such as are not whole."""
        if self.folder is None or not (self.folder / "state.json").exists():
            return False
        file = self.folder / "state.json"
        standing = structure(read_json(file), Standing, file, AGAIN)
        path = self.folder / standing.weights
        tensors = read_tensors(path, AGAIN)
        self.moments = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("adamw.")}
        spoilt = next((name for name, tensor in self.moments.items() if not tensor.isfinite().all()), None)
        if spoilt:
            raise InputError(f"{path}: {spoilt} of its optimiser is not finite; {AGAIN}")
        self._beside = {name[7:]: tensor for name, tensor in tensors.items() if name.startswith("beside.")}
        rest = [name for name in tensors if not name.startswith(("adamw.", "beside."))]
        weights = {name.removeprefix("model."): tensors[name] for name in rest}
        load_trained(self.model, weights, self.with_backbone, path, AGAIN)
        self.stage, self.epoch, self.record = standing.stage, standing.epoch, standing.record
        return True

    def advance(self, epoch: int, optimizer: torch.optim.Optimizer) -> None:
        """After an epoch of the present stage."""
        self.epoch = epoch
        self._save(_moments(optimizer))

    def next_stage(self) -> None:
        """After a whole stage."""
        self.stage, self.epoch, self.moments = self.stage + 1, 0, {}
        self.beside, self._beside = None, {}
        self._save({})

    def train_beside(self, module: nn.Module) -> None:
        """Keep a module that is trained in the present stage too, and give it what an interrupted run had learnt."""
        self.beside = module
        if self._beside:
            load_strictly(module, self._beside, self.folder, AGAIN)

    def restore_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Give a fresh optimiser the moments the interrupted one had."""
        if not self.moments:
            return
        wanted = _moment_shapes(optimizer)
        if {name: tensor.shape for name, tensor in self.moments.items()} != wanted:
            differing = ", ".join(sorted(wanted.keys() ^ self.moments.keys())[:5]) or "shapes"
            raise InputError(f"{self.folder}: its optimiser is not the one of this stage ({differing}); {AGAIN}")
        stored = optimizer.state_dict()
        for name, tensor in self.moments.items():
            row, key = name.split(".")
            stored["state"].setdefault(int(row), {})[key] = tensor
        optimizer.load_state_dict(stored)

    def _save(self, moments: dict[str, Tensor]) -> None:
        if self.folder is None:
            return
        weights = {f"model.{name}": tensor for name, tensor in trained_weights(self.model, self.with_backbone).items()}
        if self.beside is not None:
            weights |= {f"beside.{name}": tensor.contiguous() for name, tensor in self.beside.state_dict().items()}
        name = f"state-{self.stage}-{self.epoch}.safetensors"  # the JSON, written last, always names whole weights
        save_tensors(self.folder / name, weights | {f"adamw.{key}": tensor for key, tensor in moments.items()})
        record = json.loads(json.dumps(self.record, default=vars))
        data = {"stage": self.stage, "epoch": self.epoch, "weights": name, "record": record}
        write_json(self.folder / "state.json", data)
        for old in self.folder.glob("state-*.safetensors"):
            if old.name != name:
                old.unlink()


def _moment_shapes(optimizer: torch.optim.Optimizer) -> dict[str, torch.Size]:
    """Shapes of `_moments` after any step: every parameter that has numbers has been moved by it.

    Those of SGD are its momenta, where it has any.
    """
    sgd = isinstance(optimizer, torch.optim.SGD)
    kinds = ("momentum_buffer",) if sgd else ("step", "exp_avg", "exp_avg_sq")
    if sgd and not optimizer.defaults["momentum"]:
        return {}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {
        f"{row}.{key}": torch.Size() if key == "step" else parameter.shape
        for row, parameter in enumerate(parameters)
        if parameter.numel()
        for key in kinds
    }


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {
        f"{row}.{key}": torch.as_tensor(value).clone(memory_format=torch.contiguous_format)
        for row, own in state.items()
        for key, value in own.items()
        if value is not None  # the momentum of SGD without any
    }
