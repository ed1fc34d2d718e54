"""Why this answer for this clip? Step by step from grandparent to child, each step backed by prototypes."""

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_bundle, choose_clip, chosen_query, say_refused, some_network
from hprotopnet.ui.clip import answer, clip_player, disk, ladder, threshold_slider
from hprotopnet.ui.evidence import cards, decisive, level_header, reading_notes
from hprotopnet.ui.exports import offer_exports
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed, unfold
from hprotopnet.ui.text import plain
from hprotopnet.ui.walk import walk, why_not
from hprotopnet.ui.whatif import what_if
from hprotopnet.views import words

FEW = 3  # prototypes shown at first


def main() -> None:
    st.title("Why this answer for this clip?", anchor=False)
    if not some_network():
        return
    network, clip = st.columns([2, 9], vertical_alignment="bottom")
    with network:
        bundle = choose_bundle()
        say_refused()
    choice = choose_clip([bundle], clip)
    case = explained(bundle, choice) if choice else None
    if case is None:
        return
    top, bottom = st.container(), st.container()
    with bottom:
        where, settings = st.columns([7, 4], gap="medium")
    with settings:
        threshold = threshold_slider(case.bundle)
        offer_exports(case, threshold)
    with top:
        reasons(case, threshold)
    with where:
        disk(case)


@st.fragment
@guarded()
def reasons(case: Case, threshold: float) -> None:
    """All that changes from step to step: stepping runs nothing else again."""
    level = step(case, threshold)
    if level:
        details(case, level)
        what_if(case)


def step(case: Case, threshold: float) -> LevelExplanation | None:
    """The clip, the answer, and the step that is looked at, which is returned; None without prototypes."""
    player, said = st.columns([4, 7], gap="medium")
    with said:
        answer(case, threshold)
        level = walk(case) if case.bundle.prototypes else None
        if level:
            why_not(case)
        else:
            st.info("This network has no prototypes: it gives no reasons beyond its probabilities.")
            ladder(case, threshold)
    with player:  # shows what is chosen beside it
        clip_player(case, *filter(None, [level]), heated=level is not None)
        query = chosen_query(case.bundle) | {"level": st.session_state.get("level", "")}
        label = "Would Grad-CAM say the same?"
        st.page_link("pages/attribution.py", label=label, icon=":material/layers:", query_params=query)
    return level


def details(case: Case, level: LevelExplanation) -> None:
    """All prototypes of a step and their sums, one click away."""
    name = plain(words.display(case.bundle.hierarchy, level.node))
    fold = unfold(f"All that speaks for {name}: prototypes, sums, log-odds", "details", icon=":material/list:")
    if fold.open:
        with fold:
            level_header(case, level)
            every = len(level.evidence) > FEW and st.toggle(
                f"All {len(level.evidence)} prototypes", key="all", bind="query-params"
            )
            cards(case, level, len(level.evidence) if every else FEW)
            if level.evidence:
                reading_notes(case, level)
            st.subheader("What decides", anchor=False)
            decisive(case, level, FEW)


routed(__file__)
with guarded():
    main()
