"""A clip with some of it taken away."""

import pytest
import torch

from hprotopnet.attribution.pyramid import LEVELS, blurred, perturb, pyramid


@pytest.fixture
def clip():
    return torch.randn(3, 2, 20, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["blur", "fade"])
def test_all_kept_is_the_clip_and_nothing_kept_the_lowest_level(clip, kind):
    levels = pyramid(clip, kind)
    assert len(levels) == {"blur": LEVELS, "fade": 2}[kind]
    everything, nothing = torch.ones(1, 2, 20, 28), torch.zeros(1, 2, 20, 28)
    assert torch.equal(perturb(levels, everything)[0], clip)
    assert torch.equal(perturb(levels, nothing)[0], levels[0])
    assert levels[0].std() < clip.std() / 2


def test_half_way_between_two_levels_is_their_mean(clip):
    levels = pyramid(clip)
    drawn = perturb(levels, torch.full((1, 2, 20, 28), 2.5 / (LEVELS - 1)))
    torch.testing.assert_close(drawn[0], (levels[2] + levels[3]) / 2, atol=1e-5, rtol=0)


def test_fading_multiplies(clip):
    mask = torch.rand(1, 2, 20, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(perturb(pyramid(clip, "fade"), mask)[0], clip * mask[0])


def test_the_slope_is_that_of_small_changes(clip):
    levels = pyramid(clip.double())
    mask = torch.full((1, 2, 20, 28), 0.4, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(perturb(levels, mask).square().sum(), mask)
    more = (perturb(levels, mask + 1e-6).square().sum() - perturb(levels, mask - 1e-6).square().sum()) / 2e-6
    assert slope.sum().item() == pytest.approx(more.item(), rel=1e-4)


def test_blur_keeps_what_is_even_and_spreads_what_is_not():
    assert torch.allclose(blurred(torch.full((2, 9, 12), 0.7), 3.0), torch.tensor(0.7))
    spot = torch.zeros(41, 41, dtype=torch.float64)
    spot[20, 20] = 1
    spread = blurred(spot, 3.0)
    away = (torch.arange(41) - 20.0).double()
    assert (spread.sum(0) * away.square()).sum().sqrt().item() == pytest.approx(3, abs=0.01)
