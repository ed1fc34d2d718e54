"""The gallery on the pages that choose clips: what links ask of it, what is stepped through, what tiles say."""

import json
import re
import shutil
from pathlib import Path

import pytest
from visits import at_page, opened, texts

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.ui import thumbnails
from hprotopnet.ui.gallery import neighbours
from hprotopnet.ui.shelves import stored_shelf
from hprotopnet.ui.thumbnails import pictures
from hprotopnet.views.gallery import WRONG, Wanted, counted, select

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def drawn(app, key: str = "tiles clip") -> dict:
    """What tiles of a key are drawn from; fails where there are none."""
    own = [place.proto for place in app.get("bidi_component") if place.proto.id.endswith(f"-{key}")]
    return json.loads(own[0].json)[0]


def tiles_of(app, key: str = "tiles clip") -> list[dict]:
    return [tile for _, families in drawn(app, key)["groups"] for _, own in families for tile in own]


def listed(bundle: Path, **wanted: str) -> tuple[list[str], str]:
    """Names of stored clips as the gallery is to list them, and how many they are in words."""
    rows = load_showcase(open_bundle(bundle))
    shelf = stored_shelf([open_bundle(bundle)], rows)
    found = select(shelf.entries, Wanted(**wanted), shelf.trees[0])
    return [entry.name for entry in found], counted(found, shelf.entries)


