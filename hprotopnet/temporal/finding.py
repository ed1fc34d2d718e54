"""What a detector finds in any video: its features are made on the way, by the backbone that it was trained on."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hprotopnet.data.video import probe
from hprotopnet.files import printable
from hprotopnet.temporal.clips import FeatureArrays
from hprotopnet.temporal.detection import Found, detect
from hprotopnet.temporal.detector import StoredDetector, setting_of
from hprotopnet.temporal.extract import again, features_of
from hprotopnet.temporal.training import concepts_of, scores_of


@dataclass(frozen=True)
class FoundSegment:
    """A segment.

    Attributes:
        start, end: in seconds.
        fine, coarse: its classes.
        score: how sure the detector is, see `detection`; no probability.
        concepts: numbers of the visual concepts of its clips and the share of them that each has, the greatest first.
    """

    start: float
    end: float
    fine: str
    coarse: str
    score: float
    concepts: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class FoundVideo:
    """What was found in a video, the surest first.

    Attributes:
        name: of the file, without suffix.
        duration: in seconds.
        clips: T, which cut it into equal parts.
        concepts: number of the visual concept of each clip, (T,).
    """

    name: str
    duration: float
    clips: int
    concepts: tuple[int, ...]
    segments: tuple[FoundSegment, ...]


def find(stored: StoredDetector, path: str | Path, weights: str | Path | None = None) -> FoundVideo:
    """Segments of a video; `weights` are those of its backbone where they are none that are published.

    Raises `InputError` where it cannot be read, or the backbone is not the one whose features the detector knows.
    """
    duration = probe(path).duration
    features = features_of(again(setting_of(stored.source), weights), path)
    return segments_of(stored, printable(Path(path).stem), duration, features)


def segments_of(stored: StoredDetector, name: str, duration: float, features: np.ndarray) -> FoundVideo:
    """The same of features (T, D) that are known."""
    held = FeatureArrays({name: features})
    with torch.inference_mode():
        (scores,), (concepts,) = (list(say(stored.network, held, [name])) for say in (scores_of, concepts_of))
    found = detect(scores, len(features) / duration, stored.config.rule)
    order = np.argsort(-found.scores, kind="stable")
    rows = tuple(_segment(stored, found, row, concepts, len(features) / duration) for row in order)
    return FoundVideo(name, duration, len(features), tuple(concepts.tolist()), rows)


def _segment(stored: StoredDetector, found: Found, row: int, concepts: np.ndarray, rate: float) -> FoundSegment:
    start, end = found.times[row].tolist()
    label = int(found.labels[row])
    own = concepts[round(start * rate) : round(end * rate)].tolist()
    shares = tuple((concept, count / len(own)) for concept, count in Counter(own).most_common())
    nodes = stored.hierarchy.nodes
    coarse = nodes[stored.hierarchy.ancestors(label)[1]]
    return FoundSegment(start, end, nodes[label], coarse, float(found.scores[row]), shares)
