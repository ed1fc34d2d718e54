"""Every page with and without networks, as a user would go through it; what only a browser shows is in test_browser."""

import base64
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import train_bundle

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_geometry
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import distance
from hprotopnet.explain.prototypes import mute
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.ui.cases import Case, Choice
from hprotopnet.ui.clip import _star
from hprotopnet.views import words
from hprotopnet.views.words import change

PAGES = ("overview", "hierarchy", "evidence", "compare")
# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def no_bundles(monkeypatch, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tmp_path,))


@pytest.fixture
def bundles(monkeypatch, tiny_world, tiny_bundle, tiny_flat_bundle) -> Path:
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tiny_world / "runs",))
    return tiny_bundle


def opened(page: str, **query: object) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name.replace("_", "-") if name.startswith("mute") else name] = value
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.subheader, app.info) for element in kind)


def frames_of(picture) -> int:
    """How many frames a picture on a page has."""
    kind, data = picture.proto.imgs[0].url.split(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data))).n_frames


@pytest.mark.parametrize("page", PAGES)
def test_without_a_network_pages_say_how_to_make_one(no_bundles, page):
    app = opened(page)
    if page == "hierarchy":
        assert app.get("plotly_chart")
    else:
        assert len(app.info) == 1
        assert "train.py --recipe" in app.info[0].value


def test_a_grid_with_one_step_in_time_is_said_to_localise_nothing_in_it(monkeypatch, tiny_world, tmp_path):
    train_bundle(tiny_world, tmp_path, "short", frames=8)
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tmp_path,))
    assert "No temporal localisation" in texts(opened("evidence"))


def test_a_tree_with_one_topmost_node_is_no_trouble(monkeypatch, tiny_world, tmp_path):
    world = shutil.copytree(tiny_world, tmp_path / "world", ignore=shutil.ignore_patterns("runs", "Blue*", "cache"))
    train_bundle(world, tmp_path / "runs", "one-branch")
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tmp_path / "runs",))
    for page in PAGES:
        opened(page)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs(bundles, page):
    opened(page)


def test_first_screen_has_clip_path_sentence_and_three_prototypes(bundles):
    app = opened("overview")
    stored = load_showcase(open_bundle(bundles))[0]
    assert stored.explanation.video in texts(app).replace("\\", "")
    clip, disk = (frame.proto.srcdoc for frame in app.get("iframe")[:2])
    assert "<video autoplay muted loop" in clip
    assert "<svg" in disk
    moving = [frames_of(picture) for picture in app.get("image")]
    assert len(moving) == 6
    assert all(12 <= frames <= 16 for frames in moving)  # frames that are alike are shown as one
    assert len(app.get("progress")) == 3
    assert "most likely" in texts(app) or "not sure" in texts(app).lower()


def test_steps_go_from_grandparent_to_class(bundles):
    app = opened("evidence")
    path = load_showcase(open_bundle(bundles))[0].explanation.path
    seen = []
    for step in ("Grandparent", "Parent", "Class"):
        app.get("segmented_control")[1].set_value(step).run()
        assert not app.exception
        seen.append(next(header.value for header in app.subheader if header.value.startswith("Why")))
    display = dict(zip(open_bundle(bundles).hierarchy.nodes, open_bundle(bundles).hierarchy.display, strict=True))
    assert seen == [f"Why {display[node]}?" for node in path]


def test_pictures_can_be_held_still(bundles):
    assert {frames_of(picture) for picture in opened("evidence").get("image")} == {16}
    assert {frames_of(picture) for picture in opened("evidence", still="true").get("image")} == {1}


def test_a_link_opens_the_state_it_names(bundles):
    stored = load_showcase(open_bundle(bundles))[2]
    display = open_bundle(bundles).hierarchy.display[open_bundle(bundles).hierarchy.index(stored.label)]
    label = f"{display}: {stored.explanation.video.split('/')[1]}"
    app = opened("evidence", bundle="tiny-cpg2", clip=label, level="Class", threshold="0.99", why_not="true")
    assert app.selectbox(key="clip").value == label
    assert app.slider(key="threshold").value == 0.99
    assert "comes second" in texts(app)
    assert "Not sure" in [header.value for header in app.subheader] or "(over 0.99)" in texts(app)


def test_a_lower_threshold_gives_a_more_precise_answer(bundles):
    explanation = load_showcase(open_bundle(bundles))[0].explanation
    app = opened("evidence", threshold="0.51")
    loose = app.subheader[0].value
    app.slider(key="threshold").set_value(0.99).run()
    hierarchy = open_bundle(bundles).hierarchy
    assert loose == words.display(hierarchy, words.answer_at(explanation, hierarchy, 0.51))
    assert app.subheader[0].value != loose


