"""The disk as SVG: everything that moves can be found by its node, and names are only text."""

import html
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.disk.drawing import MARGIN, SYMBOLS, Overlay, draw_disk
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.disk.svg import HEIGHT, RADIUS, WIDTH, disk_svg, drawing_svg, outline, symbol, units
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


def still(hierarchy, overlay=None, side=400) -> tuple[ElementTree.Element, object]:
    drawing = draw_disk(look_at(hierarchy, wedge_layout(hierarchy), -1), overlay, side=side)
    svg = drawing_svg(drawing).replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return ElementTree.fromstring(svg), go.Figure(drawing)


def test_a_still_figure_has_every_mark_where_plotly_has_it_and_says_what_plotly_says():
    hierarchy = uniform_tree(3, 2, 4)
    probabilities = np.linspace(0, 1, len(hierarchy.nodes))
    svg, figure = still(hierarchy, Overlay(probabilities, path=2, clip=0.3 + 0.2j), side=400)
    marks = [path for path in svg.iter("path") if path.get("class") == "mark"]
    traces = [trace for trace in figure.data if trace.mode == "markers"]
    x, y, sizes = (np.concatenate(parts) for parts in zip(*(_drawn_by_plotly(trace) for trace in traces), strict=True))
    assert len(marks) == len(x) == len(hierarchy.nodes) + 2
    for mark, *expected in zip(marks, 200 / MARGIN * x, -200 / MARGIN * y, sizes / 2, strict=True):
        found = [float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", mark.get("transform"))]
        assert found == pytest.approx(expected, abs=0.06)
    titles = [mark.find("title").text for mark in marks]
    assert titles[0] == "all classes"
    assert titles[-1] == "this clip"
    assert titles[1].endswith(f"{hierarchy.display[0]}\nprobability {probabilities[0]:.1%}")
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(list(svg.iter("path"))) == len(lines) + len(marks)


def _drawn_by_plotly(trace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.asarray(trace.x), np.asarray(trace.y), np.broadcast_to(trace.marker.size, len(trace.x))


def test_a_still_figure_names_what_plotly_names_and_names_are_only_text():
    hierarchy = toy_hierarchy()
    evil = replace(hierarchy, display=tuple(f"<script>{name}</script> & co" for name in hierarchy.display))
    svg, figure = still(evil)
    assert not list(svg.iter("script"))
    shown = {" ".join(span.text for span in text) for text in svg.iter("text")}
    notes = {html.unescape(re.sub("</?b>", "", note.text).replace("<br>", " ")) for note in figure.layout.annotations}
    assert shown == notes
    assert svg.get("height") == "400"


def test_names_beyond_the_rim_start_at_it_and_read_along_their_direction():
    svg, _ = still(uniform_tree(3, 2, 4))
    beyond = 0
    for text in svg.iter("text"):
        x, y, turn = (float(part) for part in re.findall(r"-?[\d.]+", text.get("transform")))
        radius = np.hypot(x, y) / (200 / MARGIN)
        if radius > 1:
            beyond += 1
            outwards = np.degrees(np.arctan2(y, x)) + (0 if text.get("text-anchor") == "start" else 180)
            assert (turn - outwards + 180) % 360 - 180 == pytest.approx(0, abs=0.2)
            assert radius == pytest.approx(1.035, abs=0.01)
    assert beyond > 10


def test_a_still_figure_of_a_deep_tree_tells_its_levels_apart():
    levels = ("class", "family", "tribe", "order", "kind", "realm")
    rows = [{name: f"{name}{leaf >> height}" for height, name in enumerate(levels)} for leaf in range(64)]
    svg, _ = still(from_rows(rows, levels, "deep tree"))
    marks = {path.get("d") for path in svg.iter("path") if path.get("class") == "mark"}
    assert len(marks) == len(SYMBOLS) == 6
