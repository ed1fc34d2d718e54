"""The same footage under several names, by the hashes of its content: learnt and asked about it measures memory."""

import hashlib
from collections.abc import Mapping, Sequence

from hprotopnet.data.splits import Split, Video
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import visible

_NOTHING = hashlib.sha256().hexdigest()  # of empty files, which are no footage


def copies(contents: Mapping[Video, str]) -> list[list[Video]]:
    """Videos that hold the same, two or more each; pages and the like, saved in place of videos, are passed over."""
    alike: dict[str, list[Video]] = {}
    for video, content in contents.items():
        alike.setdefault(content, []).append(video)
    return [own for content, own in alike.items() if len(own) > 1 and content != _NOTHING and _is_footage(own[0])]


def _is_footage(video: Video) -> bool:
    try:
        return probe(video.path).frames > 0
    except InputError:
        return False


def copy_notes(found: Sequence[Sequence[Video]]) -> list[str]:
    """A line on copies within classes, and one on those that stand under several."""
    kinds: dict[bool, list[Sequence[Video]]] = {}
    for own in found:
        kinds.setdefault(len({video.label for video in own}) > 1, []).append(own)
    return [
        f"{sum(map(len, alike))} videos hold the same as another {'of another class' if apart else 'of their class'},"
        f" as '{visible(alike[0][0].name)}' and '{visible(_other(alike[0], apart).name)}'"
        for apart, alike in sorted(kinds.items())
    ]


def _other(alike: Sequence[Video], apart: bool) -> Video:
    return next(video for video in alike[1:] if not apart or video.label != alike[0].label)


def check_copies(split: Split, contents: Mapping[Video, str]) -> list[str]:
    """Notes on copies within a side; raises `InputError`, naming both files, for such as are on two sides."""
    side_of = {video: side for side in ("train", "validation", "test") for video in getattr(split, side)}
    found = copies({video: contents[video] for video in side_of if video in contents})
    parted = [own for own in found if len({side_of[video] for video in own}) > 1]
    if parted:
        one = parted[0][0]
        other = next(video for video in parted[0] if side_of[video] != side_of[one])
        more = f" (and {len(parted) - 1} more such)" if len(parted) > 1 else ""
        raise InputError(
            f"{one.path} in {side_of[one]} and {other.path} in {side_of[other]} hold the same footage{more}; remove one"
            " of them, or list both on one side"
        )
    return copy_notes(found)
