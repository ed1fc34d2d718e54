import os
import threading
import unicodedata
from pathlib import Path

import footage
import numpy as np
import pytest
from PIL import Image

from hprotopnet.config import ClipConfig
from hprotopnet.data.dataset import Skipped, decode_clips, label_of, list_videos
from hprotopnet.data.pictures import sha256
from hprotopnet.data.splits import Video, make_split, present_classes
from hprotopnet.data.video import read_frames
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import from_rows, load_hierarchy


@pytest.fixture
def hierarchy():
    rows = [("ApplyLipstick", "Grooming"), ("Rafting", "Water"), ("Kayaking", "Water"), ("HandstandPushups", "Floor")]
    return from_rows([{"class": leaf, "parent": parent} for leaf, parent in rows], ("class", "parent"), "toy")


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def pictures(folder, count=8):
    return [f"{folder}/img_{number:05d}.jpg" for number in range(1, count + 1)]


def names(videos):
    return [video.name for video in videos]


def test_videos_are_listed_by_name_with_class_and_group(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/v_Rafting_g07_c02.avi", "Rafting/v_Rafting_g07_c01.mp4", "Rafting/down.the.river.MKV")
    touch(tmp_path, "HandstandPushups/v_HandStandPushups_g11_c03.avi")
    videos = list_videos(tmp_path, hierarchy).videos
    assert [(video.name, video.label, video.group) for video in videos] == [
        ("HandstandPushups/v_HandStandPushups_g11_c03", "HandstandPushups", "g11"),
        ("Rafting/down.the.river", "Rafting", "Rafting/down.the.river"),
        ("Rafting/v_Rafting_g07_c01", "Rafting", "g07"),
        ("Rafting/v_Rafting_g07_c02", "Rafting", "g07"),
    ]
    assert videos[1].path == tmp_path / "Rafting" / "down.the.river.MKV"
    assert present_classes(videos) == ("HandstandPushups", "Rafting")


def test_folders_of_pictures_are_videos(tmp_path, hierarchy):
    touch(tmp_path, *pictures("Rafting/v_Rafting_g01_c01"), "Rafting/notes/read.txt", "Rafting/list.txt")
    (video,) = list_videos(tmp_path, hierarchy).videos
    assert (video.name, video.group) == ("Rafting/v_Rafting_g01_c01", "g01")
    assert video.path.is_dir()


def test_class_folders_match_without_spaces_and_case(tmp_path, hierarchy):
    touch(tmp_path, "apply lipstick/a.avi")
    assert names(list_videos(tmp_path, hierarchy).videos) == ["ApplyLipstick/a"]


def test_a_video_alone_is_of_the_class_that_its_folder_is_called_by(tmp_path, hierarchy, monkeypatch):
    leaf = hierarchy.classes[0]
    assert label_of(tmp_path / leaf / "a.mp4", hierarchy) == leaf
    assert label_of(tmp_path / leaf.upper() / "a.mp4", hierarchy) == leaf
    assert label_of(tmp_path / "holidays" / "a.mp4", hierarchy) is None
    (tmp_path / leaf).mkdir()
    monkeypatch.chdir(tmp_path / leaf)
    assert label_of(Path("a.mp4"), hierarchy) == leaf


def test_what_does_not_fit_is_said_with_the_nearest_names(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "Rafting/a.mp4", "Kayakking/b.avi", "Juggling/c.avi")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["Rafting/a"]
    assert listing.unknown == {
        "Juggling": "class 'Juggling' is not in the hierarchy",
        "Kayakking": "class 'Kayakking' is not in the hierarchy; did you mean 'Kayaking'?",
    }
    assert listing.missing == {
        "ApplyLipstick": "class 'ApplyLipstick' has no video",
        "Kayaking": "class 'Kayaking' has no video (is folder 'Kayakking' meant for it?)",
        "HandstandPushups": "class 'HandstandPushups' has no video",
    }
    assert listing.left_out == {"of the same name as another": (1, ("Rafting/a.mp4",))}


def test_folders_that_hold_no_video_are_no_matter(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "lists/testlist01.txt", "films/stories/b.mp4", "Kayaking/read.txt")
    listing = list_videos(tmp_path, hierarchy)
    assert not listing.unknown
    assert list(listing.missing) == ["ApplyLipstick", "Kayaking", "HandstandPushups"]


def test_whatever_is_not_used_is_counted_with_its_reason(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "Rafting/a.txt", "Rafting/b.JSON", "Rafting/c.json", "Rafting/d", "e.avi", "f.doc")
    touch(tmp_path, *pictures("Rafting/whole"), *pictures("Rafting/short", 7), *pictures("Rafting/Thumbnails", 20))
    touch(
        tmp_path, "Rafting/whole/times.csv", "Rafting/whole/deeper/g.avi", "Rafting/part/h.avi", "Rafting/empty/i.txt"
    )
    touch(tmp_path, "Rafting/.hidden.avi", "trainlist01.txt", "classInd.txt", "README.md", "__MACOSX/Rafting/._a.avi")
    os.symlink("/nowhere/j.avi", tmp_path / "Rafting" / "j.avi")
    os.symlink("nowhere", tmp_path / "Kayaking")
    os.mkfifo(tmp_path / "Rafting" / "k.avi")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["Rafting/a", "Rafting/whole"]
    assert {reason: own.count for reason, own in listing.left_out.items()} == {
        "suffix .txt": 1,
        "suffix .json": 2,
        "suffix .csv": 1,
        "no suffix": 1,
        "folders of fewer than 8 pictures": 1,
        "folders of thumbnails": 1,
        "folders deeper than a video": 2,
        "folders without pictures": 1,
        "dead links": 1,
        "neither files nor folders": 1,
        "beside the class folders": 4,
    }
    notes = listing.notes()
    assert len(notes) == 8
    assert (
        "5 not used, no video by name (2 of suffix .json, 1 of suffix .txt, 1 of no suffix and 1 suffixes" in notes[-1]
    )
    assert listing.left_out["dead links"].examples == ("Rafting/j.avi",)


def test_what_is_not_used_is_one_line_a_reason_however_much_it_is(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", *(f"Rafting/{i:03d}.txt" for i in range(40)))
    touch(tmp_path, *(f"Rafting/a.{suffix}" for suffix in ("mp4", "mkv", "mov", "3gp", "vob")))
    listing = list_videos(tmp_path, hierarchy)
    assert listing.notes() == [
        "5 not used, of the same name as another: 'Rafting/a.mkv', 'Rafting/a.mov', 'Rafting/a.mp4' and 2 more",
        "40 not used, no video by name (40 of suffix .txt): 'Rafting/000.txt', 'Rafting/001.txt', 'Rafting/002.txt'"
        " and 37 more",
    ]


@pytest.mark.parametrize("inside", ["Rafting", "Rafting/frames"])
def test_a_folder_that_cannot_be_listed_is_counted(tmp_path, hierarchy, monkeypatch, inside):
    touch(tmp_path, "Kayaking/a.avi", *pictures("Rafting/frames"))
    listdir = os.listdir

    def locked(path):
        if Path(path) == tmp_path / inside:
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", locked)
    listing = list_videos(tmp_path, hierarchy)
    assert listing.left_out == {"folders that cannot be listed": (1, (inside,))}


def test_two_folders_of_a_class_are_both_used_and_that_is_said(tmp_path, hierarchy):
    touch(tmp_path, "ApplyLipstick/a.avi", "Apply Lipstick/b.avi", "rafting/c.avi", "RAFTING/d.avi", "Kayaking/e.avi")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["ApplyLipstick/a", "ApplyLipstick/b", "Kayaking/e", "Rafting/c", "Rafting/d"]
    assert listing.notes() == [
        "class 'ApplyLipstick' has 2 folders, all used: 'Apply Lipstick', 'ApplyLipstick'",
        "class 'Rafting' has 2 folders, all used: 'RAFTING', 'rafting'",
    ]


def test_names_are_the_same_whatever_system_and_encoding_they_come_from(tmp_path, hierarchy):
    touch(tmp_path, unicodedata.normalize("NFD", "Rafting/Café.avi"), "Rafting/Ångström.mp4")
    (tmp_path / "Rafting" / os.fsdecode(b"caf\xe9_g02_c01.avi")).touch()
    videos = list_videos(tmp_path, hierarchy).videos
    assert names(videos) == ["Rafting/Café", "Rafting/caf\\xe9_g02_c01", "Rafting/Ångström"]
    assert "\n".join(names(videos)).encode()
    assert make_split(videos, None, tmp_path, to_train=False).test[0].group == "g02"


def test_hidden_files_and_links_in_circles_are_ignored(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "Rafting/.b.avi", ".Kayaking/c.avi", "Rafting/Deeper/d.avi")
    os.symlink(tmp_path, tmp_path / "Rafting" / "up")
    os.symlink("round.avi", tmp_path / "Rafting" / "round.avi")
    os.symlink("nowhere", tmp_path / "Kayaking")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["Rafting/a"]
    assert not listing.unknown


@pytest.mark.parametrize("content", [(), ("Rafting/readme.txt",), ("Other/a.avi",), ("a.avi",)])
def test_a_folder_without_videos_is_refused(tmp_path, hierarchy, content):
    with pytest.raises(InputError, match=r"Class/video\.avi"):
        list_videos(touch(tmp_path, *content), hierarchy)


def test_a_folder_in_which_every_name_is_misspelt_is_refused_with_the_nearest(tmp_path, hierarchy):
    with pytest.raises(InputError, match=r"did you mean 'Kayaking'\?"):
        list_videos(touch(tmp_path, "Kayakking/b.avi"), hierarchy)


def test_a_missing_folder_is_refused(tmp_path, hierarchy):
    with pytest.raises(InputError, match="cannot be listed"):
        list_videos(tmp_path / "nowhere", hierarchy)


def test_all_classes_of_ucf101_are_in_the_shipped_hierarchy(shared, tmp_path):
    classes = [
        line.split()[1] for line in (shared / "splits" / "classInd.txt").read_text().splitlines() if line.strip()
    ]
    touch(tmp_path, *(f"{label}/v_{label}_g01_c01.avi" for label in classes))
    listing = list_videos(tmp_path, load_hierarchy("ucf101"))
    assert present_classes(listing.videos) == tuple(sorted(classes))
    assert len(classes) == 101
    assert (listing.unknown, listing.missing) == ({}, {})


def test_some_classes_of_ucf101_are_enough(shared):
    listing = list_videos(shared / "clips" / "ucf101", load_hierarchy("ucf101"))
    assert (len(listing.videos), len(present_classes(listing.videos))) == (799, 9)
    assert load_hierarchy("ucf101").restrict(present_classes(listing.videos)).depth == 3
    split = make_split(listing.videos, shared / "splits" / "testlist01.txt", shared)
    assert {video.group for video in split.test} == {"g05", "g06", "g07"}
    assert (split.record["unlisted"], split.record["of_other_classes"]) == (0, 12106)


@pytest.fixture
def footage_of_three(tmp_path):
    """Three videos of 2 s; the one in the middle is no video."""
    videos = [Video(f"Rafting/00{i}", tmp_path / f"00{i}.mp4", "Rafting", f"Rafting/00{i}") for i in range(3)]
    images = footage.moving_block(50, 48, 64)
    footage.write_lossless(videos[0].path, images, 25)
    videos[1].path.write_text("broken")
    footage.write_lossless(videos[2].path, images[::-1], 25)
    return videos


@pytest.mark.parametrize("workers", [1, 3])
def test_clips_are_decoded_in_order_and_bad_files_passed_over(footage_of_three, capsys, workers):
    skipped = Skipped()
    found = list(decode_clips(footage_of_three, ClipConfig(4, 12.5, 32, 3), workers, skipped))
    clips = [clip for _, clip in found]
    assert [video.name for video, _ in found] == [clip.video for clip in clips]
    assert [clip.video for clip in clips] == ["Rafting/000"] * 3 + ["Rafting/002"] * 3
    assert [clip.start for clip in clips[:3]] == pytest.approx([0, 0.84, 1.68])
    assert clips[1].times == pytest.approx([0.84, 0.92, 1.0, 1.08])
    expected = read_frames(footage_of_three[0].path, clips[1].times, 32).images[:, :, 5:37]
    assert np.array_equal(clips[1].images, expected)
    assert list(skipped.reasons) == ["Rafting/001"]
    assert capsys.readouterr().err.count("skipped: ") == 1


def test_a_bad_file_is_reported_once_however_often_it_is_read(footage_of_three, capsys):
    skipped = Skipped()
    for _ in range(2):
        list(decode_clips(footage_of_three, ClipConfig(2, 5.0, 32, 1), on_bad=skipped))
    assert capsys.readouterr().err.count("001.mp4") == 1


def test_decoding_twice_gives_the_same_numbers(footage_of_three):
    runs = [list(decode_clips(footage_of_three, ClipConfig(4, 12.5, 32, 2), n)) for n in (1, 2)]
    for (_, one), (_, other) in zip(*runs, strict=True):
        assert one.video == other.video
        assert np.array_equal(one.images, other.images)


def test_no_readable_video_at_all_gives_no_clip(footage_of_three, capsys):
    assert list(decode_clips(footage_of_three[1:2], ClipConfig(size=32, per_video=1))) == []
    assert "skipped" in capsys.readouterr().err


def test_a_short_video_gives_one_clip(footage_of_three):
    clips = [clip for _, clip in decode_clips(footage_of_three[:1], ClipConfig(16, 5.0, 32, 3))]
    assert [clip.start for clip in clips] == [0.0]
    assert clips[0].times[-1] == pytest.approx(49 / 25)


def test_stopping_early_leaves_no_thread_at_work(footage_of_three):
    before = threading.active_count()
    clips = decode_clips(footage_of_three, ClipConfig(size=32, per_video=1))
    next(clips)
    clips.close()
    assert threading.active_count() == before


def test_hashes_of_files_and_folders(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"abc")
    assert sha256(tmp_path / "a.bin") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    pictures = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.fromarray(np.full((4, 4, 3), 40 * i, dtype=np.uint8)).save(tmp_path / name / f"img_{i}.png")
        pictures.append(sha256(tmp_path / name))
    assert pictures[0] == pictures[1]
    (tmp_path / "two" / "img_1.png").rename(tmp_path / "two" / "img_2.png")
    assert sha256(tmp_path / "two") != pictures[0]
