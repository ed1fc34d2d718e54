"""Some test clips as tiles: those that came with the network or lie in a folder that was named can be pressed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.data.clips import lead
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.ui.cases import showcase_of
from hprotopnet.ui.choose import SOURCES
from hprotopnet.ui.folders import FOLDER, videos_in
from hprotopnet.ui.networks import stamp_of
from hprotopnet.ui.sharing import is_shared
from hprotopnet.ui.shelves import clip_name
from hprotopnet.ui.text import plain
from hprotopnet.ui.thumbnails import Maker, of_stored, of_video, pictures
from hprotopnet.ui.tiles import tile, tiles
from hprotopnet.views.gallery import Answer, Entry

FEW = 12  # clips that are shown
SAME = 0.05  # seconds by which two starts of one clip may differ


class Listed(NamedTuple):
    """A test clip: its video, where it starts in it, its true class, and what each network answers."""

    video: str
    start: float
    label: str
    answers: tuple[Answer, ...]


class Found(NamedTuple):
    """Where a clip can be looked at: what a link to it asks for, and how to make its picture."""

    query: dict[str, str]
    picture: Maker


def list_tiles(
    bundles: Sequence[Bundle], clips: Sequence[Listed], key: str, folder: str | None
) -> dict[str, str] | None:
    """Tiles of the first few clips; what a link to the one that was pressed asks for, None while none was.

    Args:
        folder: of the networks' videos; None where nobody is to be asked for it, "" where one is.
    """
    stored = {row.told.video: row for row in showcase_of(bundles[0])}
    videos = _videos(folder, bundles[0])
    found = {str(number): _found(bundles[0], clip, stored, videos, folder) for number, clip in enumerate(clips[:FEW])}
    known = pictures({name: own.picture for name, own in found.items() if own})
    drawn = [
        tile(
            Entry(name, clip.video, clip.label, clip.answers),
            [bundle.hierarchy for bundle in bundles],
            known.get(name),
            choosable=found[name] is not None,
            awaited=found[name] is not None and name not in known,
        )
        for name, clip in zip(found, clips, strict=False)
    ]
    awaited = sum(own["awaited"] for own in drawn)
    pressed = tiles([("", [("", drawn)])], key, more=awaited).chosen
    if len(clips) > FEW:
        st.caption(f"{len(clips) - FEW} more.")
    return found[pressed].query if pressed and found.get(pressed) else None


def at_hand(bundle: Bundle, clips: Sequence[Listed]) -> bool:
    """Whether all clips came with the network."""
    return {clip.video for clip in clips} <= stored_names(bundle)


def stored_names(bundle: Bundle) -> set[str]:
    """Videos of the clips that came with the network."""
    return {row.told.video for row in showcase_of(bundle)}


def ask_for_folder() -> str:
    """The folder of the networks' videos, as the user names it; none where many share the app."""
    if is_shared():
        return ""
    hint = "Clips that came with the network open at once; name the folder of its videos to open the others."
    return st.text_input(FOLDER, key="folder", bind="query-params", placeholder="/data/UCF-101", help=hint)


def _videos(folder: str | None, bundle: Bundle) -> dict[str, Video]:
    if not folder:
        return {}
    try:
        return {video.name: video for video in videos_in(folder, bundle)[0]}
    except InputError as error:
        st.error(plain(str(error)))
        return {}


def _found(
    bundle: Bundle, clip: Listed, stored: Mapping[str, Stored], videos: Mapping[str, Video], folder: str | None
) -> Found | None:
    """A clip among those that are stored and in the folder that was named; None if it is in neither."""
    own = stored.get(clip.video)
    if own and abs(own.explanation.start - clip.start) < SAME:
        return Found({"source": SOURCES[0], "clip": clip_name(bundle, own)}, of_stored(own, stamp_of(bundle.folder)))
    if clip.video not in videos:
        return None
    begin = max(0.0, clip.start - lead(bundle.config.clip, bundle.config.clip.span))
    query = {"source": SOURCES[1], "folder": folder or "", "video": clip.video, "start": f"{begin:.2f}"}
    return Found(query, of_video(videos[clip.video]))
