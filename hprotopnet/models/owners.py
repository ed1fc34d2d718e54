"""Who owns which prototype, without torch: what only looks at a bundle asks, too."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from hprotopnet.config import MOST_NUMBERS, ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy


def owner_table(hierarchy: Hierarchy, levels: Literal["none", "leaf", "all"], per_node: int) -> np.ndarray:
    """Node that owns each prototype, integers of shape (P,): `per_node` in a row for each node that has any.

    The paper speaks of m and n prototypes for children and parents; like its code, every node gets as many.
    """
    nodes = _owning(hierarchy, levels)
    return np.repeat(np.array(nodes, dtype=np.int64), per_node)


def check_size(hierarchy: Hierarchy, config: ModelConfig) -> None:
    """Raise `InputError` for a network whose layers after the backbone would take half a gigabyte or more."""
    prototypes = len(_owning(hierarchy, config.prototypes)) * config.per_node
    points, outputs = len(hierarchy.nodes) * config.embedding_width, max(config.embedding_width, len(hierarchy.classes))
    if prototypes * max(config.prototype_width, outputs) > MOST_NUMBERS or points > MOST_NUMBERS:
        raise InputError(
            f"{prototypes} prototypes and {len(hierarchy.nodes)} nodes make too large a network; give fewer prototypes"
            " a node, or a smaller width"
        )


def _owning(hierarchy: Hierarchy, levels: Literal["none", "leaf", "all"]) -> Sequence[int]:
    """Nodes that own prototypes."""
    return {"none": (), "leaf": hierarchy.at_level(0), "all": range(len(hierarchy.nodes))}[levels]
