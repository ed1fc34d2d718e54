"""A scene as plain data: what the script is given, and that names can end neither a script nor a page."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.drawing import breadcrumb, hues, sectors
from hprotopnet.disk.layouts import wedge_layout
from hprotopnet.disk.scene import PARTS, SCRIPT, Layer, Scene, script, whole_page
from hprotopnet.hierarchy.tree import from_rows


def test_the_data_are_those_of_the_tree_and_the_layout():
    tree = toy_hierarchy()
    base, share = wedge_layout(tree), np.linspace(0, 1, len(tree.nodes))
    data = json.loads(json.dumps(Scene(tree, base, 3, probabilities=share, star=0.25 + 0.5j).to_dict()))
    assert data["names"] == list(tree.nodes)
    assert data["parents"] == list(tree.parents)
    assert np.array(data["points"]) @ [1, 1j] == pytest.approx(base, abs=1e-7)
    assert data["probabilities"] == pytest.approx(share, abs=1e-4)
    assert data["star"] == [0.25, 0.5]
    assert len(set(data["shapes"])) == tree.depth


def test_branches_differ_in_colour_and_a_node_has_that_of_its_top_node():
    tree = uniform_tree(3, 3, 3)
    colours = hues(tree)
    assert len({colours[node] for node in tree.at_level(2)}) == 3
    assert all(colours[node] == colours[tree.ancestors(node)[-1]] for node in range(len(tree.nodes)))


@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 3, 3), (9, 1, 1)])
def test_every_leaf_lies_in_the_sector_of_its_top_node(shape):
    tree = uniform_tree(*shape)
    base, colours = wedge_layout(tree), hues(tree)
    found = sectors(tree, base)
    assert len(found) == shape[0]
    for leaf in range(len(tree.classes)):
        own = [hue for start, end, hue in found if _within(np.angle(base[leaf]), start, end)]
        assert own == [colours[leaf]]


def _within(angle: float, start: float, end: float) -> bool:
    return (start - angle) % (2 * np.pi) < (start - end) % (2 * np.pi)


def test_a_tree_with_one_top_node_has_no_sectors():
    tree = uniform_tree(1, 2, 2)
    assert sectors(tree, wedge_layout(tree)) == []


def test_layers_are_handed_on_as_they_are():
    tree = toy_hierarchy()
    layer = Layer("mistakes", "Mistakes", "an arrow each", "arcs", ({"from": 0, "to": 1, "weight": 1.0, "title": "x"},))
    (found,) = Scene(tree, wedge_layout(tree), layers=(layer,)).to_dict()["layers"]
    assert found == {**vars(layer), "items": list(layer.items)}


def test_names_cannot_end_the_page_that_holds_them():
    evil = "</script><img src=x onerror=alert(1)>"
    tree = from_rows([{"class": evil, "parent": "p"}, {"class": "b", "parent": "p"}], ("class", "parent"), "toy")
    page = whole_page(Scene(tree, wedge_layout(tree)), f"{evil} & more")
    assert evil not in page
    held = json.loads(re.search(r'id="scene">(.*?)</script>', page)[1])
    assert held["labels"][0] == evil


def test_the_script_writes_text_and_never_markup():
    assert {file.stem for file in SCRIPT.glob("*.js")} == set(PARTS)
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
        assert way not in script()


def test_a_breadcrumb_names_all_above():
    tree = uniform_tree(2, 2, 2)
    assert breadcrumb(tree, 0) == "g0 / p00 / c000"
    assert breadcrumb(replace(tree, display=("one", *tree.display[1:])), 0, " > ") == "g0 > p00 > one"
