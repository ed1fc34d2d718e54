"""Parts of the page Timeline: which detector and video, what was found in it and when, and why.

Videos that are stored with a detector need neither backbone nor torch; of a video of the user's own features are made
behind the page, see `detecting`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.laws import check_explanation
from hprotopnet.errors import InputError
from hprotopnet.files import printable, sha256, stamp
from hprotopnet.temporal.card import Card
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.showcase import Showcase, Told
from hprotopnet.ui.backbone import offer_fetching
from hprotopnet.ui.cases import Case, Choice
from hprotopnet.ui.choose import SOURCES, checked_duration, named, uploaded
from hprotopnet.ui.detecting import Detecting, detecting_of
from hprotopnet.ui.detectors import evidence_of, showcase_of
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, slide
from hprotopnet.ui.networks import BY_PATH, available_bundles, bundle_of, stamp_of
from hprotopnet.ui.player import bring_to, lay_under, player
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.text import plain
from hprotopnet.ui.walk import glance
from hprotopnet.views.detected import TRUTH, Detected, Limits, Stretch, choices, found, under
from hprotopnet.views.detected import named as name_of
from hprotopnet.views.film import Film, Scene
from hprotopnet.views.recoded import recoded
from hprotopnet.views.timeline import clock
from hprotopnet.views.traced import Under
from hprotopnet.views.words import display

STORED, UPLOAD, FILE = "Stored videos", *SOURCES[2:]
PLAYER, TABLE, WISH, CHOSEN = "timeline player", "found segments", "wish of the timeline", "chosen on the timeline"
POLL = 1.0  # seconds from look to look while a video is looked through
TOP, MOST_TOP = 8, 40
NEAR = 1.0  # seconds by which the moment of stored evidence may lie off the middle of what was chosen


@dataclass(frozen=True, eq=False)
class Seen:
    """A video that is looked at.

    Attributes:
        card: the detector.
        name: of the video.
        detected: what is said of it; None before that is known.
        film: what the player shows; None before it is there.
        where: what page Evidence needs to find it, None where it cannot.
        showcase: that it comes from, None for one of the user's own.
        detecting: work behind the page, of one of the user's own.
    """

    card: Card
    name: str
    detected: Detected | None
    film: Film | None
    where: dict[str, str] | None
    showcase: Showcase | None = None
    detecting: Detecting | None = None


def choose_video(card: Card, place: DeltaGenerator) -> Seen | None:
    """Let the user choose a video; None while there is none to look at."""
    showcase = showcase_of(card)
    sources = [STORED] * bool(showcase and showcase.shown) + [UPLOAD] + [FILE] * (not is_shared())
    place = place.container(horizontal=True, vertical_alignment="bottom")
    with place:
        kinds = {"default": sources[0], "required": True}
        source = pick(st.segmented_control, "Video from", sources, "watch", "source of videos", **kinds)
    if source == STORED:
        with place:
            name = pick(st.selectbox, "Video", list(showcase.shown), "happening", "stored video", width=260)
        return _stored(showcase, name)
    choice = {UPLOAD: uploaded, FILE: named}[source]([], place)
    if choice is None or not _can_extract(card):
        return None
    checked_duration(choice)
    work = detecting_of(card, choice)
    where = {"source": FILE, "file": st.session_state["file"]} if source == FILE else {"source": UPLOAD}
    return Seen(card, choice.video, work.detected, work.film, where, detecting=work)


def _stored(showcase: Showcase, name: str) -> Seen:
    try:
        film = showcase.film(name)
    except InputError as error:  # where the folder lies is not everybody's business
        raise InputError(str(error).replace(f"{showcase.card.folder.parent}/", "")) from error
    where = None if is_shared() else {"source": FILE, "file": str(film)}
    return Seen(showcase.card, name, detected_in(showcase, name), film_at(film), where, showcase)


def detected_in(showcase: Showcase, name: str) -> Detected:
    """What is stored of a video, and what is known of it."""
    at = showcase.names.index(name)
    atoms = showcase.content.videos[at].atoms
    scores, concepts = showcase.scores[at], showcase.concepts[at]
    return Detected(showcase.card.hierarchy, showcase.videos[at], scores, concepts, atoms)


def film_at(path: Path) -> Film:
    """A stored video as the player takes it."""
    return _film(path, stamp(path))


@st.cache_resource(max_entries=8, show_spinner="Preparing the film …", hash_funcs=BY_PATH)
def _film(path: Path, written: int) -> Film:
    return recoded(path)


def _can_extract(card: Card) -> bool:
    """Whether the backbone is there that makes the detector's features; if not, the page says what to do."""
    from hprotopnet.models.backbones.weights import absence

    try:
        lacking = absence(card.backbone)
    except InputError:
        st.info("This detector's features were made elsewhere; only videos that are stored with it can be looked at.")
        return False
    if lacking:
        said = (
            "To look at videos of your own the detector needs the backbone that its features come from. Stored videos"
        )
        offer_fetching([card.backbone], "the backbone", f"{said} need none.")
    return not lacking


# --- the film ---------------------------------------------------------------------------------------------------------


