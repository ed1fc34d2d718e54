"""All methods on all backbones and heads, at every level of the tree: a contract over the registries."""

import numpy as np
import pytest
import torch
from lookers import a_clip, prototype_subject
from tiny import CLIP
from toys import toy_hierarchy

from hprotopnet.attribution.methods import METHODS, attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.config import ModelConfig
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.backbones.registry import create_backbone, list_backbones
from hprotopnet.models.network import HProtoPNet

FEW = {"integrated": {"steps": 2, "batch": 2}, "smooth": {"samples": 2, "batch": 2}}
NODES = ("dunk", "ball", "sports")
SQUARE, PORTRAIT = (CLIP.frames, CLIP.size, CLIP.size), (CLIP.frames, CLIP.size, 32)


def network(backbone: str, head: str) -> PrototypeSubject:
    tree = toy_hierarchy()
    config = ModelConfig(head=head, per_node=2, prototype_width=4, embedding_width=16)
    torch.manual_seed(0)
    net = create_backbone(backbone, width=4)
    return prototype_subject(HProtoPNet(config, tree, start_points(tree, 16).points, net))


@pytest.mark.parametrize("head", ["tree", "fc", "embedding"])
@pytest.mark.parametrize("backbone", list_backbones())
def test_every_method_keeps_its_contract(backbone, head):
    subject, shape = network(backbone, head), PORTRAIT if head == "fc" else SQUARE
    clip, grid = a_clip(shape), subject.grid.grid(shape[0], shape[1:])
    for node in NODES:
        for name in METHODS:
            own = attribute(subject, clip, node, name, **FEW.get(name, {}))
            assert own.values.shape == shape
            assert own.values.dtype == np.float32
            assert own.values.min() >= 0
            assert own.resolution == (grid if name in ("gradcam", "prototypes") else shape)
            assert own.log_probability < 0
            p = np.exp(own.log_probability)
            assert own.score == pytest.approx(np.log(p) - np.log1p(-p), abs=1e-6)


@pytest.mark.parametrize("backbone", list_backbones())
def test_gradients_reach_every_backbone(backbone):
    """With a tree head over all levels, each node has prototypes, and something of the clip that raises its score."""
    subject = network(backbone, "tree")
    for node in NODES:
        for name in ("gradients", "gradient_input", "smooth"):
            assert attribute(subject, a_clip(SQUARE), node, name, polarity="both", **FEW.get(name, {})).values.any()


def test_integrated_gradients_are_nearly_complete():
    """Residual networks are left out: a random one has no bias, so that somewhere on the way it makes nothing of a
    clip, and there features of unit length turn about at once.
    """
    subject = network("i3d", "embedding")
    own = attribute(subject, a_clip(SQUARE), "ball", "integrated", polarity="both", steps=64, batch=8)
    assert abs(own.figures["delta"]) < 0.05 * abs(own.figures["difference"])
    summed = own.figures["difference"] + own.figures["delta"]
    assert 3 * own.values.sum(dtype=float) == pytest.approx(summed, rel=1e-3)
