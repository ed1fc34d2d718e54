"""Uploads and sliders stay within their bounds, and what is said of few videos is said in words."""

import ast
import re
from pathlib import Path

import pytest
from tiny import shape_video
from visits import at_page, opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.data.video import write_video
from hprotopnet.evaluation.metrics import wilson_interval
from hprotopnet.ui.networks import COME_WITH, PROJECT

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_an_upload_stays_for_the_session_until_it_is_dropped(bundles, tiny_world):
    videos = sorted((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("first.mp4", videos[0].read_bytes()).run()
    app.file_uploader[0].upload("mine.mp4", videos[1].read_bytes()).run()
    assert "first" not in texts(app)
    at_page(app, "compare")
    assert r"mine\.mp4: seconds" in texts(app)
    at_page(at_page(app, "hierarchy"), "evidence")
    assert r"mine\.mp4: seconds" in texts(app)
    next(button for button in app.button if button.label == "Drop it").click().run()
    assert not app.exception
    assert "mine" not in texts(app)
    assert "mine" not in texts(at_page(app, "compare"))


def test_an_upload_is_bounded_whatever_the_browser_says(bundles, monkeypatch):
    app = opened("evidence", source="Upload")
    monkeypatch.setattr("hprotopnet.ui.choose.MOST_MEGABYTES", 1)
    app.file_uploader[0].upload("large.mp4", bytes(2**20 + 1)).run()
    assert "larger than 1 MB" in app.error[0].value
    assert "upload" not in app.session_state


def video_of(folder: Path, frames: int) -> Path:
    path = folder / "RedDisc" / f"{frames}.mp4"
    write_video(path, shape_video("RedDisc", frames, frames=frames), 12.5)
    return path


def test_a_shorter_video_begins_in_its_own_middle(bundles, tmp_path):
    """What the slider was set to for the longer one lies beyond its end."""
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("long.mp4", video_of(tmp_path, 75).read_bytes()).run()
    app.slider(key="start").set_value(app.slider(key="start").max).run()
    app.file_uploader[0].upload("short.mp4", video_of(tmp_path, 25).read_bytes()).run()
    assert not app.exception
    slider = app.slider(key="start")
    assert slider.value == pytest.approx(slider.max / 2, abs=0.01)
    app.file_uploader[0].upload("alike.mp4", video_of(tmp_path, 26).read_bytes()).run()
    assert not app.exception


@pytest.mark.parametrize(("asked", "taken"), [("99", 1.0), ("-1", 0.0), ("inf", 1.0), ("nan", 0.5), ("soon", 0.5)])
def test_a_start_beyond_the_video_is_drawn_into_it(bundles, tmp_path, asked, taken):
    video_of(tmp_path, 75)
    app = opened("evidence", source="Data folder", folder=str(tmp_path), start=asked)
    slider = app.slider(key="start")
    assert slider.value == pytest.approx(taken * slider.max, abs=0.01)
    assert ("the nearest is taken" in texts(app)) == (taken != 0.5)


def test_a_threshold_outside_the_bounds_is_drawn_into_them(bundles):
    assert opened("evidence", threshold="7").slider(key="threshold").value == 0.99
    assert opened("compare", threshold="0.1").slider(key="threshold").value == 0.51


def test_few_test_videos_are_counted_and_no_percentage_is_made_of_them(bundles):
    metric = {metric.label: metric.value for metric in opened("overview").metric}["Test videos right"]
    right, videos = map(int, metric.split(" of "))
    assert videos == 12
    low, high = (round(100 * share) for share in wilson_interval(right, videos))
    assert f"95 % interval {low} to {high} %" in texts(opened("overview"))


def test_many_test_clips_are_a_share(own_network):
    figures = open_bundle(PROJECT / "checkpoints" / COME_WITH[0]).meta["figures"]
    app = opened("overview")
    assert {metric.label: metric.value for metric in app.metric}[
        "Test clips right"
    ] == f"{figures['clip']['accuracy']:.1%}"
    assert "95 %" not in texts(app)


def test_pictures_are_described_in_words_that_read_well(bundles):
    for page in ("overview", "evidence", "compare"):
        described = " ".join(str(picture.proto) for picture in opened(page).get("image"))
        assert "resembles prototype " in described
        assert "prototype Prototype" not in described


@pytest.mark.parametrize("room", ["hierarchy", "data", "models", "bundles", "explain", "disk", "views", "ui"])
def test_what_pages_may_say_has_no_command_line_in_it(room):
    """The line itself; `InputError.command` is for those who typed a command."""
    for file in sorted((PROJECT / "hprotopnet" / room).rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "InputError":
                line = ast.unparse(call.args[0])
                assert not re.search(r"--[a-z]|python |\.py\b|FETCH", line), f"{file}: {line}"


def test_a_folder_without_videos_is_said_in_words_of_the_page(bundles, tmp_path):
    app = opened("evidence", source="Data folder", folder=str(tmp_path))
    assert "give another folder" in app.error[0].value
    assert "data" not in app.error[0].value.rsplit(";", 1)[-1]
