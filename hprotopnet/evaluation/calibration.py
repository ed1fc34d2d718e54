"""How sure a network may be of its answers: the temperature, fitted on clips that trained nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import nn

FEWEST_CLIPS, FEWEST_GROUPS = 30, 10  # clips of one group are alike, so that many clips of one say little
# Standard deviation of log(factor) before anything is seen. In simulations with clips that are all answered rightly the
# likeliest factor is 0, and a network that is never unsure; with this a few dozen clips are enough, and with hundreds
# it makes no difference.
PRIOR_DEVIATION = 1.0


@dataclass(frozen=True)
class TemperatureFit:
    """What became of the temperature.

    Attributes:
        factor: to multiply it by; 1 where it was not fitted.
        fitted: whether there were clips enough to fit it.
        clips: held-out clips there were.
        groups: groups of footage that they come from.
    """

    factor: float
    fitted: bool
    clips: int
    groups: int


def fit_temperature(logits: np.ndarray, leaves: np.ndarray, groups: Sequence[str]) -> TemperatureFit:
    """The factor that makes the probabilities of held-out clips likeliest, under a weak prior around 1.

    Temperature scaling (Guo et al. 2017): it changes no answer, only how sure it is. With fewer than `FEWEST_CLIPS`
    clips, or clips of fewer than `FEWEST_GROUPS` groups, nothing is fitted: so few may all be right by luck.

    Args:
        logits: of clips that trained nothing, shape (n, K), at the present temperature.
        leaves: their true leaves, shape (n,).
        groups: group of footage of each, n of them.
    """
    clips, different = len(leaves), len(set(groups))
    if clips < FEWEST_CLIPS or different < FEWEST_GROUPS:
        return TemperatureFit(1.0, False, clips, different)
    scores, truth = torch.from_numpy(np.asarray(logits)).double(), torch.from_numpy(np.asarray(leaves))

    def negative_log_posterior(log_factor: float) -> float:
        surprise = nn.functional.cross_entropy(scores / np.exp(log_factor), truth, reduction="sum")
        return float(surprise) + log_factor**2 / (2 * PRIOR_DEVIATION**2)

    factor = float(np.exp(minimize_scalar(negative_log_posterior, bounds=(-4, 4), method="bounded").x))
    return TemperatureFit(factor, True, clips, different)