def test_muting_changes_the_answer_as_the_page_says(bundles):
    bundle = open_bundle(bundles)
    explanation = load_showcase(bundle)[0].explanation
    app = opened("evidence", level="Class")
    app.get("pills")[0].set_value(["1", "2"]).run()
    muted = [row.prototype for row in explanation.levels[-1].evidence]
    after = mute(bundle.load_head(), explanation.similarities, muted).nodes[0]
    for level, bar in zip(explanation.levels, app.get("progress")[-3:], strict=True):
        index = bundle.hierarchy.index(level.node)
        assert bar.text.startswith(bundle.hierarchy.display[index])
        assert bar.text.endswith(f"({change(float(after[index]) - level.probability)})")


def test_muting_at_one_level_holds_at_the_next(bundles):
    app = opened("evidence", level="Class")
    app.get("pills")[0].set_value(["1", "2"]).run()
    before = [bar.text for bar in app.get("progress")[-3:]]
    app.get("segmented_control")[1].set_value("Parent").run()
    assert [bar.text for bar in app.get("progress")[-3:]] == before


def test_a_video_of_a_folder_is_explained(bundles, tiny_world):
    app = opened("evidence", source="Data folder", folder=str(tiny_world / "videos"))
    videos = app.selectbox(key="video").options
    assert len(videos) == 12  # two test groups of six classes
    assert "of 1.9 s" in texts(app).replace("\\", "")
    assert app.slider(key="start").max == pytest.approx(24 / 12.5 - 16 / 12.5, abs=0.01)
    app.slider(key="start").set_value(0.2).run()
    assert "seconds 0.2 to 1.4" in texts(app)


def test_a_folder_that_is_none_is_said_in_one_line(bundles, tmp_path):
    app = opened("evidence", source="Data folder", folder=str(tmp_path / "nowhere"))
    assert len(app.error) == 1
    assert "nowhere" in app.error[0].value


def test_an_upload_is_explained_and_not_kept(bundles, tiny_world, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    video = next((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("<b>*mine*</b>.mp4", video.read_bytes()).run()
    assert not app.exception
    assert "Why" in texts(app)
    assert r"\<b\>\*mine\*" in texts(app)
    assert not list(tmp_path.iterdir())


def test_an_upload_that_is_no_video_is_said_in_one_line(bundles):
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("text.mp4", b"this is no video").run()
    assert not app.exception
    assert len(app.error) == 1
    assert "/tmp" not in app.error[0].value


def test_an_upload_that_is_too_long_is_refused(bundles, tiny_world, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.choose.MOST_SECONDS", 1)
    video = next((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("long.mp4", video.read_bytes()).run()
    assert "at most 1" in app.error[0].value


def test_compare_shows_both_networks_with_their_two_best(bundles):
    app = opened("compare")
    assert app.selectbox(key="left").value == "tiny-protopnet2"
    assert app.selectbox(key="right").value == "tiny-cpg2"
    assert texts(app).count("If this were the answer") == 4
    assert texts(app).count("no prototypes of its own") == 2
    # What a level without prototypes sums up is listed, beside the evidence of the other network.
    flat = load_showcase(open_bundle(bundles.parent / "tiny-protopnet2"))
    shown = next(row.explanation for row in flat if row.explanation.video in texts(app).replace("\\", ""))
    top = open_bundle(bundles).hierarchy
    assert sum(bar.text.startswith(top.display[top.index(shown.path[-1])]) for bar in app.get("progress")) >= 3


def test_a_network_without_prototypes_gives_its_probabilities(monkeypatch, tiny_world, tmp_path):
    train_bundle(tiny_world, tmp_path, "tiny-blackbox", head="fc", prototypes="none")
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tmp_path,))
    for page in PAGES:
        opened(page)
    assert "no reasons" in opened("evidence").info[0].value


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
@pytest.mark.parametrize("file", ["model.json", "prototypes.json", "showcase/00.json.gz"])
def test_a_broken_bundle_is_said_in_one_line(tiny_bundle, monkeypatch, tmp_path, page, file):
    shutil.copytree(tiny_bundle, tmp_path / "broken")
    (tmp_path / "broken" / file).write_text("{")
    monkeypatch.setattr("hprotopnet.ui.shared.FOLDERS", (tmp_path,))
    assert [file in error.value.replace("\\", "") for error in opened(page).error] == [True]


def test_the_disk_says_where_it_misleads(bundles):
    """The star stands nearest to the class that the clip is nearest to, or the page says which that is."""
    bundle = open_bundle(bundles)
    distances, radii = stored_geometry(bundle)
    base = layout(bundle.hierarchy, distances, radii)
    classes = bundle.hierarchy.classes
    for stored in load_showcase(bundle)[:6]:
        case = Case(("a", "b"), bundle, Choice("v"), stored.explanation, np.zeros((1, 1, 1, 3), np.uint8))
        star, note = _star(case, base, 0.8)
        nearest = min(classes, key=lambda name: stored.explanation.distances[name])
        shown = classes[distance(base[: len(classes)], star).argmin()]
        display = bundle.hierarchy.display[bundle.hierarchy.index(nearest)]
        assert ("misleads" in note) == (shown != nearest)
        assert shown == nearest or f"nearest to {display}," in note
