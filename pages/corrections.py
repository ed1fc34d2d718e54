"""Correct: which prototypes are beside the point, and what becomes of the network without them."""

# Tables need it, and what else asks for it once it is there would find half of it when a page runs again meanwhile.
import pandas  # noqa: F401
import streamlit as st

from hprotopnet.ui.choose import choose_bundle, say_refused, some_network
from hprotopnet.ui.corrections_tuning import marked_section, tuning_section
from hprotopnet.ui.corrections_wall import wall
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed


def main() -> None:
    title, choose = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.title("Correct", anchor=False)
        st.markdown("Is a piece no reason at all? Mark it, tune the network again without it, and see what changes.")
    if not some_network():
        return
    with choose:
        bundle = choose_bundle()
        say_refused()
    if not bundle.prototypes:
        st.info("This network has no prototypes, so there is nothing to leave out. Choose another one.")
        return
    marked_section(bundle)
    with guarded():
        tuning_section(bundle)
    st.subheader("Pieces", anchor=False)
    wall(bundle)


routed(__file__)
with guarded():
    main()
