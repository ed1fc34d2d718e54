"""Which clips of a toy tree are wanted, in which order, and how many: worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import toy_hierarchy

from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.views.gallery import (
    DIFFER,
    DOUBT,
    EVERY,
    RIGHT,
    SEVERITY,
    UNSURE,
    WRONG,
    Answer,
    Entry,
    Wanted,
    above,
    answered,
    counted,
    families,
    marks,
    select,
    told,
    verdict,
)

TREE = toy_hierarchy()  # sports: ball (dunk, throw), water (surf); music: percussion (drum, tabla), string (cello)


def clip(label: str | None, *said: tuple[str, float] | None, threshold: float = 0.8) -> Entry:
    """A clip with what each network answers, and how surely."""
    answers = []
    for own in said:
        if own is None:
            answers.append(None)
            continue
        shares = np.full(6, (1 - own[1]) / 5)
        shares[TREE.index(own[0])] = own[1]
        answers.append(answered(shares, label, TREE, threshold))
    name = f"{label}: " + " ".join(own[0] if own else "-" for own in said)
    return Entry(name, f"{label}/v", label, tuple(answers))


# In no order at all: right, sibling, cousin, stranger, and one of which nothing is known.
CLIPS = [
    clip("cello", ("dunk", 0.9)),
    clip("dunk", ("surf", 0.5)),
    clip("surf", None),
    clip("throw", ("dunk", 0.85)),
    clip("dunk", ("dunk", 0.6)),
    clip("drum", ("drum", 0.95)),
]
BY_TREE = ["dunk: dunk", "dunk: surf", "throw: dunk", "surf: -", "drum: drum", "cello: dunk"]


def names(**wanted: str) -> list[str]:
    return [entry.name for entry in select(CLIPS, Wanted(**wanted), TREE)]


def test_all_are_wanted_in_tree_order_to_begin_with():
    assert names() == BY_TREE


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"node": "dunk"}, ["dunk: dunk", "dunk: surf"]),
        ({"node": "ball"}, ["dunk: dunk", "dunk: surf", "throw: dunk"]),
        ({"node": "sports"}, BY_TREE[:4]),
        ({"node": "tabla"}, []),
        ({"said": "dunk"}, ["dunk: dunk", "throw: dunk", "cello: dunk"]),
        ({"said": "water"}, ["dunk: surf"]),
        ({"node": "music", "said": "sports"}, ["cello: dunk"]),
        ({"mark": RIGHT}, ["dunk: dunk", "drum: drum"]),
        ({"mark": WRONG}, ["dunk: surf", "throw: dunk", "cello: dunk"]),
        ({"mark": "wrong, right parent"}, ["throw: dunk"]),
        ({"mark": "wrong, right grandparent"}, ["dunk: surf"]),
        ({"mark": "wrong altogether"}, ["cello: dunk"]),
        ({"sure": UNSURE}, ["dunk: dunk", "dunk: surf"]),
        ({"sure": UNSURE, "mark": WRONG}, ["dunk: surf"]),
    ],
)
def test_filters_by_hand(wanted, found):
    assert names(**wanted) == found


def test_orders_by_hand():
    assert names(order=DOUBT) == ["dunk: surf", "dunk: dunk", "throw: dunk", "cello: dunk", "drum: drum", "surf: -"]
    assert names(order=SEVERITY) == ["cello: dunk", "dunk: surf", "throw: dunk", "dunk: dunk", "drum: drum", "surf: -"]


def test_two_networks_are_wrong_where_one_is_and_differ_where_the_other_is_not():
    both = [
        clip("dunk", ("dunk", 0.9), ("dunk", 0.7)),
        clip("throw", ("throw", 0.9), ("surf", 0.9)),
        clip("drum", ("cello", 0.9), ("tabla", 0.6)),
        clip("tabla", None, ("tabla", 0.9)),
    ]

    def labels(**wanted: str) -> list[str]:
        return [entry.label for entry in select(both, Wanted(**wanted), TREE)]

    assert labels(mark=RIGHT) == ["dunk", "tabla"]
    assert labels(mark=WRONG) == ["throw", "drum"]
    assert labels(mark=DIFFER) == ["throw"]
    assert labels(sure=UNSURE) == ["dunk", "drum"]
    assert labels(order=DOUBT) == ["drum", "dunk", "throw", "tabla"]
    assert labels(mark="wrong, right parent") == labels(mark="wrong, right grandparent", node="drum") == ["drum"]
    assert counted(both, both, ("A", "B")) == "4 clips; wrong: 1 by A and 2 by B"
    assert counted(both[:1], both, ("A", "B")) == "1 of 4 clips; wrong: none by A and none by B"


def test_counts_in_words():
    assert counted(CLIPS, CLIPS) == "6 clips, 3 wrong"
    assert counted(select(CLIPS, Wanted(node="ball"), TREE), CLIPS) == "3 of 6 clips, 2 wrong"
    assert counted(select(CLIPS, Wanted(mark=RIGHT), TREE), CLIPS) == "2 of 6 clips, none wrong"
    assert counted(CLIPS[2:3], CLIPS[2:3]) == "1 clip"
    assert counted([], CLIPS) == "0 of 6 clips"


def test_families_stand_under_their_names():
    found = [
        (top, [(rest, [own.name for own in clips]) for rest, clips in below])
        for top, below in families(select(CLIPS, Wanted(), TREE), TREE)
    ]
    assert found == [
        ("sports", [("ball", BY_TREE[:3]), ("water", ["surf: -"])]),
        ("music", [("percussion", ["drum: drum"]), ("string", ["cello: dunk"])]),
    ]


def test_a_clip_of_a_class_that_the_tree_lacks_comes_last_and_is_neither_right_nor_wrong():
    strange = clip("juggling", ("dunk", 0.9))
    assert strange.heights == []
    assert above(strange, TREE) == ()
    assert select([strange, *CLIPS], Wanted(), TREE)[-1] is strange
    assert strange not in select([strange], Wanted(mark=RIGHT), TREE) + select([strange], Wanted(mark=WRONG), TREE)
    assert families([strange], TREE) == [("", [("", [strange])])]
    assert told(strange.known[0], TREE) == "answered dunk, 90 %"


def test_verdicts_name_the_level_that_is_right():
    assert [verdict(height, TREE) for height in range(4)] == [
        "right",
        "right parent",
        "right grandparent",
        "wrong altogether",
    ]
    assert told(CLIPS[1].known[0], TREE) == "right grandparent, answered surf, 50 %, not sure of a class"


@given(st.lists(st.floats(0.01, 1), min_size=6, max_size=6), st.floats(0.51, 0.99))
def test_unsure_is_where_the_back_off_stays_above_the_classes(weights, threshold):
    shares = np.array(weights) / sum(weights)
    node = back_off(TREE.covers @ shares, TREE, threshold)
    above_classes = node < 0 or TREE.levels[node] > 0
    assert answered(shares, "dunk", TREE, threshold).unsure == above_classes


answers = st.none() | st.tuples(st.sampled_from(TREE.classes), st.floats(0.2, 1))
clips = st.lists(
    st.builds(lambda label, one, two: clip(label, one, two), st.sampled_from(TREE.classes), answers, answers),
    max_size=8,
)


@given(clips)
def test_marks_part_the_clips_that_are_known(entries):
    fits = marks(TREE, 2)
    known = [entry for entry in entries if entry.heights]
    assert all(fits[EVERY](entry) for entry in entries)
    assert all(fits[RIGHT](entry) != fits[WRONG](entry) for entry in known)
    heights = [fit for name, fit in fits.items() if name not in (EVERY, RIGHT, WRONG, DIFFER)]
    assert len(heights) == TREE.depth
    assert all(fits[WRONG](entry) == any(fit(entry) for fit in heights) for entry in entries)


@given(clips, st.sampled_from(["tree order", DOUBT, SEVERITY]))
def test_every_order_holds_every_clip_once_and_none_depends_on_how_they_came(entries, order):
    entries = [Entry(f"{number}", f"{number}", own.label, own.answers) for number, own in enumerate(entries)]
    found = select(entries, Wanted(order=order), TREE)
    assert sorted(entry.name for entry in found) == sorted(entry.name for entry in entries)
    assert found == select(entries[::-1], Wanted(order=order), TREE)
    grouped = [
        own for _, below in families(select(entries, Wanted(), TREE), TREE) for _, group in below for own in group
    ]
    assert grouped == select(entries, Wanted(), TREE)


def test_an_answer_is_the_likeliest_class():
    assert answered(np.array([0.1, 0.5, 0.1, 0.1, 0.1, 0.1]), None, TREE, 0.8) == Answer("throw", 0.5, None, True)
