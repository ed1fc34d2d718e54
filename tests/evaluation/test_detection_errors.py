"""Kinds of error: each worked by hand, and laws on drawn detections."""

import numpy as np
import pytest

from hprotopnet.evaluation.detection import Segments
from hprotopnet.evaluation.detection_errors import KINDS, detection_errors

COARSE = np.array([0, 0, 1])  # classes 0 and 1 are siblings


def segments(*rows: tuple[int, int, float, float, float]) -> Segments:
    """Segments of (video, class, start, end, score)."""
    table = np.array(rows, float).reshape(-1, 5)
    return Segments(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:4], table[:, 4])


TRUTH = segments((0, 0, 0, 10, 1), (0, 1, 50, 60, 1), (0, 2, 80, 90, 1), (1, 0, 0, 10, 1))


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ((0, 0, 0, 10), "right"),
        ((0, 0, 50, 60), "sibling"),
        ((0, 0, 80, 90), "other"),
        ((0, 0, 7, 12), "localisation"),
        ((0, 0, 57, 62), "confusion"),
        ((0, 0, 30, 40), "background"),
        ((2, 0, 0, 10), "background"),
        ((1, 2, 0, 10), "other"),
        ((1, 1, 0, 10), "sibling"),
    ],
)
def test_a_detection_has_one_kind(row, kind):
    found = detection_errors(segments((*row, 1.0)), TRUTH, COARSE)
    assert [KINDS[own] for own in found.kinds] == [kind]
    assert found.shares[kind] == 1
    assert found.missed == (0.75 if kind == "right" else 1)


def test_the_second_of_two_that_find_the_same_is_double():
    found = detection_errors(segments((0, 0, 0, 9, 0.5), (0, 0, 0, 10, 0.9)), TRUTH, COARSE)
    assert [KINDS[own] for own in found.kinds] == ["right", "double"]
    assert found.found.scores.tolist() == [0.9, 0.5]


def test_the_surest_are_looked_at_ten_for_each_segment():
    rows = [(0, 2, 200 + i, 201 + i, -i) for i in range(25)] + [(0, 1, 50, 60, -100)]
    found = detection_errors(segments(*rows), TRUTH, COARSE)
    assert np.bincount(found.found.labels).tolist() == [0, 1, 10]
    assert found.shares["background"] == pytest.approx(10 / 11)
    assert len(detection_errors(segments(*rows), TRUTH, COARSE, per_truth=2).kinds) == 3


def test_with_nothing_found_all_is_missed_and_with_nothing_to_find_nothing_is_looked_at():
    found = detection_errors(segments(), TRUTH, COARSE)
    assert (found.missed, set(found.shares.values())) == (1, {None})
    found = detection_errors(TRUTH, segments(), COARSE)
    assert (found.missed, len(found.kinds)) == (None, 0)


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_and_the_truth_itself_is_right(seed):
    rng = np.random.default_rng(seed)
    begin = rng.uniform(0, 50, 60)
    times = np.stack([begin, begin + rng.uniform(1, 9, 60)], 1)
    found = Segments(rng.integers(3, size=60), rng.integers(3, size=60), times, rng.random(60))
    errors = detection_errors(found, TRUTH, COARSE, per_truth=100)
    assert sum(errors.shares.values()) == pytest.approx(1)
    assert errors.shares["right"] * 60 == pytest.approx((1 - errors.missed) * len(TRUTH))
    assert detection_errors(TRUTH, TRUTH, COARSE).shares["right"] == 1
