"""Would Grad-CAM have said the same as the prototypes? Maps of any methods side by side, in step, for any node."""

import streamlit as st

from hprotopnet.ui.attribution import (
    agreement,
    asked,
    cue_of,
    elsewhere,
    maps_of,
    maps_player,
    progress,
    published,
    questions,
    ready,
    truths,
    verdict,
)
from hprotopnet.ui.cases import Case, explained
from hprotopnet.ui.choose import choose_bundle, choose_clip, say_refused, some_network
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed
from hprotopnet.ui.text import plain
from hprotopnet.views import words


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
    published()


def compare(case: Case) -> None:
    """The maps, in step, and what they come to."""
    shown, said = st.columns([7, 4], gap="medium")
    with said:
        head = st.container()
        target, makings = asked(case)
        name = plain(words.display(case.bundle.hierarchy, target))
        head.subheader(f"Why {name}?", anchor=False)
    maps, cue = maps_of(makings), cue_of(case, target)
    with shown:
        maps_player(case, makings, cue)
    with said:
        verdict(case, maps)
        if ready(case, makings):
            progress(makings)
        elsewhere(case, target)
    truths(case, maps, cue, target)
    agreement(case, maps)
    questions(case, makings, cue)


routed(__file__)
with guarded():
    main()
