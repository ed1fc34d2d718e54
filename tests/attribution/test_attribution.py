"""An attribution as data: what it is, and that files of it come back as they went, or are refused in a line."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from hprotopnet.attribution.attribution import Attribution, load_attribution, save_attribution
from hprotopnet.errors import InputError

OWN = Attribution(
    method="integrated",
    network="toy",
    target="dunk",
    values=np.arange(-6, 18, dtype=np.float32).reshape(2, 3, 4),
    signed=True,
    resolution=(1, 3, 2),
    settings={"polarity": "both", "steps": 25, "areas": [0.1, 0.2]},
    seconds=1.5,
    score=-2.25,
    log_probability=-0.5,
    figures={"delta": 1e-5, "scores": {"0.1": [1.0, None]}, "name": "Äpfel"},
)


def write(path, about: str, values=OWN.values):
    np.savez(path, values=values, about=np.array(about))
    return path


def about(**changed) -> str:
    return json.dumps({name: value for name, value in vars(OWN).items() if name != "values"} | changed)


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        load_attribution(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert said.isprintable()  # in one line
    assert len(said) < 1000
    return said


def test_what_was_saved_comes_back(tmp_path):
    save_attribution(tmp_path / "own.npz", OWN)
    read = load_attribution(tmp_path / "own.npz")
    assert read.values.dtype == np.float32
    np.testing.assert_array_equal(read.values, OWN.values)
    assert {**vars(read), "values": 0} == {**vars(OWN), "values": 0}


def test_settings_and_figures_may_be_empty(tmp_path):
    save_attribution(tmp_path / "own.npz", replace(OWN, settings={}, figures={}))
    assert load_attribution(tmp_path / "own.npz").figures == {}


def test_what_supports_is_what_lies_above_zero():
    assert OWN.supporting.min() == 0
    assert OWN.supporting.sum() == sum(range(18))


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("[1, 2]", "mapping"),
        ("null", "mapping"),
        ("{", "not a file"),
        ("[" * 100_000, "recursion"),
        ('{"a":' * 100_000, "recursion"),
        (about(score=None), "score is None, not a finite number"),
        (about(signed=1), "signed is 1, not true or false"),
        (about(signed=False), "values are none"),
        (about(resolution=[0, 3, 4]), "tells (0, 3, 4)"),
        (about(resolution=[1, 3, 5]), "tells (1, 3, 5)"),
        (about(resolution=[1, 3]), "resolution"),
        (about(settings=[1]), "settings is [1], not an object"),
        (about(figures=None), "figures is None"),
        (about(method="a\nb\x1b[31m", signed=False), r"a\x0ab\x1b[31m"),
        (about(target="a\u202eb", resolution=[9, 9, 9]), r"a\u202eb"),
        (about(more=1), "has no field 'more'"),
        (about(figures={"delta": float("nan")}), "Out of range float values"),
        (about().replace("1e-05", "1e999"), "Out of range float values"),
        (about().replace("1e-05", "1" * 5000), "digits"),
        ("{}", "is missing"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path, said, part):
    assert part in refusal(write(tmp_path / "own.npz", said))


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((2, 3), np.float32),
        np.zeros((0, 3, 4), np.float32),
        np.zeros((2, 3, 4), np.int32),
        np.full((2, 3, 4), np.nan, np.float32),
        np.full((2, 3, 4), np.inf, np.float32),
    ],
)
def test_values_that_are_none_are_refused(tmp_path, values):
    refusal(write(tmp_path / "own.npz", about(), values))


def test_no_pickle_is_loaded(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        archive.writestr("values.npy", buffer.getvalue())
        archive.writestr("about.npy", buffer.getvalue())
    refusal(tmp_path / "own.npz")


def test_letters_that_are_none_are_refused(tmp_path):
    letters = np.frombuffer(np.array([0x41, 0x7FFFFFFF], np.uint32).tobytes(), "<U2")[0:1].reshape(())
    np.savez(tmp_path / "own.npz", values=OWN.values, about=letters)
    refusal(tmp_path / "own.npz")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "own.npz").write_bytes(b"PK\x03\x04nothing")
    refusal(tmp_path / "own.npz")
    with pytest.raises(InputError, match="nowhere"):
        load_attribution(tmp_path / "nowhere.npz")
