"""Page Timeline: what is stored of a detector is shown without a backbone, chosen, explained, and told where wrong."""

import json
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from browsing import needs_chromium, settled, visit
from happenings import CELL, SECONDS, WIDTH, write_detector, write_films
from streamlit.testing.v1 import AppTest
from visits import assert_sound, opened, texts

from hprotopnet.temporal.card import read_card
from hprotopnet.temporal.detector import source_of
from hprotopnet.temporal.extract import Setting
from hprotopnet.temporal.showcase import load_showcase
from hprotopnet.ui.detecting import DETECTING, Detecting
from hprotopnet.ui.detectors import found_detectors
from hprotopnet.ui.networks import PROJECT
from hprotopnet.ui.timeline import detected_in
from hprotopnet.views.detected import Limits, choices, found
from hprotopnet.views.words import display

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
SETTING = Setting("i3d", "Mixed_5c", "a" * 64, 1, 16, 12.5, 48, CELL, WIDTH)
FILE = "Video file"


@pytest.fixture(scope="session")
def films(tmp_path_factory) -> Path:
    return write_films(tmp_path_factory.mktemp("long"))


@pytest.fixture(scope="session")
def detector(tiny_world, tiny_bundle, films) -> Path:
    """A detector where the tiny bundles lie, with what one of them said of its films."""
    return write_detector(films, tiny_world / "runs" / "tiny-haan", tiny_bundle, source_of(SETTING))


def own_of(detector: Path, video: int = 0):
    showcase = load_showcase(read_card(detector))
    return showcase, detected_in(showcase, showcase.shown[video])


def under(app: AppTest) -> dict:
    [below] = [own for own in parts(app) if "ranges" in own]
    return below


def parts(app: AppTest) -> list[dict]:
    names = ("hprotopnet_under", "hprotopnet_seek")
    rows = [json.loads(part.proto.json) for part in app.get("bidi_component") if part.proto.component_name in names]
    return [row[0] if isinstance(row, list) else row for row in rows]


