"""The disk of a hierarchy to walk through, by clicks or by keyboard, and what is known of the node in focus.

The node in focus lives in `st.session_state["node"]`, bound to the address, so that every view is a link.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from hprotopnet.disk.drawing import ROOT, breadcrumb
from hprotopnet.disk.figure import disk_figure
from hprotopnet.disk.layouts import look_at
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.atlas import LAYOUTS, Atlas
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick
from hprotopnet.ui.text import plain
from hprotopnet.ui.window import beside_chart, chart_width

SIGNS = "●◆■⬢⬟★"  # as the symbols of the disk, leaves first
SIDE = 640  # pixels, the height of the disk, where its place is about as wide
PLACE = "place of the disk"
EDGES = "Mean average precision with which a node's parent and children are its nearest on the disk; 1 is all of them."
DISTORTION = "By how much distances on the disk differ from those between class points, on average, at the best scale."
NEAREST = "By hyperbolic distance between the nodes' points, in the space of many dimensions and not on the disk."
SIBLINGS = "Share of classes whose nearest class on the disk is a sibling."


@st.fragment
@guarded()
def explore(shown: Atlas) -> None:
    """The disk and what is known of the node in focus; a click runs only this part again."""
    hierarchy = shown.hierarchy
    choose, kind_at, home = st.columns([5, 4, 3], vertical_alignment="bottom")
    options = [ROOT, *(hierarchy.nodes[node] for node in in_tree_order(hierarchy))]
    with choose:
        name = pick(
            *(st.selectbox, "Node in focus", options, "node", "node"),
            format_func=lambda name: node_label(hierarchy, name),
            help="Click a node of the disk, or choose one here by name.",
        )
    with kind_at:
        kind = pick(*(st.segmented_control, "Layout", LAYOUTS, "layout", "layout"), default=LAYOUTS[0], required=True)
    home.button("To the root", icon=":material/home:", on_click=focus, args=(ROOT,), width="stretch")
    node = hierarchy.index(name) if name else -1
    picture, details = st.columns([5, 3], gap="large")
    with picture:
        width = chart_width(PLACE)
        st.plotly_chart(
            disk_figure(
                look_at(hierarchy, shown.layouts[kind], node),
                dark=st.context.theme.type == "dark",
                side=min(SIDE, round(1.1 * width)),
                width=width,
            ),
            theme=None,
            key="disk",
            on_select=lambda: clicked(hierarchy),
            selection_mode="points",
            config={"displayModeBar": False, "doubleClick": False, "scrollZoom": False},
            alt=f"The hierarchy on the Poincaré disk with {node_label(hierarchy, name)} in focus",
        )
        how_faithful(shown, kind)
        beside_chart(PLACE)
    with details:
        describe(shown, node)


def focus(name: str) -> None:
    st.session_state["node"] = name


def clicked(hierarchy: Hierarchy) -> None:
    # The chart forgets its selection with every new figure: the node moves to a state of its own.
    name = selected_node(st.session_state.get("disk"), hierarchy)
    if name is not None:
        focus(name)


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
    third.metric("Nearest is a sibling", f"{found['sibling_nearest']:.0%}", help=SIBLINGS, border=True)
    st.caption(
        f"{shown.origin} They lie in a hyperbolic space of many dimensions; the disk is a projection of it, and this"
        f" is how good it is. In that space itself: tree edges found {ball['edge_map']:.2f}, nearest is a sibling"
        f" {ball['sibling_nearest']:.0%}."
    )


def describe(shown: Atlas, node: int) -> None:
    hierarchy = shown.hierarchy
    children = hierarchy.children(node)
    st.subheader(plain(hierarchy.display[node]) if node >= 0 else "All classes", anchor=False)
    if node >= 0:
        st.caption(plain(f"{hierarchy.level_names[hierarchy.levels[node]]}: {breadcrumb(hierarchy, node)}"))
        if hierarchy.notes[node]:
            st.write(plain(hierarchy.notes[node]))
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


def selected_node(event: Mapping[str, Any] | None, hierarchy: Hierarchy) -> str | None:
    """Name of the node that was clicked, `ROOT` for the root, None when nothing (known) was."""
    points = ((event or {}).get("selection") or {}).get("points") or []
    named = points[0].get("customdata") if points else None
    name = named[0] if isinstance(named, list | tuple) and named else named
    return name if name == ROOT or name in hierarchy.nodes else None
