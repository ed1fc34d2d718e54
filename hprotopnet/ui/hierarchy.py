"""The disk of a hierarchy to walk through, by clicks or by keyboard, and what is known of the node in focus.

The node in focus lives in `st.session_state["node"]`, bound to the address, so that every view is a link; so do the
layers that are switched on, in the address alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.bundles.traces import load_traces
from hprotopnet.disk.drawing import breadcrumb
from hprotopnet.disk.scene import Layer, Scene
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.atlas import LAYOUTS, NETWORK, Atlas
from hprotopnet.ui.cases import showcase_of
from hprotopnet.ui.choose import SOURCES, clip_name
from hprotopnet.ui.disk import ROOT, chosen_node, draw, told
from hprotopnet.ui.exports import offer_disk
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.views import overlays
from hprotopnet.views.maps import fidelity_line, share

SIGNS = "●◆■⬢⬟★"  # as the symbols of the disk, leaves first
DISK, LAYERS, CLIP = "disk", "layers", "clip on the disk"  # keys: the component, what it shows, what was clicked
EDGES = "Mean average precision with which a node's parent and children are its nearest on the disk; 1 is all of them."
DISTORTION = "By how much distances on the disk differ from those between class points, on average, at the best scale."
NEAREST = "By hyperbolic distance between the nodes' points, in the space of many dimensions and not on the disk."
SIBLINGS = "Share of classes whose nearest class on the disk is a sibling."


@st.fragment
@guarded()
def explore(shown: Atlas, tree: str = "") -> None:
    """The disk and what is known of the node in focus; a click runs only this part again.

    Args:
        tree: what links call the tree; "" for one that no link leads to.
    """
    hierarchy = shown.hierarchy
    picture, details = st.columns([5, 3], gap="medium")
    with details:
        options = [ROOT, *(hierarchy.nodes[node] for node in in_tree_order(hierarchy))]
        name = pick(
            *(st.selectbox, "Node in focus", options, "node", "node"),
            format_func=lambda name: node_label(hierarchy, name),
            help="Click a node of the disk, or choose one here by name.",
        )
        node = hierarchy.index(name) if name else -1
        describe(shown, node, tree)
    with picture:
        kind = pick(*(st.segmented_control, "Layout", LAYOUTS, "layout", "layout"), default=LAYOUTS[0], required=True)
        label = (
            f"The hierarchy on the hyperbolic disk, {node_label(hierarchy, name)} in focus. Arrows walk to parent,"
            " children and siblings, Enter centres."
        )
        base = shown.layouts[kind]
        scene = Scene(hierarchy, base, node, label, layers=layers_of(shown, base))
        draw(scene, DISK, focus=lambda: clicked(hierarchy), item=clip_clicked, layers=layers_switched)
        if shown.bundle:
            chosen_clip(shown.bundle)
        how_faithful(shown, kind)
        title = f"{tree.removeprefix(NETWORK) or 'Hierarchy'}, layout {kind}"
        offer_disk(scene, title, f"{shown.origin} {fidelity_line(shown.fidelity[kind], shown.fidelity['ball'])}")


def focus(name: str) -> None:
    st.session_state["node"] = name


def clicked(hierarchy: Hierarchy) -> None:
    name = chosen_node(told(DISK, "focus"), hierarchy)
    if name is not None:
        focus(name)


def clip_clicked() -> None:
    found = told(DISK, "item")
    st.session_state[CLIP] = found.get("id") if isinstance(found, dict) else None


def layers_switched() -> None:
    found = told(DISK, "layers")
    keys = [key for key in found if isinstance(key, str)] if isinstance(found, list) else []
    st.query_params[LAYERS] = ",".join(keys)


def layers_of(shown: Atlas, base: np.ndarray) -> tuple[Layer, ...]:
    """What can be laid over the disk of a network, what the address asks for switched on; nothing for a tree alone."""
    if shown.bundle is None:
        return ()
    on = str(st.query_params.get(LAYERS, "")).split(",")
    kind = next(name for name, own in shown.layouts.items() if own is base)
    found = _layers(shown.bundle.folder, stamp_of(shown.bundle.folder), kind, shown.bundle, base)
    return tuple(replace(layer, on=layer.key in on) for layer in found)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_PATH)
def _layers(folder: Path, stamp: int, kind: str, _bundle: Bundle, _base: np.ndarray) -> tuple[Layer, ...]:
    hierarchy, found = _bundle.hierarchy, []
    ways = (
        lambda: overlays.clips_layer(readable(_bundle), hierarchy, _base),
        lambda: overlays.prototypes_layer(_bundle, _base),
        lambda: overlays.mistakes_layer(load_answers(_bundle)),
        lambda: overlays.film_layer(load_traces(_bundle), hierarchy, _base),
    )
    for way in ways:
        with suppress(InputError):  # a file that cannot be read is no reason to show nothing else
            found.append(way())
    return tuple(filter(None, found))


def readable(bundle: Bundle) -> list[Stored]:
    """The stored clips of a bundle whose files can be read."""
    found = []
    for row in showcase_of(bundle):
        with suppress(InputError):
            _ = row.explanation
            found.append(row)
    return found


def chosen_clip(bundle: Bundle) -> None:
    """The stored clip that was clicked on the disk, and the way to its evidence."""
    chosen = st.session_state.get(CLIP)
    row = next((row for row in readable(bundle) if row.explanation.video == chosen), None) if chosen else None
    if row is None:
        return
    answer = bundle.hierarchy.display[bundle.hierarchy.index(row.explanation.path[-1])]
    query = {"bundle": name_of(bundle.folder), "source": SOURCES[0], "clip": clip_name(bundle, row)}
    label = f"{plain(clip_name(bundle, row))}, answered {plain(answer)}: see the evidence"
    st.page_link("pages/evidence.py", label=label, icon=":material/search:", query_params=query)


def how_faithful(shown: Atlas, kind: str) -> None:
    shape = "  ".join(f"{sign} {level}" for sign, level in zip(SIGNS, shown.hierarchy.level_names, strict=False))
    st.caption(
        f"{plain(shape)} · farther out is more specific · colour is the branch"
        " · arcs are the straight lines of hyperbolic space"
    )
    found, ball = shown.fidelity[kind], shown.fidelity["ball"]
    first, second, third = st.columns(3)
    first.metric("Tree edges found", f"{found['edge_map']:.2f}", help=EDGES, border=True)
    second.metric("Distortion", f"{found['distortion']:.1%}", help=DISTORTION, border=True)
    third.metric("Nearest is a sibling", share(found["sibling_nearest"]), help=SIBLINGS, border=True)
    st.caption(
        f"{shown.origin} They lie in a hyperbolic space of many dimensions; the disk is a projection of it, and this"
        f" is how good it is. In that space itself: tree edges found {ball['edge_map']:.2f}, nearest is a sibling"
        f" {share(ball['sibling_nearest'])}."
    )


def describe(shown: Atlas, node: int, tree: str) -> None:
    hierarchy = shown.hierarchy
    children = hierarchy.children(node)
    st.subheader(plain(hierarchy.display[node]) if node >= 0 else "All classes", anchor=False)
    if node >= 0:
        st.caption(plain(f"{hierarchy.level_names[hierarchy.levels[node]]}: {breadcrumb(hierarchy, node)}"))
        if hierarchy.notes[node]:
            st.write(plain(hierarchy.notes[node]))
        if tree:
            query = {"tree": tree, "node": node_label(hierarchy, hierarchy.nodes[node])}
            label = "Its prototypes, its clips, how often it is right"
            st.page_link("pages/node.py", label=label, icon=":material/grain:", query_params=query)
        parent = hierarchy.parents[node]
        up = hierarchy.nodes[parent] if parent >= 0 else ROOT
        st.button(
            f"Up to {plain(node_label(hierarchy, up))}", icon=":material/arrow_upward:", on_click=focus, args=(up,)
        )
    if children:
        leaves = len(hierarchy.leaves_under(node)) if node >= 0 else len(hierarchy.classes)
        st.markdown(f"**{leaves} classes in {len(children)} branches**" if leaves > len(children) else "**Classes**")
        with st.container(horizontal=True, gap="xsmall"):
            for name in (hierarchy.nodes[child] for child in children):
                st.button(plain(node_label(hierarchy, name)), key=f"to {name}", on_click=focus, args=(name,))
    if node >= 0:
        neighbours(shown, node)


def neighbours(shown: Atlas, node: int) -> None:
    """What is near a node: of its own level, and of all; the ancestors of a class are nearer to it than any class."""
    hierarchy = shown.hierarchy
    level = plain(hierarchy.level_names[hierarchy.levels[node]])
    alike = hierarchy.at_level(hierarchy.levels[node])
    if len(alike) > 1:
        st.markdown(f"**Nearest of the same level: {level}**")
        st.dataframe(nearest(shown, node, alike), hide_index=True, column_order=["Node", "Part of", "Distance"])
    st.markdown("**Nearest of any level**")
    st.dataframe(nearest(shown, node, range(len(hierarchy.nodes)), 5), hide_index=True)
    st.caption(NEAREST)


def in_tree_order(hierarchy: Hierarchy, node: int = -1) -> list[int]:
    """All nodes below `node`, each before its children."""
    return [step for child in hierarchy.children(node) for step in (child, *in_tree_order(hierarchy, child))]


def node_label(hierarchy: Hierarchy, name: str) -> str:
    """A node as shown to people."""
    return hierarchy.display[hierarchy.index(name)] if name else "All classes"


def nearest(shown: Atlas, node: int, among: Sequence[int], count: int = 8) -> dict[str, list]:
    """Columns of a table: those of some nodes that are nearest to `node` by the distances between class points, and
    what they are part of.
    """
    hierarchy, row = shown.hierarchy, shown.distances[node]
    order = sorted((other for other in among if other != node), key=lambda other: (row[other], other))[:count]
    return {
        "Node": [hierarchy.display[other] for other in order],
        "Level": [hierarchy.level_names[hierarchy.levels[other]] for other in order],
        "Part of": [_above(hierarchy, other) for other in order],
        "Distance": [round(float(row[other]), 2) for other in order],
    }


def _above(hierarchy: Hierarchy, node: int) -> str:
    parent = hierarchy.parents[node]
    return hierarchy.display[parent] if parent >= 0 else "All classes"
