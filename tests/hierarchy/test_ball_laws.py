"""Laws of the ball on drawn vectors: every curvature, near the rim and at the origin."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from hprotopnet.hierarchy.ball import MAX_RADIUS, clip_tangent, distance, distances, exp0

CURVATURES = st.sampled_from([0.0, 1e-3, 0.1, 1.0, 4.0])
VECTORS = st.lists(st.floats(-3, 3), min_size=4, max_size=4).map(lambda row: torch.tensor(row, dtype=torch.float64))


@given(VECTORS, CURVATURES)
def test_a_tangent_vector_is_half_as_long_as_the_way_it_leads(u: Tensor, c: float):
    u = clip_tangent(u, c)
    point = exp0(u, c)
    torch.testing.assert_close(distance(torch.zeros_like(u), point, c), 2 * u.norm(), rtol=1e-5, atol=1e-9)
    torch.testing.assert_close(point * u.norm(), u * point.norm())


@given(VECTORS, CURVATURES)
def test_a_clip_is_never_farther_out_than_the_bound(u: Tensor, c: float):
    far = distance(torch.zeros(4, dtype=torch.float64), exp0(clip_tangent(1e3 * u, c), c), c)
    assert c == 0 or float(far) * c**0.5 <= MAX_RADIUS + 1e-4


@given(VECTORS, VECTORS, VECTORS, CURVATURES)
def test_distance_is_a_metric(u: Tensor, v: Tensor, w: Tensor, c: float):
    x, y, z = (exp0(clip_tangent(vector / 2, c), c) for vector in (u, v, w))
    assert float(distance(x, x, c)) == 0
    assert float(distance(x, y, c)) == float(distance(y, x, c))
    assert float(distance(x, z, c)) <= (float(distance(x, y, c)) + float(distance(y, z, c))) * (1 + 1e-6) + 1e-9


@given(st.lists(VECTORS, min_size=1, max_size=4), CURVATURES)
def test_all_distances_at_once_are_those_one_by_one(vectors: list[Tensor], c: float):
    x = torch.stack([exp0(clip_tangent(vector, c), c) for vector in vectors])
    torch.testing.assert_close(distances(x, x, c), distance(x[:, None], x[None, :], c), rtol=1e-9, atol=1e-9)


@given(VECTORS, CURVATURES)
def test_gradients_are_finite_everywhere(u: Tensor, c: float):
    u = (2 * u).requires_grad_()
    point = exp0(clip_tangent(u, c), c)
    (distance(point, torch.zeros(4, dtype=torch.float64), c) + distance(point, point.detach(), c)).backward()
    assert torch.isfinite(u.grad).all()
