"""Page Film: any film is traced behind the page, shown meanwhile, stopped and gone on with, and leads to why."""

import json
import os
import time
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from tiny import shape_video
from visits import assert_sound, at_page, opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.data.video import write_video
from hprotopnet.studies.films import Record, follow_film, plan_of, segments, trace_of
from hprotopnet.ui import tracing
from hprotopnet.ui.tracing import TRACING, Tracing
from hprotopnet.views.traced import NOT_SURE, name_of

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
FILE = "Video file"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "films"


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Six seconds of three classes; longer than a sheet of frames."""
    path = tmp_path_factory.mktemp("films") / "three.mp4"
    labels = ("RedDisc", "BlueBar", "GreenDisc")
    write_video(path, np.concatenate([shape_video(label, 1, frames=50) for label in labels]), 25)
    return path


def settled(app: AppTest) -> AppTest:
    """The page once nothing is to come by itself."""
    patience = time.monotonic() + 60
    while (own := tracing_in(app)) and own.running and time.monotonic() < patience:
        time.sleep(0.05)
    app.run()
    assert_sound(app)
    return app


def tracing_in(app: AppTest) -> Tracing | None:
    try:
        return app.session_state[TRACING]
    except KeyError:
        return None


def shown(app: AppTest, name: str) -> list[dict]:
    found = [part.proto for part in app.get("bidi_component") if part.proto.component_name == f"hprotopnet_{name}"]
    return [json.loads(own.json)[0] for own in found]


def link(app: AppTest) -> dict[str, list[str]]:
    [found] = [own.proto for own in app.get("page_link") if "Explain" in own.proto.label]
    return parse_qs(found.query_string)


def expected(bundle: Path, film: Path, threshold: float):
    opened_bundle = open_bundle(bundle)
    record = Record(plan_of(opened_bundle, film), len(opened_bundle.hierarchy.nodes), True)
    for _ in follow_film(opened_bundle.load_model(), film, opened_bundle.config.clip, record):
        pass
    trace = trace_of(record, opened_bundle.hierarchy, film)
    return opened_bundle.hierarchy, trace, segments(trace, opened_bundle.hierarchy, threshold, 0, record.plan.end)


def test_a_film_is_traced_behind_the_page_and_shown(bundles, film, cache):
    app = settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2", threshold=0.6))
    hierarchy, trace, stretches = expected(bundles, film, 0.6)
    [player], [below], [disk] = (shown(app, name) for name in ("player", "under", "disk"))
    assert player["channel"] == below["channel"] == disk["follow"]["channel"]
    assert player["film"]["times"][-1] == pytest.approx(6, abs=0.1)
    assert [own["name"] for own in below["ranges"]] == [name_of(own.node, hierarchy) for own in stretches]
    assert disk["follow"]["times"] == trace.times.tolist()
    assert app.dataframe[0].value["Answer"].tolist() == [name_of(own.node, hierarchy) for own in stretches]
    assert [file.suffix for file in cache.iterdir()] == [".jsonl"]
    query = link(app)
    assert (query["file"], query["source"]) == ([str(film)], [FILE])
    evidence = opened("evidence", **{name: value[0] for name, value in query.items()})
    assert evidence.slider(key="start").value == pytest.approx(float(query["start"][0]), abs=0.01)


def test_what_was_traced_once_is_there_at_once(bundles, film, monkeypatch):
    settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2"))

    def never(*_):
        raise AssertionError("it was asked again")

    monkeypatch.setattr("hprotopnet.studies.films.said_of", never)
    app = settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2"))
    assert not tracing_in(app).error
    assert len(shown(app, "under")) == 1


def test_it_is_stopped_and_gone_on_with(bundles, film, monkeypatch):
    asked = []

    def slowly(model, path, clip, record):
        for done in follow_film(model, path, clip, record):
            asked.append(done)
            time.sleep(0.3)
            yield done

    monkeypatch.setattr(tracing, "follow_film", slowly)
    app = opened("film", film=FILE, file=str(film), bundle="tiny-cpg2", every="0.2 s")
    patience = time.monotonic() + 30
    while not asked and time.monotonic() < patience:
        time.sleep(0.02)
    app.run()
    next(button for button in app.button if button.label == "Cancel").click().run()
    settled(app)
    own = tracing_in(app)
    assert 0 < own.done < own.total
    assert shown(app, "under")  # what is there so far
    before = own.done
    monkeypatch.setattr(tracing, "follow_film", follow_film)
    next(button for button in app.button if button.label == "Go on").click().run()
    settled(app)
    assert tracing_in(app).record.whole
    assert asked[-1] <= before
    assert not [button for button in app.button if button.label in ("Cancel", "Go on")]


def test_the_threshold_moves_what_is_shown_and_asks_nothing_again(bundles, film):
    app = settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2", threshold=0.51))
    record = tracing_in(app).record
    app.slider(key="threshold").set_value(0.99).run()
    assert tracing_in(app).record is record
    names = {own["name"] for own in shown(app, "under")[0]["ranges"]}
    assert names == {NOT_SURE} or NOT_SURE in names


def test_a_video_of_a_folder_leads_to_its_evidence(bundles, tiny_world):
    folder = str(tiny_world / "videos")
    app = settled(
        opened("film", film="Data folder", folder=folder, video="RedDisc/v_RedDisc_g02_c01", bundle="tiny-cpg2")
    )
    query = link(app)
    assert (query["source"], query["folder"]) == (["Data folder"], [folder])
    assert query["video"] == ["RedDisc/v_RedDisc_g02_c01"]


def test_of_an_upload_nothing_is_written_down(bundles, film, cache):
    app = opened("film", film="Upload", bundle="tiny-cpg2")
    app.file_uploader[0].upload("mine.mp4", film.read_bytes()).run()
    settled(app)
    assert tracing_in(app).record.whole
    assert not cache.exists()
    assert link(app)["source"] == ["Upload"]
    at_page(app, "evidence")
    assert "mine" in texts(app).replace("\\", "") or app.session_state["upload"].video == "mine.mp4"


def test_a_stranger_names_no_file_of_this_machine(bundles, film, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.film.is_shared", lambda: True)
    monkeypatch.setattr("hprotopnet.ui.choose.is_shared", lambda: True)
    monkeypatch.setattr("hprotopnet.ui.folders.is_shared", lambda: True)
    for page, key in (("film", "film"), ("evidence", "source"), ("compare", "source")):
        app = opened(page, **{key: FILE, "file": str(film)})
        assert FILE not in [name for own in app.get("segmented_control") for name in own.options]
        assert str(film.name) not in texts(app).replace("\\", "")
        assert TRACING not in app.session_state


@pytest.mark.parametrize("kind", ["absent", "null", "pipe", "text", "empty folder", "device"])
def test_a_path_to_no_film_is_said_in_one_line(bundles, tmp_path, kind):
    path = tmp_path / "hostile"
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "text":
        path.write_text("no film")
    if kind == "empty folder":
        path.mkdir()
    named = {"null": "a\0b.mp4", "device": "/dev/zero"}.get(kind, str(path))
    app = opened("film", film=FILE, file=named, bundle="tiny-cpg2")
    assert len(app.error) == 1
    assert "\n" not in app.error[0].value
    assert len(opened("evidence", source=FILE, file=named, bundle="tiny-cpg2").error) == 1


@pytest.mark.parametrize("moment", ["-1", "1e9", "nan", "inf", "<b>", ""])
def test_a_moment_that_is_not_there_opens_the_page(bundles, film, moment):
    app = settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2", second=moment))
    assert shown(app, "player")[0]["start"] is None
    assert float(link(app)["start"][0]) >= 0


def test_a_session_that_has_gone_takes_its_tracing_with_it(bundles, film, monkeypatch):
    app = settled(opened("film", film=FILE, file=str(film), bundle="tiny-cpg2"))
    own = tracing_in(app)
    assert not own._stopped()
    del app
    own._owner = lambda: None
    assert own._stopped()
