"""The player on pages, and stills in its stead; what its script does is in views/test_player_browser."""

import json

import numpy as np
import pytest
from footage import flat_levels, write_lossy
from streamlit.testing.v1 import AppTest
from visits import opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.ui.player import FAILED, still
from hprotopnet.views import render
from hprotopnet.views.film import film_of
from hprotopnet.views.scenes import Reason, scene_of

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def players(app) -> list:
    return [part.proto for part in app.get("bidi_component") if part.proto.component_name == "hprotopnet_player"]


def shown(app) -> dict:
    """What the one player of a page was given."""
    [component] = players(app)
    return json.loads(component.json)[0]


def test_the_player_shows_the_level_that_is_chosen_and_the_film_goes_on(bundles):
    app = opened("evidence")
    explanation = load_showcase(open_bundle(bundles))[0].explanation
    films = set()
    for step, level in zip(("Grandparent", "Parent", "Class"), explanation.levels, strict=True):
        app.get("segmented_control")[1].set_value(step).run()
        scene = shown(app)
        assert [own["kind"] for own in scene["levels"]] == [step]
        assert np.allclose(scene["heats"][0]["values"], level.evidence[0].activation, atol=1e-4)
        assert scene["heated"]
        films.add(scene["film"]["id"])
    assert len(films) == 1


def test_overview_offers_all_levels_and_compare_both_networks(bundles):
    assert [level["kind"] for level in shown(opened("overview"))["levels"]] == ["Grandparent", "Parent", "Class"]
    names = [level["name"].split(":")[0] for level in shown(opened("compare"))["levels"]]
    assert names == ["Flat network", "Hierarchical network"]


@pytest.mark.parametrize("moment", ["-1", "1e9", "nan", "inf", "<b>", ""])
def test_an_address_with_a_moment_that_is_not_there_opens_the_page(bundles, moment):
    scene = shown(opened("overview", at=moment))
    assert scene["autoplay"]
    assert scene["film"]["times"][0] <= scene["start"] <= scene["film"]["end"]


def test_an_address_opens_the_player_at_its_moment(bundles):
    scene = shown(opened("overview", at="0.7"))
    assert scene["start"] == 0.7
    assert not scene["autoplay"]


def test_where_the_script_cannot_run_there_are_stills_and_a_slider(bundles):
    app = opened("evidence")
    app.session_state[FAILED] = True
    app.run()
    assert not players(app)
    slider, before = app.slider(key="player frame"), app.get("image")[0].proto
    assert slider.max == 16
    slider.set_value(16 if slider.value < 9 else 1).run()
    assert not app.exception
    after = app.get("image")[0].proto
    assert after.imgs[0].url != before.imgs[0].url
    assert f"Frame {app.slider(key='player frame').value} of 16" in texts(app)


def test_stills_have_box_and_heat_where_all_pictures_have_them(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    row = load_showcase(bundle)[0]
    level = row.explanation.levels[-1]
    images = stored_images(row.clip, bundle)
    film = film_of(images, bundle.config.clip.fps, row.explanation.times)
    scene = scene_of(row.explanation, film, [Reason(level, bundle.hierarchy, 1.0)])
    strongest, plain = level.evidence[0], np.stack([film.picture(i) for i in range(16)])
    strength = render.over_time(strongest.activation, 16, strongest.offset)
    expected = render.outline(render.heat(plain, strength, strongest.offset), strongest.boxes)
    for frame in range(16):
        assert np.abs(still(scene, frame).astype(int) - expected[frame]).max() <= 2


def watching(path: str) -> None:
    from pathlib import Path

    import streamlit as st

    from hprotopnet.ui import player
    from hprotopnet.ui.cases import Choice

    choice, made = Choice("film.avi", content=Path(path).read_bytes(), token="one", start=0.0), []
    read, player.recoded = player.recoded, lambda *way: made.append(way) or read(*way)
    films = [player.whole_film(choice.identity, choice) for _ in range(2)]
    player.recoded = read
    st.text(f"{len(films[1].times)} frames, made {len(made)} times")


def test_the_whole_video_of_an_upload_is_made_a_film_once(tmp_path):
    path = write_lossy(tmp_path / "film.avi", flat_levels(24))
    app = AppTest.from_function(watching, kwargs={"path": str(path)}, default_timeout=60).run()
    assert not app.exception
    assert [text.value for text in app.text] == ["24 frames, made 1 times"]
