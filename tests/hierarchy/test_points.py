"""Class points: hand-worked figures, the trees that ship, trees nobody has seen, and the file."""

import math
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import damaged

from hprotopnet.errors import InputError
from hprotopnet.hierarchy import points as embedding
from hprotopnet.hierarchy.ball import distance, distances
from hprotopnet.hierarchy.points import METHODS, ClassPoints, embed, figures, load_class_points, refine, start_points
from hprotopnet.hierarchy.tree import Hierarchy, from_rows, load_hierarchy

LEVELS = ("class", "parent", "grandparent", "fourth", "fifth", "sixth", "seventh", "eighth")


def tree(*paths: str) -> Hierarchy:
    """A tree from paths like 'leaf<parent<grandparent'."""
    rows = [dict(zip(LEVELS, path.split("<"), strict=False)) for path in paths]
    return from_rows(rows, LEVELS[: len(rows[0])], "toy")


def random_tree(depth: int, leaves: int, seed: int) -> Hierarchy:
    """Skewed sizes, single children now and then."""
    chance = random.Random(seed)
    paths = [f"c{leaf}" for leaf in range(leaves)]
    tails = list(range(leaves))
    for level in range(1, depth):
        count = max(2, round(leaves ** (1 - level / depth)))
        weights = [1 / (rank + 1) for rank in range(count)]
        above = {tail: chance.choices(range(count), weights)[0] for tail in sorted(set(tails))}
        tails = [above[tail] for tail in tails]
        paths = [f"{path}<n{level}.{tail}" for path, tail in zip(paths, tails, strict=True)]
    return tree(*paths)


FULL = [f"c{p}{q}{r}<p{p}{q}<g{p}" for p in range(2) for q in range(2) for r in range(2)]


@pytest.fixture(scope="module")
def ucf() -> Hierarchy:
    return load_hierarchy("ucf101")


@pytest.fixture(scope="module")
def embedded(ucf: Hierarchy) -> tuple[ClassPoints, dict]:
    return embed(ucf)


# Figures, worked by hand in flat space, where a distance is twice the difference.


def on_a_line(hierarchy: Hierarchy, **places: float) -> ClassPoints:
    points = torch.tensor([[places[name]] for name in hierarchy.nodes], dtype=torch.float64)
    return ClassPoints(hierarchy.nodes, hierarchy.levels, points, 0.0)


def test_figures_by_hand():
    # On the line: a=0, A=1, G=3, b=4, c=-6, B=9, d=10, H=12, D=30.
    hierarchy = tree("a<A<G", "b<A<G", "c<B<G", "d<D<H")
    found = figures(on_a_line(hierarchy, a=0, A=1, G=3, b=4, c=-6, B=9, d=10, H=12, D=30), hierarchy)
    # Rank of the parent: a 1; b (from 4: G 1, A 3) 2; c (from -6: a, A, G, b, then B) 5; d (from 10: B 1, H 2, b 6,
    # G 7, A 9, a 10, c 16, D 20) 8; A (a 1, G 2) 2; B (d 1, H 3, b 5, G 6) 4; D (H 18) 1.
    ranks = [1, 2, 5, 8, 2, 4, 1]
    assert found["parent_edge_mean_rank"] == pytest.approx(sum(ranks) / 7)
    assert found["parent_edge_map"] == pytest.approx(sum(1 / rank for rank in ranks) / 7)
    # Ancestors: a {A 1, G 2}; b {G 1, A 2}; c {G 3, B 5}; d {H 2, D 8}; the rest as above.
    precisions = [1, 1, (1 / 3 + 2 / 5) / 2, (1 / 2 + 2 / 8) / 2, 1 / 2, 1 / 4, 1]
    assert found["closure_map"] == pytest.approx(sum(precisions) / 7)
    assert found["leaf_to_parent_top1"] == 2 / 4  # c is nearer to A, d to B
    assert found["leaf_to_grandparent_top1"] == 1
    assert found["mean_distance"] == {"sibling": 8, "cousin": (12 + 20) / 2, "unrelated": (20 + 12 + 32) / 3}
    assert found["leaf_radius_spread"] == 20
    assert found["curvature"] == 0


