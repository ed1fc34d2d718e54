"""Folders of videos: which one is looked at, and what lies in it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.files import printable, stamp
from hprotopnet.pantomime.shipped import CLIPS, part_of_pantomime
from hprotopnet.ui.links import pick
from hprotopnet.ui.networks import stamp_of
from hprotopnet.ui.sharing import is_shared, shared_folders

FOLDER, SHIPPED_CLIPS = "Folder of class folders", "the clips of Pantomime"


def choose_folder(bundles: Sequence[Bundle]) -> str:
    """Let the user choose a folder that these networks can look into; empty while there is none."""
    at_hand = CLIPS.is_dir() and all(part_of_pantomime(bundle.hierarchy) for bundle in bundles)
    return _shared_folder(at_hand) if is_shared() else _any_folder(at_hand)


def videos_in(folder: str, bundle: Bundle) -> tuple[list, bool]:
    """Test videos of a folder and True, when it splits as it did in training; otherwise all its videos and False.

    Raises `InputError` for a folder without videos of the network's classes.
    """
    return _videos(folder, _listed(folder), printable(str(bundle.folder)), stamp_of(bundle.folder), bundle)


def _any_folder(at_hand: bool) -> str:
    """A folder of this machine, whichever its user likes; clips that came with the project, if they are `at_hand`."""
    return st.text_input(
        FOLDER,
        str(CLIPS) if at_hand else "",
        key="folder",
        bind="query-params",
        placeholder="/data/UCF-101",
        max_chars=500,
    )


def _shared_folder(at_hand: bool) -> str:
    """One of the folders that were named for all to see; what else lies on this machine is nobody else's business."""
    folders = ({SHIPPED_CLIPS: CLIPS} if at_hand else {}) | shared_folders()
    if not folders:
        st.info("No folder is shared here; upload a video instead.")
        return ""
    return str(folders[pick(st.selectbox, FOLDER, list(folders), "folder", "shared folder")])


def _listed(folder: str) -> int:
    """Another number once videos were added to a folder of class folders or taken out, or its list files written."""
    try:
        return stamp(*Path(folder).iterdir())
    except (OSError, ValueError):  # what is wrong with it is said when it is listed
        return 0


@st.cache_data(ttl=60, max_entries=4, show_spinner="Listing videos …")  # in words it would load pandas
def _videos(folder: str, listed: int, bundle: str, stamp: int, _bundle: Bundle) -> tuple[list, bool]:
    """Test videos of a folder and True, when it splits as it did in training; otherwise all its videos and False."""
    from hprotopnet.data.dataset import list_videos
    from hprotopnet.data.splits import make_split

    videos = list_videos(folder, _bundle.hierarchy).videos
    try:
        split = make_split(videos, None, folder, _bundle.config.validation_share, to_train=False)
    except InputError:
        return list(videos), False
    side = {part: split.record[part]["names_sha256"] for part in ("train", "test")}
    known = _bundle.description.split
    if split.test and known and side == {part: getattr(known, part).names_sha256 for part in side}:
        return list(split.test), True
    return list(videos), False
