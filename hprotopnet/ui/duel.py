"""Two networks over the test set: how often they agree, whose mistakes are milder, and the clips that separate them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.ui.cases import Case
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import keep, kept, pick
from hprotopnet.ui.listed import Listed, list_tiles, stored_names
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.views.duel import Duel, duel, headline, in_sentences
from hprotopnet.views.gallery import Answer

KINDS = {"leaf": "the flat network", "all": "the hierarchical network", "none": "the black box"}
TILES, PRESSED = "tiles of the duel", "pressed in the duel"  # keys


def called(bundles: Sequence[Bundle]) -> list[str]:
    """What networks are called in a sentence: by their kinds where these differ, by their names where not."""
    kinds = [KINDS.get(bundle.config.model.prototypes, "") for bundle in bundles]
    return kinds if len(set(kinds)) == len(kinds) and all(kinds) else [name_of(bundle.folder) for bundle in bundles]


def titles(bundles: Sequence[Bundle]) -> list[str]:
    """The same where it stands alone: "Flat network"."""
    names = [name.removeprefix("the ") for name in called(bundles)]
    return [f"{name[0].upper()}{name[1:]}" for name in names]


def difference(cases: Sequence[Case], threshold: float) -> None:
    """How two networks differ about a clip, as a headline; nothing where they know different trees."""
    first, second = cases
    tree = first.bundle.hierarchy
    if tree != second.bundle.hierarchy:
        return
    names = [plain(name) for name in called([case.bundle for case in cases])]
    said = headline([case.explanation for case in cases], names, tree, threshold, first.truth, plain)
    st.header(said, anchor=False)


@st.fragment
@guarded()
def over_the_test_set(bundles: Sequence[Bundle]) -> None:
    """Agreement, whose mistakes are milder, and the clips of one kind to look at."""
    st.subheader("Over the test set", anchor=False)
    answers = _duel_of(bundles)
    if answers is None:
        return
    found, names = answers.duel, called(bundles)
    st.markdown(" ".join(plain(line) for line in in_sentences(answers.figures, names)))
    short = [name.removeprefix("the ").removesuffix(" network") for name in names]
    kinds = found.kinds(short)
    labels = {f"{name[0].upper()}{name[1:]} ({int(rows.sum())})": name for name, rows in kinds.items()}
    chosen = pick(
        *(st.pills, "Clips", list(labels), "clips", "kind of clips"),
        default=next(iter(labels)),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(
        "Wrong, yet in the right family: the class is wrong, the levels above it are right, as in the paper's Figures 4"
        " and 5."
    )
    rows = np.flatnonzero(kinds[labels[chosen]])
    if not len(rows):
        st.info("There is no such clip.")
        return
    clips = [_listed(found, bundles, row) for row in rows[np.argsort(-found.confidence[1, rows], kind="stable")]]
    stored = stored_names(bundles[0])
    clips.sort(key=lambda clip: clip.video not in stored)  # what can be opened comes first
    folder = kept("folder") or st.session_state.get("folder") or ""
    query = list_tiles(bundles, clips, TILES, folder)
    st.caption(
        "Clips that came with the networks open when they are pressed; to open the others as well, choose the folder of"
        " their videos above. Of a tile's two marks the first is the left network's."
    )
    if query:
        _show(query)
        st.rerun()


def _show(query: dict[str, str]) -> None:
    """Choose a clip for the page, which takes it up when it runs again."""
    st.session_state[PRESSED] = {key: value for key, value in query.items() if key != "start"}  # tested in the middle


def take_up_pressed() -> None:
    """Called before the widgets of the page: make a clip that was pressed the one that is chosen."""
    for key, value in st.session_state.pop(PRESSED, {}).items():
        st.session_state[key] = value
        keep(key, value)


def _listed(found: Duel, bundles: Sequence[Bundle], row: int) -> Listed:
    tree = found.hierarchy
    answers = tuple(
        Answer(
            tree.classes[found.answered[number, row]],
            float(found.confidence[number, row]),
            int(found.heights[number, row]),
            bool(found.confidence[number, row] < bundle.config.threshold),
        )
        for number, bundle in enumerate(bundles)
    )
    return Listed(found.names[row], found.starts[row], tree.classes[found.leaves[row]], answers)


class Answers(NamedTuple):
    """A duel and what it comes to."""

    duel: Duel
    figures: dict[str, Any]


def _duel_of(bundles: Sequence[Bundle]) -> Answers | None:
    """The duel; what is missing for one is said."""
    first, second = bundles
    if first.hierarchy != second.hierarchy:
        st.caption("The two networks know different trees, so their answers cannot be set against each other.")
        return None
    try:
        folders = (first.folder, second.folder)
        found = _answers(*folders, stamp_of(first.folder), stamp_of(second.folder), first, second)
    except InputError as error:
        st.error(plain(str(error)))
        return None
    if found is None:
        st.caption("These networks keep no answers to test clips that both have seen; `evaluate` adds them.")
    return found


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_PATH)
def _answers(one: Path, other: Path, stamp: int, stamp_other: int, _first: Bundle, _second: Bundle) -> Answers | None:
    first, second = load_answers(_first), load_answers(_second)
    found = duel(first, second) if first and second else None
    return Answers(found, found.figures()) if found else None
