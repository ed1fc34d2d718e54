"""Rivals on probabilities small enough to work by hand, laws that hold for any, and promises that are kept."""

import math

import numpy as np
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.evaluation.rivals import (
    RIVALS,
    as_is,
    climb,
    crm,
    deepest,
    hie,
    is_right,
    needed_thresholds,
    promised_threshold,
    stop,
)
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import from_rows

TREE = toy_hierarchy()  # dunk, throw | surf || drum, tabla | cello


def nodes_of(*rows, tree=TREE):
    return np.array(rows, float) @ tree.covers.T


def drawn(count: int, tree=TREE, seed: int = 0, sharpness: float = 2.0) -> np.ndarray:
    scores = sharpness * np.random.default_rng(seed).normal(size=(count, len(tree.classes)))
    return nodes_of(*(np.exp(scores) / np.exp(scores).sum(1, keepdims=True)), tree=tree)


def test_the_likeliest_leaf_and_the_mildest_and_the_best_supported_by_hand():
    nodes = nodes_of([0.30, 0, 0.05, 0.25, 0.25, 0.15])
    assert TREE.nodes[as_is(nodes, TREE).leaves[0]] == "dunk"
    mild = crm(nodes, TREE)
    # dunk: surf is 2 away, music 3. drum: tabla 1, cello 2, sports 3. cello: drum and tabla 2, sports 3.
    expected = {"dunk": 0.1 + 1.95, "drum": 0.25 + 0.3 + 1.05, "cello": 1 + 1.05}
    for name, height in expected.items():
        assert mild.scores[0, TREE.index(name)] == pytest.approx(-height)
    assert TREE.nodes[mild.leaves[0]] == "drum"
    supported = hie(nodes, TREE)
    raw = np.array([0.30 * 0.30, 0, 0.05 * 0.05, 0.25 * 0.5, 0.25 * 0.5, 0.15 * 0.15])
    assert supported.scores[0] == pytest.approx(raw / raw.sum())
    assert TREE.nodes[supported.leaves[0]] == "drum"
    assert supported.nodes[0, TREE.index("percussion")] == pytest.approx(0.25 / raw.sum())


@pytest.mark.parametrize("tree", [TREE, uniform_tree(2, 3, 2)])
def test_the_expected_height_is_what_the_nodes_of_the_path_lack(tree):
    """A height counts the levels at which answer and truth differ, so its mean is the sum of what is left to 1."""
    nodes = drawn(40, tree)
    lacking = (1 - nodes[:, tree.lineage]).sum(2)
    assert crm(nodes, tree).scores == pytest.approx(-lacking)


def test_in_a_flat_tree_all_say_the_same():
    flat = from_rows([{"class": name} for name in "abcd"], ["class"], "flat")
    nodes = drawn(40, flat)
    assert len({tuple(rival(nodes, flat).leaves) for rival in RIVALS.values()}) == 1


def test_what_is_sure_is_said_by_all():
    for leaf in range(6):
        nodes = nodes_of(np.eye(6)[leaf])
        assert all(rival(nodes, TREE).leaves.tolist() == [leaf] for rival in RIVALS.values())


def test_a_climb_stops_where_it_is_sure_enough_and_else_at_the_root():
    ladder = climb(as_is(nodes_of([0.40, 0.30, 0.15, 0.15, 0, 0]), TREE), TREE)
    assert [TREE.nodes[node] for node in ladder.nodes[0]] == ["dunk", "ball", "sports"]
    assert ladder.confidence[0] == pytest.approx([0.40, 0.70, 0.85])
    found = [stop(ladder, threshold)[0] for threshold in (0, 0.41, 0.71, 0.86)]
    assert found == [TREE.index("dunk"), TREE.index("ball"), TREE.index("sports"), -1]


def test_a_climb_leaves_the_likeliest_leaf_for_nothing_but_its_ancestors():
    answers = as_is(nodes_of([0.34, 0.33, 0, 0, 0, 0.33], [0.3, 0.3, 0, 0, 0, 0.4]), TREE)
    assert stop(climb(answers, TREE), 0.5).tolist() == [TREE.index("ball"), -1]
    assert stop(deepest(answers, TREE), 0.5).tolist() == [TREE.index("ball"), TREE.index("ball")]


@pytest.mark.parametrize("threshold", [0.51, 0.7, 0.8, 0.99])
def test_the_deepest_probable_node_is_the_back_off_of_the_app(threshold):
    nodes = drawn(200, sharpness=3)
    expected = [back_off(row, TREE, threshold) for row in nodes]
    assert stop(deepest(as_is(nodes, TREE), TREE), threshold).tolist() == expected
    assert len(set(expected)) > 3


def test_thresholds_may_be_one_a_clip():
    ladder = climb(as_is(nodes_of(*[[0.4, 0.3, 0.3, 0, 0, 0]] * 2), TREE), TREE)
    assert stop(ladder, np.array([0.1, 0.6])).tolist() == [TREE.index("dunk"), TREE.index("ball")]


def test_right_is_the_leaf_or_what_lies_above_it():
    dunk, throw, ball, water = (TREE.index(name) for name in ("dunk", "throw", "ball", "water"))
    nodes = np.array([dunk, ball, -1, throw, water])
    assert is_right(nodes, np.full(5, dunk), TREE).tolist() == [True, True, True, False, False]
    assert is_right(np.stack([nodes, nodes], 1), np.full(5, dunk), TREE)[:, 1].tolist() == [True] * 3 + [False] * 2


def test_a_needed_threshold_is_just_enough():
    nodes, truth = drawn(100), np.random.default_rng(1).integers(6, size=100)
    for rule in (climb, deepest):
        ladder = rule(as_is(nodes, TREE), TREE)
        needs = needed_thresholds(ladder, truth, TREE)
        assert is_right(stop(ladder, needs), truth, TREE).all()
        some = needs > 0
        less = stop(ladder, np.nextafter(needs, -np.inf))
        assert not is_right(less[some], truth[some], TREE).any()
        assert 20 < some.sum() < 100


def test_the_promise_by_hand():
    # Needs are 0 (right), just above .40 (ball is right) and just above .85 (all wrong).
    nodes = nodes_of(*[[0.40, 0.30, 0.15, 0.15, 0, 0]] * 3)
    ladder = climb(as_is(nodes, TREE), TREE)
    truth = np.array([TREE.index(name) for name in ("dunk", "throw", "cello")])
    thresholds = [promised_threshold(ladder, truth, TREE, target) for target in (0.25, 0.5, 0.75, 0.76)]
    assert thresholds == pytest.approx([0, 0.40, 0.85, math.inf])


@pytest.mark.parametrize("target", [0.8, 0.9, 0.95])
def test_promises_are_kept_on_average_and_not_by_saying_nothing(target):
    """Held-out and new clips of one world, and a network that is too sure of itself."""
    rng, kept, said = np.random.default_rng(0), [], []
    for seed in range(400):
        honest = drawn(200, seed=seed)[:, :6]
        truth = (rng.random((200, 1)) > honest.cumsum(1)).sum(1).clip(max=5)
        sharp = honest**2 / (honest**2).sum(1, keepdims=True)
        held, new = (climb(as_is(nodes_of(*half), TREE), TREE) for half in (sharp[:100], sharp[100:]))
        answers = stop(new, promised_threshold(held, truth[:100], TREE, target))
        kept.append(is_right(answers, truth[100:], TREE).mean())
        said.append((answers >= 0).mean())
    assert target - 0.01 < np.mean(kept) < target + 0.02
    assert np.mean(said) > 0.3
