"""Labels do not cover each other, and the wanted ones come first."""

import math
from itertools import combinations

import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.labels import _HEIGHT, _WIDTH, OUTSIDE, choose_labels
from hprotopnet.disk.layouts import look_at, wedge_layout

RADIUS, EDGE = 270.0, 380.0


def labels(hierarchy, node, tau=1.2, marked=()):
    return choose_labels(look_at(hierarchy, wedge_layout(hierarchy, tau), node), marked, RADIUS, EDGE)


def box(label):
    width, height = len(label.text) * label.size * _WIDTH, label.size * _HEIGHT
    x, y = label.point.real * RADIUS + label.shift.real, label.point.imag * RADIUS + label.shift.imag
    left = x - {"left": 0, "center": width / 2, "right": width}[label.anchor[0]]
    bottom = y - {"bottom": 0, "middle": height / 2, "top": height}[label.anchor[1]]
    return left, bottom, left + width, bottom + height


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


def test_long_names_are_shortened_to_fit_the_figure():
    hierarchy = uniform_tree(2, 2, 2)
    view = look_at(hierarchy, wedge_layout(hierarchy, 2.0), -1)
    for label in choose_labels(view, (), RADIUS, 1.04 * RADIUS + 15):
        assert abs(label.point) <= OUTSIDE or label.text.endswith("…")


def named(classes: int) -> list[str]:
    """Texts around the rim of a small disk, of classes with long names."""
    rows = [(f"marching band {i}", "p", "g") for i in range(classes)]
    hierarchy = toy_hierarchy(rows)
    view = look_at(hierarchy, wedge_layout(hierarchy, 1.3), -1)
    return [label.text for label in choose_labels(view, (), 150.0, 220.0) if abs(label.point) > 1]


def test_long_names_are_folded_where_there_is_room():
    assert sorted(named(9)) == [f"marching\nband {i}" for i in range(9)]


def test_long_names_are_cut_where_there_is_none():
    texts = named(60)
    assert len(texts) > 30
    assert all(text.endswith("…") and "\n" not in text for text in texts)


def test_a_leaf_near_the_rim_without_room_inside_is_named_outside():
    hierarchy = uniform_tree(1, 1, 24)
    shown = choose_labels(look_at(hierarchy, wedge_layout(hierarchy, 1.0), -1), (), 150.0, 220.0)
    near = [label for label in shown if hierarchy.levels[label.node] == 0]
    assert any(abs(label.point) > 1 for label in near)
