"""Attributions made behind the page: quick ones by themselves, the others when somebody asks, one at a time for all.

What was made of a clip of this machine is kept in the user's cache, see `attribution.kept`, and is there at once when
it is asked for again, without a network. Of an upload nothing is written down; it stays in the memory of its session.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hprotopnet.attribution import kept
from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.ui.behind import Behind
from hprotopnet.ui.guard import guarded
from hprotopnet.ui.text import plain
from hprotopnet.views.film import Film

if TYPE_CHECKING:  # a page must not wait for torch
    from hprotopnet.attribution.subject import Subject

MAKINGS, SEEN = "attributions being made", "state of attributions"  # keys
POLL = 0.6  # seconds from look to look while something is made
QUICK = ("prototypes", "gradcam", "gradients", "gradient_input")  # a pass or two of the network
AT_ONCE, QUICK_AT_ONCE = BoundedSemaphore(1), BoundedSemaphore(1)  # that are made at once on this machine
MOST_HELD = 6  # in the memory of a session, beside what is shown; one of I3D's 32 frames takes 6 MB


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked, but for the target and the method: of which network, about which pixels.

    Attributes:
        network: hash of all that decides what the network says about pixels.
        video: name of the video.
        clip: how clips are cut from videos for it.
        images: frames of it, as the network sees them, uint8 (T, S, S, 3).
        times: when each of them is shown, in seconds.
        film: the same for the player.
        subject: the network; takes its time, and loads torch.
        absence: what keeps it from being opened on this machine, empty where nothing does; loads torch.
        told: what is known of the prototypes of a target without asking.
        grid, offset: cells on which maps are compared, (t, h, w), and where they look, see `explain.boxes.stretch`.
        passing: whether nothing of it may be written down.
    """

    network: str
    video: str
    clip: ClipConfig
    images: np.ndarray
    times: tuple[float, ...]
    film: Film
    subject: Callable[[], "Subject"]
    absence: Callable[[], str]
    told: Callable[[str], Attribution | None]
    grid: tuple[int, int, int]
    offset: tuple[float, float, float]
    passing: bool


class Once(Behind):
    """Work behind a page that ends with a result.

    Attributes:
        key: what it is of.
        done: share of it that is, 0 to 1.
        result: None before it is there.
        lacking: what it needs that is not on this machine, in words; empty where nothing is known to be missing.
    """

    quick = True  # whether it is made without being asked for

    def __init__(self, subject: str, key: str):
        super().__init__(subject)
        self.key, self.done, self.result, self.lacking = key, 0.0, None, ""

    @property
    def waiting(self) -> bool:
        """Whether somebody has to ask for it."""
        return not (self.running or self.result or self.error) and (self.cancelled or not self.quick)

    @property
    def due(self) -> bool:
        """Whether it is to begin by itself."""
        return self.quick and not (self.running or self.result or self.error or self.cancelled)

    def start(self) -> None:
        """Begin, or begin again."""
        self._restart()
        self.done, self.lacking = 0.0, ""
        self._begin(self._make)

    def _make(self) -> None:
        with self._turn(QUICK_AT_ONCE if self.quick else AT_ONCE):
            self.result = self._found()

    def _found(self) -> Any:
        raise NotImplementedError

    def _check_there(self, lacking: str) -> None:
        """Nothing is fetched unless somebody asks for it."""
        self.lacking = lacking
        if lacking:
            raise InputError(f"{self.subject}: {lacking}")


class Making(Once):
    """An attribution of one clip, being made or made.

    Attributes:
        question, target, method, settings: what is asked.
    """

    def __init__(self, key: str, question: Question, target: str, method: str, settings: dict[str, Any]):
        super().__init__(METHODS[method].title, key)
        self.question, self.target, self.method, self.settings = question, target, method, settings
        self.result = _known(self)

    @property
    def quick(self) -> bool:
        return self.method in QUICK

    def _found(self) -> Attribution:
        found = _known(self) or self._asked()  # another session may have asked meanwhile
        if not self.question.passing:
            kept.keep(self.key, found)
        return found

    def _asked(self) -> Attribution:
        from hprotopnet.attribution.methods import attribute
        from hprotopnet.data.clips import Clip

        own = self.question
        self._check_there(own.absence())
        clip = Clip(own.video, own.times[0], own.images, np.array(own.times))
        return attribute(own.subject(), clip, self.target, self.method, self._tell, **self.settings)

    def _tell(self, share: float) -> None:
        self.done = share
        self._check()


