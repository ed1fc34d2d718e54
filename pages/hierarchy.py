"""How are the classes related? The tree on the hyperbolic disk, from whichever node you like."""

import streamlit as st

from hprotopnet.ui.atlas import Atlas, atlas, tree_names, uploaded_atlas
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.hierarchy import explore
from hprotopnet.ui.links import pick, routed

UPLOAD = "your own CSV file"
COLUMNS = "class,parent[,grandparent …][,display][,note]"


def main() -> None:
    title, choose = st.columns([5, 3], gap="medium", vertical_alignment="bottom")  # as the columns below
    with title:
        st.title("Hierarchy", anchor=False)
        st.markdown("How are the classes of actions related? Click a node to bring it into focus.")
    with choose:
        tree = pick(st.selectbox, "Tree", [*tree_names(), UPLOAD], "tree", "tree")
    shown = uploaded() if tree == UPLOAD else atlas(tree)
    if shown:
        explore(shown, "" if tree == UPLOAD else tree)


def uploaded() -> Atlas | None:
    content = st.file_uploader(COLUMNS, type=["csv", "tsv", "txt"], max_upload_size=1)
    if content is None:
        st.info("Upload a tree as CSV, one line a class with its ancestors behind it. It is gone when you leave.")
        return None
    return uploaded_atlas(content.getvalue())


routed(__file__)
with guarded():
    main()
