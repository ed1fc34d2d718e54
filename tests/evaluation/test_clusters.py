"""Purity and mutual information: worked by hand, and laws."""

import math

import numpy as np
import pytest

from hprotopnet.evaluation.clusters import normalised_mutual_information as nmi
from hprotopnet.evaluation.clusters import purity

TRUTH = np.array([0, 0, 0, 1, 1, 1])


def test_worked_by_hand():
    found = np.array([7, 7, 9, 9, 9, 9])
    assert purity(found, TRUTH) == pytest.approx(5 / 6)
    shared = (2 * math.log(2) + math.log(0.5) + 3 * math.log(1.5)) / 6
    entropy = -(math.log(1 / 3) + 2 * math.log(2 / 3)) / 3
    assert nmi(found, TRUTH) == pytest.approx(shared / ((entropy + math.log(2)) / 2))


def test_the_same_partition_is_perfect_by_whatever_names():
    assert purity(5 - TRUTH, TRUTH) == 1
    assert nmi(5 - TRUTH, TRUTH) == pytest.approx(1)
    assert nmi(np.zeros(6), np.zeros(6)) == 1


def test_one_cluster_tells_nothing_and_a_cluster_each_is_pure_but_not_perfect():
    assert purity(np.zeros(6), TRUTH) == 0.5
    assert nmi(np.zeros(6), TRUTH) == 0
    assert purity(np.arange(6), TRUTH) == 1
    assert nmi(np.arange(6), TRUTH) < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_chance_tells_next_to_nothing_and_both_sides_are_alike(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(5, size=5000), rng.integers(4, size=5000)
    assert nmi(one, other) == pytest.approx(nmi(other, one))
    assert nmi(one, other) < 0.01
