"""The page with the disk: clicks, keyboard, links."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from toys import toy_hierarchy

from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.ui.atlas import Atlas
from hprotopnet.ui.disk import ROOT, chosen_node
from hprotopnet.ui.hierarchy import in_tree_order, nearest
from hprotopnet.ui.text import plain

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture(scope="module")
def ucf():
    return load_hierarchy("ucf101")


@pytest.mark.parametrize("sent", [None, 3, [], {}, "nobody", ["Sports"]])
def test_what_is_no_name_chooses_nothing(ucf, sent):
    assert chosen_node(sent, ucf) is None


@pytest.mark.parametrize("name", [ROOT, "Sports", "Biking"])
def test_a_name_chooses_its_node_or_the_root(ucf, name):
    assert chosen_node(name, ucf) == name


def test_every_node_is_listed_once_after_its_parent(ucf):
    order = in_tree_order(ucf)
    assert sorted(order) == list(range(len(ucf.nodes)))
    assert all(order.index(ucf.parents[n]) < order.index(n) for n in order if ucf.parents[n] >= 0)


def toy_atlas() -> Atlas:
    """Distances by the tree alone: a step up or down is 1, and the farther along the list the farther by a little."""
    tree = toy_hierarchy()
    lines = [{-1, *tree.ancestors(node)} for node in range(len(tree.nodes))]
    apart = np.array([[len(a ^ b) for b in lines] for a in lines]) + 0.01 * np.arange(len(lines))
    return Atlas(tree, apart, {}, {}, "")


def test_near_a_class_are_classes_of_its_parent_and_then_of_others():
    shown = toy_atlas()
    tree = shown.hierarchy
    table = nearest(shown, tree.index("dunk"), tree.at_level(0), 3)
    assert table["Node"] == ["throw", "surf", "drum"]
    assert table["Level"] == ["class"] * 3
    assert table["Part of"] == ["ball", "water", "percussion"]
    assert table["Distance"] == sorted(table["Distance"])


def test_near_a_class_of_any_level_are_its_ancestors():
    shown = toy_atlas()
    table = nearest(shown, shown.hierarchy.index("dunk"), range(len(shown.hierarchy.nodes)), 3)
    assert table["Node"] == ["ball", "throw", "sports"]
    assert table["Part of"] == ["sports", "ball", "All classes"]


def test_the_page_names_the_nearest_classes_of_a_class():
    app = page(tree="ucf101", node="Biking")
    same, every = app.dataframe[0].value, app.dataframe[1].value
    assert set(same["Level"]) == {"class"}
    assert len(same) == 8
    assert every["Level"][0] != "class"
    assert any("same level" in text.value for text in app.markdown)


def test_text_from_outside_stays_text():
    assert plain("a_b*[x](y)") == r"a\_b\*\[x\]\(y\)"


def page(**query):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params.update(query)
    return app.switch_page("pages/hierarchy.py").run()  # straight to it, as by a link


def test_page_shows_the_root_and_follows_the_keyboard():
    app = page()
    assert not app.exception
    assert app.subheader[0].value == "All classes"
    app.selectbox(key="tree").select("ucf101").run()
    app.selectbox(key="node").select("Biking").run()
    assert not app.exception
    assert app.subheader[0].value == "Biking"
    assert len(app.metric) == 3


def test_buttons_step_down_and_back_to_the_root():
    app = page()
    app.selectbox(key="tree").select("ucf101").run()
    app.button(key="to Sports").click().run()
    assert app.subheader[0].value == "Sports"
    next(button for button in app.button if button.label == "Up to All classes").click().run()
    assert app.subheader[0].value == "All classes"
