"""Figures of maps: worked by hand, laws on drawn maps, and slow second versions of what others compute, too.

Quantus has figures of these names; it would bring 27 packages, two for drawing and one for cameras among them, so that
its definitions are written down here once more, place by place.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from hprotopnet.evaluation.attributions import (
    flicker,
    gini,
    highest,
    in_time,
    on_cells,
    order_of,
    over_pixels,
    overlap,
    peak_time,
    pointing,
    rank_correlation,
    top_overlap,
)
from hprotopnet.evaluation.evidence import cell_of, energy_inside, iou_at_equal_area

SHAPE = (3, 4, 4)
MASK = np.zeros(SHAPE, bool)
MASK[0, :2, :2] = MASK[1, 1:3, 1:3] = True  # 8 of 48 pixels, in two of three frames
CONSTANT = np.ones(SHAPE)


def drawn(seed: int, shape=SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def masks(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mask = rng.random(SHAPE) < rng.uniform(0.05, 0.95)
    mask.flat[rng.integers(mask.size)] = True
    return mask


seeds, scales = st.integers(0, 10_000), st.floats(1e-6, 1e6)


@pytest.mark.parametrize("figure", [pointing, overlap, energy_inside])
def test_a_perfect_map_scores_1_and_an_inverted_one_0(figure):
    assert figure(MASK.astype(float), MASK) == 1
    assert figure((~MASK).astype(float), MASK) == 0


def test_a_map_of_one_value_scores_what_chance_does():
    share = MASK.mean()
    assert pointing(CONSTANT, MASK) == pytest.approx(share)
    assert energy_inside(CONSTANT, MASK) == pytest.approx(share)
    assert overlap(CONSTANT, MASK) == pytest.approx(share / (2 - share))
    assert in_time(CONSTANT, MASK) == pytest.approx(2 / 3)
    assert gini(CONSTANT) == pytest.approx(0)
    assert flicker(CONSTANT) == 0


def test_a_peak_beside_the_cue_hits_within_its_tolerance_in_its_own_frame_alone():
    values = np.zeros(SHAPE)
    values[0, 3, 1] = 1  # two rows below
    assert [pointing(values, MASK, tolerance) for tolerance in (0, 1, 2)] == [0, 0, 1]
    values = np.zeros(SHAPE)
    values[2, 0, 0] = 1  # the cue is there in the frames before
    assert pointing(values, MASK, 10) == 0


def test_of_several_highest_places_the_share_on_the_cue_counts():
    values = np.zeros(SHAPE)
    values[0, 0, 0] = values[0, 0, 1] = values[2, 0, 0] = 7
    assert pointing(values, MASK) == pytest.approx(2 / 3)


def test_overlap_takes_as_much_of_equal_pixels_as_is_needed():
    values = np.zeros(SHAPE)
    values[0, :2, :2] = 5  # four of the eight; the other four are spread over 44, of which 4 show the cue
    both = 4 + 4 * 4 / 44
    assert overlap(values, MASK) == pytest.approx(both / (16 - both))
    assert np.isnan(overlap(values, np.zeros(SHAPE, bool)))


def test_the_highest_places_sum_to_their_share():
    np.testing.assert_allclose(highest(np.array([3.0, 1, 1, 0]), 0.5), [1, 0.5, 0.5, 0])
    np.testing.assert_allclose(highest(np.array([3.0, 1, 1, 0]), 0.3), [1, 0.1, 0.1, 0])
    assert highest(np.array([3.0, 1, 1, 0]), 1).sum() == 4


def test_frames_are_pointed_at_by_their_mass():
    values = np.zeros(SHAPE)
    values[0, 0, 0], values[2] = 5, 0.25  # the sharpest peak, and less of it than all of the last frame together
    values[2] += 0.1
    assert in_time(values, MASK) == 0
    assert peak_time(values, (0.0, 0.1, 0.2)) == 0.2
    values[1, 0, 0] = 99
    assert in_time(values, MASK) == 1
    assert np.isnan(in_time(values, np.ones(SHAPE, bool)))  # nothing could be missed
    assert np.isnan(in_time(values, np.zeros(SHAPE, bool)))
    assert peak_time(CONSTANT, (0.0, 0.1, 0.2)) == pytest.approx(0.1)


def test_the_index_of_gini_by_hand():
    assert gini(np.array([0.0, 0, 0, 1]).reshape(1, 2, 2)) == pytest.approx(0.75)
    assert gini(np.array([1.0, 3]).reshape(1, 1, 2)) == pytest.approx(0.25)
    assert np.isnan(gini(np.zeros(SHAPE)))


def test_flicker_is_change_against_the_mean():
    blinking = np.stack([np.full((2, 2), value) for value in (0.0, 2.0, 0.0)])
    assert flicker(blinking) == pytest.approx(2 / (2 / 3))
    assert np.isnan(flicker(blinking[:1]))
    assert np.isnan(flicker(blinking * 0))


def test_cells_have_the_mean_of_their_pixels_and_give_it_back():
    values = np.arange(16.0).reshape(1, 4, 4)
    cells = on_cells(values, (1, 2, 2))
    assert cells.ravel().tolist() == [2.5, 4.5, 10.5, 12.5]
    np.testing.assert_array_equal(on_cells(over_pixels(cells, (3, 4, 6)), (1, 2, 2)), cells)


@given(seeds, st.sampled_from([(0.0, 0, 0), (0.375, 0.46875, 0.46875)]))
def test_what_was_laid_over_a_clip_from_its_cells_comes_back(seed, offset):
    cells = drawn(seed, (2, 3, 3))
    laid = cells.ravel()[cell_of(cells.shape, (8, 24, 24), offset)]
    np.testing.assert_allclose(on_cells(laid, cells.shape, offset), cells)
    np.testing.assert_array_equal(over_pixels(cells, laid.shape, offset), laid)


@given(seeds, seeds, scales)
def test_no_figure_knows_the_scale_of_a_map(seed, other, scale):
    values, mask = np.round(drawn(seed), 1), masks(other)  # many are equal
    for figure in (pointing, overlap, energy_inside, in_time):
        np.testing.assert_allclose(figure(values * scale, mask), figure(values, mask), rtol=1e-9)
    for figure in (gini, flicker):
        np.testing.assert_allclose(figure(values * scale), figure(values), rtol=1e-9)


@given(seeds, seeds)
def test_figures_of_place_are_shares_and_see_no_order_of_places(seed, other):
    values, mask = np.round(drawn(seed), 1), masks(other)
    order = np.random.default_rng(seed).permutation(mask.size)
    for figure in (pointing, overlap, energy_inside):
        found = figure(values, mask)
        assert -1e-12 <= found <= 1 + 1e-12
        shuffled = figure(*(own.ravel()[order].reshape(SHAPE) for own in (values, mask)))
        assert shuffled == pytest.approx(found)


@given(seeds, seeds)
def test_slow_versions_say_the_same(seed, other):
    values, mask = np.round(drawn(seed), 2), masks(other)
    best = max(values.flat)
    peaks = [place for place in np.ndindex(SHAPE) if values[place] == best]
    assert pointing(values, mask) == pytest.approx(sum(mask[place] for place in peaks) / len(peaks))
    pairs = sum(abs(a - b) for a in values.flat for b in values.flat)  # the index as half the mean difference
    assert gini(values) == pytest.approx(pairs / (2 * values.size**2 * values.mean()))


@given(seeds, seeds)
def test_without_equal_values_overlap_is_that_of_evidence(seed, other):
    values, mask = drawn(seed), masks(other)
    assert overlap(values, mask) == pytest.approx(iou_at_equal_area(values, mask))


@given(seeds, seeds)
def test_maps_are_compared_by_ranks(seed, other):
    one, two = np.round(drawn(seed), 1), np.round(drawn(other), 1)
    assert rank_correlation(one, two) == pytest.approx(spearmanr(one.ravel(), two.ravel()).statistic)
    assert rank_correlation(one, np.exp(3 * one)) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert top_overlap(one, 3 * one) == pytest.approx(1)
    assert top_overlap(one, two) == pytest.approx(top_overlap(two, one))


def test_maps_of_one_value_agree_with_nothing():
    assert np.isnan(rank_correlation(CONSTANT, drawn(0)))
    assert np.isnan(top_overlap(drawn(0), CONSTANT))


def test_highest_places_overlap_by_hand():
    one, two = np.zeros(20), np.zeros(20)
    one[:2], two[1:3] = 1, 1
    assert top_overlap(one, two, 0.1) == pytest.approx(1 / 3)


def test_strong_cells_come_first_and_equal_ones_by_lot():
    cells = np.array([0.0, 3, 0, 5, 0, 0]).reshape(1, 2, 3)
    orders = [order_of(cells, np.random.default_rng(seed)).tolist() for seed in range(20)]
    assert all(order[:2] == [3, 1] and sorted(order) == list(range(6)) for order in orders)
    assert len({order[2] for order in orders}) == 4
