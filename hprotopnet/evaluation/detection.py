"""How good detections are: average precision at overlaps in time, as ActivityNet's evaluator computes it.

Detections of a class are taken by score, the highest first. Each looks in its video for the segment of its class that
it overlaps most among those that nobody has found before; it is right where that overlap (intersection over union,
tIoU) reaches the threshold. Average precision is the area under precision over recall, with every precision raised to
the highest at the same recall or a greater one (Caba Heilbron et al., "ActivityNet", 2015). Equal scores keep their
order; of segments overlapped equally the last is taken, as the evaluator does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hprotopnet.evaluation.resampling import DRAWS, Estimate, centred, estimate


@dataclass(frozen=True)
class Segments:
    """Segments of videos, found or true.

    Attributes:
        videos: number of the video of each, shape (n,).
        labels: its class, shape (n,).
        times: start and end in seconds, shape (n, 2).
        scores: how sure it is, shape (n,).
    """

    videos: np.ndarray
    labels: np.ndarray
    times: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: np.ndarray) -> "Segments":
        return Segments(self.videos[chosen], self.labels[chosen], self.times[chosen], self.scores[chosen])

    def with_labels(self, of: np.ndarray) -> "Segments":
        """The same with other classes, `of` giving that of each class, such as the coarse one it belongs to."""
        return replace(self, labels=of[self.labels])


class DetectionMap(NamedTuple):
    """Average precision by class and overlap.

    Attributes:
        ap: shape (number of tIoUs, classes); NaN for classes without a true segment.
        tious: the overlaps asked for.
        map: mean over classes at each overlap, shape (number of tIoUs,); NaN where no class has a segment.
        average: mean of those.
    """

    ap: np.ndarray
    tious: tuple[float, ...]
    map: np.ndarray
    average: float


def tiou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of segments (..., 2), 0 where both are empty; broadcast."""
    begin, end = np.maximum(one[..., 0], other[..., 0]), np.minimum(one[..., 1], other[..., 1])
    shared = np.maximum(end - begin, 0.0)
    union = (one[..., 1] - one[..., 0]) + (other[..., 1] - other[..., 0]) - shared
    return np.divide(shared, union, out=np.zeros(np.shape(shared)), where=union > 0)


def detection_map(found: Segments, truth: Segments, classes: int, tious: Sequence[float]) -> DetectionMap:
    """Mean average precision of detections.

    For coarse classes give both `with_labels` of their own.
    """
    found = by_score(found)
    right = matches(found, truth, tious)
    everything = np.ones((1, 1 + max(found.videos.max(initial=0), truth.videos.max(initial=0))))
    ap = _precisions(right, found, truth, classes, everything)[:, :, 0]
    at_each = _mean(ap)
    return DetectionMap(ap, tuple(tious), at_each, float(_mean(at_each)))


def map_estimate(
    found: Segments,
    truth: Segments,
    classes: int,
    tious: Sequence[float],
    groups: Sequence[str],
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Estimate]:
    """mAP at each overlap ("map@0.5") and on average ("average"), with what it was when groups of videos were drawn.

    Draws are moved to lie around the figure. They do not by themselves: a draw lacks some videos and counts others
    twice, and as precision is a share of what was found, being rid of false detections raises it by more than as many
    more of them lower it.

    Args:
        groups: of each video that is counted, those without any segment included.
    """
    found = by_score(found)
    right = matches(found, truth, tious)

    def figures(counts: np.ndarray) -> dict[str, np.ndarray]:
        at_each = _mean(_precisions(right, found, truth, classes, counts))
        named = {f"map@{own:g}": row for own, row in zip(tious, at_each, strict=True)}
        return named | {"average": at_each.mean(0)}

    return {name: centred(own) for name, own in estimate(figures, groups, draws, seed).items()}


def by_score(found: Segments) -> Segments:
    """Detections with the highest score first; equal ones in their order."""
    return found[np.argsort(-found.scores, kind="stable")]


