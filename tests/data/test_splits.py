import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from hprotopnet.data.splits import Video, make_split, present_classes
from hprotopnet.errors import InputError
from hprotopnet.files import printable


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


@pytest.mark.parametrize(
    "form",
    [
        "Rafting/{} 163 0",
        "Rafting/{}.avi 163 0",
        "Rafting/{},163,0",
        "Rafting/{}\t4",
        "/data/UCF-101/Rafting/{}.avi 4",
        "D:\\UCF 101\\Rafting\\{}.avi 4",
        '"D:\\UCF 101\\Rafting\\{}.avi";4',
        "  Rafting/{}.avi  ",
        "Rafting/{}.avi,Rafting",
        "Rafting/{},rafting",
        "./Rafting//{}.avi",
        "Rafting/{}.avi.mp4 3",
    ],
)
def test_lists_of_other_projects_are_read(tmp_path, form):
    for side, group in {"train": "g02", "test": "g01"}.items():
        line = form.format(f"v_Rafting_{group}_c01")
        (tmp_path / f"{side}list01.txt").write_bytes(f"{line}\r\n\r\n".encode("utf-8-sig"))
    videos = ucf("Rafting", groups=(1, 2), clips=1)
    if ".avi.mp4" in form:
        videos = [replace(video, name=f"{video.name}.avi") for video in videos]
    split = make_split(videos, None, tmp_path, 0)
    assert (groups(split.train), groups(split.test), split.notes) == (["g02"], ["g01"], ())


@pytest.mark.parametrize(
    "lines",
    [
        ["video,label", "Rafting/v_Rafting_{}_c01.avi,3"],
        ["label;path", '3;"Rafting/v_Rafting_{}_c01.avi"'],
        ["", "Class,Filename,Split", "rafting,v_Rafting_{}_c01.avi,train"],
        ["name\tclass", "v_Rafting_{}_c01\tRafting"],
        ["", "path frames label", "Rafting/v_Rafting_{}_c01 163 0"],
    ],
)
def test_tables_with_a_header_are_read_by_their_columns(tmp_path, lines):
    for side, group in {"train": "g02", "test": "g01"}.items():
        (tmp_path / f"{side}list01.txt").write_text("\n".join(lines).format(group))
    split = make_split(ucf("Rafting", groups=(1, 2), clips=1), None, tmp_path, 0)
    assert (groups(split.train), groups(split.test)) == (["g02"], ["g01"])


def named(*stems):
    """Videos of files of these names; a name of a video is printable."""
    names = [f"Rafting/{printable(stem)}" for stem in stems]
    return [Video(name, Path(f"{stem}.avi"), "Rafting", name) for name, stem in zip(names, stems, strict=True)]


