"""Result files: told apart, read, drawn, and refused in one line that names the file."""

import json

import pytest
from scored import ATTRIBUTIONS, DETECTORS, DISPLACEMENT, PAYS, SCHEDULES, STUDY, TRUTHS

from hprotopnet.errors import InputError
from hprotopnet.evaluation.published import NETWORKS, published
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.views.charts import figure
from hprotopnet.views.detector_charts import concept_rows, detector_rows, draw_detectors
from hprotopnet.views.explainer_charts import agreement_rows, draw_explainers, explainer_rows, figures_in
from hprotopnet.views.findings import (
    Attributions,
    Detectors,
    Displacement,
    Pays,
    Schedules,
    Study,
    Truth,
    read_finding,
    read_findings,
)
from hprotopnet.views.study_charts import (
    against_rows,
    draw_evidence,
    draw_paying,
    draw_schedules,
    draw_study,
    draw_twins,
    evidence_rows,
    final,
    kinds_of,
    more_rows,
    other_truth_rows,
    pair_rows,
    paying_rows,
    schedule_rows,
    study_rows,
    twin_rows,
)


def written(folder, name: str, content: object):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        *((STUDY, Study), (TRUTHS, Truth), (ATTRIBUTIONS, Attributions), (PAYS, Pays)),
        *((SCHEDULES, Schedules), (DETECTORS, Detectors), (DISPLACEMENT, Displacement)),
    ],
)
def test_files_are_told_apart_by_what_they_hold(tmp_path, content, kind):
    assert isinstance(read_finding(written(tmp_path, "a.json", content)), kind)


def test_a_file_may_say_what_it_is(tmp_path):
    assert isinstance(read_finding(written(tmp_path, "a.json", STUDY | {"kind": "study", "looks": 1})), Study)


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", '{"kind": "other"}', STUDY | {"rows": 3}, TRUTHS | {"bundles": {"a": {}}}, {"kind": []}],
)
def test_what_cannot_be_understood_is_said_in_one_line(tmp_path, content):
    written(tmp_path, "sound.json", PAYS)
    found, refused = read_findings([tmp_path, tmp_path / "absent", written(tmp_path, "odd.json", content).parent])
    assert list(found) == ["sound.json"]
    assert len(refused) == 1
    assert "odd.json" in refused[0]
    assert str(tmp_path) not in refused[0]
    assert len(refused[0].splitlines()) == 1


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(InputError, match="larger than"):
        read_finding(tmp_path / "huge.json")


def test_the_last_stage_stands_beside_what_was_published(tmp_path):
    found = read_finding(written(tmp_path, "a.json", STUDY))
    assert kinds_of(found) == ["clip"]
    rows = study_rows(found, "clip")
    assert {row["stage"] for row in final(rows)} == {"head"}
    assert [row["published"] for row in final(rows) if row["row"] == "cpg10"] == pytest.approx([0.8040, 0.8930, 0.9302])
    assert [row["published"] for row in final(rows) if row["row"] == "own"] == [None] * 3
    drawn = figure(draw_study(rows))
    assert {trace.name for trace in drawn.data if trace.name} == {"this project", "published"}
    assert pair_rows(found)[0]["points"] == 1


def test_nothing_is_published_about_rendered_clips():
    assert published("pantomime", "clip") == {}
    assert published("ucf101", "video_mean_softmax") == {}
    assert published("activitynet", "video_majority")["cpg10"].shares == (66.48,)


def test_published_shares_grow_with_the_level():
    for dataset in ("ucf101", "activitynet"):
        rows = published(dataset, "clip")
        assert list(rows) == list(NETWORKS)
        assert all(50 > 0 and list(row.shares) == sorted(row.shares) for row in rows.values())


