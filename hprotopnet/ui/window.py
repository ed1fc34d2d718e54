"""What only the browser knows: how wide a place on the page is, whether it is nearly on the screen, that colours have
changed, what fingers mean.
"""

import streamlit as st

WIDEST, STEP = 760, 20  # pixels; widths come in steps, so that not every pixel of a window dragged wider asks anew

# Plotly takes every touch for the beginning of a drag and forbids the page to scroll. What it does not hear of, the
# browser turns into scrolling, or into a click if it was a tap.
_CHART = st.components.v2.component(
    "hprotopnet_chart",
    js="""
const places = new WeakMap();
const keep = event => { if (event.target.closest?.(".stPlotlyChart")) event.stopPropagation(); };
export default function ({ data, parentElement, setStateValue }) {
  const place = parentElement.host ?? parentElement, known = places.get(place) ?? {};
  const tell = () => {
    const width = Math.min(data.widest, data.step * Math.floor(place.clientWidth / data.step));
    if (width && width !== known.width) setStateValue("width", known.width = width);
  };
  if (!places.has(place)) {
    places.set(place, known);
    known.width = data.width;
    known.watch = new ResizeObserver(() => { clearTimeout(known.wait); known.wait = setTimeout(tell, 200); });
    known.watch.observe(place);
    tell();
    document.addEventListener("touchstart", keep, true);
  }
  return () => {
    clearTimeout(known.wait);
    known.watch.disconnect();
    places.delete(place);
    document.removeEventListener("touchstart", keep, true);
  };
}
""",
)
# What lies below the screen waits until the browser has drawn what is on it.
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
_THEME = st.components.v2.component(
    "hprotopnet_theme",
    js="""
const shown = new WeakMap();
export default function ({ parentElement, setTriggerValue }) { // runs again when the theme changes
  const place = parentElement.host ?? parentElement;
  const colour = getComputedStyle(place).getPropertyValue("--st-background-color");
  if (shown.has(place) && shown.get(place) !== colour) setTriggerValue("changed", true);
  shown.set(place, colour);
}
""",
)


def chart_width(key: str) -> int:
    """How many pixels wide the place of `beside_chart(key)` is, in steps; `WIDEST` at most and before it is known."""
    return (st.session_state.get(key) or {}).get("width", WIDEST)


def beside_chart(key: str) -> None:
    """Called where a plotly chart is: tells how wide the place is, and lets fingers scroll the page over the chart."""
    data = {"width": chart_width(key), "widest": WIDEST, "step": STEP}
    _CHART(key=key, data=data, default={"width": WIDEST}, on_width_change=lambda: None, height=1)


def near(place: str, room: int) -> bool:
    """Whether this place on the page is, or was on this visit, on the screen or nearly; called where it is.

    The fragment around it runs again once it is.

    Args:
        place: what tells it from others.
        room: pixels that are kept free until then.
    """
    known = (st.session_state.get(place) or {}).get("near", False)
    _NEAR(key=place, default={"near": False}, on_near_change=lambda: None, height=1 if known else room)
    return known


def follow_theme() -> None:
    """Run the page again when its colours change, for pictures that are painted in those of the page."""
    _THEME(key="theme", on_changed_change=lambda: None, height=1)
