"""Rows of single clips: by hand, and that the figures can be made of them again."""

import json

import numpy as np
import pytest
from toys import toy_features, toy_hierarchy, toy_model

from hprotopnet.evaluation.predictions import Predictions, clip_rows, figures, predict
from hprotopnet.files import to_json

TREE = toy_hierarchy()


def test_a_row_by_hand():
    leaves = np.array([[0.30, 0.55, 0.05, 0.1, 0, 0], [0.4, 0, 0, 0.3, 0, 0.3]])
    names = ("dunk/a", "dunk/b")
    nodes = leaves @ TREE.covers.T
    found = clip_rows(Predictions(names, (0.0, 0.64), names, np.zeros(2, int), np.log(leaves + 1e-9), nodes), TREE, 0.8)
    assert found[0]["true_path"] == pytest.approx({"dunk": 0.30, "ball": 0.85, "sports": 0.90})
    assert found[0]["answer_path"] == pytest.approx({"throw": 0.55, "ball": 0.85, "sports": 0.90})
    said = [[row[key] for key in ("video", "start", "truth", "answer", "back_off", "severity")] for row in found]
    assert said == [["dunk/a", 0.0, "dunk", "throw", "ball", 1], ["dunk/b", 0.64, "dunk", "dunk", None, 0]]


def test_rows_come_back_from_json_and_make_the_figures_again():
    clips = toy_features(per_class=4, clips=2)
    predictions, threshold = predict(toy_model(temperature=0.05), clips), 0.8
    rows = json.loads(to_json(clip_rows(predictions, TREE, threshold)))
    assert [(row["video"], row["start"]) for row in rows] == list(clips.keys)
    assert len({row["start"] for row in rows}) == 2
    assert [row["group"] for row in rows] == list(clips.groups)
    found = figures(predictions, TREE, threshold)
    heights = np.array([row["severity"] for row in rows])
    assert 0 < (heights == 0).mean() < 1
    assert found["clip"]["accuracy"] == np.mean([row["truth"] == row["answer"] for row in rows])
    assert found["clip"]["sibling"] == (heights <= 1).mean()
    assert found["clip"]["mistake_severity"] == pytest.approx(heights[heights > 0].mean())
    stops = [row["back_off"] for row in rows]
    assert len(set(stops)) > 2
    assert found["back_off"]["root"] == np.mean([stop is None for stop in stops])
    assert found["back_off"]["leaf"] == np.mean([stop in TREE.classes for stop in stops])
    right = [row["back_off"] in row["true_path"] for row in rows if row["back_off"]]
    assert found["back_off"]["answer_accuracy"] == pytest.approx(np.mean(right))
    for row, nodes in zip(rows, predictions.nodes, strict=True):
        for path in (row["true_path"], row["answer_path"]):
            assert list(path.values()) == [nodes[TREE.index(name)] for name in path]
            assert list(path.values()) == sorted(path.values())
        assert row["severity"] == len(set(row["true_path"]) - set(row["answer_path"]))
