"""The evidence of prototypes as an attribution, by hand, and what makes no sense said in words."""

from dataclasses import replace
from math import exp, sqrt

import numpy as np
import pytest
import torch
from lookers import Weighted, a_clip, classifier, prototype_subject
from toys import spotted, toy_model

from hprotopnet.attribution.methods import attribute
from hprotopnet.attribution.prototypes import of_explanation
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain


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


@pytest.mark.parametrize("node", ["dunk", "cello", "ball", "music"])
def test_figures_are_what_the_explanation_says(node):
    model, clip = spotted(head="tree")
    own = attribute(prototype_subject(model), clip, node, "prototypes")
    said = {level.node: level for level in explain(model, clip, 0.8).levels}
    if node in said:
        assert own.figures["own"] == pytest.approx(said[node].shares["own"])
        assert own.figures["all"] == pytest.approx(sum(said[node].shares.values()))
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


@pytest.mark.parametrize(("prototypes", "node"), [("leaf", "ball"), ("none", "dunk"), ("none", "sports")])
def test_a_node_without_prototypes_is_refused_in_words(prototypes, node):
    subject = prototype_subject(toy_model(head="fc", prototypes=prototypes))
    with pytest.raises(InputError, match=f"'{node}' has no prototypes in toy network"):
        attribute(subject, a_clip((16, 40, 40)), node, "prototypes")


def test_a_network_without_any_is_refused_in_words():
    subject = classifier(Weighted(torch.ones(2, 3, 4, 6, 8)))
    with pytest.raises(InputError, match="toy compares nothing with prototypes"):
        attribute(subject, a_clip(), "dunk", "prototypes")