def test_ties_count_against():
    hierarchy = tree("a<A", "b<B")
    found = figures(on_a_line(hierarchy, a=0, A=0, b=0, B=0), hierarchy)
    assert found["parent_edge_mean_rank"] == 3
    assert found["leaf_to_parent_top1"] == 0


def test_what_a_tree_does_not_have_is_none():
    flat = figures(start_points(tree("a<A", "b<B"), 8), tree("a<A", "b<B"))
    assert flat["leaf_to_grandparent_top1"] is None
    assert flat["mean_distance"]["sibling"] is None
    assert flat["mean_distance"]["unrelated"] is None
    alone = tree("a<A<G")
    assert figures(start_points(alone, 8), alone)["parent_edge_mean_rank"] == 1
    points, report = embed(tree("a", "b"), 4)
    assert report["variants"]["refined"]["parent_edge_map"] is None
    assert points.points.isfinite().all()


# The closed form.


def test_closed_form_has_the_distances_worked_out_on_paper():
    hierarchy = tree(*FULL)
    points = start_points(hierarchy, 20)
    at = dict(zip(points.names, points.points, strict=True))

    for other, expected in {"p00": 3.46, "g0": 3.81, "c001": 5.84, "c010": 6.85, "c100": 7.31}.items():
        assert round(distance(at["c000"], at[other], 1.0).item(), 2) == expected
    cosines = torch.cosine_similarity(points.points[:1], points.points[[1, 2, 4]])
    torch.testing.assert_close(cosines, torch.tensor([0.77, 0.37, 0.0], dtype=torch.float64))
    radii = distances(points.points, torch.zeros(1, 20), 1.0)[:, 0]
    expected = torch.tensor([4.0, 2.0, 1.0], dtype=torch.float64)[list(hierarchy.levels)]
    torch.testing.assert_close(radii, expected)


@pytest.mark.parametrize("depth", range(2, 9))
def test_closed_form_shows_any_depth(depth: int):
    # Two topmost nodes, each splitting once more at every level: all kinds of pairs occur.
    sides = [(side, split) for side in "ab" for split in range(1, depth + 1)]
    names = [[f"{side}{min(split, level)}.{level}" for level in range(depth, 0, -1)] for side, split in sides]
    hierarchy = tree(*("<".join(path) for path in names))
    found = figures(start_points(hierarchy, 100), hierarchy)
    assert found["parent_edge_mean_rank"] == 1
    assert found["leaf_to_parent_top1"] == 1
    assert found["leaf_to_grandparent_top1"] in (1, None)
    assert found["leaf_radius_spread"] < 1e-9
    steps = [mean for mean in found["mean_distance"].values() if mean is not None]
    assert all(far > 1.05 * near for near, far in pairwise(steps))


def test_radii_and_curvature_can_be_chosen():
    hierarchy = tree(*FULL)
    expected = torch.tensor([5.0, 3.0, 2.0], dtype=torch.float64)[list(hierarchy.levels)]
    for c in (0.0, 0.1, 2.0):
        points = start_points(hierarchy, 20, curvature=c, radii=(5, 3, 2)).points
        torch.testing.assert_close(distances(points, torch.zeros(1, 20), c)[:, 0], expected)


def test_order_of_the_file_changes_no_distance(ucf: Hierarchy):
    rows = ucf.to_dict()["rows"]
    random.Random(3).shuffle(rows)
    other = from_rows(rows, ucf.level_names, "shuffled")
    found = [start_points(tree).points_for(ucf) for tree in (ucf, other)]
    torch.testing.assert_close(distances(found[0], found[0], 1.0), distances(found[1], found[1], 1.0))


# Refinement.


