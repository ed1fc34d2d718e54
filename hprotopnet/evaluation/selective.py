"""What is gained by saying less: fewer clips answered, or broader answers. Arrays in, numbers out.

Where `weights` can be given they say how often each of n clips counts, in D ways at once, shape (D, n); the figure then
has the shape (D,), see `resampling`. Without them each clip counts once, and the figure is a number.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from hprotopnet.evaluation.rivals import Ladder, is_right
from hprotopnet.hierarchy.tree import Hierarchy


def risk_coverage(confidence: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Risk-coverage curve (Geifman and El-Yaniv 2017): share of clips answered, surest first, and their mean loss.

    Clips that are equally sure are answered together. Shapes (m,), m different values of the confidence.
    """
    order, ends = _surest_first(confidence)
    return (ends + 1) / len(order), np.cumsum(np.asarray(losses, float)[order])[ends] / (ends + 1)


def aurc(confidence: np.ndarray, losses: np.ndarray, weights: np.ndarray | None = None) -> Any:
    """Area under the risk-coverage curve: the mean over clips of the risk at which each begins to be answered."""
    order, ends = _surest_first(confidence)
    counts = _counts(weights, len(order))[:, order]
    answered = np.cumsum(counts, axis=1)[:, ends]
    lost = np.cumsum(counts * np.asarray(losses, float)[order], axis=1)[:, ends]
    risk = np.divide(lost, answered, out=np.zeros_like(lost), where=answered > 0)
    area = (np.diff(answered, axis=1, prepend=0) * risk).sum(1) / answered[:, -1]
    return area if weights is not None else float(area[0])


def specificity(hierarchy: Hierarchy) -> np.ndarray:
    """What each node tells, and the root as the last: 1 - log(leaves under it) / log(K), shape (N + 1,).

    1 of a leaf, 0 of the root; the "hierarchical coverage" of Goren et al. 2024, up to a factor the information gain of
    Deng et al. 2012. A tree of one class tells nothing, and has 1 everywhere.
    """
    under = np.append(hierarchy.covers.sum(1), len(hierarchy.classes))
    return 1 - np.log(under) / math.log(len(hierarchy.classes)) if len(hierarchy.classes) > 1 else np.ones(len(under))


class Curve(NamedTuple):
    """Accuracy against specificity, from always the root to always a leaf; all of shape (m,).

    Attributes:
        thresholds: falling, the first infinite.
        specificity: mean of the answers.
        accuracy: share of answers that are the true leaf or above it; the root is always right.
    """

    thresholds: np.ndarray
    specificity: np.ndarray
    accuracy: np.ndarray


def accuracy_specificity(ladder: Ladder, truth: np.ndarray, hierarchy: Hierarchy) -> Curve:
    """Accuracy and specificity of a back-off at every threshold at which an answer changes."""
    values, ends, tell, right = _swept(ladder, truth, hierarchy, _counts(None, len(truth)))
    return Curve(np.append(np.inf, values[ends]), tell[0], right[0])


def accuracy_specificity_area(
    ladder: Ladder, truth: np.ndarray, hierarchy: Hierarchy, weights: np.ndarray | None = None
) -> Any:
    """Area under that curve, by trapezoids: 1 where every leaf is right, the share of right leaves at the least."""
    _, _, tell, right = _swept(ladder, truth, hierarchy, _counts(weights, len(truth)))
    area = np.trapezoid(right, tell, axis=1)
    return area if weights is not None else float(area[0])


def distances_at(scores: np.ndarray, truth: np.ndarray, hierarchy: Hierarchy, k: int) -> np.ndarray:
    """Hierarchical distance at k of each clip (Bertinetto et al. 2020): mean height of the best k leaves, shape (n,).

    The height is that of the lowest common ancestor with the truth. Of equal scores the first leaf is the better.
    """
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return hierarchy.leaf_heights[best, np.asarray(truth)[:, None]].mean(1)


def reliability(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> list[dict[str, float]]:
    """Calibration curve: of each bin of equal width that holds a clip, `n`, mean `confidence` and `accuracy`.

    The bins are those of `metrics.expected_calibration_error`, which is the mean gap of these rows.
    """
    index = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    rows = [(index == number) for number in range(bins)]
    return [
        {"n": int(own.sum()), "confidence": float(confidence[own].mean()), "accuracy": float(correct[own].mean())}
        for own in rows
        if own.any()
    ]


def _swept(
    ladder: Ladder, truth: np.ndarray, hierarchy: Hierarchy, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lower the threshold from infinity: each step of each ladder changes what is told, and what is right.

    Returns the confidences at which steps are taken, falling; the last of each equal ones; and specificity and
    accuracy before the first and after each of these, of shape (D, m + 1).
    """
    told = specificity(hierarchy)[ladder.nodes]
    fits = is_right(ladder.nodes, truth, hierarchy).astype(float)
    # What is gained by stepping down to a node from the one above, at the top from the root.
    more = [(own - np.append(own[:, 1:], np.full((len(own), 1), root), axis=1)) for own, root in ((told, 0), (fits, 1))]
    order, ends = _surest_first(ladder.confidence.ravel())
    clips = order // ladder.nodes.shape[1]
    total = counts.sum(1, keepdims=True)
    tell, right = (np.cumsum(counts[:, clips] * gain.ravel()[order], axis=1)[:, ends] / total for gain in more)
    start = np.zeros((len(counts), 1))
    return ladder.confidence.ravel()[order], ends, np.hstack([start, tell]), 1 + np.hstack([start, right])


def _surest_first(confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order by falling confidence, and in it the places of the last of each equal ones."""
    order = np.argsort(-np.asarray(confidence), kind="stable")
    falls = np.flatnonzero(np.diff(np.asarray(confidence)[order]))
    return order, np.append(falls, len(order) - 1)


def _counts(weights: np.ndarray | None, clips: int) -> np.ndarray:
    return np.ones((1, clips)) if weights is None else np.asarray(weights, float)
