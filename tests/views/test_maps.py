"""The disk as a plate: what is on it is what the scene shows, and it says how true it is."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from accounts import EVIL
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.layouts import wedge_layout
from hprotopnet.disk.scene import Layer, Scene
from hprotopnet.files import visible
from hprotopnet.views.maps import WRONG, YELLOW, fidelity_line, scene_plate, share
from hprotopnet.views.plate import INK, Shape

FOUND = {"edge_map": 0.91, "distortion": 0.104, "sibling_nearest": 1.0, "scale": 1.0}
LAYERS = (
    Layer("clips", "Clips", "Dot: right. Click one.", "points", ({"at": [0.1, 0.2], "kind": "right", "title": "a"},)),
    Layer("mistakes", "Mistakes", "Arrow: taken for.", "arcs", ({"from": 0, "to": 1, "weight": 1.0, "title": "b"},)),
    Layer("film", "Film", "Yellow: a film.", "track", ({"at": [0.0, 0.1], "title": "0 s"}, {"at": [0.4, 0.1]})),
)
MARKS = {"clips": ("#009e73", 1), "mistakes": (WRONG, 1), "film": (YELLOW, 1)}  # fills and how many have them


def scene(tree=None, **more) -> Scene:
    tree = tree or uniform_tree(3, 2, 2)
    return Scene(tree, wedge_layout(tree), **more)


def fills(plate) -> list[str]:
    return [mark.fill for mark in plate.marks if isinstance(mark, Shape)]


def said(plate) -> str:
    return re.sub(r"\s+", " ", " ".join(ElementTree.fromstring(plate.svg()).itertext()))


@pytest.mark.parametrize("node", [-1, 0, 20])
def test_every_node_stands_where_the_view_has_it_and_every_name_is_there(node):
    own = scene(node=node)
    plate = scene_plate(own, "A tree", "Told.")
    tree = own.hierarchy
    levels = tree.depth  # a sign for each level stands below the title
    assert len([fill for fill in fills(plate) if re.fullmatch("#[0-9a-f]{6}", fill)]) == len(tree.nodes) + levels + 2
    texts = said(plate)
    assert all(tree.display[top] in texts for top in tree.at_level(2))
    assert all(tree.display[leaf] in texts for leaf in range(len(tree.classes)) if node < 0)
    chosen = [mark for mark in plate.marks if isinstance(mark, Shape) and mark.width == 3 and mark.stroke == INK]
    assert len(chosen) == (node >= 0)
    if node >= 0:
        assert f"In focus: {' / '.join(tree.display[step] for step in reversed(tree.ancestors(node)))}" in texts


@pytest.mark.parametrize("key", list(MARKS))
def test_a_layer_is_drawn_with_what_it_means_where_it_is_on(key):
    on = scene(layers=tuple(replace(layer, on=layer.key == key) for layer in LAYERS))
    bare, plate = scene_plate(scene(layers=LAYERS), "A tree", "Told."), scene_plate(on, "A tree", "Told.")
    fill, count = MARKS[key]
    assert fills(plate).count(fill) - fills(bare).count(fill) == count  # branches may have that colour, too
    legend = next(layer.legend for layer in LAYERS if layer.key == key)
    assert legend.split(" Click")[0] in said(plate)
    assert "Click" not in said(plate)
    assert legend.split(" Click")[0] not in said(bare)


def test_it_says_how_true_it_is():
    line = fidelity_line(FOUND, FOUND | {"edge_map": 0.81, "sibling_nearest": float("nan")})
    assert "by 10.4% on average" in line
    assert "tree edges found 0.91, nearest is a sibling 100%; in that space itself: tree edges found 0.81" in line
    assert line in said(scene_plate(scene(), "A tree", line))
    assert share(float("nan")) == "-"


def test_names_from_outside_are_text_and_all_of_it_lies_on_the_paper():
    tree = toy_hierarchy()
    names = tuple(f"{EVIL}{i} of a name that is far too long for its place" for i in range(len(tree.nodes)))
    plate = scene_plate(scene(replace(tree, display=names)), EVIL, "Told.")
    found = ElementTree.fromstring(plate.svg())
    assert not any("script" in part.tag or "img" in part.tag for part in found.iter())
    assert visible(EVIL)[:4] in said(plate)
    page = np.asarray(plate.image(0.5))
    assert (page[[0, -1]] == 255).all()
    assert (page[:, [0, -1]] == 255).all()
