"""Who owns which prototype, without torch: what only looks at a bundle asks, too."""

from typing import Literal

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy


def owner_table(hierarchy: Hierarchy, levels: Literal["none", "leaf", "all"], per_node: int) -> np.ndarray:
    """Node that owns each prototype, integers of shape (P,): `per_node` in a row for each node that has any.

    The paper speaks of m and n prototypes for children and parents; like its code, every node gets as many.
    """
    nodes = {"none": (), "leaf": hierarchy.at_level(0), "all": range(len(hierarchy.nodes))}[levels]
    return np.repeat(np.array(nodes, dtype=np.int64), per_node)
