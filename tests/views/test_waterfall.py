"""How contributions add up: the bars, and what a browser is given of them."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.views.waterfall import DOWN, SUM, UP, Bar, in_words, waterfall, waterfall_html

OTHERS = ("rest", "path", "others", "sum")


def level_with(contributions: list[float], **shares: float) -> LevelExplanation:
    rows = tuple(
        PrototypeEvidence(i, 0.5, 0.1, value, (0, 0, 0), np.ones((1, 1, 1)), (None,))
        for i, value in enumerate(contributions)
    )
    return LevelExplanation("class", "dunk", 0.9, "throw", 2.2, 1.0, shares, rows)


@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_it_ends_at_the_difference_of_scores(labels):
    bars = waterfall(level_with([0.4, 0.1, -0.05], own=0.45, path=0.2, others=-0.3), list(labels), OTHERS)
    assert [bar.end - bar.start for bar in bars[:-1]] == pytest.approx([0.4, 0.1, -0.05, 0.2, -0.3])
    assert all(later.start == bar.end for bar, later in pairwise(bars[:-1]))
    assert bars[-1] == Bar("sum", 0.0, bars[-2].end, total=True)
    assert bars[-1].end == pytest.approx(0.35)
    assert ("rest" in {bar.name for bar in bars}) == (labels == "ab")


def test_what_listed_prototypes_leave_of_a_share_is_a_bar():
    names = [bar.name for bar in waterfall(level_with([0.4], own=0.5, path=0, others=0), ["a"], OTHERS)]
    assert names == ["a", "rest", "path", "others", "sum"]


def test_where_it_is_known_what_speaks_for_it_bars_are_shares_of_that():
    """0.8 speaks for it, 0.35 of that is left; what is pointed at tells the scores."""
    level = replace(level_with([0.4, 0.1, -0.05], own=0.45, path=0.2, others=-0.3), speaking=0.8)
    bars = waterfall(level, ["a"], OTHERS)
    assert [bar.number for bar in bars] == ["+50 %", "+6.2 %", "+25 %", "-38 %", "+44 %"]
    assert [bar.contribution for bar in bars] == pytest.approx([0.4, 0.05, 0.2, -0.3, 0.35])
    assert in_words(bars[:1]) == "a +50 %"
    assert drawn(bars)[0][3] == "+50 %"
    cells = list(ElementTree.fromstring(waterfall_html(bars, "")))[1::2]
    assert cells[0].get("title") == "+0.400 in scores"


def drawn(bars: list[Bar]) -> list[tuple[float, float, str, str]]:
    """Left end and width in percent, colour and number of each bar."""
    tree = ElementTree.fromstring(waterfall_html(bars, "what it shows"))
    cells = [list(cell) for cell in list(tree)[1::2]]
    found = []
    for _, bar, number, *_ in cells:
        left, width, colour = re.search("left:(.+)%;width:(.+)%;.*background:(.+)", bar.get("style")).groups()
        found.append((float(left), float(width), colour, number.text))
    return found


def test_bars_stand_along_one_scale():
    bars = [Bar("up", 0, 2), Bar("down", 2, -2), Bar("back", -2, 1), Bar("sum", 0, 1, total=True)]
    assert drawn(bars) == [(50, 50, UP, "+2.00"), (0, 100, DOWN, "-4.00"), (0, 75, UP, "+3.00"), (50, 25, SUM, "+1.00")]


def test_nothing_at_all_is_no_division_by_zero():
    assert {bar[:2] for bar in drawn([Bar("a", 0, 0), Bar("sum", 0, 0, total=True)])} == {(0.0, 0.0)}


def test_names_are_only_text_and_the_bars_are_said_in_words():
    evil = [Bar("<img src=x onerror=alert(1)> & co", 0, 1), Bar("sum", 0, 1, total=True)]
    tree = ElementTree.fromstring(waterfall_html(evil, '"><script>'))
    assert not list(tree.iter("img")) + list(tree.iter("script"))
    assert tree[0].text == evil[0].name
    assert tree.get("aria-label") == '"><script>'
    assert in_words(evil[1:]) == "sum +1.00"
