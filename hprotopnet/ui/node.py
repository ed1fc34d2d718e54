"""Parts of the page about one node: where it lies, its prototypes, and the clips that it gets right and wrong.

Every function writes into the place where it is called. Names come from outside and pass through `plain`.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from hprotopnet.bundles.answers import load_answers
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import source_images
from hprotopnet.disk.drawing import breadcrumb
from hprotopnet.disk.scene import Scene
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.studies.nodes import NodeAnswers, NodeFacts, Patch, PrototypeFacts, node_answers, node_facts
from hprotopnet.ui.atlas import LAYOUTS, Atlas
from hprotopnet.ui.cases import images_of
from hprotopnet.ui.choose import SOURCES, clip_name
from hprotopnet.ui.clip import picture
from hprotopnet.ui.corrections import mark_link
from hprotopnet.ui.disk import ROOT, chosen_node, draw, told
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.hierarchy import in_tree_order, node_label, readable
from hprotopnet.ui.links import pick
from hprotopnet.ui.listed import SAME
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.views import render, words
from hprotopnet.views.bars import bars_html

DISK = "disk of the node"  # key of the component
FEW, THUMBNAILS, PAIRS = 4, 8, 8  # prototypes shown at first, clips, and kinds of mistakes
SIDE, SMALL = 128, 100  # pixels of a prototype's clip, and of a thumbnail


def choose_node(shown: Atlas) -> int:
    """The node of the page, on the disk and by name, with what it is."""
    hierarchy = shown.hierarchy
    said, where = st.columns([3, 4], gap="medium")
    with said:
        if st.session_state.get("node") == ROOT:  # from the page Hierarchy; the root has no page
            del st.session_state["node"]
        names = [hierarchy.nodes[node] for node in in_tree_order(hierarchy)]
        name = pick(*(st.selectbox, "Node", names, "node", "node"), format_func=lambda own: node_label(hierarchy, own))
        node = hierarchy.index(name)
        st.subheader(plain(hierarchy.display[node]), anchor=False)
        st.caption(plain(f"{hierarchy.level_names[hierarchy.levels[node]]}: {breadcrumb(hierarchy, node)}"))
        if hierarchy.notes[node]:
            st.write(plain(hierarchy.notes[node]))
        if shown.bundle:
            headline(shown.bundle, name)
    with where:
        label = f"The tree on the hyperbolic disk, {hierarchy.display[node]} in focus"
        scene = Scene(hierarchy, shown.layouts[LAYOUTS[0]], node, label, tools=("search", "path"), height=420)
        draw(scene, DISK, focus=lambda: _clicked(hierarchy))
    return node


def _clicked(hierarchy: Hierarchy) -> None:
    name = chosen_node(told(DISK, "focus"), hierarchy)
    if name:  # the root is no node, and has no page
        st.session_state["node"] = name


def headline(bundle: Bundle, name: str) -> None:
    """How often the node is right, and how often an answer is."""
    found = _answers(bundle.folder, stamp_of(bundle.folder), name, bundle)
    if found is None or not found.clips:
        st.caption(
            "No answers to test clips of this node lie in the bundle, so nothing is known of how often it is right."
        )
        return
    one, other = st.columns(2)
    one.metric(
        "Of its test clips right", f"{found.right:.0%}", border=True, help="Answered with this node or one in it."
    )
    precise = "-" if found.precise is None else f"{found.precise:.0%}"
    other.metric("Of its answers right", precise, border=True, help="Of all test clips answered so, those that are.")
    low, high = found.interval or (None, None)
    between = "" if low is None else f", 95 % interval {100 * low:.0f} to {100 * high:.0f} %"
    st.caption(
        f"{round(found.right * found.clips)} of {found.clips} test clips are answered within it{between};"
        f" {found.claimed} clips are."
    )


def prototypes_section(bundle: Bundle, name: str) -> None:
    """The node's prototypes, each with its source, what is near it, where it fires and what it decides."""
    found = facts_of(bundle, name)
    called = plain(words.display(bundle.hierarchy, name))
    st.subheader("Prototypes", anchor=False)
    if not found.prototypes:
        why = (
            f"{called} has no prototypes of its own: this network has some for its classes only."
            if bundle.prototypes
            else "This network has no prototypes: it gives no reasons beyond its probabilities."
        )
        st.info(why)
        return
    with st.container(horizontal=True, gap="medium"):
        moving = st.toggle("Moving pictures", value=True, key="moving", bind="query-params")
        count = len(found.prototypes)
        every = count > FEW and st.toggle(f"All {count} prototypes", key="all", bind="query-params")
    ranked = sorted(found.prototypes, key=lambda row: (-row.decided, row.number))
    for row in ranked[: count if every else FEW]:
        with st.container(border=True):
            _prototype(bundle, name, row, found, moving)
    st.caption(
        "Those that decide most often come first. Left: the training clip that a prototype was cut from, and what is in"
        " its box. Middle: the places in stored test clips that look most like it, of the clips whose explanation tells"
        f" them. Bars: its mean similarity over the stored clips, {found.stored} in all."
    )


