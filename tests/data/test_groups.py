"""Groups in the names of files: however tools write them, and names that seem to tell some otherwise."""

import pytest

from hprotopnet.data.groups import SUFFIXES, group_of, unused_groups, without_suffix


@pytest.mark.parametrize(
    "tail",
    [
        "_g01_c01",
        "_G01_C01",
        "-g01-c01",
        "_g1_c1",
        ".g001.c0003",
        " g01 c01",
        "_g01_c01.avi",
        "_g01_c01_flipped",
        "_g01_c01 (1)",
        "_g01_c01_000123",
        "_g01_c01-copy",
        "_g01__c01",
    ],
)
def test_a_group_is_found_however_it_is_written(tail):
    assert group_of(f"v_Rafting{tail}") == "g01"


@pytest.mark.parametrize(
    "stem", ["vid00", "g01", "c01", "v_Rafting_g01", "ag01_c01", "v_g01c_01", "v_g7_c3po", "x_gg01_c01", "g_c", ""]
)
def test_other_names_have_no_group(stem):
    assert group_of(stem) is None


@pytest.mark.parametrize(
    ("stems", "example"),
    [
        (["clip_scene3_001", "clip_scene3_002", "clip_scene4_001"], "scene3"),
        (["dQw4w9WgXcQ_000010_000020", "dQw4w9WgXcQ_000020_000030", "abcdefghijk_000000_000010"], "dQw4w9WgXcQ"),
        (["dQw4w9WgXcQ_000010_000020.mp4", "dQw4w9WgXcQ_000030_000040"], "dQw4w9WgXcQ"),
        (["April_hair_u_nm_goo_0", "April_hair_u_nm_goo_1", "May_hair_u_cm_bad_0"], "April_hair_u_nm_goo"),
        (["person01_walk_d1", "person01_walk_d2", "person02_walk_d1"], "person01"),
        (["beach (1)", "beach (2)", "lake (1)"], "beach"),
    ],
)
def test_names_that_seem_to_tell_their_footage_are_said_with_an_example(stems, example):
    line = unused_groups(f"Rafting/{stem}" for stem in stems)
    assert line.startswith("2 videos seem to be cut from 1 longer ones by their names, as 'Rafting/")
    assert f"from '{example.lower() if 'scene' in example else example}'" in line
    assert "list files" in line
    assert "_g01_c01" in line


@pytest.mark.parametrize(
    "stems",
    [
        [f"vid{i:02d}" for i in range(20)],
        [f"video_{i:03d}" for i in range(20)],
        [f"IMG_{i}" for i in range(1000, 1020)] + ["holiday"],
        ["abcdefghijk_000000_000010", "bcdefghijkl_000000_000010"],
        ["a", "b", "c"],
        [f"person{i:02d}" for i in range(5)],
        [],
    ],
)
def test_plain_numbers_are_no_groups(stems):
    assert unused_groups(f"Rafting/{stem}" for stem in stems) is None


def test_numbers_are_those_of_a_class():
    """The same plain names in two classes are two numberings."""
    assert unused_groups(f"{label}/{name}_{i}" for label, name in (("A", "a"), ("B", "b")) for i in range(3)) is None


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".AVI", ".Mp4"])
def test_suffixes_of_videos_are_no_part_of_a_name(suffix):
    assert without_suffix(f"down.the.river{suffix}") == "down.the.river"
    assert without_suffix("down.the.river") == "down.the.river"
