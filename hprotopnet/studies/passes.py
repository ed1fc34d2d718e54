"""Networks asked about the same frames: one pass of the backbone, which takes nearly all of the time, serves all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.config import ClipConfig
from hprotopnet.data.splits import TEST_GROUPS
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import Key
from hprotopnet.pantomime.spec import tree
from hprotopnet.pantomime.writing import GROUPS, groups_of

BATCH = 4  # clips a forward pass: more gains nothing on two cores


def keys_to_test(seeds: Sequence[int], per_class: int) -> list[Key]:
    """The clips of the test groups of data sets of these seeds and this size; raises `InputError` if there is none."""
    keys = [
        Key(seed, label, group, number)
        for seed in seeds
        for label in tree().classes
        for group, number in groups_of(per_class)
        if GROUPS[group - 1] in TEST_GROUPS
    ]
    if not keys:
        raise InputError(f"{per_class} clips a class leave none for the test groups; take more (--per-class)")
    return keys


def same_clips(bundles: Sequence[Bundle], whole: bool = False) -> ClipConfig:
    """How all of them see clips; raises `InputError` where they do not agree, or know other classes.

    Args:
        whole: whether these must be all of Pantomime's classes.
    """
    first = bundles[0]
    for bundle in bundles:
        if whole and set(bundle.hierarchy.classes) != set(tree().classes):
            raise InputError(f"{bundle.folder}: was not trained on all of Pantomime's classes; give one that was")
        if set(bundle.hierarchy.nodes) != set(first.hierarchy.nodes):
            raise InputError(f"{bundle.folder}: knows other classes than {first.folder}; ask them one by one")
        if bundle.config.clip != first.config.clip:
            raise InputError(f"{bundle.folder}: sees clips otherwise than {first.folder}; ask them one by one")
    return first.config.clip


@torch.inference_mode()
def shared_features(models: Mapping[str, HProtoPNet], clips: Sequence[np.ndarray]) -> Iterator[tuple[str, Tensor]]:
    """Each network's name with the features (n, C, t, h, w) of n clips, uint8 of shape (T, S, S, 3) each."""
    found: dict[Any, Tensor] = {}
    for name, model in models.items():
        backbone = model.backbone
        known = (backbone.name, backbone.cut, backbone.weights_id) if backbone.weights_id else name
        if known not in found:
            inputs = [model_input(model, images) for images in clips]
            batches = np.array_split(np.arange(len(inputs)), -(-len(inputs) // BATCH))
            found[known] = torch.cat([backbone(torch.cat([inputs[i] for i in batch])) for batch in batches])
        yield name, found[known]
