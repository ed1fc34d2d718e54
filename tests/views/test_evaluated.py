"""Answers that `evaluate --json` wrote, as the gallery reads them."""

import json

import numpy as np
import pytest
from toys import toy_hierarchy

from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import Predictions, clip_rows
from hprotopnet.views.evaluated import answers_of
from hprotopnet.views.gallery import Answer

TREE = toy_hierarchy()


FOREIGN = {"video": "a", "start": 0, "answer": "x", "answer_path": {"x": 1}, "severity": 0}


def written(**more: object) -> bytes:
    """Three clips of one video and one of another, as evaluate writes them: dunk, dunk, surf, and drum."""
    said = [TREE.index(name) for name in ("dunk", "throw", "surf", "drum")]
    logits = np.full((4, len(TREE.classes)), 0.0, np.float32)
    logits[range(4), said] = 3
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    rows = clip_rows(
        Predictions(
            names=("dunk/a", "dunk/a", "dunk/a", "drum/b"),
            starts=(2.0, 0.0, 1.0, 0.0),
            groups=("g1", "g1", "g1", "g2"),
            leaves=np.array([TREE.index(name) for name in ("dunk", "dunk", "dunk", "drum")]),
            logits=logits,
            nodes=shares @ TREE.covers.T,
        ),
        TREE,
        0.8,
    )
    return json.dumps({"clips": rows, "figures": {}} | more).encode()


def test_the_middle_clip_of_each_video_answers_for_it():
    found = answers_of(written(), "answers.json", TREE, 0.8)
    share = float(np.exp(3) / (np.exp(3) + 5))
    assert found["drum/b"] == Answer("drum", pytest.approx(share), 0, share < 0.8)
    assert found["dunk/a"] == Answer("surf", pytest.approx(share), 2, share < 0.8)  # starts 0, 1, 2: surf starts at 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"{}", "clips"),
        (b'{"clips": [{"video": 1}]}', "clips"),
        (
            written(clips=[{"video": "a", "start": 0, "answer": "x", "answer_path": {"x": 1}, "severity": 0}]),
            "no class",
        ),
    ],
)
def test_what_evaluate_did_not_write_is_one_line(content, said):
    with pytest.raises(InputError) as error:
        answers_of(content, "answers.json", TREE, 0.8)
    assert str(error.value).startswith("answers.json")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
