"""Hostile bundles, uploads and trees through the real pages: each ends in a page or in one line on it, and soon."""

import os
import random
import re
import shutil
import time
from pathlib import Path

import pytest
from browsing import needs_chromium, served, settled, visit
from visits import opened, refusals
from zoo_bundles import ZOO as BUNDLES
from zoo_bundles import sound
from zoo_clips import ZOO as CLIPS
from zoo_trees import TREES

from hprotopnet.data import video
from hprotopnet.errors import InputError
from hprotopnet.files import read_bytes
from hprotopnet.ui import networks
from hprotopnet.ui.choose import MOST_REFUSED
from hprotopnet.ui.guard import UNFORESEEN

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = [
    pytest.mark.rendering,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
SECONDS = 20
FEW = 5  # of each kind that go through a browser
SOME = None if os.environ.get("HPROTOPNET_WHOLE_ZOO") else 8  # bundles that go through each page, or all of them


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A folder with `runs/`, in which lies every bundle of the zoo, and a sound one."""
    home = tmp_path_factory.mktemp("zoo")
    model = sound(home / "runs" / "sound")
    for number, (name, make) in enumerate(BUNDLES.items()):
        make(shutil.copytree(model, home / "runs" / f"{number:03d} {re.sub(r'[^a-z0-9]+', '-', name.lower())[:60]}"))
    return home


@pytest.fixture
def found(world, monkeypatch) -> dict[str, Path]:
    monkeypatch.setattr(networks, "FOLDERS", (world / "runs",))
    return networks.available_bundles()


def usable(world: Path) -> list[str]:
    """Names of the bundles of the zoo that can be chosen, what is wrong with them being elsewhere."""
    folders = networks.FOLDERS
    networks.FOLDERS = (world / "runs",)
    try:
        return [name for name in networks.available_bundles() if name != "sound"]
    finally:
        networks.FOLDERS = folders


def sound_page(app) -> None:
    assert not app.exception
    assert not [error.value for error in app.error if UNFORESEEN in error.value]
    assert all(len(error.value.splitlines()) == 1 for error in app.error)


def test_a_zoo_of_bundles_hides_no_sound_one(found):
    began = time.monotonic()
    app = opened("overview", bundle="sound")
    assert time.monotonic() - began < SECONDS
    assert app.selectbox(key="bundle").value == "sound"
    assert not app.error
    refused = networks.refused_bundles()
    assert len(refused) + len(found) > len(BUNDLES) - 10  # what has no file model.json is no bundle
    assert len(refused) > len(BUNDLES) / 2
    assert len(refusals(app)) == MOST_REFUSED
    assert all(len(line.splitlines()) == 1 and "runs/" not in line for line in refused)


@pytest.mark.parametrize("page", ["overview", "evidence", "compare", "hierarchy", "node"])
def test_each_bundle_that_can_be_chosen_makes_a_page(found, page):
    for name in random.Random(page).sample(list(found), SOME or len(found)):
        began = time.monotonic()
        tree = {"tree": f"network {name}"}
        asked = {"compare": {"left": name, "right": name}, "hierarchy": tree, "node": tree}
        sound_page(opened(page, **asked.get(page, {"bundle": name})))
        assert time.monotonic() - began < SECONDS, name


@needs_chromium
def test_hostile_bundles_in_a_browser(world, browser):
    names = random.Random(0).sample(usable(world), FEW)
    with served(world) as address:
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        visit(page, f"{address}/?bundle=sound")
        page.get_by_text("cannot be used").click()
        assert page.get_by_role("combobox", name="Network").input_value() == "sound"
        for name in names:
            visit(page, f"{address}/evidence?bundle={name}")
            page.wait_for_timeout(200)
            settled(page)
        page.close()


def upload_of(path: Path) -> bytes | None:
    """What a browser would send of a hostile clip; None for what is no file, or too large for it."""
    try:
        return read_bytes(path, 50 * 2**20)
    except (InputError, OSError):
        return None


def test_hostile_uploads(bundles, tmp_path, monkeypatch):
    monkeypatch.setattr(video, "PATIENCE", 2.0)  # what takes for ever is given up sooner
    sent = 0
    app = opened("evidence", source="Upload")
    for number, (name, make) in enumerate(CLIPS.items()):
        (folder := tmp_path / str(number)).mkdir()
        content = upload_of(make(folder))
        if content is not None:
            began = time.monotonic()
            app.file_uploader[0].upload(f"film{number}.mp4", content)
            sound_page(app.run())
            assert time.monotonic() - began < SECONDS, name
            assert str(tmp_path) not in " ".join(error.value for error in app.error)
            sent += 1
    assert sent > 40


@needs_chromium
def test_hostile_uploads_in_a_browser(tiny_world, tiny_bundle, browser, tmp_path):
    names = random.Random(1).sample(sorted(CLIPS), FEW)
    with served(tiny_world) as address:
        page = browser.new_page()
        page.set_default_timeout(2 * SECONDS * 1000)
        visit(page, f"{address}/evidence?source=Upload&bundle=tiny-cpg2")
        for number, name in enumerate(names):
            (folder := tmp_path / str(number)).mkdir()
            content = upload_of(CLIPS[name](folder))
            if content is not None:
                file = {"name": f"film{number}.mp4", "mimeType": "video/mp4", "buffer": content}
                page.locator("input[type=file]").set_input_files(file)
                page.get_by_text(f"film{number}.mp4, kept in memory").wait_for()
                settled(page)
        page.close()


def test_hostile_trees(no_bundles, tmp_path):
    app = opened("hierarchy", tree="your own CSV file")
    for number, (name, make) in enumerate(TREES.items()):
        (folder := tmp_path / str(number)).mkdir()
        path = make(folder)
        if path.is_file() and path.stat().st_size < 10**6:
            began = time.monotonic()
            app.file_uploader[0].upload(f"tree{number}.csv", path.read_bytes())
            sound_page(app.run())
            assert time.monotonic() - began < SECONDS, name


def test_no_bundle_is_found_in_what_is_none(tmp_path, monkeypatch):
    (tmp_path / "model.json").mkdir()
    (tmp_path / "x" / "model.json").mkdir(parents=True)
    monkeypatch.setattr(networks, "FOLDERS", (tmp_path,))
    assert networks.found_bundles() == {}
    with pytest.raises(InputError, match="no bundle"):
        networks.bundle_of(tmp_path / "y")
