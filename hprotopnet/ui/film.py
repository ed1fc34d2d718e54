"""Parts of the page Film: which film, what a network says about it from moment to moment, and the way to why.

Stories come traced with their network; any other film is traced behind the page, see `tracing`, and what is there so
far is shown meanwhile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace
from hprotopnet.studies.films import LEAST_STRIDE, MOST_SECONDS, Segment, segments
from hprotopnet.ui.backbone import backbone_ready
from hprotopnet.ui.cases import Choice, model_of
from hprotopnet.ui.choose import SOURCES, checked_duration, in_folder, named, uploaded
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import name_of as network_name
from hprotopnet.ui.player import bring_to, player, stored_film
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.story import Story, stories_of
from hprotopnet.ui.text import plain
from hprotopnet.ui.tracing import SHOWN, Tracing, tracing_of
from hprotopnet.ui.watch import watch_disk, watch_note, watch_under
from hprotopnet.views.film import Film, Scene
from hprotopnet.views.timeline import clock
from hprotopnet.views.traced import name_of
from hprotopnet.views.words import probability, sees

STORIES, FOLDER, UPLOAD, FILE = "Stories", *SOURCES[1:]
PLAYER, DISK, TABLE = "film player", "film disk", "segments"  # keys
MOMENT, CHOSEN = "second", "segment that was chosen"  # keys: where the time line was let go; which row was chosen last
SIDE = 430  # height of the disk, in pixels
POLL = 1.5  # seconds from look to look while a film is traced
STRIDES = {"the usual step": None, "0.2 s": 0.2, "0.5 s": 0.5, "1 s": 1.0, "2 s": 2.0, "5 s": 5.0, "10 s": 10.0}


@dataclass(frozen=True, eq=False)
class Watched:
    """A film that is looked at: a story that came traced, or one that is traced now.

    Attributes:
        bundle: the network.
        name: of the film.
        where: what page Evidence needs to find it, None where it cannot.
        story, tracing: one of them.
    """

    bundle: Bundle
    name: str
    where: dict[str, str] | None
    story: Story | None = None
    tracing: Tracing | None = None

    @property
    def running(self) -> bool:
        return bool(self.tracing and self.tracing.running)

    @property
    def film(self) -> Film | None:
        """What the player shows, None before it is there."""
        return stored_film(self.story.film) if self.story else self.tracing.film

    def trace(self) -> Trace | None:
        """What was said so far, None before anything was."""
        return self.story.trace if self.story else self.tracing.look()

    def part(self) -> tuple[float, float]:
        """From when to when the film is traced, in seconds."""
        record = self.tracing.record if self.tracing else None
        return (record.plan.begin, record.plan.end) if record else (0.0, float("inf"))


def choose_film(bundle: Bundle, place: DeltaGenerator) -> Watched | None:
    """Let the user choose a film; None while there is none to look at."""
    stories = {plain(name): story for name, story in stories_of(bundle).items()}
    sources = [STORIES] * bool(stories) + [FOLDER, UPLOAD] + [FILE] * (not is_shared())
    with place:
        kinds = {"default": sources[0], "required": True}
        source = pick(st.segmented_control, "Film from", sources, "film", "source of films", **kinds)
    if source == STORIES:
        with place:
            kinds = {"default": next(iter(stories)), "required": True}
            chosen = pick(st.segmented_control, "Story", list(stories), "story", "story", **kinds)
        story = stories[chosen]
        where = None if is_shared() else {"source": FILE, "file": str(story.film)}
        return Watched(bundle, chosen, where, story=story)
    choice = {FOLDER: in_folder, UPLOAD: uploaded, FILE: named}[source]([bundle], place)
    if choice is None or not backbone_ready([bundle]):
        return None
    return _traced(bundle, choice, source, place)


def _traced(bundle: Bundle, choice: Choice, source: str, place: DeltaGenerator) -> Watched:
    duration = checked_duration(choice)
    with place.container(horizontal=True, vertical_alignment="bottom"):
        stride = _stride(bundle, duration)
        part = _part(duration)
    tracing = tracing_of(bundle, lambda: _loaded(bundle), choice, stride)
    tracing.show(part)
    where = {"source": source}
    if source == FOLDER:
        where |= {"folder": st.session_state["folder"], "video": choice.video}
    if source == FILE:
        where |= {"file": st.session_state["file"]}
    return Watched(bundle, choice.video, where, tracing=tracing)


def _loaded(bundle: Bundle) -> object:
    with st.spinner("Loading the network …"):
        return model_of(bundle)


def _stride(bundle: Bundle, duration: float) -> float | None:
    told = "Half a window, so that everything is seen twice; more in films of more than some minutes."
    options = [name for name, step in STRIDES.items() if step is None or LEAST_STRIDE <= step < max(duration, 1)]
    return STRIDES[pick(st.selectbox, "A window every", options, "every", "step", width=180, help=told)]


def _part(duration: float) -> float:
    """From where on the player shows a film that is too long to be shown at once, in seconds."""
    if duration > MOST_SECONDS:
        st.caption(f"Of {clock(duration)} the first hour is traced.")
    lasts = min(duration, MOST_SECONDS)
    if lasts <= SHOWN:
        return 0.0
    begins = [own * SHOWN for own in range(int(-(-lasts // SHOWN)))]
    parts = {f"{clock(own)} to {clock(min(own + SHOWN, lasts))}": own for own in begins}
    return parts[pick(st.selectbox, "Part in the player", list(parts), "part", "part", width=180)]


# --- the film ---------------------------------------------------------------------------------------------------------


def film_player(watched: Watched) -> None:
    """The player; as long as its film is not there, how far it is."""
    film = watched.film
    if film is None:
        _awaited(watched)
        return
    asked = _asked_moment(watched)
    scene = Scene(f"The film {watched.name}", film)
    if asked is not None and film.times[0] <= asked < film.end:
        scene = replace(scene, start=asked, autoplay=False)
    player(scene, PLAYER, on_time=_moment_to_address)


def _asked_moment(watched: Watched) -> float | None:
    """Seconds at which the address asks the player to open; they go when another film comes."""
    own = (watched.name, str(watched.where))
    if st.session_state.setdefault(f"owner of {MOMENT}", own) != own:
        st.session_state[f"owner of {MOMENT}"] = own
        st.query_params.pop(MOMENT, None)
    try:
        moment = float(st.query_params.get(MOMENT, ""))
    except ValueError:
        return None
    return moment if math.isfinite(moment) else None


def _moment_to_address() -> None:
    st.query_params[MOMENT] = f"{st.session_state[PLAYER]['time']:.2f}"


@st.fragment(run_every=1.0)
@guarded()
def _awaited(watched: Watched) -> None:
    tracing = watched.tracing
    if tracing.film is not None:
        st.rerun()
    if tracing.running:
        st.progress(tracing.prepared, text=f"Making the film fit for the browser, {tracing.prepared:.0%}")
        st.container(height=260, border=True)


# --- what is said about it --------------------------------------------------------------------------------------------


def said_so_far(watched: Watched, threshold: float) -> None:
    """Progress while there is some to be made, what lies under the film, and the disk."""
    st.fragment(_said_so_far, run_every=POLL if watched.running else None)(watched, threshold)


@guarded()
def _said_so_far(watched: Watched, threshold: float) -> None:
    if watched.tracing:
        _progress(watched.tracing)
    trace = watched.trace()
    if trace is None:
        return
    found = segments(trace, watched.bundle.hierarchy, threshold, *watched.part())
    watch_under(watched.bundle, trace, found, threshold, PLAYER)
    watch_disk(watched.bundle, trace, threshold, PLAYER, DISK, SIDE)
    st.caption(" ".join(filter(None, [watch_note(trace, threshold), sees(watched.bundle.config.clip)])))


def _progress(tracing: Tracing) -> None:
    """How far it is, and how to stop it or to go on; when it has ended, the whole page runs again."""
    busy, whole = tracing.running, bool(tracing.record and tracing.record.whole)
    if st.session_state.setdefault("film was running", busy) != busy:
        st.session_state["film was running"] = busy
        st.rerun()
    if tracing.error:
        st.error(plain(tracing.error))
    if whole and not busy:
        return
    line, button = st.columns([4, 1], vertical_alignment="center")
    with line:
        share = tracing.done / tracing.total if tracing.total else 0.0
        told = f"{tracing.done} of {tracing.total} windows" if tracing.total else "no window"
        said = f"Traced so far: {told}" if tracing.total else "Looking through the film, or waiting for others"
        st.progress(share, text=said if busy else f"Stopped after {told}")
    if busy and not whole:
        button.button("Cancel", icon=":material/stop:", on_click=tracing.cancel, width="stretch")
    elif not busy:
        button.button("Go on", icon=":material/play_arrow:", on_click=tracing.start, width="stretch")


# --- segments ---------------------------------------------------------------------------------------------------------


def answers_table(watched: Watched, threshold: float) -> None:
    """The answers one after the other, and the way to the evidence of a moment."""
    st.fragment(_answers_table, run_every=2 * POLL if watched.running else None)(watched, threshold)


@guarded()
def _answers_table(watched: Watched, threshold: float) -> None:
    trace = watched.trace()
    if trace is None:
        return
    hierarchy = watched.bundle.hierarchy
    found = segments(trace, hierarchy, threshold, *watched.part())
    st.subheader("Answers, one after the other", anchor=False)
    rows = {
        "From": [clock(round(own.start, 1)) for own in found],
        "To": [clock(round(own.end, 1)) for own in found],
        "Answer": [name_of(own.node, hierarchy) for own in found],
        "Level": [_level(own, watched.bundle) for own in found],
        "Probability": [probability(own.probability) if own.node else "" for own in found],
    }
    event = st.dataframe(
        rows,
        hide_index=True,
        key=TABLE,
        on_select=lambda: _go_to(found),
        selection_mode="single-row",
    )
    bring_to(PLAYER, *st.session_state.get(CHOSEN, (0, 0.0)))
    chosen = [row for row in event["selection"]["rows"] if row < len(found)]
    explain_link(watched, trace, found[chosen[0]] if chosen else None)
    st.caption(
        f"An answer is the deepest node of at least {probability(threshold)}; where none is, the network is not sure."
        " The probability is the highest in the stretch. Choose a row to bring the film there."
    )


def _level(own: Segment, bundle: Bundle) -> str:
    tree = bundle.hierarchy
    return tree.level_names[tree.levels[tree.index(own.node)]].capitalize() if own.node else ""


def _go_to(found: Sequence[Segment]) -> None:
    """Bring the player to the moment at which the chosen answer is surest."""
    rows = st.session_state[TABLE]["selection"]["rows"]
    if rows and rows[0] < len(found):
        number = st.session_state.get(CHOSEN, (0, 0.0))[0] + 1
        st.session_state[CHOSEN] = (number, found[rows[0]].moment)


def explain_link(watched: Watched, trace: Trace, segment: Segment | None) -> None:
    """The way to the evidence: of a segment at its surest, or of the moment at which the time line was let go."""
    if watched.where is None:
        return
    moment = segment.moment if segment else _asked_moment(watched)
    if moment is None:
        moment = float(trace.times[0])
    start = max(0.0, moment - trace.span / 2)
    query = {"bundle": network_name(watched.bundle.folder), **watched.where, "start": f"{start:.2f}"}
    label = f"Explain this moment: second {moment:.1f}"
    st.page_link("pages/evidence.py", label=label, icon=":material/search:", query_params=query)
