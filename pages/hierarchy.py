"""How are the classes related? The tree on the hyperbolic disk, from whichever node you like."""

import streamlit as st

from hprotopnet.errors import InputError
from hprotopnet.ui import atlas, plain, routed, tree_names
from hprotopnet.ui_hierarchy import explore

UPLOAD = "your own CSV file"
COLUMNS = "class,parent[,grandparent …][,display][,note]"

routed(__file__)
title, choose = st.columns([3, 2], vertical_alignment="bottom")
title.title("Hierarchy")
tree = choose.selectbox("Tree", [*tree_names(), UPLOAD], key="tree", bind="query-params")
content = st.file_uploader(COLUMNS, type="csv", max_upload_size=1) if tree == UPLOAD else None
if tree == UPLOAD and content is None:
    st.info("Upload a tree as CSV, one line a class with its ancestors behind it. Nothing of it is kept.")
    st.stop()
try:
    shown = atlas(tree, content.getvalue() if content else None)
except InputError as error:
    st.error(plain(str(error)))
    st.stop()
explore(shown)
with st.expander("The tree as a table", icon=":material/table:"):
    st.dataframe(shown.hierarchy.to_dict()["rows"], hide_index=True)
