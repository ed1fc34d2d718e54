"""How faithful a picture is: by hand, at its best, and against other ways to draw the same points."""

import numpy as np
import pytest
from toys import uniform_tree

from hprotopnet.disk.fidelity import ball_geometry, best_scale, compare_layouts, figures
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import pairwise
from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import from_rows, load_hierarchy


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


def test_figures_of_a_perfect_picture(hierarchy, learned):
    found = figures(pairwise(learned), pairwise(learned) / 2.5, hierarchy)
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
    small = uniform_tree(2, 2, 1)
    _, distances, _ = ball_geometry(small, start_points(small, width=20))
    assert np.isnan(figures(distances, distances, small)["sibling_nearest"])


def test_best_scale_minimises_the_distortion():
    rng = np.random.default_rng(2)
    shown, truth = rng.uniform(1, 9, 200), rng.uniform(1, 4, 200)

    def distortion(scale):
        return np.abs(shown / scale - truth) @ (1 / truth)

    best = best_scale(shown, truth)
    assert distortion(best) <= min(distortion(s) for s in np.linspace(0.1, 9, 500)) + 1e-9
