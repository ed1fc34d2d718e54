"""Training: the stages of a configuration, one after the other, on cached features or on clips.

    initialise prototypes on training patches of their own node, head from the class points
    warm       add-on, prototypes and head                         features of the frozen backbone
    joint      the same and the backbone                           clips
    project    prototypes onto training patches, see projection    features
    head       head only; prototypes stay bit-identical            features

A run writes its state after every epoch and goes on from there when it is started again.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from hprotopnet.config import Config, Group, Stage
from hprotopnet.data.features import Batches, FeatureSet, TensorBatches
from hprotopnet.models.backbones.cpu import bfloat16_autocast
from hprotopnet.models.network import Evidence, HProtoPNet
from hprotopnet.training.losses import losses
from hprotopnet.training.mixing import Mixed, SelectiveMix
from hprotopnet.training.projection import Projection, project
from hprotopnet.training.state import State

Forward = Callable[[Tensor], Evidence]
ENCODE_BATCH = 64  # clips whose features are looked at together
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm)
GROUPS: tuple[Group, ...] = ("backbone", "addon", "prototypes", "head")


def set_trainable(model: HProtoPNet, groups: tuple[Group, ...]) -> list[nn.Parameter]:
    """Let exactly the parameters of these groups move; returns them."""
    for group in GROUPS:
        for parameter in model.parameters_of(group):
            parameter.requires_grad_(group in groups)
    return [parameter for group in groups for parameter in model.parameters_of(group)]


def forward_from_clips(model: HProtoPNet) -> Forward:
    """What is called on clips: the model, its backbone in bfloat16 where the processor has it."""

    def forward(clips: Tensor) -> Evidence:
        with bfloat16_autocast() if clips.device.type == "cpu" else torch.autocast(clips.device.type, torch.bfloat16):
            return model(clips)

    return forward


@torch.no_grad()
def head_batches(model: HProtoPNet, clips: FeatureSet) -> TensorBatches:
    """What the head reads of each clip, computed once: for stages in which everything before the head stands still."""
    device = model.device
    rows = torch.arange(len(clips)).split(ENCODE_BATCH)
    bar = tqdm(rows, desc="head inputs", unit="batch", delay=2)
    inputs = torch.cat([model.head_inputs(clips.batch(chosen.numpy()).to(device)) for chosen in bar])
    return TensorBatches(inputs, torch.from_numpy(clips.leaves))


def run_stage(
    model: HProtoPNet,
    forward: Forward,
    stage: Stage,
    batches: Batches,
    config: Config,
    index: int,
    state: State,
    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None,
) -> None:
    """Train one stage from wherever `state` stands in it; the state moves along.

    Args:
        forward: what is called on the inputs of a batch; it ends in `model`, whose parameters move.
    """
    parameters = set_trainable(model, stage.trains)
    optimizer, mix = _optimizer(model, stage), None
    if stage.augmentation.mixes:
        mix = _mixing(model, _seed(config.seed, index), optimizer, stage)
        state.train_beside(mix.select)
    state.restore_optimizer(optimizer)
    model.train()
    model.dropout = stage.dropout
    if "backbone" not in stage.trains:
        model.backbone.eval()  # batch statistics of a frozen backbone do not drift
    for epoch in range(state.epoch, stage.epochs):
        began = time.perf_counter()
        generator = torch.Generator().manual_seed(_seed(config.seed, index, epoch))
        if stage.dropout:  # which draws from the generator of all: a run that goes on draws the same
            torch.manual_seed(_seed(config.seed, index, epoch))
        _set_rates(optimizer, stage, epoch)
        most = stage.descent.most_gradient
        row = _epoch(model, forward, batches, optimizer, parameters, config, generator, most, mix)
        row |= {"stage": stage.name, "epoch": epoch + 1, "seconds": time.perf_counter() - began}
        state.record.epochs.append(row)
        state.record.skipped_steps += row["skipped"]
        state.advance(epoch + 1, optimizer)
        on_epoch(row)
    model.dropout = 0.0
    model.eval()


def _epoch(
    model: HProtoPNet,
    forward: Forward,
    batches: Batches,
    optimizer: torch.optim.Optimizer,
    parameters: list[nn.Parameter],
    config: Config,
    generator: torch.Generator,
    most_gradient: float = 0.0,
    mix: "Mixing | None" = None,
) -> dict[str, Any]:
    """One pass over the training clips; means over clips of the loss terms and of the accuracy while training."""
    sums, clips, right, skipped, device = np.zeros(3), 0, 0, 0, model.device
    for inputs, leaves in batches.epoch(config.batch_size, generator):
        inputs, leaves = inputs.to(device), leaves.to(device)
        mixed = mix.of(model, inputs, generator) if mix else None
        evidence = forward(inputs if mixed is None else mixed.clips)
        terms = losses(model, evidence, leaves, config.loss)
        total = terms.total
        if mixed is not None:
            others = losses(model, evidence, leaves[mixed.other], config.loss).total
            total = mixed.share * total + (1 - mixed.share) * others
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        if step_is_finite(parameters):
            if most_gradient:
                nn.utils.clip_grad_norm_(parameters, most_gradient)
            optimizer.step()
        else:
            skipped += 1
        means = [terms.cross_entropy.item(), terms.cluster.sum().item(), terms.separation.sum().item()]
        sums += len(leaves) * np.array(means)
        right += (evidence.output.logits.argmax(1) == leaves).sum().item()
        clips += len(leaves)
    cross_entropy, cluster, separation = (sums / clips).tolist()
    return {
        "cross_entropy": cross_entropy,
        "cluster": cluster,
        "separation": separation,
        "train_accuracy": right / clips,
        "skipped": skipped,
    }


class Mixing(NamedTuple):
    """What chooses volumes of clips, and at which share of the steps."""

    select: SelectiveMix
    share: float

    def of(self, model: HProtoPNet, clips: Tensor, generator: torch.Generator) -> Mixed | None:
        """A batch mixed, or nothing where it is none of those steps."""
        lot = torch.rand(1, generator=generator).item()
        return self.select.mix(model, clips, generator) if lot < self.share and len(clips) > 1 else None


def _mixing(model: HProtoPNet, seed: int, optimizer: torch.optim.Optimizer, stage: Stage) -> Mixing:
    """A module that mixes, whose parameters move along with the new layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        select = SelectiveMix(sum(model.backbone.parts.values())).to(model.device)
    rate = stage.learning_rate
    optimizer.add_param_group({"params": list(select.parameters()), "lr": rate, "initial_lr": rate})
    return Mixing(select, stage.augmentation.mixes)


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
        own for group in stage.trains for own in _parted(model, group, rates.get(group, stage.learning_rate), stage)
    ]
    groups = [group | {"initial_lr": group["lr"]} for group in groups if group["params"]]
    if stage.descent.method == "sgd":
        return torch.optim.SGD(
            groups, stage.learning_rate, momentum=stage.descent.momentum, weight_decay=stage.weight_decay
        )
    return torch.optim.AdamW(groups, weight_decay=stage.weight_decay)


