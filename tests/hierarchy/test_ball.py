"""Laws of the ball, with finite gradients."""

import math

import geoopt
import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from hprotopnet.hierarchy.ball import MAX_RADIUS, clip_tangent, distance, distances, exp0

CURVATURES = [0.0, 1e-3, 0.1, 1.0, 4.0]


def tangents(count: int, width: int = 5, length: float = 2.0, seed: int = 0) -> Tensor:
    """Vectors of lengths up to `length`."""
    generator = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(torch.randn(count, width, generator=generator, dtype=torch.float64))
    return directions * torch.rand(count, 1, generator=generator, dtype=torch.float64) * length


def mobius_add(x: Tensor, y: Tensor, c: float) -> Tensor:
    """Moebius addition of x and y, which moves 0 to x along the geodesic, as the literature has it."""
    xy, xx, yy = ((a * b).sum(dim=-1, keepdim=True) for a, b in ((x, y), (x, x), (y, y)))
    return ((1 + 2 * c * xy + c * yy) * x + (1 - c * xx) * y) / (1 + 2 * c * xy + c * c * xx * yy)


def inside(count: int, c: float, seed: int = 0) -> Tensor:
    return exp0(tangents(count, seed=seed), c)


@pytest.mark.parametrize("c", CURVATURES)
def test_exp0_has_the_length_of_tanh_and_keeps_the_direction(c: float):
    u = tangents(20)
    x = exp0(u, c)
    length = u.norm(dim=1)
    expected = torch.tanh(math.sqrt(c) * length) / math.sqrt(c) if c else length
    torch.testing.assert_close(x.norm(dim=1), expected)
    torch.testing.assert_close(torch.cosine_similarity(x, u), torch.ones(20, dtype=torch.float64))


@pytest.mark.parametrize("c", CURVATURES)
def test_at_the_origin_exp0_is_the_identity_to_first_order(c: float):
    zero = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    assert not exp0(zero, c).any()
    jacobian = torch.autograd.functional.jacobian(lambda u: exp0(u, c), zero)
    torch.testing.assert_close(jacobian, torch.eye(3, dtype=torch.float64))


@pytest.mark.parametrize("c", CURVATURES)
def test_moebius_addition_moves_without_stretching(c: float):
    x, y, z = (inside(20, c, seed) for seed in (1, 2, 3))
    torch.testing.assert_close(distance(mobius_add(z, x, c), mobius_add(z, y, c), c), distance(x, y, c))


@pytest.mark.parametrize("c", CURVATURES)
def test_distance_is_a_metric(c: float):
    x, y, z = (inside(200, c, seed) for seed in (1, 2, 3))
    torch.testing.assert_close(distance(x, y, c), distance(y, x, c), rtol=0, atol=0)
    assert not distance(x, x, c).any()
    assert (distance(x, y, c) > 0).all()
    assert (distance(x, z, c) <= distance(x, y, c) + distance(y, z, c) + 1e-12).all()


@pytest.mark.parametrize("c", CURVATURES)
def test_distance_from_the_origin_is_twice_the_tangent_length(c: float):
    u = tangents(20)
    torch.testing.assert_close(distance(exp0(u, c), torch.zeros_like(u), c), 2 * u.norm(dim=1))


@pytest.mark.parametrize("c", [0.1, 1.0, 4.0])
def test_distance_equals_the_forms_of_the_literature(c: float):
    x, y = inside(200, c, 1), inside(200, c, 2)
    root = math.sqrt(c)
    arctanh = 2 * torch.atanh(root * mobius_add(-x, y, c).norm(dim=1)) / root
    gaps = (1 - c * x.square().sum(1)) * (1 - c * y.square().sum(1))
    acosh = torch.acosh(1 + 2 * c * (x - y).square().sum(1) / gaps) / root
    ball = geoopt.PoincareBall(c=torch.tensor(c, dtype=torch.float64))
    for other in (arctanh, acosh, ball.dist(x, y)):
        torch.testing.assert_close(distance(x, y, c), other, rtol=0, atol=1e-9)


def test_distance_on_a_diameter_by_hand():
    x, y = torch.tensor([[0.5]], dtype=torch.float64), torch.tensor([[-0.8]], dtype=torch.float64)
    assert distance(x, torch.zeros_like(x), 1.0).item() == pytest.approx(math.log(3))
    assert distance(x, y, 1.0).item() == pytest.approx(math.log(3) + math.log(9))
    assert distance(x / 2, y / 2, 4.0).item() == pytest.approx((math.log(3) + math.log(9)) / 2)


