"""Rivals that cost nothing: what any network's probabilities give when they are only read otherwise.

Three answer with a class, best first, and one with a class or an ancestor:

as_is     the likeliest leaf
crm       the leaf whose mistakes are expected to be mildest (Karthik et al. 2021)
hie       the likeliest leaf after each was multiplied with its parent (Jain et al. 2023)
climb     from the answered leaf upwards until the node is probable enough (Goren et al. 2024), and how probable that is
          for a promised share of right answers
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy


class Answers(NamedTuple):
    """How n clips are answered.

    Attributes:
        scores: of the leaves, shape (n, K): the highest is the answer, and how high it is says how sure it is.
        nodes: probabilities of all nodes that a back-off goes by, shape (n, N).
    """

    scores: np.ndarray
    nodes: np.ndarray

    @property
    def leaves(self) -> np.ndarray:
        """The answered leaves, shape (n,)."""
        return self.scores.argmax(1)


class Ladder(NamedTuple):
    """The nodes that a back-off may stop at, leaf first, and how probable each is.

    Attributes:
        nodes: one a level, shape (n, L).
        confidence: shape (n, L); never lower at a higher level.
    """

    nodes: np.ndarray
    confidence: np.ndarray


def as_is(nodes: np.ndarray, hierarchy: Hierarchy) -> Answers:
    """What the network says itself, of the probabilities of all nodes (n, N)."""
    return Answers(nodes[:, : len(hierarchy.classes)], nodes)


def crm(nodes: np.ndarray, hierarchy: Hierarchy) -> Answers:
    """Conditional risk minimisation (Karthik et al. 2021): the leaf with the least expected height.

    The height is that of the lowest common ancestor of answer and truth, whose expectation is taken over the network's
    own leaf probabilities; a score is its negative. A back-off goes by the network's probabilities as they are.
    """
    leaves = nodes[:, : len(hierarchy.classes)]
    return Answers(-(leaves @ hierarchy.leaf_heights), nodes)


def hie(nodes: np.ndarray, hierarchy: Hierarchy) -> Answers:
    """Hierarchical ensembles (Jain et al. 2023): each leaf's probability times its parent's, normalised.

    Where we depart: the paper takes the parent's probability from a second network that was trained on the parents.
    There is none here, so it is the network's own, for all networks of this project the sum over the parent's leaves
    (Plaud et al. 2025 call this HiE-Self). Ancestors above the parent have no say, as in the paper. What a back-off
    goes by are sums of the leaves so rescored. A tree of one level leaves all as it is.
    """
    leaves = nodes[:, : len(hierarchy.classes)]
    if hierarchy.depth > 1:
        leaves = leaves * nodes[:, hierarchy.lineage[:, 1]]
        leaves = leaves / leaves.sum(1, keepdims=True)
    return Answers(leaves, leaves @ hierarchy.covers.T)


RIVALS: dict[str, Callable[[np.ndarray, Hierarchy], Answers]] = {"as it is": as_is, "CRM": crm, "HiE": hie}


def climb(answers: Answers, hierarchy: Hierarchy) -> Ladder:
    """Ladders from the answered leaf upwards through its ancestors ("climbing", Goren et al. 2024)."""
    path = hierarchy.lineage[answers.leaves]
    confidence = np.take_along_axis(answers.nodes, path, axis=1)
    return Ladder(path, np.maximum.accumulate(confidence, axis=1))  # the first node that is probable enough counts


def deepest(answers: Answers, hierarchy: Hierarchy) -> Ladder:
    """Ladders of the most probable node of each level, the app's back-off ("jumping", Goren et al. 2024).

    With a threshold above one half `stop` gives what `back_off` gives. Nodes of one ladder need not lie on one path.
    """
    levels = [np.array(hierarchy.at_level(level)) for level in range(hierarchy.depth)]
    best = [own[answers.nodes[:, own].argmax(1)] for own in levels]
    path = np.stack(best, axis=1)
    return Ladder(path, np.maximum.accumulate(np.take_along_axis(answers.nodes, path, axis=1), axis=1))


def stop(ladder: Ladder, thresholds: float | np.ndarray) -> np.ndarray:
    """Answered nodes (n,): the deepest with at least this probability, -1 (the root) where none has it.

    Args:
        thresholds: one for all, or one for each clip, shape (n,).
    """
    enough = ladder.confidence >= np.reshape(thresholds, (-1, 1))
    found = np.take_along_axis(ladder.nodes, enough.argmax(1)[:, None], axis=1)[:, 0]
    return np.where(enough.any(1), found, -1)


def is_right(nodes: np.ndarray, truth: np.ndarray, hierarchy: Hierarchy) -> np.ndarray:
    """Whether nodes are the true leaf or above it, the root (-1) always; nodes (n,) or (n, L), true leaves (n,)."""
    truth = np.reshape(truth, (-1,) + (1,) * (np.ndim(nodes) - 1))
    return (nodes < 0) | hierarchy.covers[nodes, truth]


def promised_threshold(ladder: Ladder, truth: np.ndarray, hierarchy: Hierarchy, target: float) -> float:
    """The least threshold that promises a share `target` of right answers on clips like these n held-out ones.

    Each clip needs a threshold just above its most probable wrong node. The ceil((n + 1) target)-th smallest need is
    returned, as in split conformal prediction (Goren et al. 2024, section 4): a new clip that could as well have been
    one of these is answered rightly with at least this probability. Clips of one group are alike, so the promise
    is to be read with the number of groups in mind. Infinite, always the root, where n is too small for the target.
    """
    needs = np.sort(needed_thresholds(ladder, truth, hierarchy))
    rank = math.ceil((len(needs) + 1) * target - 1e-9)  # less what products of shares are off by
    return float(needs[max(rank, 1) - 1]) if rank <= len(needs) else math.inf


def needed_thresholds(ladder: Ladder, truth: np.ndarray, hierarchy: Hierarchy) -> np.ndarray:
    """The least threshold with which each clip is answered rightly, and is with every higher one; shape (n,)."""
    wrong = ~is_right(ladder.nodes, truth, hierarchy)
    highest = np.where(wrong, ladder.confidence, -np.inf).max(1)
    return np.where(wrong.any(1), np.nextafter(highest, np.inf), 0.0)
