"""Two networks on one clip: what each says, why, and how far off its mistakes are in the tree."""

from collections.abc import Callable

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_clip, offer_lessons, some_network
from hprotopnet.ui.clip import answer, both_player, disk, threshold_slider
from hprotopnet.ui.evidence import share_note, small_card
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.pairs import LEFT, RIGHT, choose_pair, offer_partners
from hprotopnet.ui.text import plain
from hprotopnet.views import words

NETWORKS = ("Flat network", "Hierarchical network")


def main() -> None:
    st.title("Compare", anchor=False)
    st.markdown("One clip, two networks: one with prototypes for classes only, one with prototypes at every level.")
    if not some_network():
        return
    top = st.container()
    bundles = choose_pair(*NETWORKS)
    choice = choose_clip(bundles)
    with top:
        offer_lessons(bundles, choice)
    if choice is None:
        offer_partners(bundles)
    cases = [explained(bundle, choice) for bundle in bundles] if choice else [None]
    if None in cases:
        return
    player, said, where = st.columns([3, 4, 5], gap="medium")
    with player:
        both_player(NETWORKS, *cases)
    with where:
        disk(cases[1], cases[0])
    with said:
        threshold = threshold_slider(bundles[0])
        for case in cases:
            st.caption(plain(name_of(case.bundle.folder)))
            answer(case, threshold)
    st.subheader("The two likeliest classes", anchor=False)
    st.caption(share_note(*cases))
    side_by_side(cases, lambda case, side: likely(case, case.explanation.levels[-1], side))
    side_by_side(cases, lambda case, side: likely(case, case.explanation.runner_up, side))
    st.subheader("The levels above", anchor=False)
    for i in range(min(len(case.explanation.levels) for case in cases) - 1):
        side_by_side(cases, lambda case, side, i=i: node(case, case.explanation.levels[i], side))


def side_by_side(cases: list[Case], part: Callable[[Case, str], None]) -> None:
    """The same part of what each network says, in line."""
    columns = st.columns(len(cases), gap="medium", border=True)
    for column, case, side in zip(columns, cases, (LEFT, RIGHT), strict=True):
        with column:
            part(case, side)


def likely(case: Case, level: LevelExplanation | None, side: str) -> None:
    """A class, how likely it is, how far it is from the truth, and the strongest prototype that speaks for it."""
    if level is None:
        st.caption("There is no other class.")
    elif case.truth:
        _, meaning = words.mistake(level.node, case.truth, case.bundle.hierarchy)
        node(case, level, side, f"If this were the answer, it would be {plain(meaning)}.")
    else:
        node(case, level, side)


def node(case: Case, level: LevelExplanation, side: str, remark: str = "") -> None:
    name = plain(words.display(case.bundle.hierarchy, level.node))
    st.progress(min(level.probability, 1.0), text=f"{name}: {words.probability(level.probability)}")
    if remark:
        st.caption(remark)
    small_card(case, level, side)


routed(__file__)
with guarded():
    main()
