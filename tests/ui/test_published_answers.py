"""Page Attribution asks published networks: the same moment as they see it, their answers, and what they lack."""

from functools import partial

import numpy as np
import pytest
import torch
from attributions import answerings, makings, press, scene, settled, there
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from visits import opened, texts

from hprotopnet.attribution import methods as attribution_methods
from hprotopnet.attribution.methods import attribute
from hprotopnet.attribution.networks import NETWORKS, open_network
from hprotopnet.config import ClipConfig
from hprotopnet.data.dataset import read_clip
from hprotopnet.data.video import probe
from hprotopnet.models import kinetics
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D
from hprotopnet.models.labels import kinetics_labels
from hprotopnet.pantomime.shipped import shipped_clips
from hprotopnet.pantomime.truth import at_clip, load_truth
from hprotopnet.ui import answering
from hprotopnet.ui.answering import _starts
from hprotopnet.ui.networks import PROJECT
from hprotopnet.views.words import probability, span

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
NETWORK = NETWORKS["r3d_18"]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HPROTOPNET_OFFLINE", "1")
    return tmp_path / "cache" / "attributions"


@pytest.fixture
def thin(monkeypatch, tmp_path):
    """R3D-18, a few channels wide, with random weights, as if it were on this machine."""
    torch.manual_seed(0)
    network = partial(KineticsResNet3D, "r3d_18", width=4)
    save_file({key: value.contiguous() for key, value in network().state_dict().items()}, tmp_path / "thin.safetensors")
    monkeypatch.setattr(kinetics, "CLASSIFIERS", {"r3d_18": network})
    monkeypatch.setattr(kinetics, "published_weights", lambda name, progress: tmp_path / "thin.safetensors")
    monkeypatch.setattr(answering, "absence", lambda name: "")
    answering.subject_of.clear()
    yield
    answering.subject_of.clear()


def asked(**query) -> object:
    return settled(opened("attribution", whose=NETWORK.title, **({"methods": ["Grad-CAM"]} | query)))


def told(app) -> str:
    return texts(app).replace("\\", "")


def test_it_sees_the_same_moment_its_own_way_and_says_what_it_answers(bundles, tiny_world, thin, cache):
    video = next((tiny_world / "videos").rglob("*.mp4"))
    app = opened("attribution", whose=NETWORK.title, methods=["Grad-CAM"], source="Upload")
    app.file_uploader[0].upload("mine.mp4", video.read_bytes()).run()
    settled(app)
    [own] = answerings(app)
    begin, end = span(own.case.explanation)
    clip = read_clip(video, _starts((begin + end) / 2, NETWORK.clip, probe(video).duration)[0], NETWORK.clip)
    np.testing.assert_array_equal(own.result.clip.images, clip.images)
    assert clip.images.shape == (16, 112, 112, 3)
    subject = open_network("r3d_18")
    with torch.no_grad():
        said = subject.log_probabilities(subject.inputs(clip.images))[0].exp()
    first = subject.targets[int(said.argmax())]
    assert f"R3D-18 answers **{first}**, {probability(float(said.max()))}; then " in told(app)
    assert f"Why {first}?" in told(app)
    [made] = makings(app)[-1:]
    np.testing.assert_array_equal(made.result.values, attribute(subject, clip, first, "gradcam").values)
    assert made.question.grid == made.result.resolution
    assert f"seconds {clip.times[0]:.1f} to" in told(app)
    assert "16 frames, the central 112 x 112 pixels: all that R3D-18 sees" in told(app)
    assert not cache.exists()  # of an upload nothing is written down


def test_any_of_its_classes_by_address_and_kept_for_the_next_one(bundles, thin, cache, monkeypatch):
    app = asked(answer="abseiling")
    assert there(app) == ["Grad-CAM"]
    assert "Why abseiling?" in told(app)
    assert f"of {len(kinetics_labels())}." in told(app)
    assert {own.target for own in makings(app)} == {"abseiling"}
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(attribution_methods, "attribute", None)  # nobody is asked again
    assert there(asked(answer="abseiling")) == ["Grad-CAM"]


