"""Every page with and without networks, as a user would go through it; what only a browser shows is in test_browser."""

import ast
import base64
import io
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from footage import moving_block, write_lossless
from PIL import Image
from streamlit.testing.v1 import AppTest
from tiny import shape_video, train_bundle

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_geometry
from hprotopnet.data.video import write_video
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import distance
from hprotopnet.evaluation.metrics import wilson_interval
from hprotopnet.explain.prototypes import mute
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.models.familiarity import Familiarity
from hprotopnet.ui.cases import Case, Choice
from hprotopnet.ui.choose import clip_name
from hprotopnet.ui.clip import _star
from hprotopnet.ui.evidence import SIDE, number_of
from hprotopnet.ui.guard import UNFORESEEN
from hprotopnet.ui.networks import COME_WITH, PROJECT, available_bundles
from hprotopnet.views.render import ACCENT
from hprotopnet.views.words import UNLIKE, answer_at, change, display

PAGES = ("overview", "hierarchy", "evidence", "compare")
# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def no_bundles(monkeypatch, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))


@pytest.fixture
def bundles(monkeypatch, tiny_world, tiny_bundle, tiny_flat_bundle) -> Path:
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tiny_world / "runs",))
    return tiny_bundle


def opened(page: str, **query: object) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name.replace("_", "-") if name.startswith("mute") else name] = value
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py").run()
    assert_sound(app)
    return app


def assert_sound(app: AppTest) -> None:
    """Nothing went wrong that a page did not foresee."""
    assert not app.exception
    assert not [error.value for error in app.error if UNFORESEEN in error.value]


def at_page(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/{page}.py").run()
    assert_sound(app)
    return app


def refusals(app: AppTest) -> list[str]:
    """What pages say of networks that cannot be used."""
    return [
        line.value.replace("\\", "") for part in app.expander if "cannot be used" in part.label for line in part.caption
    ]


def texts(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.subheader, app.info) for element in kind)


