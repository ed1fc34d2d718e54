"""What one network is worth on the test clips: how often right, at which level, how far off, how sure, and where.

Everything is drawn from the answers that lie in the bundle; without them there is what `model.json` says, and a line on
how to get the rest.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from hprotopnet.bundles.answers import ClipAnswers, load_answers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import expected_calibration_error
from hprotopnet.ui.below import once_near
from hprotopnet.ui.choose import choose_bundle, offer_newest, say_refused, some_network
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.results_cell import confusion_section
from hprotopnet.ui.results_parts import PLACE, behind, chart, evaluating, is_dark, table, training
from hprotopnet.ui.text import plain
from hprotopnet.ui.window import beside_chart, chart_width
from hprotopnet.views import scores, words
from hprotopnet.views.charts import percent
from hprotopnet.views.curves import draw_reliability, draw_risk, draw_severity, draw_specificity, draw_training
from hprotopnet.views.dots import Dot, Panel, Series, draw_dots

HALF = 430  # pixels of one of two charts side by side, about
RIGHT = Panel("", "answers that are right at this level", numbers=True)


@dataclass(frozen=True)
class Scores:
    """Everything that is drawn of a bundle's answers, computed once; see the functions of `scores` that make it."""

    answers: ClipAnswers
    levels: scores.Rows
    risk: scores.Rows
    specificity: dict[str, scores.Rows]
    at_threshold: dict[str, dict[str, float]]
    reliability: scores.Rows
    severity: scores.Rows
    classes: scores.Rows
    ece: float | None


def network_results() -> None:
    """The page's part on one network."""
    if not some_network():
        return
    choose, said = st.columns([2, 5], gap="medium")
    with choose:
        bundle = choose_bundle()
        offer_newest(bundle)
        say_refused()
    found = None
    with said:
        try:
            found = scores_of(bundle)
        except InputError as error:  # answers that are not sound: the rest of the bundle is shown without
            st.error(plain(str(error).replace(f"{bundle.folder.parent}/", "")))
        level_section(bundle, found)
    if found:
        once_near("sureness", 620, sureness_section, bundle, found)
        once_near("trust", 620, trust_section, bundle, found)
        once_near("confusion", 900, confusion_section, bundle, found.answers)
        once_near("classes", 520, class_section, bundle, found)
    once_near("training", 480, training_section, bundle)


