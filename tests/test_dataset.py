import os
import threading
from pathlib import Path

import footage
import numpy as np
import pytest
import torch
from PIL import Image

from hprotopnet.clips import ClipSampling
from hprotopnet.dataset import (
    Skipped,
    Video,
    decode_clips,
    list_videos,
    make_split,
    present_classes,
    sha256,
)
from hprotopnet.errors import InputError
from hprotopnet.hierarchy import from_rows, load_hierarchy
from hprotopnet.video import read_frames

HALF = (0.5, 0.5, 0.5)


@pytest.fixture
def hierarchy():
    rows = [("ApplyLipstick", "Grooming"), ("Rafting", "Water"), ("Kayaking", "Water"), ("HandstandPushups", "Floor")]
    return from_rows([{"class": leaf, "parent": parent} for leaf, parent in rows], ("class", "parent"), "toy")


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def ucf(*classes, groups=range(1, 26), clips=2):
    """Videos named as in UCF-101, none of which exists."""
    names = [f"{label}/v_{label}_g{g:02d}_c{c:02d}" for label in classes for g in groups for c in range(1, clips + 1)]
    return [Video(name, Path(name + ".avi"), name.split("/")[0], name[-7:-4]) for name in names]


def alone(label, count):
    return [Video(f"{label}/{i:03d}", Path(f"{label}/{i:03d}.mp4"), label, f"{label}/{i:03d}") for i in range(count)]


def names(videos):
    return [video.name for video in videos]


def groups(videos):
    return sorted({video.group for video in videos})


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
    touch(tmp_path, "Rafting/v_Rafting_g01_c01/img_00001.jpg", "Rafting/notes/read.txt", "Rafting/list.txt")
    (video,) = list_videos(tmp_path, hierarchy).videos
    assert (video.name, video.group) == ("Rafting/v_Rafting_g01_c01", "g01")
    assert video.path.is_dir()


def test_class_folders_match_without_spaces_and_case(tmp_path, hierarchy):
    touch(tmp_path, "apply lipstick/a.avi")
    assert names(list_videos(tmp_path, hierarchy).videos) == ["ApplyLipstick/a"]


def test_what_does_not_fit_is_said_once(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "Rafting/a.mp4", "Kayakking/b.avi", "Juggling/c.avi")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["Rafting/a"]
    told = "\n".join(listing.problems)
    assert "'Kayakking' is not in the hierarchy; did you mean 'Kayaking'?" in told
    assert "'Juggling' is not in the hierarchy" in told
    assert "3 of 4 classes have no video: ApplyLipstick, Kayaking, HandstandPushups" in told
    assert f"{tmp_path}/Rafting/a.mp4: left out" in told
    assert len(listing.problems) == 4


def test_hidden_files_and_links_in_circles_are_ignored(tmp_path, hierarchy):
    touch(tmp_path, "Rafting/a.avi", "Rafting/.b.avi", ".Kayaking/c.avi", "Rafting/Deeper/d.avi")
    os.symlink(tmp_path, tmp_path / "Rafting" / "up")
    os.symlink("round.avi", tmp_path / "Rafting" / "round.avi")
    os.symlink("nowhere", tmp_path / "Kayaking")
    listing = list_videos(tmp_path, hierarchy)
    assert names(listing.videos) == ["Rafting/a"]
    assert len(listing.problems) == 1


@pytest.mark.parametrize("content", [(), ("Rafting/readme.txt",), ("Other/a.avi",), ("a.avi",)])
def test_a_folder_without_videos_is_refused(tmp_path, hierarchy, content):
    with pytest.raises(InputError, match=r"Class/video\.avi"):
        list_videos(touch(tmp_path, *content), hierarchy)


def test_a_missing_folder_is_refused(tmp_path, hierarchy):
    with pytest.raises(InputError, match="cannot be listed"):
        list_videos(tmp_path / "nowhere", hierarchy)


def test_without_lists_the_groups_of_the_recipe_are_tested(tmp_path):
    split = make_split(ucf("Rafting", "Kayaking"), None, tmp_path)
    assert groups(split.test) == [f"g{g:02d}" for g in range(1, 8)]
    assert groups(split.validation) == ["g08", "g13", "g18", "g23"]
    assert len(split.train) + len(split.validation) + len(split.test) == 100
    assert split.record["source"] == "rule: test groups g01, g02, g03, g04, g05, g06, g07"
    assert split.record["test"]["videos"] == 28
    assert not any(split.record[side]["classes_without"] for side in ("train", "validation", "test"))