def decoded(picture) -> Image.Image:
    kind, data = picture.proto.imgs[0].url.split(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def frames_of(app: AppTest) -> list[int]:
    """How many frames each picture on a page has."""
    return [decoded(picture).n_frames for picture in app.get("image")]


@pytest.mark.parametrize("page", PAGES)
def test_without_a_network_pages_say_how_to_make_one(no_bundles, page):
    app = opened(page)
    if page == "hierarchy":
        assert app.get("plotly_chart")
    else:
        assert len(app.info) == 1
        assert "train.py --recipe" in app.info[0].value


def test_a_grid_with_one_step_in_time_is_said_to_localise_nothing_in_it(monkeypatch, tiny_world, tmp_path):
    train_bundle(tiny_world, tmp_path, "short", frames=8)
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    assert "No temporal localisation" in texts(opened("evidence"))


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
    clip, disk = (frame.proto.srcdoc for frame in app.get("iframe")[:2])
    assert "<video autoplay muted loop" in clip
    assert "<svg" in disk
    assert len(app.get("image")) == 6
    assert len(app.get("progress")) == 3
    assert "most likely" in texts(app) or "not sure" in texts(app).lower()


def test_steps_go_from_grandparent_to_class(bundles):
    app = opened("evidence")
    path = load_showcase(open_bundle(bundles))[0].explanation.path
    seen = []
    for step in ("Grandparent", "Parent", "Class"):
        app.get("segmented_control")[1].set_value(step).run()
        assert not app.exception
        seen.append(next(header.value for header in app.subheader if header.value.startswith("Why")))
    display = dict(zip(open_bundle(bundles).hierarchy.nodes, open_bundle(bundles).hierarchy.display, strict=True))
    assert seen == [f"Why {display[node]}?" for node in path]


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
def test_cards_are_still_until_one_is_played(bundles, page):
    app = opened(page)
    at_rest = frames_of(app)
    assert len(at_rest) >= 4
    assert set(at_rest) == {1}
    play = next(toggle for toggle in app.toggle if toggle.label.startswith("Play prototype"))
    play.set_value(True).run()
    assert not app.exception
    assert all(12 <= frames <= 16 for frames in frames_of(app)[:2])  # frames that are alike are shown as one
    assert set(frames_of(app)[2:]) == {1}
    play.set_value(False).run()
    assert frames_of(app) == at_rest


def test_what_plays_loops_from_the_still_on(bundles):
    app = opened("evidence")
    still = np.asarray(decoded(app.get("image")[0]).convert("RGB"), dtype=int)
    app.toggle[0].set_value(True).run()
    moving = decoded(app.get("image")[0])
    assert np.abs(np.asarray(moving.convert("RGB")) - still).mean() < 3  # both are compressed
    assert moving.info["loop"] == 0  # for ever


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
def test_every_picture_at_rest_has_its_box(bundles, page):
    """Pictures of this clip and of the training clip by turns, each with the box in its left half."""
    for picture in opened(page).get("image"):
        shown = np.asarray(decoded(picture).convert("RGB"), dtype=int)[:SIDE, :SIDE]
        assert (np.abs(shown - ACCENT).max(axis=2) < 50).sum() > 20


def test_a_link_of_when_pictures_moved_by_themselves_opens_them_still(bundles):
    app = opened("evidence", still="true", all="true")
    assert set(frames_of(app)) == {1}


def test_one_prototype_on_both_sides_can_be_played_on_each(bundles):
    app = opened("compare", left="tiny-cpg2", right="tiny-cpg2")
    first, second = (toggle for toggle in app.toggle[:2])
    assert first.label == second.label
    second.set_value(True).run()
    assert [frames > 1 for frames in frames_of(app)[:4]] == [False, False, True, True]


@pytest.mark.parametrize("page", ["overview", "evidence", "compare"])
def test_pictures_say_what_is_seen_and_heat_its_scale(bundles, page):
    app, tree = opened(page), open_bundle(bundles).hierarchy
    said = [picture.proto.imgs[0].alt for picture in app.get("image")]
    named = re.compile(f"with the box of prototype [1-9] of ({'|'.join(map(re.escape, tree.display))}), and beside it")
    assert all(named.search(text) for text in said)
    assert texts(app).count("from a map's own lowest value") == 1


def test_a_link_opens_the_state_it_names(bundles):
    stored = load_showcase(open_bundle(bundles))[2]
    display = open_bundle(bundles).hierarchy.display[open_bundle(bundles).hierarchy.index(stored.label)]
    label = f"{display}: {stored.explanation.video.split('/')[1]}"
    app = opened("evidence", bundle="tiny-cpg2", clip=label, level="Class", threshold="0.99", why_not="true")
    assert app.selectbox(key="clip").value == label
    assert app.slider(key="threshold").value == 0.99
    assert "comes second" in texts(app)
    assert "Not sure" in [header.value for header in app.subheader] or "(over 0.99)" in texts(app)


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


def test_muting_changes_the_answer_as_the_page_says(bundles):
    bundle = open_bundle(bundles)
    explanation = load_showcase(bundle)[0].explanation
    app = opened("evidence", level="Class")
    app.get("pills")[-1].set_value(["1", "2"]).run()
    muted = [row.prototype for row in explanation.levels[-1].evidence]
    after = mute(bundle.load_head(), explanation.similarities, muted).nodes[0]
    for level, bar in zip(explanation.levels, app.get("progress")[-3:], strict=True):
        index = bundle.hierarchy.index(level.node)
        assert bar.text.startswith(bundle.hierarchy.display[index])
        assert bar.text.endswith(f"({change(float(after[index]) - level.probability)})")


def test_muting_at_one_level_holds_at_the_next(bundles):
    app = opened("evidence", level="Class")
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
    assert not list(tmp_path.iterdir())


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
    app = opened("compare")
    assert app.selectbox(key="left").value == "tiny-protopnet2"
    assert app.selectbox(key="right").value == "tiny-cpg2"
    assert texts(app).count("If this were the answer") == 4
    assert texts(app).count("no prototypes of its own") == 2
    # What a level without prototypes sums up is listed, beside the evidence of the other network.
    flat = load_showcase(open_bundle(bundles.parent / "tiny-protopnet2"))
    shown = next(row.explanation for row in flat if row.explanation.video in texts(app).replace("\\", ""))
    top = open_bundle(bundles).hierarchy
    assert sum(bar.text.startswith(top.display[top.index(shown.path[-1])]) for bar in app.get("progress")) >= 3


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
    """The star stands nearest to the class that the clip is nearest to, or the page says which that is."""
    bundle = open_bundle(bundles)
    distances, radii = stored_geometry(bundle)
    base = layout(bundle.hierarchy, distances, radii)
    classes = bundle.hierarchy.classes
    for stored in load_showcase(bundle)[:6]:
        case = Case(("a", "b"), bundle, Choice("v"), stored.explanation, np.zeros((1, 1, 1, 3), np.uint8))
        star, note = _star(case, base, 0.8)
        nearest = min(classes, key=lambda name: stored.explanation.distances[name])
        shown = classes[distance(base[: len(classes)], star).argmin()]
        display = bundle.hierarchy.display[bundle.hierarchy.index(nearest)]
        assert ("misleads" in note) == (shown != nearest)
        assert shown == nearest or f"nearest to {display}," in note


def test_explanations_stored_after_the_network_are_shown(tiny_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    bundle = shutil.copytree(tiny_bundle, tmp_path / "late")
    (bundle / "showcase").rename(tmp_path / "kept")
    assert "without stored clips" in texts(opened("overview"))
    (tmp_path / "kept").rename(bundle / "showcase")
    assert "without stored clips" not in texts(opened("overview"))


# --- networks ---------------------------------------------------------------------------------------------------------


def test_networks_of_one_name_are_all_there(tiny_bundle, tiny_flat_bundle, monkeypatch, tmp_path):
    """The first of a name keeps it, as links of before know it; the others add where they lie."""
    folders = [tmp_path / place for place in ("checkpoints", "runs", "elsewhere/runs")]
    for folder, bundle in zip(folders, (tiny_bundle, tiny_flat_bundle, tiny_bundle), strict=True):
        shutil.copytree(bundle, folder / "mine")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", tuple(folders))
    names = ("mine", "mine (runs)", "mine (elsewhere/runs)")
    assert available_bundles() == {name: folder / "mine" for name, folder in zip(names, folders, strict=True)}
    assert set(opened("evidence").selectbox(key="bundle").options) == set(names)
    assert "no prototypes for" not in texts(opened("evidence", bundle="mine"))
    assert "no prototypes for" in texts(opened("evidence", bundle="mine (runs)"))
    compared = opened("compare", left="mine (runs)", right="mine")
    assert {"mine", "mine (runs)"} <= {caption.value.replace("\\", "") for caption in compared.caption}
    assert "network mine (runs)" in opened("hierarchy").selectbox(key="tree").options


@pytest.fixture
def own_network(tiny_bundle, monkeypatch, tmp_path) -> str:
    """A network of the user's, of other classes than the project's two."""
    shutil.copytree(tiny_bundle, tmp_path / "runs" / "mine")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (PROJECT / "checkpoints", tmp_path / "runs"))
    return "mine"


def test_the_newest_network_is_offered_and_not_forced(own_network):
    app = opened("overview")
    assert app.selectbox(key="bundle").value == COME_WITH[0]
    assert "Watch the answer grow" in [header.value for header in app.subheader]
    next(button for button in app.button if button.label.endswith(own_network)).click().run()
    assert not app.exception
    assert app.selectbox(key="bundle").value == own_network
    assert not [button for button in app.button if button.label.endswith(own_network)]


def test_compare_begins_with_a_pair_that_shares_clips(own_network):
    app = opened("compare")
    assert (app.selectbox(key="left").value, app.selectbox(key="right").value) == COME_WITH[::-1]
    assert texts(app).count("If this were the answer") == 4


def test_a_partner_goes_along_until_it_is_chosen(own_network, tiny_flat_bundle):
    shutil.copytree(tiny_flat_bundle, available_bundles()[own_network].parent / "mine-flat")
    app = opened("compare")
    app.selectbox(key="left").select("mine-flat").run()
    assert app.selectbox(key="right").value == own_network
    app.selectbox(key="right").select(COME_WITH[0]).run()
    assert not app.exception
    assert app.selectbox(key="left").value == "mine-flat"
    assert "No stored clip is shared" in app.info[0].value
    offers = [button for button in app.button if button.label.startswith("Compare")]
    assert [button.label.replace("\\", "") for button in offers] == [
        "Compare mine-flat with mine",
        f"Compare {COME_WITH[0]} with {COME_WITH[1]}",
    ]
    offers[1].click().run()
    assert app.selectbox(key="left").value == COME_WITH[1]
    assert not app.info


def test_a_link_to_the_right_network_alone_brings_its_partner(own_network, tiny_flat_bundle):
    shutil.copytree(tiny_flat_bundle, available_bundles()[own_network].parent / "zz-flat")
    assert opened("compare", right=own_network).selectbox(key="left").value == "zz-flat"


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_network_among_others_is_no_trouble(bundles, monkeypatch, tmp_path, page):
    for name, file in (("a-broken", "model.json"), ("b-broken", "showcase/00.json.gz")):
        shutil.copytree(bundles, tmp_path / name)
        (tmp_path / name / file).write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path, bundles.parent))
    app = opened(page, tree="ucf101")
    assert not app.error
    if page != "hierarchy":
        assert "broken" not in "".join(app.selectbox[0].options)
        assert [("a-broken" in line, "b-broken" in line) for line in refusals(app)] == [(True, False), (False, True)]


