"""Page Attribution: what is asked, made behind the page, kept, stopped, shown side by side, and linked to."""

import subprocess
import sys
import threading
import time
from urllib.parse import parse_qs

import numpy as np
import pytest
from attributions import makings, press, scene, settled, there
from visits import at_page, opened, texts

from hprotopnet.attribution import kept
from hprotopnet.attribution import methods as attribution_methods
from hprotopnet.attribution.attribution import load_attribution
from hprotopnet.attribution.methods import attribute
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.ui import attributing
from hprotopnet.ui.networks import PROJECT
from hprotopnet.views.words import display

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
NAMES = ["Prototypes of the network", "Grad-CAM"]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "attributions"


@pytest.fixture
def held(monkeypatch):
    """SmoothGrad does not begin before it is let go; what was asked is counted."""
    free, asked = threading.Event(), []

    def slowly(subject, clip, target, method, progress, **settings):
        asked.append(method)
        if method == "smooth":
            while not free.is_set():
                progress(0.5)
                time.sleep(0.02)
        return attribute(subject, clip, target, method, progress, **settings)

    monkeypatch.setattr(attribution_methods, "attribute", slowly)
    free.asked = asked
    yield free
    free.set()


def test_prototypes_are_there_at_once_and_quick_methods_come_by_themselves(bundles, held):
    app = opened("attribution")
    assert NAMES[0] in there(app)
    settled(app)
    assert there(app) == NAMES
    assert set(held.asked) == {"gradcam"}
    assert any(word in texts(app) for word in ("Largely", "In part", "Hardly", "No:", "No\\:"))
    answers = " ".join(texts(app).split())
    assert "Where does the clip show features that raise the score?" in answers.replace("\\", "")


def test_what_was_made_once_is_kept_and_asks_no_network_again(bundles, held, cache):
    settled(opened("attribution"))
    [file] = cache.iterdir()
    assert load_attribution(file).method == "gradcam"
    held.asked.clear()
    assert there(opened("attribution")) == NAMES
    assert not held.asked


def test_a_target_is_any_step_or_any_node(bundles):
    bundle = open_bundle(bundles)
    path = load_showcase(bundle)[0].explanation.path
    app = settled(opened("attribution", level="Parent"))
    assert f"Why {display(bundle.hierarchy, path[1])}?" in texts(app).replace("\\", "")
    other = next(leaf for leaf in bundle.hierarchy.classes if leaf not in path)
    app.selectbox(key="target").set_value(display(bundle.hierarchy, other)).run()
    settled(app)
    assert {own.target for own in makings(app) if own.result} >= {other}
    assert there(app) == NAMES
    app.get("segmented_control")[1].set_value("Class").run()  # a step outranks the node that was chosen before
    assert f"Why {display(bundle.hierarchy, path[-1])}?" in texts(app).replace("\\", "")


def test_the_address_says_all_of_it(bundles):
    bundle = open_bundle(bundles)
    leaf = bundle.hierarchy.classes[-1]
    query = {"target": display(bundle.hierarchy, leaf), "methods": ["Grad-CAM", "Gradients"], "against": "true"}
    app = settled(opened("attribution", **query))
    assert there(app) == ["Grad-CAM", "Gradients"]
    assert [layer["signed"] for layer in scene(app)["layers"]] == [False, True]
    assert {own.target for own in makings(app)} == {leaf}


def test_a_node_is_asked_against_its_siblings_alone(bundles):
    bundle = open_bundle(bundles)
    app = settled(opened("attribution", level="Class", methods=["Grad-CAM", "Gradients"]))
    before = {own.method: own.result for own in makings(app)}
    app.toggle(key="siblings").set_value(True).run()
    settled(app)
    after = {own.method: own.result for own in makings(app)}
    assert {own.rivals for own in before.values()} == {"all"}
    assert {own.rivals for own in after.values()} == {"siblings"}
    assert after["gradients"].log_probability > before["gradients"].log_probability  # given what is above it
    assert np.abs(after["gradients"].values - before["gradients"].values).max() > 0
    assert "among its siblings" in texts(app)
    top = next(
        node for node, parent in zip(bundle.hierarchy.nodes, bundle.hierarchy.parents, strict=True) if parent < 0
    )
    app.selectbox(key="target").set_value(display(bundle.hierarchy, top)).run()
    assert not [own for own in app.toggle if own.key == "siblings"]


@pytest.mark.parametrize("query", [{"methods": "<b>"}, {"target": "nobody"}, {"level": "x"}, {"against": "perhaps"}])
def test_an_address_of_nonsense_opens_the_page(bundles, query):
    assert there(settled(opened("attribution", **query))) == NAMES


