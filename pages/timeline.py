"""When does it happen? A video of several actions, what a detector finds in it and when, and of what it is made."""

import streamlit as st

from hprotopnet.temporal.card import Card
from hprotopnet.temporal.config import Rule
from hprotopnet.ui.below import once_near
from hprotopnet.ui.concepts import concept_gallery, concept_map, concepts_within
from hprotopnet.ui.detectors import choose_detector, showcase_of
from hprotopnet.ui.diagnosis import diagnosis
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed
from hprotopnet.ui.reasons import evidence
from hprotopnet.ui.timeline import (
    Seen,
    choose_video,
    film_player,
    lay,
    limits,
    notes,
    progress,
    segments_table,
)
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
    rule = watch(seen, card) if seen else card.config.rule
    if showcase_of(card):
        beneath(card, rule)


def watch(seen: Seen, card: Card) -> Rule:
    if seen.detecting:
        progress(seen.detecting)
    film, side = st.columns(2, gap="medium")
    with side:
        wanted = limits(card, seen.detected)
    stretches = found(seen.detected, wanted) if seen.detected else []
    with film:
        film_player(seen, choices(seen.detected, stretches) if seen.detected else [])
        lay(seen, stretches)
        if seen.detected:
            notes(seen)
    if seen.detected:
        with side:
            segments_table(seen, stretches)
            evidence(seen)
            concepts_within(seen)
    return wanted.rule


def beneath(card: Card, rule: Rule) -> None:
    showcase = showcase_of(card)
    once_near("diagnosis", 380, diagnosis, showcase, rule)
    once_near("concepts", 700, concept_gallery, showcase)
    once_near("concept map", 760, concept_map, showcase)


routed(__file__)
with guarded():
    main()
