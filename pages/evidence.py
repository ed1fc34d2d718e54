"""Why this answer for this clip? Step by step from grandparent to child, each step backed by prototypes."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_bundle, choose_clip, say_refused, some_network
from hprotopnet.ui.clip import answer, clip_player, disk, ladder, threshold_slider
from hprotopnet.ui.evidence import (
    cards,
    choose_level,
    decisive,
    level_header,
    mute_control,
    muted_answer,
    reading_notes,
    runner_up,
)
from hprotopnet.ui.exports import offer_exports
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed

FEW = 3  # prototypes shown at first


def main() -> None:
    st.title("Evidence", anchor=False)
    st.markdown("Why this answer for this clip? Step by step, each step with the training clips that speak for it.")
    if not some_network():
        return
    network, clip = st.columns([2, 5])
    with network:
        bundle = choose_bundle()
        say_refused()
    choice = choose_clip([bundle], clip)
    case = explained(bundle, choice) if choice else None
    if case is None:
        return
    place = summary(case)
    if not case.bundle.prototypes:
        with place:
            clip_player(case)
        st.info("This network has no prototypes: it gives no reasons beyond its probabilities.")
        return
    level = step(case)
    with place:  # above, and shows what is chosen here
        clip_player(case, level, heated=True)
    what_if(case, level)


def summary(case: Case) -> DeltaGenerator:
    """The answer and where it lies; returns the place of the player."""
    player, said, where = st.columns([4, 4, 5], gap="medium")
    with said:
        place = st.container()
        threshold = threshold_slider(case.bundle)
        with place:
            answer(case, threshold)
            ladder(case, threshold)
        offer_exports(case, threshold)
    with where:
        disk(case)
    return player


def step(case: Case) -> LevelExplanation:
    st.divider()
    level = choose_level(case)
    level_header(case, level)
    count = len(level.evidence)
    every = count > FEW and st.toggle(f"All {count} prototypes", key="all", bind="query-params")
    cards(case, level, count if every else FEW)
    if level.evidence:
        reading_notes(case, level)
    return level


def what_if(case: Case, level: LevelExplanation) -> None:
    adding, muting = st.columns(2, gap="large")
    with adding:
        st.subheader("What decides", anchor=False)
        decisive(case, level, FEW)
    with muting:
        st.subheader("What if some were absent?", anchor=False)
        muted_answer(case, mute_control(case))
    if case.explanation.runner_up and st.toggle("Why not the runner-up?", key="why_not", bind="query-params"):
        runner_up(case)


routed(__file__)
with guarded():
    main()
