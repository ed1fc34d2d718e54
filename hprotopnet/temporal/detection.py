"""Scores of clips to segments of time: the published rule, for one threshold or for many at once.

A class's score for a video is the mean of its best ceil(T / kmax) clips; where that is not above 0 the class is not
found. Else its threshold is mean + alpha (max - min) over the clips, each run of clips above it is a segment, and the
segment's score is the highest in the run and half of the video's.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np

from hprotopnet.evaluation.detection import Segments
from hprotopnet.temporal.config import Rule


class Runs(NamedTuple):
    """Segments of one video for several thresholds.

    Attributes:
        alphas: which threshold each belongs to, by number, ascending, shape (n,).
        labels: fine class of each, ascending within a threshold, shape (n,).
        clips: first clip and the one after the last, shape (n, 2).
        scores: shape (n,).
    """

    alphas: np.ndarray
    labels: np.ndarray
    clips: np.ndarray
    scores: np.ndarray


class Found(NamedTuple):
    """Segments of one video.

    Attributes:
        labels: fine class of each, ascending, shape (n,).
        times: start and end in seconds, shape (n, 2).
        scores: shape (n,).
    """

    labels: np.ndarray
    times: np.ndarray
    scores: np.ndarray


def video_scores(scores: np.ndarray, kmax: float) -> np.ndarray:
    """Mean of the best ceil(T / kmax) clips of each class, (K,) of clips (T, K)."""
    best = ceil(len(scores) / kmax)
    return np.partition(scores, len(scores) - best, axis=0)[len(scores) - best :].mean(0)


def thresholds(scores: np.ndarray, alphas: Sequence[float]) -> np.ndarray:
    """Threshold of each class at each alpha, (number of alphas, K) of clips (T, K)."""
    spread = scores.max(0) - scores.min(0)
    return scores.mean(0) + spread * np.asarray(alphas, scores.dtype)[:, None]


def runs(scores: np.ndarray, alphas: Sequence[float], kmax: float) -> Runs:
    """Segments of a video, in clips, at each alpha; `scores` are those of its clips, (T, K)."""
    of_video = video_scores(scores, kmax)
    classes = np.flatnonzero(of_video > 0)
    if not classes.size:
        return Runs(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 2), int), np.zeros(0))
    rows = scores[:, classes].T  # (classes found, T)
    above = rows > thresholds(scores[:, classes], alphas)[..., None]  # (number of alphas, classes found, T)
    steps = np.diff(above, axis=2, prepend=False, append=False)
    alpha, label, edges = np.nonzero(steps)  # each run has two of them, one after the other
    alpha, label, clips = alpha[::2], label[::2], edges.reshape(-1, 2)
    highest = _highest(rows, label, clips)
    return Runs(alpha, classes[label], clips, highest + 0.5 * of_video[classes[label]])


def _highest(rows: np.ndarray, which: np.ndarray, clips: np.ndarray) -> np.ndarray:
    """Greatest value of a row between two clips, for many at once: (n,) of rows (m, T)."""
    if not len(which):
        return np.zeros(0)
    flat = np.append(rows, 0)  # a run may end with the last of all clips
    return np.maximum.reduceat(flat, (which[:, None] * rows.shape[1] + clips).ravel())[::2]


def detect(scores: np.ndarray, rate: float, rule: Rule) -> Found:
    """Segments of one video.

    Args:
        scores: of its clips, (T, K).
        rate: clips per second.
    """
    found = runs(scores, [rule.alpha], rule.kmax)
    return Found(found.labels, found.clips / rate, found.scores)


def detect_all(scores: Sequence[np.ndarray], rates: Sequence[float], rule: Rule) -> Segments:
    """Segments of many videos, which are numbered in this order."""
    found = [detect(own, rate, rule) for own, rate in zip(scores, rates, strict=True)]
    return Segments(
        np.repeat(np.arange(len(found)), [len(own.labels) for own in found]),
        np.concatenate([np.zeros(0, int), *(own.labels for own in found)]),
        np.concatenate([np.zeros((0, 2)), *(own.times for own in found)]),
        np.concatenate([np.zeros(0), *(own.scores for own in found)]),
    )
