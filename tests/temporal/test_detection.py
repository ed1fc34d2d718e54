"""From scores of clips to segments: worked by hand, and against the rule class by class, clip by clip."""

from math import ceil

import numpy as np
import pytest

from hprotopnet.temporal.config import FINEACTION, FINEGYM, Rule
from hprotopnet.temporal.detection import detect, detect_all, runs, thresholds, video_scores

ONE = np.array([0.0, 4.0, 4.0, 0.0, 2.0, 0.0, 0.0, 8.0])[:, None]


def slow(scores: np.ndarray, alpha: float, kmax: float) -> list[tuple[int, int, int, float]]:
    """Class, first clip, one after the last, score."""
    found = []
    for label, column in enumerate(scores.T):
        best = sorted(column, reverse=True)[: ceil(len(column) / kmax)]
        of_video = sum(best) / len(best)
        limit = column.mean() + alpha * (column.max() - column.min())
        begin = None
        for at, value in enumerate([*column, -np.inf]):
            if value > limit and of_video > 0:
                begin = at if begin is None else begin
            elif begin is not None:
                found.append((label, begin, at, max(column[begin:at]) + of_video / 2))
                begin = None
    return found


def test_worked_by_hand():
    """The mean is 18 / 8; the best two of eight clips give the video 6."""
    assert video_scores(ONE, 4).tolist() == [6]
    assert thresholds(ONE, [0, 0.5]).ravel().tolist() == [2.25, 6.25]
    labels, times, scores = detect(ONE, rate=2.0, rule=Rule(alpha=0.0, kmax=4.0))
    assert labels.tolist() == [0, 0]
    assert times.tolist() == [[0.5, 1.5], [3.5, 4.0]]
    assert scores.tolist() == [7, 11]


def test_a_low_threshold_joins_and_a_high_one_leaves_the_peak():
    low, high = (runs(ONE, [alpha], 4) for alpha in (-0.2, 0.5))
    assert low.clips.tolist() == [[1, 3], [4, 5], [7, 8]]
    assert high.clips.tolist() == [[7, 8]]
    assert runs(ONE, [-0.5], 4).clips.tolist() == [[0, 8]]
    assert runs(ONE, [1.0], 4).clips.shape == (0, 2)


def test_a_class_whose_best_clips_are_not_above_0_is_not_found():
    scores = np.stack([ONE[:, 0] - 8, ONE[:, 0] - 5.9, ONE[:, 0] - 6], 1)
    assert set(runs(scores, [-1.0, 0.0], 4).labels.tolist()) == {1}
    assert len(runs(scores[:, :1], [0.0], 4).labels) == 0


@pytest.mark.parametrize("seed", range(8))
def test_all_thresholds_at_once_are_each_of_them(seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(0.2, 1, size=(rng.integers(1, 40), 6)).cumsum(0) / 3
    alphas, kmax = np.linspace(-1, 1, 9), float(rng.choice([1, 2, 4, 8]))
    together = runs(scores, alphas, kmax)
    for number, alpha in enumerate(alphas):
        own = together.alphas == number
        found = list(zip(together.labels[own], *together.clips[own].T, together.scores[own], strict=True))
        expected = slow(scores, alpha, kmax)
        assert [row[:3] for row in found] == [row[:3] for row in expected]
        np.testing.assert_allclose([row[3] for row in found], [row[3] for row in expected])


def test_videos_are_numbered_in_their_order_and_may_have_nothing():
    found = detect_all([ONE, -ONE - 1, ONE], [2.0, 1.0, 1.0], Rule(0.0, 4.0))
    assert found.videos.tolist() == [0, 0, 2, 2]
    assert found.times[2].tolist() == [1, 3]
    assert len(detect_all([], [], Rule())) == 0


def test_published_rules():
    assert (FINEACTION.rule, FINEGYM.rule) == (Rule(-0.8, 4.0), Rule(0.1, 2.0))
    assert FINEACTION.tious == pytest.approx(np.arange(0.5, 0.96, 0.05))
    assert FINEGYM.tious == pytest.approx(np.arange(0.1, 0.51, 0.05))
