"""Average precision of detections: worked by hand, and against ActivityNet's evaluator, written anew and slowly."""

import numpy as np
import pytest

from hprotopnet.evaluation.detection import (
    Segments,
    by_score,
    class_means,
    detection_map,
    map_estimate,
    matches,
    tiou,
)
from hprotopnet.evaluation.resampling import draw_groups


def segments(*rows: tuple[int, int, float, float, float]) -> Segments:
    """Segments of (video, class, start, end, score)."""
    table = np.array(rows, float).reshape(-1, 5)
    return Segments(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:4], table[:, 4])


def drawn(seed: int, whole: bool = False) -> tuple[Segments, Segments]:
    """Detections and truths of a few videos and classes; some classes are never there, some never found."""
    rng = np.random.default_rng(seed)

    def some(count: int, classes: int) -> Segments:
        begin = rng.uniform(0, 20, count)
        times = np.stack([begin, begin + rng.uniform(0.5, 8, count)], 1)
        times = times.round() if whole else times
        return Segments(rng.integers(4, size=count), rng.integers(classes, size=count), times, rng.permutation(count))

    return some(rng.integers(0, 80), 5), some(rng.integers(1, 30), 4)


def slow_ap(found: Segments, truth: Segments, label: int, limit: float) -> float:
    """One class at one overlap, detection by detection, precision by precision."""
    rows = sorted((i for i in range(len(found)) if found.labels[i] == label), key=lambda i: -found.scores[i])
    free = {i for i in range(len(truth)) if truth.labels[i] == label}
    positives, right, wrong, curve = len(free), 0, 0, []
    if not positives:
        return float("nan")
    for row in rows:
        best, chosen = -1.0, None
        for i in sorted(free):
            if truth.videos[i] == found.videos[row]:
                (a, b), (c, d) = found.times[row], truth.times[i]
                shared = max(0.0, min(b, d) - max(a, c))
                union = (d - c) + (b - a) - shared
                overlap = shared / union if union else 0.0
                if overlap >= best:
                    best, chosen = overlap, i
        if chosen is not None and best >= limit:
            free.remove(chosen)
            right += 1
        else:
            wrong += 1
        curve.append((right / positives, right / (right + wrong)))
    area, before = 0.0, 0.0
    for place, (recall, _) in enumerate(curve):
        area += (recall - before) * max(precision for _, precision in curve[place:])
        before = recall
    return area


TIOUS = (0.1, 0.3, 0.5, 0.75, 1.0)


@pytest.mark.parametrize("seed", range(50))
def test_average_precision_is_that_of_the_slow_evaluator(seed):
    found, truth = drawn(seed, whole=seed % 2 == 0)
    result = detection_map(found, truth, 5, TIOUS)
    slow = np.array([[slow_ap(found, truth, label, limit) for label in range(5)] for limit in TIOUS])
    np.testing.assert_allclose(result.ap, slow, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.map, np.nanmean(slow, 1), atol=1e-12)
    assert result.average == pytest.approx(np.nanmean(slow, 1).mean())


