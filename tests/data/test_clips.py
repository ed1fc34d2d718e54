import numpy as np
import pytest

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import instants, random_starts, uniform_starts, window_starts


def test_a_clip_covers_its_frames_at_its_rate():
    clip = ClipConfig(frames=4, fps=2.0)
    assert clip.span == 2.0
    assert instants(1.5, clip) == (1.5, 2.0, 2.5, 3.0)
    assert instants(1.5, clip)[-1] < 1.5 + clip.span


def test_one_window_lies_in_the_centre():
    assert uniform_starts(10.0, 2.0, 1) == (4.0,)


def test_several_windows_reach_from_end_to_end():
    assert uniform_starts(10.0, 2.0, 3) == (0.0, 4.0, 8.0)


@pytest.mark.parametrize("duration", [0.0, 1.0, 2.0])
def test_a_short_video_has_one_window_at_its_start(duration):
    assert uniform_starts(duration, 2.0, 3) == (0.0,)
    assert window_starts(duration, 2.0, 0.5) == (0.0,)


@pytest.mark.parametrize("duration", [2.1, 5.0, 7.3, 60.0])
@pytest.mark.parametrize("hop", [0.1, 1.0, 2.0])
def test_sliding_windows_cover_the_video_without_passing_its_end(duration, hop):
    starts = np.array(window_starts(duration, 2.0, hop))
    assert starts[0] == 0.0
    assert starts[-1] + 2.0 == pytest.approx(duration)
    assert (np.diff(starts) > 0).all()
    assert (np.diff(starts) <= hop + 1e-9).all()


def test_a_whole_number_of_hops_adds_no_window():
    assert window_starts(5.0, 2.0, 1.0) == (0.0, 1.0, 2.0, 3.0)


def test_random_windows_come_one_from_each_part_and_again_from_the_same_seed():
    starts = random_starts(np.random.default_rng(3), 10.0, 2.0, 4)
    assert [int(start // 2) for start in starts] == [0, 1, 2, 3]
    assert starts == random_starts(np.random.default_rng(3), 10.0, 2.0, 4)
    assert starts != random_starts(np.random.default_rng(4), 10.0, 2.0, 4)
    assert random_starts(np.random.default_rng(3), 1.0, 2.0, 2) == (0.0, 0.0)
