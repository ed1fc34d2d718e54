"""What a change of a clip does to what a network says, level by level: to probabilities and to the evidence of a level.

The evidence of a level is what the prototypes of its node contribute, against the rival that the node has in the clip
as it is: that rival is kept, as in `studies.causes`, so that nothing but similarities changes.
"""

from typing import NamedTuple

import numpy as np
import torch

from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import mute, weights_towards
from hprotopnet.models.network import HProtoPNet


class LevelChange(NamedTuple):
    """One step of the path that the clip as it is leads to.

    Attributes:
        node: its name.
        before, after: its probability.
        left: its evidence after the change as a share of what it was; None where there was none to lose.
    """

    node: str
    before: float
    after: float
    left: float | None


def changes(model: HProtoPNet, before: Explanation, after: Explanation) -> tuple[LevelChange, ...]:
    """What became of each step of the path, topmost first.

    Args:
        model: the network, with or without its backbone.
        before, after: what it says about the clip as it is, and changed.
    """
    output = mute(model, before.similarities, [])
    found = []
    for level in before.levels:
        node = model.hierarchy.index(level.node)
        own = (model.prototypes.owners == node).cpu() if model.prototypes else torch.zeros(0, dtype=torch.bool)
        weights = weights_towards(model, node, output).cpu().numpy()[own.numpy()]
        was, left = (float(np.dot(weights, np.asarray(one.similarities)[own.numpy()])) for one in (before, after))
        share = left / was if was > 0 else None
        found.append(LevelChange(level.node, level.probability, after.probabilities[level.node], share))
    return tuple(found)


def moved_most(found: tuple[LevelChange, ...]) -> int | None:
    """Number of the level whose evidence fell most; None where none fell."""
    fallen = {number: own.left for number, own in enumerate(found) if own.left is not None and own.left < 1}
    return min(fallen, key=fallen.get, default=None)
