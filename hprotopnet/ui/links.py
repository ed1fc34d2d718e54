"""Addresses of pages: a link opens its page whatever was opened before."""

from pathlib import Path

import streamlit as st


def routed(page: str) -> None:
    """Called by app.py with "" and first thing by every page with its file: makes sure that app.py routes.

    While no session has reached app.py's `st.navigation`, streamlit takes the folder `pages` for an app of its old
    kind, and a link straight to a page would run that page alone. Then this ends the old kind and runs again.
    """
    known = st.session_state.get("routed", False)
    st.session_state["routed"] = True
    if page and not known:
        st.navigation([st.Page(lambda: None, url_path="start"), st.Page(page, url_path=Path(page).stem)])
        st.rerun()
