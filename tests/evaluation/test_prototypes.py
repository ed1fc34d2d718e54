"""What prototypes are said to be, worked by hand."""

import numpy as np
import pytest

from hprotopnet.evaluation.prototypes import (
    consistency,
    duplicates,
    over_specificity,
    pointed_at,
    purity,
    stability,
)


def test_purity_is_a_share_of_the_nearest_clips():
    similarities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.9]])
    shows = np.array([[True, True], [False, True], [True, True], [True, True]])
    everywhere = np.ones_like(shows)
    assert purity(similarities, shows, everywhere, k=1).tolist() == [1, 1]
    assert purity(similarities, shows, everywhere, k=2).tolist() == [0.5, 1]
    assert purity(similarities, shows, everywhere, k=3) == pytest.approx([2 / 3, 1])


def test_purity_asks_no_more_clips_than_could_show_it():
    similarities = np.array([[0.9, 0.9, 0.9, 0.9], [0.5, 0.5, 0.5, 0.5], [0.1, 0.1, 0.1, 0.1]])
    shows = np.array([[True, False, False, True], [False, True, False, False], [False, False, False, False]])
    could = np.array([[True, False, False, True], [False, True, False, True], [False, False, False, False]])
    found = purity(similarities, shows, could, k=10)
    assert found[[0, 1, 3]].tolist() == [1, 0, 0.5]  # the last: two clips could, the nearest does
    assert np.isnan(found[2])


def test_duplicates_share_node_and_patch_or_direction():
    vectors = np.array([[1.0, 0.0], [2.0, 0.01], [0.0, 1.0], [0.0, 1.0], [-1.0, 0.0]])
    owners = ["a", "a", "a", "b", "a"]
    assert duplicates(vectors, owners, range(5)) == [(0, 1)]
    assert duplicates(vectors, owners, [0, 1, 2, 2, 2]) == [(0, 1), (2, 4)]
    assert duplicates(vectors, owners, range(5), cosine=-1.0) == [(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)]


def test_over_specificity_from_one_child_to_all():
    children = np.array([0, 0, 1, 2, -1, -1])
    alone = np.array([0.9, 0.7, 0.3, 0.3, 0.2, 0.4])  # 0.5 above the 0.3 of clips outside, in the first child alone
    assert over_specificity(alone, children) == pytest.approx(1)
    alike = np.array([0.9, 0.7, 0.8, 0.8, 0.2, 0.4])
    assert over_specificity(alike, children) == pytest.approx(0, abs=1e-12)
    two = np.array([0.9, 0.7, 0.8, 0.1, 0.2, 0.4])
    assert over_specificity(two, children) == pytest.approx(1 - np.log(2) / np.log(3))
    uneven = np.array([0.6, 0.6, 0.4, 0.3, 0.3, 0.3])  # 3 to 1 of what is above the others
    share = 0.75 * np.log(0.75) + 0.25 * np.log(0.25)
    assert over_specificity(uneven, children) == pytest.approx(1 + share / np.log(3))


def test_children_count_alike_however_many_clips_they_have():
    children = np.array([0] * 9 + [1, -1])
    assert over_specificity(np.array([0.5] * 10 + [0.0]), children) == pytest.approx(0, abs=1e-12)


def test_over_specificity_is_undefined_where_nothing_can_tell():
    assert np.isnan(over_specificity(np.array([0.9, 0.1]), np.array([0, -1])))  # an only child
    assert np.isnan(over_specificity(np.array([0.9, 0.1]), np.array([0, 1])))  # nothing to compare with
    assert np.isnan(over_specificity(np.array([0.1, 0.1, 0.9]), np.array([0, 1, -1])))  # fires elsewhere


def test_consistency_is_of_the_cue_pointed_at_most_where_it_is_seen():
    on = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]], bool)
    seen = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1]], bool)
    found = pointed_at(on, seen)
    assert found[:2] == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(found[2])  # one clip alone says nothing of consistency
    assert consistency(on, seen) == pytest.approx(2 / 3)
    assert np.isnan(consistency(on[:1], seen[:1]))


def test_stability_asks_for_all_cues_at_once():
    before = np.array([[1, 0], [1, 0], [0, 0], [1, 1]], bool)
    after = np.array([[1, 0], [0, 1], [0, 0], [1, 0]], bool)
    assert stability(before, after) == 0.5
    assert stability(before, before) == 1
    assert np.isnan(stability(before[:0], after[:0]))
