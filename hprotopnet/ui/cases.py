"""What a network says about a clip: explanations made, or read from where they are stored.

Models, trees and stored explanations are shared between sessions and never changed. What comes of a user's own video
is cached for the session alone and goes with it; the upload itself lies in a file only while it is decoded.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored, load_showcase, stored_images
from hprotopnet.data.clips import Clip
from hprotopnet.data.pictures import written
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.files import printable, private_folder, writing
from hprotopnet.ui.networks import BY_PATH, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.views.gallery import Answer
from hprotopnet.views.gallery import explained as answer_explained

ANSWERED, MOST_ANSWERED = "answered in this session", 600  # key of answers to videos that were explained, and how many
# Streamlit has a new thread for every run, and the memory and threads that torch takes in one go only with it.
_ASKING = ThreadPoolExecutor(1, "asking")


@dataclass(frozen=True)
class Choice:
    """A clip to explain.

    Attributes:
        video: its name.
        label: its true class, if known.
        path: video file, None for a stored clip and for an upload.
        content: what was uploaded.
        token: what tells this upload from others.
        start: where the clip starts, in seconds; None for a stored clip.
        duration: of the whole video in seconds; None for a stored clip.
    """

    video: str
    label: str | None = None
    path: Path | None = None
    content: bytes | None = None
    token: str = ""
    start: float | None = None
    duration: float | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this clip and no other."""
        stamp = str(written(self.path)) if self.path else self.token
        return (self.video, printable(str(self.path or "")), stamp, str(self.start))

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The video as a file, for as long as the block lasts."""
        if self.content is None:
            yield self.path
            return
        with private_folder() as folder:
            path = folder / f"upload{Path(self.video).suffix[:20]}"
            with writing(path):
                path.write_bytes(self.content)
            yield path


@dataclass(frozen=True, eq=False)
class Case:
    """What a network says about a clip.

    Attributes:
        key: identity of network and clip, by which pictures are cached.
        bundle: the network.
        choice: the clip.
        explanation: what it says and why.
        images: frames of the clip, (T, S, S, 3).
    """

    key: tuple[str, ...]
    bundle: Bundle
    choice: Choice
    explanation: Explanation
    images: np.ndarray

    @property
    def truth(self) -> str | None:
        """True class of the clip, where it is known and one of the network's."""
        return self.choice.label if self.choice.label in self.bundle.hierarchy.classes else None

    @property
    def stored(self) -> bool:
        """Whether the clip came with the network; if not, nothing of it may outlast the session."""
        return self.choice.start is None


def explained(bundle: Bundle, choice: Choice) -> Case | None:
    """What a network says about a clip; when it cannot be asked, the page says why in one line and this is None."""
    key = (printable(str(bundle.folder)), str(stamp_of(bundle.folder)), *choice.identity)
    try:
        if choice.start is None:
            stored = next(row for row in showcase_of(bundle) if row.told.video == choice.video)
            return Case(key, bundle, choice, stored.explanation, images_of(stored.clip, bundle))
        explanation, images = _explained(key, bundle, choice)
        _remember(bundle, choice, explanation)
        return Case(key, bundle, choice, explanation, images)
    except InputError as error:
        st.error(plain(str(error)))
        return None


def remembered(bundle: Bundle) -> dict[tuple[str, str], Answer]:
    """What this network last answered in this session to videos that were explained, by their names and paths."""
    own = _network(bundle)
    return {(name, path): answer for (network, name, path), answer in _told().items() if network == own}


def _remember(bundle: Bundle, choice: Choice, explanation: Explanation) -> None:
    """Keep an answer, so that where clips are chosen it is known; the oldest of too many goes."""
    kept, place = _told(), (_network(bundle), choice.video, printable(str(choice.path or "")))
    kept.pop(place, None)
    kept[place] = answer_explained(explanation.probabilities, choice.label, bundle.hierarchy, bundle.config.threshold)
    while len(kept) > MOST_ANSWERED:
        del kept[next(iter(kept))]


def _told() -> dict[tuple[str, str, str], Answer]:
    return st.session_state.setdefault(ANSWERED, {})


def _network(bundle: Bundle) -> str:
    return f"{stamp_of(bundle.folder)} {printable(str(bundle.folder))}"


def showcase_of(bundle: Bundle) -> tuple[Stored, ...]:
    """Stored explanations of a bundle."""
    return _showcase(bundle.folder, stamp_of(bundle.folder), bundle)


def shared_rows(bundles: Sequence[Bundle]) -> list[tuple[Stored, ...]]:
    """Stored clips that all the networks have, each as every network explains it."""
    shelves = [{row.told.video: row for row in showcase_of(bundle)} for bundle in bundles]
    rows = [tuple(shelf.get(name) for shelf in shelves) for name in shelves[0]]
    return [row for row in rows if None not in row and len({one.told.times for one in row}) == 1]


def duration_of(choice: Choice) -> float:
    """Seconds that the whole video of a choice lasts; raises `InputError` when it is none."""
    return _duration(choice.identity, choice)


def images_of(path: Path, bundle: Bundle) -> np.ndarray:
    """Frames of a video file inside a bundle, (T, S, S, 3)."""
    return _images(path, stamp_of(bundle.folder), bundle)


def model_of(bundle: Bundle):
    """The whole network, shared."""
    return _model(bundle.folder, stamp_of(bundle.folder), bundle)


def head_of(bundle: Bundle):
    """The network without its backbone, shared; enough to mute prototypes."""
    return _head(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_PATH)
def _showcase(folder: Path, stamp: int, _bundle: Bundle) -> tuple[Stored, ...]:
    return load_showcase(_bundle)


@st.cache_resource(max_entries=96, show_spinner=False, hash_funcs=BY_PATH)
def _images(path: Path, stamp: int, _bundle: Bundle) -> np.ndarray:
    return stored_images(path, _bundle)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_PATH)  # threads behind the pages ask, too
def _model(folder: Path, stamp: int, _bundle: Bundle):
    return _bundle.load_model()


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_PATH)
def _head(folder: Path, stamp: int, _bundle: Bundle):
    return _bundle.load_head()


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _duration(identity: tuple[str, ...], _choice: Choice) -> float:
    with _choice.file() as path:
        return probe(path).duration


@st.cache_data(scope="session", max_entries=8, show_spinner="Looking at the clip …")
def _explained(key: tuple[str, ...], _bundle: Bundle, _choice: Choice) -> tuple[Explanation, np.ndarray]:
    from hprotopnet.data.dataset import clip_from

    with _choice.file() as path:
        clip = clip_from(path, _choice.start, _bundle.config.clip)._replace(video=_choice.video)
    return answer_to(_bundle, clip), clip.images


def answer_to(bundle: Bundle, clip: Clip) -> Explanation:
    """What a network says about a clip, in one thread for all sessions: of several who ask at once most are answered
    sooner than side by side, only the last ones a little later, and a quarter less memory is held.
    """
    from hprotopnet.explain.prototypes import explain

    return _ASKING.submit(explain, model_of(bundle), clip, bundle.config.threshold).result()
