"""Figures of merit against hand-worked answers and closed-form chance levels."""

import numpy as np
import pytest
from toys import ROWS, toy_hierarchy

from hprotopnet.evaluation.metrics import (
    back_off_figures,
    bootstrap_interval,
    bootstrap_ratio,
    bootstrap_ratio_difference,
    by_video,
    estimate,
    estimate_ratio,
    expected_calibration_error,
    hierarchical_accuracy,
    majority_vote,
    mean_softmax,
    wilson_interval,
)
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import load_hierarchy


def test_hops_by_hand():
    tree = toy_hierarchy()
    truth = np.zeros(4, int)  # dunk, dunk, dunk, dunk
    answers = np.array([0, 1, 2, 5])  # itself, its sibling, its cousin, a stranger
    found = hierarchical_accuracy(answers, truth, tree)
    assert found["accuracy"] == 0.25
    assert found["sibling"] == 0.5
    assert found["cousin"] == 0.75
    assert found["p_sibling_given_error"] == pytest.approx(1 / 3)
    assert found["mistake_severity"] == pytest.approx((1 + 2 + 3) / 3)


def test_no_error_leaves_severity_undefined():
    found = hierarchical_accuracy(np.arange(6), np.arange(6), toy_hierarchy())
    assert found["accuracy"] == 1
    assert found["p_sibling_given_error"] is None
    assert found["mistake_severity"] is None


def test_an_only_child_never_earns_sibling_credit():
    tree = toy_hierarchy()
    surf = tree.index("surf")
    others = np.array([leaf for leaf in range(6) if leaf != surf])
    assert hierarchical_accuracy(others, np.full(5, surf), tree)["sibling"] == 0


def test_accuracies_grow_with_hops_and_do_not_depend_on_the_order_of_classes():
    rng = np.random.default_rng(0)
    tree = toy_hierarchy()
    other = toy_hierarchy(tuple(ROWS[i] for i in rng.permutation(6)))
    answers, truth = rng.integers(6, size=(2, 200))
    found = hierarchical_accuracy(answers, truth, tree)
    assert found["accuracy"] <= found["sibling"] <= found["cousin"] <= 1
    renamed = [np.array([other.index(tree.classes[leaf]) for leaf in leaves]) for leaves in (answers, truth)]
    assert hierarchical_accuracy(*renamed, other) == found


@pytest.mark.parametrize(
    ("name", "expected"), [("ucf101", (0.0099, 0.0673, 0.3216)), ("activitynet", (0.005, 0.0359, 0.2616))]
)
def test_chance_on_the_published_trees(name, expected):
    tree = load_hierarchy(name)
    answers, truth = np.meshgrid(np.arange(len(tree.classes)), np.arange(len(tree.classes)))
    found = hierarchical_accuracy(answers.ravel(), truth.ravel(), tree)
    assert (found["accuracy"], found["sibling"], found["cousin"]) == pytest.approx(expected, abs=6e-5)


def test_majority_vote_and_mean_softmax_can_differ():
    clips = np.array([[0.51, 0.49], [0.51, 0.49], [0.01, 0.99]])
    assert majority_vote(clips) == 0
    assert mean_softmax(clips) == 1


def test_a_tied_vote_goes_to_the_higher_mean_then_to_the_first():
    assert majority_vote(np.array([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0]])) == 1
    assert majority_vote(np.array([[0.0, 0.6, 0.4], [0.0, 0.4, 0.6]])) == 1


def test_videos_join_by_name_wherever_their_clips_stand():
    rows = by_video(["b", "a", "b"])
    assert rows["b"].tolist() == [0, 2]
    assert rows["a"].tolist() == [1]


def test_calibration_error_by_hand():
    # One bin at .85 with accuracy 1/2, one at .95 with accuracy 1.
    found = expected_calibration_error(np.array([0.85, 0.85, 0.95]), np.array([1, 0, 1]), bins=10)
    assert found == pytest.approx((2 * 0.35 + 1 * 0.05) / 3)
    assert expected_calibration_error(np.array([]), np.array([])) is None


def test_back_off_takes_the_deepest_sure_node():
    tree = toy_hierarchy()
    nodes = np.zeros(len(tree.nodes))
    for name, probability in {"dunk": 0.5, "throw": 0.45, "ball": 0.95, "sports": 0.97}.items():
        nodes[tree.index(name)] = probability
    assert back_off(nodes, tree, 0.9) == tree.index("ball")
    assert back_off(nodes, tree, 0.96) == tree.index("sports")
    assert back_off(nodes, tree, 0.99) == -1


def test_back_off_figures_by_hand():
    tree = toy_hierarchy()
    sure, fair, lost = (
        tree.covers @ np.array(leaves)
        for leaves in ([0.9, 0.1, 0, 0, 0, 0], [0.5, 0.5, 0, 0, 0, 0], [0.4, 0, 0, 0.4, 0, 0.2])
    )
    found = back_off_figures(np.stack([sure, sure, fair, lost]), np.array([0, 1, 0, 0]), tree, 0.8)
    assert (found["leaf"], found["ancestor"], found["root"]) == (0.5, 0.25, 0.25)
    assert found["leaf_accuracy"] == 0.5
    assert found["answer_accuracy"] == pytest.approx(2 / 3)


