"""The feature store: nothing twice, nothing lost by an interruption, other content, settings or code other features."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import torch
from filelock import FileLock
from footage import moving_block, write_lossless
from PIL import Image
from toys import ToyBackbone, toy_features, toy_hierarchy, toy_model

from hprotopnet.config import ClipConfig
from hprotopnet.data.dataset import list_videos
from hprotopnet.data.features import SomeCells, TensorBatches, extract
from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import figures, predict
from hprotopnet.training.stages import head_batches

CLIP = ClipConfig(frames=8, fps=10.0, size=16, per_video=2)


class Counting(ToyBackbone):
    seen = 0

    def forward(self, clips):
        self.seen += len(clips)
        return super().forward(clips)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for label in ("dunk", "surf"):
        for number in (1, 2):
            path = tmp_path / "data" / label / f"v_{label}_g{number:02d}_c01.avi"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_lossless(path, rng.integers(256, size=(20, 16, 24, 3), dtype=np.uint8), 10)
    return tmp_path / "data"


def test_features_are_computed_once_and_are_those_of_the_backbone(folder, tmp_path):
    backbone, tree = Counting(), toy_hierarchy()
    videos = list_videos(folder, tree).videos
    first = extract(backbone, videos[:2], CLIP, tree, tmp_path)
    assert backbone.seen == 4
    both = extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 8
    assert extract(backbone, videos[::-1], CLIP, tree, tmp_path).names == both.names[::-1]
    assert backbone.seen == 8
    torch.testing.assert_close(first.batch([0, 1, 2, 3]), both.batch([0, 1, 2, 3]))
    assert both.leaves.tolist() == [0] * 4 + [2] * 4
    assert both.groups[0] == "dunk/g01"
    assert both.batch([0]).shape == (1, 6, 1, 2, 2)


@pytest.mark.parametrize("hole", [0, 2])
def test_features_with_a_hole_are_made_again(folder, tmp_path, hole):
    backbone, tree = Counting(), toy_hierarchy()
    videos = list_videos(folder, tree).videos
    before = extract(backbone, videos, CLIP, tree, tmp_path).batch(range(8)).clone()
    (file,) = tmp_path.glob("features-*/features.bin")
    content, clip = bytearray(file.read_bytes()), file.stat().st_size // 8
    content[hole * clip : hole * clip + clip // 2] = bytes(clip // 2)
    file.write_bytes(content)
    again = extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 8 + 2
    torch.testing.assert_close(again.batch(range(8)), before)
    extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 8 + 2


def test_a_changed_file_or_another_backbone_is_computed_anew(folder, tmp_path):
    tree = toy_hierarchy()
    videos = list_videos(folder, tree).videos
    extract(Counting(), videos, CLIP, tree, tmp_path)
    other = Counting(seed=1)
    extract(other, videos, CLIP, tree, tmp_path)
    assert other.seen == 8
    write_lossless(videos[0].path, np.zeros((20, 16, 24, 3), np.uint8), 10)
    extract(other, videos, CLIP, tree, tmp_path)
    assert other.seen == 10


@pytest.mark.parametrize("module", ["clips", "features", "pictures", "transforms", "video"])
def test_other_code_on_the_way_gives_other_features(module, folder, tmp_path, monkeypatch):
    tree, backbone = toy_hierarchy(), Counting()
    videos = list_videos(folder, tree).videos[:1]
    for version in (1, 2, 2, 1):
        monkeypatch.setattr(f"hprotopnet.data.{module}.VERSION", version)
        extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 2 * 2


def test_each_setting_of_backbone_and_clip_gives_other_features(folder, tmp_path):
    tree, videos = toy_hierarchy(), list_videos(folder, toy_hierarchy()).videos[:1]

    class Shifted(Counting):
        normalisation = Normalisation((0.4, 0.5, 0.5), (0.5, 0.5, 0.5))

    class Rewritten(Counting):
        version = 2

    class Renamed(Counting):
        name = "other"

    class Cut(Counting):
        cut = "early"

    class Published(Counting):
        weights_id = "some hash"

    for kind in (Counting, Shifted, Rewritten, Renamed, Cut, Published):
        assert_computed(kind(), videos, CLIP, tmp_path, 2)
        assert_computed(kind(), videos, CLIP, tmp_path, 0)
    for clip in (replace(CLIP, fps=5.0), replace(CLIP, frames=16), replace(CLIP, size=8), replace(CLIP, per_video=3)):
        assert_computed(Counting(), videos, clip, tmp_path, clip.per_video)
    assert extract(Counting(), videos, CLIP, tree, tmp_path).batch([0]).dtype == torch.float32


def assert_computed(backbone, videos, clip, cache, count):
    extract(backbone, videos, clip, toy_hierarchy(), cache)
    assert backbone.seen == count


def write_pictures(folder: Path, images: np.ndarray) -> None:
    """Pictures whose size in bytes does not depend on what they show, written in place where they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"img_{number:05d}.png", compress_level=0)


