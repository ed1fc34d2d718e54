"""One pass of the backbone for all networks that share it: it takes nearly all of the time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet


@torch.inference_mode()
def shared_features(models: Mapping[str, HProtoPNet], images: np.ndarray) -> dict[str, Tensor]:
    """Features (1, C, t, h, w) of a clip (T, S, S, 3), by name of the network."""
    found: dict[Any, Tensor] = {}
    by_name = {}
    for name, model in models.items():
        backbone = model.backbone
        known = (backbone.name, backbone.cut, backbone.weights_id) if backbone.weights_id else name
        if known not in found:
            found[known] = backbone(model_input(model, images))
        by_name[name] = found[known]
    return by_name


def same_clips(bundles: Sequence[Bundle]) -> ClipConfig:
    """How all of them see clips; raises `InputError` where they do not agree, or know other classes."""
    first = bundles[0]
    for bundle in bundles:
        if set(bundle.hierarchy.nodes) != set(first.hierarchy.nodes):
            raise InputError(f"{bundle.folder}: knows other classes than {first.folder}; ask them one by one")
        if bundle.config.clip != first.config.clip:
            raise InputError(f"{bundle.folder}: sees clips otherwise than {first.folder}; ask them one by one")
    return first.config.clip
