"""Would Grad-CAM have said the same as the prototypes? Maps of any methods side by side, in step, for any node."""

import streamlit as st

from hprotopnet.ui.asking import pose
from hprotopnet.ui.attributing import begun, progress
from hprotopnet.ui.attribution import (
    agreement,
    clip_alone,
    elsewhere,
    maps_of,
    maps_player,
    questions,
    truths,
    verdict,
)
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_bundle, choose_clip, say_refused, some_network
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed


def main() -> None:
    st.title("Would Grad-CAM have said the same?", anchor=False)
    if not some_network():
        return
    network, clip = st.columns([2, 9], vertical_alignment="bottom")
    with network:
        bundle = choose_bundle()
        say_refused()
    choice = choose_clip([bundle], clip)
    case = explained(bundle, choice) if choice else None
    if case is not None:
        compare(case)


def compare(case: Case) -> None:
    """The maps, in step, and what they come to."""
    shown, said = st.columns([7, 4], gap="medium")
    with said:
        posed = pose(case)
    if posed is None:
        with shown:
            clip_alone(case)
        return
    maps = maps_of(posed.makings)
    with shown:
        maps_player(posed)
    with said:
        verdict(posed, maps)
        if begun(posed.makings, posed.ready):
            progress(posed.makings)
        elsewhere(case, posed)
    truths(posed, maps)
    agreement(posed, maps)
    questions(posed)


routed(__file__)
with guarded():
    main()
