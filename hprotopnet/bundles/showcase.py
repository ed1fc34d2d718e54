"""Stored explanations: a few clips of a bundle explained beforehand, so that its first screen needs no backbone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.bundles.traces import write_traces
from hprotopnet.data.dataset import middle_clip, spread
from hprotopnet.data.video import read_frames, write_video
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.geometry import geometry
from hprotopnet.pantomime.shipped import shipped_clips, shipped_stories
from hprotopnet.structure import structure

if TYPE_CHECKING:  # a first screen must not wait for torch
    from hprotopnet.data.splits import Video
    from hprotopnet.models.network import HProtoPNet

CLIPS = 12
QUALITY = 28  # of clips, as a rate factor; they are looked at, never measured


@dataclass(frozen=True)
class Stored:
    """One explained clip in a bundle, read when it is asked for: a first screen needs one of many.

    Asking for label or explanation raises `InputError` when the file cannot be read.
    """

    file: Path

    @property
    def label(self) -> str:
        """The clip's true class."""
        return self._content.label

    @property
    def explanation(self) -> Explanation:
        """What `explain` said."""
        return self._content.explanation

    @property
    def clip(self) -> Path:
        """Video file of the cropped frames."""
        return _clip_of(self.file)

    @cached_property
    def _content(self) -> "_Content":
        return structure(read_json(self.file), _Content, self.file, "make the bundle again")


@dataclass(frozen=True)
class _Content:
    """What the file of a stored clip holds: `Stored` says what that is."""

    label: str
    explanation: Explanation

    def __post_init__(self) -> None:
        levels = filter(None, (*self.explanation.levels, self.explanation.runner_up))
        shapes = {row.activation.shape for level in levels for row in level.evidence}
        if shapes - {self.explanation.grid}:
            raise InputError("its maps are not as large as its grid; make the bundle again")


def load_showcase(bundle: Bundle) -> tuple[Stored, ...]:
    """The stored explanations of a bundle, the one to show first in front; needs no backbone."""
    files = sorted((bundle.folder / "showcase").glob("*.json.gz"))
    return tuple(map(Stored, files))


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
    for number, (video, clip, explanation) in enumerate(stored[:1] + sorted(stored[1:], key=lambda item: item[0].name)):
        path = bundle.folder / "showcase" / f"{number:02d}.json.gz"
        write_video(_clip_of(path), clip.images, bundle.config.clip.fps, crf=QUALITY)
        write_json(path, {"label": video.label, "explanation": explanation.to_dict()})
    write_traces(bundle, model, shipped_stories(bundle.hierarchy))


def _sureness(video: "Video", explanation: Explanation) -> float:
    right = explanation.path[-1] == video.label
    return explanation.probabilities[explanation.path[-1]] if right else 0.0


def _clip_of(file: Path) -> Path:
    return file.parent / f"{file.name.split('.')[0]}.mp4"


def stored_images(path: Path, bundle: Bundle) -> np.ndarray:
    """Frames (T, S, S, 3) of a clip or excerpt that lies in a bundle."""
    clip = bundle.config.clip
    frames = read_frames(path, [i / clip.fps for i in range(clip.frames)], clip.size, threads=1)
    return frames.images[:, : clip.size, : clip.size]


def source_images(
    prototype: Prototype, bundle: Bundle, read: Callable[[Path, Bundle], np.ndarray] = stored_images
) -> np.ndarray | None:
    """Frames (T, S, S, 3) of the clip that a prototype comes from; None where the bundle has no excerpt to show.

    `read` may keep what it has read.
    """
    path = bundle.excerpt(prototype)
    try:
        return read(path, bundle) if path else None
    except InputError:  # for display only: what is explained stands without it
        return None


def stored_geometry(bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """`geometry` of the class points of a bundle, in node order, without torch."""
    with np.load(bundle.folder / "points.npz", allow_pickle=False) as file:
        names, points, curvature = file["names"].tolist(), file["points"], float(file["curvature"])
    return geometry(points[[names.index(name) for name in bundle.hierarchy.nodes]], curvature)
