"""Parts of pages about a clip as a whole: the clip itself, the answer in words, its path on the disk.

Every function writes into the place where it is called. Names come from outside and pass through `plain`.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import stored_geometry
from hprotopnet.disk.kept import kept_layout
from hprotopnet.disk.scene import Scene
from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.ui.atlas import NETWORK
from hprotopnet.ui.cases import Case
from hprotopnet.ui.disk import ROOT, chosen_node, draw, told
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import slide
from hprotopnet.ui.networks import BY_PATH, name_of, stamp_of
from hprotopnet.ui.player import player
from hprotopnet.ui.text import plain
from hprotopnet.views import words
from hprotopnet.views.film import Film, film_of_clip
from hprotopnet.views.overlays import clip_place
from hprotopnet.views.scenes import Reason, scene_of

PLAYER, MOMENT, OWNER = "player", "at", "clip of the moment"  # keys: there is one player on a page
SIDE = 460  # height of the small disk, in pixels
DISK, SEEN = "small disk", "seen on the small disk"  # keys: the component, and the node in focus there


def clip_player(case: Case, *levels: LevelExplanation, chosen: int = -1, heated: bool = False) -> None:
    """The clip with the strongest prototype of some levels, which part of which video it is, and what is wrong with it.

    Args:
        levels: those to choose from; by default all of the explanation's.
        chosen: number of the one that is shown at first.
        heated: whether the heat map is.
    """
    own = levels or case.explanation.levels
    play(case, [reason(case, level) for level in own], chosen % len(own), heated)


def both_player(called: Sequence[str], case: Case, other: Case) -> None:
    """The clip with what two networks name as the strongest reason for their likeliest class.

    Args:
        called: what each network is called there.
    """
    alike = case.images.shape == other.images.shape and case.explanation.times == other.explanation.times
    cases = (case, other) if alike else (case,)
    named = zip(called, cases, strict=False)
    play(case, [reason(one, one.explanation.levels[-1], name) for name, one in named], 0, False)


def reason(case: Case, level: LevelExplanation, network: str = "") -> Reason:
    """A level for the player."""
    return Reason(level, case.bundle.hierarchy, case.bundle.config.model.greatest_similarity, network)


@st.fragment
@guarded()
def play(case: Case, reasons: Sequence[Reason], chosen: int, heated: bool) -> None:
    """The player with what is to be said below it; letting its time line go runs nothing else again."""
    explanation, asked = case.explanation, asked_moment(case)
    scene = replace(scene_of(explanation, film(case), reasons, chosen), heated=heated)
    if asked is not None and scene.film.times[0] <= asked < scene.film.end:
        scene = replace(scene, start=asked, autoplay=False)
    player(scene, PLAYER, on_time=moment_to_address)
    whole = f" of {case.choice.duration:.1f} s" if case.choice.duration else ""
    clip = case.bundle.config.clip
    st.caption(
        f"{plain(explanation.video)}: {words.covered(explanation, clip)}{whole}, the central {clip.size} x {clip.size}"
        " pixels: all that the network sees."
    )
    for caution in words.cautions(explanation):
        st.warning(plain(caution), icon=":material/broken_image:")


def asked_moment(case: Case) -> float | None:
    """Seconds at which the address asks the player to open; they go when another clip comes."""
    if st.session_state.setdefault(OWNER, case.key) != case.key:
        st.session_state[OWNER] = case.key
        st.query_params.pop(MOMENT, None)
    try:
        return float(st.query_params.get(MOMENT, ""))
    except ValueError:
        return None


def moment_to_address() -> None:
    """Make of the moment at which the time line was let go a part of the address."""
    st.query_params[MOMENT] = f"{st.session_state[PLAYER]['time']:.3f}"


def film(case: Case) -> Film:
    """The clip as the player takes it."""
    return (_shared_film if case.stored else _own_film)(case.key, case)


def _filmed(key: tuple[str, ...], _case: Case) -> Film:
    return film_of_clip(_case.images, _case.bundle.config.clip, _case.explanation.times)


_shared_film = st.cache_data(max_entries=64, show_spinner=False)(_filmed)
_own_film = st.cache_data(scope="session", max_entries=8, show_spinner=False)(_filmed)


def picture(content: bytes, alt: str) -> None:
    """A WebP that may move. It travels inside the page, because streamlit would make a still picture of it."""
    st.image(f"data:image/webp;base64,{base64.b64encode(content).decode()}", width="stretch", alt=alt)


def sentence(case: Case, threshold: float) -> str:
    """What the network says, as Markdown with the names escaped."""
    return words.sentence(case.explanation, case.bundle.hierarchy, threshold, lambda name: f"**{plain(name)}**")


def threshold_slider(bundle: Bundle) -> float:
    """How sure the network must be of an answer."""
    return slide(
        "How sure must it be?",
        *(0.51, 0.99, bundle.config.threshold),
        key="threshold",
        help="The answer is the deepest node at least this probable; where none is, the network says it is not sure.",
    )


def answer(case: Case, threshold: float) -> None:
    """The answer at a threshold, in large type, the sentence behind it, and whether the network knows such clips."""
    hierarchy = case.bundle.hierarchy
    node = words.answer_at(case.explanation, hierarchy, threshold)
    truth, verdict = words.truth(case.truth, case.explanation, hierarchy, plain)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        title = plain(words.display(hierarchy, node)) if node else "Not sure"
        st.subheader(title, anchor=False, width="content")
        if truth:
            st.caption(truth, width="content")
    st.markdown(" ".join(filter(None, [sentence(case, threshold), verdict])))
    notice = words.unlike(case.explanation)
    if notice:
        st.warning(notice, icon=":material/question_mark:")


def ladder(case: Case, threshold: float) -> None:
    """Probability of each node on the path, topmost first; what falls short of the threshold says so."""
    for level in case.explanation.levels:
        name = plain(words.display(case.bundle.hierarchy, level.node))
        short = "" if level.probability >= threshold else ", below the threshold"
        st.progress(min(level.probability, 1.0), text=f"{name}: {words.probability(level.probability)}{short}")


def anchors(bundle: Bundle) -> np.ndarray:
    """Where a bundle's nodes stand on the disk, complex (N,)."""
    return _anchors(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_PATH)
