"""Clips as tiles: a picture, the class, and what networks answer, told by shape and word; one press chooses."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.gallery import Answer, Entry, above, told, verdict
from hprotopnet.views.words import probability

GRID, ROW = "grid", "row"  # layouts: many to choose from, and one beside other things

_TILES = st.components.v2.component(
    "hprotopnet_tiles",
    html='<div class="tiles-root">\n</div>',
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)

Groups = Sequence[tuple[str, Sequence[tuple[str, Sequence[dict[str, Any]]]]]]  # tiles by top name and by the rest


def tiles(groups: Groups, key: str, layout: str = GRID, more: int = 0, on_choice: Callable[[], None] | None = None):
    """Draw tiles; `st.session_state[key]["chosen"]` is the name of the one that was pressed, for one run.

    Args:
        layout: `GRID` or `ROW`.
        more: how many pictures are awaited: where there are any, the part that draws the tiles runs again.
    """
    data = {"groups": groups, "layout": layout, "more": more}
    return _TILES(key=key, data=[data], on_chosen_change=on_choice or _nothing, on_more_change=_nothing)


def _nothing() -> None:
    """What is chosen is read where the tiles are drawn."""


def tile(
    entry: Entry,
    trees: Sequence[Hierarchy],
    picture: str | None,
    shown: bool = False,
    choosable: bool = True,
    awaited: bool = False,
) -> dict[str, Any]:
    """A clip as a tile.

    Args:
        trees: of the networks whose answers the entry holds; the first is that of its class.
        picture: as an address of data; None without one.
        shown: whether it is the clip on the page.
        awaited: whether its picture is to come.
    """
    title = title_of(entry, trees[0])
    said = [(answer, tree) for answer, tree in zip(entry.answers, trees, strict=False) if answer]
    kin = " / ".join(above(entry, trees[0]))
    known = [told(answer, tree) for answer, tree in said]
    return {
        "name": entry.name,
        "title": title,
        "video": entry.video.split("/")[-1],
        "picture": picture,
        "answers": [_answer(answer, tree) for answer, tree in said],
        "unsure": any(answer.unsure for answer, _ in said),
        "shown": shown,
        "choosable": choosable,
        "awaited": awaited,
        "label": ". ".join(filter(None, [title, kin, entry.video.split("/")[-1], *known])),
    }


def title_of(entry: Entry, tree: Hierarchy) -> str:
    """Class of a clip as shown to people."""
    return tree.display[tree.index(entry.label)] if entry.label in tree.classes else entry.label or "class unknown"


def _answer(answer: Answer, tree: Hierarchy) -> dict[str, Any]:
    """An answer as it stands on a tile, and of each level, topmost first, whether it is right about it."""
    name, chance = tree.display[tree.index(answer.said)], probability(answer.probability)
    if answer.height is None:
        return {"levels": [], "words": f"{name} {chance}", "said": ""}
    levels = [level >= answer.height for level in reversed(range(tree.depth))]
    words = f"{verdict(answer.height, tree)} {chance}"
    return {"levels": levels, "words": words, "said": f"said {name}" if answer.height else ""}
