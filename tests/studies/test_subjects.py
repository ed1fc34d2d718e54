"""A network to ask is found by its name or by its folder."""

import pytest

from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.errors import InputError
from hprotopnet.studies import subjects
from hprotopnet.studies.subjects import open_subject


def test_a_folder_is_a_bundle(tiny_bundle):
    subject = open_subject(tiny_bundle)
    assert isinstance(subject, PrototypeSubject)
    assert subject.name == tiny_bundle.name
    assert "Bright ground" in subject.targets
    assert subject.rivals == "all"
    assert open_subject(tiny_bundle, rivals="siblings").rivals == "siblings"


def test_a_name_is_a_published_network(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "i3d").mkdir()  # a folder of that name is ./i3d
    monkeypatch.setattr(subjects, "open_network", lambda name, progress: (name, progress))
    assert open_subject("i3d") == ("i3d", True)
    with pytest.raises(InputError, match="no bundle"):
        open_subject("./i3d")


def test_what_is_neither_gets_a_hint(tmp_path):
    with pytest.raises(InputError, match=r"r2plus1d: .*did you mean 'r2plus1d_18'.*known: i3d, "):
        open_subject("r2plus1d")
    with pytest.raises(InputError, match="no bundle"):
        open_subject(tmp_path)


def test_a_published_network_knows_no_siblings():
    with pytest.raises(InputError, match="i3d: its classes are in no tree"):
        open_subject("i3d", rivals="siblings")