def test_pictures_written_over_in_place_are_another_video(tmp_path):
    tree, backbone = toy_hierarchy(), Counting()
    clip = ClipConfig(frames=8, fps=12.5, size=16, per_video=1)
    frames = tmp_path / "data" / "dunk" / "v_dunk_g01_c01"
    write_pictures(frames, moving_block(20))
    videos = list_videos(tmp_path / "data", tree).videos
    before = extract(backbone, videos, clip, tree, tmp_path).batch([0])
    stats = {path: path.stat() for path in frames.iterdir()}
    write_pictures(frames, 255 - moving_block(20))
    for path, stat in stats.items():
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert path.stat().st_size == stat.st_size
    after = extract(backbone, videos, clip, tree, tmp_path).batch([0])
    assert backbone.seen == 2
    assert not torch.equal(before, after)


def test_a_file_of_the_same_size_and_time_is_another_video(folder, tmp_path):
    tree, backbone = toy_hierarchy(), Counting()
    video = list_videos(folder, tree).videos[0]
    extract(backbone, [video], CLIP, tree, tmp_path)
    content, stat = bytearray(video.path.read_bytes()), video.path.stat()
    content[-1] ^= 1
    video.path.write_bytes(content)
    os.utime(video.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    extract(backbone, [video], CLIP, tree, tmp_path)
    assert backbone.seen == 2 * 2


def test_videos_that_were_moved_or_copied_are_not_computed_again(folder, tmp_path):
    tree, backbone = toy_hierarchy(), Counting()
    extract(backbone, list_videos(folder, tree).videos, CLIP, tree, tmp_path)
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    folder.rename(tmp_path / "moved")
    for name in ("copy", "moved"):
        assert len(extract(backbone, list_videos(tmp_path / name, tree).videos, CLIP, tree, tmp_path)) == 8
    assert backbone.seen == 8


def test_a_video_written_over_while_it_is_read_is_left_out_and_said(folder, tmp_path, capsys):
    tree = toy_hierarchy()
    videos = list_videos(folder, tree).videos
    content = videos[0].path.read_bytes()

    class Meddling(Counting):
        def forward(self, clips):
            if self.seen == 0:
                videos[0].path.write_bytes(videos[1].path.read_bytes())
            return super().forward(clips)

    assert set(extract(Meddling(), videos, CLIP, tree, tmp_path).names) == {video.name for video in videos[1:]}
    assert f"{videos[0].path}: was written over" in capsys.readouterr().err
    videos[0].path.write_bytes(content)
    assert len(extract(Counting(), videos, CLIP, tree, tmp_path)) == 8


def test_an_interrupted_extraction_goes_on(folder, tmp_path):
    tree = toy_hierarchy()
    videos = list_videos(folder, tree).videos

    class Stopped(Counting):
        def forward(self, clips):
            if self.seen == 4:
                raise KeyboardInterrupt
            return super().forward(clips)

    with pytest.raises(KeyboardInterrupt):
        extract(Stopped(), videos, CLIP, tree, tmp_path)
    index = next(tmp_path.glob("features-*/index.jsonl"))
    index.write_text(index.read_text() + '\n{"video": "cut sho')  # as a crash would leave it
    rest = Counting()
    found = extract(rest, videos, CLIP, tree, tmp_path)
    assert rest.seen == 4
    assert len(extract(rest, videos, CLIP, tree, tmp_path)) == 8
    assert rest.seen == 4
    plain = extract(Counting(), videos, CLIP, tree, tmp_path / "elsewhere")
    torch.testing.assert_close(found.batch(range(8)), plain.batch(range(8)))


def test_videos_that_cannot_be_read_are_left_out_and_all_of_them_is_an_error(folder, tmp_path, capsys):
    tree = toy_hierarchy()
    videos = list_videos(folder, tree).videos
    videos[0].path.write_bytes(b"")
    found = extract(Counting(), videos, CLIP, tree, tmp_path)
    assert set(found.names) == {video.name for video in videos[1:]}
    assert str(videos[0].path) in capsys.readouterr().err
    with pytest.raises(InputError):
        extract(Counting(), videos[:1], CLIP, tree, tmp_path)


def test_no_videos_give_an_empty_set_whose_figures_are_undefined(tmp_path):
    tree = toy_hierarchy()
    empty = extract(Counting(), [], CLIP, tree, tmp_path)
    assert len(empty) == 0
    found = figures(predict(toy_model(), empty), tree, 0.8)
    assert found["clip"]["accuracy"] is None
    assert found["ece"] is None


@pytest.mark.parametrize("settings", [{}, {"head": "fc", "prototypes": "leaf"}, {"head": "fc", "prototypes": "none"}])
def test_the_head_reads_the_same_from_what_was_kept_for_it(settings):
    model, clips = toy_model(**settings), toy_features()
    kept = head_batches(model, clips)
    inputs, leaves = next(kept.epoch(len(clips), torch.Generator().manual_seed(0)))
    order = torch.randperm(len(clips), generator=torch.Generator().manual_seed(0)).numpy()
    whole, short = model.evidence(clips.batch(order)), model(inputs, entry="head")
    assert leaves.tolist() == clips.leaves[order].tolist()
    torch.testing.assert_close(whole.output.logits, short.output.logits)
    torch.testing.assert_close(whole.similarities, short.similarities)


def lines_of(cache: Path) -> list[dict]:
    (index,) = cache.glob("features-*/index.jsonl")
    return [json.loads(line) for line in index.read_text().splitlines() if line]


def test_two_that_extract_the_same_videos_at_once_agree_on_one_store(folder, tmp_path):
    tree, together = toy_hierarchy(), Barrier(2, timeout=60)
    videos = list_videos(folder, tree).videos

    class Abreast(Counting):
        def forward(self, clips):
            if self.seen < 4:
                together.wait()
            return super().forward(clips)

    def run(backbone):
        return extract(backbone, videos, CLIP, tree, tmp_path)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, [Abreast(), Abreast()]))
    assert len(lines_of(tmp_path)) == len(videos)
    assert next(tmp_path.glob("features-*/features.bin")).stat().st_size == 8 * 4 * 6 * 1 * 2 * 2
    alone = extract(Counting(), videos, CLIP, tree, tmp_path / "elsewhere")
    for own in found:
        torch.testing.assert_close(own.batch(range(8)), alone.batch(range(8)))


