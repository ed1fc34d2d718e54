"""One node of a tree: what its prototypes look like, where they fire, what they decide, and how often it is right."""

import streamlit as st

from hprotopnet.ui.atlas import atlas, tree_names
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, routed
from hprotopnet.ui.node import choose_node, clips_section, prototypes_section


def main() -> None:
    title, choose = st.columns([3, 4], gap="medium", vertical_alignment="bottom")  # as the columns below
    with title:
        st.title("Node", anchor=False)
        st.markdown("What does a network know of one node of its tree: by which prototypes, and how often is it right?")
    with choose:
        shown = atlas(pick(st.selectbox, "Tree", tree_names(), "tree", "tree", width=420))
    node = choose_node(shown)
    if shown.bundle is None:
        st.info("This is a tree without a network: it has neither prototypes nor answers. Choose one of a network.")
        return
    name = shown.hierarchy.nodes[node]
    prototypes_section(shown.bundle, name)
    clips_section(shown.bundle, name)


routed(__file__)
with guarded():
    main()
