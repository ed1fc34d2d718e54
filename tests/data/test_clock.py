from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hprotopnet.data.clock import Clock

TICK = Fraction(1, 100)


def times(stamps, broadcast=False, durations=None):
    clock = Clock(TICK, 4, broadcast)
    found = [clock(stamp, duration) for stamp, duration in zip(stamps, durations or [4] * len(stamps), strict=True)]
    return found, clock


def test_time_counts_from_the_first_frame():
    found, clock = times([100, 104, 110])
    assert (found, clock.end, clock.origin, clock.regular) == ([0, 4, 10], 14, 100, True)


def test_a_stream_that_starts_again_goes_on_after_the_frame_before():
    found, clock = times([50, 54, 58, 62, 50, 55, 60])
    assert found == [0, 4, 8, 12, 16, 21, 26]
    assert not clock.regular


def test_it_may_start_again_several_times_and_with_other_stamps():
    found, clock = times([900, 904, 0, 4, 500, 504, 8, 12])
    assert found == [0, 4, 8, 12, 508, 512, 516, 520]  # 500 may be a picture that stood for five seconds
    assert clock.end == 524


def test_a_single_early_stamp_moves_none_of_the_others():
    assert times([0, 4, 8, 6, 16])[0] == [0, 4, 8, 12, 16]
    assert times([0, 4, 4, 12])[0] == [0, 4, 8, 12]


def test_frames_without_a_stamp_are_a_step_apart():
    assert times([None, None, None])[0] == [0, 4, 8]
    assert times([10, None, 18, None])[0] == [0, 4, 8, 12]


def test_holes_of_a_broadcast_are_closed_and_pictures_that_stand_elsewhere_are_not():
    stamps = [0, 4, 8, 900, 904]
    assert times(stamps, broadcast=True)[0] == [0, 4, 8, 12, 16]
    found, clock = times(stamps)
    assert (found, clock.regular) == (stamps, True)


def test_no_hole_is_what_is_stated_to_last_or_is_the_rate():
    assert times([0, 4, 900], True, [4, 896, 4])[0] == [0, 4, 900]
    clock = Clock(TICK, 200, True)  # a picture every two seconds
    assert [clock(stamp) for stamp in (0, 400, 1000)] == [0, 400, 1000]


def test_the_origin_may_be_known_before():
    clock = Clock(TICK, 4, origin=100)
    assert clock(140) == 40


@given(st.lists(st.integers(-10_000, 10_000) | st.none(), min_size=1, max_size=40), st.booleans())
def test_time_always_goes_on_and_no_frame_begins_before_the_last_has_begun(stamps, broadcast):
    found, clock = times(stamps, broadcast)
    assert found[0] == 0
    assert all(one < other for one, other in pairwise(found))
    assert clock.end > found[-1]


@pytest.mark.parametrize("shift", [-500, 0, 500])
@given(st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_where_the_first_stamp_lies_decides_nothing(shift, steps):
    stamps = [sum(steps[:i]) for i in range(len(steps))]
    assert times([stamp + shift for stamp in stamps])[0] == stamps