def film_player(seen: Seen, listed: Sequence[Stretch]) -> None:
    """The player; as long as its film is not there, how far it is."""
    if seen.film is None:
        st.container(height=260, border=True).caption("Making the film fit for the browser …")
        return
    player(Scene(f"The video {seen.name}", seen.film), PLAYER, on_choice=lambda: _pressed(seen, listed))


def _pressed(seen: Seen, listed: Sequence[Stretch]) -> None:
    """Remember which range under the film was pressed; the player loops it by itself."""
    number = st.session_state[PLAYER]["chosen"]
    if isinstance(number, int) and 0 <= number < len(listed):  # what a browser says is no number yet
        st.session_state[CHOSEN] = (seen.card.folder, seen.name, listed[number])


def choose(card: Card, name: str, stretch: Stretch) -> None:
    """Choose a stretch of a video, in place of the user: the player goes there and loops it."""
    number = st.session_state.get(WISH, (0, 0.0, 0.0))[0] + 1
    st.session_state[WISH] = (number, stretch.start, stretch.end)
    st.session_state[CHOSEN] = (card.folder, name, stretch)


def chosen_in(seen: Seen) -> Stretch | None:
    """What was chosen last, if that was in this video and by this detector."""
    folder, name, stretch = st.session_state.get(CHOSEN, (None, None, None))
    return stretch if (folder, name) == (seen.card.folder, seen.name) else None


def limits(card: Card, detected: Detected | None) -> Limits:
    """Sliders of what counts as found."""
    rule = card.config.rule
    first, second, third = st.columns(3)
    with first:
        alpha = _alpha(rule)
    rule = Rule(alpha, rule.kmax)
    told = "Scores are no probabilities; they have no bound."
    with second:
        least = slide("Score at least", 0.0, _most(detected, rule), 0.0, key="least", help=told)
    top = third.slider("Segments at most, the surest", 1, MOST_TOP, TOP, key="most", bind="query-params")
    return Limits(rule, least, top)


def _alpha(rule: Rule) -> float:
    return slide(
        *("Threshold (alpha)", -1.0, 1.0, float(rule.alpha)),
        key="alpha",
        help="A class is found where its score is above mean + alpha (highest - lowest) over the video."
        f" The detector was measured at {rule.alpha:g}.",
    )


def _most(detected: Detected | None, rule: Rule) -> float:
    """An end for the slider of scores: the highest, rounded up."""
    if detected is None:
        return 1.0
    best = found(detected, Limits(rule, -math.inf, 1))
    return float(max(1, math.ceil(best[0].score))) if best else 1.0


def lay(seen: Seen, stretches: Sequence[Stretch]) -> None:
    """Lay all lanes under the film, none before anything was found, and grant the last wish to go somewhere."""
    if seen.detected is None:
        lay_under(Under((), (), ()), PLAYER)  # or those of the film before would stay
        return
    lay_under(under(seen.detected, stretches, chosen_in(seen)), PLAYER)
    number, begin, end = st.session_state.get(WISH, (0, 0.0, 0.0))
    bring_to(PLAYER, number, begin, end)


def notes(seen: Seen) -> None:
    """What the lanes show, and what they do not, in words."""
    own, fine = seen.detected, seen.card.hierarchy.level_names[0]
    st.caption(
        f"The video is parted into {len(own.scores)} cells of {own.cell:.2f} s, and nothing is placed more finely than"
        f" that; what a cell is judged by may reach beyond it. A segment of level {fine} is a run of cells above the"
        " threshold of its class; above the classes any of theirs counts. Colours are the topmost branches of the tree,"
        " those of concepts mean nothing. Scores are no probabilities. Concepts are clusters of clips (k-means) with"
        " numbers and no names. Press a segment to play it again and again."
    )


# --- while it is looked through ---------------------------------------------------------------------------------------


def progress(work: Detecting) -> None:
    """How far it is, and how to stop it; when it has ended, the whole page runs again."""
    st.fragment(_progress, run_every=POLL if work.running else None)(work)


@guarded()
def _progress(work: Detecting) -> None:
    state = (work.running, work.detected is not None, work.film is not None)
    if st.session_state.setdefault("state of detecting", state) != state:
        st.session_state["state of detecting"] = state
        st.rerun()
    if work.error:
        st.error(plain(work.error))
    if work.detected is not None:
        return
    line, button = st.columns([4, 1], vertical_alignment="center")
    share = work.done / work.total if work.total else 0.0
    told = f"{work.done} of {work.total} clips" if work.total else "waiting for others, or loading the network"
    line.progress(share, text=f"Looked at so far: {told}" if work.running else f"Stopped: {told}")
    if work.running:
        button.button("Cancel", icon=":material/stop:", on_click=work.cancel, width="stretch")
    else:
        button.button("Begin again", icon=":material/refresh:", on_click=work.start, width="stretch")


# --- segments ---------------------------------------------------------------------------------------------------------


