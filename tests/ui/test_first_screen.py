"""What a first screen waits for, and what waits for it."""

import gc
import os
import subprocess
import sys

import pytest
from browsing import APP, needs_chromium, settled
from visits import assert_sound, opened

from hprotopnet.data.pool import Pool
from hprotopnet.ui import ahead
from hprotopnet.ui.below import is_open, near
from hprotopnet.ui.networks import PROJECT
from hprotopnet.views.gallery import SURE, UNSURE

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def as_seen(monkeypatch):
    """Pages as a browser gets them at first, and the project's networks to look at."""
    monkeypatch.setattr("hprotopnet.ui.below.near", near)
    monkeypatch.setattr("hprotopnet.ui.below.is_open", is_open)
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (PROJECT / "checkpoints",))


def keys(app) -> list[str]:
    return [part.proto.id for part in app.get("bidi_component")]


def test_what_lies_below_the_screen_waits(as_seen):
    app = opened("overview")
    assert any(key.endswith("-player") for key in keys(app))
    assert not any("story" in key for key in keys(app))
    assert not app.metric


def test_a_link_to_a_story_shows_it_at_once(as_seen):
    app = opened("overview", story="Cutting in the kitchen")
    assert any("story player" in key for key in keys(app))
    assert app.metric


def test_the_boxes_of_the_gallery_wait_until_somebody_wants_them(as_seen):
    app = opened("overview")
    assert {box.key for box in app.selectbox} == {"bundle", "clip"}
    assert len(opened("overview", gallery="true").selectbox) > 2
    app = opened("overview", sure=UNSURE)  # what is wanted holds while the gallery is folded up
    assert app.selectbox(key="sure").value == UNSURE
    app.selectbox(key="sure").set_value(SURE).run()
    assert_sound(app)


def test_a_first_screen_loads_nothing_that_takes_long(tmp_path):
    """From the second start on, since a layout is made once."""
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
from hprotopnet.ui import ahead
ahead.AFTER = 1000.0
app = AppTest.from_file({str(APP)!r}, default_timeout=60).run()
assert not app.exception and len(app.get("image")) == 3
print(*sorted({{"torch", "pandas", "av", "scipy.optimize", "scipy.spatial"}} & set(sys.modules)))
"""
    where = {"cwd": PROJECT, "env": os.environ | {"HPROTOPNET_CACHE": str(tmp_path)}}
    for slow in ("scipy.optimize scipy.spatial", ""):
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **where)
        assert (found.returncode, found.stdout.strip()) == (0, slow), found.stderr


def test_the_rest_is_loaded_behind_and_left_out_of_what_is_looked_through(monkeypatch):
    done = []
    monkeypatch.setattr(ahead.importlib, "import_module", done.append)
    for name in ("collect", "freeze"):
        monkeypatch.setattr(gc, name, lambda name=name: done.append(name))
    ahead.load_behind()
    assert done == ["hprotopnet.explain.prototypes", "collect", "freeze"]


def test_a_worker_is_at_hand_once_it_was_prepared():
    pool = Pool()
    try:
        pool.prepare()
        pool.prepare()
        assert len(pool.workers) == len(pool.idle) == 1
        assert pool.idle[0].alive
    finally:
        pool.close()


def test_numbers_behind_a_chart_wait_until_somebody_unfolds_them(as_seen):
    app = opened("results")
    assert [chart.proto.id.rpartition("-")[2] for chart in app.get("plotly_chart")] == ["levels"]
    assert not app.get("code")
    app.session_state["numbers of pantomime-cpg10-tied levels"] = True
    app.run()
    assert "evaluate" in app.get("code")[0].value
    assert len(app.dataframe) == 1


@needs_chromium
def test_what_lies_below_comes_when_it_comes_near(page, address):
    page.set_viewport_size({"width": 1366, "height": 500})
    page.goto(f"{address}/?bundle=tiny-cpg2")
    page.locator(".player[data-frame]").wait_for()
    settled(page)
    page.wait_for_timeout(2500)
    assert page.get_by_text("This network").count() == 0
    page.locator(".st-key-near-below").scroll_into_view_if_needed()
    page.get_by_text("This network").wait_for()
    settled(page)
