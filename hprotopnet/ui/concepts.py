"""The concepts of a detector: clips nearest to each, playing, and which class and true motion goes with which.

Concepts are clusters: the pages say so where they show them.
"""

import base64
import html
import io
from collections.abc import Sequence

import streamlit as st
from PIL import Image

from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.temporal.showcase import Concept, Showcase
from hprotopnet.ui.detectors import showcase_of, stamp_of
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.networks import BY_PATH
from hprotopnet.ui.results_parts import chart, is_dark
from hprotopnet.ui.text import plain
from hprotopnet.ui.timeline import Seen, chosen_in, detected_in
from hprotopnet.views.charts import percent
from hprotopnet.views.concepts import (
    Usage,
    by_atom,
    by_class,
    draw_alike,
    draw_usage,
    near_words,
    order_of,
    widened,
)
from hprotopnet.views.detected import made_of
from hprotopnet.views.words import display

EVERY, PURE, MANY = "All", "Purest first", "Commonest first"
A_PAGE, COLUMNS, MOST_NAMED = 9, 3, 5
CLASSES, ATOMS, WEIGHTS = "True classes", "True motion primitives", "Weights of classes"


@st.fragment
@guarded()
def concept_gallery(showcase: Showcase) -> None:
    """The clips nearest to each concept, and what is known of what they show."""
    st.subheader("Concepts", anchor=False)
    st.markdown(
        "The detector's *atomic actions* are *visual concepts*: training clips, as its encoder sees them, are parted"
        f" into {len(showcase.content.concepts)} clusters (k-means). A concept has a number and no name; nobody told it"
        " what a motion is, and it may stand for a scene, an actor's look or a camera as well. Below are the training"
        " clips nearest to the middle of each cluster: what they share is what the concept stands for."
    )
    usages = _usages(showcase)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    hierarchy = showcase.card.hierarchy
    names = [EVERY, *(display(hierarchy, name) for name in usages[0].kinds)]
    with bar:
        wanted = st.selectbox("Concepts of", names, key="concepts of", width=220)
        first = st.segmented_control("In order", [MANY, PURE], default=MANY, required=True, key="concepts in order")
        playing = st.toggle("Play", value=True, key="play concepts")
    shown = _ordered(showcase, usages, names.index(wanted) - 1, first == PURE)
    page = _page(len(shown))
    with st.container():
        for row in range(page * A_PAGE, min((page + 1) * A_PAGE, len(shown)), COLUMNS):
            for column, number in zip(st.columns(COLUMNS), shown[row : row + COLUMNS], strict=False):
                with column:
                    _card(showcase, showcase.content.concepts[number], usages, playing)


def concepts_within(seen: Seen) -> None:
    """Of which concepts the stretch that is chosen is made, the commonest with the clips nearest to them."""
    stretch, showcase = chosen_in(seen), showcase_of(seen.card)
    found = made_of(seen.detected, stretch) if stretch and seen.detected else []
    if not found:
        return
    said = ", ".join(f"c{number} ({percent(share, 0)})" for number, share in found[:MOST_NAMED])
    st.caption(f"Its cells are of the concepts {said}." if len(found) > 1 else f"All its cells are of concept {said}.")
    if showcase is None:
        return
    for column, (number, _) in zip(st.columns(2), found[:2], strict=False):
        picture = _picture(showcase, number, True)
        if picture:
            with column:
                _image(picture, f"Clips near concept c{number}")
                st.caption(f"Nearest to c{number}")


def _image(address: str, alt: str) -> None:
    style = "width:100%;border-radius:6px;display:block"
    st.html(f'<img src="{address}" alt="{html.escape(alt)}" style="{style}">')