def test_the_groups_to_test_on_can_be_chosen(tmp_path):
    split = make_split(ucf("Rafting"), None, tmp_path, validation_share=0.5, test_groups=("g25",))
    assert groups(split.test) == ["g25"]
    assert len(groups(split.validation)) == len(groups(split.train)) == 12


def test_videos_without_groups_are_parted_class_by_class(tmp_path):
    split = make_split([*alone("Rafting", 10), *alone("Kayaking", 3), *alone("Surfing", 1)], None, tmp_path)
    assert names(split.test) == ["Kayaking/001", "Rafting/001", "Rafting/006"]
    assert names(split.validation) == ["Kayaking/000", "Rafting/000", "Rafting/007"]
    assert present_classes(split.train) == ("Kayaking", "Rafting", "Surfing")
    assert split.record["test"]["classes_without"] == ["Surfing"]


def test_a_split_does_not_depend_on_the_order_of_the_videos(tmp_path):
    videos = [*ucf("Rafting", "Kayaking"), *alone("Surfing", 17)]
    assert make_split(videos, None, tmp_path) == make_split(videos[::-1], None, tmp_path)


def test_no_validation_when_none_is_asked_for(tmp_path):
    assert make_split(ucf("Rafting"), None, tmp_path, validation_share=0).validation == ()
    with pytest.raises(InputError, match=r"from 0 to 0\.5"):
        make_split(ucf("Rafting"), None, tmp_path, validation_share=0.9)


def write_lists(folder, train, test, number="01"):
    """List files as they are found in the wild: line ends of another system, labels on one side, blank lines."""
    numbered = [f"{line} {i}" for i, line in enumerate(train)]
    (folder / f"trainlist{number}.txt").write_bytes("\r\n".join([*numbered, "", ""]).encode())
    (folder / f"testlist{number}.txt").write_bytes("\r\n".join([*test, " ", ""]).encode())
    return folder / f"testlist{number}.txt"


@pytest.mark.parametrize("given", ["trainlist01.txt", "testlist01.txt"])
def test_either_list_file_finds_its_partner(tmp_path, given):
    write_lists(tmp_path, ["Rafting/v_Rafting_g02_c01.avi"], ["Rafting/v_Rafting_g01_c01.avi"])
    split = make_split(ucf("Rafting", groups=(1, 2), clips=1), tmp_path / given, tmp_path / "elsewhere", 0)
    assert (groups(split.train), groups(split.test)) == (["g02"], ["g01"])
    assert split.record["source"] == "trainlist01.txt, testlist01.txt"
    assert set(split.record["files_sha256"]) == {"trainlist01.txt", "testlist01.txt"}


def test_lists_in_the_data_folder_are_found_and_the_lowest_number_wins(tmp_path):
    write_lists(tmp_path, ["Rafting/v_Rafting_g01_c01.avi"], ["Rafting/v_Rafting_g02_c01.avi"], "03")
    write_lists(tmp_path, ["Rafting/v_Rafting_g02_c01.avi"], ["Rafting/v_Rafting_g01_c01.avi"], "02")
    (tmp_path / "trainlist01.txt").touch()  # has no partner
    split = make_split(ucf("Rafting", groups=(1, 2), clips=1), None, tmp_path, 0)
    assert groups(split.test) == ["g01"]


def test_a_given_list_beats_those_in_the_data_folder(tmp_path):
    write_lists(tmp_path, ["Rafting/v_Rafting_g01_c01.avi"], ["Rafting/v_Rafting_g02_c01.avi"])
    (tmp_path / "mine").mkdir()
    mine = write_lists(tmp_path / "mine", ["Rafting/v_Rafting_g02_c01.avi"], ["Rafting/v_Rafting_g01_c01.avi"])
    assert groups(make_split(ucf("Rafting", groups=(1, 2), clips=1), mine, tmp_path, 0).test) == ["g01"]