def scores_of(bundle: Bundle) -> Scores | None:
    """None where a bundle has no answers; raises `InputError` where they are not sound."""
    return _scores(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_resource(max_entries=8, show_spinner="Reading the answers …", hash_funcs=BY_PATH)
def _scores(folder: Path, stamp: int, _bundle: Bundle) -> Scores | None:
    answers = load_answers(_bundle)
    if answers is None:
        return None
    confidence = answers.nodes[:, : len(answers.hierarchy.classes)].max(1)
    return Scores(
        answers,
        scores.level_rows(answers),
        scores.risk_rows(answers),
        scores.specificity_rows(answers),
        scores.specificity_at(answers, _bundle.config.threshold),
        scores.reliability_rows(answers),
        scores.severity_rows(answers),
        scores.class_rows(answers),
        expected_calibration_error(confidence, answers.right),
    )


def level_section(bundle: Bundle, found: Scores | None) -> None:
    """The first chart: how often right, level by level; with intervals where there are answers."""
    figures, tree = bundle.description.figures, bundle.hierarchy
    rows = found.levels if found else scores.stored_level_rows(figures.clip, tree)
    dots = tuple(Dot(row["level"], row["right"], row["low"], row["high"], row["in the paper"]) for row in rows)
    series = [Series(name_of(bundle.folder), {RIGHT.title: dots}, 0)]
    places = [row["level"] for row in rows]
    if rows:
        drawn = draw_dots([RIGHT], series, places, is_dark(), chart_width(PLACE), 1)
        chart(drawn, "levels", f"Right {_in_words(rows)}")
    beside_chart(PLACE)
    st.caption(f"{_asked(bundle, found)} Right at a level: the answer's ancestor there is the truth's.")
    if not found:
        st.info(
            "This bundle keeps no answers to single clips, so there are no intervals, curves, or cells to look into."
            f" `{evaluating(bundle)}` adds them, DATA being the folder of its videos{_rendered(bundle)}.",
            icon=":material/info:",
        )
    if rows:
        behind(rows, f"{bundle.name} levels", evaluating(bundle))


def _rendered(bundle: Bundle) -> str:
    """How to render the videos of a network that was trained on rendered ones of all classes."""
    about = bundle.config.rendered
    if about is None or bundle.config.classes:
        return ""
    more = f"--seed {about.seed} --per-class {about.per_class}"
    return f", which `python -m hprotopnet pantomime --out DATA {more}` renders"


def _in_words(rows: scores.Rows) -> str:
    return ", ".join(f"{row['level']} {percent(row['right'])}" for row in rows)


def _asked(bundle: Bundle, found: Scores | None) -> str:
    """What it was asked about, and whether these are the clips that it is to be measured on."""
    if not found:
        count = bundle.description.figures.n
        return f"Measured on {count.clips} clips of {count.videos} test videos; this bundle tells no intervals."
    answers = found.answers
    groups, videos = len(set(answers.groups)), len(set(answers.names))
    said = (
        f"{len(answers.names)} clips of {videos} videos; bars: 95 % intervals, {groups} groups drawn again and again."
    )
    if groups < 2:
        said = f"{len(answers.names)} clips of {videos} videos, all of one group: too few for an interval."
    split, names = bundle.description.split, "\n".join(sorted(set(answers.names)))
    if split and split.test.names_sha256 != sha256(names.encode()).hexdigest():
        said += " These are not exactly the test videos that its training set aside."
    return said


def sureness_section(bundle: Bundle, found: Scores) -> None:
    """Two charts: what is gained by saying less."""
    dark, threshold, again = is_dark(), bundle.config.threshold, evaluating(bundle)
    left, right = _two()
    with left:
        st.subheader("Answer fewer clips", anchor=False)
        chart(draw_risk(found.risk, dark, HALF), "risk", "Share of wrong answers against share of clips answered")
        st.caption("Risk against coverage: how many answers are wrong when only the surest are given.")
        behind(found.risk, f"{bundle.name} risk and coverage", again)
    with right:
        st.subheader("Answer less precisely", anchor=False)
        drawn = draw_specificity(found.specificity, found.at_threshold, threshold, dark, HALF)
        chart(drawn, "specificity", "Share of right answers against how much they tell")
        st.caption(f"Back-off to an ancestor; the dots are at this network's threshold, {threshold:.2f}.")
        rows = [{"back-off": name, **row} for name, own in found.specificity.items() for row in own]
        behind(rows, f"{bundle.name} accuracy and specificity", again)


def trust_section(bundle: Bundle, found: Scores) -> None:
    """Two charts: whether its probabilities may be believed, and how far off mistakes are."""
    left, right = _two()
    with left:
        st.subheader("Can its probabilities be believed?", anchor=False)
        chart(draw_reliability(found.reliability, is_dark(), HALF), "reliability", "Accuracy against confidence")
        st.caption(words.how_calibrated(found.ece, bundle.meta.get("temperature_fit")))
        behind(found.reliability, f"{bundle.name} reliability", evaluating(bundle))
    with right:
        st.subheader("How far off are mistakes?", anchor=False)
        severity(bundle, found)


def severity(bundle: Bundle, found: Scores) -> None:
    wrong = sum(row["mistakes"] for row in found.severity)
    if not wrong:
        st.caption("It makes no mistake on these clips.")
        return
    mean = sum(row["levels off"] * row["mistakes"] for row in found.severity) / wrong
    chart(draw_severity(found.severity, is_dark(), HALF), "severity", "Share of mistakes by how many levels off")
    st.caption(f"{wrong} mistakes, {mean:.2f} levels off on average: how far up the tree answer and truth meet.")
    behind(found.severity, f"{bundle.name} severity", evaluating(bundle))


def class_section(bundle: Bundle, found: Scores) -> None:
    st.subheader("Class by class", anchor=False)
    table(found.classes, f"{bundle.name} classes")
    st.caption(f"Intervals of a share, as if clips were independent. Made by `{evaluating(bundle)}`.")


def training_section(bundle: Bundle) -> None:
    """How training went, from the bundle's record."""
    rows: list[dict[str, Any]] = scores.training_rows(bundle.description)
    st.subheader("Training", anchor=False)
    if not rows:
        st.caption("This bundle has no record of its training.")
        return
    drawn = draw_training(rows, is_dark(), chart_width(PLACE))
    chart(drawn, "training", "Accuracy and cross-entropy over the epochs of training")
    st.caption("Accuracy on training clips after each epoch, on validation clips after each stage.")
    behind(rows, f"{bundle.name} training", training(bundle))


def _two() -> list[Any]:
    return st.columns(2, gap="large")
