"""True atoms of clips, and how well concepts agree with them."""

import json

import numpy as np
import pytest

from hprotopnet.errors import InputError
from hprotopnet.temporal.atoms import Atom, atoms_of_clips, read_atoms
from hprotopnet.temporal.measured import agreement

ATOMS = (
    Atom((1.0, 2.0), "twist", "out"),
    Atom((2.0, 3.2), "twist", "back"),
    Atom((1.0, 3.2), "bow", "out"),
    Atom((5.0, 5.4), "hop", "out"),
)


def test_a_clip_has_the_atom_that_fills_most_of_it_and_the_first_of_equal_ones():
    assert atoms_of_clips(ATOMS, 6, 6.0) == ["", "twist", "twist", "", "", ""]
    assert atoms_of_clips(ATOMS, 12, 6.0) == ["", "", *["twist"] * 4, "", "", "", "", "hop", ""]


def test_phases_may_be_told_apart():
    assert atoms_of_clips(ATOMS, 6, 6.0, phases=True) == ["", "twist, out", "twist, back", "", "", ""]
    assert atoms_of_clips(ATOMS, 2, 6.0, phases=True) == ["bow, out", ""]  # which goes on where a twist turns back
    assert atoms_of_clips(ATOMS, 2, 6.0) == ["twist", ""]


def test_a_video_without_atoms_has_none():
    assert atoms_of_clips((), 3, 6.0) == ["", "", ""]


def test_a_file_of_atoms_comes_back_or_is_refused_in_one_line(tmp_path):
    rows = [{"segment": own.segment, "label": own.label, "phase": own.phase} for own in ATOMS]
    path = tmp_path / "atoms.json"
    path.write_text(json.dumps({"atoms": {"one": rows}}), encoding="utf-8")
    assert read_atoms(path) == {"one": ATOMS}
    path.write_text(json.dumps({"atoms": {"one": [{"segment": [1], "label": "twist"}]}}), encoding="utf-8")
    with pytest.raises(InputError, match="segment"):
        read_atoms(path)


def test_concepts_are_compared_on_clips_that_have_an_atom():
    kinds = np.array(["twist", "twist", "", "bow", "bow", ""])
    assert agreement(np.array([3, 3, 9, 5, 5, 3]), kinds) == (1, pytest.approx(1))
    assert agreement(np.array([3, 5, 9, 3, 5, 3]), kinds) == (0.5, pytest.approx(0))
    assert agreement(np.array([1, 2]), np.array(["", ""])) == (None, None)
