"""Videos in class folders, and clips decoded from them.

The layout is that of UCF-101: `root/Class/video.avi`, or a folder of pictures `root/Class/video/img_00001.jpg`.
A video is known everywhere by its name, "Class/video": the class as the hierarchy spells it, no suffix, and printable.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip, begun_at, covered, instants, longest_held, longest_repeated, starts
from hprotopnet.data.folders import BESIDE, SAME_NAME, LeftOut, Unused, entries, known_beside, left_out_notes, videos_in
from hprotopnet.data.groups import SUFFIXES, group_of
from hprotopnet.data.pictures import centre_crop, sha256
from hprotopnet.data.splits import Video
from hprotopnet.data.video import probe, read_windows
from hprotopnet.errors import InputError
from hprotopnet.files import printable, visible
from hprotopnet.hierarchy.names import bounded, composed, nearest_names, some
from hprotopnet.hierarchy.tree import MOST_SUGGESTED, Hierarchy, match_names

MOST_SKIPPED = 5  # videos that are named, each with its reason


class Listing(NamedTuple):
    """The videos of a folder, by name, and how the folder fits the hierarchy.

    Attributes:
        videos: of the hierarchy's classes.
        unknown: folders of videos that match no class, each with a sentence that says so.
        missing: classes without a video, likewise, in the order of the hierarchy.
        left_out: what lies there and is not used, by reason.
        shared: folders of each class that has several, all of which are used.
    """

    videos: tuple[Video, ...]
    unknown: dict[str, str]
    missing: dict[str, str]
    left_out: dict[str, LeftOut]
    shared: dict[str, tuple[str, ...]]

    def notes(self) -> list[str]:
        """What is odd about the folder and no problem, a line a kind."""
        lines = [f"class '{label}' has {len(own)} folders, all used: {some(own)}" for label, own in self.shared.items()]
        return [*bounded(lines, "classes have several folders"), *left_out_notes(self.left_out)]


def list_videos(root: str | Path, hierarchy: Hierarchy) -> Listing:
    """Find the videos of the hierarchy's classes below `root`; raises `InputError` when there is none.

    Folders are matched to classes exactly, or else by letters and digits only ("apply lipstick"). Hidden files are
    ignored. Anything deeper than a video is not looked into, so links that lead back up do no harm.
    """
    unused = Unused(Path(root))
    folders = _class_folders(unused)
    matched, unmatched = match_names(folders, hierarchy)
    strange = dict(zip((folder for folder in folders if folder not in matched), unmatched, strict=True))
    unknown = {folder: line for folder, line in strange.items() if _holds_videos(folders[folder], unused)}
    found: dict[str, Video] = {}
    used: dict[str, list[str]] = {}
    for folder, label in matched.items():
        for path in sorted(videos_in(folders[folder], unused), key=_usual):
            video = _video(path, label)
            if video.name in found:
                unused.add(SAME_NAME, path)
            found.setdefault(video.name, video)
            used.setdefault(label, []).append(folder)
    if not found:
        hints = [*unknown.values(), *left_out_notes(unused.found)]
        hint = f" ({hints[0]})" if hints else ""
        raise InputError(
            f"{root}: no video lies in it as Class/video.avi with a class of the hierarchy{hint}; give another folder",
            "--data",
        )
    absent = [label for label in hierarchy.classes if label not in used]
    missing = {label: _missing(label, unknown if n < MOST_SUGGESTED else ()) for n, label in enumerate(absent)}
    several = {label: tuple(dict.fromkeys(own)) for label, own in used.items() if len(set(own)) > 1}
    videos = tuple(sorted(found.values(), key=lambda video: video.name))
    return Listing(videos, unknown, missing, unused.found, several)


def label_of(video: Path, hierarchy: Hierarchy) -> str | None:
    """The class of the hierarchy that the folder of a video is called by, as `list_videos` would have it; or None."""
    folder = video.absolute().parent.name
    return match_names([folder], hierarchy)[0].get(folder)


def _class_folders(unused: Unused) -> dict[str, Path]:
    """Folders of a root by name; what else lies beside them is added to `unused`."""
    try:
        paths = entries(unused.root)
    except OSError as error:
        raise InputError(
            f"{unused.root}: cannot be listed ({error.strerror}); give the folder of class folders"
        ) from error
    for path in paths:
        if not path.is_dir() and not known_beside(path):
            unused.add(BESIDE, path)
    return {path.name: path for path in paths if path.is_dir()}


def _holds_videos(folder: Path, unused: Unused) -> bool:
    """Whether a folder that matches no class holds videos; one that does not lies `BESIDE` the others."""
    if videos_in(folder, Unused(unused.root)):
        return True
    if not known_beside(folder):
        unused.add(BESIDE, folder)
    return False


def _usual(path: Path) -> int:
    """Of videos of one name folders of pictures come first, then the usual suffixes."""
    return -1 if path.is_dir() else SUFFIXES.index(path.suffix.lower())


def _missing(label: str, unknown: Iterable[str]) -> str:
    near = " or ".join(f"'{folder}'" for folder in nearest_names(label, unknown))
    return f"class '{label}' has no video" + (f" (is folder {near} meant for it?)" if near else "")


class Skipped:
    """Collects videos that cannot be read, and reports the first few once, each in one line on stderr."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def __call__(self, video: Video, error: InputError) -> None:
        if video.name in self.reasons:
            return
        self.reasons[video.name] = visible(str(error))
        if len(self.reasons) <= MOST_SKIPPED:
            more = "; others are only counted" if len(self.reasons) == MOST_SKIPPED else ""
            tqdm.write(f"skipped: {self.reasons[video.name]}{more}", file=sys.stderr)


