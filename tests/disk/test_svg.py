"""The disk as SVG: everything that moves can be found by its node, and names are only text."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.drawing import SYMBOLS
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.svg import HEIGHT, RADIUS, WIDTH, disk_svg, outline, symbol, units
from hprotopnet.hierarchy.tree import from_rows


def drawn(hierarchy, lasting=(), passing=(), dark=False) -> ElementTree.Element:
    view = look_at(hierarchy, wedge_layout(hierarchy), -1)
    return ElementTree.fromstring(f"<svg>{disk_svg(view, lasting, passing, dark)}</svg>")


def names(svg: ElementTree.Element) -> dict[str, str]:
    """Text of each name, without its line breaks, and its class."""
    return {" ".join(span.text for span in text): text.get("class") for text in svg.iter("text")}


def test_points_are_in_units_of_the_picture_down_positive():
    assert units(np.array([0j, 1, 0.5j])).tolist() == [[0, 0], [RADIUS, 0], [0, -RADIUS / 2]]
    assert outline(np.array([0, 0.5, np.nan, 0.5j, 1j])) == "M0 0L70 0M0 -70L0 -140"


@pytest.mark.parametrize("dark", [False, True])
def test_every_node_has_a_mark_where_the_view_has_it_and_an_edge_from_above(dark):
    hierarchy = uniform_tree(3, 2, 4)
    base, svg = wedge_layout(hierarchy), drawn(hierarchy, dark=dark)
    marks = [group for group in svg.iter("g") if group.get("transform")]
    edges = {path.get("data-node"): path.get("d") for path in svg.iter("path") if path.get("class") == "edge off"}
    assert len(marks) == len(edges) == len(hierarchy.nodes)
    for node, group in enumerate(marks):
        x, y = units(base)[node]
        assert group.get("transform") == f"translate({x:g} {y:g})"
        assert group[0].get("data-node") == str(node)
        start, *_, end = edges[str(node)].strip("M").split("L")
        parent = hierarchy.parents[node]
        assert [float(value) for value in end.split()] == pytest.approx([x, y], abs=0.11)
        assert [float(value) for value in start.split()] == pytest.approx(
            units(base)[parent] if parent >= 0 else [0, 0], abs=0.11
        )


def test_lasting_passing_and_topmost_nodes_are_named_and_no_others():
    hierarchy = toy_hierarchy()
    lasting, passing = [hierarchy.index(name) for name in ("dunk", "ball", "sports")], [hierarchy.index("tabla")]
    assert names(drawn(hierarchy, lasting, passing)) == {
        "dunk": "name lasting",
        "ball": "name lasting",
        "sports": "name lasting",
        "tabla": "name off",
        "music": "name",
    }


def test_a_name_without_room_is_still_there():
    hierarchy = toy_hierarchy()
    display = list(hierarchy.display)
    display[hierarchy.index("ball")] = "a very long name for all that is done with balls of any kind"
    display[hierarchy.index("dunk")] = "putting it into a basket from above"
    crowded = replace(hierarchy, display=tuple(display))
    svg = drawn(crowded, [crowded.index("ball"), crowded.index("dunk")])
    assert display[hierarchy.index("ball")] in names(svg)
    assert display[hierarchy.index("dunk")] in names(svg)


def test_names_are_text_whatever_they_hold():
    hierarchy = toy_hierarchy()
    evil = '<script>alert("1")</script> & more'
    odd = replace(hierarchy, display=tuple(evil for _ in hierarchy.nodes))
    svg = drawn(odd, range(len(odd.nodes)))
    assert not list(svg.iter("script"))
    assert set(names(svg)) == {evil}
    assert {title.text.split(" / ")[-1] for title in svg.iter("title")} == {evil}


def test_the_picture_holds_the_disk_and_levels_differ_in_shape():
    hierarchy = toy_hierarchy()
    assert min(WIDTH, HEIGHT) / 2 > RADIUS
    assert len({symbol(hierarchy, hierarchy.index(name)) for name in ("dunk", "ball", "sports")}) == 3


def test_a_deep_tree_tells_its_levels_apart():
    levels = ("class", "family", "tribe", "order", "kind", "realm")
    rows = [{name: f"{name}{leaf >> height}" for height, name in enumerate(levels)} for leaf in range(64)]
    tree = from_rows(rows, levels, "deep tree")
    assert len({symbol(tree, tree.at_level(level)[0]) for level in range(tree.depth)}) == len(SYMBOLS) == 6