def test_a_stored_clip_that_cannot_be_read_is_said_in_one_line(tiny_bundle, tiny_flat_bundle, monkeypatch, tmp_path):
    for bundle in (tiny_bundle, tiny_flat_bundle):
        shutil.copytree(bundle, tmp_path / bundle.name)
    (tmp_path / tiny_bundle.name / "showcase" / "01.json.gz").write_text("{")
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    assert len(opened("compare").error) == 1


# --- what the address and earlier choices name ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "key", "name", "more"),
    [
        ("overview", "bundle", "network", {}),
        ("evidence", "bundle", "network", {}),
        ("evidence", "clip", "stored clip", {}),
        ("evidence", "level", "step", {}),
        ("evidence", "source", "source of clips", {}),
        ("evidence", "video", "video", {"source": "Data folder"}),
        ("compare", "left", "network", {}),
        ("compare", "clip", "stored clip", {}),
        ("hierarchy", "tree", "tree", {}),
        ("hierarchy", "node", "node", {"tree": "ucf101"}),
        ("hierarchy", "layout", "layout", {"tree": "ucf101"}),
    ],
)
def test_a_name_that_is_not_there_is_said_with_what_is_shown_instead(bundles, tiny_world, page, key, name, more):
    folder = {"folder": str(tiny_world / "videos")}
    app = opened(page, **{key: "<b>nobody", "folder": folder["folder"]} | more)
    said = [caption.value for caption in app.caption if f"There is no {name} " in caption.value]
    assert len(said) == 1
    assert r"“\<b\>nobody” here; " in said[0]
    assert said[0].endswith("is shown instead.")
    app.run()
    assert said[0] in [caption.value for caption in app.caption]  # as long as that is on screen


