"""Training: the stages of a configuration, one after the other, on cached features or on clips.

    start      prototypes on training patches of their own node, head from the class points
    warm       add-on, prototypes and head                         features of the frozen backbone
    joint      the same and the backbone                           clips
    project    prototypes onto training patches, see projection    features
    head       head only; prototypes stay bit-identical            features

A run writes its state after every epoch and goes on from there when it is started again.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from hprotopnet.config import Config, Group, Stage
from hprotopnet.data.features import FeatureSet
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, read_json, write_json
from hprotopnet.hierarchy.ball import distances as ball_distances
from hprotopnet.models.network import Evidence, HProtoPNet, trained_weights
from hprotopnet.training.losses import losses
from hprotopnet.training.projection import Projection, Source, project

GROUPS: tuple[Group, ...] = ("backbone", "addon", "prototypes", "head")


class Batches(Protocol):
    """Training material: an epoch is an iterator of inputs and leaves, in an order drawn from the generator."""

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]: ...

    def evidence(self, model: HProtoPNet, inputs: Tensor) -> Evidence: ...


@dataclass
class Record:
    """What happened: one row an epoch, figures at the milestones, and where each prototype came from."""

    epochs: list[dict[str, Any]] = field(default_factory=list)
    milestones: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    shortfalls: dict[str, int] = field(default_factory=dict)
    skipped_steps: int = 0


def set_trainable(model: HProtoPNet, groups: tuple[Group, ...]) -> list[nn.Parameter]:
    """Let exactly the parameters of these groups move; returns them."""
    for group in GROUPS:
        for parameter in model.parameters_of(group):
            parameter.requires_grad_(group in groups)
    return [parameter for group in groups for parameter in model.parameters_of(group)]


@torch.no_grad()
def start(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    """Give prototypes and head a start that learns: departures from the paper, which starts both at random.

    Each prototype starts on a random training patch of its own node. Column j of the embedding head starts on the mean
    unit class point of the leaves under the prototype's node, scaled so that the median clip lies as far from the
    origin as the leaves; the fc head starts as ProtoPNet's, +1 to the own class and -0.5 to the others.
    """
    if not len(model.prototypes.owners):
        return
    if model.config.form == "unit":
        _start_prototypes(model, train, generator)
    if model.config.head == "fc":
        own = model.covers[model.prototypes.owners].T
        model.head.weight.copy_(1.5 * own - 0.5)
    elif model.config.form == "unit":
        _start_embedding_head(model, train, generator)


def _start_prototypes(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    covers = model.covers.bool().cpu().numpy()
    for row, node in enumerate(model.prototypes.owners.tolist()):
        members = np.flatnonzero(covers[node][train.leaves])
        clip = members[torch.randint(len(members), (), generator=generator)]
        patches = model.patches(train.batch([clip]).to(model.head.weight.device))[0].flatten(1)
        model.prototypes.vectors[row] = patches[:, torch.randint(patches.shape[1], (), generator=generator)]


def _start_embedding_head(model: HProtoPNet, train: FeatureSet, generator: torch.Generator) -> None:
    leaves = nn.functional.normalize(model.points[: len(model.hierarchy.classes)], dim=1)
    means = nn.functional.normalize(model.covers @ leaves, dim=1)[model.prototypes.owners]
    model.head.weight.copy_(means.T)
    some = torch.randperm(len(train), generator=generator)[:256].sort().values
    radius = model.evidence(train.batch(some.numpy()).to(model.points.device)).verdict.embedding.norm(dim=1).median()
    origin = torch.zeros_like(model.points[:1])
    leaf_radius = ball_distances(origin, model.points[:1], model.config.curvature)
    model.head.weight.mul_(float(leaf_radius / 2 / radius))


def run_stage(
    model: HProtoPNet,
    stage: Stage,
    batches: Batches,
    config: Config,
    index: int,
    state: "State",
    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None,
) -> None:
    """Train one stage from wherever `state` stands in it; the state moves along."""
    parameters = set_trainable(model, stage.trains)
    optimizer = _optimizer(model, stage)
    state.restore_optimizer(optimizer)
    model.train()
    if "backbone" not in stage.trains:
        model.backbone.eval()  # batch statistics of a frozen backbone do not drift
    for epoch in range(state.epoch, stage.epochs):
        began = time.perf_counter()
        generator = torch.Generator().manual_seed(_seed(config.seed, index, epoch))
        _cosine(optimizer, stage, epoch)
        row = _epoch(model, batches, optimizer, parameters, config, generator)
        row |= {"stage": stage.name, "epoch": epoch + 1, "seconds": time.perf_counter() - began}
        state.record.epochs.append(row)
        state.record.skipped_steps += row["skipped"]
        state.advance(epoch + 1, optimizer)
        on_epoch(row)
    model.eval()


def _epoch(
    model: HProtoPNet,
    batches: Batches,
    optimizer: torch.optim.Optimizer,
    parameters: list[nn.Parameter],
    config: Config,
    generator: torch.Generator,
) -> dict[str, Any]:
    """One pass over the training clips; means over clips of the loss terms and of the accuracy while training."""
    sums, clips, right, skipped = np.zeros(3), 0, 0, 0
    for inputs, leaves in batches.epoch(config.batch_size, generator):
        evidence = batches.evidence(model, inputs)
        leaves = leaves.to(evidence.nearest.device)
        terms = losses(model, evidence, leaves, config.loss)
        optimizer.zero_grad(set_to_none=True)
        terms.total.backward()
        if step_is_finite(parameters):
            optimizer.step()
        else:
            skipped += 1
        means = [terms.cross_entropy.item(), terms.cluster.sum().item(), terms.separation.sum().item()]
        sums += len(leaves) * np.array(means)
        right += (evidence.verdict.logits.argmax(1) == leaves).sum().item()
        clips += len(leaves)
    cross_entropy, cluster, separation = (sums / clips).tolist()
    return {
        "cross_entropy": cross_entropy,
        "cluster": cluster,
        "separation": separation,
        "train_accuracy": right / clips,
        "skipped": skipped,
    }


def step_is_finite(parameters: list[nn.Parameter]) -> bool:
    """Whether every gradient is finite; a step that is not is skipped and counted, for one would ruin the run.

    Weight gradients of small-grid 3-D convolutions in bfloat16 come out infinite now and then on some processors.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norms = torch.stack(torch._foreach_norm(gradients))
    return bool(torch.isfinite(norms).all())


