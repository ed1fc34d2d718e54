"""What the levels look at: layers of one backbone, each level through its own convolution."""

import pytest
import torch
from tiny import config_for, train_bundle
from torch import nn
from toys import toy_hierarchy

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.provenance import verify
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.config import ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.addon import Views, looks
from hprotopnet.models.network import HProtoPNet
from hprotopnet.models.prototypes import squared_distances

PARTS = {"early": 2, "late": 3}
FEATURES = torch.randn(4, 5, 2, 3, 3, generator=torch.Generator().manual_seed(0))


def two_layer_model(**settings) -> HProtoPNet:
    """A network over features of two layers, which stand in for its backbone."""
    backbone = nn.Identity()
    backbone.parts = PARTS
    config = ModelConfig(per_node=2, prototype_width=4, embedding_width=16, **settings)
    hierarchy = toy_hierarchy()
    torch.manual_seed(0)
    return HProtoPNet(config, hierarchy, start_points(hierarchy, 16).points, backbone).eval()


def test_a_deeper_tree_repeats_the_last_look():
    config = ModelConfig(looks=("early+late", "early"))
    assert looks(config, PARTS, 3) == [("early", "late"), ("early",), ("early",)]
    assert looks(config, PARTS, 1) == [("early", "late")]
    assert looks(ModelConfig(), PARTS, 3) == [("early", "late")]


def test_a_look_at_a_layer_that_is_not_given_is_refused():
    with pytest.raises(InputError, match="cannot look at 'middle': the cut gives early, late"):
        two_layer_model(looks=("middle",))


def test_measured_layers_are_centred_and_have_the_same_energy_in_every_view():
    views = Views(PARTS, [("early", "late"), ("late",)], 4)
    loud = 3 + FEATURES * torch.tensor([100.0, 100, 1, 1, 1])[:, None, None, None]
    views.measure(loud)
    centred = (loud - loud.mean((0, 2, 3, 4), keepdim=True)).split([2, 3], dim=1)
    scaled = [torch.einsum("kc,bcthw->bkthw", own, part) for own, part in zip(views.bases, centred, strict=True)]
    for part in scaled:
        torch.testing.assert_close(part.square().sum(1).mean(), torch.tensor(1.0), rtol=1e-4, atol=1e-4)
    by_hand = nn.functional.conv3d(torch.cat(scaled, 1), views.convolutions[0].weight)
    torch.testing.assert_close(views(loud)[:, 0], by_hand, rtol=1e-4, atol=1e-4)
    late = nn.functional.conv3d(scaled[1], views.convolutions[1].weight)
    torch.testing.assert_close(views(loud)[:, 1], late, rtol=1e-4, atol=1e-4)


def test_components_are_the_directions_in_which_features_vary_most():
    views = Views({"only": 3}, [("only",)], 4, components=0.34)
    along = torch.tensor([0.6, 0.8, 0.0])
    features = torch.randn(50, generator=torch.Generator().manual_seed(0))[:, None] * along + 0.01 * torch.eye(3)[2]
    views.measure(features[:, :, None, None, None])
    assert views.bases[0].shape == (1, 3)
    torch.testing.assert_close(nn.functional.normalize(views.bases[0])[0].abs(), along, rtol=1e-4, atol=1e-4)


def test_each_level_compares_its_prototypes_with_its_own_view():
    model = two_layer_model(looks=("late", "early+late", "early"))
    evidence = model(FEATURES)
    assert evidence.patches.shape == (4, 3, 4, 2, 3, 3)
    vectors = nn.functional.normalize(model.prototypes.vectors, dim=1)
    levels = torch.tensor(model.hierarchy.levels)[model.prototypes.owners]
    for level in range(3):
        rows = levels == level
        assert model.prototypes.views[rows].eq(level).all()
        expected = squared_distances(evidence.patches[:, level], vectors[rows])
        torch.testing.assert_close(evidence.distances[:, rows], expected)


@pytest.mark.parametrize(("level", "layer"), [(0, "late"), (2, "early")])
def test_a_level_does_not_see_the_other_levels_layer(level, layer):
    model = two_layer_model(looks=("late", "early+late", "early"))
    changed = FEATURES.clone()
    changed[:, slice(0, 2) if layer == "late" else slice(2, 5)] += 1
    rows = torch.tensor(model.hierarchy.levels)[model.prototypes.owners] == level
    torch.testing.assert_close(model(changed).distances[:, rows], model(FEATURES).distances[:, rows])
    assert not torch.allclose(model(changed).distances, model(FEATURES).distances)


@pytest.mark.parametrize("head", ["embedding", "tree", "fc"])
def test_a_network_that_looks_at_two_depths_is_trained_kept_and_verified(tiny_world, tmp_path, head):
    settings = {"cut": "layer2+layer3", "looks": ("layer2+layer3", "layer2"), "head": head}
    folder = train_bundle(tiny_world, tmp_path, "depths", prototypes="leaf" if head == "fc" else "all", **settings)
    bundle = open_bundle(folder)
    model, stored = bundle.load_model(), load_showcase(bundle)[0].explanation
    assert model.addon.means.any()
    assert stored.completeness < 1e-6
    seen = bundle.description.sight.levels
    assert all(seen[name].pixels <= seen["class"].pixels for name in seen)  # the classes look deeper
    similarities = torch.tensor([stored.similarities])
    torch.testing.assert_close(bundle.load_head().read(similarities).logits, model.read(similarities).logits)
    assert verify(bundle, tiny_world / "videos").holds


def test_both_depths_without_looks_are_seen_by_all(tiny_world):
    config = config_for(tiny_world, "both", cut="layer2+layer3")
    assert config.model.looks == ()
    model = two_layer_model()
    assert isinstance(model.addon, Views)
    assert model(FEATURES).patches.shape[1] == 1
