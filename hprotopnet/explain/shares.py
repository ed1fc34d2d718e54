"""How much of what speaks for a node comes from one prototype: a number that means the same in every network.

A contribution is counted in scores, and scores of a flat head, of points in the ball and of a head tied to the tree
have scales of their own. Beside all that speaks for the same node the scale goes away.
"""

import numpy as np


def speaking(contributions: np.ndarray) -> float:
    """All that speaks for a node against its rival: the sum of the contributions above 0, of all prototypes (P,)."""
    return float(np.maximum(contributions, 0).sum())


def share(contribution: float, speaking: float | None) -> float | None:
    """A contribution, or a sum of some, as a share of all that speaks for the node; at most 1, negative if against it.

    Shares of all prototypes that speak for the node sum to 1; those of all prototypes sum to what is left of it once
    what speaks against it is taken away, which is below 0 where the rival has more. Every contribution may be counted
    in another unit without changing any share. None where nothing speaks for the node, or it is not known how much.
    """
    return contribution / speaking if speaking else None
