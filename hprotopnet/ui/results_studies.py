"""What the studies found: result files in `assets/results/`, each drawn after its kind."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from hprotopnet.evaluation.published import published
from hprotopnet.files import stamp
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import PROJECT
from hprotopnet.ui.results_parts import PLACE, across, behind, chart, is_dark, table
from hprotopnet.ui.text import plain
from hprotopnet.ui.window import beside_chart, chart_width
from hprotopnet.views.charts import percent
from hprotopnet.views.detector_charts import concept_rows, detector_rows, draw_detectors
from hprotopnet.views.explainer_charts import FIGURES, agreement_rows, draw_explainers, explainer_rows, figures_in
from hprotopnet.views.findings import (
    Attributions,
    Detectors,
    Displacement,
    Finding,
    Pays,
    Schedules,
    Study,
    Truth,
    read_findings,
    result_files,
)
from hprotopnet.views.study_charts import (
    against_rows,
    draw_evidence,
    draw_paying,
    draw_schedules,
    draw_study,
    draw_twins,
    evidence_rows,
    kinds_of,
    more_rows,
    other_truth_rows,
    pair_rows,
    paying_rows,
    schedule_rows,
    short,
    study_rows,
    twin_rows,
)

FOLDERS = (PROJECT / "assets" / "results", Path("assets/results"))
NOT_TOLD = "the file does not tell"
MOST_SHOWN = 10  # files that cannot be understood
COMMANDS = {
    "rows of the paper's tables": "python -m hprotopnet study --json assets/results/study.json",
    "evidence against the truth": "python -m hprotopnet truth BUNDLE --data DATA --json assets/results/truth.json",
    "attributions against the truth": "python -m hprotopnet attributions BUNDLE ... --data DATA --out KEPT"
    " --json assets/results/attribution.json",
    "mistakes where less is seen": "python -m hprotopnet pays BUNDLE ... --seed 301 --json assets/results/pays.json",
    "twins at large displacement": "python -m hprotopnet displacement --keep KEPT --json assets/results/twins.json",
}
COUNTED = {"clip": "clips", "video_majority": "videos, by majority", "video_mean_softmax": "videos, by mean"}


def study_results() -> None:
    """The page's part on studies."""
    found, refused = _findings(tuple(map(str, FOLDERS)), _stamp())
    for line in refused[:MOST_SHOWN]:
        st.error(plain(line), icon=":material/warning:")
    if not found:
        st.info("No study lies in `assets/results/` yet; these commands write one each.", icon=":material/science:")
        for what, command in COMMANDS.items():
            st.caption(what.capitalize())
            st.code(command, language=None, wrap_lines=True)
        return
    name = pick(st.selectbox, "Study", list(found), "study", "study")
    shown: dict[type, Callable[[str, Finding], None]] = {
        Study: rows_study,
        Truth: truth_study,
        Attributions: explainers_study,
        Pays: paying_study,
        Schedules: schedules_study,
        Detectors: detectors_study,
        Displacement: twins_study,
    }
    shown[type(found[name])](name, found[name])
    beside_chart(PLACE)


