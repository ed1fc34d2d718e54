"""Laws of trees and of their files, on drawn ones."""

import csv
import io
from string import ascii_letters, digits

import numpy as np
import pytest
from drawn import hierarchies, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy, load_hierarchy, match_names

FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@given(hierarchies())
def test_every_node_covers_what_its_children_cover(tree: Hierarchy):
    for node in range(len(tree.nodes)):
        children = tree.children(node)
        below = set().union(*(tree.leaves_under(child) for child in children)) if children else {node}
        assert set(tree.leaves_under(node)) == below
    assert set().union(*(tree.leaves_under(top) for top in tree.children(-1))) == set(range(len(tree.classes)))


@given(hierarchies())
def test_a_leaf_has_one_ancestor_a_level_and_lies_under_each(tree: Hierarchy):
    for leaf, path in enumerate(tree.lineage.tolist()):
        assert list(tree.ancestors(leaf)) == path
        assert [tree.levels[node] for node in path] == list(range(tree.depth))
        assert tree.covers[path, leaf].all()
        assert tree.covers[:, leaf].sum() == tree.depth


@given(hierarchies())
def test_heights_of_common_ancestors_are_an_ultrametric(tree: Hierarchy):
    heights = tree.leaf_heights
    assert (heights == heights.T).all()
    assert (np.diag(heights) == 0).all()
    assert (heights[:, None, :] <= np.maximum(heights[:, :, None], heights[None, :, :])).all()


@given(hierarchies())
def test_plain_data_and_back_is_the_same_tree(tree: Hierarchy):
    assert Hierarchy.from_dict(tree.to_dict()) == tree


@FILES
@given(tree=hierarchies())
def test_a_tree_written_as_csv_is_read_as_it_was(tree: Hierarchy, tmp_path):
    rows, file = tree.to_dict()["rows"], io.StringIO(newline="")
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "tree.csv").write_bytes(file.getvalue().encode())
    assert load_hierarchy(tmp_path / "tree.csv") == tree


@FILES
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_other_file_is_refused_in_one_line_that_names_it(content: bytes, tmp_path):
    path = tmp_path / "tree.csv"
    path.write_bytes(b"class,parent\n" + content)
    said = refused(lambda: load_hierarchy(path))
    assert said is None or str(path) in said
    assert said is None or "\n" not in said


@given(hierarchies(), st.data())
def test_restricting_keeps_paths_and_drops_the_rest(tree: Hierarchy, data):
    kept = data.draw(st.sets(st.sampled_from(tree.classes), min_size=1))
    smaller = tree.restrict(kept)
    assert set(smaller.classes) == kept
    for name in kept:
        assert path_of(smaller, name) == path_of(tree, name)


@given(hierarchies(), st.data())
def test_the_answer_lies_above_the_likeliest_leaf_or_is_none(tree: Hierarchy, data):
    weights = data.draw(st.lists(st.floats(0.001, 1), min_size=len(tree.classes), max_size=len(tree.classes)))
    leaves = np.array(weights) / np.sum(weights)
    nodes = tree.covers @ leaves
    threshold = data.draw(st.floats(0.51, 0.99))
    answer = back_off(nodes, tree, threshold)
    if answer < 0:
        assert (nodes < threshold).all()
    else:
        assert nodes[answer] >= threshold
        assert all(nodes[child] < threshold for child in tree.children(answer))


@given(hierarchies(st.text(ascii_letters + digits, min_size=1, max_size=12)))
def test_names_match_themselves_however_they_are_spaced(tree: Hierarchy):
    folded = {name.casefold() for name in tree.nodes}
    if len(folded) < len(tree.nodes):
        return  # two names that differ in case only are one folder on some systems
    found, unmatched = match_names([f" {name.upper()}_" for name in tree.classes], tree)
    assert list(found.values()) == list(tree.classes)
    assert not unmatched


def path_of(tree: Hierarchy, name: str) -> list[str]:
    return [tree.nodes[node] for node in tree.ancestors(tree.index(name))]


def test_an_unknown_class_cannot_be_kept():
    with pytest.raises(InputError):
        load_hierarchy("ucf101").restrict(["Knitting2"])
