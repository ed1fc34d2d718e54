"""Where the app finds detectors, and what is stored of them; those that cannot be used are told of with the reason."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from hprotopnet.errors import InputError
from hprotopnet.files import stamp
from hprotopnet.temporal.card import JSON, Card, read_card
from hprotopnet.temporal.showcase import FOLDER, Evidence, Showcase, load_showcase
from hprotopnet.ui import networks
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import BY_PATH, names_for
from hprotopnet.ui.text import plain

HOW_TO_MAKE_ONE = (
    "There is no detector yet: make one with `python train.py --recipe pantomime-haan`, which renders its own videos,"
    " or put the folder of one into `checkpoints/`."
)
MOST_REFUSED = 20


class _Look(NamedTuple):
    """What is wrong with a detector or with what is stored of it, in one line; nothing where it can be used."""

    wrong: str
    stored: bool = False


def choose_detector() -> Card | None:
    """Let the user choose a detector; None where there is none, and the page says how to make one."""
    found = found_detectors()
    looks = {name: _look(folder, stamp_of(folder)) for name, folder in found.items()}
    refused = [look.wrong for look in looks.values() if look.wrong]
    usable = sorted((name for name in found if not looks[name].wrong), key=lambda name: (not looks[name].stored, name))
    chosen = pick(st.selectbox, "Detector", usable, "detector", "detector") if usable else None
    if chosen is None:
        st.info(HOW_TO_MAKE_ONE, icon=":material/model_training:")
    if refused:
        _say_refused(refused)
    return card_of(found[chosen]) if chosen else None


def _say_refused(lines: list[str]) -> None:
    are = "1 detector" if len(lines) == 1 else f"{len(lines)} detectors"
    with st.expander(f"{are} cannot be used", icon=":material/warning:"):
        for line in lines[:MOST_REFUSED]:
            st.caption(plain(line))


def found_detectors() -> dict[str, Path]:
    """Folders of all detectors found where networks are, by what pages and links call them."""
    found: dict[str, Path] = {}
    for folder in dict.fromkeys(folder.resolve() for folder in networks.FOLDERS):
        for file in sorted(folder.glob(f"*/{JSON}")):
            found[next(name for name in names_for(file.parent) if name not in found)] = file.parent
    return found


def card_of(folder: Path) -> Card:
    """Card of a detector, read again when it was trained again; raises `InputError` for what is none."""
    return _card(folder, stamp_of(folder))


def showcase_of(card: Card) -> Showcase | None:
    """What is stored of a detector; raises `InputError` for what is wrong with it."""
    return _showcase(card.folder, stamp_of(card.folder))


def evidence_of(card: Card) -> Evidence | None:
    """What a prototype network said of the videos that are stored; None where none was asked."""
    return _evidence(card.folder, stamp_of(card.folder))


def stamp_of(folder: Path) -> int:
    """Another number once anything of a detector was written again."""
    store = folder / FOLDER
    return stamp(folder, *folder.glob("detector.*"), store, *store.glob("*"))


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=BY_PATH)
def _look(folder: Path, stamp: int) -> _Look:
    try:
        return _Look("", showcase_of(card_of(folder)) is not None)
    except InputError as error:  # others may read it, to whom it is no matter where the folder lies
        return _Look(str(error).replace(f"{folder.parent}/", ""))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_PATH)
def _card(folder: Path, stamp: int) -> Card:
    return read_card(folder)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_PATH)
def _showcase(folder: Path, stamp: int) -> Showcase | None:
    return load_showcase(card_of(folder))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_PATH)
def _evidence(folder: Path, stamp: int) -> Evidence | None:
    found = showcase_of(card_of(folder))
    return found.evidence() if found else None
