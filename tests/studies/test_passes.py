"""One pass of the backbone for networks that see the same, or a part of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hprotopnet.models.backbones.resnet3d import r3d_18
from hprotopnet.studies.passes import shared_features

CUTS = ("layer1+layer2", "layer2", "layer1", "layer1+layer2")


class Counting(torch.nn.Module):
    """A backbone that counts how often it was asked."""

    def __init__(self, backbone, weights_id):
        super().__init__()
        self.backbone, self.asked = backbone, 0
        self.weights_id = weights_id
        for name in ("name", "cut", "parts", "normalisation"):
            setattr(self, name, getattr(backbone, name))

    def forward(self, clips):
        self.asked += 1
        return self.backbone(clips)


def networks(weights_id: str | None) -> dict[str, SimpleNamespace]:
    found = {}
    for number, cut in enumerate(CUTS):
        torch.manual_seed(0)
        backbone = Counting(r3d_18(cut, width=4).eval(), weights_id)
        found[f"{number} {cut}"] = SimpleNamespace(backbone=backbone, device=torch.device("cpu"))
    return found


@pytest.mark.parametrize(("weights_id", "asked"), [("same", [1, 0, 1, 0]), (None, [1, 1, 1, 1])])
def test_networks_that_see_a_part_share_the_pass_of_the_one_that_sees_most(weights_id, asked):
    models = networks(weights_id)
    clip = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    shared = dict(shared_features(models, [clip, clip[::-1]]))
    assert [model.backbone.asked for model in models.values()] == asked
    for name, model in models.items():
        ((_, alone),) = shared_features({name: model}, [clip, clip[::-1]])
        assert torch.equal(shared[name], alone)
        assert shared[name].shape[1] == sum(model.backbone.parts.values())
