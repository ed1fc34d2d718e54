"""Two networks side by side, on answers that can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from toys import toy_explanation as explanation
from toys import toy_hierarchy

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.views.duel import duel, headline, in_sentences

TREE = toy_hierarchy()
NAMES = ("the flat network", "the hierarchical network")
CLASSES = TREE.classes


def said(first: dict[str, float], second: dict[str, float], truth: str | None = None, threshold: float = 0.8) -> str:
    return headline([explanation(**first), explanation(**second)], NAMES, TREE, threshold, truth)


@pytest.mark.parametrize(
    ("first", "second", "truth", "line"),
    [
        ({"dunk": 1}, {"dunk": 1}, "dunk", "Both say dunk, and both are right."),
        ({"dunk": 1}, {"dunk": 1}, None, "Both say dunk."),
        ({"dunk": 1}, {"dunk": 1}, "surf", "Both say dunk, and both are wrong: it is surf."),
        (
            {"dunk": 0.5, "throw": 0.5},
            {"dunk": 0.4, "throw": 0.6},
            "throw",
            "Both say ball, right as far as it goes; the flat network leans to dunk, the hierarchical network leans to"
            " throw, which is right.",
        ),
        (
            {"dunk": 1},
            {"dunk": 0.5, "throw": 0.5},
            "dunk",
            "Both see ball: the flat network is right (dunk); the hierarchical network is right as far as it goes"
            " (ball).",
        ),
        (
            {"dunk": 1},
            {"drum": 1},
            "dunk",
            "The flat network is right (dunk); the hierarchical network is wrong (drum).",
        ),
        (
            {"dunk": 1},
            {"dunk": 0.4, "drum": 0.35, "cello": 0.25},
            "dunk",
            "The flat network is right (dunk); the hierarchical network is not sure.",
        ),
        (
            {"dunk": 0.4, "drum": 0.35, "cello": 0.25},
            {"dunk": 0.35, "drum": 0.4, "cello": 0.25},
            "dunk",
            "Neither network is sure of anything.",
        ),
        ({"dunk": 1}, {"drum": 1}, None, "The flat network says dunk; the hierarchical network says drum."),
    ],
)
def test_the_headline_says_how_they_differ(first, second, truth, line):
    assert said(first, second, truth) == line


def answers(names: list[str], truth: list[str], given: list[str]) -> ClipAnswers:
    leaves = np.array([CLASSES.index(name) for name in truth])
    logits = np.zeros((len(names), len(CLASSES)), np.float32)
    logits[range(len(names)), [CLASSES.index(name) for name in given]] = 5
    groups = tuple(name.split("_")[0] for name in names)
    return ClipAnswers(TREE, tuple(names), (0.0,) * len(names), groups, leaves, logits)


FLAT = answers(["g1_a", "g1_b", "g2_a", "g2_b"], ["dunk", "dunk", "surf", "drum"], ["dunk", "throw", "drum", "drum"])
TIED = answers(["g2_b", "g1_b", "g2_a", "g3_c"], ["drum", "dunk", "surf", "surf"], ["drum", "dunk", "dunk", "surf"])


def test_clips_are_joined_by_name_and_told_apart():
    found = duel(FLAT, TIED)
    assert found.names == ("g1_b", "g2_a", "g2_b")
    assert found.heights.tolist() == [[1, 3, 0], [0, 2, 0]]
    kinds = {name: rows.tolist() for name, rows in found.kinds(["flat", "tied"]).items()}
    assert kinds["Only tied right"] == [True, False, False]
    assert kinds["Only flat right"] == [False, False, False]
    assert kinds["Both wrong, tied milder"] == [False, True, False]
    assert kinds["flat wrong, yet in the right family"] == [True, False, False]
    assert np.sum([kinds[name] for name in list(kinds)[:4]], axis=0).tolist() == [1, 1, 1]  # no clip twice, none lost


def test_figures_of_a_duel_by_hand():
    figures = duel(FLAT, TIED).figures()
    assert figures["clips"] == 3
    assert figures["agree"] == pytest.approx(1 / 3)
    assert [own["mean"] for own in figures["right"]] == pytest.approx([1 / 3, 2 / 3])
    assert [own["mean"] for own in figures["severity"]] == [2, 2]
    assert figures["severity_difference_where_both_wrong"]["mean"] == -1
    assert figures["severity_difference_where_both_wrong"]["n"] == 1
    told = in_sentences(figures, NAMES)
    assert told[0] == "They give the same class to 33.3 % of 3 test clips."
    assert "1.00 levels milder" in told[-1]


def test_networks_without_a_common_clip_have_no_duel():
    other = replace(TIED, names=("x_1", "x_2", "x_3", "x_4"))
    assert duel(FLAT, other) is None
