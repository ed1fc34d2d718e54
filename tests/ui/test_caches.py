"""What the app keeps is kept by what it was made from: what is written later, or written over, is seen."""

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from footage import moving_block
from PIL import Image
from tales import told, write_film

from hprotopnet.data.pictures import written
from hprotopnet.files import read_json, stamp, write_json
from hprotopnet.pantomime import shipped
from hprotopnet.ui.atlas import atlas
from hprotopnet.ui.cases import Choice, showcase_of
from hprotopnet.ui.clip import anchors
from hprotopnet.ui.folders import _listed, _videos
from hprotopnet.ui.networks import bundle_of, stamp_of
from hprotopnet.ui.story import stories_of


@pytest.fixture
def folder(tiny_bundle, tmp_path) -> Path:
    return shutil.copytree(tiny_bundle, tmp_path / "runs" / "tiny")


def write_over(path: Path, content: bytes) -> None:
    """Other content in the same file, with the time of writing that it had."""
    stat = path.stat()
    time.sleep(0.02)  # longer than a tick of the clock by which files are stamped
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_stored_clips_that_are_written_after_a_first_look_are_seen(folder):
    kept = (folder / "showcase").rename(folder.parent / "kept")
    assert showcase_of(bundle_of(folder)) == ()
    (folder / "showcase").mkdir()
    for count, file in enumerate(sorted(kept.glob("*.json.gz")), start=1):
        shutil.copyfile(file, folder / "showcase" / file.name)
        assert len(showcase_of(bundle_of(folder))) == count


def test_a_stored_clip_that_is_written_over_is_read_again(folder):
    first = showcase_of(bundle_of(folder))[0]
    assert first.label
    other = read_json(first.file) | {"label": "BlueBar"}
    write_json(folder / "other.json.gz", other)
    write_over(first.file, (folder / "other.json.gz").read_bytes())
    assert showcase_of(bundle_of(folder))[0].label == "BlueBar"


@pytest.mark.parametrize("name", ["model.json", "prototypes.json", "points.npz", "weights.safetensors"])
def test_a_bundle_is_opened_again_when_any_part_of_it_was_written(folder, name):
    before = bundle_of(folder)
    assert bundle_of(folder) is before
    write_over(folder / name, (folder / name).read_bytes())
    assert bundle_of(folder) is not before


def test_class_points_that_were_written_over_are_laid_out_again(folder):
    before = anchors(bundle_of(folder))
    with np.load(folder / "points.npz") as file:
        arrays = dict(file)
    np.savez(folder / "points.npz", **arrays | {"points": 0.9 * arrays["points"]})
    assert not np.array_equal(anchors(bundle_of(folder)), before)


def test_the_state_of_a_run_does_not_count_and_excerpts_do(folder):
    before = stamp_of(folder)
    (folder / "state").mkdir(exist_ok=True)
    (folder / "state" / "state.json").write_text("{}")
    assert stamp_of(folder) == before
    (folder / "excerpts" / "new.mp4").touch()
    assert stamp_of(folder) != before
    assert stamp_of(folder / "absent") == stamp_of(folder / "absent too")


def test_films_that_come_after_a_first_look_are_seen(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "FILMS", (tmp_path / "films",))
    bundle = bundle_of(folder)
    film = write_film(tmp_path / "made" / "story_001.mp4")
    trace = told(bundle, film)
    write_json(folder / "showcase" / "traces" / f"{trace.video}.json", trace.to_dict())
    assert stories_of(bundle_of(folder)) == {}
    film.parent.rename(tmp_path / "films")
    assert len(stories_of(bundle_of(folder))) == 1


def test_a_video_that_was_written_over_is_another_choice(tmp_path):
    for number, image in enumerate(moving_block(3)):
        Image.fromarray(image).save(tmp_path / f"img_{number}.png")
    choice = Choice("a", path=tmp_path, start=0.0)
    before = choice.identity
    assert choice.identity == before
    write_over(tmp_path / "img_1.png", (tmp_path / "img_2.png").read_bytes())
    assert choice.identity != before
    file = tmp_path / "video.mp4"
    file.write_bytes(b"one")
    before = written(file)
    write_over(file, b"two")
    assert written(file) != before


def test_a_corrected_folder_of_videos_is_listed_at_once(folder, tiny_world, tmp_path):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    bundle = bundle_of(folder)

    def listed() -> tuple[list, bool]:
        return _videos(str(data), _listed(str(data)), str(folder), stamp_of(folder), bundle)

    videos, tested = listed()
    assert tested
    (data / "RedDisc" / "v_RedDisc_g01_c01.mp4").rename(data / "RedDisc" / "v_RedDisc_g01_c02.mp4")
    assert [video.name for video in listed()[0]] != [video.name for video in videos]
    shutil.rmtree(data / "BlueBar")
    assert not any(video.label == "BlueBar" for video in listed()[0])
    (data / "trainlist01.txt").write_text("GreenBar/v_GreenBar_g01_c01.mp4\nRedBar/v_RedBar_g01_c01.mp4\n")
    (data / "testlist01.txt").write_text("GreenBar/v_GreenBar_g02_c01.mp4\n")
    assert not listed()[1]
    assert _listed(str(data / "absent")) == 0


def test_a_shipped_tree_that_was_written_over_is_laid_out_again(tmp_path, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.atlas.SHIPPED", tmp_path)
    before = atlas("pantomime")
    assert atlas("pantomime") is before
    (tmp_path / "pantomime.csv").touch()
    assert atlas("pantomime") is not before


def test_a_stamp_tells_files_by_what_is_known_of_them(tmp_path):
    one = tmp_path / "one"
    absent = stamp(one)
    one.write_bytes(b"1")
    present = stamp(one)
    assert len({absent, present, stamp(one, tmp_path)}) == 3
    one.rename(tmp_path / "two")
    assert stamp(tmp_path / "two") != present