def test_nobody_waits_for_a_store_that_has_what_is_asked_for(folder, tmp_path):
    tree = toy_hierarchy()
    videos = list_videos(folder, tree).videos
    extract(Counting(), videos, CLIP, tree, tmp_path)
    (store,) = (path for path in tmp_path.glob("features-*") if path.is_dir())
    locks = [*tmp_path.rglob("*.lock"), store / "lock"]
    with ThreadPoolExecutor(1) as pool, FileLock(locks[0]):
        assert len(pool.submit(extract, Counting(), videos, CLIP, tree, tmp_path).result(timeout=20)) == 8


def test_some_cells_are_the_same_of_all_clips_and_drawn_anew_for_each_batch():
    inputs = torch.arange(6 * 2 * 24, dtype=torch.float32).reshape(6, 2, 2, 3, 4)
    whole = TensorBatches(inputs, torch.arange(6))
    seen = list(SomeCells(whole, 0.25).epoch(3, torch.Generator().manual_seed(0)))
    assert [features.shape for features, _ in seen] == [(3, 2, 6, 1, 1)] * 2
    cells = []
    for features, leaves in seen:
        of_clip = (features.flatten(2) - inputs[leaves].flatten(2)[:, :, :1])[:, 0].int()
        assert (of_clip == of_clip[0]).all()
        torch.testing.assert_close(features[:, 1], features[:, 0] + 24)  # channels of one cell stay together
        cells.append(of_clip[0].tolist())
    assert cells[0] != cells[1]
    assert all(len(set(own)) == 6 for own in cells)
    assert sorted(torch.cat([leaves for _, leaves in seen]).tolist()) == list(range(6))


def test_one_cell_at_least_is_seen():
    whole = TensorBatches(torch.rand(2, 3, 1, 2, 2), torch.arange(2))
    features, _ = next(SomeCells(whole, 1e-3).epoch(2, torch.Generator()))
    assert features.shape == (2, 3, 1, 1, 1)
