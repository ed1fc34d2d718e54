"""Masks drawn from grids, and what is asked of them, by hand."""

import math

import pytest
import torch

from hprotopnet.attribution import masks


@pytest.mark.parametrize("size", [(56, 56), (112, 64), (45, 80)], ids=str)
def test_a_grid_of_one_value_is_a_picture_of_that_value(size):
    step, spread = masks.step_for(*size), masks.spread_for(*size)
    for value in (0.0, 0.3, 1.0):
        grids = torch.full((2, 3, *masks.grid_size(*size, step)), value)
        drawn = masks.draw(grids, *size, step, spread)
        assert drawn.shape == (2, 3, *size)
        torch.testing.assert_close(drawn, torch.full_like(drawn, value), atol=1e-6, rtol=0)


def test_a_lone_cell_is_a_hill_as_high_and_as_wide_as_by_hand():
    grids = torch.zeros(1, 1, 9, 9)
    grids[0, 0, 4, 4] = 1
    drawn = masks.draw(grids, 63, 63, 7, 11.0)[0, 0]
    middle, wide = 4 * 7 + 3, masks.WIDTH * 11
    along = [math.exp(-20 * (7 * n / wide) ** 2) for n in range(-4, 5)]
    other = sum(along) ** 2 - 1  # of all cells but the one
    assert drawn[middle, middle] == drawn.max()
    assert drawn[middle, middle] == pytest.approx(math.log((math.exp(20) + other) / (1 + other)) / 20, abs=1e-5)
    assert drawn[middle, middle + 12] == pytest.approx(0.5, abs=0.01)  # as exp(-2 (12 / 11 - .5)^2)
    torch.testing.assert_close(drawn, drawn.T)
    torch.testing.assert_close(drawn, drawn.flip(1))


def test_cells_never_pull_against_each_other():
    grids = torch.rand(1, 1, 5, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    (slope,) = torch.autograd.grad(masks.draw(grids, 30, 42, 6, 9.0).sum(), grids)
    assert (slope >= 0).all()
    assert slope.sum() == pytest.approx(30 * 42, rel=1e-4)


def test_pictures_get_sixteen_cells_or_a_cell_every_seven_pixels():
    assert [masks.step_for(size, 300) for size in (8, 56, 64, 112, 160, 224)] == [1, 4, 4, 7, 7, 7]
    assert masks.grid_size(112, 160, 7) == (16, 23)


def test_the_area_term_of_four_pixels_by_hand():
    values = torch.tensor([[[[0.1, 0.9], [0.2, 0.6]]]])
    # Half of four pixels: .9 and .6 are to be 1, .1 and .2 are to be 0.
    by_hand = (0.1**2 + 0.4**2 + 0.1**2 + 0.2**2) / 4
    assert masks.area_term(values, torch.tensor([0.5]), True).item() == pytest.approx(by_hand)
    exact = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
    assert masks.area_term(exact, torch.tensor([0.5]), True).item() == 0


def test_values_that_tie_share_what_is_wanted():
    values = torch.full((1, 1, 2, 2), 0.5, requires_grad=True)
    term = masks.area_term(values, torch.tensor([0.25]), True)
    (slope,) = torch.autograd.grad(term.sum(), values)
    assert term.item() == pytest.approx((0.5 - 0.25) ** 2)
    assert slope.unique().tolist() == pytest.approx([2 * (0.5 - 0.25) / 4])


def test_the_area_is_that_of_all_frames_or_of_each():
    frames = torch.zeros(1, 2, 2, 2)
    frames[0, 0] = 1  # all of the first frame, nothing of the second
    assert masks.area_term(frames, torch.tensor([0.5]), True).item() == 0
    assert masks.area_term(frames, torch.tensor([0.5]), False).item() == pytest.approx(0.5**2)  # all tie in each
    assert masks.cut_to(frames, torch.tensor([0.5]), True).sum((2, 3)).tolist() == [[4, 0]]
    assert masks.cut_to(frames, torch.tensor([0.5]), False).sum((2, 3)).tolist() == [[2, 2]]


def test_each_mask_has_its_own_area_and_is_cut_to_exactly_it():
    drawn = torch.rand(3, 4, 9, 7, generator=torch.Generator().manual_seed(1))
    areas = torch.tensor([0.001, 0.1, 0.5])
    kept = masks.cut_to(drawn, areas, True)
    assert kept.sum((1, 2, 3)).tolist() == [1, 25, 126]
    assert (drawn[2][kept[2]].min() >= drawn[2][~kept[2]].max()).item()


def test_an_ellipsoid_by_hand_and_as_large_as_published():
    assert masks.ellipsoid(3, 3, 3).sum() == 7  # a cross: its middle and six neighbours
    assert masks.ellipsoid(1, 3, 3).sum() == 5
    assert masks.ellipsoid(7, 11, 11).sum() == 311
    assert masks.published_voxels(16, 11.0) == 443


def test_the_core_term_of_two_ellipsoids_by_hand():
    tiny = torch.zeros(1, 3, 3, 6)  # room for two of 3 x 3 x 3, side by side
    tiny[0, 1, 1, 1] = 1  # the middle of the first of them, a seventh of it
    whole = masks.ellipsoid(3, 3, 3) > 0
    assert masks.core_term(tiny, torch.tensor([0.1]), 3.0).item() == pytest.approx((1 - 1 / 7) ** 2 / 2)
    tiny[0, :, :, :3][whole] = 1
    assert masks.core_term(tiny, torch.tensor([0.1]), 3.0).item() == pytest.approx(0, abs=1e-12)
    # Half of 54 voxels are four of seven voxels by their own count, all that there is room for; by a count of 27, one.
    assert masks.core_term(tiny, torch.tensor([0.5]), 3.0).item() == pytest.approx(1 / 2)
    assert masks.core_term(tiny, torch.tensor([0.5]), 3.0, 27).item() == pytest.approx(0, abs=1e-12)
