"""Two networks on one clip: what each says, why, and how far off its mistakes are in the tree."""

import streamlit as st

from hprotopnet import words
from hprotopnet.explanation import LevelExplanation
from hprotopnet.ui import plain, routed
from hprotopnet.ui_cases import Case, explained
from hprotopnet.ui_choose import choose_bundle, choose_clip, some_network
from hprotopnet.ui_clip import answer, clip_player, threshold_slider
from hprotopnet.ui_evidence import small_card

NETWORKS = (("Flat network", "left", "leaf"), ("Hierarchical network", "right", "all"))


def main() -> None:
    st.title("Compare", anchor=False)
    st.markdown("One clip, two networks: one with prototypes for classes only, one with prototypes at every level.")
    if not some_network():
        return
    bundles = []
    for column, (label, key, kind) in zip(st.columns(2, gap="large"), NETWORKS, strict=True):
        with column:
            bundles.append(choose_bundle(label, key, kind))
        if bundles[-1] is None:
            return
    choice = choose_clip(bundles)
    cases = [explained(bundle, choice) for bundle in bundles] if choice else [None]
    if None in cases:
        return
    player, control = st.columns([2, 5], gap="medium", vertical_alignment="center")
    with player:
        clip_player(cases[0], 240)
    with control:
        threshold = threshold_slider(bundles[0])
    for column, case in zip(st.columns(2, gap="medium", border=True), cases, strict=True):
        with column:
            network(case, threshold)


def network(case: Case, threshold: float) -> None:
    st.caption(plain(case.bundle.name))
    answer(case, threshold)
    explanation = case.explanation
    *above, top = explanation.levels
    st.markdown("##### The two likeliest classes")
    candidate(case, top)
    if explanation.runner_up:
        candidate(case, explanation.runner_up)
    st.markdown("##### The levels above")
    for level in above:
        name = plain(words.display(case.bundle.hierarchy, level.node))
        st.progress(min(level.probability, 1.0), text=f"{name}: {words.probability(level.probability)}")
        small_card(case, level)


def candidate(case: Case, level: LevelExplanation) -> None:
    """A class, how likely it is, how far it is from the truth, and the strongest prototype that speaks for it."""
    hierarchy = case.bundle.hierarchy
    name = plain(words.display(hierarchy, level.node))
    st.progress(min(level.probability, 1.0), text=f"{name}: {words.probability(level.probability)}")
    if case.truth:
        _, meaning = words.mistake(level.node, case.truth, hierarchy)
        st.caption(f"If this were the answer, it would be {plain(meaning)}.")
    small_card(case, level)


routed(__file__)
main()