def test_a_story_that_is_not_there_is_said(own_network):
    assert "There is no story “Nothing” here" in texts(opened("overview", story="Nothing"))


def test_names_that_are_there_are_not_remarked_upon(bundles):
    assert "There is no" not in texts(opened("hierarchy", tree="ucf101", node="Archery"))
    assert "There is no" not in texts(opened("evidence", bundle="tiny-protopnet2", level="Class"))


def test_a_clip_that_the_next_network_lacks_is_said(own_network):
    app = opened("evidence")
    app.selectbox(key="clip").select_index(3).run()
    app.selectbox(key="bundle").select(own_network).run()
    assert not app.exception
    assert "There is no stored clip" in texts(app)


def clip_of(bundle: Path, label: str) -> str:
    opened_bundle = open_bundle(bundle)
    return next(clip_name(opened_bundle, row) for row in load_showcase(opened_bundle) if row.label == label)


def test_the_link_to_all_the_evidence_names_network_and_clip(bundles):
    app = opened("overview", bundle="tiny-protopnet2")
    flat = open_bundle(bundles.parent / "tiny-protopnet2")
    query = parse_qs(app.get("page_link")[0].proto.query_string)
    assert query["bundle"] == ["tiny-protopnet2"]
    assert query["clip"] == [clip_name(flat, load_showcase(flat)[0])]


