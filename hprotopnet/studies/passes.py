"""Networks asked about the same frames: one pass of the backbone, which takes nearly all of the time, serves all."""

from collections.abc import Iterator, Mapping, Sequence

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
    found: dict[str, Tensor] = {}
    for name, model in models.items():
        widest = _widest(name, models)
        if widest not in found:
            inputs = [model_input(model, images) for images in clips]
            batches = np.array_split(np.arange(len(inputs)), -(-len(inputs) // BATCH))
            backbone = models[widest].backbone
            found[widest] = torch.cat([backbone(torch.cat([inputs[i] for i in batch])) for batch in batches])
        yield name, _part(found[widest], models[widest].backbone.parts, model.backbone.parts)


def _widest(name: str, models: Mapping[str, HProtoPNet]) -> str:
    """The first of the networks whose features hold the most layers, those of this one among them on the same grid."""
    own = models[name].backbone
    if own.weights_id is None:
        return name
    holding = [
        other
        for other, model in models.items()
        if (model.backbone.name, model.backbone.weights_id) == (own.name, own.weights_id)
        and list(model.backbone.parts)[-1:] == list(own.parts)[-1:]
        and set(own.parts) <= set(model.backbone.parts)
    ]
    return max(holding, key=lambda other: len(models[other].backbone.parts))


def _part(features: Tensor, parts: Mapping[str, int], wanted: Mapping[str, int]) -> Tensor:
    """Of features (n, C, t, h, w) the channels of some of their layers."""
    if list(parts) == list(wanted):
        return features
    layers = dict(zip(parts, features.split(list(parts.values()), dim=1), strict=True))
    return torch.cat([layers[layer] for layer in wanted], dim=1)