def _optimizer(model: HProtoPNet, stage: Stage) -> torch.optim.Optimizer:
    rates = {"backbone": stage.backbone_learning_rate}
    groups = [
        {"params": list(model.parameters_of(group)), "lr": rates.get(group, stage.learning_rate)}
        for group in stage.trains
    ]
    groups = [group | {"initial_lr": group["lr"]} for group in groups if group["params"]]
    return torch.optim.AdamW(groups, weight_decay=stage.weight_decay)


def _cosine(optimizer: torch.optim.Optimizer, stage: Stage, epoch: int) -> None:
    """Learning rates fall along half a cosine over a stage; a function of the epoch, so resuming needs no scheduler."""
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * 0.5 * (1 + np.cos(np.pi * epoch / stage.epochs))


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def project_stage(model: HProtoPNet, train: FeatureSet, state: "State") -> Projection:
    """Projection as a stage: prototypes move onto patches and the record learns their sources."""
    result = project(model, train)
    state.record.sources, state.record.shortfalls = result.sources, result.shortfalls
    return result


def fit_temperature(logits: np.ndarray, leaves: np.ndarray) -> float:
    """The factor by which to multiply the temperature so that held-out clips get the likeliest probabilities.

    Temperature scaling (Guo et al. 2017): it changes no answer, only how sure it is.

    Args:
        logits: of clips that trained nothing, shape (n, K), at the present temperature.
        leaves: their true leaves, shape (n,). Without any the factor is 1.
    """
    if not len(leaves):
        return 1.0
    scores, truth = torch.from_numpy(np.asarray(logits)).double(), torch.from_numpy(np.asarray(leaves))

    def negative_log_likelihood(log_factor: float) -> float:
        return float(nn.functional.cross_entropy(scores / np.exp(log_factor), truth))

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-4, 4), method="bounded").x))


class State:
    """Where a run stands: weights, optimiser and record, in files that are not pickles.

    Without a folder the state lives in memory only, as short studies and tests want it.
    """

    def __init__(self, model: HProtoPNet, folder: Path | None = None, with_backbone: bool = False):
        self.model, self.folder, self.with_backbone = model, folder, with_backbone
        self.stage, self.epoch, self.record = 0, 0, Record()
        self.moments: dict[str, Tensor] = {}

    def restore(self) -> bool:
        """Go on from the folder's files, if there are any."""
        if self.folder is None or not (self.folder / "state.json").exists():
            return False
        data = read_json(self.folder / "state.json")
        try:
            tensors = load_file(self.folder / data["weights"])
        except (OSError, SafetensorError) as error:
            raise InputError(f"{self.folder}: its state cannot be read ({error}); start with --again") from error
        weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
        self.model.load_state_dict(weights, strict=False)
        self.moments = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("adamw.")}
        self.stage, self.epoch, record = data["stage"], data["epoch"], data["record"]
        record["sources"] = [Source(**{**source, "cell": tuple(source["cell"])}) for source in record["sources"]]
        self.record = Record(**record)
        return True

    def advance(self, epoch: int, optimizer: torch.optim.Optimizer) -> None:
        """After an epoch of the present stage."""
        self.epoch = epoch
        self._save(_moments(optimizer))

    def next_stage(self) -> None:
        """After a whole stage."""
        self.stage, self.epoch, self.moments = self.stage + 1, 0, {}
        self._save({})

    def restore_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Give a fresh optimiser the moments the interrupted one had."""
        if not self.moments:
            return
        stored = optimizer.state_dict()
        for name, tensor in self.moments.items():
            row, key = name.split(".")
            stored["state"].setdefault(int(row), {})[key] = tensor
        optimizer.load_state_dict(stored)

    def _save(self, moments: dict[str, Tensor]) -> None:
        if self.folder is None:
            return
        weights = {f"model.{name}": tensor for name, tensor in trained_weights(self.model, self.with_backbone).items()}
        name = f"state-{self.stage}-{self.epoch}.safetensors"  # the JSON, written last, always names whole weights
        with atomic_write(self.folder / name) as temporary:
            save_file(weights | {f"adamw.{key}": tensor for key, tensor in moments.items()}, temporary)
        record = json.loads(json.dumps(self.record, default=vars))
        data = {"stage": self.stage, "epoch": self.epoch, "weights": name, "record": record}
        write_json(self.folder / "state.json", data)
        for old in self.folder.glob("state-*.safetensors"):
            if old.name != name:
                old.unlink()


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {
        f"{row}.{key}": torch.as_tensor(value).clone(memory_format=torch.contiguous_format)
        for row, own in state.items()
        for key, value in own.items()
    }
