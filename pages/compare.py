"""Two networks on one clip: how they differ, why each says what it says, and how they fare over the test set."""

from collections.abc import Sequence

import streamlit as st

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_clip, offer_lessons, some_network
from hprotopnet.ui.clip import answer, both_player, disk, threshold_slider
from hprotopnet.ui.duel import difference, over_the_test_set, take_up_pressed, titles
from hprotopnet.ui.evidence import share_note, small_card
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed, unfold
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.pairs import LEFT, RIGHT, choose_pair, offer_partners
from hprotopnet.ui.text import plain
from hprotopnet.ui.walk import glance
from hprotopnet.views import words

LABELS = ("On the left", "On the right")


def main() -> None:
    st.title("Compare", anchor=False)
    if not some_network():
        return
    take_up_pressed()
    bundles = choose_pair(*LABELS)
    top = st.container()
    choice = choose_clip(bundles)
    with top:
        offer_lessons(bundles, choice)
    if choice is None:
        offer_partners(bundles)
    cases = [explained(bundle, choice) for bundle in bundles] if choice else [None]
    if None not in cases:
        one_clip(cases)
    over_the_test_set(bundles)


def one_clip(cases: Sequence[Case]) -> None:
    """The difference in one sentence, what each network says and shows for it, and the rest one click away."""
    said, below = st.container(), st.container()
    where, setting = st.columns([7, 4], gap="medium")
    with setting:
        threshold = threshold_slider(cases[0].bundle)
    with said:
        difference(cases, threshold)
    with below:
        left, player, right = st.columns([4, 3, 4], gap="medium")
        for column, case, side in zip((left, right), cases, (LEFT, RIGHT), strict=True):
            with column:
                st.caption(plain(name_of(case.bundle.folder)))
                answer(case, threshold)
                glance(case, threshold, side)
        with player:
            both_player(titles([case.bundle for case in cases]), *cases)
        second_thoughts(cases)
    with where:
        disk(cases[1], cases[0])


def second_thoughts(cases: Sequence[Case]) -> None:
    """The two likeliest classes of each network, each with the strongest prototype that speaks for it."""
    fold = unfold("The two likeliest classes of each", "likeliest", icon=":material/help:")
    if not fold.open:
        return
    with fold:
        st.caption(share_note(*cases))
        columns = st.columns(len(cases), gap="medium", border=True)
        for column, case, side in zip(columns, cases, (LEFT, RIGHT), strict=True):
            with column:
                likely(case, case.explanation.levels[-1], side)
                likely(case, case.explanation.runner_up, side)


def likely(case: Case, level: LevelExplanation | None, side: str) -> None:
    """A class, how likely it is, how far it is from the truth, and the strongest prototype that speaks for it."""
    if level is None:
        st.caption("There is no other class.")
        return
    name = plain(words.display(case.bundle.hierarchy, level.node))
    st.progress(min(level.probability, 1.0), text=f"{name}: {words.probability(level.probability)}")
    if case.truth:
        _, meaning = words.mistake(level.node, case.truth, case.bundle.hierarchy)
        st.caption(f"If this were the answer, it would be {plain(meaning)}.")
    small_card(case, level, f"{side} {level.node}")


routed(__file__)
with guarded():
    main()
