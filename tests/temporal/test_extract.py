"""Features of long videos: which clips they are of, what is kept, and what is refused."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from tiny import shape_video

from hprotopnet.data.transforms import normalise
from hprotopnet.data.video import probe, read_frames, write_video
from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.temporal import extract
from hprotopnet.temporal.detector import FeatureSource, setting_of, source_of
from hprotopnet.temporal.extract import (
    cells,
    extractor,
    features_of,
    frames_of,
    long_videos_in,
    read_setting,
    starts_of,
    write_features,
)

STRIDE = 0.48


@pytest.fixture(scope="module")
def source():
    torch.manual_seed(0)
    return extractor(create_backbone("r3d_18", width=4).eval(), 8, size=32, stride=STRIDE)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    for number, frames in enumerate((40, 25)):
        write_video(folder / f"film {number}.mp4", shape_video("RedDisc", number, frames), 12.5)
    (folder / "notes.txt").write_text("no video", encoding="utf-8")
    return folder


def test_clips_lie_about_the_middle_of_equal_cells(source):
    for duration in (0.1, 3.2, 77.7):
        starts, number = starts_of(duration, source.setting), cells(duration, STRIDE)
        assert len(starts) == number >= 1
        middles = np.array(starts) + source.setting.clip.span / 2
        assert middles == pytest.approx((np.arange(number) + 0.5) * duration / number)


def test_features_are_what_the_backbone_says_of_these_clips_on_average(source, videos):
    path = videos / "film 0.mp4"
    found = features_of(source, path)
    duration = probe(path).duration
    assert found.shape == (cells(duration, STRIDE), source.backbone.channels)
    assert found.dtype == np.float32
    norm = source.backbone.normalisation
    for start, own in zip(starts_of(duration, source.setting), found, strict=True):
        images = read_frames(path, [start + i / 12.5 for i in range(8)], 32).images
        left = (images.shape[2] - 32) // 2
        clip = torch.from_numpy(images[:, :, left : left + 32].copy())[None]
        with torch.inference_mode():
            grid = source.backbone(normalise(clip, norm.mean, norm.std))
        assert own == pytest.approx(grid[0].mean((1, 2, 3)).numpy(), abs=1e-4)


def test_what_lies_there_whole_is_kept_and_the_rest_is_made(source, videos, tmp_path, monkeypatch):
    out, paths = tmp_path / "features", long_videos_in(videos)
    assert [path.name for path in paths] == ["film 0.mp4", "film 1.mp4"]
    first = write_features(source, paths, out)
    assert (first["videos"], first["made"], first["clips"]) == (2, 2, 7 + 4)
    assert sorted(path.name for path in out.iterdir()) == ["features.json", "film 0.npy", "film 1.npy"]
    assert read_setting(out) == source.setting
    before, asked = (out / "film 1.npy").read_bytes(), []
    (out / "film 1.npy").write_bytes(before[:-3])
    along = extract.features_along
    monkeypatch.setattr(extract, "features_along", lambda own, path: asked.append(path.name) or along(own, path))
    assert write_features(source, paths, out)["made"] == 1
    assert asked == ["film 1.mp4"]
    assert (out / "film 1.npy").read_bytes() == before


def test_a_run_that_was_stopped_leaves_whole_files_only(source, videos, tmp_path, monkeypatch):
    along, out = extract.features_along, tmp_path / "features"

    def stops(own, path):
        yield from along(own, path)
        if path.name == "film 1.mp4":
            raise KeyboardInterrupt

    monkeypatch.setattr(extract, "features_along", stops)
    with pytest.raises(KeyboardInterrupt):
        write_features(source, long_videos_in(videos), out)
    assert sorted(path.name for path in out.iterdir()) == ["features.json", "film 0.npy"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"weights_id": "b" * 64}, "weights_id"),
        ({"stride": 1.0, "size": 64}, "size and stride"),
        ({"frames": 9}, "frames"),
    ],
)
def test_features_of_another_setting_are_refused_and_stay(source, videos, tmp_path, change, word):
    write_json(tmp_path / "features.json", asdict(source.setting))
    other = replace(source, setting=replace(source.setting, **change))
    with pytest.raises(InputError, match=f"holds features of another {word}"):
        write_features(other, long_videos_in(videos), tmp_path)
    assert read_json(tmp_path / "features.json") == asdict(source.setting)


def test_features_of_which_nobody_knows_what_made_them_are_refused(source, videos, tmp_path):
    np.save(tmp_path / "film 0.npy", np.zeros((3, 32), np.float32))
    with pytest.raises(InputError, match=r"not what made them \(features.json\)"):
        write_features(source, long_videos_in(videos), tmp_path)


def test_clips_and_cells_that_take_no_time_are_refused(source):
    for seconds in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="show nothing"):
            frames_of(seconds)
        with pytest.raises(InputError, match="gives no features"):
            extractor(source.backbone, 8, stride=seconds)
    assert (frames_of(1.28), frames_of(0.001)) == (16, 1)


def test_a_folder_without_videos_and_names_that_occur_twice_are_refused(source, videos, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="no video lies in it"):
            long_videos_in(folder)
    path = videos / "film 0.mp4"
    with pytest.raises(InputError, match="rename it"):
        write_features(source, [path, path.with_suffix(".avi")], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_detector_keeps_what_made_its_features(source):
    assert setting_of(source_of(source.setting)) == source.setting
    assert source_of(source.setting).rate == pytest.approx(1 / STRIDE)
    for other in (FeatureSource(), FeatureSource("i3d", None, {"cut": "Mixed_5c", "frames": "many"})):
        with pytest.raises(InputError, match="were not made here"):
            setting_of(other)


def test_another_backbone_than_made_the_features_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "create_backbone", lambda name, **_: source.backbone)
    assert extract.again(source.setting).setting == source.setting
    with pytest.raises(InputError, match="another weights_id than made the features"):
        extract.again(replace(source.setting, weights_id="c" * 64))
