"""Tables of what answers are worth: worked by hand on six classes."""

import csv
import io
from types import SimpleNamespace

import pytest
from scored import TREE, TRUTH, answered
from toys import toy_hierarchy

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.bundles.description import Accuracy, Epoch, Milestone, Record
from hprotopnet.views import scores


def test_levels_are_right_by_the_hops_of_the_paper():
    rows = scores.level_rows(answered())
    assert [row["level"] for row in rows] == ["class", "parent", "grandparent"]
    assert [row["right"] for row in rows] == [4 / 8, 5 / 8, 7 / 8]
    assert all(row["low"] <= row["right"] <= row["high"] and row["clips"] == 8 for row in rows)
    assert [row["in the paper"] for row in rows] == ["class accuracy", "sibling accuracy", "cousin accuracy"]


def test_clips_of_one_group_have_no_interval():
    alike = answered()
    rows = scores.level_rows(ClipAnswers(TREE, alike.names, alike.starts, ("g",) * 8, alike.leaves, alike.logits))
    assert [(row["low"], row["high"]) for row in rows] == [(None, None)] * 3


def test_a_bundle_without_answers_tells_what_it_knows():
    rows = scores.stored_level_rows(Accuracy(0.5, 1.5, 0.7, None), TREE)
    assert [(row["level"], row["right"]) for row in rows] == [("class", 0.5), ("parent", 0.7)]


def test_equally_sure_answers_are_given_together():
    [row] = scores.risk_rows(answered(sure=0.0))  # all are called dunk
    assert row == {"answered": 1.0, "wrong": 6 / 8, "confidence": pytest.approx(1 / 6)}
    last = scores.risk_rows(answered())[-1]
    assert (last["answered"], last["wrong"]) == (1.0, 0.5)


def test_back_off_curves_end_at_the_classes_and_pass_through_the_threshold():
    found = answered()
    curves, marked = scores.specificity_rows(found), scores.specificity_at(found, 0.8)
    for name, rows in curves.items():
        assert rows[0]["right"] == 1
        assert (rows[-1]["specificity"], rows[-1]["right"]) == (pytest.approx(1), pytest.approx(0.5))
        before = [row for row in rows if row["threshold"] >= 0.8][-1]
        assert marked[name] == pytest.approx({key: before[key] for key in ("specificity", "right")})


def test_severity_counts_mistakes_beside_chance():
    rows = scores.severity_rows(answered())
    assert [row["mistakes"] for row in rows] == [1, 2, 1]
    assert [row["share"] for row in rows] == [0.25, 0.5, 0.25]
    # Of the five other classes: dunk 1 sibling, 1 cousin, 3 strangers; surf 0, 2, 3; drum and tabla 1, 1, 3.
    assert [row["by chance"] for row in rows] == pytest.approx([3 / 20, 5 / 20, 12 / 20])
    assert [row["meaning"] for row in rows] == ["same parent", "same grandparent", "nothing in common"]
    assert [row["mistakes"] for row in scores.severity_rows(answered(TRUTH, TRUTH))] == [0, 0, 0]


def test_each_class_has_a_row_in_tree_order():
    rows = scores.class_rows(answered())
    assert [row["class"] for row in rows] == ["dunk", "throw", "surf", "drum", "tabla", "cello"]
    assert rows[0] | {"low": 0, "high": 0} == {
        **{"class": "dunk", "parent": "ball", "grandparent": "sports", "clips": 2, "right": 0.5},
        **{"low": 0, "high": 0, "said instead": "throw", "levels off": 1.0},
    }
    assert rows[1]["said instead"] == ""
    assert "surf" not in [row["class"] for row in scores.class_rows(answered(("dunk",), ("throw",)))]


def test_tree_order_keeps_families_together():
    mixed = toy_hierarchy((("a", "p", "x"), ("b", "q", "y"), ("c", "p", "x"), ("d", "r", "x"), ("e", "q", "y")))
    assert [mixed.nodes[leaf] for leaf in scores.tree_order(mixed)] == ["a", "c", "d", "b", "e"]


def test_cells_of_the_matrix_hold_their_clips():
    found = answered()
    counts = scores.confusion(found)
    assert counts.sum() == 8
    for truth, said in zip(*counts.nonzero(), strict=True):
        rows = scores.clips_of_cell(found, truth, said)
        assert len(rows) == counts[truth, said]
        assert all(row["video"].startswith(f"{TREE.nodes[truth]}/") for row in rows)
    [row] = scores.clips_of_cell(found, TREE.index("surf"), TREE.index("dunk"))
    assert row["probability of the answer"] > row["probability of the truth"]


def test_epochs_are_counted_through_all_stages():
    record = Record((Epoch("warm", 2.0, 0.1), Epoch("warm", None, 0.5), Epoch("head", 1.0, 0.6)))
    stones = {"warm": {"validation": Milestone(Accuracy(0.4))}, "gone": {}}
    rows = scores.training_rows(SimpleNamespace(record=record, milestones=stones))
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["right, validation"] for row in rows] == [None, 0.4, None]
    assert scores.training_rows(SimpleNamespace(record=None, milestones={})) == []


def test_a_file_for_spreadsheets_runs_nothing():
    text = scores.as_csv([{"class": "=1+1", "n": -2}, {"class": 'a "b", c', "more": None}])
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["class", "n", "more"], ["'=1+1", "-2", ""], ['a "b", c', "", ""]]
