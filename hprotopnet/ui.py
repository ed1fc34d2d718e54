"""What pages share: cached trees with their layouts, routing, uploads, text from outside.

The only module of the package that knows streamlit. What it caches is bounded and shared between sessions, so nothing
in it may be changed after it was made.
"""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from hprotopnet.bundle import find_bundles, open_bundle
from hprotopnet.disk import ball_geometry, figures, layout, pairwise, wedge_layout
from hprotopnet.errors import InputError
from hprotopnet.hierarchy import SHIPPED, Hierarchy, load_hierarchy

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))
MOST_BYTES, MOST_CLASSES = 1_000_000, 500  # of an uploaded tree
LAYOUTS = ("Learned geometry", "Taxonomy")


@dataclass(frozen=True, eq=False)
class Atlas:
    """A hierarchy with everything the disk needs.

    Attributes:
        hierarchy: the tree.
        distances: of its class points in the ball, (N, N).
        layouts: complex (N,), by name.
        fidelity: of these layouts, and under "ball" of the ball itself, see `hprotopnet.disk.figures`.
    """

    hierarchy: Hierarchy
    distances: np.ndarray
    layouts: Mapping[str, np.ndarray]
    fidelity: Mapping[str, dict[str, float]]


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


def tree_names() -> list[str]:
    """Trees that can be chosen: the shipped ones, then those of the bundles found."""
    shipped = sorted(file.stem for file in SHIPPED.glob("*.csv"))
    return [*shipped, *(f"bundle {name}" for name in available_bundles())]


@st.cache_resource(max_entries=8, show_spinner="Laying out the tree …")
def atlas(tree: str, upload: bytes | None = None) -> Atlas:
    """The atlas of a tree of `tree_names`, or of an uploaded CSV file.

    A bundle brings its class points along. For other trees they are made in closed form, which takes no time and
    orders distances as the tree does; refining them would take seconds and is for training.
    Raises `InputError` when there is no such tree or the file holds none.
    """
    from hprotopnet.embedding import start_points

    if upload is not None:
        hierarchy = read_upload(upload)
    elif tree not in tree_names():
        raise InputError(f"no tree is called '{tree}'; choose another")
    elif tree.startswith("bundle "):
        bundle = open_bundle(available_bundles()[tree.removeprefix("bundle ")])
        return _atlas(bundle.hierarchy, bundle.points)
    else:
        hierarchy = load_hierarchy(tree)
    return _atlas(hierarchy, start_points(hierarchy))


def _atlas(hierarchy: Hierarchy, points: Any) -> Atlas:
    _, distances, radii = ball_geometry(hierarchy, points)
    layouts = dict(zip(LAYOUTS, (layout(hierarchy, distances, radii), wedge_layout(hierarchy)), strict=True))
    shown = {name: pairwise(base) for name, base in layouts.items()} | {"ball": distances}
    return Atlas(hierarchy, distances, layouts, {name: figures(d, distances, hierarchy) for name, d in shown.items()})


def read_upload(content: bytes) -> Hierarchy:
    """The hierarchy in an uploaded CSV file; raises `InputError` in one line. Nothing of it is kept."""
    if len(content) > MOST_BYTES:
        raise InputError(f"uploaded.csv: larger than {MOST_BYTES // 1000} kB; upload a tree, one line a class")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "uploaded.csv"
        file.write_bytes(content)
        try:
            hierarchy = load_hierarchy(file)
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/", "")) from None
    if len(hierarchy.classes) > MOST_CLASSES:
        raise InputError(f"uploaded.csv: {len(hierarchy.classes)} classes, at most {MOST_CLASSES} can be drawn")
    return hierarchy


def plain(text: str) -> str:
    """Text from outside, so escaped that streamlit's Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", text)