def test_ucf101_meets_every_target(embedded: tuple[ClassPoints, dict]):
    points, report = embedded
    assert report["kept"] == "refined"
    assert points.points.shape == (126, 300)
    shares = ("parent_edge_map", "closure_map", "leaf_to_parent_top1", "leaf_to_grandparent_top1")
    for method in METHODS:
        found = report["variants"][method]
        assert found["parent_edge_mean_rank"] == 1
        assert [found[share] for share in shares] == [1, 1, 1, 1]
        assert found["leaf_radius_spread"] < 0.01
        near, middle, far = found["mean_distance"].values()
        assert middle > 1.05 * near
        assert far > 1.05 * middle
        assert (found["curvature"], found["seconds"] > 0) == (1, True)


def test_activitynet_leaves_find_their_parents_and_grandparents():
    hierarchy = load_hierarchy("activitynet")
    start = start_points(hierarchy, 16)
    assert figures(start, hierarchy)["leaf_to_grandparent_top1"] < 1
    found = figures(refine(start, hierarchy), hierarchy)
    assert found["leaf_to_parent_top1"] == 1
    assert found["leaf_to_grandparent_top1"] == 1
    assert found["parent_edge_mean_rank"] == 1


@pytest.mark.parametrize(("depth", "leaves"), [(2, 60), (3, 80), (4, 80), (5, 80)])
def test_refinement_repairs_unseen_trees_with_more_nodes_than_dimensions(depth: int, leaves: int):
    hierarchy = random_tree(depth, leaves, seed=depth)
    assert len(hierarchy.nodes) > 4 * 12
    before, after = embed(hierarchy, width=12)[1]["variants"].values()
    assert after["parent_edge_mean_rank"] == 1
    assert after["leaf_to_parent_top1"] == 1
    assert after["closure_map"] >= before["closure_map"]
    assert after["leaf_radius_spread"] < 1e-9
    near, middle, *_ = (mean for mean in after["mean_distance"].values() if mean is not None)
    assert middle > 1.05 * near


def test_too_few_dimensions_show_in_the_figures(ucf: Hierarchy):
    found = embed(ucf, width=2)[1]["variants"]["refined"]
    assert found["parent_edge_map"] < 0.5
    assert found["leaf_to_parent_top1"] < 0.5


def test_the_objective_is_the_hand_softmax_and_orthogonal_directions_are_separated():
    hierarchy = tree("a<A", "b<A", "c<B")
    start = start_points(hierarchy, 10)
    away = distances(start.points, start.points, 1.0) / 0.5
    expected = 0.0
    for node in range(3):
        parent = hierarchy.parents[node]
        rest = sum(math.exp(-away[node, other].item()) for other in range(5) if other != node)
        expected += (away[node, parent].item() + math.log(rest)) / 3
    edges, both = (embedding._objective(hierarchy, 1.0, separation, 0.5) for separation in (0.0, 1.0))
    assert edges(start.points).item() == pytest.approx(expected)
    assert both(start.points).item() == pytest.approx(expected)
    crowded = torch.cat([start.points[:1], start.points[:1], start.points[2:]])
    # b now lies on a. Of the four kinds of pairs (itself, siblings, leaf and parent, strangers) only siblings err,
    # whose cosine should be halfway between .77 and .37.
    assert (both(crowded) - edges(crowded)).item() == pytest.approx((1 - 0.57) ** 2 / 4)


def test_refinement_repeats_and_leaves_the_callers_state_alone():
    hierarchy = tree(*FULL)
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    one, same, other = (embed(hierarchy, 6, seed=seed)[0].points for seed in (4, 4, 5))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_the_method_asked_for_is_the_one_returned():
    hierarchy = tree(*FULL)
    points, report = embed(hierarchy, 6, method="closed-form")
    assert report["kept"] == "closed-form"
    assert torch.equal(points.points, start_points(hierarchy, 6).points)
    assert list(report["variants"]) == list(METHODS)
    for bad in ({"method": "magic"}, {"width": 0}, {"curvature": -1.0}, {"curvature": math.nan}):
        with pytest.raises(InputError, match="closed-form, refined"):
            embed(hierarchy, **bad)


# Names and files.


