"""Files of lists are read as numpy writes them, and nothing of what they say is run."""

import io
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.errors import InputError
from hprotopnet.temporal.lists import read_lists

RAGGED = [[[0.5, 1.25]], [], [[2.0, 3.0], [4, 5.5]]]


def objects(items: list) -> np.ndarray:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def write(path: Path, array: np.ndarray) -> Path:
    np.save(path, array, allow_pickle=True)
    return path


def header(shape: tuple[int, ...]) -> bytes:
    """The beginning of a file of objects."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (objects(RAGGED), RAGGED),
        (objects(["a", "日本", "c" * 300]), ["a", "日本", "c" * 300]),
        (objects([[(1, 2), (3, 4)], [(5, 6)]]), [[[1, 2], [3, 4]], [[5, 6]]]),
        (objects([np.array([1, 2]), np.array([0.5])]), [[1, 2], [0.5]]),
        (objects([np.array(["x", "yz"]), np.array([True])]), [["x", "yz"], [True]]),
        (objects([[np.int64(3), np.float32(0.5)]]), [[3, 0.5]]),
        (objects([objects([[1], [2, 3]])]), [[[1], [2, 3]]]),
        (np.array([[1, "a"], [2, "b"]], object), [[1, "a"], [2, "b"]]),
        (np.array([[[0, 1]], [[2, 3]]]), [[[0, 1]], [[2, 3]]]),
        (np.array(["a", "bc"]), ["a", "bc"]),
        (np.array([1.5, 2.0], np.float16), [1.5, 2.0]),
        (np.zeros((0, 3)), []),
        (np.empty((0, 2), object), []),
        (objects([10**30, -(2**40)]), [10**30, -(2**40)]),
    ],
)
def test_what_numpy_writes_comes_back(array, expected, tmp_path):
    assert read_lists(write(tmp_path / "a.npy", array)) == expected


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("core", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_files_of_other_versions_of_numpy_are_read(protocol, core, tmp_path):
    content = pickle.dumps(objects(RAGGED), protocol)
    if protocol < 4:  # later ones say how long the name is
        content = content.replace(b"numpy._core.multiarray", core)
    (tmp_path / "a.npy").write_bytes(header((3,)) + content)
    assert read_lists(tmp_path / "a.npy") == RAGGED


class Payload:
    """Calls something when it is unpickled."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_lists(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_code_in_a_file_is_refused_before_it_runs(tmp_path):
    ran = tmp_path / "ran"
    hostile = [
        Payload(os.system, f"touch {ran}"),
        Payload(eval, f"open({str(ran)!r}, 'w')"),
        Payload(Path.touch, ran),
        Payload(np.save, str(ran), 1),
        Payload(getattr, "a", "upper"),
        OrderedDict(a=1),
        {"a": 1},
        {1, 2},
        b"bytes",
        1j,
        Path("x"),
        np.dtype("f4"),
    ]
    for own in hostile:
        refusal(write(tmp_path / "a.npy", objects([[1], own])))
    assert not ran.exists()
    (tmp_path / "a.npy").write_bytes(pickle.dumps(hostile[0]))
    assert "not a readable file of lists" in refusal(tmp_path / "a.npy")
    assert not ran.exists()


def packed(*parts: bytes) -> bytes:
    return header((1,)) + b"\x80\x04" + b"".join(parts) + b"."


RECONSTRUCT = b"cnumpy._core.multiarray\n_reconstruct\n"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (packed(b"]r\xff\xff\xff\x7f"), "numbers its parts beyond"),  # room for two thousand million memos
        (packed(b"]\x96\x01\x00\x00\x00\x00\x00\x00\x00a"), "BYTEARRAY8"),
        (packed(b"]\x8d\x00\x00\x00\x00\x00\x01\x00\x00"), "not a readable file"),  # text longer than the file
        (packed(b"(lp0\n0c__main__\nx\n"), "refused"),
        (packed(b"cbuiltins\neval\n"), "refused: it names builtins.eval"),
        (packed(b"cnumpy\nndarray\n(K\x05tR"), "not a readable file"),  # an array of nothing but its size
        (packed(RECONSTRUCT + b"}X\x01\x00\x00\x00aK\x01s", b"b"), "EMPTY_DICT"),
        (packed(RECONSTRUCT + b")\x81"), "NEWOBJ"),
        (packed(b"P1\n"), "PERSID"),
        (packed(b"K\x05"), "a single value"),
        (header((1,)), "not a readable file"),
        (b"", "not a readable file"),
        (b"\x93NUMPY\x09\x00", "not a readable file"),
        (packed(b"](" + b"]" * 30 + b"a" * 29 + b"e"), "nested too deeply"),
    ],
)
def test_hostile_files_are_refused_in_one_line(content, part, tmp_path):
    (tmp_path / "a.npy").write_bytes(content)
    assert part in refusal(tmp_path / "a.npy")


def test_a_list_named_again_and_again_is_not_read_as_often(tmp_path, monkeypatch):
    """Thirty times thirty times thirty ...: a few hundred bytes that would be 7 x 10^8 items."""
    monkeypatch.setattr("hprotopnet.temporal.lists.MOST_ITEMS", 10**5)
    level: list = [0] * 30
    for _ in range(5):
        level = [level] * 30
    assert "holds too much" in refusal(write(tmp_path / "a.npy", objects([level])))
    level.append(level)
    assert "nested too deeply" in refusal(write(tmp_path / "a.npy", objects([level])))


def test_a_file_that_is_cut_short_anywhere_is_refused(tmp_path):
    path = write(tmp_path / "a.npy", objects(RAGGED))
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        refusal(path)


def test_what_a_file_claims_must_be_there(tmp_path):
    path = write(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    content = path.read_bytes()
    for claim in (b"(9, 9)", b"(-1,1)", b"(2, 2)"):
        path.write_bytes(content.replace(b"(2, 3)", claim))
        refusal(path)
    assert "no such file" in refusal(tmp_path / "absent.npy")
    assert "is a folder" in refusal(tmp_path)
