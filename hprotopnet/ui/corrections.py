"""Marks of prototypes that are beside the point: where they are kept, and links to where they are set.

On the user's own machine they lie in a file of the user's cache, by the weights of the network, and outlast the
session. Where the app is shared nobody may write files: there they go with the session.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.similarities import identity
from hprotopnet.corrections.marks import Log, Mark, read_log, write_log
from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.text import plain
from hprotopnet.views.words import display

PROTOTYPE = "prototype"  # key of the one that is looked for


def mark_link(bundle: Bundle, prototype: int, label: str = "Beside the point?") -> None:
    """A link to where a prototype can be marked as beside the point.

    Args:
        prototype: its number in the bundle.
    """
    query = {"bundle": name_of(bundle.folder), PROTOTYPE: prototype_name(bundle, prototype)}
    st.page_link("pages/corrections.py", label=label, icon=":material/flag:", query_params=query)


def prototype_name(bundle: Bundle, prototype: int) -> str:
    """What links and lists call a prototype: "57, Rafting 8", its number in the bundle and among those of its node."""
    node = bundle.prototypes[prototype].node
    return f"{prototype}, {display(bundle.hierarchy, node)} {bundle.number_of(prototype)}"


def marks_of(bundle: Bundle) -> tuple[Mark, ...]:
    """What is marked of a network, the oldest mark first; raises `InputError` for a file that cannot be read."""
    if is_shared():
        return _held().get(_identity_of(bundle), ())
    path = _file(bundle)
    if not path.exists():
        return _held().get(_identity_of(bundle), ())
    try:
        return read_log(path, bundle).marks
    except InputError as error:
        raise InputError(f"{error}; or remove the file, and marks begin anew") from error


def log_of(bundle: Bundle) -> Log:
    """The log of what is marked."""
    return Log(bundle.name, _identity_of(bundle), marks_of(bundle))


def set_marks(bundle: Bundle, marks: Sequence[Mark]) -> None:
    """Keep these marks of a network in place of those before; where no file can be written the page says so."""
    _held()[_identity_of(bundle)] = tuple(marks)
    if is_shared():
        return
    try:
        write_log(_file(bundle), Log(bundle.name, _identity_of(bundle), tuple(marks)))
    except InputError as error:
        st.session_state["marks not written"] = str(error)


def say_where(bundle: Bundle) -> None:
    """Where the marks lie, and for how long."""
    refused = st.session_state.pop("marks not written", None)
    if refused:
        st.warning(plain(f"{refused}. The marks go with this session."))
    if is_shared():
        st.caption("This app is shared: marks are yours alone and go with the session; export the log to keep them.")
    else:
        st.caption("Marks are kept in your cache for this network, and are here again when the app is started anew.")


def _held() -> dict[str, tuple[Mark, ...]]:
    return st.session_state.setdefault("marks", {})


def _file(bundle: Bundle) -> Path:
    return cache_dir() / "corrections" / f"{_identity_of(bundle)[:32]}.json"


def _identity_of(bundle: Bundle) -> str:
    return _identity(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_PATH)
def _identity(folder: Path, stamp: int, _bundle: Bundle) -> str:
    return identity(_bundle)