def test_absent_and_unlisted_videos_are_counted(tmp_path):
    lists = write_lists(
        tmp_path,
        ["Rafting/v_Rafting_g02_c01.avi", "Rafting/v_Rafting_g03_c01.avi", "Diving/v_Diving_g02_c01.avi"],
        ["Rafting/v_Rafting_g01_c01.avi", "Diving/v_Diving_g01_c01.avi", "Diving/v_Diving_g01_c02.avi"],
    )
    record = make_split(ucf("Rafting", groups=(1, 2, 9), clips=1), lists, tmp_path, 0).record
    assert (record["absent"], record["of_other_classes"], record["unlisted"]) == (1, 3, 1)


def test_lists_join_by_name_whatever_the_spelling(tmp_path):
    lists = write_lists(
        tmp_path, ["apply lipstick\\V_ApplyLipstick_g02_c01.MP4"], ["ApplyLipstick/v_applylipstick_g01_c01"]
    )
    split = make_split(ucf("ApplyLipstick", groups=(1, 2), clips=1), lists, tmp_path, 0)
    assert (groups(split.train), groups(split.test)) == (["g02"], ["g01"])


def test_a_group_on_two_sides_is_refused_by_name(tmp_path):
    lists = write_lists(tmp_path, ["Rafting/v_Rafting_g01_c01.avi"], ["Rafting/v_Rafting_g01_c02.avi"])
    with pytest.raises(InputError, match="group 'g01' is in train and in test"):
        make_split(ucf("Rafting", groups=(1,)), lists, tmp_path, 0)


def test_a_video_in_both_lists_is_refused(tmp_path):
    lists = write_lists(tmp_path, ["Rafting/001.mp4", "Rafting/002.mp4"], ["Rafting/001.mp4"])
    with pytest.raises(InputError, match="group 'Rafting/001' is in train and in test"):
        make_split(alone("Rafting", 3), lists, tmp_path, 0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("split.txt", "name the pair"), ("testlist09.txt", "no such list"), ("testlist02.txt", r"trainlist02\.txt")],
)
def test_lists_that_cannot_be_used_are_refused(tmp_path, name, reason):
    touch(tmp_path, "split.txt", "testlist02.txt")
    with pytest.raises(InputError, match=reason):
        make_split(ucf("Rafting"), tmp_path / name, tmp_path)


def test_lists_of_other_data_are_refused(tmp_path):
    lists = write_lists(tmp_path, ["Diving/v_Diving_g08_c01.avi"], ["Diving/v_Diving_g01_c01.avi"])
    with pytest.raises(InputError, match="none of its videos"):
        make_split(ucf("Rafting"), lists, tmp_path)
    lists = write_lists(tmp_path, ["v_Diving_g08_c01.avi"], [])
    with pytest.raises(InputError, match="line 1 does not read"):
        make_split(ucf("Rafting"), lists, tmp_path)


def test_nothing_left_to_train_on_is_refused(tmp_path):
    with pytest.raises(InputError, match="no video to train on"):
        make_split(ucf("Rafting", groups=(1, 2)), None, tmp_path)


def official_videos(shared, number):
    lines = [
        line.split()[0]
        for side in ("train", "test")
        for line in (shared / "splits" / f"{side}list{number}.txt").read_text().splitlines()
    ]
    return [Video(line[:-4], Path(line), line.split("/")[0], line[-11:-8]) for line in lines]


@pytest.mark.parametrize("number", ["01", "02", "03"])
def test_the_official_splits_of_ucf101(shared, tmp_path, number):
    videos = official_videos(shared, number)
    split = make_split(videos, shared / "splits" / f"testlist{number}.txt", tmp_path)
    sizes = {"01": (9537, 3783), "02": (9586, 3734), "03": (9624, 3696)}[number]
    assert (len(split.train) + len(split.validation), len(split.test)) == sizes
    assert split.record["absent"] == split.record["of_other_classes"] == split.record["unlisted"] == 0
    assert not any(split.record[side]["classes_without"] for side in ("train", "validation", "test"))
    assert not set(groups(split.train)) & set(groups(split.validation))
    assert not set(groups(split.train + split.validation)) & set(groups(split.test))


def test_the_rule_of_the_recipe_is_the_official_split_01(shared, tmp_path):
    videos = official_videos(shared, "01")
    by_list = make_split(videos, shared / "splits" / "trainlist01.txt", tmp_path)
    by_rule = make_split(videos, None, tmp_path)
    assert by_list[:3] == by_rule[:3]