def pressed(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert_sound(app)
    return app


def test_without_a_detector_the_page_says_how_to_make_one(no_bundles):
    assert "train.py --recipe pantomime-haan" in opened("timeline").info[0].value


def test_a_stored_film_is_shown_with_all_its_lanes(bundles, detector):
    app = opened("timeline")
    showcase, own = own_of(detector)
    stretches = found(own, Limits(showcase.card.config.rule, 0.0, 8))
    listed, below = choices(own, stretches), under(app)
    assert [part["number"] for part in below["ranges"] if part["number"] >= 0] == list(range(len(listed)))
    assert {part["level"].split()[0] for part in below["ranges"]} >= {"truth", "concept", "atom", "fine", "coarse"}
    table = app.dataframe[0].value
    names = [display(own.hierarchy, own.hierarchy.nodes[part.label]) for part in stretches]
    assert table["Class"].tolist()[: len(names)] == names
    assert (table.iloc[:, 0] == "true").sum() == 3
    said = texts(app)
    assert f"12 cells of {CELL:.2f} s" in said
    assert "k-means" in said
    assert "no probabilities" in said


def test_sliders_move_what_is_found(bundles, detector):
    app = opened("timeline", most=1)
    assert len([part for part in under(app)["ranges"] if part["level"].startswith("fine")]) == 1
    app.slider(key="most").set_value(40).run()
    many = len(under(app)["ranges"])
    app.slider(key="alpha").set_value(0.9).run()
    assert_sound(app)
    assert len(under(app)["ranges"]) < many
    app.slider(key="least").set_value(app.slider(key="least").max).run()
    assert_sound(app)
    assert not [part for part in under(app)["ranges"] if part["level"].startswith("fine")]


def test_an_example_of_an_error_brings_the_player_there_and_is_explained(bundles, detector):
    app = opened("timeline")
    example = next(button for button in app.button if button.key and button.key.startswith("example"))
    example.click().run()
    app.run()
    assert_sound(app)
    [wish] = [own for own in parts(app) if "time" in own and "ranges" not in own]
    assert wish["number"] == 1
    assert wish["end"] > wish["time"]
    below = under(app)
    chosen = next(part for part in below["ranges"] if part["number"] == below["chosen"])
    assert (chosen["start"], chosen["end"]) == (wish["time"], wish["end"])
    assert "What the prototype network tiny\\-cpg2 says" in texts(app)
    assert len(app.get("image")) == 3  # a pair for each level
    assert "cells are of" in texts(app)
    links = {own.proto.label: own.proto.query_string for own in app.get("page_link")}
    assert set(links) == {"All the evidence", "The film by this network"}
    assert all("bundle=tiny-cpg2" in query and "film_" in query for query in links.values())


def test_concepts_are_shown_as_clips_that_play_or_not(bundles, detector):
    app = opened("timeline")
    showcase, _ = own_of(detector)
    pictures = [part.value for part in app.get("html") if "training clips nearest" in part.value]
    assert len(pictures) == len(showcase.content.concepts)
    next(toggle for toggle in app.toggle if toggle.label == "Play").set_value(False).run()
    still = [part.value for part in app.get("html") if "training clips nearest" in part.value]
    assert sum(map(len, still)) < sum(map(len, pictures))
    kinds = next(
        part for part in app.get("button_group") if "True classes" in [own.content for own in part.proto.options]
    )
    assert len(kinds.proto.options) == 3
    assert "kinds shuffled among the clips give" in texts(app)
    for kind in ("True motion primitives", "Weights of classes"):
        app.session_state["concepts beside"] = kind
        app.run()
        assert_sound(app)
        assert len(app.get("plotly_chart")) == 2


def test_what_is_wrong_with_a_detector_is_said_in_one_line(detector, monkeypatch, tmp_path):
    shutil.copytree(detector, tmp_path / "good")
    for name, file in (("a-broken", "detector.json"), ("b-broken", "showcase/showcase.json")):
        shutil.copytree(detector, tmp_path / name)
        (tmp_path / name / file).write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    app = opened("timeline")
    assert app.selectbox(key="detector").options == ["good"]
    [fold] = [part for part in app.expander if "2 detectors cannot be used" in part.label]
    assert [str(tmp_path) in line.value for line in fold.caption] == [False, False]
    assert not app.error
    showcase = load_showcase(read_card(tmp_path / "good"))
    (showcase.folder / f"{showcase.shown[0]}.mp4").write_bytes(b"")
    [error] = opened("timeline").error
    assert "another video" in error.value
    assert tmp_path.name not in error.value


def test_detectors_of_one_name_are_told_apart(detector, monkeypatch, tmp_path):
    for place in ("checkpoints", "runs"):
        shutil.copytree(detector, tmp_path / place / "haan")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path / "checkpoints", tmp_path / "runs"))
    found = found_detectors()
    assert list(found) == ["haan", "haan (runs)"]
    assert found["haan (runs)"] == (tmp_path / "runs" / "haan").resolve()


@pytest.mark.parametrize(
    ("file", "said"), [("/nowhere/to/be/found.mp4", "there is no such file"), (__file__, "test_timeline.py")]
)
def test_a_file_that_is_no_video_is_refused_in_one_line(bundles, detector, monkeypatch, file, said):
    monkeypatch.setattr("hprotopnet.models.backbones.weights.absence", lambda name: "")
    app = opened("timeline", watch=FILE, file=file)
    assert [said in error.value.replace("\\", "") for error in app.error] == [True]


def test_without_its_backbone_only_stored_films_are_looked_at(bundles, detector, films, monkeypatch):
    monkeypatch.setattr("hprotopnet.models.backbones.weights.absence", lambda name: "not fetched yet")
    app = opened("timeline", watch=FILE, file=str(films / "films" / "film_0.mp4"))
    assert "Fetch the backbone" in " ".join(button.label for button in app.button)
    assert "Concepts" in texts(app)  # what is stored is shown all the same


