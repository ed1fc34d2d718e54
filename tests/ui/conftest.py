"""The app where networks of a few weights lie, in a browser and without."""

import shutil
from pathlib import Path

import pytest
from browsing import served

from hprotopnet.ui.networks import PROJECT


@pytest.fixture(scope="session")
def address(tiny_world, tiny_bundle, tiny_flat_bundle):
    """Address of the app, started where the tiny bundles lie in `runs/`."""
    with served(tiny_world) as address:
        yield address


@pytest.fixture(scope="session")
def context(browser):
    """One window for all pages, so that the app's scripts are loaded once."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(autouse=True)
def whole_pages(monkeypatch):
    """Without a browser nothing comes near the screen: pages are drawn to their end at once, and what is folded up with
    them; and nothing is frozen.
    """
    monkeypatch.setattr("hprotopnet.ui.below.near", lambda place, room: True)
    monkeypatch.setattr("hprotopnet.ui.below.is_open", lambda fold: True)
    monkeypatch.setattr("hprotopnet.ui.ahead.follow_up", lambda: None)


@pytest.fixture
def no_bundles(monkeypatch, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))


@pytest.fixture
def bundles(monkeypatch, tiny_world, tiny_bundle, tiny_flat_bundle) -> Path:
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_world / "runs",))
    return tiny_bundle


@pytest.fixture
def own_network(tiny_bundle, monkeypatch, tmp_path) -> str:
    """A network of the user's, of other classes than the project's two."""
    shutil.copytree(tiny_bundle, tmp_path / "runs" / "mine")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (PROJECT / "checkpoints", tmp_path / "runs"))
    return "mine"