def segments_table(seen: Seen, stretches: Sequence[Stretch]) -> None:
    """What was found, and what is true, as a table; a row that is chosen is played."""
    hierarchy = seen.card.hierarchy
    listed = sorted(
        choices(seen.detected, stretches), key=lambda own: (own.kind == TRUTH, -(own.score or 0), own.start)
    )
    listed = [own for own in listed if own.label < len(hierarchy.classes)]
    rows = {
        "": ["true" if own.kind == TRUTH else "found" for own in listed],
        "Class": [display(hierarchy, hierarchy.nodes[own.label]) for own in listed],
        "From": [clock(round(own.start, 1)) for own in listed],
        "To": [clock(round(own.end, 1)) for own in listed],
        "Score": ["" if own.score is None else f"{own.score:.2f}" for own in listed],
        "Belongs to": [display(hierarchy, hierarchy.nodes[hierarchy.lineage[own.label, 1]]) for own in listed],
    }
    st.dataframe(
        rows,
        hide_index=True,
        key=TABLE,
        height=280,
        on_select=lambda: _from_table(seen, listed),
        selection_mode="single-row",
    )


def _from_table(seen: Seen, listed: Sequence[Stretch]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows and rows[0] < len(listed):
        choose(seen.card, seen.name, listed[rows[0]])


# --- evidence ---------------------------------------------------------------------------------------------------------


def evidence(seen: Seen) -> None:
    """Why a prototype network says what it says of the stretch that is chosen, and the way to more of it."""
    stretch = chosen_in(seen)
    if stretch is None:
        st.caption("Press a segment under the film, or choose a row, and it is played and explained here.")
        return
    name = plain(name_of(stretch, seen.card.hierarchy))
    kind = "True" if stretch.kind == TRUTH else "Found"
    st.markdown(f"**{kind}: {name}**, {clock(round(stretch.start, 1))} to {clock(round(stretch.end, 1))}")
    told = told_of(seen, stretch)
    if told:
        _glance(seen, told)
    elif seen.showcase:
        st.caption("No evidence is stored near the middle of this stretch.")
    _links(seen, told.moment if told else stretch.middle)


def told_of(seen: Seen, stretch: Stretch) -> Told | None:
    """What is stored of the moment nearest to the middle of a stretch, if it lies in it or near its middle."""
    stored = evidence_of(seen.card) if seen.showcase else None
    own = [told for told in stored.told if told.video == seen.name] if stored else []
    best = min(own, key=lambda told: abs(told.moment - stretch.middle), default=None)
    return best if best and abs(best.moment - stretch.middle) <= NEAR else None


def _glance(seen: Seen, told: Told) -> None:
    stored = evidence_of(seen.card)
    bundle = _network(stored.network, stored.weights)
    if bundle is None:
        st.caption(f"The network {plain(stored.network)} that was asked about it is not here.")
        return
    try:
        check_explanation(told.explanation, bundle.hierarchy.classes[0], bundle.hierarchy, bundle.config)
    except InputError as error:
        st.caption(f"What is stored of this moment cannot be shown: {plain(str(error))}.")
        return
    film = seen.showcase.film(seen.name)
    key = (printable(str(bundle.folder)), str(stamp_of(bundle.folder)), seen.name, f"{told.moment:.2f}", "timeline")
    images = _images(film, stamp(film), told.explanation.start, bundle)
    st.caption(
        f"What the prototype network {plain(bundle.name)} says of {bundle.config.clip.span:.2f} s around second"
        f" {told.moment:.1f}, by pieces of training clips. It was not asked by the detector, which knows no prototypes."
    )
    glance(Case(key, bundle, Choice(seen.name), told.explanation, images), bundle.config.threshold, "timeline")


def _network(name: str, weights: str) -> Bundle | None:
    folder = available_bundles().get(name)
    return bundle_of(folder) if folder and _hash(folder, stamp_of(folder)) == weights else None


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_PATH)
def _hash(folder: Path, stamp: int) -> str:
    return sha256(folder / "weights.safetensors")


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_PATH)
def _images(film: Path, stamp: int, start: float, _bundle: Bundle):
    from hprotopnet.data.dataset import clip_from

    return clip_from(film, start, _bundle.config.clip).images


def _links(seen: Seen, moment: float) -> None:
    """The way to all of the evidence, and to the film as a prototype network sees it."""
    names = [name for name, folder in available_bundles().items() if _fits(bundle_of(folder), seen.card)]
    if not names or seen.where is None:
        return
    stored = evidence_of(seen.card) if seen.showcase else None
    name = stored.network if stored and stored.network in names else names[0]
    span = bundle_of(available_bundles()[name]).config.clip.span
    start = f"{max(0.0, moment - span / 2):.2f}"
    with st.container(horizontal=True):
        query = {"bundle": name, **seen.where, "start": start}
        st.page_link("pages/evidence.py", label="All the evidence", icon=":material/search:", query_params=query)
        rest = {name: value for name, value in seen.where.items() if name != "source"}
        query = {"bundle": name, "film": seen.where["source"], **rest, "second": f"{moment:.2f}"}
        st.page_link("pages/film.py", label="The film by this network", icon=":material/movie:", query_params=query)


def _fits(bundle: Bundle, card: Card) -> bool:
    return set(bundle.hierarchy.classes) == set(card.hierarchy.classes)
