"""Every page with and without networks, as a user would go through it; what only a browser shows is in test_browser."""

import json
import re
import shutil

import numpy as np
import pytest
from footage import moving_block, write_lossless
from tiny import train_bundle
from visits import PAGES, decoded, frames_of, opened, refusals, texts

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_geometry
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import distance
from hprotopnet.explain.prototypes import mute
from hprotopnet.models.familiarity import Familiarity
from hprotopnet.ui.pieces import LARGE, SIDE
from hprotopnet.views.duel import duel
from hprotopnet.views.overlays import clip_place
from hprotopnet.views.render import ACCENT
from hprotopnet.views.words import UNLIKE, answer_at, change, display

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.mark.parametrize("page", PAGES)
def test_without_a_network_pages_say_how_to_make_one(no_bundles, page):
    app = opened(page)
    if page == "hierarchy":
        assert app.get("bidi_component")
    elif page == "node":
        assert "a tree without a network" in app.info[0].value
    else:
        assert len(app.info) == 1
        assert "train.py --recipe" in app.info[0].value


def test_a_grid_with_one_step_in_time_is_said_to_localise_nothing_in_it(monkeypatch, tiny_world, tmp_path):
    train_bundle(tiny_world, tmp_path, "short", frames=8)
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    assert "No temporal localisation" in texts(opened("evidence", details="true"))


def test_what_the_strongest_cell_has_seen_is_said_where_the_network_knows(monkeypatch, bundles, tmp_path):
    assert "The dashed square around the strongest cell" in texts(opened("evidence", details="true"))
    old = shutil.copytree(bundles, tmp_path / "old")
    meta = json.loads((old / "model.json").read_text(encoding="utf-8"))
    del meta["sight"]
    (old / "model.json").write_text(json.dumps(meta), encoding="utf-8")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    said = texts(opened("evidence", details="true"))
    assert "dashed" not in said
    assert "A cell has seen more of the clip than its place." in said


def test_a_tree_with_one_topmost_node_is_no_trouble(monkeypatch, tiny_world, tmp_path):
    world = shutil.copytree(tiny_world, tmp_path / "world", ignore=shutil.ignore_patterns("runs", "Blue*", "cache"))
    train_bundle(world, tmp_path / "runs", "one-branch")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path / "runs",))
    for page in PAGES:
        opened(page)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs(bundles, page):
    opened(page)


def test_first_screen_has_clip_path_sentence_and_three_prototypes(bundles):
    app = opened("overview")
    stored = load_showcase(open_bundle(bundles))[0]
    assert stored.explanation.video in texts(app).replace("\\", "")
    parts = app.get("bidi_component")
    assert "hprotopnet_player" in [part.proto.component_name for part in parts]
    assert any("small disk" in part.proto.id for part in parts)
    assert len(app.get("image")) == 3
    assert len(app.get("progress")) == 3
    assert "most likely" in texts(app) or "not sure" in texts(app).lower()


def test_steps_go_from_grandparent_to_class(bundles):
    app = opened("evidence")
    path = load_showcase(open_bundle(bundles))[0].explanation.path
    seen = []
    for step in ("Grandparent", "Parent", "Class"):
        app.get("segmented_control")[1].set_value(step).run()
        assert not app.exception
        seen.append(next(part.value for part in app.markdown if part.value.startswith("Why")).split("?")[0])
    display = dict(zip(open_bundle(bundles).hierarchy.nodes, open_bundle(bundles).hierarchy.display, strict=True))
    assert seen == [f"Why {display[node]}" for node in path]


DETAILED = {
    "overview": {},
    "evidence": {"details": "true"},
    "compare": {"likeliest": "true"},
}  # pages with pictures of prototypes


def test_all_pieces_of_the_first_screen_play_together(bundles):
    app = opened("overview")
    assert frames_of(app) == [1, 1, 1]
    next(toggle for toggle in app.toggle if toggle.label == "Play all pieces").set_value(True).run()
    assert all(1 < frames <= 16 for frames in frames_of(app))  # frames that are alike are shown as one


