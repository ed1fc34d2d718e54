"""Networks asked about the same frames: those on one backbone share its features, which take all the time."""

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
from hprotopnet.models.network import HProtoPNet, Output
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


def same_clips(bundles: Sequence[Bundle]) -> ClipConfig:
    """How all of them see clips; raises `InputError` where they differ, or do not know Pantomime's classes."""
    for bundle in bundles:
        if set(bundle.hierarchy.classes) != set(tree().classes):
            raise InputError(f"{bundle.folder}: was not trained on all of Pantomime's classes; give one that was")
        if bundle.config.clip != bundles[0].config.clip:
            raise InputError(f"{bundle.folder}: sees clips otherwise than {bundles[0].folder}; ask them one by one")
    return bundles[0].config.clip


@torch.inference_mode()
def ask(models: Mapping[str, HProtoPNet], clips: Sequence[np.ndarray]) -> Iterator[tuple[str, Output]]:
    """What each network makes of some clips, uint8 of shape (T, S, S, 3) each."""
    features: dict[Any, Tensor] = {}
    for name, model in models.items():
        backbone = model.backbone
        known = (backbone.name, backbone.cut, backbone.weights_id) if backbone.weights_id else name
        if known not in features:
            inputs = [model_input(model, images) for images in clips]
            batches = np.array_split(np.arange(len(inputs)), -(-len(inputs) // BATCH))
            features[known] = torch.cat([backbone(torch.cat([inputs[i] for i in batch])) for batch in batches])
        yield name, model.evidence(features[known]).output
