"""The page Results without a browser: with answers and without, with studies and without."""

import json
import shutil

import numpy as np
import pytest
from scored import ATTRIBUTIONS, DETECTORS, DISPLACEMENT, PAYS, SCHEDULES, STUDY, TRUTHS
from visits import opened, texts

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import ANSWERS, open_bundle
from hprotopnet.ui.results_cell import selected_cell
from hprotopnet.views.scores import confusion

# Streamlit 1.67's own test harness on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def studies(monkeypatch, tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setattr("hprotopnet.ui.results_studies.FOLDERS", (folder,))
    return folder


@pytest.fixture
def copy(tiny_bundle, monkeypatch, tmp_path):
    monkeypatch.setattr("hprotopnet.ui.networks.FOLDERS", (tmp_path,))
    return shutil.copytree(tiny_bundle, tmp_path / "copy")


def charts(app) -> list[str]:
    return [chart.proto.id.split("-")[-1] for chart in app.get("plotly_chart")]


def commands(app) -> list[str]:
    return [code.value for code in app.code]


def test_a_bundle_with_answers_has_every_chart(bundles):
    app = opened("results")
    assert charts(app) == ["levels", "risk", "specificity", "reliability", "severity", "matrix", "training"]
    assert "12 clips of 12 videos" in texts(app)
    assert "These are not exactly" not in texts(app)
    assert all("--keep" in command for command in commands(app)[:-1])
    assert commands(app)[-1].startswith("python train.py")
    assert not app.info


def test_the_first_chart_says_how_often_it_is_right(bundles):
    spec = json.loads(opened("results").get("plotly_chart")[0].proto.spec)
    shares = open_bundle(bundles).meta["figures"]["clip"]
    assert spec["data"][0]["customdata"][0] == f"{100 * shares['accuracy']:.1f} %"
    assert len(spec["data"][0]["customdata"]) == 3


def test_a_bundle_without_answers_says_which_command_makes_them(copy):
    (copy / ANSWERS).unlink()
    app = opened("results")
    assert charts(app) == ["levels", "training"]
    assert len(app.info) == 1
    assert "python -m hprotopnet evaluate --bundle" in app.info[0].value
    assert "--keep" in app.info[0].value


def test_answers_that_are_not_sound_are_said_in_one_line(copy):
    (copy / ANSWERS).write_bytes(b"no archive")
    app = opened("results")
    assert len(app.error) == 1
    assert ANSWERS in app.error[0].value.replace("\\", "")
    assert str(copy.parent) not in app.error[0].value.replace("\\", "")
    assert charts(app) == ["levels", "training"]


def test_other_clips_than_those_set_aside_are_said(copy):
    with np.load(copy / ANSWERS) as file:
        held = dict(file)
    held["names"] = np.array([f"{name}x" for name in held["names"].tolist()])
    np.savez(copy / ANSWERS, **held)
    assert "These are not exactly" in texts(opened("results"))


def test_a_link_opens_a_cell_and_its_clips_lead_to_their_evidence(bundles):
    answers = load_answers(open_bundle(bundles))
    tree, counts = answers.hierarchy, confusion(answers)
    truth, said = (int(place[0]) for place in counts.nonzero())
    app = opened("results", truth=tree.display[truth], said=tree.display[said])
    assert app.selectbox(key="truth").value == tree.nodes[truth]
    assert app.selectbox(key="said").value == tree.nodes[said]
    assert f"{counts[truth, said]} clip" in texts(app)
    links = [link.proto for link in app.get("page_link")]
    assert len(links) >= 1
    assert all("evidence" in link.page and "clip" in link.query_string for link in links)


def test_the_cell_to_begin_with_is_the_commonest_mistake(bundles):
    answers = load_answers(open_bundle(bundles))
    tree, counts = answers.hierarchy, confusion(answers) * (answers.hierarchy.leaf_heights > 0)
    app = opened("results")
    shown = [tree.index(app.selectbox(key=key).value) for key in ("truth", "said")]
    assert counts[tuple(shown)] == counts.max()


@pytest.mark.parametrize("event", [None, {}, {"selection": {"points": []}}, {"selection": {"points": [{}]}}])
def test_no_click_chooses_no_cell(event, bundles):
    assert selected_cell(event, open_bundle(bundles).hierarchy) is None


def test_a_click_is_read_however_streamlit_hands_it_on(bundles):
    tree = open_bundle(bundles).hierarchy
    pair = list(tree.classes[:2])
    for data in (pair, {"0": pair[0], "1": pair[1]}):
        assert selected_cell({"selection": {"points": [{"customdata": data}]}}, tree) == tuple(pair)
    assert selected_cell({"selection": {"points": [{"customdata": ["x", "y"]}]}}, tree) is None


def test_without_studies_the_page_says_how_to_make_some(bundles, studies):
    app = opened("results", results="Studies")
    assert len(app.info) == 1
    assert len(app.code) == 5
    assert not charts(app)


@pytest.mark.parametrize(
    ("content", "chart"),
    [
        *((STUDY, "rows"), (TRUTHS, "evidence"), (ATTRIBUTIONS, "explainers"), (PAYS, "paying")),
        *((SCHEDULES, "schedules"), (DETECTORS, "detectors"), (DISPLACEMENT, "twins")),
    ],
)
def test_each_study_is_drawn_after_its_kind(no_bundles, studies, content, chart):
    (studies / "one.json").write_text(json.dumps(content))
    app = opened("results", results="Studies")
    assert charts(app) == [chart]
    assert commands(app) == [content.get("command", "the file does not tell")]


def test_published_figures_are_said_to_be_of_other_data(no_bundles, studies):
    (studies / "one.json").write_text(json.dumps(STUDY))
    assert "measured on other data" in texts(opened("results", results="Studies"))
    (studies / "one.json").write_text(json.dumps(STUDY | {"dataset": "pantomime"}))
    assert "no figures for this data" in texts(opened("results", results="Studies"))


def test_a_file_that_cannot_be_understood_is_named(no_bundles, studies):
    (studies / "odd.json").write_text("{")
    app = opened("results", results="Studies")
    assert [("odd.json" in error.value.replace("\\", "")) for error in app.error] == [True]
