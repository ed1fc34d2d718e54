"""Figures of mistakes by hand, against those of `metrics`, and as functions of how often a clip counts."""

import numpy as np
import pytest
from toys import toy_hierarchy

from hprotopnet.evaluation.metrics import hierarchical_accuracy
from hprotopnet.evaluation.mistakes import FIGURES, mistakes, shared_mistakes
from hprotopnet.evaluation.rivals import Answers, as_is

TREE = toy_hierarchy()
ONCE = np.ones((1, 4))


def said(*leaves: int) -> Answers:
    """Answers that are sure of these leaves."""
    return as_is(np.eye(6)[list(leaves)] @ TREE.covers.T, TREE)


def test_figures_by_hand():
    truth = np.zeros(4, int)
    found = mistakes(said(0, 1, 2, 5), truth, TREE)(ONCE)  # itself, its sibling, its cousin, a stranger
    assert set(found) == set(FIGURES)
    expected = {
        "accuracy": 1 / 4,
        "parent": 2 / 4,
        "grandparent": 3 / 4,
        "parent_given_wrong": 1 / 3,
        "grandparent_given_wrong": 2 / 3,
        "severity": 2,
        "distance_1": 6 / 4,
        "aurc": 3 / 4,  # all are equally sure
        "specificity_area": 5 / 8,  # the line from always the root to always a leaf
    }
    assert {name: found[name][0] for name in expected} == pytest.approx(expected)


def test_a_clip_that_is_not_drawn_does_not_count_and_one_drawn_twice_does_so():
    figures = mistakes(said(0, 1, 2, 5), np.zeros(4, int), TREE)
    found = figures(np.array([[1, 0, 0, 0], [0, 2, 0, 1]]))
    assert found["accuracy"].tolist() == [1, 0]
    assert np.isnan(found["severity"][0])
    assert found["severity"][1] == pytest.approx(5 / 3)
    assert found["parent_given_wrong"][1] == pytest.approx(2 / 3)


def test_they_are_those_of_the_paper():
    rng = np.random.default_rng(0)
    nodes, truth = rng.dirichlet(np.full(6, 0.5), size=200) @ TREE.covers.T, rng.integers(6, size=200)
    answers = as_is(nodes, TREE)
    found = mistakes(answers, truth, TREE)(np.ones((1, 200)))
    paper = hierarchical_accuracy(answers.leaves, truth, TREE)
    names = {
        "accuracy": "accuracy",
        "parent": "sibling",
        "grandparent": "cousin",
        "parent_given_wrong": "p_sibling_given_error",
        "severity": "mistake_severity",
    }
    assert {name: found[own][0] for own, name in names.items()} == pytest.approx(paper)
    above = (found["grandparent"] - found["accuracy"]) / (1 - found["accuracy"])
    assert found["grandparent_given_wrong"] == pytest.approx(above)
    assert found["distance_1"] == pytest.approx(found["severity"] * (1 - found["accuracy"]))


def test_only_what_both_get_wrong_is_compared():
    truth = np.zeros(4, int)
    one, other = said(0, 1, 1, 5), said(5, 0, 2, 4)
    gain = shared_mistakes(one, other, truth, TREE)(np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 3, 1]]))["gain"]
    assert gain[0] == pytest.approx(1 / 2)  # of the third and the fourth the third, where one alone names a sibling
    assert np.isnan(gain[1])
    assert gain[2] == pytest.approx(3 / 4)
    assert shared_mistakes(other, one, truth, TREE)(ONCE)["gain"] == pytest.approx(-1 / 2)
