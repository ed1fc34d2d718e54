"""Laws of splits on drawn sets of videos: whoever looks alike stays together."""

from pathlib import Path

import numpy as np
from drawn import refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hprotopnet.data.clips import random_starts, uniform_starts, window_starts
from hprotopnet.data.splits import Video, make_split

GROUPED = st.builds(
    lambda label, group, number: Video(f"{label}/v_{group}_c{number}", Path("x.avi"), label, group),
    st.sampled_from(["Skiing", "Violin", "Lunges"]),
    st.sampled_from([f"g{number:02d}" for number in range(1, 26)]),
    st.integers(1, 4),
)
ALONE = st.builds(
    lambda label, number: Video(f"{label}/{number}", Path("x.avi"), label, f"{label}/{number}"),
    st.sampled_from(["Skiing", "Violin"]),
    st.integers(1, 40),
)
VIDEOS = st.lists(st.one_of(GROUPED, ALONE), min_size=1, max_size=60, unique_by=lambda video: video.name)


@given(VIDEOS, st.floats(0, 0.5))
def test_every_video_is_on_one_side_and_every_group_with_it(videos: list[Video], share: float):
    split = make_split(videos, None, "nowhere", share, to_train=False)
    sides = split.train, split.validation, split.test
    assert sorted(video.name for side in sides for video in side) == sorted(video.name for video in videos)
    groups = [{video.group for video in side} for side in sides]
    assert len(set().union(*groups)) == sum(map(len, groups))


@given(VIDEOS, st.randoms())
def test_the_order_of_the_videos_changes_nothing(videos: list[Video], random):
    shuffled = random.sample(videos, len(videos))
    one, other = (make_split(order, None, "nowhere", to_train=False) for order in (videos, shuffled))
    assert one == other


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=120))
def test_any_list_file_is_read_or_refused_in_one_line_that_names_it(content: bytes, tmp_path):
    train, test = tmp_path / "trainlist01.txt", tmp_path / "testlist01.txt"
    train.write_bytes(content)
    test.write_text("Skiing/v_Skiing_g01_c01.avi\n", encoding="utf-8")
    videos = [Video(f"Skiing/v_Skiing_g0{n}_c01", Path("x.avi"), "Skiing", f"g0{n}") for n in (1, 9)]
    said = refused(lambda: make_split(videos, train, tmp_path, to_train=False))
    assert said is None or "trainlist01.txt" in said


@given(st.floats(0.01, 1000), st.floats(0.01, 10), st.integers(1, 8), st.floats(0.01, 5))
def test_windows_lie_inside_the_video(duration: float, span: float, count: int, hop: float):
    room = max(duration - span, 0)
    starts = uniform_starts(duration, span, count)
    assert all(0 <= start <= room + 1e-9 for start in starts)
    assert list(starts) == sorted(starts)
    covering = window_starts(duration, span, max(hop, duration / 200))
    assert covering[0] == 0
    assert abs(covering[-1] - room) < 1e-9


@given(st.floats(0.01, 1000), st.floats(0.01, 10), st.integers(1, 8), st.integers(0, 2**32))
def test_random_windows_lie_inside_and_ascend(duration: float, span: float, count: int, seed: int):
    starts = random_starts(np.random.default_rng(seed), duration, span, count)
    assert len(starts) == count
    assert all(0 <= start <= max(duration - span, 0) for start in starts)
    assert list(starts) == sorted(starts)
