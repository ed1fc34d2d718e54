"""The user interface: what all pages share, and in its modules the parts that pages are put together from.

Only this package, the pages and app.py know streamlit. What is cached is bounded and shared between sessions, so
nothing in it may be changed after it was made.
"""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from hprotopnet.bundles.bundle import find_bundles
from hprotopnet.hierarchy.tree import SHIPPED

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))
# What pages read of a bundle.
READ = ("model.json", "weights.safetensors", "points.npz", "prototypes.json", "excerpts", "showcase", "showcase/traces")


def routed(page: str) -> None:
    """Called by app.py with "" and first thing by every page with its file: makes sure that app.py routes.

    While no session has reached app.py's `st.navigation`, streamlit takes the folder `pages` for an app of its old
    kind, and a link straight to a page would run that page alone. Then this ends the old kind and runs again.
    """
    known = st.session_state.get("routed", False)
    st.session_state["routed"] = True
    if page:
        st.session_state["turned"], st.session_state["page"] = st.session_state.get("page") != page, page
    if page and not known:
        st.navigation([st.Page(lambda: None, url_path="start"), st.Page(page, url_path=Path(page).stem)])
        st.rerun()


def available_bundles() -> dict[str, Path]:
    """Folders of the bundles found, by what they are called: their name, the project's own first.

    Another of the same name is called by the folder it lies in too, "pantomime-cpg10 (runs)".
    """
    found: dict[str, Path] = {}
    for folder in find_bundles(*dict.fromkeys(folder.resolve() for folder in FOLDERS)):
        names = (folder.name, f"{folder.name} ({folder.parent.name})", f"{folder.name} ({folder.parent})")
        found[next(name for name in names if name not in found)] = folder
    return found


def is_shipped(folder: Path) -> bool:
    """Whether a network came with the project."""
    return folder.parent == (PROJECT / "checkpoints").resolve()


def newest_of_ones_own() -> str | None:
    """What the network is called that the user trained last, None without one."""
    own = {name: folder for name, folder in available_bundles().items() if not is_shipped(folder)}
    return max(own, key=lambda name: (own[name] / "model.json").stat().st_mtime_ns, default=None)


def say_unknown(key: str, what: str, known: Collection[str]) -> None:
    """Say so where a link names something that is not there: called before the widget that shows another instead."""
    wanted = st.query_params.get(key)
    if wanted and wanted not in known:
        st.info(f"There is no {what} “{plain(wanted)}” here, so another is shown.", icon=":material/link_off:")


def recall(key: str, known: Collection[str]) -> None:
    """Begin where another page left off, before the widget `key` is drawn: streamlit drops a page's choices with it.

    What a link says goes first.
    """
    kept = st.session_state.get(f"kept {key}")
    if st.session_state.get("turned") and key not in st.query_params and kept in known:
        st.session_state[key] = kept
        with suppress(StreamlitAPIException):  # where the address already belongs to the widget
            st.query_params[key] = kept


def keep(key: str, value: str) -> None:
    """Keep a choice for the next page, see `recall`."""
    st.session_state[f"kept {key}"] = value


def keep_inside(key: str, low: float, high: float) -> None:
    """Bring a slider's value inside its bounds, before it is drawn: they may have moved since, or a link may lie."""
    value = st.session_state.get(key)
    if isinstance(value, int | float) and not low <= value <= high:
        st.session_state[key] = min(max(value, low), high)


def stamp_of(folder: Path) -> int:
    """Stands for a bundle as it is now, so that what is cached of it goes when anything in it is written anew.

    Folders count too: stored explanations may come after the network, and each file that does changes its folder.
    """
    return hash(tuple((folder / part).stat().st_mtime_ns for part in READ if (folder / part).exists()))


def plain(text: str) -> str:
    """Text from outside, so escaped that streamlit's Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", text)
