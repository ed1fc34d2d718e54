"""One idea a screen, in large type: turned by buttons, by keys, and by a presenter's clicker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from hprotopnet.ui.guard import guarded

SLIDE = "slide"  # in the address, from 1; and in the session, from 0
_LARGE = """<style>
header[data-testid="stHeader"] { display: none; }
[data-testid="stMain"] h1 { font-size: clamp(2rem, 4vw, 3.4rem); }
[data-testid="stMain"] :is([data-testid="stMarkdown"], [data-testid="stProgress"], .st-key-onwards)
  [data-testid="stMarkdownContainer"] p { font-size: clamp(1.1rem, 1.6vw, 1.5rem); }
[data-testid="stMain"] [data-testid="stCaptionContainer"] p { font-size: clamp(.95rem, 1.2vw, 1.15rem); }
</style>"""
# A clicker sends Page Down and Page Up. Keys that somebody uses elsewhere, say in the player, are left there.
_KEYS = st.components.v2.component(
    "hprotopnet_keys",
    js="""
const places = new WeakMap();
const FORTH = { ArrowRight: "next", PageDown: "next", End: "last" };
const MOVES = { ...FORTH, ArrowLeft: "previous", PageUp: "previous", Home: "first" };
const USED = "input, textarea, select, [role=slider], [role=radio], [role=application], [contenteditable]";
export default function ({ parentElement, setTriggerValue }) {
  const known = places.get(parentElement) ?? {};
  known.tell = setTriggerValue;
  if (!known.hear) {
    places.set(parentElement, known);
    known.hear = event => {
      const move = MOVES[event.key], target = event.composedPath()[0];
      if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest?.(USED)) return;
      event.preventDefault();
      known.tell("go", move);
    };
    addEventListener("keydown", known.hear);
  }
  return () => { removeEventListener("keydown", known.hear); places.delete(parentElement); };
}
""",
)


@dataclass(frozen=True)
class Slide:
    """One idea.

    Attributes:
        title: the idea, Markdown with names escaped.
        said: what is to be said about it, a sentence or two; the same.
        show: draws what is to be seen.
    """

    title: str
    said: str
    show: Callable[[], None]


def present(slides: Sequence[Slide], deck: str) -> None:
    """Show one of some slides, and let the user turn them.

    Args:
        deck: what these slides are; another deck begins at its first slide.
    """
    st.html(_LARGE)
    number = _number(len(slides), deck)
    slide = slides[number]
    title, turn = st.columns([3, 1], vertical_alignment="center")
    title.title(slide.title, anchor=False)
    with turn:
        _bar(number, len(slides))
    if slide.said:
        st.markdown(slide.said)
    with guarded():
        slide.show()
    _KEYS(key="keys", on_go_change=lambda: _go(_pressed(), len(slides)), height=1)


def _number(count: int, deck: str) -> int:
    """The slide that is shown: the address's at first, then what was turned to."""
    if SLIDE not in st.session_state:
        asked = st.query_params.get(SLIDE, "")
        st.session_state[SLIDE] = int(asked) - 1 if asked.isascii() and asked.isdigit() else 0
    elif st.session_state.get("deck shown", deck) != deck:
        st.session_state[SLIDE] = 0
    st.session_state["deck shown"] = deck
    number = st.session_state[SLIDE] = min(max(st.session_state[SLIDE], 0), count - 1)
    st.query_params[SLIDE] = str(number + 1)
    return number


def _pressed() -> str:
    return (st.session_state.get("keys") or {}).get("go") or ""


def _go(move: str, count: int) -> None:
    number = st.session_state.get(SLIDE, 0)
    moved = {"next": number + 1, "previous": number - 1, "first": 0, "last": count - 1}.get(move, number)
    st.session_state[SLIDE] = min(max(moved, 0), count - 1)


def _bar(number: int, count: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        for label, icon, move, off in (
            ("Back", "chevron_left", "previous", number == 0),
            ("Next", "chevron_right", "next", number == count - 1),
        ):
            st.button(label, icon=f":material/{icon}:", on_click=_go, args=(move, count), disabled=off)
        st.caption(f"{number + 1} of {count}", width="content", help="Arrow keys or a clicker turn the slides.")
