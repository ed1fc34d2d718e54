"""Annotations in ActivityNet's form, in which most data sets of long videos come.

{"database": {NAME: {"duration": 12.3, "subset": "training", "annotations": [{"segment": [1.2, 3.4], "label": "..."}]}}}
"""

from dataclasses import dataclass
from pathlib import Path

from hprotopnet.errors import InputError
from hprotopnet.files import read_json, visible
from hprotopnet.hierarchy.tree import Hierarchy, match_names
from hprotopnet.structure import structure
from hprotopnet.temporal.annotations import TRAINING, LongVideos, check_names, long_video
from hprotopnet.temporal.clips import features_in


@dataclass(frozen=True)
class _Annotation:
    segment: tuple[float, float]
    label: str


@dataclass(frozen=True)
class _Entry:
    duration: float
    annotations: tuple[_Annotation, ...]
    subset: str = TRAINING


@dataclass(frozen=True)
class _Database:
    database: dict[str, _Entry]


def read_activitynet(
    path: str | Path, hierarchy: Hierarchy, features: str | Path, width: int | None = None
) -> LongVideos:
    """Read annotations of videos whose features spread evenly over each of them.

    Args:
        hierarchy: its leaves are the labels, which match exactly or but for spaces, case and punctuation.
        features: folder of one `.npy` file a video, see `clips`.
        width: D of the features, or that of the first video's.

    Raises `InputError`, one line that names the file, for whatever does not fit.
    """
    entries = structure(read_json(path), _Database, path, others=True).database
    check_names(str(path), list(entries))
    used = dict.fromkeys(own.label for entry in entries.values() for own in entry.annotations)
    matched, unmatched = match_names(used, hierarchy)
    if unmatched:
        more = f" (and {len(unmatched) - 1} more)" if len(unmatched) > 1 else ""
        raise InputError(f"{path}: {visible(unmatched[0])}{more}; correct the label, or give another tree")
    leaves = {label: hierarchy.index(name) for label, name in matched.items()}
    clips = features_in(features, list(entries), width)
    videos = []
    for name, entry in entries.items():
        count, times = clips.count(name), [own.segment for own in entry.annotations]
        rate = count / entry.duration if entry.duration > 0 else 0.0
        labels = [leaves[own.label] for own in entry.annotations]
        videos.append(long_video(str(path), name, count, rate, times, labels, entry.subset, entry.duration))
    return LongVideos(hierarchy, tuple(videos), clips)
