"""Who may see the app, and what of this machine they may look into.

By default only the machine itself can open the app, and whoever sits at it may name any folder. An app that others can
open, by its address or through a web server of this machine, shows only folders named when it was started:

    streamlit run app.py --server.address 0.0.0.0 -- --share FOLDER ...
"""

import sys
from ipaddress import ip_address
from pathlib import Path

import streamlit as st

from hprotopnet.files import printable

SHARE = "--share"


def is_shared() -> bool:
    """Whether others than this machine can open the app, as far as its address and how it was started tell."""
    if SHARE in sys.argv:
        return True
    address = st.get_option("server.address")
    try:
        return not ip_address(address).is_loopback
    except ValueError:  # a name, or none, which means all addresses
        return address != "localhost"


def shared_folders() -> dict[str, Path]:
    """Folders that were named when the app was started, by what pages call them: never by where they lie."""
    found: dict[str, Path] = {}
    for folder in map(Path, dict.fromkeys(_named())):
        own = printable(folder.resolve().name)
        number = sum(name.partition(" (")[0] == own for name in found)
        found[f"{own} ({number + 1})" if number else own] = folder
    return found


def _named() -> list[str]:
    return sys.argv[sys.argv.index(SHARE) + 1 :] if SHARE in sys.argv else []
