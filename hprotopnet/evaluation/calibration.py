"""How sure a network may be of its answers: the temperature, fitted on clips that trained nothing."""

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import nn


def fit_temperature(logits: np.ndarray, leaves: np.ndarray) -> float:
    """The factor by which to multiply the temperature so that held-out clips get the likeliest probabilities.

    Temperature scaling (Guo et al. 2017): it changes no answer, only how sure it is.

    Args:
        logits: of clips that trained nothing, shape (n, K), at the present temperature.
        leaves: their true leaves, shape (n,). Without any the factor is 1.
    """
    if not len(leaves):
        return 1.0
    scores, truth = torch.from_numpy(np.asarray(logits)).double(), torch.from_numpy(np.asarray(leaves))

    def negative_log_likelihood(log_factor: float) -> float:
        return float(nn.functional.cross_entropy(scores / np.exp(log_factor), truth))

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-4, 4), method="bounded").x))
