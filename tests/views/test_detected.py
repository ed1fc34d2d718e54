"""What lies under a film in which actions were detected, worked by hand; concepts and errors beside it."""

import numpy as np
import pytest

from hprotopnet.temporal.annotations import long_video
from hprotopnet.temporal.atoms import Atom
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.toy import toy_tree
from hprotopnet.views.concepts import by_atom, by_class, draw_alike, draw_usage, order_of, widened
from hprotopnet.views.detected import (
    FINE,
    MOST_ROWS,
    TRUTH,
    Detected,
    Limits,
    Stretch,
    choices,
    coarse,
    found,
    in_rows,
    made_of,
    scores_at,
    under,
)
from hprotopnet.views.detection_errors import MISSED, diagnose, draw_errors

TREE = toy_tree(2, 2)  # a0 a1 of a, b0 b1 of b
RULE = Rule(alpha=0.0, kmax=2.0)


def detected(scores=None, known=True, name="film", labels=(0, 2)) -> Detected:
    """Eight cells of half a second: a0 in the first second and a half, b1 from the third on."""
    if scores is None:
        scores = np.full((8, 4), -1.0, np.float32)
        scores[:3, 0] = 3
        scores[4:, 3] = 2
        scores[2:4, 1] = 1
    times, labels = ([(0, 1.5), (3, 4)], labels) if known else ([], [])
    video = long_video("test", name, 8, 2.0, times, labels)
    atoms = (Atom((0, 1.5), "hop"), Atom((3, 4), "twist"))
    return Detected(TREE, video, scores, np.array([0, 0, 1, 1, 2, 2, 2, 2]), atoms if known else (), known)


def spans(stretches):
    return [(own.label, own.start, own.end, own.track) for own in stretches]


def test_segments_are_those_of_the_rule_the_surest_first():
    own = found(detected(), Limits(RULE, 0.0, 10))
    # a0: highest 3, half of its best four cells' mean (3 + 3 + 3 - 1) / 4; b1: 2 and half of 2
    assert spans(own) == [(0, 0, 1.5, 0), (3, 2, 4, 0)]
    assert [part.score for part in own] == [4.0, 3.0]
    assert spans(found(detected(), Limits(RULE, 3.5, 10))) == [(0, 0, 1.5, 0)]
    assert spans(found(detected(), Limits(RULE, 0.0, 1))) == [(0, 0, 1.5, 0)]
    assert found(detected(), Limits(Rule(1.0, 2.0), 0.0, 10)) == []


def test_what_overlaps_stands_in_rows_of_its_own():
    parts = [Stretch(FINE, 0, 0, 2, 3.0), Stretch(FINE, 1, 1, 3, 2.0), Stretch(FINE, 2, 2, 4, 1.0)]
    assert [own.track for own in in_rows(parts)] == [0, 1, 0]
    crowd = in_rows([Stretch(FINE, 0, 0, 1, 1.0)] * 20)
    assert max(own.track for own in crowd) == MOST_ROWS - 1


def test_a_coarse_class_is_found_where_any_of_its_fine_ones_is():
    parts = [Stretch(FINE, 0, 0, 2, 3.0), Stretch(FINE, 1, 1, 3, 5.0), Stretch(FINE, 0, 4, 5, 1.0)]
    parts.append(Stretch(FINE, 2, 0, 1, 2.0))
    own = coarse(parts, TREE)
    names = [TREE.nodes[part.label] for part in own]
    assert [(name, part.start, part.end, part.score) for name, part in zip(names, own, strict=True)] == [
        ("a", 0, 3, 5.0),
        ("b", 0, 1, 2.0),
        ("a", 4, 5, 1.0),
    ]


def test_scores_above_the_classes_are_the_highest_of_theirs():
    scores = np.array([[1.0, 2, -1, -5], [0, -3, 4, 5]])
    assert scores_at(scores, TREE, 1).tolist() == [[2, -1], [0, 5]]
    assert scores_at(scores, TREE, 0) is scores


