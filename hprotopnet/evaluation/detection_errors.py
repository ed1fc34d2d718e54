"""What is wrong with detections: shares of the kinds of error.

After Alwassel et al., "Diagnosing Error in Temporal Action Detectors" (ECCV 2018), with one departure: a wrong label is
told from another by the tree, for a sibling of the truth is the milder mistake. Of each class so many detections are
looked at as ten times its true segments, the surest first.
"""

from typing import NamedTuple

import numpy as np

from hprotopnet.evaluation.detection import Segments, by_score, matches, tiou

KINDS = ("right", "double", "sibling", "other", "localisation", "confusion", "background")
LEAST = 0.1  # overlap below which a detection has met nothing
PER_TRUTH = 10  # detections looked at for each true segment
_AT_ONCE = 2**14  # detections compared with segments at once


class DetectionErrors(NamedTuple):
    """Kinds of the detections that were looked at, and their shares.

    Attributes:
        found: the detections, the surest first.
        kinds: of each its number in `KINDS`, shape (n,). A detection that overlaps
            a segment of its own class enough is right, or double where that one was found before;
            else one of another class enough, has the label of a sibling or of some other class;
            else its own class a little, is badly placed (localisation);
            else another class a little, is a confusion of both label and place;
            else is background.
        shares: of all that were looked at, by kind; None where there are none.
        missed: share of the true segments that none of them found; None without any.
    """

    found: Segments
    kinds: np.ndarray
    shares: dict[str, float | None]
    missed: float | None


def detection_errors(
    found: Segments, truth: Segments, coarse: np.ndarray, overlap: float = 0.5, per_truth: int = PER_TRUTH
) -> DetectionErrors:
    """Tell the kinds of detections apart at one overlap.

    Args:
        coarse: coarse class of each class, shape (classes,): siblings share it.
    """
    found = _surest(by_score(found), truth, per_truth)
    right = matches(found, truth, [overlap])[0]
    own, other, met = _overlaps(found, truth)
    sibling = coarse[np.maximum(met, 0)] == coarse[found.labels]
    conditions = [right, own >= overlap, (other >= overlap) & sibling, other >= overlap, own >= LEAST, other >= LEAST]
    kinds = np.select(conditions, range(len(conditions)), len(conditions)).astype(int)
    counts = np.bincount(kinds, minlength=len(KINDS))
    shares = {
        kind: count / len(found) if len(found) else None for kind, count in zip(KINDS, counts.tolist(), strict=True)
    }
    return DetectionErrors(found, kinds, shares, float(1 - right.sum() / len(truth)) if len(truth) else None)


def _surest(found: Segments, truth: Segments, per_truth: int) -> Segments:
    """The first detections of each class, so many for each of its true segments."""
    number = np.bincount(truth.labels, minlength=1 + found.labels.max(initial=0)) * per_truth
    order = np.argsort(found.labels, kind="stable")
    labels = found.labels[order]
    rank = np.arange(len(found)) - np.searchsorted(labels, labels)
    return found[np.sort(order[rank < number[labels]])]


def _overlaps(found: Segments, truth: Segments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each detection its greatest overlap with its own class, that with another one, and which: -1 for none."""
    order = np.argsort(truth.videos, kind="stable")
    begin, end = (np.searchsorted(truth.videos[order], found.videos, side) for side in ("left", "right"))
    own, other, met = np.zeros(len(found)), np.zeros(len(found)), np.full(len(found), -1)
    for rows in np.array_split(np.arange(len(found)), -(-len(found) // _AT_ONCE) or 1):
        places = begin[rows, None] + np.arange((end - begin)[rows].max(initial=0))
        there = places < end[rows, None]
        at = order[np.minimum(places, len(order) - 1)] if len(order) else places
        shared = np.where(there, tiou(found.times[rows, None], truth.times[at]), 0.0)
        same = truth.labels[at] == found.labels[rows, None]
        if places.shape[1]:
            own[rows] = np.where(same, shared, 0).max(1)
            apart = np.where(same, 0, shared)
            other[rows] = apart.max(1)
            met[rows] = np.where(
                other[rows] > 0, np.take_along_axis(truth.labels[at], apart.argmax(1)[:, None], 1)[:, 0], -1
            )
    return own, other, met
