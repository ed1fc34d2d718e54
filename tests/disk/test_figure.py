"""The picture of a view: what is in it, and that text from outside stays text."""

import numpy as np
import pytest
from toys import uniform_tree

from hprotopnet.disk.drawing import ROOT, Overlay, breadcrumb, hues
from hprotopnet.disk.figure import disk_figure
from hprotopnet.disk.layouts import look_at, wedge_layout
from hprotopnet.hierarchy.tree import from_rows


@pytest.fixture(scope="module")
def hierarchy():
    return uniform_tree(3, 3, 3)


@pytest.fixture(scope="module")
def view(hierarchy):
    return look_at(hierarchy, wedge_layout(hierarchy), hierarchy.index("p11"))


def markers(figure):
    """Traces of the nodes and the root."""
    return [trace for trace in figure.data if trace.mode == "markers" and len(trace.customdata)]


def test_one_marker_for_each_node_and_the_root(hierarchy, view):
    found = [name for trace in markers(disk_figure(view)) for name in trace.customdata]
    assert sorted(found) == sorted([ROOT, *hierarchy.nodes])


def test_markers_stand_where_the_view_sees_the_nodes(hierarchy, view):
    for trace in markers(disk_figure(view))[1:]:
        seen = view.points[[hierarchy.index(name) for name in trace.customdata]]
        np.testing.assert_allclose(np.array(trace.x) + 1j * np.array(trace.y), seen)
        assert min(trace.marker.size) >= 4


def test_levels_differ_in_symbol(view):
    assert len({trace.marker.symbol for trace in markers(disk_figure(view))}) == 4


def test_branches_differ_in_colour(hierarchy):
    colours = hues(hierarchy)
    assert len({colours[node] for node in hierarchy.at_level(2)}) == 3
    assert all(colours[node] == colours[hierarchy.ancestors(node)[-1]] for node in range(len(hierarchy.nodes)))


def test_names_are_escaped_wherever_plotly_reads_html():
    nasty = "<b onmouseover=x>A&B</b>"
    rows = [{"class": nasty, "parent": "<i>p</i>"}, {"class": "other", "parent": "<i>p</i>"}]
    small = from_rows(rows, ("class", "parent"), "toy")
    figure = disk_figure(look_at(small, wedge_layout(small), -1))
    texts = [text for trace in markers(figure) for text in trace.text] + [
        note.text for note in figure.layout.annotations
    ]
    assert any("&lt;b onmouseover=x&gt;A&amp;B&lt;/b&gt;" in text for text in texts)
    assert not any("<b on" in text or "<i>" in text for text in texts)
    assert nasty in [name for trace in markers(figure) for name in trace.customdata]


def test_hover_is_the_path(hierarchy, view):
    trace = markers(disk_figure(view))[1]
    assert trace.text[0] == "g0 / p00<br><b>c000</b>"
    assert breadcrumb(hierarchy, 0) == "g0 / p00 / c000"


def test_probabilities_set_size_and_hover(hierarchy, view):
    share = np.zeros(len(hierarchy.nodes))
    share[4] = 0.815
    trace = markers(disk_figure(view, Overlay(probabilities=share)))[1]
    assert trace.text[4].endswith("probability 81.5%")
    assert trace.marker.size[4] == max(trace.marker.size)


def test_clip_and_second_path_are_laid_over(view):
    clip = 0.4 + 0.2j
    plain, full = disk_figure(view), disk_figure(view, Overlay(second=0, clip=clip))
    assert len(full.data) == len(plain.data) + 2
    star = full.data[-1]
    assert complex(star.x[0], star.y[0]) == pytest.approx(complex(view.moved(clip)))
    dotted = [sum(trace.line.dash == "dot" for trace in figure.data) for figure in (plain, full)]
    assert dotted[1] == dotted[0] + 1


def test_a_name_in_two_lines_is_broken_there_and_nowhere_else():
    rows = [{"class": f"very long {i} & name", "parent": "p"} for i in range(3)]
    small = from_rows(rows, ("class", "parent"), "toy")
    view = look_at(small, wedge_layout(small, 4.0), -1)
    texts = {note.text for note in disk_figure(view, side=460).layout.annotations}
    assert "very long<br>0 &amp; name" in texts


def test_background_is_transparent_and_aspect_fixed(view):
    light, dark = disk_figure(view), disk_figure(view, dark=True)
    assert light.layout.paper_bgcolor == light.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert light.layout.yaxis.scaleanchor == "x"
    assert light.layout.annotations[0].font.color != dark.layout.annotations[0].font.color


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 2), (9, 1, 1)])
def test_any_tree_can_be_drawn(shape):
    small = uniform_tree(*shape)
    for node in range(-1, len(small.nodes)):
        assert markers(disk_figure(look_at(small, wedge_layout(small), node)))
