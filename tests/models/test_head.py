"""The head tied to the tree: what speaks for a class is its own path, and between siblings only the two themselves."""

import numpy as np
import pytest
import torch
from tiny import config_for, train_bundle
from toys import toy_hierarchy, toy_model, uniform_tree

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.config import ModelConfig
from hprotopnet.data.clips import Clip
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain, mute, rebuild_logits
from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import SHIPPED, load_hierarchy
from hprotopnet.models.head import own_directions
from hprotopnet.models.network import HProtoPNet
from hprotopnet.training.run import prepare

CPU = torch.device("cpu")
CLIPS = torch.rand(3, 3, 16, 24, 16, generator=torch.Generator().manual_seed(0))
SHIPPED_TREES = sorted(file.stem for file in SHIPPED.glob("*.csv"))


def drawn_model(**settings) -> HProtoPNet:
    """A network whose weights differ, as after training."""
    model = toy_model(head="tree", **settings)
    with torch.no_grad():
        drawn = torch.rand(len(model.prototypes.owners), generator=torch.Generator().manual_seed(1))
        model.head.set_strengths(20 * drawn + 2)
    return model


@pytest.mark.parametrize("tree", SHIPPED_TREES)
def test_own_directions_are_orthogonal_and_build_every_class_point(tree):
    hierarchy = load_hierarchy(tree)
    points = start_points(hierarchy, max(300, len(hierarchy.nodes))).points
    own = own_directions(points, hierarchy)
    torch.testing.assert_close(own @ own.T, torch.eye(len(own), dtype=torch.float64), atol=1e-9, rtol=0)
    unit = torch.nn.functional.normalize(points, dim=1)
    parts = unit @ own.T
    for node in range(len(hierarchy.nodes)):
        path = list(hierarchy.ancestors(node))
        torch.testing.assert_close(parts[node, path] @ own[path], unit[node], atol=1e-9, rtol=0)
        assert parts[node, path].min() > 0


def test_more_nodes_than_dimensions_have_own_directions_all_the_same():
    hierarchy = uniform_tree(3, 3, 4)
    own = own_directions(start_points(hierarchy, 16).points, hierarchy)
    torch.testing.assert_close(own.norm(dim=1), torch.ones(len(own), dtype=torch.float64))
    paths = [list(hierarchy.ancestors(leaf)) for leaf in range(len(hierarchy.classes))]
    assert max((own[path] @ own[path].T - torch.eye(3)).abs().max() for path in paths) < 1e-9


def test_a_node_without_a_direction_of_its_own_is_refused_by_name():
    hierarchy = toy_hierarchy()
    with pytest.raises(InputError, match=r"has no direction of its own.*embedding_width"):
        own_directions(start_points(hierarchy, 1).points, hierarchy)


def test_only_the_own_path_speaks_for_a_class():
    model = drawn_model()
    weights, covers = model.class_weights(), model.covers.bool()[model.prototypes.owners].T
    assert (weights[covers] > 0).all()
    assert weights[~covers].abs().max() < 1e-12


def test_between_siblings_only_their_own_prototypes_decide():
    model, hierarchy = drawn_model(), toy_hierarchy()
    dunk, throw = hierarchy.index("dunk"), hierarchy.index("throw")
    apart = model.class_weights()[dunk] - model.class_weights()[throw]
    own = torch.isin(model.prototypes.owners, torch.tensor([dunk, throw]))
    assert apart[~own].abs().max() < 1e-12
    assert apart[own].abs().min() > 0.01


def test_explanations_are_complete_and_no_stranger_contributes():
    model = drawn_model()
    images = np.random.default_rng(0).integers(0, 255, (16, 24, 16, 3), np.uint8)
    said = explain(model, Clip("x", 0.0, images, np.arange(16) / 12.5), 0.8)
    assert said.completeness < 1e-9
    leaf = said.levels[-1]
    rival = toy_hierarchy().ancestors(toy_hierarchy().index(leaf.rival))
    if set(rival[1:]) == set(toy_hierarchy().ancestors(toy_hierarchy().index(leaf.node))[1:]):
        assert leaf.shares["path"] == pytest.approx(0, abs=1e-12)
    for level in said.levels:
        assert all(row.contribution >= 0 for row in level.evidence)


def test_distances_follow_from_contributions_alone():
    model = drawn_model()
    evidence = model(CLIPS)
    contributions = evidence.similarities[0].double() * model.class_weights()
    output = type(evidence.output)(*(part[:1] for part in evidence.output))
    rebuilt = rebuild_logits(model, contributions, output)
    torch.testing.assert_close(rebuilt, output.logits[0] * model.temperature, rtol=1e-9, atol=1e-9)


def test_weights_are_what_they_were_set_to_and_never_negative():
    model, wanted = drawn_model(), torch.tensor([1e-6, 0.01, 0.5, 1.0, 7.0, 60.0])
    wanted = wanted.repeat(4)
    model.head.set_strengths(wanted)
    torch.testing.assert_close(model.head.strengths, wanted, rtol=1e-4, atol=1e-7)
    with torch.no_grad():
        model.head.bent.fill_(-5.0)
    assert model.head.weight.abs().max() == 0
    assert model.class_weights().abs().max() == 0


def test_a_weight_that_has_faded_out_can_come_back():
    model = drawn_model()
    model.head.set_strengths(torch.full((24,), 1e-3))
    model.head.strengths.sum().backward()
    assert (model.head.bent.grad > 0).all()


def test_it_has_a_weight_a_prototype_and_no_more():
    model = toy_model(head="tree")
    assert [tuple(own.shape) for own in model.parameters_of("head")] == [(24,)]
    assert {name for name in model.state_dict() if name.startswith("head")} == {"head.bent"}


def test_it_needs_prototypes():
    with pytest.raises(InputError, match="reads prototypes"):
        ModelConfig(head="tree", prototypes="none")


def test_it_is_trained_on_points_whose_own_directions_are_orthogonal(tiny_world):
    data = prepare(config_for(tiny_world, "x", head="tree"), tiny_world / "videos", None, tiny_world / "cache", CPU)
    own = own_directions(data.points.points_for(data.hierarchy), data.hierarchy)
    torch.testing.assert_close(own @ own.T, torch.eye(len(own), dtype=torch.float64), atol=1e-9, rtol=0)


def test_a_trained_bundle_explains_like_any_other(tiny_world, tmp_path):
    bundle = open_bundle(train_bundle(tiny_world, tmp_path, "tiny-tree", head="tree", temperature=0.1))
    model, head = bundle.load_model(), bundle.load_head()
    for stored in load_showcase(bundle):
        said = stored.explanation
        assert said.completeness < 1e-6
        assert [level.evidence[0].contribution >= 0 for level in said.levels] == [True] * 3
        again = mute(head, said.similarities, []).nodes[0]
        torch.testing.assert_close(again, torch.tensor(list(said.probabilities.values()), dtype=torch.float64))
    assert (model.head.strengths > 0).any()
