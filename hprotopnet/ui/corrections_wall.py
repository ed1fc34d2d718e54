"""The wall of the page Correct: prototypes as pieces of their training clips, to look at and to mark."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.corrections.marks import WHYS, Mark, added, mark, without
from hprotopnet.studies.nodes import NodeFacts, PrototypeFacts
from hprotopnet.ui.corrections import PROTOTYPE, marks_of, prototype_name, set_marks
from hprotopnet.ui.gallery import choose_page
from hprotopnet.ui.hierarchy import in_tree_order, node_label
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import BY_PATH, stamp_of
from hprotopnet.ui.node import facts_of, piece
from hprotopnet.ui.text import plain
from hprotopnet.views import words

PAGE, OWNER, SORT = "wall", "owner", "look"  # keys
MOST = 12  # prototypes on a page
WIDTH = 280  # pixels of a card, at least
ALL, ANY = "All nodes", "all of them"
ICONS = dict(zip(WHYS, (":material/flag:", ":material/wrong_location:"), strict=True))


class Hint(NamedTuple):
    """What is known of a prototype from stored explanations: its node's facts, and its own."""

    node: NodeFacts
    own: PrototypeFacts


Order = Callable[[Hint], tuple]
ORDERS: Mapping[str, Order] = {
    "most deciding first": lambda hint: (-hint.own.decided,),
    "least pure first": lambda hint: (hint.own.pure / hint.own.asked if hint.own.asked else 1.0, -hint.own.decided),
    "duplicates first": lambda hint: (not hint.own.twins, -hint.own.decided),
    "tree order": lambda hint: (),
}


def wall(bundle: Bundle) -> None:
    """Prototypes that are wanted, a page of them, each with what it is known for and buttons to mark it."""
    hints, listed = _hints(bundle.folder, stamp_of(bundle.folder), bundle), _wanted(bundle)
    st.caption(
        f"{len(listed)} of {len(bundle.prototypes)} prototypes: the training clip each was cut from, and what is in its"
        " box. Hints are of stored test clips, and no verdict: whether a piece is beside the point is for you to see."
    )
    pages = max(1, -(-len(listed) // MOST))
    page = choose_page(pages, PAGE)
    marked = {own.prototype: own for own in marks_of(bundle)}
    moving = st.session_state.get("pieces move", False)
    with st.grid(min_column_width=WIDTH):
        for number in listed[(page - 1) * MOST : page * MOST]:
            with st.container(border=True, height="stretch"):
                _card(bundle, number, hints[number], marked.get(number), moving)


def _wanted(bundle: Bundle) -> list[int]:
    """Boxes that say which prototypes are wanted, and in which order; their numbers."""
    tree, rows = bundle.hierarchy, bundle.prototypes
    owning = {own.node for own in rows}
    owners = ["", *(tree.nodes[node] for node in in_tree_order(tree) if tree.nodes[node] in owning)]
    names = ["", *map(str, range(len(rows)))]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        owner = pick(
            *(st.selectbox, "Node", owners, OWNER, "node with prototypes"),
            format_func=lambda name: node_label(tree, name) if name else ALL,
            on_change=_first_page,
            width=260,
        )
        sort = pick(st.selectbox, "Order", list(ORDERS), SORT, "order", on_change=_first_page, width=220)
        one = pick(
            *(st.selectbox, "One prototype", names, PROTOTYPE, "prototype"),
            format_func=lambda number: prototype_name(bundle, int(number)) if number else ANY,
            on_change=_first_page,
            width=260,
        )
        st.toggle("Moving", key="pieces move", help="Play the pieces; motion is what tells many siblings apart.")
    if one:
        return [int(one)]
    hints, places = _hints(bundle.folder, stamp_of(bundle.folder), bundle), {name: i for i, name in enumerate(owners)}
    chosen = [number for number, own in enumerate(rows) if owner in ("", own.node)]
    return sorted(chosen, key=lambda number: (*ORDERS[sort](hints[number]), places[rows[number].node], number))


def _first_page() -> None:
    st.session_state[PAGE] = 1


def _card(bundle: Bundle, number: int, hint: Hint, marked: Mark | None, moving: bool) -> None:
    own = bundle.prototypes[number]
    called = f"{words.display(bundle.hierarchy, own.node)} {bundle.number_of(number)}"
    content = piece(bundle.folder, stamp_of(bundle.folder), number, moving, bundle)
    if content:
        alt = f"The training clip of prototype {called} with its box, and beside it what is in the box"
        st.image(f"data:image/webp;base64,{base64.b64encode(content).decode()}", width="stretch", alt=alt)
    else:
        st.caption("No picture in the bundle.")
    st.markdown(f"**{plain(called)}** · no. {number}")
    st.caption(in_words(hint))
    if marked:
        _marked(bundle, marked)
        return
    if number in silent_in(bundle):
        st.markdown(":gray-badge[:material/volume_off: silent already]")
        return
    with st.container(horizontal=True, gap="xsmall"):
        for why in WHYS:
            st.button(
                why.capitalize(),
                icon=ICONS[why],
                key=f"{why} {number}",
                type="tertiary",
                on_click=_mark,
                args=(bundle, number, why),
            )


def _marked(bundle: Bundle, marked: Mark) -> None:
    """How a prototype is marked, a note on it, and how to take the mark back."""
    number = marked.prototype
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f":orange-badge[{ICONS[marked.why]} {marked.why}]", width="content")
        st.button(
            "Undo", icon=":material/undo:", key=f"undo {number}", type="tertiary", on_click=undo, args=(bundle, number)
        )
    st.text_input(
        *("Note", marked.note),
        max_chars=300,
        key=f"note {number}",
        placeholder="why? (may stay empty)",
        label_visibility="collapsed",
        on_change=_note,
        args=(bundle, number),
    )


def silent_in(bundle: Bundle) -> frozenset[int]:
    """Prototypes that an earlier correction has left out."""
    known = bundle.description.corrections
    return frozenset(known.without if known else ())


def in_words(hint: Hint) -> str:
    """What is known of a prototype, in a line."""
    own, parts = hint.own, []
    if hint.node.explained:
        parts.append(f"decides {own.decided} of {hint.node.explained}")
    if own.asked:
        parts.append(f"{own.pure} of {own.asked} nearest clips are its node's")
    if own.twins:
        parts.append(f"same as {', '.join(map(str, own.twins))}")
    return " · ".join(parts) or "nothing is known of it"


def _mark(bundle: Bundle, number: int, why: str) -> None:
    set_marks(bundle, added(marks_of(bundle), [mark(bundle, number, why)]))


def undo(bundle: Bundle, number: int) -> None:
    """Take the mark of a prototype back."""
    set_marks(bundle, without(marks_of(bundle), number))


def _note(bundle: Bundle, number: int) -> None:
    found = {own.prototype: own for own in marks_of(bundle)}
    if number in found:  # it may have been taken back on another page meanwhile
        noted = mark(bundle, number, found[number].why, st.session_state[f"note {number}"])
        set_marks(bundle, [noted if own.prototype == number else own for own in found.values()])


@st.cache_resource(max_entries=8, show_spinner="Looking through stored explanations …", hash_funcs=BY_PATH)
def _hints(folder: Path, stamp: int, _bundle: Bundle) -> dict[int, Hint]:
    nodes = (facts_of(_bundle, name) for name in dict.fromkeys(own.node for own in _bundle.prototypes))
    return {row.prototype: Hint(found, row) for found in nodes for row in found.prototypes}
