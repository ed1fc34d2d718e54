"""Names beside what moves cover neither each other nor marks, and widths are those of real letters."""

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from hprotopnet.disk.labels import _box, _covered, labels_with_room, mark_size, upright_labels
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.text import folded, shortened, text_width
from hprotopnet.hierarchy.tree import load_hierarchy

LIBERATION = Path("/usr/share/fonts/truetype/liberation")


@cache
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(LIBERATION / f"LiberationSans-{'Bold' if bold else 'Regular'}.ttf", size)


@pytest.mark.skipif(not LIBERATION.is_dir(), reason="Liberation Sans is not installed")
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", ["Playing Musical Instruments", "Yo-yo", "Wíll & Ünd (99 %)…", "illiji", "WWW@MMM"])
def test_widths_are_those_of_a_real_font(text, bold):
    assert text_width(text, 100, bold) == pytest.approx(font(100, bold).getlength(text), rel=0.07)  # but for pairs


def apart(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether one of the sides of two rectangles parts them."""
    sides = [(shape[1] - shape[0], shape[3] - shape[0]) for shape in (a, b)]
    for side in (way / abs(way) for pair in sides for way in pair):
        first, second = (a * side.conjugate()).real, (b * side.conjugate()).real
        if first.max() <= second.min() + 1 or second.max() <= first.min() + 1:
            return True
    return False


@pytest.mark.parametrize("label", [0, 9, 18, 27, 35])
def test_upright_names_are_all_there_and_cover_neither_each_other_nor_their_marks(label):
    """The path to a class and eight other classes with their parents, as a story names them."""
    hierarchy = load_hierarchy("pantomime")
    view = look_at(hierarchy, wedge_layout(hierarchy), -1)
    tops = hierarchy.at_level(hierarchy.depth - 1)
    nodes = list(dict.fromkeys([*hierarchy.ancestors(label), *tops, *range(0, 36, 5), *hierarchy.at_level(1)[::3]]))
    found = upright_labels(view, nodes, 140, (254, 156))
    assert [row.node for row in found] == nodes
    shapes = [upright(row) for row in found]
    reach = np.array([-1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j])
    marks = [140 * view.points[node] + mark_size(view.points[node]) / 2 * reach for node in nodes]
    assert all(apart(a, b) for a, b in combinations(shapes, 2))
    assert all(apart(shape, mark) for shape in shapes for mark in marks)
    for shape in shapes:
        assert np.abs(shape.real).max() <= 254
        assert np.abs(shape.imag).max() <= 156


def upright(label) -> np.ndarray:
    left, bottom, right, top = _box(label, 140)
    return np.array([complex(left, bottom), complex(right, bottom), complex(right, top), complex(left, top)])


def test_a_name_is_folded_where_its_lines_are_most_alike():
    assert folded("More than two persons interaction") == ["More than two", "persons interaction"]
    assert folded("Sports") == ["Sports"]


@pytest.mark.parametrize("name", ["pantomime", "ucf101"])
@pytest.mark.parametrize("node", ["root", "leaf", "parent", "top"])
def test_names_that_find_room_cover_no_other_and_the_marked_ones_are_there(name, node):
    tree = load_hierarchy(name)
    top = tree.at_level(tree.depth - 1)[-1]
    node = {"root": -1, "leaf": 5, "parent": tree.parents[5], "top": top}[node]
    view, radius = look_at(tree, wedge_layout(tree), node), 300.0
    marked = [] if node < 0 else tree.ancestors(node)
    found = labels_with_room(view, radius, 150.0, marked)
    assert len({label.node for label in found}) == len(found) > len(tree.at_level(1))
    heavy = {label.node for label in found if label.bold}
    assert heavy <= {*marked, *tree.at_level(tree.depth - 1)}
    assert set(marked) <= heavy
    boxes = [_box(label, radius) for label in found if not label.turn and not label.bold]
    assert not any(_covered(box, [other]) for box, other in combinations(boxes, 2))
    around = [label for label in found if label.turn]
    assert all(abs(label.point) > 1 for label in around)
    assert all(text_width(label.text, label.size, label.bold) <= 150 for label in around)
    assert all(abs(a.point - b.point) * radius >= a.size for a, b in combinations(around, 2))


@pytest.mark.parametrize("most", [10, 40, 1000])
def test_a_line_is_cut_only_where_it_is_too_long(most):
    text = "Playing Musical Instruments"
    cut = shortened(text, most, 10)
    assert text_width(cut, 10) <= max(most, text_width("P…", 10))
    assert (cut == text) == (text_width(text, 10) <= most)
    assert text.startswith(cut.removesuffix("…"))
