"""How well clusters agree with the kinds that things are known to be of: arrays in, numbers out."""

import numpy as np


def purity(found: np.ndarray, truth: np.ndarray) -> float:
    """Share of things whose kind is the commonest of their cluster, of whole numbers (n,); grows with the clusters."""
    return float(_table(found, truth).max(1).sum() / len(found))


def normalised_mutual_information(found: np.ndarray, truth: np.ndarray) -> float:
    """NMI: what clusters tell of kinds, over the mean of both entropies; 1 for the same partition, 0 for chance.

    Strehl and Ghosh (2002), with the arithmetic mean. Where all is of one kind and in one cluster it is 1.
    """
    joint = _table(found, truth) / len(found)
    rows, columns = joint.sum(1), joint.sum(0)
    shared = joint[joint > 0] * np.log(joint[joint > 0] / np.outer(rows, columns)[joint > 0])
    entropies = (_entropy(rows) + _entropy(columns)) / 2
    return float(shared.sum() / entropies) if entropies > 0 else 1.0


def _table(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How many things of each kind each cluster holds, of those of either that there are."""
    _, rows = np.unique(found, return_inverse=True)
    _, columns = np.unique(truth, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    return table


def _entropy(shares: np.ndarray) -> float:
    return float(-(shares * np.log(shares)).sum())