def _stamp() -> int:
    return stamp(*FOLDERS, *(path for folder in FOLDERS for path in result_files(folder)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _findings(folders: tuple[str, ...], stamp: int) -> tuple[dict[str, Finding], list[str]]:
    return read_findings([Path(folder) for folder in folders])


def rows_study(name: str, found: Study) -> None:
    kinds = kinds_of(found)
    if not kinds:
        st.caption("This study has no row that could be drawn.")
        return
    kind = pick(
        *(st.segmented_control, "Counted in", kinds, "counted", "way of counting"),
        default=kinds[0],
        required=True,
        format_func=COUNTED.get,
    )
    rows = study_rows(found, kind)
    st.subheader(f"Rows of the paper's tables on {plain(found.dataset)}", anchor=False)
    drawn = draw_study(rows, is_dark(), chart_width(PLACE), across(3))
    chart(drawn, "rows", f"How often each network of {found.dataset} is right about class, parent and grandparent")
    st.caption(f"{plain(found.side.capitalize())} side. {_bars(rows)} {_paper(found, kind)}")
    behind(rows, f"{name} rows", found.command or NOT_TOLD)
    if found.pairs:
        st.subheader("Differences between rows", anchor=False)
        table(pair_rows(found), f"{name} pairs")
        st.caption("Points of clip accuracy on the same clips, with 95 % intervals in which whole groups are drawn.")


def _bars(rows: list) -> str:
    if any(row["low"] is not None for row in rows):
        return "Bars are 95 % intervals, ticks single trainings."
    return "Dots are means over trainings; this file has no intervals."


def _paper(found: Study, kind: str) -> str:
    known = published(found.dataset, kind)
    if not known:
        return "The paper has no figures for this data."
    number = next(iter(known.values())).table
    return (
        f"Hollow: what the paper reports in its Table {number}, measured on other data (all of its data set, another"
        " backbone): to be read beside, not subtracted."
    )


def truth_study(name: str, found: Truth) -> None:
    st.subheader("Does the evidence lie where the cue is?", anchor=False)
    names = list(found.bundles)
    if not names:
        st.caption("This file tells of no network.")
        return
    bundle = pick(st.selectbox, "Network of the study", names, "asked", "network", format_func=short)
    rows = evidence_rows(found.bundles[bundle])
    if not rows:
        st.caption("This network has no prototypes, and so no evidence.")
        return
    drawn = draw_evidence(rows, is_dark(), chart_width(PLACE), min(across(2), 2))
    chart(drawn, "evidence", "Where evidence lies, level by level, beside pointing at the centre and anywhere")
    st.caption(f"{found.clips} {plain(found.side)} clips of {found.groups} groups; bars: 95 % intervals over groups.")
    behind(rows, f"{name} evidence", found.command or NOT_TOLD)
    st.subheader("What else was asked of it", anchor=False)
    table(other_truth_rows(found.bundles[bundle]), f"{name} more")


def explainers_study(name: str, found: Attributions) -> None:
    st.subheader("Which explainer is right, and is it about this network?", anchor=False)
    figures = figures_in(found)
    if not figures:
        st.caption("This file tells of no explainer.")
        return
    words = {figure: FIGURES[figure][0].capitalize() for figure in figures}
    figure = pick(st.selectbox, "What is asked", figures, "figure", "figure", format_func=words.get)
    rows = explainer_rows(found, figure)
    drawn = draw_explainers(rows, figure, is_dark(), chart_width(PLACE), across(3))
    chart(drawn, "explainers", f"{words[figure]}: each explainer, level by level, network beside network")
    st.caption(
        f"{found.clips} {plain(found.side)} clips of {found.groups} groups; bars: 95 % intervals over groups. Hollow:"
        " the same values laid out without looking, or clips hidden in such an order."
    )
    behind(rows, f"{name} explainers", found.command or NOT_TOLD)
    networks = [network for network in found.networks if agreement_rows(found, network)]
    if networks:
        st.subheader("How far do explainers agree?", anchor=False)
        network = pick(st.selectbox, "Network of the study", networks, "asked", "network", format_func=short)
        table(agreement_rows(found, network), f"{name} agreement")
        st.caption("Share: how far the highest tenths of two maps overlap, 5.3 % by chance.")


def paying_study(name: str, found: Pays) -> None:
    rows = paying_rows(found)
    st.subheader("Accuracy and how mild mistakes are, where less is seen", anchor=False)
    drawn = draw_paying(rows, is_dark(), chart_width(PLACE), across(3))
    chart(drawn, "paying", "Accuracy and severity of mistakes against how much of the clip is seen")
    st.caption(f"{found.clips} clips of {found.looks} looks; bars: 95 % intervals in which whole looks are drawn.")
    verdicts = (found.verdict, found.verdict_beyond_what_costs_nothing)
    if all(verdicts):
        st.markdown(f"Verdict: **{plain(verdicts[0])}**; beyond what costs nothing: **{plain(verdicts[1])}**.")
    behind(rows, f"{name} figures", found.command or NOT_TOLD)
    if found.against:
        st.subheader("Differences to the others", anchor=False)
        table(against_rows(found), f"{name} differences")
        st.caption("Points, over the levels that show less and the parent's cue; read: what is made of the other's.")


def schedules_study(name: str, found: Schedules) -> None:
    st.subheader("Do masks lose anything by being found faster?", anchor=False)
    rows, time = schedule_rows(found.summary), found.summary.time_share.mean
    drawn = draw_schedules(rows, is_dark(), chart_width(PLACE))
    chart(drawn, "schedules", "How probable the class is where masks of each area are kept, by schedule")
    spent = "" if time is None else f" This project's takes {percent(time)} of the other's time of the processor."
    st.caption(
        f"Lines: share of the clip that is kept, {plain(found.about.method)} on {plain(short(found.about.network))};"
        f" {found.summary.clips} clips; bars: 95 % intervals over groups. Higher is better.{spent}"
    )
    behind(rows, f"{name} schedules", found.command or NOT_TOLD)


def detectors_study(name: str, found: Detectors) -> None:
    st.subheader("Does the tree help to find when something happens?", anchor=False)
    rows = detector_rows(found)
    drawn = draw_detectors(rows, is_dark(), chart_width(PLACE), min(across(2), 2))
    chart(drawn, "detectors", "How well each detector finds segments of classes, and of their parents")
    st.caption(
        f"{found.videos} test videos with {found.segments} segments, {found.trained_on} to train on; bars: 95 %"
        " intervals in which whole videos are drawn. Detectors are told what a video holds and never when; a prototype"
        " network learnt from trimmed clips, and so was told when: it has the better teacher, not the better method."
    )
    behind(rows, f"{name} detectors", found.command or NOT_TOLD)
    if concepts := concept_rows(found):
        st.subheader("Are concepts atomic actions?", anchor=False)
        table(concepts, f"{name} concepts")
        st.caption("Purity and mutual information (NMI) of a detector's concepts with what is known of the videos.")


def twins_study(name: str, found: Displacement) -> None:
    st.subheader("Does the hourglass do what it claims?", anchor=False)
    rows = twin_rows(found)
    if not rows:
        st.caption("This file tells of no network.")
        return
    drawn = draw_twins(rows, is_dark(), chart_width(PLACE), min(across(2), 2))
    chart(drawn, "twins", "How often each network tells two siblings apart that differ in motion alone")
    st.caption(
        f"{found.clips} {plain(found.side)} clips of {found.groups} looks at each displacement, the same but for how"
        " fast they go; bars: 95 % intervals in which whole looks are drawn, which know nothing of luck in training;"
        " ticks: single trainings, of which some never began to learn. Small networks"
        " from random weights at about equal work and equally short training: this says nothing of large or pretrained"
        " ones, nor of what those that have not begun to learn would do later."
    )
    behind(rows, f"{name} figures", found.command or NOT_TOLD)
    if found.against:
        st.subheader("What hourglasses have more", anchor=False)
        table(more_rows(found), f"{name} differences")
        st.caption("Points on the same clips, with 95 % intervals in which whole looks are drawn.")
