"""Shares worked out by hand, and the laws that make them mean the same in every network."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import toy_features, toy_model

from hprotopnet.data.clips import Clip
from hprotopnet.explain.prototypes import explain_features, mute
from hprotopnet.explain.shares import share, speaking
from hprotopnet.training.initialise import initialise


def test_by_hand():
    """3 and 1 speak for it, 2 against: three quarters and a quarter of what speaks for it, and half of it is lost."""
    contributions = np.array([3.0, -2.0, 1.0])
    assert speaking(contributions) == 4
    assert [share(value, 4.0) for value in contributions] == [0.75, -0.5, 0.25]
    assert share(contributions.sum(), 4.0) == 0.5


def test_what_speaks_against_it_may_be_more_than_what_speaks_for_it():
    contributions = np.array([1.0, -5.0])
    assert share(contributions.sum(), speaking(contributions)) == -4


@pytest.mark.parametrize("contributions", [[], [0.0, 0.0], [-1.0, -2.0]])
def test_where_nothing_speaks_for_it_there_are_no_shares(contributions):
    assert speaking(np.array(contributions)) == 0
    assert share(-1.0, 0.0) is None
    assert share(1.0, None) is None


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20), st.floats(0.01, 100))
def test_shares_have_no_unit_and_those_for_it_sum_to_one(values, unit):
    contributions = np.array(values)
    total = speaking(contributions)
    if total < 1e-6:
        return
    shares = [share(value, total) for value in contributions]
    assert max(shares) <= 1 + 1e-12
    assert sum(value for value in shares if value > 0) == pytest.approx(1)
    scaled = [share(value, speaking(unit * contributions)) for value in unit * contributions]
    assert scaled == pytest.approx(shares)


SETTINGS = {
    "ball": {},
    "flat": {"head": "fc", "prototypes": "leaf"},
    "tree": {"head": "tree"},
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_an_explanation_of_any_head_has_what_speaks_for_each_node(kind):
    model = toy_model(**SETTINGS[kind])
    initialise(model, toy_features(), torch.Generator().manual_seed(0))
    features = toy_features().batch([0])
    clip = Clip("v", 0.0, np.zeros((16, 24, 16, 3), np.uint8), np.arange(16) / 12.5)
    said = explain_features(model, clip, features, 0.8)
    for level in (*said.levels, said.runner_up):
        parts = [share(value, level.speaking) for value in level.shares.values()]
        assert sum(parts) <= 1 + 1e-9
        own = [share(row.contribution, level.speaking) for row in level.evidence]
        assert sum(own) == pytest.approx(share(level.shares["own"], level.speaking))
        assert all(part <= 1 + 1e-9 for part in own)
    for level in said.levels:
        for row in level.evidence:
            after = mute(model, said.similarities, [row.prototype]).nodes[0, model.hierarchy.index(level.node)]
            assert row.probability_muted == pytest.approx(float(after))


def test_in_a_head_tied_to_the_tree_only_own_prototypes_speak_for_a_class_among_siblings():
    """Between siblings all above them cancels: all that speaks for the class is its own."""
    model = toy_model(head="tree")
    initialise(model, toy_features(), torch.Generator().manual_seed(0))
    tree = model.hierarchy
    features = toy_features().batch(range(60))
    clip = Clip("v", 0.0, np.zeros((16, 24, 16, 3), np.uint8), np.arange(16) / 12.5)
    seen = 0
    for row in features:
        leaf = explain_features(model, clip, row[None], 0.8).levels[-1]
        one, other = (tree.index(name) for name in (leaf.node, leaf.rival))
        if tree.leaf_heights[one, other] != 1:
            continue
        seen += 1
        assert sum(share(own.contribution, leaf.speaking) for own in leaf.evidence) == pytest.approx(1)
    assert seen
