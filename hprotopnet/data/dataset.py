"""Videos in class folders, and clips decoded from them.

The layout is that of UCF-101: `root/Class/video.avi`, or a folder of pictures `root/Class/video/img_00001.jpg`.
A video is known everywhere by its name, "Class/video": the class as the hierarchy spells it, no suffix.
"""

import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip, instants, uniform_starts
from hprotopnet.data.pictures import centre_crop, is_picture
from hprotopnet.data.splits import SUFFIXES, Video, present_classes
from hprotopnet.data.video import probe, read_frames, read_windows
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy, match_names

_GROUP = re.compile(r"_(g\d+)_c\d+$")


class Listing(NamedTuple):
    """The videos of a folder, by name, and one line for each thing about it that is worth knowing."""

    videos: tuple[Video, ...]
    problems: tuple[str, ...]


def list_videos(root: str | Path, hierarchy: Hierarchy) -> Listing:
    """Find the videos of the hierarchy's classes below `root`; raises `InputError` when there is none.

    Folders are matched to classes exactly, or else by letters and digits only ("apply lipstick"). Folders without
    videos, hidden files and anything deeper than a video are ignored, so links that lead back up do no harm.
    """
    try:
        folders = {
            path.name: path for path in _visible(Path(root)) if path.is_dir() and any(map(_is_video, _visible(path)))
        }
    except OSError as error:
        raise InputError(f"{root}: cannot be listed ({error.strerror}); give the folder of class folders") from error
    matched, problems = match_names(folders, hierarchy)
    found: dict[str, Video] = {}
    for folder, label in matched.items():
        for path in filter(_is_video, _visible(folders[folder])):
            video = _video(path, label)
            if video.name in found:
                problems.append(f"{path}: left out, {found[video.name].path} has the same name")
            found.setdefault(video.name, video)
    if not found:
        raise InputError(
            f"{root}: no video lies in it as Class/video.avi with a class of the hierarchy; give another folder",
            "--data",
        )
    present = set(present_classes(found.values()))
    missing = [label for label in hierarchy.classes if label not in present]
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        problems.append(f"{len(missing)} of {len(hierarchy.classes)} classes have no video: {shown}")
    return Listing(tuple(sorted(found.values(), key=lambda video: video.name)), tuple(problems))


class Skipped:
    """Collects videos that cannot be read, and reports each once, in one line on stderr."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def __call__(self, video: Video, error: InputError) -> None:
        if video.name not in self.reasons:
            self.reasons[video.name] = str(error)
            tqdm.write(f"skipped: {error}", file=sys.stderr)


def decode_clips(
    videos: Sequence[Video],
    clip: ClipConfig,
    workers: int = 2,
    on_bad: Callable[[Video, InputError], None] | None = None,
) -> Iterator[tuple[Video, Clip]]:
    """`clip.per_video` clips spread evenly over each video, in the order of the videos and of time.

    A few videos are decoded ahead by `workers` threads while the consumer works. A video that cannot be read is
    handed to `on_bad` (by default a new `Skipped`) and passed over.
    A video no longer than a clip gives one clip only.
    """
    on_bad = on_bad or Skipped()

    def decode(video: Video) -> list[Clip]:
        starts = uniform_starts(probe(video.path).duration, clip.span, clip.per_video)
        windows = read_windows(video.path, [instants(start, clip) for start in starts], clip.size, threads=1)
        return [
            Clip(video.name, start, centre_crop(frames.images, clip.size), frames.times)
            for start, frames in zip(starts, windows, strict=True)
        ]

    for video, future in ahead(decode, videos, workers):
        try:
            yield from ((video, found) for found in future.result())
        except InputError as error:
            on_bad(video, error)


def read_clip(video: Video | Path, start: float, clip: ClipConfig) -> Clip:
    """The clip that starts at `start` seconds of a video."""
    path, name = (video.path, video.name) if isinstance(video, Video) else (video, video.name)
    frames = read_frames(path, instants(start, clip), clip.size)
    return Clip(name, start, centre_crop(frames.images, clip.size), frames.times)


def middle_start(path: Path, clip: ClipConfig) -> float:
    """Start of the clip in the middle of a video, in seconds."""
    return uniform_starts(probe(path).duration, clip.span, 1)[0]


def spread(videos: Sequence[Video], count: int) -> list[Video]:
    """At most `count` of some videos, spread evenly over their order."""
    rows = np.unique(np.linspace(0, len(videos) - 1, min(count, len(videos))).astype(int))
    return [videos[row] for row in rows]


def ahead(work: Callable[[Video], Any], videos: Sequence[Video], workers: int) -> Iterator[tuple[Video, Future]]:
    """Each video with its work, done by threads that keep at most two videos a worker in store."""
    pool = ThreadPoolExecutor(max_workers=max(1, workers))
    waiting: deque[tuple[Video, Future]] = deque()
    try:
        for video in videos:
            waiting.append((video, pool.submit(work, video)))
            if len(waiting) > 2 * workers:
                yield waiting.popleft()
        yield from waiting
    finally:
        pool.shutdown(cancel_futures=True)


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _is_video(path: Path) -> bool:
    if path.is_dir():
        return any(map(is_picture, path.iterdir()))
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _video(path: Path, label: str) -> Video:
    stem = path.name if path.is_dir() else path.stem
    numbered = _GROUP.search(stem)
    return Video(f"{label}/{stem}", path, label, numbered[1] if numbered else f"{label}/{stem}")
