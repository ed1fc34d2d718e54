"""The gallery: clips as pictures, to filter, to sort and to step through; every view of it is a link.

What is wanted is chosen with boxes that are bound to the address; a node of any tree leads here as `node`, what is
answered as `answered`. The clip on the page stays in sight above it, with the one before and the one after it.
"""

from collections.abc import Sequence
from dataclasses import fields

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import keep, kept, pick, unfold
from hprotopnet.ui.shelves import Shelf
from hprotopnet.ui.text import plain
from hprotopnet.ui.thumbnails import pictures
from hprotopnet.ui.tiles import GRID, ROW, tile, tiles
from hprotopnet.views.gallery import ORDERS, SURE, TREE, UNSURE, Entry, Wanted, counted, families, marks, select
from hprotopnet.views.scores import tree_order

OPEN, PAGE = "gallery", "page"  # keys
KEYS = {"node": "within", "said": "answered", "mark": "answers", "sure": "sure", "order": "order"}  # of what is wanted
MOST = 36  # clips on a page
WIDTH = 150  # pixels of a box to choose with, at least
ALL, ANY = "All classes", "any class"


def choose_from(shelf: Shelf, place: DeltaGenerator | None = None) -> str:
    """Let the user choose a clip by its picture, by its name, or as the next one; returns what links call it.

    Args:
        place: where the clip that is chosen is shown; above the gallery if None.
    """
    bar = (place or st).container(horizontal=True, vertical_alignment="bottom")
    gallery = unfold("Choose from pictures", OPEN, icon=":material/grid_view:")
    with gallery:
        wanted = _wanted(shelf) if gallery.open or _any_wanted() else Wanted()
        listed = select(shelf.entries, wanted, shelf.trees[0])
    with bar:
        name = _bar(shelf, listed)
    with gallery:
        _count(shelf, listed)
        if gallery.open:
            _grid(shelf, listed, name, wanted.order == TREE)
    return name


def _wanted(shelf: Shelf) -> Wanted:
    """Boxes that say which clips are wanted; of answers only where some are known."""
    tree, known = shelf.trees[0], any(entry.known for entry in shelf.entries)
    boxes = {"node": ("Class or kind", _nodes(tree), "node", _named(tree, ALL))}
    if known:
        boxes |= {
            "said": ("Answered", _nodes(tree), "node", _named(tree, ANY)),
            "mark": ("How right", list(marks(tree, len(shelf.networks))), "kind of answer", str),
            "sure": ("How sure", [SURE, UNSURE], "kind of answer", str),
            "order": ("Order", ORDERS, "order", str),
        }
    with st.grid(min_column_width=WIDTH):
        chosen = {
            name: pick(*(st.selectbox, label, options, KEYS[name], what), format_func=shown, on_change=_first_page)
            for name, (label, options, what, shown) in boxes.items()
        }
    return Wanted(**chosen)


def _any_wanted() -> bool:
    """Whether anything but the usual is wanted, by the address or from an earlier visit; boxes take long to draw."""
    usual = Wanted()
    return any(key in st.query_params or kept(key) not in (None, getattr(usual, name)) for name, key in KEYS.items())


def _nodes(tree: Hierarchy) -> list[str]:
    """All nodes in tree order, each before its children, after "" for all of them."""
    found = (node for leaf in tree_order(tree) for node in reversed(tree.ancestors(leaf)))
    return ["", *dict.fromkeys(tree.nodes[node] for node in found)]


def _named(tree: Hierarchy, every: str):
    return lambda name: tree.display[tree.index(name)] if name else every


def _first_page() -> None:
    st.session_state[PAGE] = 1


def _bar(shelf: Shelf, listed: Sequence[Entry]) -> str:
    """The clip on the page, and how to get to another one without opening the gallery."""
    shown = st.container(width="content")
    names = [entry.name for entry in shelf.entries]
    name = pick(st.selectbox, shelf.label, names, shelf.key, shelf.what, width=240)
    with shown:
        entry = shelf.entry(name)
        found = pictures({name: shelf.picture(name)})
        tiles([("", [("", [tile(entry, shelf.trees, found.get(name), choosable=False)])])], f"chosen {shelf.key}", ROW)
    before, after = neighbours([entry.name for entry in listed], name)
    with st.container(horizontal=True, width="content"):  # both in one line, however narrow the page is
        for label, icon, other in (("Previous", "chevron_left", before), ("Next", "chevron_right", after)):
            st.button(
                label,
                icon=f":material/{icon}:",
                help=f"{label} of the clips that the gallery lists",
                disabled=other is None,
                on_click=_choose,
                args=(shelf.key, other),
            )
    return name


def neighbours(names: Sequence[str], name: str) -> tuple[str | None, str | None]:
    """The names before and after one, round and round; both ends for one that is not among them."""
    others = [other for other in names if other != name]
    if not others:
        return None, None
    if name not in names:
        return names[-1], names[0]
    place = names.index(name)
    return names[place - 1], names[(place + 1) % len(names)]


def _choose(key: str, name: str) -> None:
    st.session_state[key] = name
    keep(key, name)


def _count(shelf: Shelf, listed: Sequence[Entry]) -> None:
    """How many clips are listed, in words, and the way back to all of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(counted(listed, shelf.entries, shelf.networks))}**", width="content")
        if len(listed) < len(shelf.entries):
            st.button("Show all", icon=":material/filter_list_off:", type="tertiary", on_click=_show_all)
    if len(shelf.networks) > 1 and any(entry.known for entry in listed):
        first, second = map(plain, shelf.networks[:2])
        st.caption(f"The first mark of a clip is that of {first}, the second that of {second}.")


def _show_all() -> None:
    for field in fields(Wanted):
        if KEYS[field.name] in st.session_state:
            st.session_state[KEYS[field.name]] = field.default
    _first_page()


@st.fragment
@guarded()
def _grid(shelf: Shelf, listed: Sequence[Entry], shown: str, by_family: bool) -> None:
    """A page of clips; turning it, and pictures that are still to come, run only this part again."""
    pages = max(1, -(-len(listed) // MOST))
    page = choose_page(pages, PAGE)
    entries = listed[(page - 1) * MOST : page * MOST]
    found = pictures({entry.name: shelf.picture(entry.name) for entry in entries})

    def drawn(entry: Entry) -> dict:
        picture, awaited = found.get(entry.name), entry.name not in found
        return tile(entry, shelf.trees, picture, entry.name == shown, awaited=awaited)

    groups = families(entries, shelf.trees[0]) if by_family else [("", [("", entries)])]
    groups = [(top, [(rest, [drawn(entry) for entry in own]) for rest, own in below]) for top, below in groups]
    result = tiles(groups, f"tiles {shelf.key}", GRID, len(entries) - len(found), lambda: _pressed(shelf))
    if result.chosen:
        st.rerun()


def choose_page(pages: int, key: str) -> int:
    """Let the user turn the pages of a long list; returns the one that is shown, from 1."""
    if pages == 1:
        return 1
    st.session_state[key] = min(st.session_state.get(key) or 1, pages)
    numbers = range(1, pages + 1)
    return pick(lambda _, options, **settings: st.pagination(len(options), **settings), "Page", numbers, key, "page")


def _pressed(shelf: Shelf) -> None:
    name = st.session_state[f"tiles {shelf.key}"]["chosen"]
    if any(entry.name == name for entry in shelf.entries):  # what a browser says is no name yet
        _choose(shelf.key, name)
        st.session_state[OPEN] = False
