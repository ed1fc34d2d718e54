"""Labels do not cover each other, and the wanted ones come first."""

import math
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.drawing import MARGIN
from hprotopnet.disk.labels import OUTSIDE, _box, choose_labels, mark_size, upright_labels
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.text import LINE, folded, text_width
from hprotopnet.hierarchy.tree import load_hierarchy

RADIUS, EDGE = 270.0, (380.0, 380.0)
LIBERATION = Path("/usr/share/fonts/truetype/liberation")


def labels(hierarchy, node, tau=1.2, marked=()):
    return choose_labels(look_at(hierarchy, wedge_layout(hierarchy, tau), node), marked, RADIUS, EDGE)


def box(label):
    return _box(label, RADIUS)


@pytest.mark.parametrize("node", [-1, 0, 200, -2])
def test_labels_inside_the_disk_do_not_overlap(node):
    hierarchy = uniform_tree(5, 6, 6)
    inside = [
        label
        for label in labels(hierarchy, node % len(hierarchy.nodes) if node != -1 else -1)
        if abs(label.point) <= OUTSIDE
    ]
    assert inside
    for a, b in combinations(map(box, inside), 2):
        assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]


def test_labels_around_the_rim_keep_a_line_apart():
    around = [label for label in labels(uniform_tree(5, 8, 8), -1, tau=2.0) if abs(label.point) > 1]
    assert len(around) > 40
    angles = sorted(math.atan2(label.point.imag, label.point.real) for label in around)
    gaps = [b - a for a, b in zip(angles, [*angles[1:], angles[0] + 2 * math.pi], strict=True)]
    assert min(gaps) * RADIUS > 10


def test_each_node_is_named_once():
    named = [label.node for label in labels(uniform_tree(3, 3, 3), 2)]
    assert len(named) == len(set(named))


def test_marked_nodes_come_first():
    hierarchy = uniform_tree(6, 8, 8)
    without = {label.node for label in labels(hierarchy, -1, tau=2.0)}
    left_out = next(node for node in range(len(hierarchy.classes)) if node not in without)
    assert left_out in {label.node for label in labels(hierarchy, -1, tau=2.0, marked={left_out})}


def named(classes: int) -> list[str]:
    """Texts around the rim of a small disk, of classes with long names."""
    rows = [(f"marching band {i}", "p", "g") for i in range(classes)]
    hierarchy = toy_hierarchy(rows)
    view = look_at(hierarchy, wedge_layout(hierarchy, 1.3), -1)
    return [label.text for label in choose_labels(view, (), 150.0, (220.0, 220.0)) if abs(label.point) > 1]


def test_long_names_are_folded_where_there_is_room():
    """Where the rim is nearest to the edge; towards the corners they fit as they are."""
    texts = set(named(9))
    assert len(texts & {f"marching\nband {i}" for i in range(9)}) >= 3
    assert texts <= {f"marching{gap}band {i}" for i in range(9) for gap in " \n"}


def test_long_names_are_cut_where_there_is_none():
    texts = named(60)
    assert len(texts) > 30
    assert sum(text.endswith("…") for text in texts) > 5
    assert not any("\n" in text for text in texts)


def test_a_leaf_near_the_rim_without_room_inside_is_named_outside():
    hierarchy = uniform_tree(1, 1, 24)
    shown = choose_labels(look_at(hierarchy, wedge_layout(hierarchy, 1.0), -1), (), 150.0, (220.0, 220.0))
    near = [label for label in shown if hierarchy.levels[label.node] == 0]
    assert any(abs(label.point) > 1 for label in near)


@cache
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(LIBERATION / f"LiberationSans-{'Bold' if bold else 'Regular'}.ttf", size)


def written(text: str, size: int, bold: bool) -> float:
    """Width of a line in the letters of a real font of the widths of Arial; in ours where there is none."""
    return font(size, bold).getlength(text) if LIBERATION.is_dir() else text_width(text, size, bold)


