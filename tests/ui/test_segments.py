"""Every page with a network that looks at moments of whole videos: what it shows, and when it says that it saw it."""

import json
import re

import pytest
from visits import PAGES, assert_sound, frames_of, opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.ui.tracing import TRACING

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path, tiny_segments):
    """No other network."""
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_segments.parent,))
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path))


@pytest.fixture
def times(tiny_segments) -> tuple[float, ...]:
    return load_showcase(open_bundle(tiny_segments))[0].explanation.times


def plain(app) -> str:
    return texts(app).replace("\\", "")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("overview", "evidence", "film")])
def test_every_page_runs(page):
    opened(page)


def test_the_first_screen_says_that_the_clip_is_moments_of_a_video(times):
    app = opened("overview")
    assert f"8 moments spread over seconds {times[0]:.1f} to {times[-1]:.1f}" in plain(app)
    next(toggle for toggle in app.toggle if toggle.label == "Play all pieces").set_value(True).run()
    assert not app.exception
    assert all(1 < frames <= 8 for frames in frames_of(app))


def test_evidence_is_said_to_be_in_a_frame_at_its_time(times):
    found = re.findall(r"strongest in frame (\d) of 8, at (\d\.\d) s", plain(opened("evidence", details="true")))
    assert len(found) > 2
    assert all(seconds == f"{times[int(frame) - 1]:.1f}" for frame, seconds in found)


def test_the_beginning_ends_at_a_moment(times):
    app = opened("evidence", what_if="true", change="Only its beginning were shown")
    app.slider(key="beginning").set_value(3).run()
    assert not app.exception
    assert f"The last of them, at {times[2]:.1f} s, is held to the end" in plain(app)


def test_any_video_is_explained_as_a_whole(tiny_world, times):
    video = tiny_world / "videos" / "RedBar" / "v_RedBar_g01_c01.mp4"
    app = opened("evidence", source="Video file", file=str(video), start="1.3")
    assert "8 moments spread over seconds 0.1 to 1.8 of 1.9 s" in plain(app)
    assert not [slider for slider in app.slider if slider.label.startswith("Part to explain")]


def test_a_film_is_traced_by_windows_of_which_moments_are_seen(tiny_world):
    video = tiny_world / "videos" / "RedBar" / "v_RedBar_g01_c01.mp4"
    app = opened("film", film="Video file", file=str(video))
    app.session_state[TRACING].wait(60)
    app.run()
    assert_sound(app)
    assert "Of each window it sees 8 moments, evenly spread over it." in plain(app)
    assert "1.92 s around that moment" in plain(app)


def test_beside_a_network_of_windows_each_sees_its_own_part(monkeypatch, tiny_world, tiny_bundle, tiny_segments):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_bundle.parent, tiny_segments.parent))
    video = tiny_world / "videos" / "RedBar" / "v_RedBar_g01_c01.mp4"
    names = {"left": tiny_segments.name, "right": tiny_bundle.name}
    app = opened("compare", source="Video file", file=str(video), **names)
    assert "8 moments spread over seconds 0.1 to 1.8 of 1.9 s" in plain(app)
    [player] = [part.proto for part in app.get("bidi_component") if part.proto.component_name == "hprotopnet_player"]
    assert [level["name"].split(":")[0] for level in json.loads(player.json)[0]["levels"]] == ["Tiny-tsm8"]
