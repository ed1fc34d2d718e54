"""When does it happen? A video of several actions, what a detector finds in it and when, and of what it is made."""

import streamlit as st

from hprotopnet.temporal.card import Card
from hprotopnet.ui.detectors import choose_detector
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed
from hprotopnet.ui.timeline import Seen, choose_video, evidence, film_player, lay, limits, progress, segments_table
from hprotopnet.views.detected import choices, found


def main() -> None:
    st.title("Timeline", anchor=False)
    st.markdown(
        "When does it happen? A detector that was told which actions films hold, and never when, finds them in time."
    )
    detector, video = st.columns([2, 5])
    with detector:
        card = choose_detector()
    if card is None:
        return
    seen = choose_video(card, video.container())
    if seen:
        watch(seen, card)


def watch(seen: Seen, card: Card) -> None:
    if seen.detecting:
        progress(seen.detecting)
    film, side = st.columns([7, 4], gap="medium")
    with side:
        wanted = limits(card, seen.detected)
    stretches = found(seen.detected, wanted) if seen.detected else []
    with film:
        film_player(seen, choices(seen.detected, stretches) if seen.detected else [])
        if seen.detected:
            lay(seen, stretches)
    if seen.detected:
        with side:
            segments_table(seen, stretches)
            evidence(seen)


routed(__file__)
with guarded():
    main()