def _parted(model: HProtoPNet, group: Group, rate: float, stage: Stage) -> list[dict[str, Any]]:
    """Parameters of a group with what moves them: one part, or as published (Wang et al., 2016) weights, biases at
    twice the rate that do not decay, and normalisations that do not decay either."""
    if not stage.descent.parted:
        return [{"params": list(model.parameters_of(group)), "lr": rate}]
    found: dict[str, list[nn.Parameter]] = {"weights": [], "biases": [], "norms": []}
    for module in getattr(model, group).modules():
        for name, own in module.named_parameters(recurse=False):
            kind = "norms" if isinstance(module, NORMS) else "biases" if name == "bias" else "weights"
            found[kind].append(own)
    return [
        {"params": found["weights"], "lr": rate},
        {"params": found["biases"], "lr": 2 * rate, "weight_decay": 0.0},
        {"params": found["norms"], "lr": rate, "weight_decay": 0.0},
    ]


def _set_rates(optimizer: torch.optim.Optimizer, stage: Stage, epoch: int) -> None:
    """Learning rates of an epoch: functions of its number, so that resuming needs no scheduler.

    They fall along half a cosine over a stage, or to a tenth behind each of the epochs at which the stage says so.
    """
    falls = stage.descent.falls
    for group in optimizer.param_groups:
        if falls:
            group["lr"] = group["initial_lr"] * 0.1 ** sum(epoch >= fall for fall in falls)
        else:
            group["lr"] = group["initial_lr"] * 0.5 * (1 + np.cos(np.pi * epoch / stage.epochs))


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def project_stage(model: HProtoPNet, train: FeatureSet, state: State) -> Projection:
    """Projection as a stage: prototypes move onto patches and the record learns their sources."""
    result = project(model, train)
    state.record.sources, state.record.shortfalls = result.sources, result.shortfalls
    return result
