"""Laws of the disk and of layouts on drawn points and trees."""

import cmath

import numpy as np
from drawn import disk_points, hierarchies
from hypothesis import given, settings
from hypothesis import strategies as st

from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.poincare import RIM, along, circle, distance, geodesics, translate
from hprotopnet.hierarchy.tree import Hierarchy

POINTS = disk_points(0.99)


@given(POINTS, POINTS, POINTS, st.floats(0, 6.28))
def test_looking_from_elsewhere_changes_no_distance(p: complex, q: complex, focus: complex, angle: float):
    moved = translate(np.array([p, q]), focus, cmath.exp(1j * angle))
    np.testing.assert_allclose(distance(*moved), distance(p, q), rtol=1e-6, atol=1e-6)


@given(POINTS, POINTS, st.floats(0, 6.28))
def test_a_translation_is_undone_by_its_inverse(p: complex, focus: complex, angle: float):
    turn = cmath.exp(1j * angle)
    back = translate(translate(p, focus, turn), -turn * focus, 1 / turn)
    np.testing.assert_allclose(back, p, atol=1e-9)


@given(POINTS, POINTS, st.floats(0, 1))
def test_on_the_way_the_two_parts_make_up_the_whole(p: complex, q: complex, share: float):
    whole = float(distance(p, q))
    middle = along(p, q, share * whole)
    np.testing.assert_allclose(
        [distance(p, middle), distance(middle, q)], [share * whole, (1 - share) * whole], atol=1e-6
    )


@given(POINTS, POINTS)
def test_a_geodesic_begins_and_ends_where_it_should_and_is_shortest(p: complex, q: complex):
    line = geodesics(np.array([p, q]), [(0, 1)], 9)[:-1]
    np.testing.assert_allclose(line[[0, -1]], [p, q], atol=1e-7)
    np.testing.assert_allclose(distance(line[:-1], line[1:]).sum(), distance(p, q), rtol=1e-6, atol=1e-6)


@given(disk_points(0.9), st.floats(0.01, 3))
def test_a_circle_is_equally_far_from_its_centre_everywhere(centre: complex, radius: float):
    np.testing.assert_allclose(distance(circle(centre, radius), centre), radius, rtol=1e-6)


@given(hierarchies())
def test_a_wedge_layout_has_every_node_on_the_disk_and_none_twice(tree: Hierarchy):
    base = wedge_layout(tree)
    assert (np.abs(base) < 1).all()
    leaves = base[: len(tree.classes)]
    assert len(np.unique(leaves.round(9))) == len(leaves)
    levels = np.array(tree.levels)
    np.testing.assert_allclose(distance(base, 0), distance(base[0], 0) * (tree.depth - levels) / tree.depth, rtol=1e-6)


@settings(deadline=None)
@given(hierarchies(), st.data())
def test_a_view_keeps_distances_and_shows_the_parent_where_the_layout_has_it(tree: Hierarchy, data):
    base = wedge_layout(tree)
    node = data.draw(st.integers(-1, len(tree.nodes) - 1))
    view = look_at(tree, base, node)
    seen = view.points
    assert (np.abs(seen) <= RIM).all()
    np.testing.assert_allclose(distance(seen[0], seen[-1]), distance(base[0], base[-1]), rtol=1e-5, atol=1e-5)
    if node >= 0 and tree.levels[node] > 0:
        assert abs(seen[node]) < 1e-9