def test_cards_are_still_until_one_is_played(bundles):
    app = opened("evidence", **DETAILED["evidence"])
    at_rest = frames_of(app)
    assert len(at_rest) >= 3
    assert set(at_rest) == {1}
    play = next(toggle for toggle in app.toggle if toggle.label.startswith("Play"))
    play.set_value(True).run()
    assert not app.exception
    assert 12 <= frames_of(app)[0] <= 16  # frames that are alike are shown as one
    assert set(frames_of(app)[1:]) == {1}
    play.set_value(False).run()
    assert frames_of(app) == at_rest


def test_what_plays_loops_from_the_still_on(bundles):
    app = opened("evidence")
    still = np.asarray(decoded(app.get("image")[0]).convert("RGB"), dtype=int)
    app.toggle[0].set_value(True).run()
    moving = decoded(app.get("image")[0])
    assert np.abs(np.asarray(moving.convert("RGB")) - still)[:, -LARGE:].mean() < 3  # both are compressed
    assert moving.info["loop"] == 0  # for ever


def test_every_pair_at_rest_has_its_boxes(bundles):
    """Above, this clip on the left and the training clip on the right, each with its box."""
    drawn = [decoded(picture) for picture in opened("compare", likeliest="true").get("image")]
    squares = [picture for picture in drawn if picture.height > SIDE]
    assert len(squares) == 4
    for picture in squares:
        shown = np.asarray(picture.convert("RGB"), dtype=int)
        for clip in (shown[:SIDE, :SIDE], shown[:SIDE, -SIDE:]):
            assert (np.abs(clip - ACCENT).max(axis=2) < 50).sum() > 20


def test_the_pair_and_every_card_of_a_step_has_its_box(bundles):
    pair, *cards = opened("evidence", details="true").get("image")
    assert (
        np.abs(np.asarray(decoded(pair).convert("RGB"), dtype=int)[:, -LARGE:] - ACCENT).max(axis=2) < 50
    ).sum() > 20
    for picture in cards:
        shown = np.asarray(decoded(picture).convert("RGB"), dtype=int)[:SIDE, :SIDE]
        assert (np.abs(shown - ACCENT).max(axis=2) < 50).sum() > 20


def test_a_link_of_when_pictures_moved_by_themselves_opens_them_still(bundles):
    app = opened("evidence", still="true", details="true", all="true")
    assert set(frames_of(app)) == {1}


def test_one_prototype_on_both_sides_can_be_played_on_each(bundles):
    app = opened("compare", left="tiny-cpg2", right="tiny-cpg2")
    first, second = (toggle for toggle in app.toggle[:2])
    assert first.label == second.label
    second.set_value(True).run()
    assert [frames > 1 for frames in frames_of(app)] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("page", DETAILED)
def test_pictures_say_what_is_seen_and_heat_its_scale(bundles, page):
    app, tree = opened(page, **DETAILED[page]), open_bundle(bundles).hierarchy
    said = [picture.proto.imgs[0].alt for picture in app.get("image")]
    named = re.compile(f"prototype [1-9] of ({'|'.join(map(re.escape, tree.display))}),? (and|as)")
    assert all(named.search(text) for text in said)
    assert texts(app).count("from a map's own lowest value") == (page == "evidence")  # where maps are drawn


def test_a_link_opens_the_state_it_names(bundles):
    stored = load_showcase(open_bundle(bundles))[2]
    display = open_bundle(bundles).hierarchy.display[open_bundle(bundles).hierarchy.index(stored.label)]
    label = f"{display}: {stored.explanation.video.split('/')[1]}"
    app = opened("evidence", bundle="tiny-cpg2", clip=label, level="Class", threshold="0.99", why_not="true")
    assert app.selectbox(key="clip").value == label
    assert app.slider(key="threshold").value == 0.99
    assert "comes second" in texts(app)
    assert "Not sure" in [header.value for header in app.subheader] or "(over 99 %)" in texts(app)


def test_the_threshold_decides_how_precise_the_answer_is(bundles):
    bundle = open_bundle(bundles)
    explanation, tree = load_showcase(bundle)[0].explanation, bundle.hierarchy
    app = opened("evidence", threshold="0.51")
    said = []
    for threshold in (0.51, 0.99):
        app.slider(key="threshold").set_value(threshold).run()
        answer = answer_at(explanation, tree, threshold)
        said.append(app.subheader[0].value)
        assert said[-1] == (display(tree, answer) if answer else "Not sure")
    assert said[0] != said[1]