def test_overlap_worked_by_hand():
    assert tiou(np.array([0.0, 4.0]), np.array([2.0, 6.0])) == pytest.approx(2 / 6)
    assert tiou(np.array([0.0, 4.0]), np.array([4.0, 6.0])) == 0
    assert tiou(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0


def test_precision_worked_by_hand():
    """Right, wrong, right, of three: precisions 1, 1/2, 2/3, so 1/3 and 1/3 x 2/3."""
    truth = segments((0, 0, 0, 4, 1), (0, 0, 10, 14, 1), (1, 0, 0, 4, 1))
    found = segments((0, 0, 10, 14, 0.7), (0, 0, 0, 4, 0.9), (1, 0, 20, 24, 0.8))
    assert detection_map(found, truth, 1, [0.5]).ap[0, 0] == pytest.approx(1 / 3 + 1 / 3 * 2 / 3)


def test_a_precision_that_rises_later_counts_at_every_recall_before():
    """Wrong, right, right: precisions 0, 1/2, 2/3, so 2/3 at both recalls."""
    truth = segments((0, 0, 0, 4, 1), (0, 0, 10, 14, 1))
    found = segments((1, 0, 0, 4, 0.9), (0, 0, 0, 4, 0.8), (0, 0, 10, 14, 0.7))
    assert detection_map(found, truth, 1, [0.5]).ap[0, 0] == pytest.approx(2 / 3)


def test_a_segment_is_found_once():
    truth, twice = segments((0, 0, 0, 4, 1)), segments((0, 0, 0, 4, 0.5), (0, 0, 0, 4, 0.6))
    assert matches(by_score(twice), truth, [0.5]).tolist() == [[True, False]]


def test_who_comes_first_takes_what_overlaps_most_and_the_next_what_is_left():
    """The first overlaps both truths, more the second one; so the other one, which only overlaps that, is wrong."""
    truth = segments((0, 0, 0, 10, 1), (0, 0, 4, 14, 1))
    found = segments((0, 0, 3, 13, 0.9), (0, 0, 8, 18, 0.8))
    assert matches(found, truth, [0.4]).tolist() == [[True, False]]
    assert matches(found, truth, [0.1]).tolist() == [[True, True]]


def test_overlaps_are_told_apart_and_equality_is_enough():
    truth, found = segments((0, 0, 0, 4, 1)), segments((0, 0, 0, 2, 1))
    assert matches(found, truth, [0.49, 0.5, 0.51])[:, 0].tolist() == [True, True, False]


def test_other_videos_and_classes_do_not_count():
    truth = segments((0, 0, 0, 4, 1), (1, 1, 0, 4, 1))
    found = segments((1, 0, 0, 4, 1), (0, 1, 0, 4, 1))
    np.testing.assert_array_equal(detection_map(found, truth, 3, [0.5]).ap, [[0, 0, np.nan]])


def test_nothing_found_is_0_and_nothing_to_find_is_undefined():
    truth = segments((0, 0, 0, 4, 1))
    assert detection_map(segments(), truth, 2, TIOUS).average == 0
    assert np.isnan(detection_map(truth, segments(), 2, TIOUS).average)
    assert np.isnan(detection_map(segments(), segments(), 2, TIOUS).map).all()


def test_all_found_is_1_and_more_below_changes_nothing():
    _, truth = drawn(0)
    below = Segments(truth.videos, truth.labels, truth.times + 100, truth.scores - 100)
    both = Segments(*(np.concatenate(pair) for pair in zip(vars(truth).values(), vars(below).values(), strict=True)))
    assert detection_map(truth, truth, 5, TIOUS).average == 1
    assert detection_map(both, truth, 5, TIOUS).average == 1


@pytest.mark.parametrize("seed", range(5))
def test_figures_do_not_depend_on_the_order_of_rows_or_on_the_scale_of_scores(seed):
    found, truth = drawn(seed)
    rng = np.random.default_rng(seed)
    mixed = found[rng.permutation(len(found))]
    mixed = Segments(mixed.videos, mixed.labels, mixed.times, np.exp(mixed.scores / 10))
    own = detection_map(found, truth, 5, TIOUS)
    np.testing.assert_array_equal(own.ap, detection_map(mixed, truth[::-1], 5, TIOUS).ap)


def test_siblings_count_as_right_at_the_coarse_level():
    truth, found, coarse = segments((0, 0, 0, 4, 1)), segments((0, 1, 0, 4, 1)), np.array([0, 0, 1])
    assert detection_map(found, truth, 3, [0.5]).average == 0
    assert detection_map(found.with_labels(coarse), truth.with_labels(coarse), 2, [0.5]).average == 1


def test_means_of_coarse_classes_leave_out_what_is_undefined():
    ap = np.array([[0.2, np.nan, 0.6, np.nan]])
    np.testing.assert_array_equal(class_means(ap, np.array([0, 0, 0, 1])), [[0.4, np.nan]])


def test_a_video_drawn_twice_counts_as_two_videos_do():
    found, truth = drawn(11)
    groups = [str(video) for video in range(4)]
    estimates = map_estimate(found, truth, 5, TIOUS, groups, draws=30)
    counts, _ = draw_groups(groups, 30)
    assert estimates["average"].value == pytest.approx(detection_map(found, truth, 5, TIOUS).average)
    again = [np.repeat(np.arange(4), own) for own in counts]
    expected = [detection_map(_copied(found, own), _copied(truth, own), 5, TIOUS).average for own in again]
    moved = estimates["average"].value - np.nanmean(expected)
    assert estimates["average"].drawn == pytest.approx(expected + moved, nan_ok=True)
    low, high = estimates["map@0.5"].interval()
    assert low <= estimates["map@0.5"].value <= high


def _copied(own: Segments, videos: np.ndarray) -> Segments:
    """The segments of these videos, each a video of its own."""
    rows = [np.flatnonzero(own.videos == video) for video in videos]
    number = np.repeat(np.arange(len(videos)), list(map(len, rows)))
    chosen = np.concatenate(rows)
    return Segments(number, own.labels[chosen], own.times[chosen], own.scores[chosen])
