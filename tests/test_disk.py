"""Layouts of a hierarchy, views of them, and figures of how faithful they are."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from hprotopnet.disk import (
    LEAF_REACH,
    LEAF_SHARE,
    _stress,
    ball_geometry,
    best_scale,
    compare_layouts,
    fidelity,
    figures,
    layout,
    leaf_radius,
    look_at,
    wedge_layout,
)
from hprotopnet.embedding import start_points
from hprotopnet.hierarchy import from_rows, load_hierarchy
from hprotopnet.poincare import along, distance, pairwise


def tree(tops, parents, leaves):
    """A uniform tree of three levels."""
    names = [(f"c{t}{p}{k}", f"p{t}{p}", f"g{t}") for t in range(tops) for p in range(parents) for k in range(leaves)]
    levels = ("class", "parent", "grandparent")
    return from_rows([dict(zip(levels, row, strict=True)) for row in names], levels, "toy")


@pytest.fixture(scope="module")
def hierarchy():
    return tree(3, 4, 4)


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
    angles = np.angle(wedge_layout(tree(1, 1, 4), plain=True)[:4], deg=True)
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
    small = tree(*shape)
    _, distances, radii = ball_geometry(small, start_points(small, width=20))
    assert (np.abs(layout(small, distances, radii)) < 1).all()


@pytest.mark.parametrize("name", ["ucf101", "activitynet"])
def test_learned_layout_beats_every_baseline_on_real_trees(name):
    real = load_hierarchy(name)
    rows = compare_layouts(real, start_points(real))
    learned, _ = rows.pop("learned"), rows.pop("taxonomy")
    assert len(rows) == 4
    assert learned["distortion"] < min(row["distortion"] for row in rows.values())
    assert learned["edge_map"] > max(row["edge_map"] for row in rows.values())


def test_learned_layout_shows_a_balanced_tree_as_well_as_the_ball(hierarchy, ball):
    # A plain wedge, which is drawn from the tree and not from the points, can find more edges here than either.
    rows = compare_layouts(hierarchy, start_points(hierarchy, width=80))
    learned, _ = rows.pop("learned"), rows.pop("taxonomy")
    assert learned["distortion"] < min(row["distortion"] for row in rows.values())
    assert learned["edge_map"] >= figures(ball[1], ball[1], hierarchy)["edge_map"]


def test_fidelity_of_a_perfect_picture(hierarchy, learned):
    found = fidelity(learned, pairwise(learned) / 2.5, hierarchy)
    assert found["distortion"] == pytest.approx(0, abs=1e-12)
    assert found["scale"] == pytest.approx(2.5)


def test_figures_by_hand():
    # Leaves a, b under p and c, d under q, on a line: a 0, b 1, p 3, c 4, q 6, d 7.
    rows = [{"class": leaf, "parent": parent} for leaf, parent in ("ap", "bp", "cq", "dq")]
    small = from_rows(rows, ("class", "parent"), "toy")
    at = dict(zip("abpcqd", (0, 1, 3, 4, 6, 7), strict=True))
    line = np.array([at[name] for name in small.nodes], dtype=float)
    shown = np.abs(line[:, None] - line[None, :])
    # Nearest first. a: b p -> 1/2. b: a p -> 1/2. c: p, then q -> 1/2. d: q -> 1.
    # p: c, b, a or q (both at 3, leaves come first) -> (1/2 + 2/3) / 2. q: d, c -> 1.
    found = figures(shown, shown, small)
    assert found["edge_map"] == pytest.approx((0.5 + 0.5 + 0.5 + 1 + (1 / 2 + 2 / 3) / 2 + 1) / 6)
    # a and b are each other's nearest leaf, c's is b or d (both at 3, b first), d's is c.
    assert found["sibling_nearest"] == 0.75


def test_sibling_nearest_is_undefined_without_siblings():
    small = tree(2, 2, 1)
    _, distances, _ = ball_geometry(small, start_points(small, width=20))
    assert np.isnan(figures(distances, distances, small)["sibling_nearest"])


def test_best_scale_minimises_the_distortion():
    rng = np.random.default_rng(2)
    shown, truth = rng.uniform(1, 9, 200), rng.uniform(1, 4, 200)

    def distortion(scale):
        return np.abs(shown / scale - truth) @ (1 / truth)

    best = best_scale(shown, truth)
    assert distortion(best) <= min(distortion(s) for s in np.linspace(0.1, 9, 500)) + 1e-9


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