def _page(count: int) -> int:
    pages = -(-count // A_PAGE) or 1
    if pages == 1:
        return 0
    key = "page of concepts"
    st.session_state[key] = min(st.session_state.get(key) or 1, pages)
    return (st.pagination(pages, key=key) or 1) - 1


def _ordered(showcase: Showcase, usages: Sequence[Usage | None], kind: int, pure: bool) -> list[int]:
    """Numbers of the concepts that go with a class, by its row, -1 for all of them."""
    classes, best = usages[0], usages[1] or usages[0]
    concepts = showcase.content.concepts
    if kind >= 0:
        used = classes.counts[kind]
        return sorted((number for number in range(len(concepts)) if used[number]), key=lambda number: -used[number])

    def rank(number: int) -> tuple:
        own = best.commonest(number)
        return (-own[1] if pure and own else 0, own is None, -concepts[number].clips, number)

    return sorted(range(len(concepts)), key=rank)


def _card(showcase: Showcase, concept: Concept, usages: Sequence[Usage | None], playing: bool) -> None:
    hierarchy, number = showcase.card.hierarchy, concept.number
    shows = [near_words(clip.label, clip.atom, hierarchy) for clip in concept.near]
    alt = f"The {len(shows)} training clips nearest to concept c{number}: {', '.join(shows)}"
    picture = _picture(showcase, number, playing)
    if picture:
        _image(picture, alt)
    lines = [f"**c{number}**, {concept.clips} training clips. Nearest: {plain(', '.join(dict.fromkeys(shows)))}."]
    lines += [line for own in (usages[1], usages[0]) if own and (line := _mostly(own, number, hierarchy))]
    st.caption(" ".join(lines))


def _mostly(own: Usage, number: int, hierarchy: Hierarchy) -> str:
    """What test clips of a concept show most often."""
    found = own.commonest(number)
    if found is None:
        return ""
    name, share, total = found
    shown = display(hierarchy, name) if name in hierarchy.classes else name
    return f"Of {total} test clips {percent(share, 0)} are {plain(shown)}."


def _picture(showcase: Showcase, number: int, playing: bool) -> str | None:
    return _pictured(showcase.card.folder, stamp_of(showcase.card.folder), number, playing, showcase)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=BY_PATH)
def _pictured(folder, stamp: int, number: int, playing: bool, _showcase: Showcase) -> str | None:
    """The clips nearest to a concept as an address of data; None where there is no picture that can be read."""
    content = _showcase.picture(number)
    try:
        with Image.open(io.BytesIO(content or b""), formats=["WEBP"]) as image:
            if not playing:
                file = io.BytesIO()
                image.convert("RGB").save(file, "WEBP", quality=75)
                content = file.getvalue()
    except Exception:  # for display only
        return None
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"


def _usages(showcase: Showcase) -> tuple[Usage, Usage | None]:
    return _used(showcase.card.folder, stamp_of(showcase.card.folder), showcase)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_PATH)
def _used(folder, stamp: int, _showcase: Showcase) -> tuple[Usage, Usage | None]:
    """How often concepts go with classes and with true atomic actions, in all videos that were tested on."""
    videos = [detected_in(_showcase, name) for name in _showcase.names]
    atoms, number = by_atom(videos), _showcase.card.config.concepts
    return widened(by_class(videos), number), widened(atoms, number) if atoms else None


@st.fragment
@guarded()
def concept_map(showcase: Showcase) -> None:
    """Which concepts go with which class and which true motion, as a picture."""
    st.subheader("Of which concepts is a class made?", anchor=False)
    classes, atoms = _usages(showcase)
    kinds = [CLASSES, *([ATOMS] if atoms else []), WEIGHTS]
    kind = st.segmented_control("Concepts beside", kinds, default=CLASSES, required=True, key="concepts beside")
    hierarchy = showcase.card.hierarchy
    names = [display(hierarchy, name) for name in classes.kinds]
    if kind == WEIGHTS:
        rows = showcase.alike[[hierarchy.index(name) for name in classes.kinds]]
        drawn = draw_alike(rows, order_of(classes), names, "class", is_dark())
        alt = "How alike the weights of each class are to each concept."
        said = (
            "Cosine of a class's weights and the mean training clip of each concept: by it the detector picks, in every"
            f" video, the {showcase.card.config.top} concepts that stand for a class. Likeness, no share."
        )
    else:
        own, called = (atoms, list(atoms.kinds)) if kind == ATOMS else (classes, names)
        drawn = draw_usage(own, called, "true motion primitive" if kind == ATOMS else "true class", is_dark())
        alt = f"Which share of the clips of each of {len(called)} kinds is nearest to which concept."
        said = f"Darker: a larger share of the row's test clips (its root, so that few are seen). {agreement(own)}"
    chart(drawn, f"concept map {kind}", alt)
    st.caption(said)


def agreement(own: Usage) -> str:
    """How well concepts agree with what clips show, in words, beside what chance comes to."""
    if own.purity is None:
        return "No test clip is known to show any."
    return (
        f"Purity {percent(own.purity)}: so many of {int(own.counts.sum())} test clips are of their concept's commonest"
        f" kind, where kinds shuffled among the clips give {percent(own.by_chance)}; it grows with the number of"
        f" concepts. Mutual information {own.nmi:.2f} of 1."
    )
