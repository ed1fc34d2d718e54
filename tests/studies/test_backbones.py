"""What is said of the networks: counted work, grids, weights; the table fits a terminal."""

import json

import pytest
import torch

from hprotopnet.commands.footage import networks
from hprotopnet.config import ClipConfig
from hprotopnet.models.backbones.registry import list_backbones
from hprotopnet.studies import backbones
from hprotopnet.studies.backbones import multiply_adds, origins, row, told, usual_clip

SMALL = ClipConfig(frames=8, fps=3.125, size=64)


@pytest.fixture(autouse=True)
def _nothing_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")


@pytest.mark.parametrize(
    ("name", "billions"),
    [("tsm_r50", 32.70), ("h2cn_r50", 33.6), ("r3d_18", 40.7), ("i3d", 2 * 27.8), ("frames_inception", 8 * 1.5)],
)
def test_work_is_what_others_count(name, billions):
    """Of TSM, H2CN and R3D-18 as published or counted on the published code, of the I3D twice what 16 frames take."""
    assert multiply_adds(name, usual_clip(name)) / 1e9 == pytest.approx(billions, rel=0.01)


def test_weights_are_said_with_their_makers():
    assert [(own.data, own.whose, own.here) for own in origins("tsm_r50")] == [
        ("Kinetics", "authors", False),
        ("ImageNet", "torchvision", False),
    ]
    assert [own.data for own in origins("h2cn_r18")] == ["ImageNet"]
    assert [own.whose for own in origins("tsm_inception")] == ["PyPI"]
    assert all(origins(name) for name in list_backbones())


@pytest.mark.rendering
def test_a_row_is_measured_on_what_is_there():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    own = row("tsm_r18", SMALL)
    assert torch.equal(torch.rand(1), expected)
    assert (own["grid"], own["channels"], own["measured_on"]) == ([8, 2, 2], 512, "random weights")
    assert own["parameters"] == 11_176_512
    assert 1 <= own["sees"]["frames"] <= 8
    assert 32 < own["sees"]["pixels"] <= 128
    assert own["seconds"] > 0
    assert json.loads(json.dumps(own)) == own
    assert row("tsm_r18", SMALL, timed=False)["seconds"] is None


def test_the_command_prints_a_line_each_that_fits_a_terminal(monkeypatch, tmp_path, capsys):
    def known(name: str, clip: ClipConfig, timed: bool) -> dict:
        weights = [own._asdict() for own in origins(name)]
        sees = {"pixels": 224, "frames": 40}
        return {"name": name, "parameters": 33_371_472, "multiply_adds": 55.6e9, "clip": vars(clip), "sees": sees} | {
            "grid": [16, 14, 14],
            "seconds": 12.3 if timed else None,
            "weights": weights,
            "measured_on": "random weights",
        }

    monkeypatch.setattr(backbones, "row", known)
    networks(time=False, json=tmp_path / "networks.json")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:-2]] == list(list_backbones())
    assert max(map(len, lines)) <= 120
    assert [own["name"] for own in json.loads((tmp_path / "networks.json").read_text())] == list(list_backbones())
    assert max(map(len, told([known(name, usual_clip(name), True) for name in list_backbones()]))) <= 120