def test_bootstrap_draws_groups_not_rows():
    # Two groups that disagree: whole groups are drawn, so the interval reaches both means.
    values, groups = np.repeat([0.0, 1.0], 50), ["a"] * 50 + ["b"] * 50
    assert bootstrap_interval(values, groups) == (0, 1)
    # Rows of their own: far narrower.
    low, high = bootstrap_interval(values, [str(i) for i in range(100)])
    assert 0.35 < low < 0.5 < high < 0.65
    assert bootstrap_interval(np.ones(4), list("aabb")) == (1, 1)


def test_draws_without_a_value_are_no_zeros():
    ones, nothing = [1.0, 1.0], [np.nan, np.nan]
    # Of three groups one is undefined: 1 draw in 27 holds nothing, and the others all have the mean 1.
    assert bootstrap_interval(np.array(ones + ones + nothing), list("aabbcc")) == (1, 1)
    # Of two groups one is undefined: a quarter of the draws hold nothing, too many for an interval.
    assert bootstrap_interval(np.array(ones + nothing), list("aabb")) is None
    assert bootstrap_interval(np.array(nothing), list("ab")) is None
    # A single undefined value in a group changes nothing but its own row.
    assert bootstrap_interval(np.array([1.0, np.nan, 1.0]), list("aab")) == (1, 1)


def test_a_ratio_that_is_the_same_in_every_group_has_no_spread():
    groups = ["a", "a", "b", "c"]
    one = (np.array([2.0, 2.0, 2.0, 2.0]), np.ones(4))
    other = (np.array([1.0, 1.0, 1.0, 1.0]), np.ones(4))
    assert bootstrap_ratio_difference(one, other, groups) == (1, 1)


def test_the_interval_of_a_ratio_holds_the_difference_and_widens_with_spread():
    rng = np.random.default_rng(0)
    groups = [str(i % 7) for i in range(210)]
    wrong = (rng.random(210) < 0.3).astype(float)
    severe = wrong * rng.integers(1, 4, 210)
    mild = wrong.copy()
    low, high = bootstrap_ratio_difference((severe, wrong), (mild, wrong), groups)
    assert low < severe.sum() / wrong.sum() - 1 < high
    assert high - low > 0.05


def test_too_few_mistakes_give_no_interval():
    none, ones = np.zeros(6), np.ones(6)
    assert bootstrap_ratio_difference((none, none), (ones, ones), list("abcdef")) is None


@pytest.mark.parametrize(
    ("right", "n", "interval"),
    [(5, 10, (0.2366, 0.7634)), (6, 6, (0.6097, 1)), (0, 6, (0, 0.3903)), (0, 0, (0, 1)), (81, 263, (0.2553, 0.3662))],
)
def test_wilson_intervals_known_from_tables(right, n, interval):
    assert wilson_interval(right, n) == pytest.approx(interval, abs=5e-5)


def test_the_ends_of_a_wilson_interval_are_the_shares_that_the_observation_just_does_not_refute():
    low, high = wilson_interval(17, 40)
    for share in (low, high):
        assert abs(17 / 40 - share) / np.sqrt(share * (1 - share) / 40) == pytest.approx(1.959964, abs=1e-5)


def test_the_interval_of_a_ratio_of_sums_draws_whole_groups():
    above, below = np.array([1.0, 0.0, 3.0, 3.0]), np.array([1.0, 1.0, 4.0, 4.0])
    low, high = bootstrap_ratio(above, below, ["a", "a", "b", "b"])
    assert (low, high) == (0.5, 0.75)  # of one group alone, or of the other
    assert bootstrap_ratio(2 * below, below, list("abcd")) == (2, 2)
    assert bootstrap_ratio(above, 0 * below, list("abcd")) is None


def test_an_estimate_is_number_mean_and_interval():
    values, groups = np.array([1.0, 0.0, np.nan, 1.0, 1.0]), ["a", "a", "a", "b", "b"]
    found = estimate(values, groups)
    assert (found["n"], found["mean"]) == (4, 0.75)
    assert found["interval"] == bootstrap_interval(values, groups) == (0.5, 1)
    assert estimate(values[:3], groups[:3]) == {"n": 2, "mean": 0.5, "interval": None}  # one group
    assert estimate(values[2:4], groups[2:4])["interval"] is None  # one group with a value
    nothing = {"n": 0, "mean": None, "interval": None}
    assert estimate(np.full(2, np.nan), ["a", "b"]) == estimate(np.zeros(0), []) == nothing
    ratio = estimate_ratio(np.array([1.0, 3.0]), np.array([2.0, 2.0]), ["a", "b"])
    assert (ratio["n"], ratio["mean"], ratio["interval"]) == (2, 1, (0.5, 1.5))
