"""What links, earlier choices and mutes name: it is taken, or one line says what is shown instead."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from visits import at_page, opened, texts

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.explain.prototypes import mute
from hprotopnet.ui.shelves import clip_name
from hprotopnet.ui.teaching import lessons
from hprotopnet.views.words import change

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


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
        ("node", "node", "node", {}),
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
    assert query["clip"] == [clip_name(flat, lessons([flat])[0].row)]


def test_a_link_outranks_what_was_chosen_before_even_where_it_names_the_default(bundles):
    app = opened("evidence")
    first = app.selectbox(key="clip").value
    app.selectbox(key="clip").select_index(3).run()
    app.switch_page("pages/hierarchy.py").run()
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
    app = opened("evidence", clip=first, what_if="true", change="Prototypes were absent")
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
    app = opened("evidence", bundle="tiny-cpg2", what_if="true", change="Prototypes were absent")
    app.get("pills")[0].set_value(["1"]).run()
    app.selectbox(key="bundle").select("tiny-protopnet2").run()
    app.selectbox(key="bundle").select("tiny-cpg2").run()
    assert not app.exception
    assert app.get("pills")[0].value == []


def test_a_link_with_mutes_mutes_at_all_levels_it_names(bundles):
    bundle, explanation = open_bundle(bundles), load_showcase(open_bundle(bundles))[0].explanation
    app = opened("evidence", level="Class", mute_grandparent="1")
    wanted = [row.prototype for row in explanation.levels[0].evidence if bundle.number_of(row.prototype) == 1]
    after = mute(bundle.load_head(), explanation.similarities, wanted).nodes[0]
    level = explanation.levels[0]
    moved = change(float(after[bundle.hierarchy.index(level.node)]) - level.probability)
    assert app.get("pills")[0].value == ["1"]
    assert app.get("progress")[-3].text.endswith(f"({moved})")
