"""Names beside what moves cover neither each other nor marks, and widths are those of real letters."""

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from hprotopnet.disk.labels import _box, mark_size, upright_labels
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.text import folded, text_width
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
