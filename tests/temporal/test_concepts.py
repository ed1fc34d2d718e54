"""Clusters: laws, and groups that are there."""

import pytest
import torch

from hprotopnet.temporal.concepts import aligned, cluster, nearest


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blobs(number: int = 6, each: int = 30, width: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Points around far centres, and which one each lies around."""
    centres = 10 * torch.eye(width)[:number]
    truth = torch.arange(number).repeat_interleave(each)
    return centres[truth] + 0.3 * torch.randn(len(truth), width, generator=generator()), truth


@pytest.mark.parametrize("seed", range(5))
def test_groups_that_lie_apart_are_found(seed):
    points, truth = blobs()
    own, far = nearest(points, cluster(points, 6, generator(seed)))
    assert len({(int(a), int(b)) for a, b in zip(own, truth, strict=True)}) == 6
    assert far.max() < 8


def test_centres_are_means_of_what_is_nearest_to_them():
    points = torch.randn(200, 3, generator=generator())
    centres = cluster(points, 7, generator())
    own, far = nearest(points, centres)
    for number in range(7):
        torch.testing.assert_close(centres[number], points[own == number].mean(0))
    torch.testing.assert_close(far, torch.cdist(points, centres).min(1).values.square(), atol=1e-5, rtol=1e-5)


def test_what_lies_close_together_far_out_is_told_apart():
    points, truth = blobs()
    own, far = nearest(points + 1e4, cluster(points + 1e4, 6, generator()))
    assert len({(int(a), int(b)) for a, b in zip(own, truth, strict=True)}) == 6
    assert far.max() < 8


def test_the_same_seed_draws_the_same_and_another_one_is_no_worse_by_much():
    points, _ = blobs(width=6)
    one, same, other = (cluster(points, 4, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_more_centres_than_points_are_no_trouble():
    points = torch.tensor([[0.0, 0.0], [0.0, 0.0], [5.0, 5.0]])
    centres = cluster(points, 6, generator())
    assert centres.shape == (6, 2)
    assert nearest(points, centres)[1].max() == 0


def test_a_concept_keeps_its_number():
    before = torch.randn(9, 4, generator=generator())
    order = torch.randperm(9, generator=generator(1))
    torch.testing.assert_close(aligned(before[order] + 0.01, before), before + 0.01)
