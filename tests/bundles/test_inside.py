"""Files of a bundle are looked for inside of it and nowhere else."""

import os

import pytest

from hprotopnet.bundles.inside import is_plain, listed, part
from hprotopnet.errors import InputError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bundle" / "excerpts").mkdir(parents=True)
    (tmp_path / "bundle" / "excerpts" / "a.mp4").write_bytes(b"inside")
    (tmp_path / "outside.mp4").write_bytes(b"outside")
    return tmp_path / "bundle"


@pytest.mark.parametrize("name", ["a.mp4", "excerpts/a.mp4", "a b/é 日本.mp4", "..a", "a..b/c"])
def test_names_that_lead_down_are_plain(name):
    assert is_plain(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/a", "../a", "a/../b", "a/./b", "a//b", "a/", "./a", "a\0", "x" * 501]
)
def test_other_names_are_refused(name, folder):
    assert not is_plain(name)
    with pytest.raises(InputError, match="no name of a file in it"):
        part(folder, name, 100)


@pytest.mark.parametrize("name", ["a\\b", "C:a", "a\nb", "a\udce9"])
def test_names_that_not_every_system_has_stand_in_no_file(name, folder):
    assert not is_plain(name)
    assert part(folder, name, 100) is None
    (folder / name).touch()
    assert part(folder, name, 100) == folder / name


def test_a_part_is_a_file_of_bounded_size(folder):
    assert part(folder, "excerpts/a.mp4", 6).read_bytes() == b"inside"
    assert part(folder, "excerpts/b.mp4", 6) is None
    with pytest.raises(InputError, match=r"a\.mp4: is larger than"):
        part(folder, "excerpts/a.mp4", 5)
    with pytest.raises(InputError, match="excerpts: is a folder"):
        part(folder, "excerpts", 100)


def test_links_may_lead_about_inside_but_not_out(folder, tmp_path):
    (folder / "b.mp4").symlink_to("excerpts/a.mp4")
    assert part(folder, "b.mp4", 100).read_bytes() == b"inside"
    (tmp_path / "link").symlink_to(folder)
    assert part(tmp_path / "link", "excerpts/a.mp4", 100).read_bytes() == b"inside"
    for name, target in {
        "out.mp4": tmp_path / "outside.mp4",
        "up.mp4": "../outside.mp4",
        "absent.mp4": tmp_path / "absent.mp4",
        "beside.mp4": tmp_path / "bundle2",
        "above": tmp_path,
    }.items():
        (folder / name).symlink_to(target)
        with pytest.raises(InputError, match=f"{name}: leads out of its folder"):
            part(folder, name, 100)
    with pytest.raises(InputError, match="leads out"):
        part(folder, "above/outside.mp4", 100)
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(InputError, match="loop: cannot be read"):
        part(folder, "loop", 100)


def test_files_are_listed_by_name_and_not_without_end(folder):
    for name in ("b", "a"):
        (folder / "excerpts" / f"{name}.json").touch()
    assert listed(folder, "excerpts/*.json", 2) == ["excerpts/a.json", "excerpts/b.json"]
    assert listed(folder, "showcase/*.json", 2) == []
    with pytest.raises(InputError, match="holds 2 files"):
        listed(folder, "excerpts/*.json", 1)


def test_a_name_that_is_no_text_is_looked_at_where_it_lies(folder):
    (folder / os.fsdecode(b"caf\xe9.json")).touch()
    (name,) = listed(folder, "*.json", 5)
    assert part(folder, name, 100).is_file()