def test_points_join_by_name(embedded: tuple[ClassPoints, dict], ucf: Hierarchy):
    points, _ = embedded
    small = ucf.restrict(["YoYo", "Archery", "Rafting"])
    joined = points.points_for(small)
    for node, name in enumerate(small.nodes):
        assert torch.equal(joined[node], points.points[points.names.index(name)])


def test_missing_points_are_named():
    points = start_points(tree("a<A", "b<B"), 8)
    with pytest.raises(InputError, match="no class point for 'c'; embed"):
        points.points_for(tree("a<A", "c<B"))
    with pytest.raises(InputError, match="'a', 'b'"):
        points.points_for(tree("A<a", "B<b"))  # another level is another node
    with pytest.raises(InputError, match="'x4' and 4 more"):
        points.points_for(tree(*(f"x{i}<A" for i in range(9))))


def test_round_trip(tmp_path: Path, embedded: tuple[ClassPoints, dict]):
    points = embedded[0]
    points.save(tmp_path / "deep" / "points.npz")
    loaded = load_class_points(tmp_path / "deep" / "points.npz", curvature=1.0)
    assert torch.equal(loaded.points, points.points)
    assert (loaded.names, loaded.levels, loaded.curvature) == (points.names, points.levels, 1.0)
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["points.npz"]


def test_another_curvature_is_refused(tmp_path: Path):
    start_points(tree("a<A", "b<B"), 8, curvature=0.1).save(tmp_path / "points.npz")
    assert load_class_points(tmp_path / "points.npz").curvature == 0.1
    with pytest.raises(InputError, match=r"points.npz: made for curvature 0.1, not 1; embed"):
        load_class_points(tmp_path / "points.npz", curvature=1.0)


def test_files_that_are_no_class_points_are_refused(tmp_path: Path):
    good = {"names": np.array(["a", "b"]), "levels": np.array([0, 0]), "points": np.eye(2) / 2, "curvature": 1.0}
    bad = {
        "missing": {key: good[key] for key in ("names", "levels", "points")},
        "outside": good | {"points": np.eye(2)},
        "nan": good | {"points": np.full((2, 2), np.nan)},
        "twins": good | {"names": np.array(["a", "a"])},
        "few": good | {"names": np.array(["a"])},
        "levels": good | {"levels": np.array([0])},
        "single": good | {"points": np.eye(2, dtype=np.float32) / 2},
        "vector": good | {"points": np.ones(2) / 2},
        "curved": good | {"curvature": -1.0},
        "list": good | {"curvature": np.ones(2)},
        "halves": good | {"levels": np.array([0.5, 0.0])},
        "nan levels": good | {"levels": np.array([np.nan, 0])},
        "rows of names": good | {"names": np.array([["a"], ["b"]])},
        "numbers": good | {"names": np.array([1, 2])},
        "no width": good | {"points": np.zeros((2, 0))},
        "flat nan": good | {"points": np.full((2, 2), np.nan), "curvature": 0.0},
        "nan curvature": good | {"curvature": np.nan},
        "pickle": good | {"names": np.array(["a", "b"], dtype=object)},
    }
    np.savez(tmp_path / "good.npz", **good)
    assert load_class_points(tmp_path / "good.npz").names == ("a", "b")
    for name, content in bad.items():
        np.savez(tmp_path / f"{name}.npz", **content)
        with pytest.raises(InputError, match=rf"{name}.npz: not a file of class points .*; embed the hierarchy again"):
            load_class_points(tmp_path / f"{name}.npz")
    np.save(tmp_path / "array.npy", np.eye(2))
    whole, array = (tmp_path / "good.npz").read_bytes(), (tmp_path / "array.npy").read_bytes()
    for content in (b"", b"class,parent\n", whole[:200], array):
        (tmp_path / "odd.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"odd.npz: not a file of class points"):
            load_class_points(tmp_path / "odd.npz")
    for content in damaged(tmp_path / "packed.npz", **good):
        (tmp_path / "odd.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"odd.npz: (not a file of class points|cannot be read)"):
            load_class_points(tmp_path / "odd.npz")
    with pytest.raises(InputError, match=r"absent.npz: there is no such file"):
        load_class_points(tmp_path / "absent.npz")
