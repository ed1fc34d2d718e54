"""What a page shows is what its address and the session say: networks, clips, mutes, uploads, links."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from browsing import needs_chromium, served, settled, visit
from footage import moving_block, write_lossless
from streamlit.testing.v1 import AppTest

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.ui.choose import clip_name

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def shipped(monkeypatch, tmp_path, tiny_bundle, tiny_flat_bundle) -> Path:
    """A project with a hierarchical and a flat network of one tree; networks of the user's go to `runs`."""
    project = tmp_path / "project"
    for bundle in (tiny_bundle, tiny_flat_bundle):
        shutil.copytree(bundle, project / "checkpoints" / bundle.name)
    (project / "runs").mkdir()
    monkeypatch.setattr("hprotopnet.ui.networks.PROJECT", project)
    monkeypatch.setattr("hprotopnet.ui.networks.COME_WITH", (tiny_bundle.name, tiny_flat_bundle.name))
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (project / "checkpoints", project / "runs"))
    return project / "checkpoints"


def copied(bundle: Path, name: str, **names: str) -> Path:
    """A copy of a network among the user's own, some nodes of whose tree are called otherwise."""
    folder = shutil.copytree(bundle, bundle.parent.parent / "runs" / name)
    for file in (folder / "model.json", folder / "prototypes.json", *(folder / "showcase").glob("*.json.gz")):
        write_json(file, renamed(read_json(file), names))
    return folder


def renamed(data: Any, names: dict[str, str]) -> Any:
    """JSON in which some texts read otherwise."""
    if isinstance(data, dict):
        return {names.get(key, key): renamed(value, names) for key, value in data.items()}
    if isinstance(data, list):
        return [renamed(value, names) for value in data]
    return names.get(data, data) if isinstance(data, str) else data


def opened(page: str, **query: object) -> AppTest:
    app = AppTest.from_file(str(SHIPPED.parent.parent / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name.replace("_", "-") if name.startswith("mute") else name] = value
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """The lines that tell what could not be done as asked."""
    lines = [caption.value for caption in app.caption if ":material/info:" in caption.value]
    return " ".join(lines).replace("\\", "")


def test_a_network_trained_again_stands_beside_the_one_of_its_name(shipped):
    own = copied(shipped / "tiny-cpg2", "tiny-cpg2")
    app = opened("evidence")
    assert app.selectbox(key="bundle").value == "tiny-cpg2"
    assert "tiny-cpg2 (runs)" in app.selectbox(key="bundle").options
    app.selectbox(key="bundle").set_value("tiny-cpg2 (runs)").run()
    assert not app.exception
    assert opened("evidence", bundle="tiny-cpg2 (runs)").selectbox(key="bundle").value == "tiny-cpg2 (runs)"
    assert own.is_dir()


def test_a_new_network_is_offered_and_not_forced(shipped):
    copied(shipped / "tiny-cpg2", "another")
    app = opened("overview")
    assert app.selectbox(key="bundle").value == "tiny-cpg2"
    button = next(button for button in app.button if "newest" in button.label)
    button.click().run()
    assert app.selectbox(key="bundle").value == "another"
    assert not app.exception


def test_compare_begins_with_a_pair_that_shares_tree_and_clips(shipped):
    copied(shipped / "tiny-cpg2", "a-first-name", **{"Bright ground": "Light ground"})
    app = opened("compare")
    assert (app.selectbox(key="left").value, app.selectbox(key="right").value) == ("tiny-protopnet2", "tiny-cpg2")
    assert app.selectbox(key="clip").value


def test_mutes_end_with_the_node_they_were_of_and_that_is_said(shipped):
    bundle = open_bundle(shipped / "tiny-cpg2")
    first, *rest = load_showcase(bundle)
    other = next(row for row in rest if row.explanation.path[-1] != first.explanation.path[-1])
    app = opened("evidence", level="Class", clip=clip_name(bundle, first))
    app.get("pills")[-1].set_value(["1", "2"]).run()
    assert not said(app)
    app.selectbox(key="clip").set_value(clip_name(bundle, other)).run()
    assert "No longer muted" in said(app)
    assert app.get("pills")[-1].value == []
    assert "(" not in app.get("progress")[-1].text


def test_mutes_of_a_link_hold(shipped):
    app = opened("evidence", level="Class", mute_class="1")
    assert app.get("pills")[-1].value == ["1"]
    assert not said(app)


def test_an_upload_is_still_there_after_another_page_and_can_be_forgotten(shipped, tiny_world):
    video = next((tiny_world / "videos" / "RedDisc").glob("*.mp4"))
    app = opened("evidence", source="Upload")
    app.file_uploader[0].upload("mine.mp4", video.read_bytes()).run()
    app.switch_page("pages/compare.py").run()
    app.segmented_control(key="source").set_value("Upload").run()
    assert "mine.mp4" in " ".join(caption.value for caption in app.caption).replace("\\", "")
    next(button for button in app.button if "Drop" in button.label).click().run()
    assert not app.exception
    assert not [button for button in app.button if "Drop" in button.label]


def test_a_shorter_video_after_a_late_start_is_no_trouble(shipped, tmp_path):
    folder = tmp_path / "videos" / "RedDisc"
    folder.mkdir(parents=True)
    write_lossless(folder / "a_long.mp4", moving_block(200), 25)
    write_lossless(folder / "b_short.mp4", moving_block(50), 25)
    app = opened("evidence", source="Data folder", folder=str(tmp_path / "videos"), video="RedDisc/a_long", start="6.5")
    assert app.slider(key="start").value == 6.5
    app.selectbox(key="video").set_value("RedDisc/b_short").run()
    assert not app.exception
    assert app.slider(key="start").value <= app.slider(key="start").max


@pytest.mark.parametrize("start", ["99", "-3", "nonsense"])
def test_a_link_to_a_start_outside_the_video_is_no_trouble(shipped, tiny_world, start):
    app = opened("evidence", source="Data folder", folder=str(tiny_world / "videos"), start=start)
    assert not app.error


@pytest.mark.parametrize(("page", "query"), [("evidence", "clip"), ("overview", "bundle"), ("compare", "left")])
def test_a_link_to_what_is_not_there_says_so(shipped, page, query):
    app = opened(page, **{query: "Knitting: <b>v</b>"})
    assert "Knitting: <b>v</b>" in said(app)
    assert not said(opened(page))


@needs_chromium
def test_the_link_to_all_the_evidence_opens_network_and_clip_on_screen(
    browser, tiny_world, tiny_bundle, tiny_flat_bundle
):
    stored = load_showcase(open_bundle(tiny_flat_bundle))[0]
    page = browser.new_page()
    with served(tiny_world) as address:
        visit(page, f"{address}/overview?bundle=tiny-protopnet2")  # the page's own name leads there, too
        assert page.locator("h1").first.inner_text() == "Why does the network say that?"
        page.get_by_role("link", name="See all the evidence").click()
        page.wait_for_selector("h1:has-text('Evidence')")
        settled(page)
        page.get_by_text(f"{stored.explanation.video}: seconds").first.wait_for()
        assert "bundle=tiny-protopnet2" in page.url
    page.close()
