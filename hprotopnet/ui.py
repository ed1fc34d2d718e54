"""What pages share: cached trees with their layouts, and handling of what users click and upload.

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
from hprotopnet.disk_figure import ROOT
from hprotopnet.errors import InputError
from hprotopnet.hierarchy import SHIPPED, Hierarchy, load_hierarchy

CHECKPOINTS = SHIPPED.parent.parent / "checkpoints"
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
        st.navigation([st.Page(page)])
        st.rerun()


def tree_names() -> list[str]:
    """Trees that can be chosen: the shipped ones, then those of the bundles found."""
    shipped = sorted(file.stem for file in SHIPPED.glob("*.csv"))
    return [*shipped, *(f"bundle {folder.name}" for folder in find_bundles(CHECKPOINTS))]


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
        bundle = open_bundle(CHECKPOINTS / tree.removeprefix("bundle "))
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


def selected_node(event: Mapping[str, Any] | None, hierarchy: Hierarchy) -> str | None:
    """Name of the node that was clicked, `ROOT` for the root, None when nothing (known) was."""
    points = ((event or {}).get("selection") or {}).get("points") or []
    named = points[0].get("customdata") if points else None
    name = named[0] if isinstance(named, list | tuple) and named else named
    return name if name == ROOT or name in hierarchy.nodes else None


def in_tree_order(hierarchy: Hierarchy, node: int = -1) -> list[int]:
    """All nodes below `node`, each before its children."""
    return [step for child in hierarchy.children(node) for step in (child, *in_tree_order(hierarchy, child))]


def node_label(hierarchy: Hierarchy, name: str) -> str:
    """A node as shown to people."""
    return hierarchy.display[hierarchy.index(name)] if name else "All classes"


def nearest(shown: Atlas, node: int, count: int = 8) -> dict[str, list]:
    """Columns of a table: the nodes nearest to `node` in the ball."""
    hierarchy, row = shown.hierarchy, shown.distances[node]
    order = [other for other in np.argsort(row, kind="stable") if other != node][:count]
    return {
        "Node": [hierarchy.display[other] for other in order],
        "Level": [hierarchy.level_names[hierarchy.levels[other]] for other in order],
        "Distance": [round(float(row[other]), 2) for other in order],
    }


def plain(text: str) -> str:
    """Text from outside, so escaped that streamlit's Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", text)