def test_prototypes_are_not_offered_and_methods_stay_chosen_from_network_to_network(bundles, thin):
    app = settled(opened("attribution"))
    assert there(app) == ["Prototypes of the network", "Grad-CAM"]
    app.selectbox(key="whose").set_value(NETWORK.title).run()
    settled(app)
    assert there(app) == ["Grad-CAM"]
    assert "R3D-18 has no prototypes" in told(app)
    app.selectbox(key="whose").set_value("The network above").run()
    assert there(settled(app)) == ["Prototypes of the network", "Grad-CAM"]


def test_a_long_method_is_asked_of_it_and_stopped(bundles, thin):
    app = asked(methods=["SmoothGrad"])
    [own] = [own for own in makings(app) if own.method == "smooth"]
    assert own.waiting
    press(app, "Run")
    own.cancel()
    own.wait(20)
    assert not own.running
    assert "Run" in [button.label for button in settled(app).button]


def test_the_cue_of_any_level_can_be_laid_over_what_it_sees(monkeypatch, thin):
    folder = PROJECT / "checkpoints"
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (folder,))
    app = asked(bundle="pantomime-cpg10-tied")
    assert not scene(app)["outlines"]
    app = asked(bundle="pantomime-cpg10-tied", cue="Parent")
    assert [own["name"] for own in scene(app)["outlines"]] == ["True cue"]
    assert "R3D-18 knows the classes of Kinetics and no such level" in told(app)
    [own] = answerings(app)
    [video] = [clip for clip in shipped_clips(own.case.bundle.hierarchy) if clip.name == own.result.clip.video]
    masks = at_clip(load_truth(video.path), own.result.clip.times, 112) >> 1 & 1
    assert f"it fills {100 * masks.mean():.1f} % of the clip" in told(app)


def test_what_is_stored_of_a_clip_will_do_where_its_video_lies_nowhere(bundles, thin):
    app = asked()
    [own] = answerings(app)
    begin, end = span(own.case.explanation)
    assert "The video itself is not on this machine" in app.warning[0].value
    assert begin - 1e-6 <= own.result.clip.times[0] < own.result.clip.times[-1] <= end


@pytest.mark.parametrize(
    ("title", "remedy", "fetched"),
    [("R3D-18", "put r3d_18-b3b3357e.pth from", True), ("I3D", "fetch it once", True), ("TSM-R50", "tsm_r50", False)],
)
def test_one_that_is_not_here_says_how_to_come_by_it(bundles, monkeypatch, title, remedy, fetched):
    app = settled(opened("attribution", whose=title))
    [line] = [own.value.replace("\\", "") for own in app.info]
    assert line.startswith(f"{title}: not fetched yet; ")
    assert remedy in line
    assert not [own for own in app.button if "Fetch" in own.label]
    assert [layer["note"] for layer in scene(app)["layers"]] == ["not there yet"] * 2
    monkeypatch.delenv("HPROTOPNET_OFFLINE")
    app.run()
    labels = [own.label for own in app.button if own.label.startswith(f"Fetch {title} (")]
    assert len(labels) == fetched


def test_it_is_asked_once_its_weights_are_there(bundles, thin, monkeypatch):
    monkeypatch.setattr(answering, "absence", lambda name: "not fetched yet; fetch it")
    app = settled(opened("attribution", whose=NETWORK.title, methods=["Grad-CAM"]))
    assert not there(app)
    for where in ("hprotopnet.ui.answering.absence", "hprotopnet.attribution.networks.absence"):
        monkeypatch.setattr(where, lambda name: "")
    app.run()
    assert there(settled(app)) == ["Grad-CAM"]


@pytest.mark.parametrize("query", [{"whose": "<b>"}, {"answer": "nobody"}, {"cue": "x"}])
def test_an_address_of_nonsense_opens_the_page(bundles, thin, query):
    assert "Grad-CAM" in there(asked(**query) if "whose" not in query else settled(opened("attribution", **query)))


@given(st.floats(0, 20), st.floats(0.1, 5), st.floats(0.1, 20))
def test_a_window_lies_about_the_moment_as_far_as_the_video_has_room(middle, length, duration):
    clip = ClipConfig(frames=10, fps=10 / length)
    [start] = _starts(middle, clip, duration)
    assert start >= 0
    length = clip.span
    if length <= duration:
        assert start + length <= duration + 1e-9
        if length / 2 <= middle <= duration - length / 2:
            assert start + length / 2 == pytest.approx(middle)
    else:
        assert start == 0