ABSENT = {"what_if": "true", "change": "Prototypes were absent"}


def test_muting_changes_the_answer_as_the_page_says(bundles):
    bundle = open_bundle(bundles)
    explanation = load_showcase(bundle)[0].explanation
    app = opened("evidence", level="Class", **ABSENT)
    app.get("pills")[-1].set_value(["1", "2"]).run()
    muted = [row.prototype for row in explanation.levels[-1].evidence]
    after = mute(bundle.load_head(), explanation.similarities, muted).nodes[0]
    for level, bar in zip(explanation.levels, app.get("progress")[-3:], strict=True):
        index = bundle.hierarchy.index(level.node)
        assert bar.text.startswith(bundle.hierarchy.display[index])
        assert bar.text.endswith(f"({change(float(after[index]) - level.probability)})")


def test_muting_at_one_level_holds_at_the_next(bundles):
    app = opened("evidence", level="Class", **ABSENT)
    app.get("pills")[-1].set_value(["1", "2"]).run()
    before = [bar.text for bar in app.get("progress")[-3:]]
    app.get("segmented_control")[1].set_value("Parent").run()
    assert [bar.text for bar in app.get("progress")[-3:]] == before


def test_a_video_of_a_folder_is_explained(bundles, tiny_world):
    app = opened("evidence", source="Data folder", folder=str(tiny_world / "videos"))
    videos = app.selectbox(key="video").options
    assert len(videos) == 12  # two test groups of six classes
    assert "of 1.9 s" in texts(app).replace("\\", "")
    assert app.slider(key="start").max == pytest.approx(24 / 12.5 - 16 / 12.5, abs=0.01)
    app.slider(key="start").set_value(0.2).run()
    assert "seconds 0.2 to 1.4" in texts(app)


def test_a_folder_that_is_none_is_said_in_one_line(bundles, tmp_path):
    app = opened("evidence", source="Data folder", folder=str(tmp_path / "nowhere"))
    assert len(app.error) == 1
    assert "nowhere" in app.error[0].value