def press(app, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def test_a_link_opens_the_view_that_it_names(bundles):
    app = opened("evidence", gallery="true", within="Bright ground", answers="wrong", order="least sure first")
    names, count = listed(bundles, node="Bright ground", mark=WRONG, order="least sure first")
    assert [tile["name"] for tile in tiles_of(app)] == names
    assert re.fullmatch(r"\d of 12 clips, \d wrong", count)
    assert f"**{count}**" in texts(app)
    press(app, "Show all")
    assert len(tiles_of(app)) == 12
    assert "Show all" not in [button.label for button in app.button]


def test_closed_it_draws_no_tile_but_that_of_the_clip_on_the_page(bundles):
    app = opened("evidence")
    (tile,) = tiles_of(app, "chosen clip")
    assert tile["name"] == app.selectbox(key="clip").value
    assert tile["picture"].startswith("data:image/webp;base64,")
    with pytest.raises(IndexError):
        drawn(app)


def test_tiles_stand_in_families_and_say_how_right_the_network_is(bundles):
    bundle = open_bundle(bundles)
    app, tree = opened("evidence", gallery="true"), bundle.hierarchy
    groups = drawn(app)["groups"]
    assert [top for top, _ in groups] == ["Bright ground", "Dark ground"]
    assert [rest for _, families in groups for rest, _ in families] == ["Red things", "Green things", "Blue things"]
    stored = {row.explanation.video.split("/")[-1]: row for row in load_showcase(bundle)}
    for tile in tiles_of(app):
        row, (answer,) = stored[tile["video"]], tile["answers"]
        height = int(tree.leaf_heights[tree.index(row.explanation.path[-1]), tree.index(row.label)])
        assert answer["levels"] == [True] * (3 - height) + [False] * height
        assert answer["words"].startswith(
            ("right ", "right parent ", "right grandparent ", "wrong altogether ")[height]
        )
        assert (answer["said"] != "") == (height > 0)
        assert tile["unsure"] == (max(row.explanation.probabilities[name] for name in tree.classes) < 0.8)
        assert tile["shown"] == (tile["name"] == app.selectbox(key="clip").value)
        assert tile["title"] in tile["label"]


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
def test_one_steps_through_what_is_listed_round_and_round(bundles, page):
    app = opened(page, within="Blue things")
    names, _ = listed(bundles, node="Blue things")
    assert app.selectbox(key="clip").value not in names or page != "evidence"
    seen = []
    for _ in range(len(names) + 1):
        press(app, "Next")
        seen.append(app.selectbox(key="clip").value)
    place = names.index(seen[0])
    assert seen == [*names[place:], *names[:place], names[place]]
    press(app, "Previous")
    assert app.selectbox(key="clip").value == seen[-2]


def test_neighbours_go_round():
    assert neighbours(["a", "b", "c"], "a") == ("c", "b")
    assert neighbours(["a", "b", "c"], "c") == ("b", "a")
    assert neighbours(["a", "b", "c"], "x") == ("c", "a")
    assert neighbours(["a"], "x") == ("a", "a")
    assert neighbours(["a"], "a") == neighbours([], "a") == (None, None)


def test_the_overview_asks_for_no_clip_on_other_pages_until_its_user_does(bundles):
    first = opened("compare").selectbox(key="clip").value
    app = opened("overview")
    assert at_page(app, "compare").selectbox(key="clip").value == first
    app = opened("overview")
    press(app, "Next")
    chosen = app.selectbox(key="clip").value
    assert at_page(app, "compare").selectbox(key="clip").value == chosen != first


def test_compare_has_a_mark_of_each_network_and_counts_for_each(bundles):
    app = opened("compare", gallery="true")
    assert all(len(tile["answers"]) == 2 for tile in tiles_of(app))
    count = next(text.value for text in app.markdown if text.value.startswith("**12 clips"))
    assert re.fullmatch(r"\*\*12 clips; wrong\\: \w+ by tiny\\-protopnet2 and \w+ by tiny\\-cpg2\*\*", count)
    assert "The first mark" in texts(app)


def test_answers_to_a_folder_are_known_where_the_network_was_tested_on_it(bundles, tiny_world, tmp_path):
    app = opened("evidence", source="Data folder", folder=str(tiny_world / "videos"), gallery="true")
    answers = load_answers(open_bundle(bundles))
    said = dict(zip(answers.names, answers.answered, strict=True))
    tiles = tiles_of(app, "tiles video")
    assert len(tiles) == 12
    for tile in tiles:
        height = answers.hierarchy.leaf_heights[said[tile["name"]], answers.hierarchy.index(tile["name"].split("/")[0])]
        assert tile["answers"][0]["levels"].count(False) == height
    one = shutil.copytree(tiny_world / "videos" / "RedDisc", tmp_path / "RedDisc").parent
    app = opened("evidence", source="Data folder", folder=str(one), gallery="true")
    assert [tile["answers"] for tile in tiles_of(app, "tiles video")] == [[]] * 5
    assert "**5 clips**" in texts(app)
    assert "answers" not in [box.key for box in app.selectbox]
    shown = app.selectbox(key="video").value
    tiles = {tile["name"]: tile for tile in tiles_of(app.run(), "tiles video")}
    assert [name for name, tile in tiles.items() if tile["answers"]] == [shown]  # it was explained meanwhile


def test_a_clip_without_a_picture_is_still_there(bundles, tmp_path, monkeypatch):
    copy = shutil.copytree(bundles, tmp_path / "copy")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    (copy / "showcase" / "03.mp4").write_bytes(b"no video")
    app = opened("evidence", gallery="true")
    while drawn(app)["more"]:  # as the browser asks
        before = drawn(app)["more"]
        assert drawn(app.run())["more"] < before
    tiles = tiles_of(app)
    assert len(tiles) == 12
    assert [tile["awaited"] for tile in tiles if tile["picture"] is None] == [False]


def test_pictures_are_made_a_few_at_a_time_and_bounded(monkeypatch):
    made, now = [], iter(range(100))
    monkeypatch.setattr(thumbnails, "monotonic", lambda: next(now))
    monkeypatch.setattr(thumbnails, "MOST", 3)
    monkeypatch.setattr(thumbnails.st, "session_state", state := {})

    def maker(name: str):
        return ("file", name), lambda: made.append(name) or name

    makers = {name: maker(name) for name in "abcd"}
    assert pictures(makers, seconds=2) == {"a": "a", "b": "b"}
    assert pictures(makers, seconds=2) == {name: name for name in "abcd"}
    assert made == list("abcd")
    pictures({name: maker(name) for name in "ef"}, seconds=5)
    assert [name for _, name in state[thumbnails.KEPT]] == list("def")


def test_pages_of_many_clips_are_turned_by_link_and_never_beyond_the_last(bundles, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.gallery.MOST", 5)
    names, _ = listed(bundles)
    assert [tile["name"] for tile in tiles_of(opened("evidence", gallery="true", page="3"))] == names[10:]
    app = opened("evidence", gallery="true", page="9")
    assert [tile["name"] for tile in tiles_of(app)] == names[:5]
    assert "There is no page “9” here" in texts(app)