def test_a_link_outranks_what_was_chosen_before_even_where_it_names_the_default(bundles):
    app = opened("evidence")
    first = app.selectbox(key="clip").value
    app.selectbox(key="clip").select_index(3).run()
    app.switch_page("pages/overview.py").run()
    app.query_params["clip"] = first
    assert at_page(app, "evidence").selectbox(key="clip").value == first


def other_path(bundle: Path) -> tuple[str, str]:
    """Names of two clips whose classes differ."""
    opened_bundle = open_bundle(bundle)
    rows = load_showcase(opened_bundle)
    other = next(row for row in rows if row.explanation.path[-1] != rows[0].explanation.path[-1])
    return clip_name(opened_bundle, rows[0]), clip_name(opened_bundle, other)


def test_mutes_stay_with_their_node(bundles):
    first, other = other_path(bundles)
    app = opened("evidence", clip=first)
    app.get("pills")[-1].set_value(["1", "2"]).run()
    app.selectbox(key="clip").select(other).run()
    assert not app.exception
    assert app.get("pills")[-1].value == []
    assert [caption.value.endswith("do not apply here and were dropped: 1, 2.") for caption in app.caption].count(
        True
    ) == 1
    assert all("unchanged" in bar.text or "(" not in bar.text for bar in app.get("progress")[-3:])
    app.run()
    assert "were dropped" not in texts(app)


def test_mutes_stay_with_their_network(bundles):
    app = opened("evidence", bundle="tiny-cpg2")
    app.get("pills")[0].set_value(["1"]).run()
    app.selectbox(key="bundle").select("tiny-protopnet2").run()
    app.selectbox(key="bundle").select("tiny-cpg2").run()
    assert not app.exception
    assert app.get("pills")[0].value == []


def test_a_link_with_mutes_mutes_at_all_levels_it_names(bundles):
    bundle, explanation = open_bundle(bundles), load_showcase(open_bundle(bundles))[0].explanation
    app = opened("evidence", level="Class", mute_grandparent="1")
    wanted = [row.prototype for row in explanation.levels[0].evidence if number_of(bundle, row.prototype) == 1]
    after = mute(bundle.load_head(), explanation.similarities, wanted).nodes[0]
    level = explanation.levels[0]
    moved = change(float(after[bundle.hierarchy.index(level.node)]) - level.probability)
    assert app.get("pills")[0].value == ["1"]
    assert app.get("progress")[-3].text.endswith(f"({moved})")


# --- uploads and sliders ----------------------------------------------------------------------------------------------


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


# --- words ------------------------------------------------------------------------------------------------------------


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
        assert "of prototype " in described
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