def test_a_long_one_is_asked_for_stopped_and_found_again(bundles, held):
    app = settled(opened("attribution", methods=["SmoothGrad", "Prototypes of the network"]))
    assert "smooth" not in held.asked
    assert there(app) == NAMES[:1]
    press(app, "Run")
    [own] = [own for own in makings(app) if own.method == "smooth"]
    assert own.running
    press(app, "Cancel")
    settled(app)
    assert not own.running
    assert not own.result
    press(app, "Run")
    at_page(app, "evidence")
    assert own.running
    held.set()
    at_page(app, "attribution")
    settled(app)
    assert there(app) == ["Prototypes of the network", "SmoothGrad"]


def test_one_at_a_time_for_the_whole_server(bundles, held):
    apps = [
        settled(opened("attribution", methods=["SmoothGrad", "Grad-CAM"], level=level)) for level in ("Parent", "Class")
    ]
    for app in apps:
        press(app, "Run")
    time.sleep(0.3)
    assert held.asked.count("smooth") == 1
    held.set()
    for app in apps:
        settled(app)
        assert "SmoothGrad" in there(app)


def test_another_clip_stops_what_was_asked_of_the_one_before(bundles, held):
    app = settled(opened("attribution", methods=["SmoothGrad", "Grad-CAM"]))
    press(app, "Run")
    [own] = [own for own in makings(app) if own.method == "smooth"]
    app.get("segmented_control")[1].set_value("Class").run()
    patience = time.monotonic() + 30
    while own.running and time.monotonic() < patience:
        time.sleep(0.05)
    assert own.cancelled
    assert own.result is None


def test_what_fails_is_one_line(bundles, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr(attribution_methods, "attribute", fails)
    app = settled(opened("attribution"))
    [error] = [error.value for error in app.error]
    assert "\n" not in error
    assert "Grad" in error
    assert there(app) == NAMES[:1]
    monkeypatch.undo()


def test_of_an_upload_nothing_is_written_down(bundles, tiny_world, cache):
    video = next((tiny_world / "videos").rglob("*.mp4"))
    app = opened("attribution", source="Upload")
    app.file_uploader[0].upload("mine.mp4", video.read_bytes()).run()
    settled(app)
    assert there(app) == NAMES
    assert not cache.exists()


def test_a_flat_network_has_no_prototypes_to_ask_above_its_classes(bundles):
    app = settled(opened("attribution", bundle="tiny-protopnet2", level="Parent"))
    assert there(app) == ["Grad-CAM"]
    assert "only nodes of the level “Class” have some" in texts(app).replace("\\", "")
    assert not app.error
    assert not [own for own in app.button if own.label in ("Run", "Try again")]
    assert there(settled(opened("attribution", bundle="tiny-protopnet2", level="Class"))) == NAMES


def test_memory_is_bounded(bundles, monkeypatch):
    monkeypatch.setattr(attributing, "MOST_HELD", 2)
    app = settled(opened("attribution"))
    for target in open_bundle(bundles).hierarchy.display[:5]:
        app.selectbox(key="target").set_value(target).run()
        settled(app)
    assert len(makings(app)) <= 2 + 2


def test_evidence_leads_here_and_back(bundles):
    evidence = opened("evidence", level="Parent")
    [link] = [own.proto for own in evidence.get("page_link") if "Grad-CAM" in own.proto.label]
    query = {name: value[0] for name, value in parse_qs(link.query_string).items()}
    assert query["level"] == "Parent"
    app = settled(opened("attribution", **query))
    [back] = [own.proto for own in app.get("page_link") if "evidence" in own.proto.page]
    assert parse_qs(back.query_string)["clip"][0] == query["clip"]


def test_a_page_that_has_all_it_shows_loads_no_torch(tiny_world, tiny_bundle):
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from hprotopnet.ui import ahead, attributing, networks
from visits import opened
ahead.AFTER = 1000.0
networks.FOLDERS = (Path({str(tiny_world / "runs")!r}),)
attributing.Once.start = lambda own: None  # which loads it behind the page
for whose in ("The network above", "I3D"):
    assert len(opened("attribution", whose=whose).get("bidi_component")) > 0
sys.exit("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_same_map_as_without_a_page(bundles):
    app = settled(opened("attribution", methods=["Grad-CAM", "Gradients"]))
    for own in makings(app):
        assert kept.find(own.key) is not None
        np.testing.assert_array_equal(kept.find(own.key).values, own.result.values)
        assert own.result.network == open_bundle(bundles).name


def test_in_a_fresh_clone_prototypes_are_there_and_the_backbone_is_offered(held):
    app = settled(opened("attribution"))
    assert there(app) == NAMES[:1]
    assert not held.asked
    assert [own.label for own in app.button if "Fetch the backbone" in own.label]
