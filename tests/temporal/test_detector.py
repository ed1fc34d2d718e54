"""A detector on disk: it comes back as it was, or what is wrong with it is said in one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hprotopnet.errors import InputError
from hprotopnet.temporal.detector import FeatureSource, load_detector, save_detector
from hprotopnet.temporal.network import Detector
from hprotopnet.temporal.state import EpochRow, Record
from hprotopnet.temporal.toy import TOY, toy_tree
from hprotopnet.temporal.training import TrainedDetector

CONFIG = replace(TOY, width=6, encoded=5, concepts=4)
RECORD = Record((EpochRow(1, 0.5, 1.0, 0.25, 0.125, None, 2.0), EpochRow(2, 0.25, 1.0, 0.25, 0.125, 0.5, 2.0)), 2)
SOURCE = FeatureSource("i3d", "a" * 64, {"frames": "16", "size": "160"}, rate=1.5625)


def made(seed: int = 0) -> TrainedDetector:
    torch.manual_seed(seed)
    network = Detector(CONFIG, 6).eval()
    network.concepts.normal_()
    return TrainedDetector(network, CONFIG, toy_tree(2, 3), RECORD)


@pytest.fixture
def folder(tmp_path):
    save_detector(tmp_path / "detector", made(), SOURCE)
    return tmp_path / "detector"


def test_what_was_saved_comes_back_to_the_letter(folder):
    found, clips = load_detector(folder), torch.randn(7, 6)
    assert (found.config, found.hierarchy, found.record, found.source) == (CONFIG, toy_tree(2, 3), RECORD, SOURCE)
    for own, expected in zip(found.network(clips), made().network(clips), strict=True):
        assert torch.equal(own, expected)
    assert torch.equal(found.network.concepts, made().network.concepts)
    assert not any(parameter.requires_grad for parameter in found.network.parameters())
    assert sorted(file.name for file in folder.iterdir()) == ["detector.json", "detector.safetensors"]


def test_a_detector_takes_the_place_of_another_and_what_lies_beside_it_stays(folder):
    (folder / "state.json").write_text("{}", encoding="utf-8")
    save_detector(folder, made(1))
    assert load_detector(folder).source == FeatureSource()
    assert torch.equal(load_detector(folder).network.concepts, made(1).network.concepts)
    assert (folder / "state.json").exists()
    assert [file.name for file in folder.parent.iterdir()] == ["detector"]


def test_a_detector_that_cannot_be_written_leaves_the_old_one(folder, monkeypatch):
    def fails(*_):
        raise InputError("no room")

    monkeypatch.setattr("hprotopnet.temporal.detector.write_json", fails)
    with pytest.raises(InputError, match="no room"):
        save_detector(folder, made(1))
    assert torch.equal(load_detector(folder).network.concepts, made().network.concepts)
    assert [file.name for file in folder.parent.iterdir()] == ["detector"]


def change_json(change):
    def spoil(folder):
        data = json.loads((folder / "detector.json").read_text(encoding="utf-8"))
        change(data)
        (folder / "detector.json").write_text(json.dumps(data), encoding="utf-8")

    return spoil


def change_tensors(change):
    def spoil(folder):
        tensors = load_file(folder / "detector.safetensors")
        change(tensors)
        save_file(tensors, folder / "detector.safetensors")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda folder: (folder / "detector.json").unlink(), "no detector (it has no detector.json)"),
        (lambda folder: (folder / "detector.safetensors").unlink(), "it has no detector.safetensors"),
        (lambda folder: (folder / "detector.json").write_text("[1]"), "not a detector of format 1"),
        (change_json(lambda data: data.update(format=2)), "not a detector of format 1"),
        (change_json(lambda data: data["config"].update(width=10**9)), "width is 1000000000"),
        (change_json(lambda data: data["config"].update(width=65536, encoded=65536)), "give fewer"),
        (change_json(lambda data: data["config"].update(pooling="sum")), "config.pooling is 'sum'"),
        (change_json(lambda data: data["config"].update(mood=1)), "has no field 'mood'"),
        (change_json(lambda data: data["config"]["rule"].update(kmax=0)), "kmax is 0"),
        (change_json(lambda data: data["record"].update(best="2")), "record.best is '2'"),
        (change_json(lambda data: data["features"].update(backbone="a\nb")), "cannot be shown"),
        (change_json(lambda data: data["features"].update(rate=-1)), "-1.0 clips a second"),
        (change_json(lambda data: data["hierarchy"]["rows"].pop()), "fine.out.bias (6,) for (5,)"),
        (change_json(lambda data: data["hierarchy"].update(levels=["class"])), "single level"),
        (change_tensors(lambda own: own.pop("concepts")), "-concepts"),
        (change_tensors(lambda own: own.update(more=torch.zeros(1))), "+more"),
        (change_tensors(lambda own: own["concepts"].fill_(np.nan)), "concepts is not finite"),
        (lambda folder: (folder / "detector.safetensors").write_bytes(b"x" * 99), "cannot be read as safetensors"),
    ],
)
def test_whatever_does_not_fit_is_refused_in_one_line(folder, spoil, part):
    spoil(folder)
    with pytest.raises(InputError) as caught:
        load_detector(folder)
    assert part in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_leads_out_of_the_folder_is_not_read(folder, tmp_path):
    (folder / "detector.json").rename(tmp_path / "elsewhere.json")
    (folder / "detector.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(InputError, match="leads out of its folder"):
        load_detector(folder)
