"""Figures of merit: arrays in, numbers out. Training, evaluation and the app use these same functions."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from hprotopnet.evaluation.resampling import draw_groups, percentiles, ratio
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy


def hierarchical_accuracy(predicted: np.ndarray, truth: np.ndarray, hierarchy: Hierarchy) -> dict[str, float | None]:
    """Accuracy at 0, 2 and 4 hops, and how mild the errors are.

    `sibling` and `cousin` are the paper's cumulative accuracies (at most 2 and 4 hops through the tree from the truth).
    Because sibling accuracy mostly restates class accuracy, there is also `p_sibling_given_error`, the share of wrong
    answers that are siblings, and `mistake_severity`, the mean height of the lowest common ancestor of answer and
    truth over wrong answers (Bertinetto et al. 2020): 1 for siblings, L for strangers. Both are None without an error.

    Args:
        predicted: leaf numbers, shape (n,).
        truth: leaf numbers, shape (n,).
    """
    heights = hierarchy.leaf_heights[np.asarray(predicted), np.asarray(truth)]
    wrong = heights[heights > 0]
    return {
        "accuracy": _mean(heights == 0),
        "sibling": _mean(heights <= 1),
        "cousin": _mean(heights <= 2),
        "p_sibling_given_error": _mean(wrong == 1),
        "mistake_severity": _mean(wrong),
    }


def majority_vote(probabilities: np.ndarray) -> int:
    """Leaf that most clips of one video vote for, of probabilities (clips, K).

    A tie goes to the tied leaf with the highest mean probability, then to the first.
    """
    votes = np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])
    return int(np.where(votes == votes.max(), probabilities.mean(0), -1).argmax())


def mean_softmax(probabilities: np.ndarray) -> int:
    """Leaf with the highest mean probability over the clips of one video, of probabilities (clips, K)."""
    return int(probabilities.mean(0).argmax())


def by_video(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Rows of each video, joined by its name wherever its clips stand."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return {name: np.array(own) for name, own in rows.items()}


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> float | None:
    """ECE (Guo et al. 2017): mean gap between confidence and accuracy over equal-width bins, weighted by their size."""
    if not len(confidence):
        return None
    index = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    gaps = np.bincount(index, np.asarray(correct, float) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def back_off_figures(
    node_probabilities: np.ndarray, truth: np.ndarray, hierarchy: Hierarchy, threshold: float
) -> dict[str, float | None]:
    """What the back-off answers are worth, of node probabilities (n, N) and true leaves (n,).

    Returns:
        `leaf`, `ancestor`, `root`: shares of answers at a leaf (the coverage), at an ancestor and at the root;
        `leaf_accuracy`: accuracy of those at a leaf; `answer_accuracy`: share of all answers, the root's left out,
        whose node is the true leaf or an ancestor of it.
    """
    answers = np.array([back_off(row, hierarchy, threshold) for row in node_probabilities], dtype=int)
    levels = np.array([hierarchy.levels[node] if node >= 0 else hierarchy.depth for node in answers])
    right = np.array([node >= 0 and hierarchy.covers[node, leaf] for node, leaf in zip(answers, truth, strict=True)])
    return {
        "leaf": _mean(levels == 0),
        "ancestor": _mean((levels > 0) & (answers >= 0)),
        "root": _mean(answers < 0),
        "leaf_accuracy": _mean(right[levels == 0]),
        "answer_accuracy": _mean(right[answers >= 0]),
    }


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share of which `successes` of n were seen (Wilson 1927); honest for few, and for all or none.

    Of none at all nothing is known: (0, 1).
    """
    if n == 0:
        return 0.0, 1.0
    z, share = NormalDist().inv_cdf((1 + level) / 2), successes / n
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    return float(max(low, 0.0)), float(min(high, 1.0))


def estimate(values: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    """Number, mean and 95 % interval (JSON) of values (n,) that come in groups; NaN is left out.

    The interval is that of `bootstrap_interval`; None with less than two groups, which nothing can be drawn from.
    """
    return estimate_ratio(np.nan_to_num(values), ~np.isnan(values), groups)


def estimate_ratio(above: np.ndarray, below: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    """The same for a ratio of sums, `n` being how many of what is below are not 0; both of shape (n,)."""
    counted, total = np.count_nonzero(below), np.sum(below)
    several = len(set(np.asarray(groups)[np.asarray(below) != 0])) > 1
    return {
        "n": int(counted),
        "mean": float(np.sum(above) / total) if total else None,
        "interval": bootstrap_ratio(above, below, groups) if several else None,
    }


def bootstrap_ratio_difference(
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
    groups: Sequence[str],
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of the difference of two ratios of sums when whole groups are drawn.

    For means over a network's own mistakes: each pair holds numerators and denominators of shape (n,), for instance
    severity and whether the answer is wrong. None where a network makes no mistake in 5 % of the draws or more.
    """
    top, under, top_other, under_other = _drawn_sums((*one, *other), groups, draws, seed)
    return percentiles(ratio(top, under) - ratio(top_other, under_other), level)


def bootstrap_ratio(
    above: np.ndarray, below: np.ndarray, groups: Sequence[str], draws: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of a ratio of sums when whole groups are drawn; both of shape (n,).

    None where the sum below is not above 0 in 5 % of the draws or more.
    """
    return percentiles(ratio(*_drawn_sums((above, below), groups, draws, seed)), level)


def bootstrap_interval(
    values: np.ndarray, groups: Sequence[str], draws: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[float, float] | None:
    """Percentile bootstrap interval of a mean when whole groups are drawn, because a group's clips are alike.

    For a paired comparison give the differences. Values that are NaN are left out (undefined for that row). None where
    5 % of the draws or more hold no value at all.
    """
    values = np.asarray(values, float)
    defined = ~np.isnan(values)
    total, count = _drawn_sums((np.where(defined, values, 0), defined), groups, draws, seed)
    return percentiles(ratio(total, count), level)


def _drawn_sums(rows: Sequence[np.ndarray], groups: Sequence[str], draws: int, seed: int) -> list[np.ndarray]:
    """Sums of each row's values (n,) over as many groups as there are, drawn with replacement: of shape (draws,)."""
    counts, index = draw_groups(groups, draws, seed)
    return [counts @ np.bincount(index, values) for values in rows]


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
