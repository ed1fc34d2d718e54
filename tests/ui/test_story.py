"""The story player: what it is given is what the trace says, and the page shows it only where there is something."""

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from tales import SAID, told, write_film

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_geometry
from hprotopnet.bundles.traces import Trace
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import distance
from hprotopnet.disk.svg import RADIUS, units
from hprotopnet.files import write_json
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.pantomime import shipped
from hprotopnet.studies.stories import answers
from hprotopnet.ui.cases import Case, Choice
from hprotopnet.ui.clip import _star
from hprotopnet.ui.story import Story, how_placed, outcome, player, stars, stories_of, track

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def stored(bundle: Bundle, trace: Trace, **change: object) -> None:
    write_json(bundle.folder / "showcase" / "traces" / f"{trace.video}.json", trace.to_dict() | change)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "story_001.mp4")


@pytest.fixture
def bundle(tiny_bundle, tmp_path, monkeypatch, film) -> Bundle:
    """A bundle of its own, the only one that the app finds."""
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path / "runs",))
    monkeypatch.setattr(shipped, "FILMS", (film.parent,))
    return open_bundle(shutil.copytree(tiny_bundle, tmp_path / "runs" / "tiny-cpg2"))


def geometry(bundle: Bundle) -> np.ndarray:
    return layout(bundle.hierarchy, *stored_geometry(bundle))


def page_of(bundle: Bundle, trace: Trace, film: Path, dark: bool = False) -> str:
    base = geometry(bundle)
    return player(Story(trace, film), bundle.hierarchy, 0.8, base, stars(trace, bundle.hierarchy, base), dark)


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])


def overview(**query: object) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_the_player_is_given_what_the_trace_says(bundle, film):
    trace = told(bundle, film)
    page = page_of(bundle, trace, film)
    data, tree = data_of(page), bundle.hierarchy
    assert base64.b64decode(data["film"]) == film.read_bytes()
    assert data["times"] == trace.times.tolist()
    assert data["duration"] == pytest.approx(trace.times[-1] + trace.span / 2)
    assert [tree.nodes[node] for node in data["path"]] == ["Bright ground", "Red things", "RedDisc"]
    assert [said["name"] for said in data["said"]] == [
        tree.display[tree.index(name)] if name else "not sure" for name in answers(trace, tree, 0.8)
    ]
    assert [said["chance"] for said in data["said"]] == ["", *["90 %"] * 6]
    assert [said["verdict"] for said in data["said"]][1:] == [*["right as far as it goes"] * 4, "right", "right"]
    assert "{{" not in page


def test_a_wrong_answer_is_called_wrong(bundle, film):
    said = data_of(page_of(bundle, told(bundle, film, ("Dark ground", "GreenDisc", "RedDisc")), film))["said"]
    assert [row["verdict"] for row in said] == ["wrong", "wrong", "right"]


def test_a_star_stands_where_the_disk_of_a_clip_has_it(bundle):
    """Of the same probabilities this player and the disk beside a clip make the same point."""
    base = geometry(bundle)
    for row in load_showcase(bundle)[:3]:
        case = Case(("a", "b"), bundle, Choice("v"), row.explanation, np.zeros((1, 1, 1, 3), np.uint8))
        names = tuple(row.explanation.distances)
        told_of = row.explanation.probabilities, row.explanation.distances
        shares, away = (np.array([[own[name] for name in names]]) for own in told_of)
        trace = Trace("v", None, "", 1.0, np.zeros(1), names, shares, away, np.zeros(0), {})
        assert stars(trace, bundle.hierarchy, base)[0] == pytest.approx(_star(case, base)[0])


def test_the_star_goes_where_the_answers_are(bundle, film):
    """From the centre to the grandparent, the parent and the class, though placed by the classes alone."""
    trace = told(bundle, film, SAID[1:])
    base = geometry(bundle)
    points = stars(trace, bundle.hierarchy, base)
    path = bundle.hierarchy.ancestors(bundle.hierarchy.index(SAID[-1]))
    for point in points:
        assert distance(base, point).argmin() in path
    assert abs(points[0]) <= abs(points[2]) < abs(points[4])
    assert "weighted by its probability" in how_placed(trace, points)


def test_the_way_passes_through_every_window(bundle):
    points = np.array([0j, 0.5, 0.5 + 0.3j])
    way = track(points)
    assert [piece[0] for piece in way] == units(points[:2]).tolist()
    assert [piece[-1] for piece in way] == units(points[1:]).tolist()
    # On a straight line of hyperbolic space at an even pace: the middle of 0 and .5 is tanh(artanh(.5) / 2).
    assert np.interp(2.5, range(6), [x for x, _ in way[0]]) == pytest.approx(
        RADIUS * np.tanh(np.arctanh(0.5) / 2), abs=1
    )
    assert track(points[:1]) == [[[0, 0]]]
    assert track(points[:0]) == []


