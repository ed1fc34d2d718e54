"""All methods on all backbones and heads, at every level of the tree: a contract over the registries."""

import numpy as np
import pytest
import torch
from lookers import EXTREMAL, a_clip, prototype_subject
from tiny import CLIP
from toys import toy_hierarchy, toy_model

from hprotopnet.attribution.masks import grid_size, step_for
from hprotopnet.attribution.methods import METHODS, attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.config import ModelConfig
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.backbones.registry import create_backbone, list_backbones
from hprotopnet.models.network import HProtoPNet

FEW = {"integrated": {"steps": 2, "batch": 2}, "smooth": {"samples": 2, "batch": 2}} | EXTREMAL
NODES, HEADS = ("dunk", "ball", "sports"), ("tree", "fc", "embedding")
SQUARE, PORTRAIT = (CLIP.frames, CLIP.size, CLIP.size), (CLIP.frames, CLIP.size, 32)


def network(backbone: str, head: str) -> PrototypeSubject:
    tree = toy_hierarchy()
    config = ModelConfig(head=head, per_node=2, prototype_width=4, embedding_width=16)
    torch.manual_seed(0)
    net = create_backbone(backbone, width=2)
    return prototype_subject(HProtoPNet(config, tree, start_points(tree, 16).points, net))


def assert_contract(subject: PrototypeSubject, shape: tuple[int, int, int], node: str, name: str) -> None:
    """What every attribution is, whatever network was asked by whatever method."""
    own, grid = (
        attribute(subject, a_clip(shape), node, name, **FEW.get(name, {})),
        subject.grid.grid(shape[0], shape[1:]),
    )
    cells = dict.fromkeys(("gradcam", "prototypes"), grid)
    cells |= dict.fromkeys(EXTREMAL, (shape[0], *grid_size(*shape[1:], step_for(*shape[1:]))))
    assert own.values.shape == shape
    assert own.values.dtype == np.float32
    assert own.values.min() >= 0
    assert own.resolution == cells.get(name, shape)
    assert own.log_probability < 0
    p = np.exp(own.log_probability)
    assert own.score == pytest.approx(np.log(p) - np.log1p(-p), abs=1e-6)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("head", HEADS)
def test_every_method_keeps_its_contract_with_every_head_at_every_level(head, name):
    subject = network("r3d_18", head)
    for node in NODES:
        assert_contract(subject, PORTRAIT, node, name)


@pytest.mark.parametrize("backbone", list_backbones())
def test_every_method_keeps_its_contract_on_every_backbone(backbone):
    """Head and node differ from backbone to backbone and from method to method: a backbone knows of neither."""
    number, shape = list_backbones().index(backbone), SQUARE if backbone == "i3d" else PORTRAIT
    subject = network(backbone, HEADS[number % 3])
    for turn, name in enumerate(METHODS, number):
        assert_contract(subject, shape, NODES[turn % 3], name)


@pytest.mark.parametrize("backbone", list_backbones())
def test_gradients_reach_every_backbone(backbone):
    """With a tree head over all levels, each node has prototypes, and something of the clip that raises its score."""
    subject = network(backbone, "tree")
    for node, name in zip(NODES, ("gradients", "gradient_input", "smooth"), strict=True):
        assert attribute(subject, a_clip(PORTRAIT), node, name, polarity="both", **FEW.get(name, {})).values.any()


@pytest.mark.parametrize("backbone", list_backbones())
def test_integrated_gradients_say_by_how_much_they_miss_the_difference(backbone):
    subject, clip = network(backbone, "embedding"), a_clip(PORTRAIT)
    own = attribute(subject, clip, "ball", "integrated", polarity="both", steps=4)
    with torch.no_grad():
        subject.eval()
        scores = [
            subject(subject.inputs(images))[0, subject.index("ball")] for images in (clip.images, 0 * clip.images)
        ]
    difference = float(scores[0] - scores[1])
    assert own.figures["difference"] == pytest.approx(difference, abs=1e-5)
    assert 3 * own.values.sum(dtype=float) == pytest.approx(difference + own.figures["delta"], abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_integrated_gradients_of_prototypes_come_to_the_difference(seed):
    """With many steps: few miss a good part of it, for nearest cells change on the way, and with them the gradient."""
    subject = prototype_subject(toy_model(seed, head="embedding"))
    clip = a_clip((16, 24, 40))
    own = attribute(subject, clip, "ball", "integrated", polarity="both", steps=1000, batch=64)
    assert abs(own.figures["delta"]) < 0.05 * abs(own.figures["difference"])