@st.fragment
@guarded()
def _prototype(bundle: Bundle, name: str, row: PrototypeFacts, found: NodeFacts, moving: bool) -> None:
    own = bundle.prototypes[row.prototype]
    called = f"prototype {row.number} of {words.display(bundle.hierarchy, name)}"
    source, near, figures = st.columns([4, 4, 4], vertical_alignment="center", gap="medium")
    with source:
        content = piece(bundle.folder, stamp_of(bundle.folder), row.prototype, moving, bundle)
        if content:
            shown = "looping" if moving else "in one frame"
            picture(content, f"The training clip of {called}, {shown}, with its box, and beside it what is in the box")
        at = words.between(*own.interval)
        st.caption(f"{plain(own.video)}, {at}" + ("" if content else "; no picture in the bundle"))
    with near:
        _nearest(bundle, row, called)
    with figures:
        st.markdown(f"**Prototype {row.number}**: {_in_words(bundle, name, row, found)}")
        st.html(bars_html(_bars(bundle.hierarchy, name, row), _most(found), f"Where {called} fires"))
        mark_link(bundle, row.prototype)


def _in_words(bundle: Bundle, name: str, row: PrototypeFacts, found: NodeFacts) -> str:
    """What it decides, how pure it is, and whether there is another one like it, as Markdown."""
    parts = []
    if found.explained:
        parts.append(f"the strongest reason in {row.decided} of {found.explained} stored explanations")
    if row.asked:
        called = plain(words.display(bundle.hierarchy, name))
        clips = "stored clip" if row.asked == 1 else "stored clips"
        parts.append(f"of the {row.asked} {clips} most like it {row.pure} of {called}")
    twins = ", ".join(map(str, row.twins))
    parts.append(f"the same as prototype {twins}" if twins else "no duplicate")
    return "; ".join(parts) + "."


def _bars(hierarchy: Hierarchy, name: str, row: PrototypeFacts) -> list[tuple[str, float]]:
    own = [(words.display(hierarchy, child), value) for child, value in row.fires.items()]
    return own if row.elsewhere is None else [*own, ("all other clips", row.elsewhere)]


def _most(found: NodeFacts) -> float:
    values = [value for row in found.prototypes for value in (*row.fires.values(), row.elsewhere or 0)]
    return max([*values, 1e-9])


def _nearest(bundle: Bundle, row: PrototypeFacts, called: str) -> None:
    """The patches of stored clips that are most like a prototype."""
    rows = readable(bundle)
    if not row.nearest:
        st.caption("No stored explanation tells where in a clip it is.")
        return
    with st.container(horizontal=True, gap="xsmall"):
        for patch in row.nearest:
            truth = words.display(bundle.hierarchy, rows[patch.clip].label)
            content = _patch(bundle.folder, stamp_of(bundle.folder), patch.clip, row.prototype, bundle, patch)
            alt = f"A test clip of {truth}, with the box where {called} is strongest"
            _thumbnail(bundle, patch.clip, content, alt, truth, f"similarity {patch.evidence.similarity:.2f}")


def _thumbnail(bundle: Bundle, clip: int, content: bytes, alt: str, said: str, label: str) -> None:
    """A frame of a stored clip, what is said of it, and the way to its evidence."""
    with st.container(width=SMALL + 8, gap="xxsmall"):
        st.image(f"data:image/webp;base64,{base64.b64encode(content).decode()}", width=SMALL, alt=alt)
        st.caption(plain(said))
        row = readable(bundle)[clip]
        query = {"bundle": name_of(bundle.folder), "source": SOURCES[0], "clip": clip_name(bundle, row)}
        st.page_link("pages/evidence.py", label=label, query_params=query)


def clips_section(bundle: Bundle, name: str) -> None:
    """Test clips that the node gets wrong: its own that are answered elsewhere, and others that are taken for it."""
    found = _answers(bundle.folder, stamp_of(bundle.folder), name, bundle)
    if found is None:
        return
    called = plain(words.display(bundle.hierarchy, name))
    st.subheader("Clips it gets wrong", anchor=False)
    if not found.missed and not found.taken:
        st.caption(f"None of {found.clips} test clips, and no other is taken for it.")
    for title, rows in ((f"Of {called}, answered elsewhere", found.missed), (f"Taken for {called}", found.taken)):
        if rows:
            st.markdown(f"**{title}: {len(rows)}**")
            _wrong(bundle, rows)
    query = {"bundle": name_of(bundle.folder), "source": SOURCES[0], "gallery": "true"}
    query |= {"within": words.display(bundle.hierarchy, name)}
    label = f"Stored clips of {called} as pictures"
    st.page_link("pages/evidence.py", label=label, icon=":material/grid_view:", query_params=query)


