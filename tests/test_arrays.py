"""Files of arrays: what they claim is looked at before it is read."""

import os
import zipfile

import numpy as np
import pytest

from hprotopnet.arrays import read_arrays
from hprotopnet.errors import InputError

KINDS = {"places": "f2", "names": "U1"}


@pytest.fixture
def path(tmp_path):
    np.savez(tmp_path / "a.npz", places=np.eye(3), names=np.array(["a", "bc"]), more=np.arange(3))
    return tmp_path / "a.npz"


def refusal(path, **settings) -> str:
    with pytest.raises(InputError) as caught:
        read_arrays(path, KINDS, "places", "make it again", **settings)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_was_saved_is_read(save, order, tmp_path):
    places = np.asarray(np.random.default_rng(0).random((4, 3)), order=order)
    save(tmp_path / "a.npz", places=places, names=np.array(["é", "日本"]), more=np.array([{}], dtype=object))
    found = read_arrays(tmp_path / "a.npz", KINDS, "places", "")
    np.testing.assert_array_equal(found["places"], places)
    assert found["names"].tolist() == ["é", "日本"]
    assert found.keys() == KINDS.keys()


def test_arrays_without_numbers_are_read(tmp_path):
    np.savez(tmp_path / "a.npz", places=np.zeros((0, 4)), names=np.array([], dtype="<U3"))
    assert read_arrays(tmp_path / "a.npz", KINDS, "places", "")["places"].shape == (0, 4)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"places": np.zeros(3)}, "places is float64 of shape (3,)"),
        ({"places": np.zeros((3, 3), int)}, "places is int64"),
        ({"names": np.array([b"a"])}, "names is |S1"),
        ({"names": np.array([{}], dtype=object)}, "names is object"),
        ({"names": np.zeros(3, [("a", "f8")])}, "names is"),
    ],
)
def test_another_kind_of_array_is_refused(path, changes, part):
    with np.load(path) as file:
        data = dict(file)
    np.savez(path, **data | changes)
    said = refusal(path)
    assert part in said
    assert said.endswith("; make it again")


def test_no_more_than_may_be_is_read(path):
    np.savez_compressed(path, places=np.zeros((300, 300)), names=np.array(["a"]))
    assert "its arrays claim 0.7 MB, at most 0.5" in refusal(path, most=2**19)
    assert "larger than" in refusal(path, most=500)
    with path.open("r+b") as file:
        file.truncate(89 * 2**30)
    assert "larger than 128.0 MB" in refusal(path)


def test_a_claim_beyond_what_is_there_is_refused_before_anything_is_read(path):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for claim in (b"(9, 9)", b"(-1,1)", b"(3, 2)"):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content.replace(b"(3, 3)", claim))
        assert "has not as many numbers as it says" in refusal(path)


def test_other_archives_are_refused(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"a comment"
    assert "no archive" in refusal(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("places.npy", b"x")
        archive.writestr("names.npy", b"x")
    assert "compressed in another way" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number}.npy", b"")
    assert "lists more" in refusal(path)


def test_what_is_no_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.npz")
    assert "is a folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.npz")
    assert "is a pipe" in refusal(tmp_path / "pipe.npz")
