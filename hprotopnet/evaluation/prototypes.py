"""Are prototypes what they are said to be? Arrays over n clips in, one number a prototype out.

A prototype that has nothing to say, because no clip of the sample could tell, has NaN.
"""

from collections.abc import Hashable, Sequence

import numpy as np

NEAREST = 10  # clips by which purity is told, as PIP-Net's (Nauta et al. 2023)
COSINE = 0.99  # of two vectors from which on they are the same
CONSISTENT = 0.8  # share of clips from which on a prototype points at one thing (Huang et al. 2023)


def purity(similarities: np.ndarray, shows: np.ndarray, could: np.ndarray, k: int = NEAREST) -> np.ndarray:
    """How many of the k clips most similar to each prototype show what it is to show, as a share of shape (P,).

    Where fewer than k clips of the sample could, as many as could are asked, so that 1 can always be reached.

    Args:
        similarities: of each clip with each prototype, shape (n, P).
        shows: whether it shows there what the prototype is to show, booleans of shape (n, P).
        could: whether that is in the clip at all, booleans of shape (n, P).
    """
    asked = np.minimum(could.sum(0), k)
    order = np.argsort(-similarities, axis=0, kind="stable")
    found = np.cumsum(np.take_along_axis(shows, order, axis=0), axis=0)
    pure = np.take_along_axis(found, np.maximum(asked - 1, 0)[None], axis=0)[0]
    return np.divide(pure, asked, out=np.full(len(asked), np.nan), where=asked > 0)


def duplicates(
    vectors: np.ndarray, owners: Sequence[Hashable], sources: Sequence[Hashable], cosine: float = COSINE
) -> list[tuple[int, int]]:
    """Pairs of prototypes of one node that show the same patch, or whose vectors point the same way.

    Args:
        vectors: shape (P, D).
        owners: node of each prototype.
        sources: the patch that each was taken from.
        cosine: of two vectors, from which on they count as the same.
    """
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        (i, j)
        for i in range(len(unit))
        for j in range(i + 1, len(unit))
        if owners[i] == owners[j] and (sources[i] == sources[j] or unit[i] @ unit[j] >= cosine)
    ]


def over_specificity(similarities: np.ndarray, children: np.ndarray) -> float:
    """How much an ancestor's prototype belongs to one of its children: 0 to all alike, 1 to one alone.

    Of each of the C children the mean similarity over its clips is taken, less that over clips outside of the node,
    which a similarity that is never 0 has anywhere; what is below is 0. With q their shares of the sum it is
    1 - H(q) / ln C. The idea is HComP-Net's (Wang et al. 2024). NaN with less than two children, without clips outside,
    or where the prototype is no more similar to clips of its node than to others.

    Args:
        similarities: of each clip with the prototype, shape (n,).
        children: of the prototype's node, the number of the one that each clip shows; -1 outside of it. Shape (n,).
    """
    present = np.unique(children[children >= 0])
    if len(present) < 2 or not (children < 0).any():
        return np.nan
    means = np.array([similarities[children == child].mean() for child in present])
    fires = np.maximum(means - similarities[children < 0].mean(), 0)
    if not fires.sum():
        return np.nan
    shares = fires[fires > 0] / fires.sum()
    return float(1 + (shares * np.log(shares)).sum() / np.log(len(present)))


def pointed_at(on: np.ndarray, seen: np.ndarray, least: int = 2) -> np.ndarray:
    """Of the clips that show each cue, the share in which a prototype's peak lies on it, shape (cues,).

    NaN for a cue that fewer than `least` clips show. Both are booleans of shape (n, cues).
    """
    shown = seen.sum(0)
    return np.divide((on & seen).sum(0), shown, out=np.full(len(shown), np.nan), where=shown >= least)


def consistency(on: np.ndarray, seen: np.ndarray) -> float:
    """How often a prototype points at the cue that it points at most, over clips of its node; see `pointed_at`.

    It is called consistent from `CONSISTENT` on. After Huang et al., "Evaluation and improvement of interpretability
    for self-explainable part-prototype networks", 2023, with cues in place of parts of birds.
    """
    shares = pointed_at(on, seen)
    return float(np.nanmax(shares)) if not np.isnan(shares).all() else np.nan


def stability(before: np.ndarray, after: np.ndarray) -> float:
    """Share of clips in which a prototype's peak lies on the same cues with noise as without (Huang et al. 2023).

    Both are booleans of shape (n, cues); NaN without a clip.
    """
    return float((before == after).all(1).mean()) if len(before) else np.nan