def _known(making: Making) -> Attribution | None:
    """What is there without asking a network."""
    if making.method == "prototypes" and (found := making.question.told(making.target)):
        return found
    return None if making.question.passing else kept.find(making.key)


def makings_of(question: Question, target: str, methods: Sequence[str], both: bool) -> list[Making]:
    """What is asked of a clip, as far as this session has it; what it asked before of another one is stopped.

    Args:
        both: whether methods that can are to say what speaks against the target, too.
    """
    held: dict[str, Making] = st.session_state.setdefault(MAKINGS, {})
    wanted = [_asked_of(question, target, method, both, held) for method in methods]
    for other in held.values():
        if other not in wanted and other.running:
            other.cancel()
    let_go(held, wanted, MOST_HELD)
    return wanted


def let_go(held: dict[str, Once], wanted: Sequence[Once], most: int) -> None:
    """Forget what is neither wanted nor at work, but for the last few."""
    for old in [key for key, own in held.items() if own not in wanted and not own.running][:-most]:
        del held[old]


def _asked_of(question: Question, target: str, method: str, both: bool, held: dict[str, Making]) -> Making:
    settings = {"polarity": "both"} if both and signs(method) else {}
    key = kept.key_of(question.network, question.images, target, method, settings)
    found = held.pop(key, None) or Making(key, question, target, method, settings)
    held[key] = found  # the last of all: the first is let go first
    return found


def signs(method: str) -> bool:
    """Whether a method can say what speaks against a target."""
    return "polarity" in {own.name for own in fields(METHODS[method].settings)}


# --- what is still to come --------------------------------------------------------------------------------------------


def begun(work: Sequence[Once], ready: Callable[[], bool]) -> bool:
    """Let begin what begins by itself; whether the network has all it needs, as far as anybody has looked.

    The page itself does not look, which would load torch: threads do, and what one of them lacks is offered.
    """
    if any(own.lacking for own in work) and not ready():
        return False
    for own in work:
        if own.due or own.lacking:
            own.start()
    return True


def progress(work: Sequence[Once]) -> None:
    """What is being made, to stop, and what has to be asked for; the page runs again when anything has changed."""
    busy = any(own.running for own in work)
    st.fragment(_progress, run_every=POLL if busy else None)(work)


@guarded()
def _progress(work: Sequence[Once]) -> None:
    if any(own.lacking for own in work):  # which the page offers
        st.rerun()
    now = [(own.key, own.running, own.cancelled, own.result is None, own.error) for own in work]
    before, st.session_state[SEEN] = st.session_state.get(SEEN), now
    if before is not None and before != now and [own[0] for own in before] == [own[0] for own in now]:
        st.rerun()
    for own in work:
        if own.error:
            st.error(plain(own.error))
            st.button("Try again", on_click=own.start, key=f"again {own.key}")
        elif own.running:
            _running(own)
        elif own.waiting:
            _waiting(own)


def _running(own: Once) -> None:
    line, button = st.columns([3, 2], vertical_alignment="center")
    line.progress(
        own.done, text=f"{plain(own.subject)}: {own.done:.0%}" if own.done else f"{plain(own.subject)}: about to begin"
    )
    if not own.quick:
        button.button("Cancel", icon=":material/stop:", on_click=own.cancel, key=f"cancel {own.key}", width="stretch")


def _waiting(own: Once) -> None:
    line, button = st.columns([3, 2], vertical_alignment="center")
    line.markdown(f"**{plain(own.subject)}** asks the network many times: from seconds to minutes.")
    button.button("Run", icon=":material/play_arrow:", on_click=own.start, key=f"run {own.key}", width="stretch")
