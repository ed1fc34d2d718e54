"""Addresses of pages: a link opens its page whatever was opened before, and widgets take from it what they can."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer
from streamlit.errors import StreamlitAPIException

from hprotopnet.ui.text import plain

LONGEST = 80  # characters of a name that is repeated


@dataclass
class Visit:
    """A stay on one page.

    Attributes:
        page: its file.
        asked: what the address asks of widgets that were not shown yet.
        shown: keys of the widgets that were.
    """

    page: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


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
    if page and page != _visit().page:
        st.session_state["visit"] = Visit(page, st.query_params.to_dict())


def _visit() -> Visit:
    return st.session_state.setdefault("visit", Visit())


def asked_by_address(key: str) -> str | None:
    """What the address asks of the widget `key`, as long as it was not shown on this visit to the page."""
    return _visit().asked.get(key)


def pick(widget: Callable[..., Any], label: str, options: Sequence[Any], key: str, what: str, **settings: Any) -> Any:
    """One of some options, chosen with a widget of streamlit that is bound to the address.

    The address outranks what was chosen on an earlier visit to the page. Where it, or the earlier choice, names
    something that is not among the options, one line says so, and what is shown instead.

    Args:
        widget: `st.selectbox`, `st.segmented_control` or the like.
        what: what an option is, as in "There is no *stored clip* 'x' here".
        settings: what else the widget takes.
    """
    shown = settings.get("format_func", str)
    by_address, before = _visit().asked.pop(key, None), st.session_state.get(key)
    if by_address is None and key not in _visit().shown:
        before = _left_off(key, options, shown, before)
    name = before if by_address is None else by_address
    meant = before if by_address is None else {shown(option): option for option in options}.get(by_address)
    if meant not in options:
        st.session_state.pop(key, None)
    elif key not in _visit().shown:  # streamlit may forget what was before, or keep to it against the address
        st.session_state[key] = meant
    _visit().shown.add(key)
    value = widget(label, options, key=key, bind="query-params", **settings)
    if name is not None and meant not in options:
        st.session_state[f"no {key}"] = name, value
    _say_instead(key, what, value, shown)
    keep(key, value)
    return value


def pick_some(
    widget: Callable[..., Any], label: str, options: Sequence[str], key: str, default: Sequence[str], **settings: Any
) -> list[str]:
    """The same where several may be chosen, in the order of the options; what is not among them is passed over."""
    by_address = _visit().asked.pop(key, None)
    if key not in _visit().shown:
        left = kept(key) if by_address is None else st.query_params.get_all(key)
        known = [own for own in left or () if own in options]
        if known or left:
            st.session_state[key] = known or list(default)
    _visit().shown.add(key)
    value = widget(label, options, key=key, default=list(default), bind="query-params", **settings)
    keep(key, value)
    return [own for own in options if own in value]


def keep(key: str, value: Any) -> None:
    """Keep a choice for other pages: streamlit drops it with the page."""
    st.session_state[f"kept {key}"] = value


def kept(key: str) -> Any:
    """What was kept of a choice; None where there was none yet."""
    return st.session_state.get(f"kept {key}")


def _left_off(key: str, options: Sequence[Any], shown: Callable[[Any], str], before: Any) -> Any:
    """What another page left off with, if it is one of the options here; otherwise what was before."""
    left = kept(key)
    if left is None and f"kept {key}" in st.session_state:  # another page showed it, but nobody asked for it
        return None
    if left is None or left not in options:
        return before
    with suppress(StreamlitAPIException):  # where the address belongs to the widget already
        st.query_params[key] = shown(left)
    return left


def _say_instead(key: str, what: str, value: Any, shown: Callable[[Any], str]) -> None:
    """That something is not there, for as long as what came instead of it is on screen."""
    name, instead = st.session_state.get(f"no {key}", (None, None))
    if name is None or value != instead:
        st.session_state.pop(f"no {key}", None)
        return
    line = f"There is no {what} “{plain(str(name)[:LONGEST])}” here; {plain(shown(value))} is shown instead."
    st.caption(f":material/info: {line}")


def slide(label: str, low: float, high: float, value: float, key: str, **settings: Any) -> float:
    """A number within bounds, in hundredths, chosen with a slider that is bound to the address.

    What the address asks, or was chosen while the bounds were wider, is drawn into them, and one line says so.
    """
    value, by_address = min(max(value, low), high), _visit().asked.pop(key, None)
    if by_address is not None:
        st.session_state.pop(key, None)
    wanted = st.session_state.get(key) if by_address is None else _number(by_address)
    if wanted is not None and not low <= wanted <= high:
        st.session_state[key] = min(max(wanted, low), high)
        st.caption(f":material/info: {wanted:g} is not between {low:g} and {high:g}; the nearest is taken instead.")
    return st.slider(label, low, high, value, 0.01, key=key, bind="query-params", **settings)


def _number(text: str) -> float | None:
    try:
        return None if math.isnan(float(text)) else float(text)
    except ValueError:
        return None


def unfold(label: str, key: str, **settings: Any) -> ExpanderContainer:
    """A part that is folded up until somebody opens it, bound to the address, which outranks what was before.

    Whether it is open is in its `open`.
    """
    by_address = _visit().asked.pop(key, None)
    if by_address is not None:
        st.session_state[key] = by_address == "true"
    return st.expander(label, key=key, bind="query-params", **settings)
