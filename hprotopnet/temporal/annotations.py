"""Long videos, what happens in them and when: one form of data for all files that say so.

Training sees which actions a video holds. When they happen is for evaluation, and on validation videos for choosing the
epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hprotopnet.errors import InputError
from hprotopnet.evaluation.detection import Segments
from hprotopnet.files import visible
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.temporal.clips import Features

TOLERANCE = 1.0  # seconds by which a segment may end after its video, or one clip where that is longer; it is cut
TRAINING = "training"


@dataclass(frozen=True)
class LongVideo:
    """A video with its annotations.

    Attributes:
        duration: in seconds.
        rate: clips of features per second.
        times: start and end of each segment in seconds, shape (n, 2).
        labels: fine class of each segment, a leaf of the tree, shape (n,).
        subset: side of the published split, such as "training" or "testing".
        group: footage that must stay on one side of a split; the video alone where nothing is known.
    """

    name: str
    duration: float
    rate: float
    times: np.ndarray
    labels: np.ndarray
    subset: str = TRAINING
    group: str = ""


@dataclass(frozen=True)
class LongVideos:
    """Videos of one tree with their features.

    The fine classes are the leaves of the tree, the coarse ones their parents.
    """

    hierarchy: Hierarchy
    videos: tuple[LongVideo, ...]
    features: Features

    def __post_init__(self) -> None:
        if self.hierarchy.depth < 2:
            raise InputError("the tree has a single level; give one with coarse classes above its fine ones")

    @cached_property
    def coarse(self) -> np.ndarray:
        """Number of each fine class's coarse one, shape (K,)."""
        return coarse_of(self.hierarchy)

    def of(self, subset: str) -> tuple[LongVideo, ...]:
        """The videos of one side; raises `InputError` where there is none."""
        found = tuple(video for video in self.videos if video.subset == subset)
        if not found:
            known = ", ".join(sorted({visible(video.subset) for video in self.videos}))
            raise InputError(f"no video is of the subset '{visible(subset)}'; there are {known}")
        return found

    def present(self, videos: Sequence[LongVideo]) -> np.ndarray:
        """Which fine classes each video holds, all that training sees of its annotations: booleans (V, K)."""
        found = np.zeros((len(videos), len(self.hierarchy.classes)), bool)
        for row, video in enumerate(videos):
            found[row, video.labels] = True
        return found


def coarse_names(hierarchy: Hierarchy) -> tuple[str, ...]:
    """Names of the coarse classes, the parents of the leaves."""
    return tuple(hierarchy.nodes[node] for node in hierarchy.at_level(1))


def coarse_of(hierarchy: Hierarchy) -> np.ndarray:
    """Number of each fine class's coarse one, shape (K,)."""
    return hierarchy.lineage[:, 1] - len(hierarchy.classes)


def truth_of(videos: Sequence[LongVideo]) -> Segments:
    """All annotated segments of some videos, which are numbered in this order."""
    counts = [len(video.labels) for video in videos]
    return Segments(
        np.repeat(np.arange(len(videos)), counts),
        np.concatenate([np.zeros(0, int), *(video.labels for video in videos)]),
        np.concatenate([np.zeros((0, 2)), *(video.times for video in videos)]),
        np.ones(sum(counts)),
    )


def long_video(
    source: str,
    name: str,
    clips: int,
    rate: float,
    times: Sequence[Sequence[float]],
    labels: Sequence[int],
    subset: str = TRAINING,
    duration: float | None = None,
) -> LongVideo:
    """A video whose segments are checked: they begin before they end, and end with the video.

    Args:
        source: file that is named in errors.
        clips: T of its features.
        duration: where it is known otherwise than from clips and rate, in seconds.

    Raises `InputError` in one line. An end up to `TOLERANCE` or one clip after that of the video is cut.
    """
    where = f"{source}: video '{visible(name)}'"
    if not (np.isfinite(rate) and rate > 0):
        raise InputError(f"{where} has {rate} clips a second; give a number above 0")
    duration = clips / rate if duration is None else duration
    if not (np.isfinite(duration) and duration > 0):
        raise InputError(f"{where} lasts {duration} s; give a number above 0")
    found = np.array(times, float).reshape(-1, 2)
    most = duration + max(TOLERANCE, 1 / rate)
    for number, (start, end) in enumerate(found.tolist()):
        if not 0 <= start <= end < np.inf:
            raise InputError(f"{where}: segment {number} goes from {start} to {end} s; correct it")
        if end > most or start > duration:
            raise InputError(f"{where}: segment {number} ends at {end:g} s, the video at {duration:g} s; correct it")
    return LongVideo(
        name, float(duration), float(rate), np.minimum(found, duration), np.array(labels, int), subset, name
    )


def check_names(source: str, names: Sequence[str]) -> None:
    """Raise `InputError` where a video has no name or two have the same one: names join everything."""
    if not names:
        raise InputError(f"{source}: lists no videos; give one that does")
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            raise InputError(f"{source}: names the video '{visible(name)}' twice, or not at all; correct it")
        seen.add(name)
