"""Trees to choose from, and what their atlas holds."""

import shutil

import numpy as np
import pytest

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.errors import InputError
from hprotopnet.ui.atlas import LAYOUTS, MOST_CLASSES, _tree_alone, atlas, read_upload, tree_names

TREE = b"class,parent\na,p\nb,p\nc,q\nd,q\n"


def test_networks_come_first_and_then_the_tree_they_are_part_of(monkeypatch, tiny_bundle, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    assert tree_names() == ["ucf101", "activitynet", "pantomime"]
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_bundle.parent,))
    assert tree_names()[0] == "network tiny-cpg2"
    assert tree_names()[-3:] == ["ucf101", "activitynet", "pantomime"]


def test_a_network_brings_its_own_tree_and_points(monkeypatch, tiny_bundle):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_bundle.parent,))
    shown, bundle = atlas("network tiny-cpg2"), open_bundle(tiny_bundle)
    assert shown.hierarchy.nodes == bundle.hierarchy.nodes
    assert "of the network" in shown.origin
    assert set(shown.layouts) == set(LAYOUTS)


def test_a_network_that_was_trained_again_is_laid_out_again(monkeypatch, tiny_bundle, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    shutil.copytree(tiny_bundle, tmp_path / "again")
    first = atlas("network again")
    assert atlas("network again") is first
    (tmp_path / "again" / "model.json").touch()
    assert atlas("network again") is not first


def test_a_tree_alone_says_that_nothing_was_learned():
    shown = _tree_alone(read_upload(TREE))
    assert "nothing is learned" in shown.origin
    assert np.isfinite(shown.distances).all()
    assert set(shown.fidelity) == {*LAYOUTS, "ball"}


def test_uploads_are_read_and_bounded():
    assert read_upload(b"class,parent\na,p\nb,p\n").classes == ("a", "b")
    assert read_upload("class\tparent\r\né\tp\r\nb\tp\r\n".encode("utf-16")).classes == ("é", "b")
    with pytest.raises(InputError, match=r"^uploaded\.csv: line 2 has no parent"):
        read_upload(b"class,parent\na,\n")
    with pytest.raises(InputError, match="at most"):
        read_upload(b"class,parent\n" + b"".join(b"c%d,p\n" % i for i in range(MOST_CLASSES + 1)))
    with pytest.raises(InputError, match="larger than"):
        read_upload(b"x" * 2_000_000)
