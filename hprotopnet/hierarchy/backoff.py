"""The answer that a network dares to give: a class, a broader kind, or none."""

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy


def back_off(node_probabilities: np.ndarray, hierarchy: Hierarchy, threshold: float) -> int:
    """The deepest node with at least probability `threshold`, -1 (the root: "not sure") if none has it.

    With a threshold above one half the passing nodes form one chain, so the answer is unique.
    """
    passing = np.flatnonzero(np.asarray(node_probabilities) >= threshold)
    return int(min(passing, key=lambda node: hierarchy.levels[node])) if len(passing) else -1
