"""What is told of a story: when its answer was wrong, and what was named before it could be seen."""

from dataclasses import replace

import numpy as np
import pytest
from toys import toy_hierarchy

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.traces import Trace
from hprotopnet.studies.stories import (
    EarlyName,
    WrongSpell,
    describe,
    describe_summary,
    named_early,
    summary,
    wrong_spells,
)

TREE = toy_hierarchy()


def toy_trace(*said: str | None) -> Trace:
    """A trace of a story of `dunk`: these nodes are said a second apart, of windows one second long.

    Setting and surface are seen from the beginning and from second 2 on, the action from second 4 on.
    """
    probabilities = np.full((len(said), len(TREE.nodes)), 0.1)
    for number, name in enumerate(said):
        if name:
            probabilities[number, list(TREE.ancestors(TREE.index(name)))] = 0.85 + number / 100
    times, nothing = np.arange(len(said)) + 0.5, np.zeros((len(said), 0))
    frames = np.arange(60) / 10
    visible = {"grandparent": np.full(60, 0.5), "parent": (frames >= 2) * 0.3, "child": (frames >= 4) * 0.05}
    return Trace("toy", "dunk", "", 1.0, times, TREE.nodes, probabilities, nothing, frames, visible)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("sports", "ball", "dunk"), []),
        ((None, None), []),
        (("sports", "water", "water", "ball"), [(("water",), 1.5, 3.5, 0.87)]),
        (("music", "sports", "throw"), [(("music",), 0.5, 1.5, 0.85), (("throw",), 2.5, 2.5, 0.87)]),
        (("water", "surf", "water", None, "ball"), [(("water", "surf"), 0.5, 3.5, 0.87)]),
    ],
)
def test_wrong_spells_are_runs_of_answers_off_the_true_path(said, expected):
    found = wrong_spells(toy_trace(*said), TREE, 0.8)
    assert [(spell.nodes, spell.start, spell.end) for spell in found] == [row[:3] for row in expected]
    assert [spell.probability for spell in found] == pytest.approx([row[3] for row in expected])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("sports", "sports", "ball", "ball", "dunk"), []),
        (("sports", "ball"), []),  # its window ends at 2, when the surface comes
        (("ball", "sports", None, "dunk"), [EarlyName("ball", 0.5, 2.0)]),  # and so does that of dunk at 4
        (("dunk", "sports", "ball"), [EarlyName("dunk", 0.5, 4.0)]),
        (("music", "throw"), []),
    ],
)
def test_what_is_named_before_its_cue_is_in_the_window_is_early(said, expected):
    assert list(named_early(toy_trace(*said), TREE, 0.8)) == expected


def test_what_is_never_seen_is_always_early_and_what_is_not_known_never():
    trace = toy_trace("sports", "ball", "dunk")
    never = replace(trace, visible={**trace.visible, "child": np.full(60, 1e-5)})
    assert named_early(never, TREE, 0.8) == (EarlyName("dunk", 2.5, None),)
    assert named_early(replace(trace, frames=np.zeros(0), visible={}), TREE, 0.8) == ()


def test_a_line_says_what_was_wrong_and_what_was_early():
    row = {
        "video": "story",
        "first_times": {"sports": 0.5, "ball": 3.5, "dunk": None},
        "in_order": False,
        "wrong": [vars(WrongSpell(("water", "surf"), 1.5, 3.5, 0.94))],
        "early": [vars(EarlyName("ball", 0.5, 2.0)), vars(EarlyName("dunk", 3.0, None))],
    }
    assert describe(row, TREE) == (
        "story: sports at 0.5 s, ball at 3.5 s, dunk never; wrong from 1.5 to 3.5 s: water, then surf, up to 94%;"
        " ball named 1.5 s before it can be seen; dunk named though it never can be seen"
    )


def test_figures_count_stories_that_are_wrong_for_long_or_early(tiny_bundle):
    opened = open_bundle(tiny_bundle)
    slip, long = vars(WrongSpell(("water",), 1.0, 1.4, 0.9)), vars(WrongSpell(("water",), 1.0, 1.6, 0.9))
    early = vars(EarlyName("ball", 0.5, 2.0))
    cases = [(True, [], []), (True, [slip], []), (True, [slip, long], []), (False, [], [early])]
    rows = [{"in_order": in_order, "wrong": wrong, "early": soon} for in_order, wrong, soon in cases]
    figures = summary(rows, opened)
    assert [figures[name] for name in ("stories", "in_order", "wrong", "early", "clean")] == [4, 3, 1, 1, 2]
    assert describe_summary(figures) == (
        "3 of 4 in order; wrong for longer than 0.5 s in 1, named before it can be seen in 1; in order with neither: 2"
    )
