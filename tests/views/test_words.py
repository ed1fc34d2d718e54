from dataclasses import replace

import numpy as np
import pytest
from toys import toy_explanation as explanation
from toys import toy_hierarchy

from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.views import words

TREE = toy_hierarchy()


def test_a_sure_answer_is_told_from_the_top_down():
    said = words.sentence(explanation(dunk=0.91, throw=0.04, surf=0.03, drum=0.02), TREE, 0.8)
    assert said == "sports (98 %), more precisely ball (95 %), most likely dunk (91 %)."


def test_less_sure_stops_at_the_ancestor_and_names_both():
    said = words.sentence(explanation(dunk=0.5, throw=0.4, surf=0.1), TREE, 0.8)
    assert said == "sports (over 99 %), more precisely ball (90 %), but not sure which: dunk (50 %), then throw (40 %)."


def test_nothing_passes_is_not_sure():
    said = words.sentence(explanation(dunk=0.4, drum=0.35, cello=0.25), TREE, 0.8)
    assert said == "Not sure: nothing reaches 80 %. The likeliest path is sports (40 %), ball (40 %), dunk (40 %)."


def test_an_answer_off_the_path_is_told_as_such():
    """The likeliest class is a drum, yet sports together pass."""
    said = words.sentence(explanation(drum=0.4, dunk=0.2, throw=0.2, surf=0.2), TREE, 0.55)
    assert said == "sports (60 %), but not sure which: the likeliest single class, drum (40 %), lies elsewhere."


def test_a_strange_clip_is_told_and_nothing_else_is():
    known = explanation(dunk=1.0)
    assert words.unlike(replace(known, strangeness=1.01)).startswith("Unlike anything this network was trained on: ")
    for strangeness in (None, 0.2, 1.0):
        assert words.unlike(replace(known, strangeness=strangeness)) is None


def test_names_are_shown_as_asked():
    said = words.sentence(explanation(dunk=1.0), TREE, 0.8, lambda name: f"<{name}>")
    assert "<dunk> (over 99 %)" in said


@pytest.mark.parametrize(("value", "shown"), [(1, "over 99 %"), (0.994, "99 %"), (0.5, "50 %"), (0, "under 1 %")])
def test_no_probability_is_rounded_to_certainty(value, shown):
    assert words.probability(value) == shown


def test_no_change_is_not_called_minus_zero():
    assert [words.change(value) for value in (-0.004, 0.0, 0.123, -0.5)] == [
        "unchanged",
        "unchanged",
        "+12 points",
        "-50 points",
    ]


@pytest.mark.parametrize(
    ("answer", "truth", "height", "meaning"),
    [
        ("dunk", "dunk", 0, "right"),
        ("dunk", "throw", 1, "1 of 3 levels off: both are ball"),
        ("dunk", "surf", 2, "2 of 3 levels off: both are sports"),
        ("dunk", "cello", 3, "3 of 3 levels off: nothing in common"),
    ],
)
def test_mistakes_by_height(answer, truth, height, meaning):
    assert words.mistake(answer, truth, TREE) == (height, meaning)


def test_peak_is_told_in_seconds_of_the_video():
    late = PrototypeEvidence(0, 1.0, 0.0, 0.1, (1, 0, 0), np.zeros((2, 3, 3)), (None,) * 4)
    shown = explanation(dunk=1.0)
    assert words.peak_time(late, shown.times) == pytest.approx(2.25)
    assert words.peak_time(replace(late, cell=(0, 0, 0)), shown.times) == pytest.approx(1.25)
    assert words.span(shown) == pytest.approx((1.0, 3.0))


def test_few_videos_are_counted_and_many_are_not():
    assert words.few_videos(1.0, 6) == "Few videos: 6 of 6 videos are right, 95 % interval 61 to 100 %."
    assert words.few_videos(2 / 3, 29).startswith("Few videos: 19 of 29")
    assert words.few_videos(2 / 3, 30) is None
    assert "nothing is known" in words.few_videos(None, 0)


def test_whether_probabilities_are_calibrated_is_said():
    assert words.calibration(None) is None  # a bundle of before
    assert words.calibration({"fitted": True, "factor": 0.5, "clips": 288, "groups": 144}) == (
        "Temperature fitted on 288 validation clips."
    )
    few = words.calibration({"fitted": False, "factor": 1.0, "clips": 8, "groups": 6})
    assert few.startswith("Probabilities are not calibrated: 8 validation clips of 6 groups are too few")


def test_calibration_is_told_with_the_clips_that_it_rests_on():
    fit = {"fitted": False, "clips": 8, "groups": 2}
    assert words.how_calibrated(0.0283, None) == "Probabilities and the share that is right differ by 2.8 % on average."
    assert words.how_calibrated(0.05, fit).endswith(words.calibration(fit))
    assert "8 validation clips" in words.how_calibrated(None, fit)
    assert words.how_calibrated(None, None) == ""


@pytest.mark.parametrize(
    ("contribution", "speaking", "said"),
    [
        (0.5, 2.0, "+25 % of what speaks for Rafting"),
        (0.01, 2.0, "+0.5 % of what speaks for Rafting"),
        (-0.4, 2.0, "-20 % of what speaks for Rafting"),
        (0.199, 2.0, "+10 % of what speaks for Rafting"),
        (-0.4, 0.0, "-0.40 for Rafting"),
        (0.5, None, "+0.50 for Rafting"),
    ],
)
def test_contributions_are_shares_where_something_speaks_for_the_node(contribution, speaking, said):
    level = LevelExplanation("class", "Rafting", 0.9, "Kayaking", None, None, {}, (), speaking)
    assert words.weighed(contribution, level, "Rafting") == said


def test_the_second_class_is_compared_with_the_first():
    shares = {"own": 0.3, "path": 0.1, "others": -0.8}
    top = LevelExplanation("class", "dunk", 0.9, "throw", 2.2, 0.0, {}, ())
    second = LevelExplanation("class", "throw", 0.05, "dunk", -2.9, -3.0, shares, (), speaking=1.0)
    assert words.second(second, top, TREE) == (
        "throw comes second with 5 %; the two share ball. Its own prototypes speak for it with +30 %, all others with"
        " -70 %: -40 % in sum against dunk."
    )
    far = replace(second, node="drum")
    assert "the two share no ancestor" in words.second(far, top, TREE)
    assert words.second(far, top, TREE, lambda name: f"<{name}>").startswith("<drum> comes second")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0.6, "Without this one piece it would be 60 % sure instead of 90 %."),
        (0.9, "Without this one piece it would be as sure: others say the same."),
        (None, ""),
    ],
)
def test_a_piece_says_what_would_be_without_it(after, said):
    level = LevelExplanation("class", "dunk", 0.9, "throw", 2.2, 0.0, {}, ())
    row = PrototypeEvidence(0, 0.5, 0.5, 0.1, (0, 0, 0), np.zeros((1, 1, 1), np.float32), (None,), after)
    assert words.without_piece(level, row) == said
