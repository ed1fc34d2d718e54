"""The feature store: nothing twice, nothing lost by an interruption, other files are other features."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import toys
from filelock import FileLock
from footage import write_lossless
from PIL import Image
from toys import ToyBackbone, toy_features, toy_hierarchy, toy_model

from hprotopnet.config import ClipConfig
from hprotopnet.data import store as store_module
from hprotopnet.data import transforms, video
from hprotopnet.data.dataset import list_videos
from hprotopnet.data.features import extract
from hprotopnet.data.store import FeatureStore, locked
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import figures, predict
from hprotopnet.training.stages import head_batches

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.mark.parametrize("module", [video, transforms, toys.ToyBackbone])
def test_features_of_other_code_are_not_believed(folder, tmp_path, monkeypatch, module):
    tree, backbone = toy_hierarchy(), Counting()
    videos = list_videos(folder, tree).videos
    extract(backbone, videos, CLIP, tree, tmp_path)
    name = "version" if module is toys.ToyBackbone else "VERSION"
    monkeypatch.setattr(module, name, getattr(module, name) + 1)
    extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 16


def test_features_of_another_normalisation_are_not_believed(folder, tmp_path):
    tree, backbone = toy_hierarchy(), Counting()
    videos = list_videos(folder, tree).videos
    extract(backbone, videos, CLIP, tree, tmp_path)
    backbone.normalisation = transforms.Normalisation((0.4, 0.4, 0.4), (0.5, 0.5, 0.5))
    extract(backbone, videos, CLIP, tree, tmp_path)
    assert backbone.seen == 16


def test_pictures_overwritten_in_place_are_computed_anew(tmp_path):
    folder = tmp_path / "data" / "dunk" / "v_dunk_g01_c01"
    folder.mkdir(parents=True)
    for number in range(20):
        Image.fromarray(np.full((16, 24, 3), 10 * number, np.uint8)).save(folder / f"img_{number:05d}.png")
    tree, backbone = toy_hierarchy(), Counting()
    videos = list_videos(tmp_path / "data", tree).videos
    before = extract(backbone, videos, CLIP, tree, tmp_path).batch([0]).clone()
    picture, whole = folder / "img_00005.png", folder.stat()
    stat = picture.stat()
    Image.fromarray(np.full((16, 24, 3), 200, np.uint8)).save(picture)
    os.utime(picture, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a careful copy would leave it
    os.utime(folder, ns=(whole.st_atime_ns, whole.st_mtime_ns))
    after = extract(backbone, videos, CLIP, tree, tmp_path).batch([0])
    assert not torch.equal(before, after)


def test_a_store_may_be_filled_while_another_process_works_on_other_videos(folder, tmp_path):
    tree, videos = toy_hierarchy(), list_videos(folder, toy_hierarchy()).videos

    class Slow(Counting):
        def forward(self, clips):
            if not self.seen:  # another training starts while this one computes
                extract(Counting(), videos[::-1], CLIP, tree, tmp_path)
            return super().forward(clips)

    found = extract(Slow(), videos, CLIP, tree, tmp_path)
    plain = extract(Counting(), videos, CLIP, tree, tmp_path / "elsewhere")
    torch.testing.assert_close(found.batch(range(8)), plain.batch(range(8)))
    assert FeatureStore(next(tmp_path.glob("features-*")), (6, 1, 2, 2)).rows == 8


def test_two_processes_leave_one_whole_store(tmp_path):
    code = """
import sys
import numpy as np
from hprotopnet.data.store import FeatureStore
from pathlib import Path
store = FeatureStore(Path(sys.argv[1]), (1, 1, 1, 1))
for i in range(60):
    store.append(f"video {i}", [0.0, 1.0], np.full((2, 1, 1, 1, 1), i))
"""
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in started] == [0, 0]
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    assert store.rows == 120
    for name, row in store.index.items():
        assert (store.array()[row.first : row.first + 2] == int(name.split()[1])).all()


def test_a_wait_for_another_process_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "PATIENCE", 0.05)
    other, said = FileLock(tmp_path / "lock"), []
    other.acquire()

    def hear(line):
        said.append(line)
        other.release()

    with locked(tmp_path, hear):
        pass
    assert len(said) == 1
    assert str(tmp_path) in said[0]


def test_rows_that_were_lost_are_never_taken_for_others(tmp_path):
    shape = (1, 1, 1, 1)
    store = FeatureStore(tmp_path, shape)
    for value, name in enumerate(("a", "b")):
        store.append(name, [0.0], np.full((1, *shape), value))
    with open(tmp_path / "features.bin", "r+b") as file:
        file.truncate(2)  # a full disk, or a copy that broke off
    again = FeatureStore(tmp_path, shape)
    assert again.index == {}
    again.append("c", [0.0, 1.0], np.full((2, *shape), 7))
    assert set(FeatureStore(tmp_path, shape).index) == {"c"}


@pytest.mark.parametrize("line", ["[1, 2]", "7", '{"video": "x"}', '{"video": "x", "first": "?", "starts": [0]}'])
def test_lines_that_are_none_of_ours_do_not_count(tmp_path, line):
    (tmp_path / "index.jsonl").write_text(line)
    assert FeatureStore(tmp_path, (1, 1, 1, 1)).index == {}


def test_rows_without_a_line_in_the_index_do_not_count(tmp_path):
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    store.append("a", [0.0], np.array([[[[[1.0]]]]]))
    with open(tmp_path / "features.bin", "ab") as file:
        file.write(b"half a row")
    again = FeatureStore(tmp_path, (1, 1, 1, 1))
    again.append("b", [0.0], np.array([[[[[2.0]]]]]))
    assert FeatureStore(tmp_path, (1, 1, 1, 1)).array().ravel().tolist() == [1, 2]
