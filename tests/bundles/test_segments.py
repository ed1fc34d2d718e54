"""A network that looks at moments of whole videos: where its prototypes come from, what it stores, what exports say."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from accounts import SHIPPED, account
from tiny import CLIP, shape_video

import train as command
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.provenance import cell_interval, verify
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.bundles.traces import load_traces, trace, write_traces
from hprotopnet.config import ClipConfig, Config
from hprotopnet.data.clips import Source, starts
from hprotopnet.data.dataset import chosen_clip, list_videos, middle_clip, read_clip
from hprotopnet.data.features import extract
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.studies.films import Record, follow_film, plan_of, trace_of
from hprotopnet.studies.passes import same_clips
from hprotopnet.training.identity import state_folder
from hprotopnet.views import exports, moving, offline, words
from hprotopnet.views.film import film_of_clip
from hprotopnet.views.plate import Text
from hprotopnet.views.report import describe

FIVES = ClipConfig(frames=20, fps=25.0, size=48, per_segment=5)


@pytest.fixture(scope="module")
def bundle(tiny_segments):
    return open_bundle(tiny_segments)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds of one class and then another."""
    path = tmp_path_factory.mktemp("films") / "two.mp4"
    write_video(path, np.concatenate([shape_video(label, 1, frames=20) for label in ("RedDisc", "BlueBar")]), 12.5)
    return path


def test_every_prototype_is_the_frame_it_claims_to_be(bundle, tiny_world):
    found = verify(open_bundle(bundle.folder), tiny_world / "videos")
    assert found.holds
    assert found.largest_difference <= 1e-5
    videos = {video.name: video for video in list_videos(tiny_world / "videos", bundle.hierarchy).videos}
    for own in bundle.prototypes:
        times = read_clip(videos[own.video], own.start, bundle.config.clip).times
        assert own.interval == pytest.approx((times[own.cell[0]], times[own.cell[0]] + 1 / 12.5))
        assert own.moment(bundle.config.clip) == (own.cell[0] + 0.5) / 8
    assert len({own.cell[0] for own in bundle.prototypes}) > 1


def test_a_step_of_neighbours_lasts_from_the_first_to_the_end_of_the_last():
    source = Source(video="v", start=0.4, cell=(2, 0, 0), moved=0.0)
    times = np.add.outer(np.arange(4.0), 0.04 * np.arange(5)).ravel()
    assert cell_interval(source, FIVES, 4, 2, times) == pytest.approx((2.0, 2.2))
    window = ClipConfig(frames=16, fps=12.5)
    assert cell_interval(source, window, 2, 1) == pytest.approx((0.4 + 0.64, 0.4 + 1.28))


def test_what_is_stored_is_what_it_says_now_with_the_times_of_its_frames(bundle, tiny_world):
    model, videos = bundle.load_model(), list_videos(tiny_world / "videos", bundle.hierarchy).videos
    [stored, *_] = load_showcase(bundle)
    video = next(video for video in videos if video.name == stored.explanation.video)
    again = explain(model, middle_clip(video, bundle.config.clip), bundle.config.threshold)
    np.testing.assert_allclose(again.similarities, stored.explanation.similarities, atol=1e-5)
    assert stored.explanation.times == again.times
    assert np.diff(again.times) == pytest.approx([0.24] * 7)  # 1.92 s in eight segments, frames every .08 s
    assert words.cautions(again) == []  # no frame stands for long
    shown = stored_images(stored.clip, bundle).astype(int)
    own = middle_clip(video, bundle.config.clip).images.astype(int)
    assert [int(np.abs(own - frame).mean((1, 2, 3)).argmin()) for frame in shown] == list(range(8))


def test_frames_stand_in_the_player_until_the_next(bundle):
    own = account(bundle.folder)
    shown = film_of_clip(own.images, bundle.config.clip, own.explanation.times)
    assert shown.times == own.explanation.times
    assert shown.interval(2, 2) == own.explanation.times[2:4]
    assert shown.end == pytest.approx(shown.times[-1] + 0.24)
    still = film_of_clip(own.images, bundle.config.clip, (0.0,) * 8)  # of a video of one frame
    assert np.diff(still.times) == pytest.approx([1 / bundle.config.clip.pace] * 7)


def test_it_is_said_in_which_frame_something_is_and_when(bundle):
    own, clip = account(bundle.folder), bundle.config.clip
    times = own.explanation.times
    assert own.whence.split(", ")[1] == f"8 moments spread over seconds {times[0]:.1f} to {times[-1]:.1f}"
    for level in own.explanation.levels:
        for row in level.evidence:
            step = row.cell[0]
            assert own.when(row) == f"This clip: strongest in frame {step + 1} of 8, at {times[step]:.1f} s."
            assert words.peak_time(row, times, clip) == times[step]
    assert next(describe(own.explanation, bundle)).endswith(f"in {words.moments(times, clip, 2)}")
    assert words.moments((0.0, 1.0), FIVES) == "4 moments of 5 frames each, spread over seconds 0.0 to 1.0"
    assert words.moments((0.0, 1.0), CLIP) == ""
    assert words.between(1.5, 1.58) == "1.5 s"  # a frame
    assert words.between(1.5, 1.7) == "1.5 to 1.7 s"