@pytest.mark.parametrize(
    ("stems", "train", "test"),
    [
        (("my clip 1", "my clip 2"), ["Rafting/my clip 1.avi 7"], ["Rafting/my clip 2.avi 7"]),
        (("my clip 1", "my clip 2"), ["Rafting/my clip 1"], ["Rafting/my clip 2"]),
        (("my clip 1", "my clip 2"), ["Rafting/my clip 1 7"], ["Rafting/my clip 2 7"]),
        (("clip", "clip 1", "clip 2"), ["Rafting/clip 0", "Rafting/clip 2 0"], ["Rafting/clip 1 0"]),
        (("clip", "clip 1", "clip 2"), ["Rafting/clip", "Rafting/clip 2"], ["Rafting/clip 1"]),
        (("a, b", "c"), ['"Rafting/a, b.avi",0'], ["Rafting/c.avi,0"]),
        (('the "best"', "c"), ['"Rafting/the ""best"".avi" 0'], ["Rafting/c 0"]),
        (("a\x0bb\x85c", "d\u2028e"), ["Rafting/a\x0bb\x85c.avi 1"], ["Rafting/d\u2028e.avi 1"]),
        (("Vid", "vid"), ["Rafting/Vid.avi"], ["Rafting/vid.avi"]),
        (("Café", "thé"), [unicodedata.normalize("NFD", "Rafting/café.AVI 1")], ["Rafting/thé.avi 1"]),
    ],
)
def test_names_are_found_whatever_is_in_them(tmp_path, stems, train, test):
    for side, lines in {"train": train, "test": test}.items():
        (tmp_path / f"{side}list01.txt").write_bytes("\n".join(lines).encode())
    split = make_split(named(*stems), None, tmp_path, 0)
    assert len(split.train) == len(train)
    assert len(split.test) == len(test)
    assert {video.name for video in split.train + split.test} == {video.name for video in named(*stems)}
    assert split.notes == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Rafting/Vid.avi", "", "Rafting/VID.avi"], "line 3 may name 'Rafting/Vid' or 'Rafting/vid'"),
        (["Rafting/Vid.avi", "nothing"], r"line 2 does not read Class/video\.avi"),
        (["Rafting/Vid.avi 1", "Rafting/vid.avi 0.5 9.5"], r"line 2 has '0\.5 9\.5' behind the name"),
        (["my clip 3", "Rafting/Vid.avi"], "line 1 does not read"),
        (["Rafting/Vid.avi 1 2 3"], "line 1 has '1 2 3' behind the name"),
        (["label,youtube_id,time_start,time_end,split", "rafting,abcdefghijk,1,11,train"], "YouTube clips, as of Kin"),
        (["rafting,abcdefghijk,1,11,train"], "lists YouTube clips, as of Kinetics"),
        (["video,start,end,label", "Rafting/Vid.avi,1,2,0"], "lists parts of videos"),
        (["label,split", "Rafting,train"], "names no column of videos"),
        (["video,label", "Rafting/Vid.avi,0", "", "vid"], r"line 4 does not read"),
    ],
)
def test_lines_that_cannot_be_understood_are_refused_with_their_number_or_form(tmp_path, lines, said):
    (tmp_path / "testlist01.txt").touch()
    (tmp_path / "trainlist01.txt").write_text("\n".join(lines))
    with pytest.raises(InputError, match=said) as caught:
        make_split(named("Vid", "vid"), None, tmp_path, 0)
    assert "trainlist01.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_lists_and_data_do_not_share_is_said(tmp_path):
    lists = write_lists(
        tmp_path,
        [f"Rafting/v_Rafting_g{g:02d}_c01.avi" for g in (2, 2, 3, 4, 5, 6)],
        ["Rafting/v_Rafting_g01_c01.avi", "Diving/v_Diving_g01_c01.avi"],
    )
    split = make_split(ucf("Rafting", groups=(1, 2, 9), clips=1), lists, tmp_path, 0)
    assert [note.partition(": ")[2] for note in split.notes] == [
        "4 listed videos of its classes are absent: 'Rafting/v_Rafting_g03_c01', 'Rafting/v_Rafting_g04_c01',"
        " 'Rafting/v_Rafting_g05_c01' and 1 more",
        "1 videos are in no list and left out: 'Rafting/v_Rafting_g09_c01'",
        "1 listed videos are of other classes",
        "1 lines name a video again",
    ]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("latest_trainlist01.txt", "latest_testlist01.txt"),
        ("trained_testlist01.txt", "trained_trainlist01.txt"),
        ("contest_train.txt", "contest_test.txt"),
        ("TrainList01.txt", "TestList01.txt"),
    ],
)
def test_the_partner_of_a_list_is_named_after_its_side_alone(tmp_path, train, test):
    (tmp_path / train).write_text("Rafting/v_Rafting_g02_c01.avi\n")
    (tmp_path / test).write_text("Rafting/v_Rafting_g01_c01.avi\n")
    split = make_split(ucf("Rafting", groups=(1, 2), clips=1), tmp_path / train, tmp_path, 0)
    swapped = "testlist" in train
    assert (groups(split.train), groups(split.test)) == ((["g01"], ["g02"]) if swapped else (["g02"], ["g01"]))


def test_the_pair_of_lowest_number_is_that_of_the_number(tmp_path):
    write_lists(tmp_path, ["Rafting/v_Rafting_g01_c01.avi"], ["Rafting/v_Rafting_g02_c01.avi"], "10")
    write_lists(tmp_path, ["Rafting/v_Rafting_g02_c01.avi"], ["Rafting/v_Rafting_g01_c01.avi"], "2")
    assert groups(make_split(ucf("Rafting", groups=(1, 2), clips=1), None, tmp_path, 0).test) == ["g01"]


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
    with pytest.raises(InputError, match=r"testlist01.txt: line 1 names 'Rafting/001', as line 1 of trainlist01.txt"):
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
