"""Stored explanations: a few clips of a bundle explained beforehand, so that its first screen needs no backbone."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import MOST_VIDEO, Bundle, Prototype
from hprotopnet.bundles.inside import AGAIN, listed, part
from hprotopnet.bundles.laws import check_explanation, check_said, naming, require
from hprotopnet.bundles.traces import write_traces
from hprotopnet.data.dataset import middle_clip, spread
from hprotopnet.data.video import probe, read_frames, write_video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.evidence import hits
from hprotopnet.explain.explanation import Explanation, LevelExplanation
from hprotopnet.files import read_json, sha256, write_json, writing
from hprotopnet.hierarchy.geometry import geometry
from hprotopnet.pantomime.shipped import part_of_pantomime, shipped_clips, shipped_stories
from hprotopnet.pantomime.stage import CUES
from hprotopnet.pantomime.truth import SEEN, at_clip, load_truth, truth_path
from hprotopnet.structure import structure

if TYPE_CHECKING:  # a first screen must not wait for torch
    from hprotopnet.data.clips import Clip
    from hprotopnet.data.splits import Video
    from hprotopnet.models.network import HProtoPNet

CLIPS = 12
LIST = "showcase/list.gz"  # what is told of the stored clips, so that a list of them need not read them
MOST_STORED = 1000  # explanations
MOST_PACKED = 2 * 2**20  # bytes of one, packed
QUALITY = 28  # of clips, as a rate factor; they are looked at, never measured


@dataclass(frozen=True)
class Told:
    """What is told of a stored clip where one is chosen.

    Attributes:
        label: its true class.
        video, times, path, probabilities: as in its explanation.
        on_cue: whether the strongest own prototype of each level lies on the level's cue, topmost first; see `on_cues`.
            Empty where nobody knows where the cues are.
    """

    label: str
    video: str
    times: tuple[float, ...]
    path: tuple[str, ...]
    probabilities: dict[str, float]
    on_cue: tuple[bool | None, ...] = ()


@dataclass(frozen=True)
class Stored:
    """One explained clip in a bundle, read when it is asked for: a first screen needs one of many.

    Asking for anything raises `InputError` when the file cannot be read or is not of this bundle.
    """

    bundle: Bundle
    name: str  # of the file, from the bundle's folder on
    listed: tuple[str, Told] | None = field(default=None, repr=False)  # hash of a file, and what is told of that one

    @property
    def file(self) -> Path:
        """Where label and explanation are stored."""
        return self.bundle.part(self.name, MOST_PACKED)

    @cached_property
    def told(self) -> Told:
        """What is told of the clip, from the list where it is of this very file."""
        if self.listed and self.listed[0] == sha256(self.file):
            return self.listed[1]
        return _told(self._content.label, self._content.explanation, self._content.on_cue)

    @property
    def label(self) -> str:
        """The clip's true class."""
        return self.told.label

    @property
    def on_cue(self) -> tuple[bool | None, ...]:
        """See `Told`."""
        return self.told.on_cue

    @property
    def explanation(self) -> Explanation:
        """What `explain` said."""
        return self._content.explanation

    @property
    def clip(self) -> Path:
        """Video file of the cropped frames."""
        return self.bundle.part(_clip_of(self.name), MOST_VIDEO)

    @cached_property
    def _content(self) -> "_Content":
        file, bundle = self.file, self.bundle
        found = structure(read_json(file), _Content, file, AGAIN)
        with naming(file, AGAIN):
            check_explanation(found.explanation, found.label, bundle.hierarchy, bundle.config)
            _check_cues(found.on_cue, bundle)
        return found


@dataclass(frozen=True)
class _Content:
    """What the file of a stored clip holds: `Told` says what that is."""

    label: str
    explanation: Explanation
    on_cue: tuple[bool | None, ...] = ()


def load_showcase(bundle: Bundle) -> tuple[Stored, ...]:
    """The stored explanations of a bundle, the one to show first in front; needs no backbone."""
    names, told = listed(bundle.folder, "showcase/*.json.gz", MOST_STORED), _read_list(bundle)
    return tuple(Stored(bundle, name, told.get(name)) for name in names)


def _read_list(bundle: Bundle) -> dict[str, tuple[str, Told]]:
    """Of stored clips, by file, the hash of that and what is told of it; bundles of earlier versions have no list."""
    path = part(bundle.folder, LIST, MOST_PACKED)
    rows = structure(read_json(path), tuple[tuple[str, str, Told], ...], path, AGAIN) if path else ()
    with naming(bundle.folder / LIST, AGAIN):
        for *_, told in rows:
            check_said(told, told.label, bundle.hierarchy, bundle.config.clip)
            _check_cues(told.on_cue, bundle)
    return {name: (content, told) for name, content, told in rows}


def write_list(folder: Path, told: dict[str, Told]) -> None:
    """Write what is told of the stored clips in a folder, by their files in it; nothing where there are none."""
    if told:
        write_json(folder / LIST, [(name, sha256(folder / name), asdict(own)) for name, own in told.items()])


def _told(label: str, said: Explanation, on_cue: tuple[bool | None, ...]) -> Told:
    return Told(label, said.video, said.times, said.path, said.probabilities, on_cue)


def _check_cues(on_cue: tuple[bool | None, ...], bundle: Bundle) -> None:
    known = len(on_cue) in (0, bundle.hierarchy.depth)
    require(known, f"it tells of {len(on_cue)} levels whether they lie on their cues")


