"""Small pictures of clips, one frame each: made a few at a time, kept in the session and never more than so many."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import streamlit as st

from hprotopnet.bundles.showcase import Stored
from hprotopnet.data.pictures import centre_crop, written
from hprotopnet.data.splits import Video
from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError
from hprotopnet.files import printable
from hprotopnet.ui.networks import BY_PATH
from hprotopnet.views.render import animation

SIDE = 144  # pixels
MOST = 600  # pictures that a session keeps, of some 4 KB
SECONDS = 0.3  # that one run may take to make pictures
KEPT = "thumbnails"  # in the session

Maker = tuple[tuple[str, str], Callable[[], str | None]]  # what a picture is of, and how to make it


def pictures(makers: Mapping[str, Maker], seconds: float = SECONDS) -> dict[str, str | None]:
    """Pictures as addresses of data, None for what has none; those that would take longer are left out for now."""
    kept, until, found = st.session_state.setdefault(KEPT, {}), monotonic() + seconds, {}
    for name, (key, make) in makers.items():
        if key not in kept:
            if monotonic() > until:
                continue
            kept[key] = make()
        found[name] = kept[key]
    while len(kept) > max(MOST, len(makers)):  # the oldest goes
        del kept[next(iter(kept))]
    return found


def of_stored(row: Stored, stamp: int) -> Maker:
    """How to make the picture of a stored clip, which all sessions share.

    Args:
        stamp: of the bundle's folder, see `stamp_of`.
    """
    path = row.bundle.folder / row.name
    return (printable(str(path)), str(stamp)), lambda: _stored(path, stamp, row)


def of_video(video: Video) -> Maker:
    """How to make the picture of a video: the middle of what the network sees by default."""

    def stamp() -> str:
        try:
            return str(written(video.path))
        except InputError:  # a folder that holds no film
            return ""

    def make() -> str | None:
        try:
            return _picture(video.path, probe(video.path).duration / 2)
        except InputError:
            return None

    return (printable(str(video.path)), stamp()), make


@st.cache_resource(max_entries=1024, show_spinner=False, hash_funcs=BY_PATH)
def _stored(path: Path, stamp: int, _row: Stored) -> str | None:
    try:
        clip = _row.bundle.config.clip
        return _picture(_row.clip, clip.frames / clip.pace / 2)
    except InputError:  # the clip is for display only
        return None


def _picture(path: Path, instant: float) -> str:
    """The central square of the frame at an instant, as WebP."""
    frames = read_frames(path, [instant], SIDE, threads=1).images
    return f"data:image/webp;base64,{base64.b64encode(animation(centre_crop(frames, SIDE), 1)).decode()}"
