"""Laws of the Poincare disk."""

import numpy as np
import pytest

from hprotopnet.disk.poincare import along, centroid, circle, distance, geodesics, pairwise, translate


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    return np.tanh(rng.uniform(0, 3, 40)) * np.exp(2j * np.pi * rng.uniform(size=40))


def test_distance_from_the_centre_and_across():
    assert distance(0j, 0.5 + 0j) == pytest.approx(np.log(3))
    assert distance(-0.5 + 0j, 0.5j) == pytest.approx(2 * np.arctanh(abs((-0.5 - 0.5j) / (1 + 0.25j))))


def test_translation_keeps_distances_and_brings_the_focus_to_the_centre(points):
    moved = translate(points, points[3], np.exp(1j))
    assert abs(moved[3]) < 1e-12
    np.testing.assert_allclose(pairwise(moved), pairwise(points), rtol=1e-7, atol=1e-7)


def test_translation_and_its_inverse(points):
    focus, turn = 0.6 - 0.3j, np.exp(2j)
    back = translate(translate(points, focus, turn), -turn * focus, 1 / turn)
    np.testing.assert_allclose(back, points, atol=1e-9)


def test_two_translations_are_one_and_a_rotation(points):
    first, second = points[0], points[1]
    twice = translate(translate(points, first), translate(second, first))
    once = translate(points, second)
    rotation = twice[2] / once[2]
    assert abs(rotation) == pytest.approx(1)
    np.testing.assert_allclose(twice, rotation * once, atol=1e-9)


def test_translation_keeps_points_inside():
    rim = (1 - 1e-9) * np.exp(1j * np.linspace(0, 6, 50))
    assert (np.abs(translate(rim, 0.999 + 0j)) < 1).all()


def test_geodesics_have_equal_steps_that_add_up_and_a_gap_behind_each(points):
    edges = [(0, 1), (2, 3), (1, 4)]
    arcs = geodesics(points, edges, 17).reshape(3, 18)
    assert np.isnan(arcs[:, -1]).all()
    for (*arc, _), (p, q) in zip(arcs, edges, strict=True):
        assert arc[0] == pytest.approx(points[p])
        assert arc[-1] == pytest.approx(points[q])
        steps = distance(np.array(arc[1:]), np.array(arc[:-1]))
        np.testing.assert_allclose(steps, distance(points[p], points[q]) / 16, rtol=1e-6)


def test_geodesic_of_a_point_to_itself_stays(points):
    np.testing.assert_allclose(geodesics(points, [(5, 5)], 5)[:-1], points[5])


def test_no_edges_no_geodesics(points):
    assert geodesics(points, [], 9).shape == (0,)


def test_along_goes_the_given_length(points):
    between = along(points[0], points[1], 0.7)
    assert distance(points[0], between) == pytest.approx(0.7)
    assert distance(between, points[1]) == pytest.approx(distance(points[0], points[1]) - 0.7)


def test_circle_is_equally_far_from_its_centre():
    np.testing.assert_allclose(distance(circle(0.5 + 0.4j, 1.5), 0.5 + 0.4j), 1.5)


def test_the_centroid_of_one_point_is_that_point(points):
    np.testing.assert_allclose(centroid(points, np.eye(len(points))), points, atol=1e-9)


def test_the_centroid_of_two_points_is_halfway_on_the_geodesic(points):
    found = complex(centroid(points[:2], np.array([0.5, 0.5])))
    assert distance(found, points[0]) == pytest.approx(distance(points[0], points[1]) / 2)
    assert distance(found, points[1]) == pytest.approx(distance(points[0], points[1]) / 2)


def test_a_translation_takes_the_centroid_along(points):
    weights = np.random.default_rng(3).random(len(points))
    moved = translate(points, 0.3 - 0.2j)
    assert distance(centroid(moved, weights), translate(centroid(points, weights), 0.3 - 0.2j)) < 1e-6


def test_the_centroid_is_nearer_to_the_heavier_point(points):
    light, heavy = (distance(centroid(points[:2], np.array([0.2, 0.8])), own) for own in points[:2])
    assert heavy < light
