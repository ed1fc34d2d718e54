"""Which clips are picked, worked out by hand on a handful of clips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hprotopnet.evaluation.teaching import Picks, Seen, picks


def right(margin, placed=()):
    return Seen("drum", "drum", margin, placed)


def wrong(margin, placed=()):
    return Seen("tabla", "drum", -margin, placed)


def test_one_clip_of_each_kind_is_found_wherever_it_stands():
    assert picks([[wrong(0.1), wrong(0.2)], [right(0.9), right(0.8)], [wrong(0.1), right(0.4)]]) == (2, 1, 0)


def test_where_there_is_none_of_a_kind_none_is_picked():
    assert picks([]) == Picks(None, None, None)
    assert picks([[right(0.9), right(0.8)]]) == Picks(None, 0, None)
    assert picks([[wrong(0.1), right(0.8)]]) == Picks(0, None, None)


def test_networks_differ_most_where_their_margins_are_furthest_apart_whoever_is_right():
    assert picks([[wrong(0.1), right(0.2)], [right(0.5), wrong(0.4)], [wrong(0.3), right(0.5)]]).differ == 1


def test_both_are_right_where_the_less_sure_one_is_surest():
    assert picks([[right(0.99), right(0.1)], [right(0.5), right(0.6)], [right(0.4), right(0.9)]]).right == 1


ON, OFF, UNKNOWN = (True, True), (True, False), (None, None)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([(UNKNOWN, UNKNOWN), (ON, ON)], 1),  # known to lie on its cues, though the margin is smaller
        ([(OFF, ON), (UNKNOWN, ON)], 1),  # nobody knows, rather than known not to
        ([(ON, ON), (OFF, ON)], 0),
        ([(OFF, OFF), (ON, OFF)], 1),  # less of it is astray
        ([(OFF, ON), (ON, OFF)], 0),  # as much of it is: the surer one
        ([((None, True), ON), ((True, True), ON)], 0),  # a level of which nothing can be known does no harm
        ([((), ()), (UNKNOWN, UNKNOWN)], 0),
    ],
)
def test_evidence_on_its_cue_counts_before_margins(flags, expected):
    clips = [[right(0.9 - number / 10, flag) for flag in own] for number, own in enumerate(flags)]
    assert picks(clips).right == expected


def test_the_failure_is_one_of_both_and_otherwise_one_of_the_last():
    only_last = [right(0.9), wrong(0.9)]
    both = [wrong(0.1), wrong(0.2)]
    assert picks([only_last, both, [wrong(0.9), right(0.9)]]).failure == 1
    # Of two where only the last is wrong the first shows that they differ, so the other is left.
    assert picks([only_last, [right(0.2), wrong(0.3)], [right(0.9), right(0.9)]]) == (0, 2, 1)
    assert picks([only_last]).failure is None
    assert picks([[wrong(0.9), right(0.9)]]).failure is None


def test_the_failure_is_the_surest_mistake_of_the_last():
    assert picks([[wrong(0.9), wrong(0.2)], [wrong(0.1), wrong(0.6)]]).failure == 1


def test_one_network_differs_from_none():
    assert picks([[wrong(0.3)], [right(0.2)], [wrong(0.5)], [right(0.4)]]) == (None, 3, 2)


SEEN = st.builds(
    lambda answer, margin, placed: Seen(answer, "drum", margin if answer == "drum" else -margin, placed),
    st.sampled_from(["drum", "tabla"]),
    st.floats(0, 1),
    st.lists(st.sampled_from([True, False, None]), max_size=3).map(tuple),
)


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(SEEN, min_size=n, max_size=n), max_size=8)))
def test_picks_are_of_their_kind_and_three_clips(clips):
    found = picks(clips)
    named = [number for number in found if number is not None]
    assert len(set(named)) == len(named)
    if found.differ is not None:
        assert len({own.right for own in clips[found.differ]}) == 2
    if found.right is not None:
        assert all(own.right for own in clips[found.right])
    if found.failure is not None:
        assert not clips[found.failure][-1].right
    assert found.right is not None or not any(all(own.right for own in seen) for seen in clips)
