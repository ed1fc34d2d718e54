"""The temperature: a known error is undone, what few clips say is not believed, and what none can say is bounded."""

import numpy as np
import pytest
import torch

from hprotopnet.evaluation.calibration import FEWEST_CLIPS, FEWEST_GROUPS, fit_temperature


def clips(count: int, per_group: int = 1, strength: float = 3.0, classes: int = 5, seed: int = 0):
    """Scores of which softmax(strength x score) is the true distribution, true leaves, and groups."""
    rng = np.random.default_rng(seed)
    leaves = rng.integers(classes, size=count)
    scores = rng.normal(size=(count, classes)) + strength * np.eye(classes)[leaves]
    return scores, leaves, [f"g{i // per_group:03d}" for i in range(count)]


def surprise(logits: np.ndarray, leaves: np.ndarray) -> float:
    return float(torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(leaves)))


@pytest.mark.parametrize("off", [0.3, 1, 3])
def test_a_known_error_is_undone(off):
    scores, leaves, groups = clips(4000)
    fit = fit_temperature(3 * off * scores, leaves, groups)
    assert fit.fitted
    assert fit.factor == pytest.approx(off, rel=0.15)


@pytest.mark.parametrize(
    ("count", "per_group"),
    [(0, 1), (8, 1), (FEWEST_CLIPS - 1, 1), (8 * FEWEST_GROUPS, 9)],
)
def test_clips_or_groups_that_are_too_few_change_nothing(count, per_group):
    scores, leaves, groups = clips(count, per_group)
    fit = fit_temperature(scores, leaves, groups)
    assert (fit.factor, fit.fitted, fit.clips, fit.groups) == (1, False, count, len(set(groups)))


def test_clips_that_are_all_right_by_luck_make_no_network_that_is_never_unsure():
    """Without a wrong answer the likeliest factor is 0; one of the bound would say "over 0.99" of every mistake."""
    scores, leaves, groups = clips(30)
    scores[np.arange(30), leaves] = scores.max(1) + 1
    fit = fit_temperature(scores, leaves, groups)
    assert fit.fitted
    assert 0.1 < fit.factor < 1


def test_thirty_clips_serve_better_than_none_however_they_fall():
    """Half of the worlds are drawn with a temperature that is right, where a fit can only do harm."""
    test, truth, _ = clips(4000, seed=999)
    for off in (1.0, 1 / 3):
        best = surprise(3 * test, truth)
        present = 3 * off * test
        lost = []
        for seed in range(40):
            scores, leaves, groups = clips(30, seed=seed)
            factor = fit_temperature(3 * off * scores, leaves, groups).factor
            lost.append(surprise(present / factor, truth) - best)
        assert np.quantile(lost, 0.95) < 0.08
        assert max(lost) < max(0.15, surprise(present, truth) - best)
