"""For talks: one idea a screen, in large type; a tour over Pantomime, or any clip, step by step."""

import streamlit as st

from hprotopnet.ui.cases import explained
from hprotopnet.ui.choose import choose_bundle, choose_clip, say_refused, some_network
from hprotopnet.ui.decks import clip_deck, tour
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, routed
from hprotopnet.ui.networks import available_bundles, bundle_of
from hprotopnet.ui.slides import present

TOUR, CLIP = "A tour in three minutes", "One clip"
SHIPPED = ("pantomime-protopnet10-tuned", "pantomime-cpg10-tied")  # what the tour is about


def main() -> None:
    slide, settings = st.container(), st.container()
    if not some_network():
        return
    with settings:
        st.divider()
        decks = [*([TOUR] if set(SHIPPED) <= set(available_bundles()) else []), CLIP]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            deck = pick(st.segmented_control, "What is told", decks, "deck", "deck", default=decks[0], required=True)
            st.page_link("pages/overview.py", label="Leave", icon=":material/logout:")
        if deck == CLIP:
            bundle = choose_bundle()
            say_refused()
            choice = choose_clip([bundle])
    if deck == TOUR:
        found = available_bundles()
        with slide:
            present(tour(*(bundle_of(found[name]) for name in SHIPPED)), deck)
        return
    case = explained(bundle, choice) if choice else None
    if case:
        with slide:
            present(clip_deck(case), "/".join((deck, *case.key)))


routed(__file__)
with guarded():
    main()
