"""An attribution as files: all of them or none, a folder a method, and one line for what cannot be done."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tqdm import tqdm

from hprotopnet.attribution.attribution import load_attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.errors import InputError
from hprotopnet.views import attributed, attribution_report
from hprotopnet.views.attribution_report import PARTS, attribute_video

pytestmark = pytest.mark.rendering


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Small pictures are drawn sooner."""
    monkeypatch.setattr(attributed, "ZOOMS", (0.3,))
    monkeypatch.setattr(attributed, "SHARP", 0.3)


@pytest.fixture
def video(tiny_world) -> Path:
    return sorted((tiny_world / "videos" / "RedDisc").iterdir())[0]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_method_writes_its_files_and_says_what_was_found(tiny_bundle, video, tmp_path):
    out = tmp_path / "deep" / "out"
    lines = list(attribute_video(str(tiny_bundle), video, out, "gradcam"))
    assert names(out) == sorted(PARTS)
    assert names(out.parent) == ["out"]  # no draft, no lock
    own = load_attribution(out / "attribution.npz")
    facts = json.loads((out / "attribution.json").read_text())
    assert own.values.shape == (16, 48, 48)
    assert (facts["method"], facts["network"], facts["target"]) == ("gradcam", tiny_bundle.name, own.target)
    assert facts["target"] in ("RedDisc", "RedBar", "GreenDisc", "GreenBar", "BlueDisc", "BlueBar")
    assert facts["grid"] == "a grid of 2 x 3 x 3 cells"
    assert facts["over_time"]["for"] == pytest.approx(own.supporting.mean((1, 2)).tolist())
    place = facts["peak"]
    assert own.values[place["frames"][0], place["box"][1], place["box"][0]] == own.values.max()
    assert facts["start"] <= place["seconds"] <= facts["start"] + 1.28
    assert lines[0].endswith(f"asked of {tiny_bundle.name}: {own.target}")
    assert any("a grid of 2 x 3 x 3 cells," in line for line in lines)
    assert lines[-1] == f"written to {out}"


def test_any_node_can_be_asked_about_at_any_time(tiny_bundle, video, tmp_path):
    asked = attribute_video(
        str(tiny_bundle), video, tmp_path / "out", "gradients", "Bright ground", 0.4, {"polarity": "both"}
    )
    first, *_ = asked
    assert first.startswith(f"{video.name} from 0.40 to 1.68 s")
    facts = json.loads((tmp_path / "out" / "attribution.json").read_text())
    assert (facts["target"], facts["signed"], facts["settings"]["polarity"]) == ("Bright ground", True, "both")
    assert set(facts["over_time"]) == {"for", "against"}


def test_all_methods_write_a_folder_each(tiny_bundle, video, tmp_path, monkeypatch):
    few = {"gradcam": METHODS["gradcam"], "prototypes": METHODS["prototypes"], "gradients": METHODS["gradients"]}
    monkeypatch.setattr("hprotopnet.studies.attributed.METHODS", few)
    real = attribution_report.attribute

    def attribute(subject, clip, target, method, step, **settings):
        if method == "gradients":
            raise InputError("it makes no sense here")
        return real(subject, clip, target, method, step, **settings)

    monkeypatch.setattr(attribution_report, "attribute", attribute)
    lines = list(attribute_video(str(tiny_bundle), video, tmp_path / "out", "all"))
    assert names(tmp_path / "out") == ["gradcam", "prototypes"]
    assert all(names(tmp_path / "out" / name) == sorted(PARTS) for name in ("gradcam", "prototypes"))
    assert "gradients: left out, it makes no sense here" in lines


def test_what_is_there_is_replaced_whole_or_stays(tiny_bundle, video, tmp_path, monkeypatch):
    out = tmp_path / "out"
    list(attribute_video(str(tiny_bundle), video, out, "gradcam", "RedDisc"))
    (out / "notes.txt").write_text("mine")
    before = {name: (out / name).read_bytes() for name in PARTS}
    monkeypatch.setattr(attribution_report, "mp4", lambda account: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(attribute_video(str(tiny_bundle), video, out, "gradcam", "BlueBar"))
    assert {name: (out / name).read_bytes() for name in PARTS} == before
    monkeypatch.setattr(attribution_report, "mp4", lambda account: b"film")
    list(attribute_video(str(tiny_bundle), video, out, "gradcam", "BlueBar"))
    assert json.loads((out / "attribution.json").read_text())["target"] == "BlueBar"
    assert names(out) == sorted([*PARTS, "notes.txt"])
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "grad-cam"}, "did you mean 'gradcam'"),
        ({"target": "RedDisk"}, "did you mean 'RedDisc'"),
        ({"settings": {"weight": "global"}}, "did you mean 'weights'"),
        ({"settings": {"weights": 3}}, "weights is 3"),
        ({"method": "all", "settings": {"weights": "global"}}, "name it in place of 'all'"),
        ({"start": 99.0}, "cannot start at 99 s"),
        ({"network": "r3d18"}, "did you mean 'r3d_18'"),
        ({"video": Path("absent.mp4")}, "absent.mp4"),
        ({"out": Path(__file__)}, "is no folder"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_folder(changed, said, tiny_bundle, video, tmp_path):
    asked = {"network": str(tiny_bundle), "video": video, "out": tmp_path / "out", "method": "gradcam"} | changed
    with pytest.raises(InputError, match=said) as caught:
        list(attribute_video(**asked))
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_progress_goes_from_nothing_to_all(tiny_bundle, video, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(attribution_report, "DELAY", 0.0)
    monkeypatch.setattr(attribution_report, "tqdm", partial(tqdm, disable=False))
    list(attribute_video(str(tiny_bundle), video, tmp_path / "out", "integrated", settings={"steps": 3}))
    shown = capsys.readouterr()
    assert "integrated: 100%" in shown.err
    assert shown.out == ""


def test_values_are_those_of_the_verb(tiny_bundle, video, tmp_path):
    from hprotopnet.attribution.methods import attribute
    from hprotopnet.data.dataset import middle_clip
    from hprotopnet.studies.subjects import open_subject

    list(attribute_video(str(tiny_bundle), video, tmp_path / "out", "gradients", "RedDisc"))
    subject = open_subject(tiny_bundle)
    expected = attribute(subject, middle_clip(video, subject.clip), "RedDisc", "gradients")
    np.testing.assert_allclose(load_attribution(tmp_path / "out" / PARTS[0]).values, expected.values, rtol=1e-4)
