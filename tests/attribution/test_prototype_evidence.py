"""The evidence of prototypes as an attribution, by hand, and what makes no sense said in words."""

from dataclasses import replace
from math import exp, sqrt

import numpy as np
import pytest
import torch
from lookers import Weighted, a_clip, classifier, prototype_subject
from toys import spotted, toy_hierarchy, toy_model

from hprotopnet.attribution.methods import attribute
from hprotopnet.attribution.prototypes import of_explanation
from hprotopnet.config import ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.evaluation.curves import evidence_map
from hprotopnet.evaluation.evidence import cell_of
from hprotopnet.explain.prototypes import explain
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.network import HProtoPNet


def similar(brightness: float) -> float:
    """Of a patch (1, b, 0, 0) and the prototype (.3, 1, 0, 0), both at unit length, at a bandwidth of .6."""
    cosine = (0.3 + brightness) / sqrt(1 + brightness**2) / sqrt(1.09)
    return exp(-(2 - 2 * cosine) / 0.6)


def bright_cell(value: float, rest: float, shape=(16, 40, 40)) -> np.ndarray:
    values = np.full(shape, rest)
    values[:, 8:16, 24:32] = value
    return values


def test_evidence_is_similarity_times_what_it_counts():
    """dunk has 2 prototypes, its rival throw nothing that counts: 3 x for the first, and the second speaks against."""
    model, clip = spotted(head="fc")
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.weight[0, :2] = torch.tensor([3.0, -1.0])
    own = attribute(prototype_subject(model), clip, "dunk", "prototypes")
    np.testing.assert_allclose(own.values, bright_cell(3 * similar(6), 3 * similar(-6)), rtol=1e-4)
    assert own.figures == pytest.approx({"own": 2 * similar(6), "all": 2 * similar(6)}, rel=1e-4)
    assert (own.resolution, own.signed, own.settings) == ((2, 5, 5), False, {})


def test_figures_are_what_the_explanation_says():
    model, clip = spotted(head="tree")
    for level in explain(model, clip, 0.8).levels:
        own = attribute(prototype_subject(model), clip, level.node, "prototypes")
        assert own.figures["own"] == pytest.approx(level.shares["own"])
        assert own.figures["all"] == pytest.approx(sum(level.shares.values()))
        assert own.values.max() == pytest.approx(own.figures["own"], rel=1e-5)  # its peaks lie on one cell
        assert own.values.argmax() == np.ravel_multi_index((0, 8, 24), own.values.shape)


def test_an_explanation_holds_the_same_map():
    model, clip = spotted(head="tree")
    subject = prototype_subject(model)
    for level in explain(model, clip, 0.8).levels:
        told = of_explanation(level, clip.images.shape[:3], subject.name)
        own = attribute(subject, clip, level.node, "prototypes")
        np.testing.assert_allclose(told.values, own.values, rtol=1e-4)
        assert told.figures == pytest.approx(own.figures, rel=1e-4)
        assert told.log_probability == pytest.approx(own.log_probability, rel=1e-4)
        assert (told.target, told.network, told.resolution) == (own.target, own.network, own.resolution)
    assert of_explanation(replace(level, evidence=()), (2, 4, 4), "toy") is None


def test_a_portrait_is_not_squashed():
    model, clip = spotted(head="tree")
    own = attribute(prototype_subject(model), clip._replace(images=clip.images[:, :, 16:]), "ball", "prototypes")
    assert own.resolution == (2, 5, 3)
    rest = own.values.min()
    np.testing.assert_allclose(own.values, bright_cell(own.values.max(), rest)[:, :, 16:])


def test_the_map_lies_where_the_node_looks():
    model, clip = spotted(head="tree")
    model.backbone.shifts = {"toy": (0.0, 8.0, -8.0)}  # one cell down, one to the left
    own = attribute(prototype_subject(model), clip, "ball", "prototypes")
    moved = np.roll(bright_cell(own.values.max(), own.values.min()), (8, -8), (1, 2))
    np.testing.assert_allclose(own.values, moved)


def test_each_level_lies_where_its_own_view_looks():
    """What `explain` says of the path, cell by cell, by two views of two layers that look at different places."""
    layers = ("MaxPool3d_3a_3x3", "Mixed_4f")
    config = ModelConfig(looks=("+".join(layers), layers[0]), per_node=2, prototype_width=4, embedding_width=16)
    torch.manual_seed(0)
    backbone = create_backbone("i3d", cut="+".join(layers), width=4)
    model = HProtoPNet(config, toy_hierarchy(), start_points(toy_hierarchy(), 16).points, backbone).eval()
    clip = a_clip((16, 64, 48))
    assert model.offsets[0] != model.offsets[1]
    for level in explain(model, clip, 0.8).levels:
        contributions = np.array([own.contribution for own in level.evidence])
        cells = evidence_map(contributions, np.stack([own.activation for own in level.evidence]))
        places = cell_of(cells.shape, clip.images.shape[:3], level.evidence[0].offset)
        own = attribute(prototype_subject(model), clip, level.node, "prototypes")
        np.testing.assert_allclose(own.values, cells.ravel()[places], rtol=1e-4, atol=1e-7)
        assert own.resolution == cells.shape


@pytest.mark.parametrize(("prototypes", "node"), [("leaf", "ball"), ("none", "dunk"), ("none", "sports")])
def test_a_node_without_prototypes_is_refused_in_words(prototypes, node):
    subject = prototype_subject(toy_model(head="fc", prototypes=prototypes))
    with pytest.raises(InputError, match=f"'{node}' has no prototypes in toy network"):
        attribute(subject, a_clip((16, 40, 40)), node, "prototypes")


def test_a_network_without_any_is_refused_in_words():
    subject = classifier(Weighted(torch.ones(2, 3, 4, 6, 8)))
    with pytest.raises(InputError, match="toy compares nothing with prototypes"):
        attribute(subject, a_clip(), "dunk", "prototypes")