def write_showcase(bundle: Bundle, model: "HProtoPNet", videos: Sequence["Video"]) -> None:
    """Explain the middle clip of some test videos, spread evenly over the classes, and store what was said.

    The surest right answer comes first, because it is the first thing anybody sees; the others follow by name.
    A network of Pantomime's classes explains all clips that come with the project instead, and is followed through its
    stories, see `hprotopnet.bundles.traces`.
    """
    from hprotopnet.explain.prototypes import explain

    chosen = shipped_clips(bundle.hierarchy) or spread(videos, CLIPS)
    stored = []
    for video in tqdm(chosen, desc="showcase", unit="clip", delay=2):
        clip = middle_clip(video, bundle.config.clip)
        stored.append((video, clip, explain(model, clip, bundle.config.threshold)))
    stored.sort(key=lambda item: -_sureness(item[0], item[2]))
    told = {}
    for number, (video, clip, explanation) in enumerate(stored[:1] + sorted(stored[1:], key=lambda item: item[0].name)):
        name = f"showcase/{number:02d}.json.gz"
        write_video(bundle.folder / _clip_of(name), clip.images, bundle.config.clip.pace, crf=QUALITY)
        told[name] = _told(video.label, explanation, _on_cue(video, clip, explanation, bundle))
        _write_stored(bundle.folder / name, told[name], explanation)
    write_list(bundle.folder, told)
    write_traces(bundle, model, shipped_stories(bundle.hierarchy))


def write_retold(bundle: Bundle, model: "HProtoPNet", folder: Path) -> None:
    """Tell the stored explanations of a bundle anew, as a network with another head explains the same clips.

    Left out are those of which nothing is known of the prototypes of the new answer, and traces, for which films would
    have to be looked at again. Whether evidence lies on its cue is kept where it is the same evidence.

    Args:
        model: with the bundle's prototypes, see `explain.prototypes.retell`.
        folder: of the other network's bundle.
    """
    from hprotopnet.explain.prototypes import retell

    told = {}
    for stored in tqdm(load_showcase(bundle), desc="showcase", unit="clip", delay=2):
        explanation = retell(model, stored.explanation)
        if explanation is None:
            continue
        with writing(folder / stored.name):
            (folder / stored.name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stored.clip, folder / _clip_of(stored.name))
        told[stored.name] = _told(stored.label, explanation, _still_on_cue(stored, explanation))
        _write_stored(folder / stored.name, told[stored.name], explanation)
    write_list(folder, told)


def _write_stored(file: Path, told: Told, explanation: Explanation) -> None:
    write_json(file, {"label": told.label, "explanation": explanation.to_dict(), "on_cue": told.on_cue})


def _still_on_cue(stored: Stored, explanation: Explanation) -> tuple[bool | None, ...]:
    def strongest(level: LevelExplanation) -> tuple[str, int | None]:
        return level.node, level.evidence[0].prototype if level.evidence else None

    levels = zip(stored.on_cue, stored.explanation.levels, explanation.levels, strict=False)
    return tuple(on if strongest(old) == strongest(new) else None for on, old, new in levels)


def on_cues(explanation: Explanation, masks: np.ndarray) -> tuple[bool | None, ...]:
    """Whether the peak of the strongest own prototype of each level lies on the level's cue, topmost first.

    Args:
        masks: cue bits, uint8 of shape (T, S, S), the bit of a level its place among the levels.

    Returns:
        None for a level that has no prototypes, or whose cue cannot be seen in the clip.
    """
    found = []
    for bit, level in enumerate(explanation.levels):
        mask = (masks >> bit & 1).astype(bool)
        known = level.evidence and mask.mean() >= SEEN
        found.append(
            bool(hits(np.array(level.evidence[0].cell), explanation.grid, mask, level.evidence[0].offset))
            if known
            else None
        )
    return tuple(found)


def _on_cue(video: "Video", clip: "Clip", explanation: Explanation, bundle: Bundle) -> tuple[bool | None, ...]:
    """`on_cues` of a video of Pantomime that has its truth beside it; empty for any other."""
    hierarchy = bundle.hierarchy
    if not part_of_pantomime(hierarchy) or hierarchy.depth != CUES.index("actor"):
        return ()
    if not truth_path(video.path).is_file():
        return ()
    return on_cues(explanation, at_clip(load_truth(video.path), clip.times, bundle.config.clip.size))


def _sureness(video: "Video", explanation: Explanation) -> float:
    right = explanation.path[-1] == video.label
    return explanation.probabilities[explanation.path[-1]] if right else 0.0


def _clip_of(name: str) -> str:
    return f"{name.split('.')[0]}.mp4"


def stored_images(path: Path, bundle: Bundle) -> np.ndarray:
    """Frames (T, S, S, 3) of a clip or excerpt that lies in a bundle."""
    clip, info = bundle.config.clip, probe(path)
    if abs(info.width - info.height) > 1:  # scaled by its short side, a strip would grow without bounds
        raise InputError(f"{path}: shows {info.width} x {info.height} pixels, no square; {AGAIN}")
    frames = read_frames(path, [i / clip.pace for i in range(clip.frames)], clip.size, threads=1)
    return frames.images[:, : clip.size, : clip.size]


def source_images(
    prototype: Prototype, bundle: Bundle, read: Callable[[Path, Bundle], np.ndarray] = stored_images
) -> np.ndarray | None:
    """Frames (T, S, S, 3) of the clip that a prototype comes from; None where the bundle has no excerpt to show.

    `read` may keep what it has read.
    """
    try:
        path = bundle.excerpt(prototype)
        return read(path, bundle) if path else None
    except InputError:  # for display only: what is explained stands without it
        return None


def stored_geometry(bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """`geometry` of the class points of a bundle, in node order, without torch."""
    return geometry(bundle.stored_points.points, bundle.stored_points.curvature)
