"""What is left of answers, by hand; and the whole chain on clips of Pantomime with thin networks."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.i3d import I3D
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.studies import survival
from hprotopnet.studies.survival import Seen, summary, told

I3D32, OTHER = ("i3d", 32), ("frames_inception", 8)


def seen(logits: list[float], *cells: list[float]) -> Seen:
    features = np.array(cells or [[0.0, 1.0], [1.0, 0.0]])
    return Seen(np.array(logits, dtype=float), dict.fromkeys(("Mixed_3c", "Mixed_4f", "Mixed_5c"), features))


def test_agreement_by_hand():
    sure, unsure = [9.0, 5, 4, 3, 2, 1, 0], [0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3]
    rows = [
        {I3D32: seen(sure), OTHER: seen(sure)},  # the same
        {I3D32: seen(unsure), OTHER: seen([-1, 0.2, 0.1, 0, -0.1, 9, -0.3])},  # first and sixth change places
        {I3D32: seen(unsure), OTHER: seen(unsure[::-1])},  # the other way round
    ]
    found = summary(rows)
    [row] = found["rows"]
    assert (found["n"], found["sure"], row["network"], row["frames"]) == (3, 1, "frames_inception", 8)
    assert row["top1"] == pytest.approx(1 / 3)
    assert row["top1_where_sure"] == 1
    assert row["top5"] == pytest.approx(1 / 3)  # the I3D's first is the other's last, or seventh
    assert row["five"] == pytest.approx((1 + 4 / 5 + 3 / 5) / 3)
    places = [0, 1, 2, 3, 4, 5, 6], [6, 1, 2, 3, 4, 0, 5]
    expected = 1 - 6 * sum((a - b) ** 2 for a, b in zip(*places, strict=True)) / (7 * 48)
    assert row["rank_correlation"] == pytest.approx((1 + expected - 1) / 3)


def test_features_are_alike_less_their_mean():
    same, turned = [[5.0, 6], [7, 2]], [[6.0, 5], [2, 7]]
    rows = [{I3D32: seen([2.0, 1], *same), OTHER: seen([2.0, 1], *same), ("tsm_inception", 8): seen([2.0, 1], *turned)}]
    alike = [row["alike"]["Mixed_4f"] for row in summary(rows)["rows"]]
    assert alike == pytest.approx([1, -0.8])  # without the means these would be 1 and .76


def test_lines_say_each_network():
    lines = list(told({"folder": "clips", **summary([{I3D32: seen([2.0, 1]), OTHER: seen([1.0, 2])}] * 2)}))
    assert len(lines) == 3
    assert all(len(line) <= 120 for line in lines)
    assert lines[2].split()[:4] == ["frames_inception,", "8", "frames", "0"]


def test_a_folder_without_videos_is_refused(tmp_path):
    (tmp_path / "Class").mkdir()
    with pytest.raises(InputError, match="no video lies in it as Class/video"):
        survival.survival(tmp_path, 2, progress=False)


class Thin:
    """Stands for the classifier: the mean of a few channels."""

    @staticmethod
    def classify(features: torch.Tensor) -> torch.Tensor:
        return features.mean((2, 3, 4))


@pytest.mark.rendering
def test_networks_see_the_same_clips(monkeypatch, tmp_path):
    torch.manual_seed(0)
    save_file({name: own.contiguous() for name, own in I3D(width=8).state_dict().items()}, tmp_path / "i3d.safetensors")

    def thin(name: str, cut: str, pretrained: bool, progress: bool):
        return create_backbone(name, cut=cut, width=8, weights=tmp_path / "i3d.safetensors")

    network = partial(type("Network", (), {}))()
    network.clip = ClipConfig(frames=16, fps=12.5, size=64)
    monkeypatch.setattr(survival, "create_backbone", thin)
    monkeypatch.setattr(survival, "load_classifier", lambda *_: Thin)
    monkeypatch.setattr(survival, "find_network", lambda _: network)
    clips = Path(survival.__file__).resolve().parents[2] / "assets" / "pantomime"
    found = survival.survival(clips, 2, (8, 16), progress=False)
    assert found["n"] == len(found["clips"]) == 2
    asked = [(row["network"], row["frames"]) for row in found["rows"]]
    others = [(name, frames) for frames in (8, 16) for name in ("i3d", "frames_inception", "tsm_inception")]
    assert asked == [own for own in [*others[3:], *others[:3]] if own != ("i3d", 16)]
    for row in found["rows"]:
        assert set(row["alike"]) == set(I3D.cuts)
        assert all(-1 <= value <= 1 for value in row["alike"].values())
