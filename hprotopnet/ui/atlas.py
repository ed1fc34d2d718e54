"""Trees to choose from, the networks', the shipped ones and uploads, each laid out on the disk once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.disk.fidelity import ball_geometry, figures
from hprotopnet.disk.layouts import layout, wedge_layout
from hprotopnet.disk.poincare import pairwise
from hprotopnet.errors import InputError
from hprotopnet.files import private_folder, stamp, writing
from hprotopnet.hierarchy.tree import SHIPPED, Hierarchy, load_hierarchy
from hprotopnet.ui.networks import BY_PATH, available_bundles, bundle_of, stamp_of

if TYPE_CHECKING:  # a picture must not wait for torch
    from hprotopnet.hierarchy.points import ClassPoints

MOST_BYTES, MOST_CLASSES = 1_000_000, 500  # of an uploaded tree
LAYOUTS = ("Geometry", "Taxonomy")
NETWORK = "network "  # before the name of a network whose tree it is
SPINNER = "Laying out the tree …"


@dataclass(frozen=True, eq=False)
class Atlas:
    """A hierarchy with everything the disk needs.

    Attributes:
        hierarchy: the tree.
        distances: of its class points in the ball, (N, N).
        layouts: complex (N,), by name.
        fidelity: of these layouts, and under "ball" of the ball itself, see `hprotopnet.disk.fidelity`.
        origin: where the class points come from, as a sentence.
        bundle: the network that the tree is of; None for a tree alone.
    """

    hierarchy: Hierarchy
    distances: np.ndarray
    layouts: Mapping[str, np.ndarray]
    fidelity: Mapping[str, dict[str, float]]
    origin: str
    bundle: Bundle | None = None


def tree_names() -> list[str]:
    """Trees that can be chosen: those of the networks found, then the shipped ones, the one they are part of first."""
    shipped = sorted((file.stem for file in SHIPPED.glob("*.csv")), key=lambda name: (name != "ucf101", name))
    return [*(NETWORK + name for name in available_bundles()), *shipped]


def atlas(tree: str) -> Atlas:
    """The atlas of one of `tree_names`; raises `InputError` when the network it belongs to cannot be opened."""
    if not tree.startswith(NETWORK):
        return _shipped(tree, stamp(SHIPPED / f"{tree}.csv"))
    folder = available_bundles()[tree.removeprefix(NETWORK)]
    return _of_network(folder, stamp_of(folder))


@st.cache_resource(scope="session", max_entries=2, show_spinner=SPINNER)
def uploaded_atlas(content: bytes) -> Atlas:
    """The atlas of an uploaded CSV file, for this session alone; raises `InputError` when the file holds no tree."""
    return _tree_alone(read_upload(content))


@st.cache_resource(max_entries=8, show_spinner=SPINNER, hash_funcs=BY_PATH)
def _of_network(folder: Path, stamp: int) -> Atlas:
    bundle = bundle_of(folder)
    return replace(_made(bundle.hierarchy, bundle.points, "The class points are those of the network."), bundle=bundle)


@st.cache_resource(max_entries=8, show_spinner=SPINNER)
def _shipped(tree: str, stamp: int) -> Atlas:
    return _tree_alone(load_hierarchy(tree))


def _tree_alone(hierarchy: Hierarchy) -> Atlas:
    """An atlas with class points in closed form, which takes no time; refining them would take seconds."""
    from hprotopnet.hierarchy.points import start_points

    return _made(hierarchy, start_points(hierarchy), "The class points follow from the tree alone: nothing is learned.")


def _made(hierarchy: Hierarchy, points: "ClassPoints", origin: str) -> Atlas:
    _, distances, radii = ball_geometry(hierarchy, points)
    layouts = dict(zip(LAYOUTS, (layout(hierarchy, distances, radii), wedge_layout(hierarchy)), strict=True))
    shown = {name: pairwise(base) for name, base in layouts.items()} | {"ball": distances}
    fidelity = {name: figures(d, distances, hierarchy) for name, d in shown.items()}
    return Atlas(hierarchy, distances, layouts, fidelity, origin)


def read_upload(content: bytes) -> Hierarchy:
    """The hierarchy in an uploaded CSV file; raises `InputError` in one line. Nothing of it is kept."""
    if len(content) > MOST_BYTES:
        raise InputError(f"uploaded.csv: larger than {MOST_BYTES // 1000} kB; upload a tree, one line a class")
    with private_folder() as folder:
        file = folder / "uploaded.csv"
        with writing(file):
            file.write_bytes(content)
        try:
            hierarchy = load_hierarchy(file)
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/", "")) from None
    if len(hierarchy.classes) > MOST_CLASSES:
        raise InputError(f"uploaded.csv: {len(hierarchy.classes)} classes, at most {MOST_CLASSES} can be drawn")
    return hierarchy
