"""Curves and areas against hand-worked clips, and against the slow way of computing them."""

import math

import numpy as np
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.evaluation.metrics import expected_calibration_error
from hprotopnet.evaluation.rivals import Ladder, as_is, climb, deepest, is_right, stop
from hprotopnet.evaluation.selective import (
    accuracy_specificity,
    accuracy_specificity_area,
    aurc,
    distances_at,
    reliability,
    risk_coverage,
    specificity,
)

TREE = toy_hierarchy()
DUNK, THROW, SURF, DRUM, TABLA, CELLO = range(6)
BALL, SPORTS = TREE.index("ball"), TREE.index("sports")


def world(count: int, seed: int = 0):
    """Probabilities of all nodes, and truths that follow them."""
    rng = np.random.default_rng(seed)
    leaves = rng.dirichlet(np.full(6, 0.4), size=count)
    truth = np.array([rng.choice(6, p=row) for row in leaves])
    return leaves @ TREE.covers.T, truth


def test_risk_and_coverage_by_hand():
    coverage, risk = risk_coverage(np.array([0.6, 0.9, 0.7, 0.8]), np.array([1, 0, 0, 1]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(np.array([0.6, 0.9, 0.7, 0.8]), np.array([1, 0, 0, 1])) == pytest.approx((1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_clips_that_are_equally_sure_are_answered_together():
    confidence, losses = np.array([0.5, 0.9, 0.5]), np.array([1, 0, 0])
    coverage, risk = risk_coverage(confidence, losses)
    assert coverage == pytest.approx([1 / 3, 1])
    assert risk == pytest.approx([0, 1 / 3])
    assert aurc(confidence, losses) == pytest.approx(2 / 9)
    assert aurc(confidence[::-1], losses[::-1]) == aurc(confidence, losses)
    assert aurc(np.full(3, 0.5), losses) == pytest.approx(1 / 3)


def test_no_order_has_less_area_than_losses_last():
    rng = np.random.default_rng(0)
    losses = rng.integers(2, size=50)
    best = aurc(-losses.astype(float), losses)
    assert all(aurc(rng.permutation(50), losses) >= best for _ in range(50))


def test_a_counted_clip_is_a_repeated_clip():
    nodes, truth = world(30)
    answers = as_is(nodes, TREE)
    wrong, confidence = answers.leaves != truth, answers.scores.max(1)
    weights = np.random.default_rng(1).integers(4, size=(5, 30))
    areas = aurc(confidence, wrong, weights)
    specific = accuracy_specificity_area(climb(answers, TREE), truth, TREE, weights)
    for own, area, spread in zip(weights, areas, specific, strict=True):
        rows = np.repeat(np.arange(30), own)
        assert area == pytest.approx(aurc(confidence[rows], wrong[rows]))
        again = climb(as_is(nodes[rows], TREE), TREE)
        assert spread == pytest.approx(accuracy_specificity_area(again, truth[rows], TREE))


def test_a_leaf_tells_all_and_the_root_nothing():
    told = specificity(TREE)
    assert told[:6] == pytest.approx(np.ones(6))
    assert told[-1] == 0
    assert told[BALL] == pytest.approx(1 - math.log(2) / math.log(6))
    assert told[SPORTS] == pytest.approx(1 - math.log(3) / math.log(6))
    assert told[TREE.index("water")] == 1  # of a single class
    binary = specificity(uniform_tree(2, 2, 2))
    assert binary[[0, 8, 12, -1]] == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_a_curve_by_hand():
    """A sibling of the truth is answered, so all is right until the last step."""
    ladder = Ladder(np.array([[DUNK, BALL, SPORTS]]), np.array([[0.5, 0.9, 0.95]]))
    curve = accuracy_specificity(ladder, np.array([THROW]), TREE)
    ball, sports = specificity(TREE)[[BALL, SPORTS]]
    assert curve.thresholds.tolist() == [math.inf, 0.95, 0.9, 0.5]
    assert curve.specificity == pytest.approx([0, sports, ball, 1])
    assert curve.accuracy == pytest.approx([1, 1, 1, 0])
    area = accuracy_specificity_area(ladder, np.array([THROW]), TREE)
    assert area == pytest.approx(ball + (1 - ball) / 2)


@pytest.mark.parametrize("rule", [climb, deepest])
def test_every_point_of_a_curve_is_what_its_threshold_gives(rule):
    nodes, truth = world(60)
    ladder = rule(as_is(nodes, TREE), TREE)
    curve = accuracy_specificity(ladder, truth, TREE)
    assert len(curve.thresholds) > 100
    for threshold, told, right in zip(*curve, strict=True):
        answers = stop(ladder, threshold)
        assert told == pytest.approx(specificity(TREE)[answers].mean())
        assert right == pytest.approx(is_right(answers, truth, TREE).mean())


def test_an_area_is_between_the_right_leaves_and_one():
    nodes, truth = world(200)
    answers = as_is(nodes, TREE)
    area = accuracy_specificity_area(climb(answers, TREE), truth, TREE)
    assert (answers.leaves == truth).mean() < area < 1
    assert accuracy_specificity_area(climb(answers, TREE), answers.leaves, TREE) == pytest.approx(1)


def test_distances_at_k_by_hand():
    scores = np.array([[0.5, 0.1, 0.3, 0.06, 0.04, 0.0]])  # dunk, surf, throw, drum, tabla, cello
    truth = np.array([DUNK])
    found = [distances_at(scores, truth, TREE, k)[0] for k in (1, 2, 3, 4)]
    assert found == pytest.approx([0, 2 / 2, (2 + 1) / 3, (2 + 1 + 3) / 4])
    assert distances_at(scores, np.array([CELLO]), TREE, 6)[0] == pytest.approx((3 * 3 + 2 + 2 + 0) / 6)


def test_reliability_rows_make_the_calibration_error():
    rng = np.random.default_rng(0)
    confidence, correct = rng.random(300), rng.integers(2, size=300)
    rows = reliability(confidence, correct)
    assert sum(row["n"] for row in rows) == 300
    gap = sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / 300
    assert gap == pytest.approx(expected_calibration_error(confidence, correct))
    found = reliability(np.array([0.85, 0.85, 0.95, 1.0]), np.array([1, 0, 1, 1]), bins=10)
    assert [(row["n"], row["confidence"], row["accuracy"]) for row in found] == [(2, 0.85, 0.5), (2, 0.975, 1)]
