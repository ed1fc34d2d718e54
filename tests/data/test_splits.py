from pathlib import Path

import pytest

from hprotopnet.data.splits import Video, make_split, present_classes
from hprotopnet.errors import InputError


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


@pytest.mark.parametrize("form", ["{},3", "{};3", "{}\t3", '"{}" 3', "'{}'", '"{}",3'])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lists_from_spreadsheets_are_read(tmp_path, form, encoding):
    for side, group in {"train": "g02", "test": "g01"}.items():
        line = form.format(f"Rafting/v_Rafting_{group}_c01.avi")
        (tmp_path / f"{side}list01.txt").write_bytes(f"{line}\r\n".encode(encoding))
    split = make_split(ucf("Rafting", groups=(1, 2), clips=1), None, tmp_path, 0)
    assert (groups(split.train), groups(split.test)) == (["g02"], ["g01"])


def test_lists_in_another_encoding_are_refused_by_its_name(tmp_path):
    lists = write_lists(tmp_path, ["Rafting/v_Rafting_g02_c01.avi"], [])
    lists.write_bytes("Café/v_Café_g01_c01.avi\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"testlist01\.txt: is not text in UTF-8, perhaps Latin-1"):
        make_split(ucf("Rafting"), lists, tmp_path)


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
    (tmp_path / "split.txt").touch()
    (tmp_path / "testlist02.txt").touch()
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
