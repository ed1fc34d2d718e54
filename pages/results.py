"""How good is a network, and what did the studies find? Every figure with its interval, its numbers and its command."""

# Tables need it, and plotly asks for it once it is there: a page that runs again meanwhile would find half of it.
import pandas  # noqa: F401
import streamlit as st

from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, routed
from hprotopnet.ui.results import network_results
from hprotopnet.ui.results_studies import study_results

PARTS = {"One network": network_results, "Studies": study_results}


def main() -> None:
    title, choose = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.title("Results", anchor=False)
        st.markdown("How often is a network right, at which level, and how far off are its mistakes?")
    with choose:
        kinds = {"default": next(iter(PARTS)), "required": True}
        part = pick(st.segmented_control, "Results of", list(PARTS), "results", "part of the results", **kinds)
    PARTS[part]()


routed(__file__)
with guarded():
    main()
