"""What does the network say over time? Any film, answered from moment to moment, and the way to why."""

import streamlit as st

from hprotopnet.ui.choose import choose_bundle, say_refused, some_network
from hprotopnet.ui.clip import threshold_slider
from hprotopnet.ui.film import Watched, answers_table, choose_film, film_player, said_so_far
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import routed


def main() -> None:
    st.title("Film", anchor=False)
    st.markdown("What does the network say from moment to moment? A window slides over a film of any length.")
    if not some_network():
        return
    network, film = st.columns([2, 5])
    with network:
        bundle = choose_bundle()
        say_refused()
    watched = choose_film(bundle, film.container())
    if watched:
        watch(watched)


def watch(watched: Watched) -> None:
    seen, where = st.columns([6, 5], gap="medium")
    with where:
        threshold = threshold_slider(watched.bundle)
        said_so_far(watched, threshold)
    with seen:
        film_player(watched)
    answers_table(watched, threshold)


routed(__file__)
with guarded():
    main()