def test_flat_space_is_the_limit_of_small_curvature():
    x, y = tangents(20, seed=1), tangents(20, seed=2)
    flat = 2 * (x - y).norm(dim=1)
    torch.testing.assert_close(distance(x, y, 0.0), flat)
    torch.testing.assert_close(distance(x, y, 1e-12), flat, rtol=1e-9, atol=0)


@pytest.mark.parametrize("c", CURVATURES)
def test_all_distances_at_once_equal_them_one_by_one(c: float):
    x, y = inside(7, c, 1), inside(4, c, 2)
    torch.testing.assert_close(distances(x, y, c), distance(x[:, None], y[None], c), rtol=1e-13, atol=0)
    assert distances(x, x, c).diagonal().max() < 1e-7


def test_a_row_never_depends_on_its_batch_mates():
    u, y = tangents(6, length=50.0), inside(4, 1.0)
    together = distances(exp0(clip_tangent(u, 1.0), 1.0), y, 1.0)
    for row in range(6):
        alone = distances(exp0(clip_tangent(u[row : row + 1], 1.0), 1.0), y, 1.0)
        assert torch.equal(together[row : row + 1], alone)


@pytest.mark.parametrize("c", [0.1, 1.0])
def test_values_and_gradients_are_finite_at_the_largest_radius_and_for_equal_points(c: float):
    u = (tangents(4) * 1e6).requires_grad_()
    x = exp0(clip_tangent(u, c), c)
    for value in (distances(x, x, c), distance(x, x.flip(0), c), distance(x, x.clone(), c)):
        (gradient,) = torch.autograd.grad(value.sum(), u, retain_graph=True)
        assert value.isfinite().all()
        assert gradient.isfinite().all()
    assert distance(x, -x, c).max().item() == pytest.approx(2 * MAX_RADIUS / math.sqrt(c), rel=1e-9)


def test_points_on_the_rim_itself_stay_finite():
    x = exp0(torch.tensor([[100.0, 0.0]]), 1.0)
    assert x.norm() == 1
    assert distance(x, -x, 1.0).isfinite().all()


@pytest.mark.parametrize("c", [0.1, 1.0])
def test_clipping_leaves_short_vectors_and_shortens_long_ones_keeping_the_gradient_of_the_direction(c: float):
    short = tangents(10, length=2.0)
    torch.testing.assert_close(clip_tangent(short, c), short, rtol=1e-15, atol=0)
    long = torch.tensor([[30.0, 40.0]], dtype=torch.float64, requires_grad=True)
    clipped = clip_tangent(long, c)
    radius = distance(exp0(clipped, c), torch.zeros_like(long), c).item() * math.sqrt(c)
    assert radius == pytest.approx(MAX_RADIUS, rel=1e-9)
    torch.testing.assert_close(torch.cosine_similarity(clipped, long), torch.ones(1, dtype=torch.float64))
    (gradient,) = torch.autograd.grad(clipped[0, 0], long)
    assert gradient[0].abs().max() > 1e-3
    assert (gradient @ long.T).abs().item() < 1e-12
    assert torch.equal(clip_tangent(long * 1e9, 0.0), long * 1e9)


def test_equal_radii_rank_like_the_cosine_and_unequal_radii_need_not():
    h = exp0(tangents(50, seed=1), 1.0)
    directions = torch.nn.functional.normalize(tangents(30, seed=2))
    nearest = distances(h, exp0(2 * directions, 1.0), 1.0).argmin(1)
    assert torch.equal(nearest, (h @ directions.T).argmax(1))
    unequal = exp0(torch.tensor([[2.0, 0.0], [0.3, 0.1]]), 1.0)
    clip = exp0(torch.tensor([[0.3, 0.0]]), 1.0)
    assert distances(clip, unequal, 1.0).argmin() == 1
    assert torch.cosine_similarity(clip, unequal).argmax() == 0


@pytest.mark.parametrize("c", [0.0, 0.1, 1.0])
def test_gradients_agree_with_finite_differences(c: float):
    x, y = inside(3, c, 1).requires_grad_(), inside(3, c, 2).requires_grad_()
    assert gradcheck(lambda a: exp0(a, c), x)
    for function in (distance, distances):
        assert gradcheck(lambda a, b, function=function: function(a, b, c), (x, y))


def test_everything_is_float64_whatever_comes_in_and_the_same_under_autocast():
    u, v = tangents(3, seed=1).float(), tangents(3, seed=2).float()

    def compute() -> list[Tensor]:
        x, y = exp0(clip_tangent(u, 1.0), 1.0), exp0(v, 1.0)
        return [x, distance(x, y, 1.0), distances(x, y, 1.0)]

    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = compute()
    for value, same in zip(compute(), mixed, strict=True):
        assert value.dtype == torch.float64
        assert torch.equal(value, same)
