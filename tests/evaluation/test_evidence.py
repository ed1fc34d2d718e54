"""Whether an explanation is true, worked by hand on a grid of 2 x 2 x 2 cells over 4 frames of 8 x 8 pixels."""

import numpy as np
import pytest

from hprotopnet.evaluation.evidence import (
    cell_of,
    drops,
    energy_inside,
    from_centre,
    hits,
    iou_at_equal_area,
    laid_out,
    middle,
    moved_most,
    shown_at,
    weighted_hits,
)

GRID, SHAPE = (2, 2, 2), (4, 8, 8)


def corner() -> np.ndarray:
    """The cue: the quarter at the bottom right of the last two frames, one cell of eight."""
    mask = np.zeros(SHAPE, bool)
    mask[2:, 4:, 4:] = True
    return mask


def peaked(cell: tuple[int, int, int], rest: float = 0.0) -> np.ndarray:
    values = np.full(GRID, rest)
    values[cell] = 1
    return values


def test_the_middle_of_a_cell_and_of_the_clip():
    assert middle((0, 0, 0), GRID, SHAPE).tolist() == [1, 2, 2]
    assert middle((0, 9, 9), (1, 10, 10), (16, 160, 160)).tolist() == [8, 152, 152]
    assert middle((0.5, 0.5, 0.5), GRID, SHAPE).tolist() == [2, 4, 4]
    assert middle([[0, 0, 0], [1, 1, 1]], GRID, SHAPE).tolist() == [[1, 2, 2], [3, 6, 6]]


def test_a_hit_is_in_place_and_in_time():
    assert hits([(1, 1, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)], GRID, corner()).tolist() == [True, False, False, False]
    assert hits((1, 1, 1), GRID, corner())


def test_weighted_pointing_counts_what_speaks_for_the_node_by_how_much_it_does():
    on_cue = np.array([True, False, True, False])
    assert weighted_hits(np.array([3.0, 1.0, 0.0, 0.0]), on_cue) == 0.75
    assert weighted_hits(np.array([1.0, 1.0, -5.0, -9.0]), on_cue) == 0.5
    assert weighted_hits(np.full(4, 2.0), on_cue) == on_cue.mean()
    assert np.isnan(weighted_hits(np.array([-1.0, 0.0]), on_cue[:2]))


def test_energy_is_the_share_of_the_sum_on_the_cue():
    assert energy_inside(peaked((1, 1, 1)), corner()) == 1
    assert energy_inside(peaked((0, 1, 1)), corner()) == 0
    assert energy_inside(peaked((1, 1, 1), rest=1 / 7), corner()) == pytest.approx(0.5)
    assert energy_inside(np.ones(GRID), corner()) == pytest.approx(corner().mean())
    assert np.isnan(energy_inside(np.zeros(GRID), corner()))


def test_energy_in_half_a_cell_is_half_of_it():
    mask = corner()
    mask[:, :, 6:] = False
    assert energy_inside(peaked((1, 1, 1)), mask) == 0.5


def test_maps_and_masks_may_be_of_any_size():
    # Three cells over eight pixels: the middles of three, two and three pixels lie in them.
    mask = np.zeros((1, 1, 8), bool)
    mask[..., 3:5] = True
    assert energy_inside(np.array([[[0.0, 1.0, 0.0]]]), mask) == 1
    assert energy_inside(np.ones((1, 1, 3)), mask) == 0.25
    assert iou_at_equal_area(np.array([[[0.0, 1.0, 0.5]]]), mask) == 1


def test_iou_of_as_many_cells_as_the_cue_is_large():
    assert iou_at_equal_area(peaked((1, 1, 1)), corner()) == 1
    assert iou_at_equal_area(peaked((0, 0, 0)), corner()) == 0
    two = np.zeros(SHAPE, bool)
    two[:2, :4] = True  # two cells; the map takes one of them and one of the others
    values = np.arange(8.0).reshape(GRID)
    values[0, 0, 0] = 9
    assert iou_at_equal_area(values, two) == pytest.approx(1 / 3)


def test_the_last_cell_counts_for_the_part_that_is_needed():
    mask = corner()
    mask[3] = False  # half of a cell: the map takes half of that cell, and half of this is on the cue
    assert iou_at_equal_area(peaked((1, 1, 1)), mask) == pytest.approx(0.25 / (1 - 0.25))
    assert np.isnan(iou_at_equal_area(peaked((1, 1, 1)), np.zeros(SHAPE, bool)))


def test_maps_that_know_nothing_score_what_is_said():
    rng = np.random.default_rng(0)
    mask = np.zeros((4, 16, 16), bool)
    mask[:, :8] = True
    scores = [iou_at_equal_area(rng.random((4, 8, 8)), mask) for _ in range(200)]
    assert np.mean(scores) == pytest.approx(0.5 / 1.5, abs=0.01)


def test_time_is_that_of_the_nearest_frame():
    times, shown = np.array([0.0, 0.1, 0.2]), np.array([False, True, False])
    assert [shown_at(time, times, shown) for time in (0.04, 0.06, 0.14, 0.16, 9.0)] == [False, True, True, False, False]


def test_what_each_level_loses_without_each_cue():
    before = np.array([5.0, 3.0])
    after = np.array([[1.0, 3.0], [4.5, 1.0], [6.0, 3.0]])  # without the first, the second, the third cue
    found = drops(before, after)
    assert found.tolist() == [[4, 0.5, -1], [0, 2, 0]]
    assert moved_most(found).tolist() == [0, 1]
    assert drops(before[None], after[None]).tolist() == [found.tolist()]


def test_what_moves_nothing_or_no_further_than_another_moves_nothing_most():
    assert moved_most(np.array([[0.0, 0.0], [-1.0, -2.0], [1.0, 1.0], [0.5, 1.0]])).tolist() == [-1, -1, -1, 1]


def test_a_control_has_the_same_values_elsewhere():
    values = np.array([[[0.2, 0.9], [0.5, 0.1]]])
    assert laid_out(values, np.array([3, 0, 1, 2])).tolist() == [[[0.5, 0.2], [0.1, 0.9]]]
    order = from_centre((1, 3, 3))
    assert order[0] == 4
    assert set(order[1:5]) == {1, 3, 5, 7}
    assert from_centre((2, 4, 4)).tolist()[:8] == [5, 6, 9, 10, 21, 22, 25, 26]


def test_an_offset_moves_what_cells_stand_for():
    """A grid of 2 cells over 4 frames and 8 pixels a side; half a cell further is one frame and two pixels."""
    half = (0.5, 0.5, 0.5)
    assert middle((0, 0, 0), GRID, SHAPE, half).tolist() == [2, 4, 4]
    assert middle((1, 1, 1), GRID, SHAPE, half).tolist() == [3, 7, 7]  # never behind the last
    mask = np.zeros(SHAPE, bool)
    mask[2, 4, 4] = True
    assert hits(np.array([[0, 0, 0], [1, 1, 1]]), GRID, mask, half).tolist() == [True, False]
    rows = cell_of((1, 1, 4), (1, 1, 8), (0, 0, 0.5))[0, 0]
    assert rows.tolist() == [0, 0, 0, 1, 1, 2, 2, 3]  # the first cell has what lies before it, too
    right = np.zeros((1, 1, 8), bool)
    right[..., 3:5] = True
    values = np.array([[[0.0, 1, 0, 0]]])
    assert energy_inside(values, right, (0, 0, 0.5)) == 1
    assert energy_inside(values, right) == 0.5
    assert iou_at_equal_area(values, right, (0, 0, 0.5)) == 1
