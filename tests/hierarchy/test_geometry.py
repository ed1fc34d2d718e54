"""Distances without torch are those with it, in every curvature."""

import numpy as np
import pytest
import torch

from hprotopnet.hierarchy import ball
from hprotopnet.hierarchy.geometry import distances, geometry
from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import load_hierarchy


@pytest.mark.parametrize("c", [2.5, 1.0, 1e-6, 0.0])
def test_distances_equal_those_of_the_ball(c):
    tree = load_hierarchy("pantomime")
    points = start_points(tree, 60, curvature=c).points
    apart, radii = geometry(points.numpy(), c)
    np.testing.assert_allclose(apart, ball.distances(points, points, c), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(radii, ball.distances(points, torch.zeros_like(points[:1]), c)[:, 0], rtol=1e-12)
    assert np.ptp(radii[: len(tree.classes)]) < 1e-9


def test_distances_on_a_diameter_by_hand():
    x, y = np.array([[0.5]]), np.array([[-0.8], [0.5]])
    np.testing.assert_allclose(distances(x, y, 1.0), [[np.log(3) + np.log(9), 0]])
    np.testing.assert_allclose(distances(x, y, 0.0), [[2.6, 0]])
