"""Each term of the objective against brute force on tiny tensors."""

import pytest
import torch
from toys import toy_hierarchy, toy_model

from hprotopnet.config import LossConfig
from hprotopnet.training.losses import cluster, commonality, losses, ownership, separation, siblings

CLIPS = torch.rand(3, 3, 16, 24, 16, generator=torch.Generator().manual_seed(0))
LEAVES = torch.tensor([0, 2, 4])


def test_cross_entropy_is_a_softmax_over_all_leaves():
    model = toy_model()
    evidence = model(CLIPS)
    found = losses(model, evidence, LEAVES, LossConfig()).cross_entropy
    by_hand = -evidence.output.logits.softmax(1)[torch.arange(3), LEAVES].log().mean()
    torch.testing.assert_close(found, by_hand)


def test_duplicates_and_order_leave_each_clips_loss_alone():
    model = toy_model()
    each = [losses(model, model(CLIPS[i : i + 1]), LEAVES[i : i + 1], LossConfig()) for i in range(3)]
    order = torch.tensor([2, 0, 0, 1])
    mixed = losses(model, model(CLIPS[order]), LEAVES[order], LossConfig())
    for term in ("cross_entropy", "cluster", "separation"):
        expected = torch.stack([getattr(each[i], term) for i in order.tolist()]).mean(0)
        torch.testing.assert_close(getattr(mixed, term), expected, rtol=1e-5, atol=1e-6)


def test_cluster_is_the_masked_minimum_and_pulls_however_far():
    nearest = torch.tensor([[500.0, 300.0, 1.0], [200.0, 900.0, 2.0]], requires_grad=True)
    own = torch.tensor([[True, True, False], [True, False, False]])
    value = cluster(nearest, own)
    assert value.item() == (300 + 200) / 2
    value.backward()
    assert nearest.grad.tolist() == [[0, 0.5, 0], [0.5, 0, 0]]


def test_separation_is_minus_the_nearest_foreign_distance():
    nearest = torch.tensor([[3.0, 1.0, 2.0], [5.0, 4.0, 0.5]])
    foreign = torch.tensor([[True, False, True], [True, True, False]])
    assert float(separation(nearest, foreign)) == -(2 + 4) / 2
    assert float(separation(nearest, torch.zeros_like(foreign))) == 0
    assert float(separation(nearest, torch.tensor([[True, False, False], [False] * 3]))) == -3


def test_own_ancestors_are_never_negatives():
    model = toy_model()
    tree = toy_hierarchy()
    own, foreign = ownership(model, LEAVES)
    assert own.shape == foreign.shape == (3, 3, 24)
    for i, leaf in enumerate(LEAVES.tolist()):
        for row, node in enumerate(model.prototypes.owners.tolist()):
            level, related = tree.levels[node], node in tree.ancestors(leaf)
            assert bool(own[level, i, row]) == related
            assert bool(foreign[level, i, row]) == (not related)
            for other in {0, 1, 2} - {level}:
                assert not own[other, i, row]
                assert not foreign[other, i, row]


def test_a_nearer_own_ancestor_leaves_separation_unchanged():
    model = toy_model()
    evidence = model(CLIPS[:1])
    before = losses(model, evidence, LEAVES[:1], LossConfig())
    near = evidence.nearest.clone()
    own_parent = model.prototypes.owners == model.hierarchy.index("ball")
    near[:, own_parent] = 1e-6
    after = losses(model, evidence._replace(nearest=near), LEAVES[:1], LossConfig())
    assert torch.equal(before.separation, after.separation)
    assert after.cluster[1] < before.cluster[1]


def test_weights_multiply_levels_and_the_last_is_repeated():
    model = toy_model()
    config = LossConfig(cluster=(1.0, 10.0), separation=(0.0,), head_l1=0.0)
    found = losses(model, model(CLIPS), LEAVES, config)
    weighted = found.cluster[0] + 10 * found.cluster[1] + 10 * found.cluster[2]
    torch.testing.assert_close(found.total, found.cross_entropy + weighted)


def test_sparsity_of_the_fc_head_spares_own_classes():
    model = toy_model(head="fc", prototypes="leaf")
    with torch.no_grad():
        model.head.weight.fill_(2.0)
    found = losses(model, model(CLIPS), LEAVES, LossConfig()).head_l1
    assert found.item() == pytest.approx(2 * (6 * 12 - 12))


def test_a_network_without_prototypes_has_cross_entropy_only():
    model = toy_model(head="fc", prototypes="none")
    found = losses(model, model(CLIPS), LEAVES, LossConfig())
    assert found.total == found.cross_entropy
    assert found.cluster.numel() == 0


def test_a_class_outside_the_tree_raises():
    model = toy_model()
    with pytest.raises(IndexError):
        losses(model, model(CLIPS), torch.tensor([0, 1, 6]), LossConfig())


def test_commonality_asks_for_the_child_in_which_a_prototype_is_least_found():
    model = toy_model(per_node=1)
    leaves = torch.tensor([0, 1, 1, 2])  # dunk, throw, throw (ball), surf (water): all sports
    similarities = torch.full((4, len(model.prototypes.owners)), 0.5)
    node = {model.hierarchy.nodes[owner]: row for row, owner in enumerate(model.prototypes.owners.tolist())}
    similarities[:, node["ball"]] = torch.tensor([0.9, 0.1, 0.3, 0.0])
    similarities[:, node["sports"]] = torch.tensor([0.6, 0.6, 0.6, 0.6])
    # Ball has children dunk (.9) and throw (.2), sports has ball and water (.6 each); water has one child, music none.
    least = commonality(model, similarities, leaves, sharpness=1e4)
    assert least.item() == pytest.approx(((1 - 0.2) + (1 - 0.6)) / 2, abs=1e-6)
    soft = commonality(model, similarities, leaves, sharpness=1.0)
    away = torch.tensor([-0.9, -0.2]).softmax(0) @ torch.tensor([0.9, 0.2])
    assert soft.item() == pytest.approx(((1 - away.item()) + (1 - 0.6)) / 2, abs=1e-6)


def test_commonality_is_nothing_where_no_node_shows_two_children():
    model = toy_model(per_node=1)
    similarities = torch.rand(1, len(model.prototypes.owners))
    assert commonality(model, similarities, torch.tensor([0])).item() == 0


def test_siblings_are_told_apart_by_their_own_prototypes_alone():
    model = toy_model(head="tree", per_node=1, temperature=0.5)
    with torch.no_grad():
        model.head.set_strengths(torch.full((len(model.prototypes.owners),), 2.0))
    leaves = torch.tensor([0])  # dunk
    similarities = torch.zeros(1, len(model.prototypes.owners))
    node = {model.hierarchy.nodes[owner]: row for row, owner in enumerate(model.prototypes.owners.tolist())}
    similarities[0, [node["dunk"], node["throw"], node["ball"], node["sports"]]] = torch.tensor([0.5, 0.25, 0.3, 0.2])

    def entropy(*scores: float) -> float:
        return -torch.tensor(scores).mul(2 / 0.5).log_softmax(0)[0].item()

    by_hand = (entropy(0.5, 0.25) + entropy(0.3, 0.0) + entropy(0.2, 0.0)) / 3
    assert siblings(model, similarities, leaves).item() == pytest.approx(by_hand, abs=1e-6)
    similarities[0, [node["drum"], node["string"]]] = 1.0  # other families say nothing
    assert siblings(model, similarities, leaves).item() == pytest.approx(by_hand, abs=1e-6)
