"""The head, tuned again on what it reads of the training clips while some prototypes are silent."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hprotopnet.config import HEAD, Config, Stage
from hprotopnet.data.features import TensorBatches
from hprotopnet.models.network import Evidence, HProtoPNet
from hprotopnet.training.stages import run_stage
from hprotopnet.training.state import State


@torch.no_grad()
def silent(model: HProtoPNet) -> set[int]:
    """Prototypes whose weight in the head is 0, as an earlier correction left them."""
    return set((model.head.weight == 0).all(0).nonzero()[:, 0].tolist())


@torch.no_grad()
def silence(model: HProtoPNet, prototypes: Collection[int]) -> None:
    """Give some prototypes the weight 0 in the head; the others keep theirs."""
    rows = sorted(prototypes)
    if model.config.head == "tree":
        model.head.silence(rows)
    else:
        model.head.weight[:, rows] = 0


def tune(
    model: HProtoPNet,
    config: Config,
    similarities: np.ndarray,
    leaves: np.ndarray,
    without: Collection[int] = (),
    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None,
) -> None:
    """Train the head once more as after projection, from where it stands, with some prototypes silent before and after.

    Args:
        config: of the network's run, whose last stage for the head alone, or the usual one, is run again.
        similarities: of each prototype to each training clip, shape (n, P).
        leaves: true leaves of these clips, shape (n,).
        without: prototypes that are to be silent.
    """
    silence(model, without)
    inputs = torch.from_numpy(np.asarray(similarities)).to(model.device, torch.float32)
    inputs[:, sorted(without)] = 0  # what is not heard moves nothing
    batches = TensorBatches(inputs, torch.from_numpy(np.asarray(leaves)))
    run_stage(model, partial(_read, model), head_stage(config), batches, config, 0, State(model), on_epoch)
    silence(model, without)
    model.requires_grad_(False)


def head_stage(config: Config) -> Stage:
    """The stage of a run in which the head alone is trained, or the usual one where it had none."""
    return next((stage for stage in reversed(config.stages) if stage.only_head), replace(HEAD))


def _read(model: HProtoPNet, similarities: Tensor) -> Evidence:
    """What the head makes of similarities; distances, of which no term moves the head, are left out as 0."""
    nothing = similarities[:, :0]
    return Evidence(nothing, nothing, torch.zeros_like(similarities), similarities, model.read(similarities))
