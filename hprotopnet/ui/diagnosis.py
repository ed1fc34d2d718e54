"""What a detector gets wrong: shares of the kinds of error, and examples that bring the player to the place."""

import streamlit as st

from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.showcase import Showcase
from hprotopnet.ui.detectors import stamp_of
from hprotopnet.ui.links import keep
from hprotopnet.ui.networks import BY_PATH
from hprotopnet.ui.results_parts import chart, is_dark
from hprotopnet.ui.text import plain
from hprotopnet.ui.timeline import STORED, choose, detected_in
from hprotopnet.views.charts import percent
from hprotopnet.views.detected import Stretch, named
from hprotopnet.views.detection_errors import EXPLAINED, OVERLAP, TOLD, Diagnosis, diagnose, draw_errors
from hprotopnet.views.timeline import clock

PRESSED = "an example was pressed"  # key


def diagnosis(showcase: Showcase, rule: Rule) -> None:
    """The chart and the examples, for the rule that is set above; once one is pressed the whole page runs again."""
    if st.session_state.pop(PRESSED, False):
        st.rerun()
    st.subheader("What does it get wrong?", anchor=False)
    own = _diagnosed(showcase.card.folder, stamp_of(showcase.card.folder), rule.alpha, rule.kmax, showcase)
    drawn, examples = st.columns([5, 6], gap="medium")
    with drawn:
        chart(draw_errors(own, is_dark()), "kinds of error", _in_words(own))
        st.caption(
            f"All {len(own.names)} test videos, alpha {rule.alpha:g}, overlap {OVERLAP:g}; what score and number leave"
            f" out above counts here. Mean average precision: {_share(own.fine)} of classes, {_share(own.coarse)} of"
            " coarse ones."
            " Kinds after Alwassel et al. 2018; a sibling's label is told apart by the tree."
        )
    with examples:
        st.caption("Examples in the stored videos; press one to see it.")
        for kind, rows in own.examples.items():
            if rows:
                _examples(showcase, kind, rows)


def _examples(showcase: Showcase, kind: str, rows: tuple[tuple[str, Stretch], ...]) -> None:
    st.markdown(f"**{TOLD[kind].capitalize()}**", help=EXPLAINED[kind])
    with st.container(horizontal=True):
        for number, (name, stretch) in enumerate(rows):
            said = f"{plain(named(stretch, showcase.card.hierarchy))}, {clock(round(stretch.start, 1))}"
            st.button(
                said, key=f"example {kind} {number}", on_click=_go, args=(showcase, name, stretch), help=plain(name)
            )


def _go(showcase: Showcase, name: str, stretch: Stretch) -> None:
    """Show an example: its video, with the player at the place."""
    for key, value in (("watch", STORED), ("happening", name)):
        st.session_state[key] = value
        keep(key, value)
    choose(showcase.card, name, stretch)
    st.session_state[PRESSED] = True


def _in_words(own: Diagnosis) -> str:
    shares = ", ".join(f"{TOLD[kind]} {percent(share)}" for kind, share in own.errors.shares.items())
    return f"Shares of what was found: {shares}; missed {percent(own.errors.missed)} of what is true."


def _share(value: float) -> str:
    return percent(value) if value == value else "-"


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_PATH)
def _diagnosed(folder, stamp: int, alpha: float, kmax: float, _showcase: Showcase) -> Diagnosis:
    videos = [detected_in(_showcase, name) for name in _showcase.names]
    return diagnose(videos, Rule(alpha, kmax), _showcase.shown)