def damage_notes(damaged: Mapping[str, str]) -> list[str]:
    """A line on videos that are damaged, from what is wrong with each; none where none is."""
    if not damaged:
        return []
    name, damage = next(iter(damaged.items()))
    return [f"{len(damaged)} videos are damaged, as '{name}': {damage}; what decodes of them is used"]


def look_over(videos: Sequence[Video]) -> tuple[dict[str, str], dict[str, str]]:
    """What keeps videos from being read, and what is wrong with those that can be, in words, by name.

    Their packets are read, not decoded, unless there is reason to; two threads, with a progress bar.
    """
    unreadable, damaged = {}, {}
    for video, future in tqdm(ahead(lambda own: probe(own.path), videos, 2), "videos", len(videos), delay=2):
        try:
            info = future.result()
        except InputError as error:
            unreadable[video.name] = str(error)
        else:
            damaged |= {video.name: info.damage} if info.damage else {}
    return unreadable, damaged


def contents(videos: Sequence[Video], on_bad: Callable[[Video, InputError], None] | None = None) -> dict[Video, str]:
    """Hash of the content of each video as it is now, see `pictures.sha256`; about two seconds a gigabyte.

    One that cannot be read is left out and handed to `on_bad`, as in `decode_clips`.
    """
    on_bad, found = on_bad or Skipped(), {}
    hashed = ahead(lambda video: sha256(video.path), videos, workers=2)
    for video, future in tqdm(hashed, "contents", len(videos), unit="video", delay=2):
        try:
            found[video] = future.result()
        except InputError as error:
            on_bad(video, error)
    return found


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
        return read_clips(video, lambda duration: starts(duration, clip, clip.per_video), clip, threads=1)

    for video, future in ahead(decode, videos, workers):
        try:
            yield from ((video, found) for found in future.result())
        except InputError as error:
            on_bad(video, error)


def read_clips(
    video: Video | Path,
    place: Callable[[float], Sequence[float]],
    clip: ClipConfig,
    threads: int = 0,
    crop: Callable[[np.ndarray, int], np.ndarray] = centre_crop,
) -> list[Clip]:
    """Clips of a video that start where `place` says, which is told the length of the video; all in seconds.

    `crop` makes what is seen of frames (T, H, W, 3), the square in their middle by default.
    """
    path, name = (video.path, video.name) if isinstance(video, Video) else (video, printable(video.name))
    for thorough in (False, True):  # what does not decode may be the end: then the length is another one
        info = probe(path, thorough=thorough)
        span, begins = covered(info.duration, clip), place(info.duration)
        asked = [instants(begin, clip, span) for begin in begins]
        windows = read_windows(path, asked, clip.size, threads=threads)
        if info.damage or not any(frames.damaged for frames in windows):
            break
    return [
        Clip(
            name,
            begin,
            crop(frames.images, clip.size),
            frames.times,
            info.damage or ("some of it does not decode" if frames.damaged else ""),
            longest_repeated(frames.times, own) if clip.per_segment else longest_held(frames.times, begin, span),
        )
        for begin, own, frames in zip(begins, asked, windows, strict=True)
    ]


def read_clip(video: Video | Path, start: float, clip: ClipConfig) -> Clip:
    """The clip that starts at `start` seconds of a video."""
    return read_clips(video, lambda _: [start], clip)[0]


def middle_clip(video: Video | Path, clip: ClipConfig) -> Clip:
    """The clip in the middle of a video."""
    return read_clips(video, lambda duration: starts(duration, clip, 1), clip)[0]


def clip_from(video: Path, begin: float, clip: ClipConfig) -> Clip:
    """The clip that covers a video from `begin` seconds on, see `clips.begun_at`."""
    return read_clips(video, lambda duration: (begun_at(begin, duration, clip),), clip)[0]


def chosen_clip(video: Path, begin: float | None, clip: ClipConfig) -> Clip:
    """The clip that covers a video from `begin` seconds on, or the one in its middle.

    Raises `InputError` for a beginning beyond the end.
    """

    def place(duration: float) -> tuple[float, ...]:
        if begin is None:
            return starts(duration, clip, 1)
        if not 0 <= begin < duration:
            raise InputError(f"{video}: lasts {duration:.1f} s, so a clip cannot start at {begin:g} s")
        return (begun_at(begin, duration, clip),)

    return read_clips(video, place, clip)[0]


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


def _video(path: Path, label: str) -> Video:
    """A video under its name, which is text, in one form, whatever system the file comes from."""
    stem = composed(printable(path.name if path.is_dir() else path.stem))
    name = f"{label}/{stem}"
    return Video(name, path, label, group_of(stem) or name)