def test_names_cannot_leave_their_place(bundle, film):
    evil = "</script><script>alert('1')</script>{{data}}"
    tree = replace(bundle.hierarchy, display=tuple(evil for _ in bundle.hierarchy.nodes))
    base = geometry(bundle)
    trace = told(bundle, film)
    page = player(Story(trace, film), tree, 0.8, base, stars(trace, tree, base))
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    assert data_of(page)["said"][-1]["name"] == evil


def test_the_page_asks_nobody_for_anything(bundle, film):
    """Not a word of the player's own HTML names another address."""
    page = page_of(bundle, told(bundle, film), film)
    found = re.findall(r"(?:https?:)?//[\w.]+", re.sub(r'"film":"[^"]*"', "", page))
    assert [address for address in found if "www.w3.org" not in address] == []


def test_light_and_dark_differ(bundle, film):
    light, dark = (page_of(bundle, told(bundle, film), film, kind) for kind in (False, True))
    assert 'data-theme="light"' in light
    assert 'data-theme="dark"' in dark


def test_without_truth_there_is_no_talk_of_it(bundle, film):
    trace = told(bundle, film)
    assert "really shows" in page_of(bundle, trace, film)
    assert "really shows" not in page_of(bundle, replace(trace, frames=np.zeros(0), visible={}), film)


def test_a_network_without_a_ball_has_no_star(bundle, film):
    flat = replace(told(bundle, film), distances=np.zeros((len(SAID), 0)))
    page = page_of(bundle, flat, film)
    assert data_of(page)["track"] == []
    assert '<path class="star" d=""' in page
    assert "no place" in how_placed(flat, np.zeros(0, complex))


def test_what_came_of_it_is_said_in_words(bundle, film):
    good = outcome(told(bundle, film), bundle.hierarchy, 0.8)
    assert good.endswith("in this order. It was never wrong.")
    assert "Bright ground from 1.1 s" in good
    bad = outcome(told(bundle, film, ("RedDisc", "Red things")), bundle.hierarchy, 0.8)
    assert "Bright ground never" in bad
    assert "not each after the one before." in bad
    assert "Red disc was named 2.0 s before it could be seen" in told_outcome(bundle, film, "RedDisc")


def told_outcome(bundle, film, *said):
    trace = told(bundle, film, said)
    later = {**trace.visible, "child": (trace.frames > 2.6) * 0.1}
    return outcome(replace(trace, visible=later), bundle.hierarchy, 0.8)


def test_it_is_said_when_the_answer_was_wrong(bundle, film):
    said = ("Bright ground", "Green things", "Green things", "GreenBar", "Red things", None, None, "RedDisc")
    words = outcome(told(bundle, film, said), bundle.hierarchy, 0.8)
    assert "in this order. It was wrong from 1.1 to 2.6 s (Green things, then Green bar, up to 90 %)." in words


def test_of_the_shipped_stories_the_wrong_and_the_early_are_told():
    """One is wrong at 95 % for nearly two seconds, in one the class is named before its actor enters."""
    opened = open_bundle(SHIPPED.parent.parent / "checkpoints" / "pantomime-cpg10-tied")
    words = {
        name: outcome(story.trace, opened.hierarchy, 0.8).replace("\\", "")
        for name, story in stories_of(opened).items()
    }
    assert "wrong from 0.6 to 2.4 s (Apparatus Exercise, up to 95 %)" in words["Sit-ups"]
    assert "Playing violin was named 1.2 s before it could be seen" in words["Playing violin"]
    assert "never wrong" in words["Soccer juggling"]
    assert "before" not in words["Soccer juggling"]


def test_overview_plays_the_stories_it_has(bundle, film):
    stored(bundle, told(bundle, film))
    second = write_film(film.parent / "story_002.mp4", "BlueBar", 2)
    stored(bundle, told(bundle, second, ("Dark ground", "Blue things", "BlueBar"), "BlueBar"))
    app = overview()
    assert [control.options for control in app.get("segmented_control")] == [["Red disc", "Blue bar"]]
    page = app.get("iframe")[-1].proto.srcdoc
    assert "The story of Red disc" in page
    assert any("in this order" in caption.value for caption in app.caption)
    assert "The story of Blue bar" in overview(story="Blue bar").get("iframe")[-1].proto.srcdoc


@pytest.mark.parametrize("lack", ["traces", "film", "label"])
def test_overview_has_no_section_where_there_is_no_story(bundle, film, monkeypatch, tmp_path, lack):
    if lack == "film":
        monkeypatch.setattr(shipped, "FILMS", (tmp_path,))
    if lack != "traces":
        stored(bundle, told(bundle, film), label=None if lack == "label" else "RedDisc")
    app = overview()
    assert not app.get("iframe")
    assert not [header for header in app.subheader if "Watch" in header.value]


def test_a_broken_trace_is_said_in_one_line(bundle, film):
    stored(bundle, told(bundle, film), times="never")
    app = overview()
    assert ["story_001" in error.value.replace("\\", "") for error in app.error] == [True]
    assert len(app.get("progress")) == 3  # the rest of the page is there