def _anchors(folder: Path, stamp: int, _bundle: Bundle) -> np.ndarray:
    return kept_layout(_bundle.hierarchy, *stored_geometry(_bundle))


@st.fragment
@guarded()
def disk(case: Case, other: Case | None = None) -> None:
    """The tree with the path, and the clip where its distances in the ball put it; a click brings a node into focus and
    offers its page.

    Args:
        other: what another network says about the clip; its path is dotted, where it is another one in this tree.
    """
    hierarchy, explanation = case.bundle.hierarchy, case.explanation
    base, first = anchors(case.bundle), explanation.path[-1]
    star, note = clip_place(explanation, hierarchy, base, plain)
    second = other.explanation.path[-1] if other else first
    differs = second != first and second in hierarchy.nodes
    if differs:
        solid, dotted = (plain(name_of(own.bundle.folder)) for own in (case, other))
        note = f"Solid: path of {solid}; dotted: of {dotted}. {note}"
    name = _in_focus(hierarchy)
    path = ", then ".join(words.display(hierarchy, step) for step in explanation.path)
    scene = Scene(
        hierarchy,
        base,
        hierarchy.index(name) if name else -1,
        f"Hyperbolic disk, path to {path}. Arrows walk to parent, children and siblings, Enter centres.",
        np.array([explanation.probabilities[name] for name in hierarchy.nodes]),
        hierarchy.index(first),
        hierarchy.index(second) if differs else -1,
        star,
        columns={"Probability": [words.probability(explanation.probabilities[name]) for name in hierarchy.nodes]},
        tools=("path", "table"),
        height=SIDE,
    )
    draw(scene, DISK, focus=lambda: _clicked(hierarchy))
    shown = name or first
    query = {"tree": f"{NETWORK}{name_of(case.bundle.folder)}", "node": words.display(hierarchy, shown)}
    label = f"What the network knows of {plain(words.display(hierarchy, shown))}"
    st.page_link("pages/node.py", label=label, icon=":material/grain:", query_params=query)
    st.caption(f"{note} Larger nodes are more probable. Click a node to bring it into focus.")


def _in_focus(hierarchy: Hierarchy) -> str:
    """The node that was clicked last on the small disk, as far as this tree has it."""
    return chosen_node(st.session_state.get(SEEN), hierarchy) or ROOT


def _clicked(hierarchy: Hierarchy) -> None:
    name = chosen_node(told(DISK, "focus"), hierarchy)
    if name is not None:
        st.session_state[SEEN] = name