def _wrong(bundle: Bundle, rows: Sequence[dict[str, Any]]) -> None:
    """Those that lie in the bundle as thumbnails, and how often what is taken for what, with links to these clips."""
    shelf = {own.explanation.video: (clip, own.explanation.start) for clip, own in enumerate(readable(bundle))}
    seen = [row for row in rows if row["video"] in shelf and abs(shelf[row["video"]][1] - row["start"]) < SAME]
    with st.container(horizontal=True, gap="small"):
        for row in seen[:THUMBNAILS]:
            clip = shelf[row["video"]][0]
            said = _mistaken(bundle, row["truth"], row["said"])
            content = _middle(bundle.folder, stamp_of(bundle.folder), clip, bundle)
            _thumbnail(bundle, clip, content, f"A test clip of {said}", said, "Its evidence")
    pairs = Counter((row["truth"], row["said"]) for row in rows)
    for (truth, said), count in pairs.most_common(PAIRS):
        names = (words.display(bundle.hierarchy, own) for own in (truth, said))
        query = {"bundle": name_of(bundle.folder), **dict(zip(("truth", "said"), names, strict=True))}
        clips = "1 clip" if count == 1 else f"{count} clips"
        label = f"{clips} of {plain(_mistaken(bundle, truth, said))}"
        st.page_link("pages/results.py", label=label, icon=":material/monitoring:", query_params=query)
    if len(pairs) > PAIRS:
        st.caption(f"{len(pairs) - PAIRS} more kinds of mistakes, rarer ones.")


def _mistaken(bundle: Bundle, truth: str, said: str) -> str:
    return f"{words.display(bundle.hierarchy, truth)}, answered {words.display(bundle.hierarchy, said)}"


def facts_of(bundle: Bundle, name: str) -> NodeFacts:
    """What is known of the prototypes of a node, see `hprotopnet.studies.nodes`."""
    return _facts(bundle.folder, stamp_of(bundle.folder), name, bundle)


# --- what is kept -----------------------------------------------------------------------------------------------------


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_PATH)
def _facts(folder: Path, stamp: int, name: str, _bundle: Bundle) -> NodeFacts:
    rows = readable(_bundle)
    owners = [own.node for own in _bundle.prototypes]
    labels, said = [row.label for row in rows], [row.explanation for row in rows]
    return node_facts(name, _bundle.hierarchy, _bundle.prototypes, owners, labels, said)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_PATH)
def _answers(folder: Path, stamp: int, name: str, _bundle: Bundle) -> NodeAnswers | None:
    found = load_answers(_bundle)
    return None if found is None else node_answers(name, found)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_PATH)
def piece(folder: Path, stamp: int, prototype: int, moving: bool, _bundle: Bundle) -> bytes | None:
    """A prototype as WebP: its source clip with its box, and what is in the box; None without an excerpt.

    `folder` and `stamp` are those of its bundle, see `stamp_of`.
    """
    own, clip = _bundle.prototypes[prototype], _bundle.config.clip
    images = source_images(own, _bundle, images_of)
    if images is None:
        return None
    shown = _frames(own.boxes) if moving else [render.peak_frame(own.boxes, own.moment(clip))]
    return render.animation(render.source_clip(images, own.boxes, SIDE, shown), clip.pace)


def _frames(boxes: Sequence[render.Box | None]) -> list[int]:
    """From the first frame with a box to the last, for that is the piece; all where there is none."""
    boxed = [number for number, box in enumerate(boxes) if box]
    return list(range(boxed[0], boxed[-1] + 1)) if boxed else list(range(len(boxes)))


@st.cache_data(max_entries=512, show_spinner=False, hash_funcs=BY_PATH)
def _patch(folder: Path, stamp: int, clip: int, prototype: int, _bundle: Bundle, _found: Patch) -> bytes:
    """The frame of a stored clip in which a prototype is strongest, with its box, as WebP."""
    boxes = _found.evidence.boxes
    peak = render.peak_frame(boxes, _found.evidence.moment)
    return _still(_bundle, clip, peak, boxes[peak])


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_PATH)
def _middle(folder: Path, stamp: int, clip: int, _bundle: Bundle) -> bytes:
    """The middle frame of a stored clip, as WebP."""
    return _still(_bundle, clip, None, None)


def _still(bundle: Bundle, clip: int, number: int | None, box: render.Box | None) -> bytes:
    images = images_of(readable(bundle)[clip].clip, bundle)
    number = len(images) // 2 if number is None else number
    large = render.enlarge(images[[number]], SMALL)
    boxes = render.scaled_boxes([box], SMALL / images.shape[1])
    return render.animation(render.outline(large, boxes), 1)