def matches(found: Segments, truth: Segments, tious: Sequence[float]) -> np.ndarray:
    """Which detections, given `by_score`, are right at each overlap, booleans (number of tIoUs, n).

    Videos and classes are independent: in one round each of them matches its next detection, all of them at once.
    """
    right = np.zeros((len(tious), len(found)), bool)
    if not len(truth):
        return right
    keys, of_truth = _keys(found, truth)
    wanted, limits = _table(truth, of_truth), np.array(tious)[:, None, None]
    group = np.minimum(np.searchsorted(wanted.keys, keys), len(wanted.keys) - 1)
    rows = np.flatnonzero(wanted.keys[group] == keys)
    rank = _rank(group[rows])
    free = np.repeat(wanted.there[None], len(tious), 0)  # (number of tIoUs, groups, most segments of one)
    for turn in range(rank.max(initial=-1) + 1):
        own = rows[rank == turn]
        at = group[own]
        overlap = np.where(wanted.there[at], tiou(found.times[own, None], wanted.times[at]), -1.0)
        fit = np.where(free[:, at] & (overlap >= limits), overlap, -1.0)
        best = fit.shape[2] - 1 - fit[:, :, ::-1].argmax(2)
        hit = np.take_along_axis(fit, best[:, :, None], 2)[:, :, 0] >= 0
        right[:, own] = hit
        where, which = np.nonzero(hit)
        free[where, at[which], best[where, which]] = False
    return right


def class_means(ap: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Mean precision of the classes of each coarse class, `of` (classes,) naming it: (number of tIoUs, coarse)."""
    return np.stack([_mean(ap[:, of == own]) for own in range(of.max(initial=-1) + 1)], 1)


class _Table(NamedTuple):
    """True segments of each video and class side by side.

    `keys` (groups,) ascend, `times` (groups, most, 2) are padded, `there` says where they are not.
    """

    keys: np.ndarray
    times: np.ndarray
    there: np.ndarray


def _table(truth: Segments, keys: np.ndarray) -> _Table:
    known, group = np.unique(keys, return_inverse=True)
    place = _rank(group)
    times = np.zeros((len(known), 1 + place.max(), 2))
    there = np.zeros(times.shape[:2], bool)
    times[group, place], there[group, place] = truth.times, True
    return _Table(known, times, there)


def _keys(*segments: Segments) -> list[np.ndarray]:
    """A number for the video and class of each, the same for the same in all of them."""
    labels = 1 + max(own.labels.max(initial=0) for own in segments)
    return [own.videos * labels + own.labels for own in segments]


def _rank(group: np.ndarray) -> np.ndarray:
    """Which of its group each is, in their order, from 0."""
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.empty(len(group), int)
    rank[order] = np.arange(len(group)) - np.repeat(begins, np.diff([*begins, len(group)]))
    return rank


def _precisions(right: np.ndarray, found: Segments, truth: Segments, classes: int, counts: np.ndarray) -> np.ndarray:
    """Average precision where each video counts so often: (number of tIoUs, classes, D) of counts (D, videos).

    Where a video counts twice, so do its segments and detections. Precision is looked at where a detection is right,
    for in between it only falls.
    """
    ap = np.full((len(right), classes, len(counts)), np.nan)
    for label in np.unique(truth.labels):
        own = np.flatnonzero(found.labels == label)
        weights = counts[:, found.videos[own]]  # (D, n)
        total = counts[:, truth.videos[truth.labels == label]].sum(1)  # (D,)
        below = np.maximum(weights.cumsum(1), 1e-300)
        for at, hits in enumerate(right[:, own]):
            gained = weights[:, hits]
            ap[at, label] = _area(gained.cumsum(1) / below[:, hits], gained, total)
    return ap


def _area(precision: np.ndarray, gained: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Area under raised precision (D, n) over recall, which grows by `gained` of `total`; NaN without a total."""
    raised = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return np.divide((raised * gained).sum(1), total, out=np.full(len(total), np.nan), where=total > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the second axis, or the only one, of what is defined."""
    axis, defined = min(1, values.ndim - 1), ~np.isnan(values)
    count = defined.sum(axis)
    total = np.where(defined, values, 0).sum(axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
