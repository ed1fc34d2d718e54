"""Clips by segments: where their frames lie in a video, in training and afterwards."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from footage import flat_levels, level_of, write_lossless
from hypothesis import given
from hypothesis import strategies as st
from tiny import TREE

from hprotopnet.config import ClipConfig
from hprotopnet.data.augmented import AugmentedClips
from hprotopnet.data.clips import begun_at, covered, instants, lead, random_instants, starts
from hprotopnet.data.dataset import chosen_clip, list_videos, middle_clip, read_clip, read_clips
from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.structure import structure

EIGHT = ClipConfig(frames=8, fps=25.0, size=32, per_video=1, per_segment=1)
FIVES = ClipConfig(frames=20, fps=25.0, size=32, per_video=1, per_segment=5)


def write_levels(path, frames: int, fps: float = 12.5):
    """A video whose frames tell their number, modulo 25."""
    return write_lossless(path, flat_levels(frames), fps)


def test_a_clip_looks_at_the_middle_of_each_segment():
    [start] = starts(4.0, EIGHT, 1)
    assert instants(start, EIGHT, 4.0) == pytest.approx([0.25 + 0.5 * i for i in range(8)])


def test_neighbours_lie_around_the_middle_of_their_segment():
    [start] = starts(4.0, FIVES, 1)
    found = np.array(instants(start, FIVES, 4.0)).reshape(4, 5)
    assert found[:, 2] == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert np.diff(found) == pytest.approx(np.full((4, 4), 0.04))


def test_several_clips_of_a_video_look_at_other_places_of_the_same_segments():
    found = [instants(start, EIGHT, 4.0)[0] for start in starts(4.0, EIGHT, 3)]
    assert found == pytest.approx([0.5 / 6, 0.25, 2.5 / 6])


def test_of_a_long_video_a_stretch_is_seen_which_is_chosen_as_a_window_is():
    assert covered(100.0, EIGHT) == 10.0
    (one,) = starts(100.0, EIGHT, 1)
    assert one == pytest.approx(45.0 + lead(EIGHT, 10.0))
    assert starts(100.0, EIGHT, 3) == pytest.approx([begin + 0.625 for begin in (0.0, 45.0, 90.0)])
    assert begun_at(95.0, 100.0, EIGHT) == pytest.approx(90.625)  # as late as there is room
    assert begun_at(20.0, 100.0, EIGHT) == pytest.approx(20.625)


@given(
    duration=st.floats(0.02, 500),
    count=st.integers(1, 32),
    each=st.sampled_from([1, 2, 5]),
    views=st.integers(1, 10),
    fps=st.floats(1, 60),
    seed=st.integers(0, 99),
)
def test_frames_ascend_within_their_segments_and_within_the_video(duration, count, each, views, fps, seed):
    clip = ClipConfig(frames=count * each, fps=fps, size=8, per_segment=each)
    span, rng = covered(duration, clip), np.random.default_rng(seed)
    found = [instants(start, clip, span) for start in starts(duration, clip, views)]
    assert 1 <= len(found) <= views
    for own in [*found, random_instants(rng, duration, clip)]:
        assert len(own) == clip.frames
        assert (np.diff(own) >= -1e-9).all()
        assert own[0] >= 0
        assert own[-1] <= duration + 1e-9
        assert max(np.ptp(np.reshape(own, (count, each)), axis=1)) <= span / count + 1e-9
    if duration <= span:  # each segment gives its own
        parts = np.floor(np.array([*found, random_instants(rng, duration, clip)]) / (span / count) + 1e-6)
        assert (np.clip(parts, 0, count - 1).reshape(-1, count, each)[:, :, 0] == np.arange(count)).all()


def test_places_are_drawn_for_each_segment_alone_and_again_from_the_same_seed():
    one, again = (random_instants(np.random.default_rng(3), 4.0, EIGHT) for _ in range(2))
    assert one == again
    assert len(set(np.diff(one).round(6))) > 4  # not all shifted alike
    assert random_instants(np.random.default_rng(4), 4.0, EIGHT) != one


def test_a_window_is_drawn_as_it_was_before_there_were_segments():
    from hprotopnet.data.clips import random_starts

    clip = ClipConfig(frames=4, fps=2.0)
    [start] = random_starts(np.random.default_rng(5), 9.0, clip.span, 1)
    assert random_instants(np.random.default_rng(5), 9.0, clip) == instants(start, clip)
    assert begun_at(1.5, 9.0, clip) == 1.5
    assert lead(clip, clip.span) == 0.0


def test_frames_are_read_where_they_lie_and_keep_their_times(tmp_path):
    path = write_levels(tmp_path / "long.mp4", 24)  # 1.92 s, three frames a segment
    clip = middle_clip(path, EIGHT)
    assert level_of(clip.images) == [1, 4, 7, 10, 13, 16, 19, 22]
    assert clip.times == pytest.approx([0.08 * number for number in level_of(clip.images)])
    again = read_clip(path, clip.start, EIGHT)
    assert (again.images == clip.images).all()
    assert clip.held < 0.08


def test_a_clip_from_any_moment_of_a_short_video_is_the_whole_of_it(tmp_path):
    path = write_levels(tmp_path / "short.mp4", 24)
    whole = middle_clip(path, EIGHT)
    assert chosen_clip(path, 1.5, EIGHT).times.tolist() == whole.times.tolist()
    later = chosen_clip(path, 0.8, replace(EIGHT, stretch=0.64))
    assert level_of(later.images) == [10, 11, 12, 13, 14, 15, 16, 17]
    with pytest.raises(InputError, match="lasts"):
        chosen_clip(path, 7.0, EIGHT)


@pytest.mark.parametrize("frames", [1, 2, 5])
@pytest.mark.parametrize("clip", [EIGHT, FIVES, replace(FIVES, per_video=3)])
def test_frames_of_a_video_shorter_than_its_segments_repeat(tmp_path, frames, clip):
    path = write_levels(tmp_path / "tiny.mp4", frames)
    for own in read_clips(path, lambda duration: starts(duration, clip, clip.per_video), clip):
        seen = level_of(own.images)
        assert len(seen) == clip.frames
        assert seen == sorted(seen)
        assert set(seen) == set(range(frames)) if clip is EIGHT else set(seen) <= set(range(frames))


def test_a_video_that_stands_still_is_said_to(tmp_path):
    path = write_lossless(tmp_path / "still.mp4", flat_levels(4), times=[0.0, 0.1, 0.2, 3.0])
    clip = middle_clip(path, EIGHT)
    assert clip.held > 2.0


def test_training_looks_anywhere_in_each_segment(tmp_path):
    folder = tmp_path / "videos" / "RedDisc"
    folder.mkdir(parents=True)
    write_levels(folder / "v_RedDisc_g08_c01.mp4", 24)
    (tmp_path / "tree.csv").write_text(TREE, encoding="utf-8")
    tree = load_hierarchy(tmp_path / "tree.csv")
    videos = list_videos(tmp_path / "videos", tree).videos
    plain = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    batches, random = AugmentedClips(videos, EIGHT, tree, plain, torch.device("cpu")), torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(6):
        [(clips, _)] = batches.epoch(4, random)
        levels = np.rint((255 * clips[0].mean((0, 2, 3)).numpy() - 20) / 8).astype(int)
        assert (levels // 3 == np.arange(8)).all()
        seen.update((levels % 3).tolist())
    assert seen == {0, 1, 2}


def test_windows_are_called_what_they_were_called_before():
    clip = ClipConfig(frames=8, size=56)
    assert repr(clip) == "ClipConfig(frames=8, fps=12.5, size=56, per_video=3)"
    assert repr(replace(clip, per_segment=1)) != repr(clip)
    assert repr(replace(clip, per_segment=1)) != repr(replace(clip, per_segment=1, stretch=4.0))
    old = {name: value for name, value in asdict(clip).items() if name not in ("per_segment", "stretch")}
    assert structure(old, ClipConfig, "model.json") == clip


@pytest.mark.parametrize("asked", [{"per_segment": 3}, {"per_segment": 9}, {"per_segment": 1, "stretch": 0.0}])
def test_segments_that_fit_no_clip_are_refused(asked):
    with pytest.raises(InputError, match=r"segment|stretch"):
        ClipConfig(frames=8, **asked)
