"""Draws of whole groups: fair, paired, and the same by whichever way they are taken."""

import numpy as np
import pytest

from hprotopnet.evaluation.metrics import bootstrap_interval
from hprotopnet.evaluation.resampling import Estimate, centred, draw_groups, estimate, mean, ratio


def test_as_many_groups_are_drawn_as_there_are_each_as_often_as_another():
    counts, index = draw_groups(list("cabca"), draws=4000)
    assert counts.shape == (4000, 3)
    assert (counts.sum(1) == 3).all()
    assert counts.mean(0) == pytest.approx([1, 1, 1], abs=0.05)
    assert index.tolist() == [2, 0, 1, 2, 0]


def test_a_mean_drawn_here_has_the_interval_of_the_mean():
    values, groups = np.random.default_rng(0).random(60), [str(i % 7) for i in range(60)]
    found = estimate(lambda weights: {"mean": weights @ values / weights.sum(1)}, groups)["mean"]
    assert found.value == pytest.approx(values.mean())
    assert found.interval() == pytest.approx(bootstrap_interval(values, groups))


def test_figures_drawn_from_the_same_groups_are_paired():
    values, groups = np.random.default_rng(0).random(60), [str(i % 7) for i in range(60)]
    one, other = (
        estimate(lambda weights, own=own: {"mean": weights @ own / weights.sum(1)}, groups)["mean"]
        for own in (values, values + 0.25)
    )
    gap = other - one
    assert gap.value == pytest.approx(0.25)
    assert gap.interval() == pytest.approx((0.25, 0.25))
    middle = mean([one, other])
    assert middle.value == pytest.approx(values.mean() + 0.125)
    assert middle.drawn == pytest.approx(one.drawn + 0.125)


def test_draws_that_are_wrong_on_average_are_moved():
    moved = centred(Estimate(0.5, np.array([0.6, 0.8, np.nan])))
    assert moved.value == 0.5
    assert moved.drawn == pytest.approx([0.4, 0.6, np.nan], nan_ok=True)
    nothing = Estimate(0.5, np.full(3, np.nan))
    assert centred(nothing) is nothing


def test_what_is_undefined_in_too_many_draws_has_no_interval():
    drawn = np.ones(100)
    drawn[:4] = np.nan
    assert Estimate(1.0, drawn).interval() == (1, 1)
    drawn[4] = np.nan
    assert Estimate(1.0, drawn).interval() is None
    assert np.isnan(ratio(np.array([0.0]), np.array([0.0]))).all()
    assert np.isnan((Estimate(1.0, drawn) - Estimate(np.nan, drawn)).value)


def test_a_single_group_tells_nothing_about_others():
    found = estimate(lambda weights: {"sum": weights.sum(1)}, list("aaa"))["sum"]
    assert found.value == 3
    assert found.interval() is None
