"""Layouts of a hierarchy and views of them."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from toys import uniform_tree

from hprotopnet.disk.fidelity import ball_geometry
from hprotopnet.disk.layouts import LEAF_REACH, LEAF_SHARE, _stress, layout, leaf_radius, look_at, wedge_layout
from hprotopnet.disk.poincare import along, distance
from hprotopnet.hierarchy.points import start_points


@pytest.fixture(scope="module")
def hierarchy():
    return uniform_tree(3, 4, 4)


@pytest.fixture(scope="module")
def ball(hierarchy):
    return ball_geometry(hierarchy, start_points(hierarchy, width=80))


@pytest.fixture(scope="module")
def learned(hierarchy, ball):
    _, distances, radii = ball
    return layout(hierarchy, distances, radii)


def test_wedge_layout_has_a_radius_for_every_level(hierarchy):
    depth = 3 - np.array(hierarchy.levels)
    np.testing.assert_allclose(distance(wedge_layout(hierarchy, 1.5), 0), 1.5 * depth)


def test_wedge_layout_starts_at_noon_and_goes_clockwise():
    angles = np.angle(wedge_layout(uniform_tree(1, 1, 4), plain=True)[:4], deg=True)
    np.testing.assert_allclose(angles % 360, [90, 0, 270, 180])


def test_wedge_layout_sets_families_apart(hierarchy):
    z = wedge_layout(hierarchy)
    siblings, cousins, strangers = distance(z[0], z[1]), distance(z[3], z[4]), distance(z[15], z[16])
    assert siblings < cousins < strangers


def test_gradient_of_the_stress():
    rng = np.random.default_rng(1)
    radius, angle, target = rng.uniform(1, 4, 12), rng.uniform(0, 6, 12), rng.uniform(1, 5, (12, 12))
    target += target.T
    error = check_grad(
        lambda x: _stress(x[:12], x[12:], target, target[0])[0],
        lambda x: np.concatenate(_stress(x[:12], x[12:], target, target[0])[1:]),
        np.concatenate([radius, angle]),
    )
    assert error < 1e-3


def test_layout_is_deterministic_inside_the_disk_and_orders_levels(hierarchy, ball, learned):
    _, distances, radii = ball
    np.testing.assert_array_equal(learned, layout(hierarchy, distances, radii))
    reach, levels = distance(learned, 0), np.array(hierarchy.levels)
    assert (np.abs(learned) < 1).all()
    assert reach[levels == 2].max() < reach[levels == 1].min()
    assert reach[levels == 1].max() < reach[levels == 0].min()
    assert reach[levels == 0].mean() == pytest.approx(leaf_radius(hierarchy), rel=0.1)


def test_layout_does_not_depend_on_the_unit_of_distances(hierarchy, ball, learned):
    _, distances, radii = ball
    np.testing.assert_allclose(layout(hierarchy, 3 * distances, 3 * radii), learned, atol=1e-3)


def test_layout_keeps_leaves_of_a_parent_together(hierarchy, learned):
    clockwise = np.argsort((np.pi / 2 - np.angle(learned[: len(hierarchy.classes)]) + 1e-9) % (2 * np.pi))
    parents = hierarchy.lineage[clockwise, 1]
    assert (parents != np.roll(parents, 1)).sum() == len(hierarchy.at_level(1))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 3), (1, 3, 1), (2, 1, 2)])
def test_layout_of_degenerate_trees(shape):
    small = uniform_tree(*shape)
    _, distances, radii = ball_geometry(small, start_points(small, width=20))
    assert (np.abs(layout(small, distances, radii)) < 1).all()


def test_view_of_the_root_is_the_layout(hierarchy, learned):
    np.testing.assert_array_equal(look_at(hierarchy, learned, -1).points, learned)


def test_view_brings_an_inner_node_to_the_centre(hierarchy, learned):
    for node in (*hierarchy.at_level(1), *hierarchy.at_level(2)):
        assert abs(look_at(hierarchy, learned, node).points[node]) < 1e-9


@pytest.mark.parametrize("tau", [0.8, 1.2, 4.0])
def test_view_of_a_leaf_stops_short_of_it(hierarchy, tau):
    base = wedge_layout(hierarchy, tau)
    parent = hierarchy.parents[5]
    length = distance(base[parent], base[5])
    reach = min(LEAF_SHARE * length, LEAF_REACH)
    view = look_at(hierarchy, base, 5)
    assert view.focus == pytest.approx(along(base[parent], base[5], reach))
    assert distance(view.points[5], 0) == pytest.approx(length - reach)
    assert abs(view.points[parent]) < 0.5


def test_view_keeps_the_direction_of_the_parent(hierarchy, learned):
    for node in (2, hierarchy.at_level(1)[3]):
        view, parent = look_at(hierarchy, learned, node), hierarchy.parents[node]
        wanted, seen = learned[parent] - learned[node], view.points[parent]
        assert np.angle(seen / wanted) == pytest.approx(0, abs=1e-9)
