"""Orders of cells, what they cover and areas under curves, worked out by hand."""

import numpy as np
import pytest

from hprotopnet.evaluation.curves import area, by_strength, covered, early_shares, evidence_map, shares


def test_the_map_is_what_each_prototype_would_contribute_were_that_its_nearest_patch():
    """One prototype of contribution 2 and largest similarity .5 counts 4 a similarity; the second speaks against."""
    activations = np.array([[[[0.5, 0.25]]], [[[0.1, 1.0]]], [[[0.0, 0.8]]]])
    found = evidence_map(np.array([2.0, -3.0, 0.4]), activations)
    np.testing.assert_allclose(found, [[[2.0, 1.0 + 0.4]]])


def test_where_nothing_is_similar_nothing_speaks():
    assert not evidence_map(np.array([1.0]), np.zeros((1, 1, 2, 2))).any()


def test_the_strongest_cell_comes_first_and_of_equals_the_first():
    assert by_strength(np.array([[[1.0, 3.0], [2.0, 3.0]]])).tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.25, 1), (0.5, 2), (0.4, 2), (1, 4)])
def test_cells_cover_their_pixels(share, count):
    """Four cells of a grid (1, 2, 2) over two frames of 4 x 6: each covers 2 x 3 pixels of both."""
    found = covered(np.array([1, 2, 0, 3]), share, (1, 2, 2), (2, 4, 6))
    assert found.shape == (2, 4, 6)
    assert found.sum() == count * 2 * 6
    if count == 1:
        assert found[:, :2, 3:].all()
    if count == 2:
        assert found[:, 2:, :3].all()


def test_cells_of_a_later_step_cover_later_frames_alone():
    found = covered(np.array([3, 0, 1, 2]), 0.25, (4, 1, 1), (8, 2, 2))
    assert found[6:].all()
    assert not found[:6].any()


def test_areas_by_hand():
    assert area(np.ones(9)) == 1
    assert area(shares(8)) == pytest.approx(0.5)
    # Falls from 1 to 0 in the first of four steps: a triangle of width 1/4.
    assert area(np.array([1.0, 0, 0, 0, 0])) == pytest.approx(0.125)
    assert area(np.array([0.0, 1, 1, 1, 1])) == pytest.approx(0.875)


def test_shares_run_from_nothing_to_everything():
    assert shares(4).tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_early_shares_lie_closer_at_first_and_end_where_even_ones_do():
    assert early_shares(4).tolist() == [0, 1 / 64, 1 / 8, 27 / 64, 1]
    assert (np.diff(early_shares(), 2) > 0).all()