@pytest.fixture
def gate() -> threading.Event:
    """While it is closed no more than the first clip is looked at."""
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
def extracting(monkeypatch, gate):
    """Features made of nothing; the clips that were looked at."""
    looked = []

    def along(source, path):
        for _ in range(round(SECONDS / CELL)):
            if looked:
                gate.wait(60)
            looked.append(path)
            yield np.eye(1, WIDTH, len(looked) % 6, dtype=np.float32) * 3

    monkeypatch.setattr("hprotopnet.models.backbones.weights.absence", lambda name: "")
    monkeypatch.setattr("hprotopnet.ui.detecting._extractor", lambda known, setting: SimpleNamespace(setting=setting))
    monkeypatch.setattr("hprotopnet.temporal.extract.features_along", along)
    return looked


def work_of(app: AppTest) -> Detecting:
    return app.session_state[DETECTING]


def finished(app: AppTest) -> AppTest:
    work_of(app).wait(60)
    app.run()
    assert_sound(app)
    return app


def test_a_video_of_ones_own_is_looked_through_behind_the_page(bundles, detector, films, extracting):
    film = films / "films" / "film_0.mp4"
    app = finished(opened("timeline", watch=FILE, file=str(film)))
    assert len(extracting) == 12
    assert work_of(app).detected.scores.shape == (12, 6)
    levels = {part["level"].split()[0] for part in under(app)["ranges"]}
    assert "concept" in levels
    assert not levels & {"truth", "atom"}
    assert len(finished(app).dataframe) >= 1
    assert len(extracting) == 12  # and not again


def test_it_is_stopped_and_begun_again(bundles, detector, films, extracting, gate):
    gate.clear()
    app = opened("timeline", watch=FILE, file=str(films / "films" / "film_1.mp4"))
    patience = time.monotonic() + 30
    while not extracting and time.monotonic() < patience:
        time.sleep(0.02)
    app.run()
    assert under(app)["ranges"] == []
    pressed(app, "Cancel")
    gate.set()
    finished(app)
    assert work_of(app).detected is None
    finished(pressed(app, "Begin again"))
    assert work_of(app).detected is not None
    assert not [button for button in app.button if button.label in ("Cancel", "Begin again")]


@pytest.mark.skipif(not list(PROJECT.glob("checkpoints/*/detector.json")), reason="no detector comes with the project")
def test_a_fresh_clone_shows_segments_concepts_and_evidence_without_fetching(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path))
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (PROJECT / "checkpoints",))
    app = opened("timeline")
    assert {part["level"].split()[0] for part in under(app)["ranges"]} >= {"truth", "coarse", "fine", "concept", "atom"}
    shown = app.selectbox(key="happening").value  # of whose examples one is pressed: another film takes long to prepare
    examples = [button for button in app.button if button.key and button.key.startswith("example")]
    next(button for button in examples if button.help.replace("\\", "") == shown).click().run()
    assert_sound(app)
    assert "What the prototype network" in texts(app)
    assert len(app.get("image")) == 3
    assert len([part for part in app.get("html") if "training clips nearest" in part.value]) == 9
    assert not list(tmp_path.iterdir())


@needs_chromium
def test_a_segment_that_is_pressed_is_played_again_and_again(address, page, detector):
    visit(page, f"{address}/timeline?detector={detector.name}")
    segment = page.locator(".range[data-number]").first
    segment.click()
    settled(page)
    page.get_by_text("What the prototype network").wait_for()
    loop = page.get_by_role("button", name="Loop the moment")
    assert loop.get_attribute("aria-pressed") == "true"
    assert page.locator(".range.picked").all_inner_texts() == [segment.inner_text()]
    shown = set()
    for _ in range(12):
        shown.add(int(page.locator(".player[data-frame]").first.get_attribute("data-frame")))
        page.wait_for_timeout(250)
    assert len(shown) > 1
    assert max(shown) <= 25  # two seconds of it, at 12.5 frames each
    page.locator("[class*=st-key-example] button").first.click()
    settled(page)
    page.wait_for_timeout(500)
    assert page.locator(".range.picked").count() == 1