def test_exports_tell_no_rate_of_what_has_none(bundle):
    own, times = account(bundle.folder), account(bundle.folder).explanation.times
    page = offline.page(own)
    assert "8 moments spread over seconds" in page
    assert "strongest in frame" in page
    rows = list(csv.DictReader(io.StringIO(exports.FORMS["csv"].make(own)[".csv"].decode())))
    assert all(float(row["time"]) == times[int(row["cell_t"])] for row in rows if row["time"])
    assert words.speed(bundle.config.clip, 1, 0.5, "its") == "one moment after the other, however far apart they are"
    assert words.speed(CLIP, 1, 0.16, "its") == "at 50 % of its speed"
    opening = moving.cards(own)[0].plate.marks
    told = " ".join(mark.text for mark in opening if isinstance(mark, Text))
    assert "Clips play one moment after the other" in told


def test_a_film_is_answered_by_stretches(bundle, film):
    model, clip = bundle.load_model(), replace(bundle.config.clip, stretch=1.0)
    found = trace(model, film, clip)
    assert found.span == 1.0
    assert len(found.times) > 8
    for number in (0, 4, len(found.times) - 1):
        begin = float(found.times[number] - found.span / 2)
        expected = explain(model, chosen_clip(film, begin, clip), 0.8).probabilities
        assert dict(zip(found.nodes, found.probabilities[number], strict=True)) == pytest.approx(expected, rel=1e-3)
    whole = trace(model, film, bundle.config.clip)
    assert (len(whole.times), whole.span, whole.times[0]) == (1, pytest.approx(3.2), pytest.approx(1.6))


def test_a_film_that_is_one_clip_is_no_story(bundle, film, tmp_path):
    copy = open_bundle(shutil.copytree(bundle.folder, tmp_path / "copy"))
    write_traces(copy, copy.load_model(), [film])
    assert load_traces(copy) == ()


def test_a_part_of_a_film_is_traced_in_itself(bundle, film):
    plan = plan_of(bundle, film, 0.5, 1.5)
    record = Record(plan, len(bundle.hierarchy.nodes), True)
    assert (plan.span, plan.starts) == (1.0, (0.5,))
    list(follow_film(bundle.load_model(), film, bundle.config.clip, record))
    said = dict(zip(bundle.hierarchy.nodes, trace_of(record, bundle.hierarchy, film).probabilities[0], strict=True))
    clip = chosen_clip(film, 0.5, replace(bundle.config.clip, stretch=1.0))
    assert said == pytest.approx(explain(bundle.load_model(), clip, 0.8).probabilities, rel=1e-3)


def test_windows_and_segments_are_told_apart_wherever_clips_are_compared(bundle, tiny_world, tmp_path):
    window = replace(bundle.config.clip, per_segment=0)
    backbone = create_backbone("tsm_r18", width=4).eval()
    videos = list_videos(tiny_world / "videos", bundle.hierarchy).videos[:1]
    one, other = (extract(backbone, videos, clip, bundle.hierarchy, tmp_path) for clip in (window, bundle.config.clip))
    assert len(list(tmp_path.glob("features-*"))) == 2
    assert one.keys[0].start == pytest.approx(0.64)
    assert other.keys[0].start == pytest.approx(starts(1.92, bundle.config.clip, 1)[0])
    assert not torch.equal(one.batch([0]), other.batch([0]))
    meta = json.loads((bundle.folder / "model.json").read_text(encoding="utf-8"))
    meta["config"]["clip"]["per_segment"] = 0
    odd = shutil.copytree(bundle.folder, tmp_path / "odd")
    (odd / "model.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(InputError, match="sees clips otherwise"):
        same_clips([bundle, open_bundle(odd)])


def test_a_bundle_that_says_nothing_of_segments_has_windows():
    old = open_bundle(SHIPPED)
    assert "per_segment" not in old.meta["config"]["clip"]
    assert (old.config.clip.segments, old.config.clip.span) == (0, old.config.clip.frames / old.config.clip.fps)
    assert {row.frame for row in old.prototypes} == {None}


def test_a_frame_that_a_clip_does_not_have_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle.folder, tmp_path / "copy")
    rows = json.loads((copy / "prototypes.json").read_text(encoding="utf-8"))
    rows[0]["frame"] = 9.0
    (copy / "prototypes.json").write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape("its frame is 9.0 of 8")):
        _ = open_bundle(copy).prototypes


def test_train_takes_segments_from_the_command_line():
    clip = command.by_segments(Config(), "8x5").clip
    assert (clip.frames, clip.per_segment, clip.segments) == (40, 5, 8)
    eight = replace(Config().clip, frames=8, per_segment=1)
    assert command.by_segments(Config(), "8").clip == eight
    assert command.by_segments(Config(), "8", 1.28).clip == replace(eight, stretch=1.28)
    for asked in ("0", "8x", "x5", "eight", "-3", "8x0"):
        with pytest.raises(InputError, match="--segments"):
            command.by_segments(Config(), asked)


def test_a_run_of_an_earlier_version_goes_on_with_windows_and_not_with_segments(tmp_path):
    clip = {"frames": 8, "fps": 12.5}
    now = {"config": {"clip": clip | {"per_segment": 0, "stretch": 10.0}}, "videos": {}, "versions": {}}
    state_folder(tmp_path, now | {"config": {"clip": clip}}, again=False)
    assert state_folder(tmp_path, now, again=False) == tmp_path / "state"
    other = now | {"config": {"clip": clip | {"per_segment": 1, "stretch": 10.0}}}
    with pytest.raises(InputError, match="config clip per_segment: 1, was 0"):
        state_folder(tmp_path, other, again=False)
