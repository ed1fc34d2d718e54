"""Charts: what is drawn is what the tables hold, names are harmless, and plotly takes all of it."""

import json

import numpy as np
import pytest
from scored import answered
from toys import toy_hierarchy, uniform_tree

from hprotopnet.views import scores
from hprotopnet.views.charts import figure, legend_height
from hprotopnet.views.confusion import draw_confusion, families
from hprotopnet.views.curves import draw_reliability, draw_risk, draw_severity, draw_specificity, draw_training
from hprotopnet.views.dots import Dot, Panel, Series, draw_dots

TREE = toy_hierarchy()
EVIL = "<a href='http://x'>no</a>"
EPOCH = {"stage": EVIL, "cross-entropy": 1.0, "right, training": 0.5, "right, validation": None}


def drawings(dark: bool) -> list[dict]:
    found = answered()
    level = tuple(Dot(row["level"], row["right"], row["low"], row["high"]) for row in scores.level_rows(found))
    return [
        draw_dots([Panel("", "right")], [Series(EVIL, {"": level}, 0)], [dot.place for dot in level], dark),
        draw_risk(scores.risk_rows(found), dark),
        draw_specificity(scores.specificity_rows(found), scores.specificity_at(found, 0.8), 0.8, dark),
        draw_reliability(scores.reliability_rows(found), dark),
        draw_severity(scores.severity_rows(found), dark),
        draw_training([{"epoch": 1, **EPOCH}, {"epoch": 2, **EPOCH, "right, validation": 0.4}], dark),
        draw_confusion(scores.confusion(found), TREE, dark, chosen=(0, 1)),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_plotly_takes_every_chart_and_names_stay_text(dark):
    for drawn in drawings(dark):
        made = figure(drawn)
        assert "<a href" not in made.to_json()
        assert not made.layout.xaxis.title.text or made.layout.xaxis.fixedrange
        assert made.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_themes_differ_in_colour_alone():
    for light, dark in zip(drawings(False), drawings(True), strict=True):
        assert [trace["x"] for trace in light["data"] if "x" in trace] == [
            trace["x"] for trace in dark["data"] if "x" in trace
        ]
        assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]


def test_dots_stand_on_their_lines_and_intervals_reach_their_ends():
    dots = (Dot("a", 0.5, 0.4, 0.7), Dot("b", None), Dot("c", 0.6))
    other = (Dot("a", 0.3, small=(0.2, 0.4)),)
    drawn = draw_dots(
        [Panel("", "right")], [Series("one", {"": dots}, 0), Series("two", {"": other}, 1)], ["a", "b", "c"]
    )
    first, second, small = drawn["data"]
    assert first["x"] == [0.5, 0.6]
    assert [round(height) for height in first["y"]] == [0, -2]
    assert first["error_x"]["array"] == pytest.approx([0.2, 0])
    assert first["error_x"]["arrayminus"] == pytest.approx([0.1, 0])
    assert first["y"][0] > second["y"][0]
    assert small["x"] == [0.2, 0.4]
    low, high = drawn["layout"]["xaxis"]["range"]
    assert low < 0.2
    assert high > 0.7


def test_panels_share_lines_and_break_into_rows():
    panels = [Panel(name, name) for name in "abc"]
    one = Series("one", {name: (Dot("x", 0.5),) for name in "abc"}, 0)
    wide, narrow = draw_dots(panels, [one], ["x"], across=3), draw_dots(panels, [one], ["x"], across=1)
    assert len({tuple(wide["layout"][f"yaxis{i}"]["domain"]) for i in ("", 2, 3)}) == 1
    tops = [narrow["layout"][f"yaxis{i}"]["domain"][1] for i in ("", 2, 3)]
    assert tops == sorted(tops, reverse=True)
    assert all(0 <= low < high <= 1 for low, high in (narrow["layout"][f"yaxis{i}"]["domain"] for i in ("", 2, 3)))
    assert narrow["layout"]["height"] > wide["layout"]["height"]


def test_a_legend_takes_the_room_it_needs():
    assert legend_height(["one"], 700) == 0
    assert legend_height(["a", "b"], 700) < legend_height(["a" * 40, "b" * 40, "c" * 40], 300)


def test_the_matrix_is_clicked_where_it_holds_clips():
    found = answered()
    drawn = draw_confusion(scores.confusion(found), TREE)
    marks = drawn["data"][-1]
    pairs = {(TREE.nodes[truth], TREE.nodes[said]) for truth, said in zip(found.leaves, found.answered, strict=True)}
    assert {tuple(pair) for pair in marks["customdata"]} == pairs
    order = [TREE.nodes[leaf] for leaf in scores.tree_order(TREE)]
    for (truth, said), x, y in zip(marks["customdata"], marks["x"], marks["y"], strict=True):
        assert (order[y], order[x]) == (truth, said)
    right, wrong = (np.array(trace["z"], float) for trace in drawn["data"][:2])
    assert np.isnan(right[~np.eye(6, dtype=bool)]).all()
    assert np.isnan(np.diag(wrong)).all()
    assert right[0, 0] == pytest.approx(0.5**0.5)


def test_families_are_framed_at_every_level_above_the_classes():
    order = scores.tree_order(TREE)
    assert families(TREE, order, 1) == [(0, 1), (2, 2), (3, 4), (5, 5)]
    assert families(TREE, order, 2) == [(0, 2), (3, 5)]
    lines = [trace for trace in draw_confusion(np.eye(6, dtype=int), TREE)["data"] if trace.get("mode") == "lines"]
    assert [len(trace["x"]) // 6 for trace in lines] == [4, 2]
    assert lines[0]["line"]["width"] < lines[1]["line"]["width"]


def test_many_classes_are_named_by_their_families():
    tree = uniform_tree(4, 5, 5)
    drawn = draw_confusion(np.eye(100, dtype=int), tree)
    assert len(drawn["layout"]["xaxis"]["ticktext"]) == 20
    assert len(json.dumps(drawn)) < 500_000


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    rows = [{"answered": i / 5000, "wrong": i / 50000, "confidence": 1.0} for i in range(1, 5001)]
    x = draw_risk(rows)["data"][0]["x"]
    assert len(x) == 1000
    assert (x[0], x[-1]) == (rows[0]["answered"], 1.0)
    assert x == sorted(x)
