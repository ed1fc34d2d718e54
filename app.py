"""The app: `streamlit run app.py`. It only routes; what a page shows is in `pages/`, what it knows in `hprotopnet/`."""

from pathlib import Path

import streamlit as st

from hprotopnet.ui.ahead import follow_up, prepare
from hprotopnet.ui.links import routed
from hprotopnet.ui.window import follow_theme

HERE = Path(__file__).parent
PAGES = {
    "overview": ("Overview", ":material/home:", "A clip, its path and why."),
    "hierarchy": ("Hierarchy", ":material/account_tree:", "How classes are related: the tree on the hyperbolic disk."),
    "node": ("Node", ":material/grain:", "What a network knows of one node: pieces, clips, accuracy."),
    "evidence": ("Evidence", ":material/search:", "Why this answer for this clip, level by level."),
    "attribution": ("Attribution", ":material/layers:", "Would Grad-CAM say the same? Methods side by side."),
    "film": ("Film", ":material/movie:", "What the network says over time, about any film."),
    "timeline": ("Timeline", ":material/timeline:", "When does it happen? Segments, concepts and why, in time."),
    "compare": ("Compare", ":material/compare_arrows:", "Two models side by side on the same clip."),
    "corrections": ("Correct", ":material/flag:", "Leave out prototypes that are no reason, and tune again."),
    "talk": ("Talk", ":material/slideshow:", "One idea a screen: a tour, or any clip step by step."),
    "results": ("Results", ":material/monitoring:", "How often right, at which level, how far off and how sure."),
}

prepare()
st.set_page_config(
    page_title="Hierarchical ProtoPNet Explorer", page_icon=str(HERE / "assets" / "icon.png"), layout="wide"
)
routed("")
folder = HERE / "pages"
# The first page lies at "/"; another one, in no menu, opens it by its name.
pages = [
    st.Page(folder / f"{name}.py", title=title, icon=icon, help=text, url_path=name if i else "start")
    for i, (name, (title, icon, text)) in enumerate(PAGES.items())
    if (folder / f"{name}.py").is_file()
]
pages.append(st.Page(folder / "overview.py", title="Overview", url_path="overview", visibility="hidden"))
st.navigation(pages, position="top").run()
follow_theme()
follow_up()
