"""The user interface: what all pages share, and in its modules the parts that pages are put together from.

Only this package, the pages and app.py know streamlit. What is cached is bounded and shared between sessions, so
nothing in it may be changed after it was made.
"""

import os
import re
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import find_bundles
from hprotopnet.files import stamp
from hprotopnet.hierarchy.tree import SHIPPED

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))


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


def available_bundles() -> dict[str, Path]:
    """Folders of the bundles found, by name; of two with one name the project's own."""
    found: dict[str, Path] = {}
    for folder in find_bundles(*dict.fromkeys(folder.resolve() for folder in FOLDERS)):
        found.setdefault(folder.name, folder)
    return found


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


def plain(text: str) -> str:
    """Text from outside, so escaped that streamlit's Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", text)