@pytest.mark.skipif(not LIBERATION.is_dir(), reason="Liberation Sans is not installed")
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", ["Playing Musical Instruments", "Yo-yo", "Wíll & Ünd (99 %)…", "illiji", "WWW@MMM"])
def test_widths_are_those_of_a_real_font(text, bold):
    assert text_width(text, 100, bold) == pytest.approx(font(100, bold).getlength(text), rel=0.07)  # but for pairs


def corners(label, radius) -> np.ndarray:
    """The rectangle that a label fills, as it is turned, as four complex numbers in pixels from the centre."""
    lines = label.text.split("\n")
    width = max(written(line, label.size, label.bold) for line in lines)
    height = len(lines) * label.size * LINE
    if abs(label.point) <= 1:
        left, bottom, *_ = _box(label, radius)
        return complex(left, bottom) + np.array([0, width, width + 1j * height, 1j * height])
    way = label.point / abs(label.point)
    return label.point * radius + way * np.array(
        [-0.5j * height, width - 0.5j * height, width + 0.5j * height, 0.5j * height]
    )


def apart(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether one of the sides of two rectangles parts them."""
    sides = [(shape[1] - shape[0], shape[3] - shape[0]) for shape in (a, b)]
    for side in (way / abs(way) for pair in sides for way in pair):
        first, second = (a * side.conjugate()).real, (b * side.conjugate()).real
        if first.max() <= second.min() + 1 or second.max() <= first.min() + 1:
            return True
    return False


VIEWS = [(tree, name) for tree in ("ucf101", "activitynet", "pantomime") for name in ("root", "first", "middle", "top")]


@cache
def seen(tree: str, name: str):
    hierarchy = load_hierarchy(tree)
    node = {"root": -1, "first": 0, "middle": hierarchy.parents[len(hierarchy.classes) // 2]}
    return look_at(hierarchy, wedge_layout(hierarchy), node.get(name, len(hierarchy.nodes) - 1))


@pytest.mark.parametrize("size", [(760, 640), (520, 572), (380, 418)], ids=["1440", "1024", "420"])
@pytest.mark.parametrize(("tree", "name"), VIEWS)
def test_names_fill_the_picture_and_neither_leave_it_nor_cover_each_other(tree, name, size):
    view, half = seen(tree, name), (size[0] / 2, size[1] / 2)
    radius = min(half) / MARGIN
    chosen = choose_labels(view, (), radius, half)
    shapes = [corners(label, radius) for label in chosen]
    for shape in shapes:
        assert np.abs(shape.real).max() <= half[0]
        assert np.abs(shape.imag).max() <= half[1]
    assert all(apart(a, b) for a, b in combinations(shapes, 2))
    for label, shape in zip(chosen, shapes, strict=True):
        if label.text.endswith("…") and "\n" not in label.text:
            whole = written(view.hierarchy.display[label.node], label.size, label.bold)
            longer = shape + (whole - abs(shape[1] - shape[0])) * np.array([0, 1, 1, 0]) * label.point / abs(
                label.point
            )
            assert np.abs(longer.real).max() > half[0] - 3 or np.abs(longer.imag).max() > half[1] - 3


@pytest.mark.parametrize("tree", ["ucf101", "pantomime"])
def test_where_the_page_is_wide_no_name_is_cut(tree):
    chosen = choose_labels(seen(tree, "root"), (), 320 / MARGIN, (380, 320))
    assert len(chosen) > 30
    assert not [label.text for label in chosen if "…" in label.text]


@pytest.mark.parametrize("label", [0, 9, 18, 27, 35])
def test_upright_names_are_all_there_and_cover_neither_each_other_nor_their_marks(label):
    """The path to a class and eight other classes with their parents, as a story names them."""
    hierarchy = load_hierarchy("pantomime")
    view = seen("pantomime", "root")
    tops = hierarchy.at_level(hierarchy.depth - 1)
    nodes = list(dict.fromkeys([*hierarchy.ancestors(label), *tops, *range(0, 36, 5), *hierarchy.at_level(1)[::3]]))
    found = upright_labels(view, nodes, 140, (254, 156))
    assert [row.node for row in found] == nodes
    shapes = [corners(row, 140) if abs(row.point) <= 1 else upright(row) for row in found]
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