def test_under_the_film_lie_truth_segments_concepts_and_scores_in_step():
    own = detected()
    parts = found(own, Limits(RULE, 0.0, 10))
    below = under(own, parts, parts[0])
    rows = [(part.level, part.name, part.start, part.end) for part in below.ranges]
    assert rows == [
        ("truth 0", "a0", 0, 1.5),
        ("truth 0", "b0", 3, 4),
        ("coarse 0", "a 4.0", 0, 1.5),
        ("coarse 0", "b 3.0", 2, 4),
        ("fine 0", "a0 4.0", 0, 1.5),
        ("fine 0", "b1 3.0", 2, 4),
        ("concept", "c0", 0, 1),
        ("concept", "c1", 1, 2),
        ("concept", "c2", 2, 4),
        ("atom", "hop", 0, 1.5),
        ("atom", "twist", 3, 4),
    ]
    listed = choices(own, parts)
    for part in below.ranges[:6]:
        assert (listed[part.number].start, listed[part.number].end) == (part.start, part.end)
    assert listed[below.chosen] == parts[0]
    assert {part.number for part in below.ranges[6:]} == {-1}
    assert set(below.titles) == {"truth 0", "coarse 0", "fine 0", "concept", "atom"}
    assert below.times == tuple(0.25 + 0.5 * cell for cell in range(8))
    assert below.says[0] == ("a0", "score 4.00 · true: a0 · concept c0")
    assert below.says[3] == ("Nothing found", "true: nothing · concept c1")
    assert [(lane.level, lane.name) for lane in below.lanes] == [
        ("score 1", "a"),
        ("score 1", "b"),
        ("score 0", "a0"),
        ("score 0", "b0"),
        ("score 0", "b1"),
    ]
    assert below.to_dict()["chosen"] == below.chosen


def test_a_stretch_is_made_of_the_concepts_of_its_cells():
    own = detected()
    assert made_of(own, Stretch(FINE, 0, 0, 2.5, 1.0)) == [(0, 0.4), (1, 0.4), (2, 0.2)]
    assert made_of(own, Stretch(TRUTH, 0, 0.3, 0.7)) == []


def test_where_nobody_knows_what_is_true_nothing_is_said_of_it():
    own = detected(known=False)
    below = under(own, found(own, Limits(RULE, 0.0, 10)))
    assert not [part for part in below.ranges if part.level.startswith((TRUTH, "atom"))]
    assert below.chosen == -1
    assert below.says[0] == ("a0", "score 4.00 · concept c0")
    empty = under(own, [])  # nothing found: the likeliest class has a curve
    assert [lane.name for lane in empty.lanes] == ["a", "a0"]


def test_usage_of_concepts_is_counted_in_clips():
    own = by_class([detected()])
    assert own.kinds == ("a0", "a1", "b0", "b1")
    assert own.counts.tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 2], [0, 0, 0]]
    assert own.purity == 1
    assert own.by_chance < 1
    assert own.commonest(2) == ("b0", 1.0, 2)
    atoms = widened(by_atom([detected()]), 5)
    assert atoms.kinds == ("hop", "twist")
    assert atoms.counts.tolist() == [[2, 1, 0, 0, 0], [0, 0, 2, 0, 0]]
    assert atoms.commonest(4) is None
    assert order_of(atoms) == [0, 1, 2, 3, 4]
    assert by_atom([detected(known=False)]) is None
    nobody = by_class([detected(known=False)])
    assert (nobody.purity, nobody.nmi, nobody.by_chance) == (None, None, None)


@pytest.mark.parametrize("dark", [False, True])
def test_heat_maps_escape_names_and_leave_out_what_is_not_there(dark):
    own = by_class([detected()])
    drawn = draw_usage(own, ["<b>", "a1", "b0", "b1"], "class", dark)
    [cells] = drawn["data"]
    assert cells["z"][0] == [pytest.approx((2 / 3) ** 0.5), pytest.approx((1 / 3) ** 0.5), None]
    assert "&lt;b&gt;" in cells["hovertext"][0][0]
    assert "2 clips, 66.7 % of this row's" in cells["hovertext"][0][0]
    alike = draw_alike(np.array([[0.5, -0.25, 0.0]] * 4), [2, 0, 1], list("abcd"), "class", dark)
    assert alike["data"][0]["z"][0] == [0.0, 0.5, -0.25]
    assert alike["layout"]["xaxis"]["ticktext"] == ["c2", "c0", "c1"]


def test_errors_are_told_apart_with_examples_from_what_can_be_shown():
    right = np.full((8, 4), -1.0, np.float32)
    right[:3, 0] = 3
    right[6:, 2] = 2
    sibling = right[:, [1, 0, 2, 3]]
    videos = [detected(right, name="good"), detected(sibling, name="bad")]
    videos.append(detected(sibling, name="hidden", labels=(1, 2)))
    own = diagnose(videos, RULE, ["good", "bad"])
    assert own.errors.shares["right"] == pytest.approx(5 / 6)
    assert own.errors.shares["sibling"] == pytest.approx(1 / 6)
    assert own.errors.missed == pytest.approx(1 / 6)
    assert [(name, part.label) for name, part in own.examples["sibling"]] == [("bad", 1)]
    assert [(name, part.label, part.start) for name, part in own.examples[MISSED]] == [("bad", 0, 0.0)]
    assert {name for rows in own.examples.values() for name, _ in rows} == {"good", "bad"}
    assert own.coarse == pytest.approx(1.0)
    assert own.fine < 1
    drawn = draw_errors(own)
    assert drawn["data"][0]["text"][0] == "83.3 %"