def test_an_upload_is_explained_and_not_kept(bundles, tiny_world, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    video = next((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("<b>*mine*</b>.mp4", video.read_bytes()).run()
    assert not app.exception
    assert "Why" in texts(app)
    assert r"\<b\>\*mine\*" in texts(app)
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]


@pytest.mark.parametrize(("threshold", "notices"), [(1e-5, 1), (2, 0), (None, 0)])
@pytest.mark.parametrize("page", ["evidence", "compare"])
def test_an_upload_unlike_the_training_clips_is_said_to_be_so(
    page, threshold, notices, tiny_world, tiny_bundle, tiny_flat_bundle, tmp_path, monkeypatch
):
    """Above the least threshold, below the greatest, and where a network cannot tell."""
    for bundle in (tiny_bundle, tiny_flat_bundle):
        copy = shutil.copytree(bundle, tmp_path / bundle.name)
        if threshold:
            channels = open_bundle(bundle).load_model().backbone.channels
            Familiarity(np.eye(1, channels, dtype=np.float16), threshold).save(copy / "familiarity.npz")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    app = opened(page)
    assert not app.warning  # stored clips are told by what was stored
    app = opened(page, source="Upload")
    app.file_uploader[0].upload("mine.mp4", next((tiny_world / "videos" / "RedDisc").glob("*.mp4")).read_bytes()).run()
    assert not app.exception
    assert "Why" in texts(app) or page == "compare"
    assert len(app.warning) == notices * (2 if page == "compare" else 1)
    assert all(warning.value.startswith(UNLIKE) for warning in app.warning)


@pytest.mark.parametrize("page", ["evidence", "compare"])
def test_a_damaged_upload_and_a_still_one_are_said_to_be_so_once(page, bundles, tmp_path):
    damaged = write_lossless(tmp_path / "cut.mkv", moving_block(120), 25)
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    still = write_lossless(tmp_path / "still.mkv", moving_block(2), times=[0.0, 3.0])
    for path, word in ((damaged, "The video is damaged: it ends after"), (still, "One frame stands for")):
        app = opened(page, source="Upload")
        app.file_uploader[0].upload(path.name, path.read_bytes()).run()
        assert not app.exception
        said = [own.value.replace("\\", "") for own in app.warning if "Unlike" not in own.value]
        assert [line.startswith(word) for line in said] == [True]


def test_an_upload_that_is_no_video_is_said_in_one_line(bundles):
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("text.mp4", b"this is no video").run()
    assert not app.exception
    assert len(app.error) == 1
    assert "/tmp" not in app.error[0].value


def test_an_upload_that_is_too_long_is_refused(bundles, tiny_world, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.choose.MOST_SECONDS", 1)
    video = next((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("long.mp4", video.read_bytes()).run()
    assert "at most 1" in app.error[0].value


def test_compare_shows_both_networks_with_their_two_best(bundles):
    app = opened("compare", likeliest="true")
    assert app.selectbox(key="left").value == "tiny-protopnet2"
    assert app.selectbox(key="right").value == "tiny-cpg2"
    assert texts(app).count("If this were the answer") == 4
    assert texts(app).count("has no pieces of its own here") == 2
    # Each step of both networks has its bar, and so have the two likeliest classes.
    assert len(app.get("progress")) == 2 * 3 + 2 * 2


def test_compare_says_how_the_networks_differ_in_one_sentence(bundles):
    app = opened("compare")
    [said] = [header.value.replace("\\", "") for header in app.header]
    assert said.startswith(("Both ", "Neither ", "The flat network "))
    app.slider(key="threshold").set_value(0.99).run()
    assert app.header[0].value.replace("\\", "") != said or "Neither" in said


def test_compare_tells_of_the_test_set_and_opens_a_clip_of_it(bundles):
    app = opened("compare")
    flat, tied = (load_answers(open_bundle(bundles.parent / name)) for name in ("tiny-protopnet2", "tiny-cpg2"))
    found = duel(flat, tied)
    assert f"of {len(found.names)} test clips" in texts(app).replace("\\", "")
    kinds = found.kinds(["flat", "hierarchical"]).values()
    assert all(f"({int(rows.sum())})" in label for label, rows in zip(clip_kinds(app), kinds, strict=True))
    app.session_state["pressed in the duel"] = {"source": "Stored clips", "clip": app.selectbox(key="clip").options[3]}
    app.run()
    assert app.selectbox(key="clip").value == app.selectbox(key="clip").options[3]


def clip_kinds(app) -> list[str]:
    return next(part for part in app.get("pills") if "right" in part.options[0]).options


def test_a_network_without_prototypes_gives_its_probabilities(monkeypatch, tiny_world, tmp_path):
    train_bundle(tiny_world, tmp_path, "tiny-blackbox", head="fc", prototypes="none")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    for page in PAGES:
        opened(page)
    assert "no reasons" in opened("evidence").info[0].value


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
@pytest.mark.parametrize("file", ["model.json", "prototypes.json", "showcase/00.json.gz"])
def test_a_broken_bundle_is_said_in_one_line(tiny_bundle, monkeypatch, tmp_path, page, file):
    shutil.copytree(tiny_bundle, tmp_path / "broken")
    (tmp_path / "broken" / file).write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    app = opened(page)
    assert [file in said for said in refusals(app)] == [True]
    assert "train.py --recipe" in app.info[0].value
    assert not app.error


def test_the_disk_says_where_it_misleads(bundles):
    """The star stands nearest to the likeliest class, or the page says which that is."""
    bundle = open_bundle(bundles)
    distances, radii = stored_geometry(bundle)
    base = layout(bundle.hierarchy, distances, radii)
    classes = bundle.hierarchy.classes
    for stored in load_showcase(bundle)[:6]:
        star, note = clip_place(stored.explanation, bundle.hierarchy, base)
        likeliest = max(classes, key=lambda name: stored.explanation.probabilities[name])
        shown = classes[distance(base[: len(classes)], star).argmin()]
        display = bundle.hierarchy.display[bundle.hierarchy.index(likeliest)]
        assert ("misleads" in note) == (shown != likeliest)
        assert shown == likeliest or f"{display} is likelier than" in note


def test_explanations_stored_after_the_network_are_shown(tiny_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    bundle = shutil.copytree(tiny_bundle, tmp_path / "late")
    (bundle / "showcase").rename(tmp_path / "kept")
    assert "without stored clips" in texts(opened("overview"))
    (tmp_path / "kept").rename(bundle / "showcase")
    assert "without stored clips" not in texts(opened("overview"))