def test_evidence_is_drawn_with_what_knows_nothing(tmp_path):
    bundle = read_finding(written(tmp_path, "a.json", TRUTHS)).bundles["runs/a"]
    rows = evidence_rows(bundle)
    assert len(rows) == 8
    assert {row["who points"] for row in rows} == {"this network", "the centre"}
    figure(draw_evidence(rows))
    assert len(other_truth_rows(bundle)) == 6


def test_explainers_stand_in_lines_levels_in_panels_and_chance_is_hollow(tmp_path):
    found = read_finding(written(tmp_path, "a.json", ATTRIBUTIONS))
    assert figures_in(found)[:3] == ["pointing", "energy", "iou"]
    rows = explainer_rows(found, "pointing")
    assert len(rows) == 2 * 4  # of what knows nothing only one has a figure
    drawn = figure(draw_explainers(rows, "pointing"))
    assert [trace.name for trace in drawn.data if trace.xaxis == "x"] == ["a", "b", "from the centre"]
    assert [trace.marker.symbol.endswith("-open") for trace in drawn.data[:3]] == [False, False, True]
    assert list(drawn.layout.yaxis.ticktext) == ["Grad-CAM", "Prototypes of the network"]
    assert {row["value"] for row in explainer_rows(found, "noise")} == {0.6}
    assert [row["and"] for row in agreement_rows(found, "a")] == ["Prototypes of the network"]
    figure(draw_explainers([], "pointing"))


def test_mistakes_are_drawn_against_what_is_seen(tmp_path):
    found = read_finding(written(tmp_path, "a.json", PAYS))
    rows = paying_rows(found)
    assert [row["network"] for row in rows] == ["a", "b"]
    assert rows[0]["accuracy, low"] == 0.4
    figure(draw_paying(rows))
    assert against_rows(found)[0]["class right"] == 50


def test_masks_of_either_schedule_stand_on_the_line_of_their_area(tmp_path):
    rows = schedule_rows(read_finding(written(tmp_path, "a.json", SCHEDULES)).summary)
    assert [row["area"] for row in rows] == ["5 %", "5 %", "20 %", "20 %"]
    assert [trace.name for trace in figure(draw_schedules(rows)).data] == [row["schedule"] for row in rows[:2]]


def test_detectors_stand_on_lines_and_levels_in_panels(tmp_path):
    found = read_finding(written(tmp_path, "a.json", DETECTORS))
    rows = detector_rows(found)
    assert [(row["level"], row["beyond, points"]) for row in rows] == [
        *(("class", None), ("parent", None)),
        *(("class", 90), ("parent", 90)),
    ]
    drawn = figure(draw_detectors(rows))
    assert list(drawn.layout.yaxis.ticktext) == ["repaired", "chance: as long, anywhere"]
    [concepts] = concept_rows(found)
    assert (concepts["concepts and"], concepts["purity"], concepts["nmi"]) == ("atoms", 0.9, 0.9)


def test_twins_stand_in_a_line_a_network_and_a_colour_a_displacement(tmp_path):
    found = read_finding(written(tmp_path, "a.json", DISPLACEMENT))
    rows = twin_rows(found)
    assert [(row["network"], row["displacement"]) for row in rows[1:3]] == [("H2CN", 3.0), ("TSM", 1.0)]
    assert rows[0]["frames"] == 40
    assert rows[0]["GMACs"] == 0.045
    drawn = figure(draw_twins(rows))
    named = [trace for trace in drawn.data if trace.name]
    assert [trace.name for trace in named] == 2 * ["1 x, 1.7 px a frame", "3 x, 4.6 px a frame"]
    assert list(named[2].x) == [10, 10]
    assert list(drawn.layout.yaxis.ticktext) == ["H2CN", "TSM"]
    assert [row["points"] for row in more_rows(found)] == [60, 60]
    figure(draw_twins([]))


def test_of_what_the_project_ships_nothing_is_refused():
    found, refused = read_findings([SHIPPED.parent / "results"])
    assert refused == []
    assert {"pantomime-rows.json", "pantomime-truth.json"} <= set(found)
