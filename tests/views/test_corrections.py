"""Tables of corrections: better and worse by sign and word, nothing for what did not change, names escaped."""

import pytest
from toys import toy_hierarchy

from hprotopnet.views.corrections import figure_rows, in_short, node_table, table_html

TREE = toy_hierarchy()


def state(right: float, severity: float | None = 1.0, own: float | None = 0.8) -> dict:
    levels = TREE.level_names
    shares = dict.fromkeys(levels, own)
    return {"clips": 200, "right": dict.fromkeys(levels, right), "own": shares, "severity": severity, "ece": 0.04}


def states(before: dict, after: dict, control: float = 0.9) -> dict:
    return {"before": before, "muted": before, "after": after, "control": state(control)}


def changes(found) -> dict:
    return {row.name: (row.change, row.better) for row in found}


def test_more_that_is_right_is_better_and_more_severe_is_worse():
    found = changes(figure_rows(states(state(0.9, 1.0), state(0.92, 1.5)), TREE))
    assert found["Right class"] == ("+2.0 better", True)
    assert found["Severity of mistakes"] == ("+0.50 worse", False)
    assert found["Calibration error"] == ("= same", None)


def test_an_own_share_is_more_or_less_and_neither_good_nor_bad():
    found = changes(figure_rows(states(state(0.9, own=0.8), state(0.9, own=0.6)), TREE))
    assert found["Own share of parent"] == ("-0.20 less", None)
    assert "Own share of parent" not in changes(figure_rows(states(state(0.9, own=None), state(0.9, own=None)), TREE))


def test_what_is_not_known_did_not_change():
    found = figure_rows(states(state(0.9, None), state(0.9, 1.0)), TREE)
    row = next(row for row in found if row.name == "Severity of mistakes")
    assert (row.cells[0], row.change, row.better) == ("-", "", None)


@pytest.mark.parametrize(
    ("after", "control", "parts"),
    [
        (0.92, 0.92, ("4 more of 200", "it would be 4 more", "costs nothing")),
        (0.88, 0.92, ("4 fewer of 200", "it would be 4 more", "costs 8")),
        (0.9, 0.9, ("As many of 200 clips are right as before", "it would be as many", "costs nothing")),
    ],
)
def test_a_sentence_tells_tuning_from_leaving_out(after, control, parts):
    said = in_short(states(state(0.9), state(after), control), "class")
    assert all(part in said for part in parts)


def test_names_are_escaped_and_every_colour_has_its_word():
    rows = node_table(
        [{"node": "ball", "clips": 3, "found before": 1.0, "found after": 0.5, "precise before": None,
          "precise after": 0.5}],
        TREE,
    )  # fmt: skip
    said = table_html(("<b>", "tuned"), rows, "<script>")
    assert "<script>" not in said
    assert "<b>" not in said
    assert "-50.0 worse" in said
    assert said.count("rgba(248") == 1
