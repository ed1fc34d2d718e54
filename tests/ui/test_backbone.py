"""Fetching the backbone in the background: once at a time, again after it failed, and the page does not wait."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.models.backbones import weights
from hprotopnet.ui.backbone import Download, download

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def nothing_there(monkeypatch, tiny_world, tiny_bundle, tmp_path):
    """Networks without their backbone; the file that a download would write."""
    file = tmp_path / "backbone"
    monkeypatch.setattr(weights, "absence", lambda name: "" if file.is_file() else "not fetched yet")
    monkeypatch.setattr("hprotopnet.config.Config.stores_backbone", property(lambda config: file.is_file()))
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_world / "runs",))
    download.clear()
    yield file
    download.clear()


def ended(job: Download) -> None:
    job._thread.join(30)
    assert not job.running


def evidence(folder) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    app.query_params.update(source="Data folder", folder=str(folder))
    return app.run().switch_page("pages/evidence.py").run()


def fetch(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label.startswith("Fetch the backbone")).click().run()
    assert not app.exception
    return app


def test_two_requests_make_one_download(monkeypatch):
    calls, go = [], threading.Event()
    monkeypatch.setattr(
        weights, "published_weights", lambda name, progress: (calls.append((name, progress)), go.wait(30))
    )
    job = Download()
    job.start(["mc3_18", "i3d"])
    job.start(["i3d"])
    assert job.running
    go.set()
    ended(job)
    assert calls == [("mc3_18", False), ("i3d", False)]


def test_the_page_offers_it_shows_that_it_runs_and_goes_on(nothing_there, tiny_world, monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(weights, "published_weights", lambda name, progress: (go.wait(30), nothing_there.touch()))
    app = evidence(tiny_world / "videos")
    assert "fetch it here" in app.info[0].value
    assert any(button.label == "Fetch the backbone (127 MB)" for button in app.button)
    fetch(app)
    assert app.info[0].value.startswith("Fetching the backbone")
    go.set()
    ended(download())
    app.run()
    assert not app.exception
    assert any(said.value.startswith("Why ") for said in app.markdown)


def test_a_failure_is_one_line_and_it_can_be_tried_again(nothing_there, tiny_world, monkeypatch):
    def fail(name, progress):
        raise InputError("cache/i3d: is not there and cannot be downloaded; run it once with a network")

    monkeypatch.setattr(weights, "published_weights", fail)
    app = fetch(evidence(tiny_world / "videos"))
    ended(download())
    app.run()
    assert len(app.error) == 1
    assert "cannot be downloaded" in app.error[0].value
    monkeypatch.setattr(weights, "published_weights", lambda name, progress: nothing_there.touch())
    fetch(app)
    ended(download())
    app.run()
    assert not app.error


def test_stored_clips_do_not_ask_for_it(nothing_there):
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    app.run().switch_page("pages/evidence.py").run()
    assert any(said.value.startswith("Why ") for said in app.markdown)
    assert not [button for button in app.button if button.label.startswith("Fetch")]
