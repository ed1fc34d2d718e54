"""Where the app finds networks, what it calls them, and which of them cannot be used, each with its reason."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from hprotopnet.bundles.bundle import Bundle, find_bundles, open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.errors import InputError
from hprotopnet.files import printable, stamp
from hprotopnet.hierarchy.tree import SHIPPED

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))
BY_PATH = {type(Path()): os.fsencode}  # for caches: streamlit's own way fails where a name is no UTF-8
COME_WITH = ("pantomime-cpg10-tied", "pantomime-protopnet10-tuned")  # bundles of the project itself


def available_bundles() -> dict[str, Path]:
    """Folders of the bundles that can be used, by what pages and links call them; see `found_bundles`."""
    return {name: folder for name, folder in found_bundles().items() if not _looked_over(folder).wrong}


def refused_bundles() -> list[str]:
    """Why each of the other bundles found cannot be used, a line each."""
    return list(filter(None, (_looked_over(folder).wrong for folder in found_bundles().values())))


def kind_of(folder: Path) -> str:
    """Kind of prototypes that a network has: "leaf", "all" or "none"."""
    return _looked_over(folder).kind


def bundle_of(folder: Path) -> Bundle:
    """An open bundle, opened again when it was trained again; raises `InputError` for what is wrong with it."""
    return _opened(folder, stamp_of(folder))


def found_bundles() -> dict[str, Path]:
    """Folders of all bundles found, by what pages and links call them.

    That is the folder's name; of several with one name it is that of the first, the project's own, and the others have
    the folder that they lie in behind it, "name (runs)".
    """
    found: dict[str, Path] = {}
    for folder in find_bundles(*dict.fromkeys(folder.resolve() for folder in FOLDERS)):
        found[next(name for name in names_for(folder) if name not in found)] = folder
    return found


class _Look(NamedTuple):
    """What is wrong with a bundle, or with what it shows first, in one line; nothing where it can be used."""

    wrong: str
    kind: str = ""


def _looked_over(folder: Path) -> _Look:
    return _look(folder, stamp_of(folder))


# All that are found are looked at, again and again, and few of them are opened.
@st.cache_resource(max_entries=4096, show_spinner=False, hash_funcs=BY_PATH)
def _look(folder: Path, stamp: int) -> _Look:
    try:
        bundle = _opened(folder, stamp)
        for stored in load_showcase(bundle)[:1]:
            _ = stored.explanation
        return _Look("", bundle.config.model.prototypes)
    except InputError as error:  # others may read it, to whom it is no matter where the folder lies
        return _Look(str(error).replace(f"{folder.parent}/", ""))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_PATH)
def _opened(folder: Path, stamp: int) -> Bundle:
    return open_bundle(folder)


def names_for(folder: Path) -> Iterator[str]:
    """What a folder may be called, the shortest first: whichever no other one is called."""
    own, above = printable(folder.name), [printable(part) for part in folder.parent.parts]
    yield own
    yield from (f"{own} ({'/'.join(above[-count:])})" for count in range(1, len(above) + 1))


def name_of(folder: Path) -> str:
    """What pages call the bundle in a folder."""
    return next((name for name, own in found_bundles().items() if own == folder), printable(folder.name))


def came_with_project(folder: Path) -> bool:
    """Whether the bundle in a folder is one of the project's, not one of the user's own."""
    return folder.name in COME_WITH and folder.parent == (PROJECT / "checkpoints").resolve()


def stamp_of(folder: Path) -> int:
    """Another number once anything was written in a bundle's folder, so that what is cached of it goes with it.

    Stored explanations are written after the network, and may be looked for before. State of a run does not count.
    """
    parts = (folder, folder / "showcase", folder / "showcase" / "traces")
    return stamp(folder / "excerpts", *(file for part in parts for file in _files(part)))


def _files(folder: Path) -> list[os.DirEntry]:
    try:
        return [entry for entry in os.scandir(folder) if entry.is_file()]
    except OSError:  # it is not there, or just being replaced
        return []
