"""What a detector comes to on videos whose segments are known, and its concepts where atoms are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hprotopnet.evaluation.clusters import normalised_mutual_information, purity
from hprotopnet.evaluation.detection import Segments, class_means, detection_map, map_estimate
from hprotopnet.evaluation.detection_errors import detection_errors
from hprotopnet.evaluation.resampling import DRAWS, Estimate
from hprotopnet.temporal.annotations import LongVideo, LongVideos, coarse_names, truth_of
from hprotopnet.temporal.atoms import NOTHING, Atom, atoms_of_clips
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.detection import detect_all
from hprotopnet.temporal.network import Detector
from hprotopnet.temporal.training import concepts_of, scores_of

TIOUS = tuple(number / 10 for number in range(1, 10))
ERRORS_AT = 0.3  # overlap at which kinds of errors are told apart


class Agreement(NamedTuple):
    """How well concepts agree with what clips are known to show: shares from 0 to 1; None without any such clip."""

    purity: float | None
    nmi: float | None


def found_in(network: Detector, rule: Rule, data: LongVideos, videos: Sequence[LongVideo]) -> Segments:
    """What a detector finds in some videos, which are numbered in this order."""
    scores = scores_of(network, data.features, [video.name for video in videos])
    return detect_all(list(scores), [video.rate for video in videos], rule)


def figures(found: Segments, data: LongVideos, videos: Sequence[LongVideo], draws: int = DRAWS) -> dict[str, Any]:
    """mAP of fine and of coarse classes, with intervals over videos, that of each coarse class, and kinds of errors."""
    truth, classes, names = truth_of(videos), len(data.hierarchy.classes), [video.name for video in videos]
    coarse = coarse_names(data.hierarchy)
    fine = map_estimate(found, truth, classes, TIOUS, names, draws)
    above = map_estimate(*(own.with_labels(data.coarse) for own in (found, truth)), len(coarse), TIOUS, names, draws)
    means = class_means(detection_map(found, truth, classes, TIOUS).ap, data.coarse).mean(0)
    errors = detection_errors(found, truth, data.coarse, ERRORS_AT)
    return {
        "videos": len(videos),
        "segments": len(truth),
        "found": len(found),
        "fine": {name: plain(own) for name, own in fine.items()},
        "coarse": {name: plain(own) for name, own in above.items()},
        "of_coarse": dict(zip(coarse, means.tolist(), strict=True)),
        "errors": {"overlap": ERRORS_AT, "shares": errors.shares, "missed": errors.missed},
    }


def agreements(
    network: Detector, data: LongVideos, videos: Sequence[LongVideo], atoms: Mapping[str, Sequence[Atom]]
) -> dict[str, Agreement]:
    """Of concepts with atoms, with atoms and their phases, and with fine classes, on clips that are mostly of one."""
    names = [video.name for video in videos]
    concept = np.concatenate([np.zeros(0, int), *concepts_of(network, data.features, names)])
    kinds = {"atoms": [], "phases": [], "classes": []}
    for video in videos:
        clips = data.features.count(video.name)
        classes = [
            Atom(tuple(own), data.hierarchy.classes[label])
            for own, label in zip(video.times.tolist(), video.labels, strict=True)
        ]
        kinds["atoms"] += atoms_of_clips(atoms.get(video.name, ()), clips, video.duration)
        kinds["phases"] += atoms_of_clips(atoms.get(video.name, ()), clips, video.duration, phases=True)
        kinds["classes"] += atoms_of_clips(classes, clips, video.duration)
    return {what: agreement(concept, np.array(own)) for what, own in kinds.items()}


def agreement(concept: np.ndarray, kinds: np.ndarray) -> Agreement:
    """Of clusters (n,) with kinds, text (n,), of those that are of a kind."""
    known = kinds != NOTHING
    if not known.any():
        return Agreement(None, None)
    _, numbers = np.unique(kinds[known], return_inverse=True)
    return Agreement(purity(concept[known], numbers), normalised_mutual_information(concept[known], numbers))


def plain(own: Estimate) -> dict[str, Any]:
    """A figure with its interval (JSON)."""
    return {"value": own.value, "interval": own.interval()}
