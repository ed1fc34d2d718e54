"""Parts of the page Timeline: which video, and what was found in it and when; `reasons` says why.

Videos that are stored with a detector need neither backbone nor torch; of a video of the user's own features are made
behind the page, see `detecting`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.errors import InputError
from hprotopnet.temporal.card import Card
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.showcase import Showcase
from hprotopnet.ui.backbone import offer_fetching
from hprotopnet.ui.choose import SOURCES, checked_duration, named, uploaded
from hprotopnet.ui.detecting import Detecting, detecting_of
from hprotopnet.ui.detectors import showcase_of
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick, slide
from hprotopnet.ui.player import bring_to, lay_under, player, stored_film
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.text import plain
from hprotopnet.views.detected import TRUTH, Detected, Limits, Stretch, choices, found, under
from hprotopnet.views.film import Film, Scene
from hprotopnet.views.timeline import clock
from hprotopnet.views.traced import Under
from hprotopnet.views.words import display

STORED, UPLOAD, FILE = "Stored videos", *SOURCES[2:]
PLAYER, TABLE, WISH, CHOSEN = "timeline player", "found segments", "wish of the timeline", "chosen on the timeline"
POLL = 1.0  # seconds from look to look while a video is looked through
TOP, MOST_TOP = 8, 40


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
    return Seen(showcase.card, name, detected_in(showcase, name), stored_film(film), where, showcase)


def detected_in(showcase: Showcase, name: str) -> Detected:
    """What is stored of a video, and what is known of it."""
    at = showcase.names.index(name)
    atoms = showcase.content.videos[at].atoms
    scores, concepts = showcase.scores[at], showcase.concepts[at]
    return Detected(showcase.card.hierarchy, showcase.videos[at], scores, concepts, atoms)


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
    if not own.known:
        st.caption(
            f":material/info: It knows {len(own.hierarchy.classes)} classes and finds the likest of them in any film,"
            " in one that shows none of them, too."
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
