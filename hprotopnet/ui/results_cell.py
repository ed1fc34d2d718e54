"""The confusion matrix to click on, and the clips of the cell that was clicked, which open on the page Evidence.

Truth and answer of the cell live in the session under "truth" and "said", bound to the address; two boxes to choose
them do the same for those who use no mouse.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.choose import SOURCES
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick
from hprotopnet.ui.listed import Listed, ask_for_folder, at_hand, list_tiles, stored_names
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.results_parts import behind, chart, evaluating, is_dark
from hprotopnet.ui.text import plain
from hprotopnet.ui.window import beside_chart, chart_width
from hprotopnet.views.confusion import draw_confusion
from hprotopnet.views.gallery import EVERY, SURE, Answer
from hprotopnet.views.scores import Rows, clips_of_cell, confusion, mistake_in_words, tree_order

WIDE = "place of the matrix"
TALLEST, LOWEST = 760, 380  # pixels


@st.fragment
@guarded()
def confusion_section(bundle: Bundle, answers: ClipAnswers) -> None:
    """The matrix and one of its cells; a click runs only this part again."""
    tree, counts = answers.hierarchy, confusion(answers)
    st.subheader("What is taken for what", anchor=False)
    matrix, cell = st.columns([5, 3], gap="large")
    with cell:
        place = st.container()
    with place:
        truth, said = choose_cell(tree, counts)
        clips = clips_of_cell(answers, truth, said)
        cell_header(tree, truth, said, clips)
        list_clips(bundle, truth, said, clips)
    with matrix:
        side = min(TALLEST, max(LOWEST, chart_width(WIDE)))
        alt = f"Confusion matrix of {len(tree.classes)} classes in tree order; the cell shown is also chosen by name"
        drawn = draw_confusion(counts, tree, is_dark(), side, (truth, said))
        chart(drawn, "matrix", alt, on_select=lambda: clicked(tree))
        beside_chart(WIDE)
        st.caption("Click a cell for its clips. Families are framed: a mistake inside a frame is a mild one.")
        behind(cell_rows(tree, counts), f"{bundle.name} confusion", evaluating(bundle))


def choose_cell(tree: Hierarchy, counts: Any) -> tuple[int, int]:
    """Truth and answer, to begin with those of the commonest mistake."""
    order = tree_order(tree)
    names = [tree.classes[leaf] for leaf in order]
    mistakes = counts * (tree.leaf_heights > 0)
    worst = divmod(int(mistakes.argmax()), len(names))
    settings = {"format_func": lambda name: tree.display[tree.index(name)]}
    left, right = st.columns(2)
    with left:
        truth = pick(st.selectbox, "True class", names, "truth", "class", index=order.index(worst[0]), **settings)
    with right:
        said = pick(st.selectbox, "Answered", names, "said", "class", index=order.index(worst[1]), **settings)
    return tree.index(truth), tree.index(said)


def clicked(tree: Hierarchy) -> None:
    # The chart forgets its selection with every new figure: the cell moves to a state of its own.
    cell = selected_cell(st.session_state.get("matrix"), tree)
    if cell:
        st.session_state["truth"], st.session_state["said"] = cell


def selected_cell(event: Mapping[str, Any] | None, tree: Hierarchy) -> tuple[str, str] | None:
    """Names of truth and answer of the cell that was clicked; None when nothing (known) was."""
    points = ((event or {}).get("selection") or {}).get("points") or []
    named = points[0].get("customdata") if points else None
    if isinstance(named, Mapping):  # as streamlit hands on lists
        named = [named[key] for key in sorted(named)]
    sound = isinstance(named, list | tuple) and len(named) == 2 and all(name in tree.classes for name in named)
    return (named[0], named[1]) if sound else None


def cell_header(tree: Hierarchy, truth: int, said: int, clips: Rows) -> None:
    count = f"{len(clips)} clip{'' if len(clips) == 1 else 's'}"
    of, taken = plain(tree.display[truth]), plain(tree.display[said])
    if truth == said:
        st.markdown(f"**{count} of {of}** answered rightly.")
    else:
        st.markdown(f"**{count} of {of}** answered as {taken}: {plain(mistake_in_words(tree, truth, said))}.")


def list_clips(bundle: Bundle, truth: int, said: int, clips: Rows) -> None:
    """The clips of a cell as tiles; one that can be looked at opens on the page Evidence."""
    if not clips:
        return
    tree = bundle.hierarchy
    listed = [
        Listed(row["video"], row["start"], tree.nodes[truth], (_answer(bundle, truth, said, row),)) for row in clips
    ]
    folder = None if at_hand(bundle, listed) else ask_for_folder()
    query = list_tiles([bundle], listed, "tiles of the cell", folder)
    if stored_names(bundle) & {clip.video for clip in listed}:
        in_gallery(bundle, truth, said)
    if query:
        # What a widget of this page is bound to may not be set; the other page keeps it as it was left here.
        st.switch_page("pages/evidence.py", query_params={key: own for key, own in query.items() if key != "folder"})


def _answer(bundle: Bundle, truth: int, said: int, row: dict[str, Any]) -> Answer:
    tree, chance = bundle.hierarchy, row["probability of the answer"]
    return Answer(tree.nodes[said], chance, int(tree.leaf_heights[said, truth]), chance < bundle.config.threshold)


def in_gallery(bundle: Bundle, truth: int, said: int) -> None:
    """A link to the stored clips of a cell in the gallery, to step through."""
    tree = bundle.hierarchy
    query = {"bundle": name_of(bundle.folder), "source": SOURCES[0], "gallery": "true"}
    query |= {"within": tree.display[truth], "answered": tree.display[said], "answers": EVERY, "sure": SURE}
    label = "Those that came with the network, in the gallery"
    st.page_link("pages/evidence.py", label=label, icon=":material/grid_view:", query_params=query)


def cell_rows(tree: Hierarchy, counts: Any) -> Rows:
    """A row for each cell that holds a clip, mistakes first, the commonest first."""
    rows = [
        {
            "true class": tree.display[truth],
            "answered": tree.display[said],
            "clips": int(counts[truth, said]),
            "levels off": int(tree.leaf_heights[truth, said]),
        }
        for truth, said in zip(*counts.nonzero(), strict=True)
    ]
    return sorted(rows, key=lambda row: (row["levels off"] == 0, -row["clips"]))
