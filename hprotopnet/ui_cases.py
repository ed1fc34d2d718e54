"""Which network looks at which clip: choosing both, and explanations made or read for the choice.

Models, trees and stored explanations are shared between sessions and never changed. What comes of a user's own video
is cached for the session alone and goes with it; the upload itself lies in a file only while it is decoded.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.bundle import Bundle, open_bundle
from hprotopnet.clips import uniform_starts
from hprotopnet.errors import InputError
from hprotopnet.explanation import Explanation
from hprotopnet.showcase import Stored, load_showcase, stored_images
from hprotopnet.splits import SUFFIXES
from hprotopnet.ui import available_bundles, plain
from hprotopnet.video import probe
from hprotopnet.words import display

SOURCES = ("Stored clips", "Data folder", "Upload")
MOST_MEGABYTES, MOST_SECONDS = 50, 600  # of an upload
HOW_TO_MAKE_ONE = (
    "There is no trained network yet: make one with `python train.py --recipe ucf101-nine-cpg10 --data UCF-101`,"
    " or put a bundle into `checkpoints/`."
)


@dataclass(frozen=True)
class Choice:
    """A clip to explain.

    Attributes:
        video: its name.
        label: its true class, if known.
        path: video file, None for a stored clip and for an upload.
        content: what was uploaded.
        start: where the clip starts, in seconds; None for a stored clip.
        duration: of the whole video in seconds; None for a stored clip.
    """

    video: str
    label: str | None = None
    path: Path | None = None
    content: bytes | None = None
    start: float | None = None
    duration: float | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this clip and no other."""
        digest = hashlib.sha256(self.content).hexdigest() if self.content is not None else ""
        stamp = str(self.path.stat().st_mtime_ns) if self.path else ""
        return (self.video, str(self.path), stamp, digest, str(self.start))

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The video as a file, for as long as the block lasts."""
        if self.content is None:
            yield self.path
            return
        with tempfile.NamedTemporaryFile(suffix=Path(self.video).suffix) as file:
            file.write(self.content)
            file.flush()
            yield Path(file.name)


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


def bundle_of(folder: Path) -> Bundle:
    """An open bundle; opened again when it was trained again."""
    return _bundle(folder, _stamp(folder))


def choose_bundle(label: str = "Network", key: str = "bundle", prefer: str = "") -> Bundle | None:
    """Let the user choose a network; none to choose from, or a broken one, is said in one line and gives None.

    Args:
        prefer: kind of prototypes of the network to begin with, "leaf" or "all".
    """
    found = available_bundles()
    if not found:
        st.info(HOW_TO_MAKE_ONE, icon=":material/model_training:")
        st.page_link("pages/hierarchy.py", label="The hierarchy needs no network", icon=":material/account_tree:")
        return None
    names = sorted(found, key=lambda name: (_kind(found[name]) != (prefer or "all"), name))
    name = st.selectbox(label, names, key=key, bind="query-params")
    try:
        return bundle_of(found[name])
    except InputError as error:
        st.error(plain(str(error)))
        return None


def choose_clip(bundles: Sequence[Bundle]) -> Choice | None:
    """Let the user choose a clip that all these networks can look at; None while there is none to look at."""
    left, right = st.columns([2, 3])
    source = left.segmented_control(
        "Clip from", SOURCES, key="source", default=SOURCES[0], required=True, bind="query-params"
    )
    with right:
        try:
            return {SOURCES[0]: _stored_choice, SOURCES[1]: _folder_choice, SOURCES[2]: _upload_choice}[source](bundles)
        except InputError as error:
            st.error(plain(str(error)))
            return None


def explained(bundle: Bundle, choice: Choice) -> Case | None:
    """What a network says about a clip; when it cannot be asked, the page says why in one line and this is None."""
    key = (str(bundle.folder), str(_stamp(bundle.folder)), *choice.identity)
    try:
        if choice.start is None:
            stored = next(row for row in showcase_of(bundle) if row.explanation.video == choice.video)
            return Case(key, bundle, choice, stored.explanation, images_of(stored.clip, bundle))
        _need_backbone(bundle)
        explanation, images = _explained(key, bundle, choice)
        return Case(key, bundle, choice, explanation, images)
    except InputError as error:
        st.error(f"{plain(str(error))}. The stored clips need no backbone.")
        return None


def showcase_of(bundle: Bundle) -> tuple[Stored, ...]:
    """Stored explanations of a bundle."""
    return _showcase(bundle.folder, _stamp(bundle.folder), bundle)


def images_of(path: Path, bundle: Bundle) -> np.ndarray:
    """Frames of a video file inside a bundle, (T, S, S, 3)."""
    return _images(str(path), _stamp(bundle.folder), bundle)


def model_of(bundle: Bundle):
    """The whole network, shared."""
    return _model(bundle.folder, _stamp(bundle.folder), bundle)


def head_of(bundle: Bundle):
    """The network without its backbone, shared; enough to mute prototypes."""
    return _head(bundle.folder, _stamp(bundle.folder), bundle)


def _stamp(folder: Path) -> int:
    return (folder / "model.json").stat().st_mtime_ns


@st.cache_resource(max_entries=8, show_spinner=False)
def _bundle(folder: Path, stamp: int) -> Bundle:
    return open_bundle(folder)


def _kind(folder: Path) -> str | None:
    try:
        return bundle_of(folder).config.model.prototypes
    except InputError:
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _showcase(folder: Path, stamp: int, _bundle: Bundle) -> tuple[Stored, ...]:
    return load_showcase(_bundle)


@st.cache_resource(max_entries=96, show_spinner=False)
def _images(path: str, stamp: int, _bundle: Bundle) -> np.ndarray:
    return stored_images(Path(path), _bundle)


@st.cache_resource(max_entries=2, show_spinner="Loading the network …")
def _model(folder: Path, stamp: int, _bundle: Bundle):
    return _bundle.load_model()


@st.cache_resource(max_entries=4, show_spinner=False)
def _head(folder: Path, stamp: int, _bundle: Bundle):
    return _bundle.load_head()


@st.cache_data(scope="session", max_entries=8, show_spinner="Looking at the clip …")
def _explained(key: tuple[str, ...], _bundle: Bundle, _choice: Choice) -> tuple[Explanation, np.ndarray]:
    from hprotopnet.explain import explain
    from hprotopnet.provenance import read_clip

    with _choice.file() as path:
        clip = read_clip(path, _choice.start, _bundle.config.clip)._replace(video=_choice.video)
    return explain(model_of(_bundle), clip, _bundle.config.threshold), clip.images


def _need_backbone(bundle: Bundle) -> None:
    """Raise `InputError` when loading the network would first have to fetch its backbone: no page waits for that."""
    from hprotopnet.backbones.weights import FETCH, cached_i3d

    if not bundle.config.stores_backbone and not cached_i3d().is_file():
        raise InputError(f"the backbone is not on this machine; run {FETCH} once with a network (47 MB)")


def _stored_choice(bundles: Sequence[Bundle]) -> Choice | None:
    shelves = [{row.explanation.video: row for row in showcase_of(bundle)} for bundle in bundles]
    rows = [row for name, row in shelves[0].items() if all(_same_clip(row, shelf.get(name)) for shelf in shelves)]
    if not rows:
        st.info("No stored clip is shared by these networks; choose a data folder or upload a video.")
        return None
    names = {f"{display(bundles[0].hierarchy, row.label)}: {row.explanation.video.split('/')[-1]}": row for row in rows}
    row = names[st.selectbox("Clip", list(names), key="clip", bind="query-params")]
    return Choice(row.explanation.video, row.label)


def _same_clip(one: Stored, other: Stored | None) -> bool:
    return other is not None and one.explanation.times == other.explanation.times


def _folder_choice(bundles: Sequence[Bundle]) -> Choice | None:
    folder = st.text_input(
        "Folder of class folders", key="folder", bind="query-params", placeholder="/data/UCF-101", max_chars=500
    )
    if not folder:
        return None
    videos, tested = _videos(folder, str(bundles[0].folder), _stamp(bundles[0].folder), bundles[0])
    names = {video.name: video for video in videos}
    video = names[st.selectbox("Video", list(names), key="video", bind="query-params")]
    if not tested:
        st.caption("Which of these the network was trained on cannot be told: this folder splits otherwise.")
    return _window(Choice(video.name, video.label, video.path), bundles)


@st.cache_data(ttl="1m", max_entries=4, show_spinner="Listing videos …")
def _videos(folder: str, bundle: str, stamp: int, _bundle: Bundle) -> tuple[list, bool]:
    """Test videos of a folder and True, when it splits as it did in training; otherwise all its videos and False."""
    from hprotopnet.dataset import list_videos
    from hprotopnet.splits import make_split

    videos = list_videos(folder, _bundle.hierarchy).videos
    try:
        split = make_split(videos, None, folder, _bundle.config.validation_share)
    except InputError:
        return list(videos), False
    side = {part: split.record[part]["names_sha256"] for part in ("train", "test")}
    known = _bundle.meta["split"]
    if split.test and all(side[part] == known[part]["names_sha256"] for part in side):
        return list(split.test), True
    return list(videos), False


def _upload_choice(bundles: Sequence[Bundle]) -> Choice | None:
    file = st.file_uploader(
        f"Video, at most {MOST_MEGABYTES} MB and {MOST_SECONDS // 60} minutes; nothing of it is kept",
        type=[suffix[1:] for suffix in SUFFIXES],
        max_upload_size=MOST_MEGABYTES,
    )
    if file is None:
        return None
    if file.size > MOST_MEGABYTES * 2**20:  # what a browser promises is no bound
        raise InputError(f"{file.name}: larger than {MOST_MEGABYTES} MB; cut the video")
    return _window(Choice(file.name, content=file.getvalue()), bundles)


def _window(choice: Choice, bundles: Sequence[Bundle]) -> Choice:
    """Let the user choose which part of a video is looked at, where it is longer than a clip."""
    try:
        with choice.file() as path:
            duration = probe(path).duration
    except InputError as error:
        raise InputError(str(error).split(": ", 1)[-1] if choice.content else str(error)) from error
    if duration > MOST_SECONDS and choice.content is not None:
        raise InputError(f"{choice.video}: lasts {duration:.0f} s, at most {MOST_SECONDS} are accepted; cut the video")
    clip = bundles[0].config.clip
    length = clip.frames / clip.fps
    start, room = uniform_starts(duration, length, 1)[0], duration - length
    if room > 0.1:
        start = st.slider(
            f"Part to explain: {length:.2f} s of {duration:.1f} s, from second",
            *(0.0, round(room, 2), round(start, 2), 0.01),
            key="start",
            bind="query-params",
        )
    return Choice(choice.video, choice.label, choice.path, choice.content, start, duration)
