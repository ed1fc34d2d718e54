"""What is stored of a detector so that it can be looked at: videos, what is known of them, and what it says of them.

Reading it needs neither torch nor a backbone. It lies in the detector's folder:

showcase/showcase.json     videos that were tested on, their segments and atoms, and the clips nearest to each concept
showcase/scores.npz        scores of fine classes and number of the visual concept of each of their clips; how alike the
                           weights of classes are to concepts
showcase/NAME.mp4          some of the videos
showcase/NAME.npy          features of those, half precision, from which what is stored can be computed again
showcase/concept-007.webp  the clips nearest to a concept, side by side and playing
showcase/evidence.json.gz  what a prototype network said of moments of the videos, and by which prototypes
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from hprotopnet.arrays import read_arrays
from hprotopnet.bundles.inside import is_plain, part
from hprotopnet.bundles.laws import naming, require
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.files import read_json, sha256, visible
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.structure import structure
from hprotopnet.temporal.annotations import LongVideo, long_video
from hprotopnet.temporal.atoms import Atom
from hprotopnet.temporal.card import WEIGHTS, Card

FOLDER, JSON, SCORES, EVIDENCE = "showcase", "showcase.json", "scores.npz", "evidence.json.gz"
AGAIN = "make the showcase again"
MOST_VIDEOS, MOST_CLIPS, MOST_NEAR = 5000, 10**6, 12
MOST_FILM, MOST_FEATURES, MOST_PICTURE, MOST_MB = 64 * 2**20, 64 * 2**20, 2**20, 32 * 2**20  # bytes
KINDS = {"scores": "f2", "concepts": "i1", "alike": "f2"}
VIDEO, FEATURES = "mp4", "npy"


@dataclass(frozen=True)
class Piece:
    """An action that a video is known to show, from when to when in seconds."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Tested:
    """A video that the detector was tested on.

    Attributes:
        duration: in seconds.
        clips: T, which cut it into equal parts.
        segments: what is known to happen in it.
        atoms: the same of atomic actions, where somebody knows them.
        sha256: hash of the video where it is stored; empty where only what was said of it is.
    """

    name: str
    duration: float
    clips: int
    segments: tuple[Piece, ...]
    atoms: tuple[Atom, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class Near:
    """A training clip near a concept.

    Attributes:
        start, end: of the cell that it stands for, in seconds of its video.
        distance: from the centre of the cluster, as the encoder sees clips.
        label, atom: class and atomic action that fill most of it; empty where there is none, or nobody knows.
    """

    video: str
    start: float
    end: float
    distance: float
    label: str = ""
    atom: str = ""


@dataclass(frozen=True)
class Concept:
    """A visual concept: how many training clips are nearest to it, and the nearest of those."""

    number: int
    clips: int
    near: tuple[Near, ...]


@dataclass(frozen=True)
class Told:
    """What a prototype network said of a moment of a video, in seconds, and why."""

    video: str
    moment: float
    explanation: Explanation


@dataclass(frozen=True)
class Evidence:
    """What a prototype network said of moments; `network` is its name, `weights` the hash of its weights."""

    network: str
    weights: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Content:
    """What `showcase.json` holds.

    Attributes:
        detector: hash of the detector's weights.
        span: seconds that a clip shows, which may be more than a cell; None where that is not known.
    """

    detector: str
    span: float | None
    videos: tuple[Tested, ...]
    concepts: tuple[Concept, ...]


@dataclass(frozen=True, eq=False)
class Showcase:
    """What is stored of a detector.

    Attributes:
        card: the detector.
        content: of `showcase.json`.
        scores, concepts: of each video's clips, (T, K) and (T,).
        alike: cosine of the weights of each fine class and the mean training clip of each concept, as the layer before
            the weights has it, (K, Q): by this the detector picks the concepts that stand for a class in a video. 0 for
            a concept of no training clip.
    """

    card: Card
    content: Content
    scores: tuple[np.ndarray, ...]
    concepts: tuple[np.ndarray, ...]
    alike: np.ndarray

    @property
    def folder(self) -> Path:
        return self.card.folder / FOLDER

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all videos that were tested on."""
        return tuple(own.name for own in self.content.videos)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Names of those that are stored."""
        return tuple(own.name for own in self.content.videos if own.sha256)

    @cached_property
    def videos(self) -> tuple[LongVideo, ...]:
        """All of them with their segments, as evaluation takes them."""
        return tuple(annotated(own, self.card.hierarchy, str(self.folder / JSON)) for own in self.content.videos)

    def film(self, name: str) -> Path:
        """File of a video that is stored; raises `InputError` where it is absent or another one by now."""
        path = self._part(f"{name}.{VIDEO}", MOST_FILM)
        if sha256(path) != self.content.videos[self.names.index(name)].sha256:
            raise InputError(f"{path}: another video than the detector was asked about; {AGAIN}")
        return path

    def features(self, name: str) -> Path:
        """File of the features of a video that is stored; raises `InputError` where it is absent."""
        return self._part(f"{name}.{FEATURES}", MOST_FEATURES)

    def picture(self, concept: int) -> bytes | None:
        """The clips nearest to a concept, playing (WebP); None where there is no such picture."""
        path = part(self.card.folder, f"{FOLDER}/{picture_name(concept)}", MOST_PICTURE)
        return path.read_bytes() if path else None

    def evidence(self) -> Evidence | None:
        """What a prototype network said; None where none was asked."""
        path = part(self.card.folder, f"{FOLDER}/{EVIDENCE}", MOST_MB)
        return structure(read_json(path), Evidence, path, AGAIN) if path else None

    def _part(self, name: str, most: int) -> Path:
        path = part(self.card.folder, f"{FOLDER}/{name}", most)
        if path is None:
            raise InputError(f"{self.folder}: lacks {visible(name)}; {AGAIN}")
        return path


def picture_name(concept: int) -> str:
    """File of the clips nearest to a concept."""
    return f"concept-{concept:03d}.webp"


def load_showcase(card: Card) -> Showcase | None:
    """What is stored of a detector, None where nothing is.

    Raises `InputError` in one line for files that cannot be read, do not fit each other, or are of another detector.
    """
    path = part(card.folder, f"{FOLDER}/{JSON}", MOST_MB)
    if path is None:
        return None
    content = structure(read_json(path), Content, path, AGAIN)
    with naming(path, AGAIN):
        require(content.detector == sha256(card.folder / WEIGHTS), "is of another detector than lies beside it")
        _check(content, card)
    file = part(card.folder, f"{FOLDER}/{SCORES}", MOST_MB)
    if file is None:
        raise InputError(f"{path.parent}: lacks {SCORES}; {AGAIN}")
    arrays = read_arrays(file, KINDS, "scores of clips", AGAIN, MOST_MB)
    with naming(file, AGAIN):
        _check_arrays(arrays["scores"], arrays["concepts"], arrays["alike"], content, card)
    ends = np.cumsum([own.clips for own in content.videos])[:-1]
    scores, concepts = (np.split(arrays[name], ends) for name in ("scores", "concepts"))
    found = Showcase(card, content, tuple(scores), tuple(concepts), arrays["alike"])
    _ = found.videos
    return found


def annotated(own: Tested, hierarchy: Hierarchy, source: str) -> LongVideo:
    """A video with its segments; raises `InputError` naming `source` where they are none."""
    times = [(piece.start, piece.end) for piece in own.segments]
    labels = [hierarchy.index(piece.label) for piece in own.segments]
    rate = own.clips / own.duration
    return long_video(source, own.name, own.clips, rate, times, labels, duration=own.duration)


def _check(content: Content, card: Card) -> None:
    videos, classes = content.videos, set(card.hierarchy.classes)
    require(0 < len(videos) <= MOST_VIDEOS, f"it tells of {len(videos)} videos")
    names = [own.name for own in videos]
    plain = all(is_plain(name) and "/" not in name for name in names)
    require(plain and len(set(names)) == len(names), "videos have names that are none, or twice the same")
    require(all(own.clips > 0 and 0 < own.duration < 1e6 for own in videos), "a video has no clips or lasts no time")
    require(sum(own.clips for own in videos) <= MOST_CLIPS, "videos have more clips than can be shown")
    known = all(piece.label in classes for own in videos for piece in own.segments)
    require(known, "a segment is of a class that the tree has not")
    require(content.span is None or 0 < content.span < 3600, f"a clip shows {content.span} s")
    numbers = [own.number for own in content.concepts]
    require(numbers == list(range(card.config.concepts)), "its concepts are not those of the detector")
    require(all(len(own.near) <= MOST_NEAR for own in content.concepts), "a concept has more clips than can be shown")


def _check_arrays(scores: np.ndarray, concepts: np.ndarray, alike: np.ndarray, content: Content, card: Card) -> None:
    clips, classes, number = (
        sum(own.clips for own in content.videos),
        len(card.hierarchy.classes),
        card.config.concepts,
    )
    shaped = scores.shape == (clips, classes) and concepts.shape == (clips,)
    require(shaped, "it has not as many scores as there are clips and classes")
    require(alike.shape == (classes, number), "its likenesses are not those of classes and concepts")
    for own in (scores, alike):
        require(own.dtype == np.float32 and bool(np.isfinite(own).all()), "its scores are no numbers")
    require(concepts.min() >= 0 and concepts.max() < number, "it names concepts that there are not")


def chosen(videos: Sequence[LongVideo], coarse: np.ndarray, count: int) -> list[LongVideo]:
    """Videos to store: again and again the one with most coarse classes that are new, of those the shortest.

    What the detector makes of them has no say.

    Args:
        coarse: number of each fine class's coarse one, (K,).
    """
    left, seen, found = list(videos), set(), []
    while left and len(found) < count:
        best = min(left, key=lambda own: (-len(set(coarse[own.labels].tolist()) - seen), own.duration, own.name))
        left.remove(best)
        seen |= set(coarse[best.labels].tolist())
        found.append(best)
    return found
