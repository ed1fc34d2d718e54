"""Parts of a page that wait until they come near the screen, or until somebody unfolds them: nobody waits for them."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from hprotopnet.ui.guard import guarded

# It tells so once the browser has drawn what is on the screen.
_NEAR = st.components.v2.component(
    "hprotopnet_near",
    js="""
export default function ({ parentElement, setStateValue }) {
  const place = parentElement.host ?? parentElement;
  const later = window.requestIdleCallback ?? (act => setTimeout(act, 300));
  const watch = new IntersectionObserver(found => {
    if (!found.some(own => own.isIntersecting)) return;
    watch.disconnect();
    later(() => setStateValue("near", true), { timeout: 2000 });
  }, { root: place.closest("[data-testid=stMain]"), rootMargin: "25% 0px" });
  watch.observe(place);
  return () => watch.disconnect();
}
""",
)


def near(place: str, room: int) -> bool:
    """Whether this place on the page is, or was on this visit, on the screen or nearly; called where it is.

    The fragment around it runs again once it is.

    Args:
        place: what tells it from others.
        room: pixels that are kept free until then.
    """
    key = f"near {place}"
    known = (st.session_state.get(key) or {}).get("near", False)
    _NEAR(key=key, default={"near": False}, on_near_change=lambda: None, height=1 if known else room)
    return known


@st.fragment
@guarded()
def once_near(place: str, room: int, draw: Callable[..., None], *what: Any) -> None:
    """Call `draw` with `what` once this place is near, see `near`."""
    if near(place, room):
        draw(*what)


@st.fragment
@guarded()
def once_open(label: str, key: str, icon: str, draw: Callable[..., None], *what: Any) -> None:
    """A part that is folded up; `draw` is called with `what` in it while it is open."""
    fold = st.expander(label, key=key, icon=icon, on_change="rerun")
    if is_open(fold):
        with fold:
            draw(*what)


def is_open(fold: ExpanderContainer) -> bool:
    """Whether a part that may be folded up is not."""
    return bool(fold.open)