def test_all_classes_of_ucf101_are_in_the_shipped_hierarchy(shared, tmp_path):
    classes = [
        line.split()[1] for line in (shared / "splits" / "classInd.txt").read_text().splitlines() if line.strip()
    ]
    touch(tmp_path, *(f"{label}/v_{label}_g01_c01.avi" for label in classes))
    listing = list_videos(tmp_path, load_hierarchy("ucf101"))
    assert present_classes(listing.videos) == tuple(sorted(classes))
    assert len(classes) == 101
    assert listing.problems == ()


def test_some_classes_of_ucf101_are_enough(shared):
    listing = list_videos(shared / "clips" / "ucf101", load_hierarchy("ucf101"))
    assert (len(listing.videos), len(present_classes(listing.videos))) == (799, 9)
    assert load_hierarchy("ucf101").restrict(present_classes(listing.videos)).depth == 3
    split = make_split(listing.videos, shared / "splits" / "testlist01.txt", shared)
    assert groups(split.test) == ["g05", "g06", "g07"]
    assert (split.record["unlisted"], split.record["of_other_classes"]) == (0, 12106)


@pytest.fixture
def footage_of_three(tmp_path):
    """Three videos of 2 s; the one in the middle is no video."""
    videos = alone("Rafting", 3)
    videos = [Video(video.name, tmp_path / video.path.name, video.label, video.group) for video in videos]
    images = footage.moving_block(50, 48, 64)
    footage.write_lossless(videos[0].path, images, 25)
    videos[1].path.write_text("broken")
    footage.write_lossless(videos[2].path, images[::-1], 25)
    return videos


@pytest.mark.parametrize("workers", [1, 3])
def test_clips_are_decoded_in_order_and_bad_files_passed_over(footage_of_three, capsys, workers):
    sampling, skipped = ClipSampling(4, 12.5), Skipped()
    samples = list(decode_clips(footage_of_three, sampling, 32, 3, HALF, HALF, workers, skipped))
    assert [sample.video.name for sample in samples] == ["Rafting/000"] * 3 + ["Rafting/002"] * 3
    assert [sample.start for sample in samples[:3]] == pytest.approx([0, 0.84, 1.68])
    assert samples[1].times == pytest.approx([0.84, 0.92, 1.0, 1.08])
    assert samples[1].clip.shape == (3, 4, 32, 32)
    expected = read_frames(footage_of_three[0].path, samples[1].times, 32).images[:, :, 5:37]
    assert torch.equal(samples[1].clip, torch.from_numpy(expected / 255).permute(3, 0, 1, 2).float() * 2 - 1)
    assert list(skipped.reasons) == ["Rafting/001"]
    assert capsys.readouterr().err.count("skipped: ") == 1


def test_a_bad_file_is_reported_once_however_often_it_is_read(footage_of_three, capsys):
    skipped = Skipped()
    for _ in range(2):
        list(decode_clips(footage_of_three, ClipSampling(2, 5.0), 32, 1, HALF, HALF, on_bad=skipped))
    assert capsys.readouterr().err.count("001.mp4") == 1


def test_decoding_twice_gives_the_same_numbers(footage_of_three):
    runs = [list(decode_clips(footage_of_three, ClipSampling(4, 12.5), 32, 2, HALF, HALF, n)) for n in (1, 2)]
    for one, other in zip(*runs, strict=True):
        assert one.video == other.video
        assert torch.equal(one.clip, other.clip)


def test_no_readable_video_at_all_is_an_error(footage_of_three):
    with pytest.raises(InputError, match="none of the 1 videos can be read"):
        list(decode_clips(footage_of_three[1:2], ClipSampling(), 32, 1, HALF, HALF))


def test_a_short_video_gives_one_clip(footage_of_three):
    samples = list(decode_clips(footage_of_three[:1], ClipSampling(16, 5.0), 32, 3, HALF, HALF))
    assert [sample.start for sample in samples] == [0.0]
    assert samples[0].times[-1] == pytest.approx(49 / 25)


def test_stopping_early_leaves_no_thread_at_work(footage_of_three):
    before = threading.active_count()
    clips = decode_clips(footage_of_three, ClipSampling(), 32, 1, HALF, HALF)
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
