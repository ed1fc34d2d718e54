"""Are the prototypes of a level what they are said to be, over clips whose cues are known?"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hprotopnet.bundles.bundle import Prototype
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.evaluation.prototypes import (
    CONSISTENT,
    consistency,
    duplicates,
    over_specificity,
    pointed_at,
    purity,
    stability,
)
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import LEVELS
from hprotopnet.studies.sightings import Sighting


def prototype_figures(
    model: HProtoPNet, prototypes: Sequence[Prototype], clips: Sequence[Sighting], leaves: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Figures of the prototypes of each level that has any (JSON); intervals draw whole nodes.

    purity_node, purity_cue: see `purity`; of the nearest clips those of its node, and those of them in which its peak
        lies on the cue.
    own_cue: share of the clips of its node that show the level's cue in which its peak lies on it.
    consistency, consistent: how often it points at the cue that it points at most, and whether that is often enough.
    stability: share of clips of its node in which noise moves its peak to no other cue.
    over_specificity: of ancestors, how much it belongs to one child alone.
    duplicate: whether another prototype of its node is the same.
    """
    hierarchy, owners = model.hierarchy, model.prototypes.owners.cpu().numpy()
    bits = len(LEVELS) - 1 - np.array(hierarchy.levels)[owners]  # of the cue of each prototype's level
    values = _over_clips(hierarchy, owners, bits, clips, leaves) | {"duplicate": _doubled(model, prototypes)}
    names = np.array(hierarchy.nodes)[owners]
    return {
        level: {name: estimate(own[bits == bit], names[bits == bit]) for name, own in values.items()}
        for bit, level in enumerate(LEVELS)
        if bit in bits
    }


def _over_clips(
    hierarchy: Hierarchy, owners: np.ndarray, bits: np.ndarray, clips: Sequence[Sighting], leaves: np.ndarray
) -> dict[str, np.ndarray]:
    """What n clips say of each of P prototypes, (P,) each."""
    of_node = hierarchy.covers[owners][:, leaves].T  # (n, P)
    similarities, seen = (np.stack([getattr(clip, name) for clip in clips]) for name in ("similarities", "seen"))
    on, noisy = (_cues(np.stack([getattr(clip, name) for clip in clips])) for name in ("peaks", "noisy"))
    on_own, could = on[:, np.arange(len(owners)), bits], of_node & seen[:, bits]
    consistent = _each(lambda own, j: consistency(on[own, j], seen[own]), of_node)
    return {
        "purity_node": purity(similarities, of_node, of_node),
        "purity_cue": purity(similarities, could & on_own, could),
        "own_cue": pointed_at(on_own, could),
        "consistency": consistent,
        "consistent": np.where(np.isnan(consistent), np.nan, consistent >= CONSISTENT),
        "stability": _each(lambda own, j: stability(on[own, j], noisy[own, j]), of_node),
        "over_specificity": _each(
            lambda _, j: over_specificity(similarities[:, j], _children(hierarchy, owners[j], leaves)), of_node
        ),
    }


def _each(figure: Callable[[np.ndarray, int], float], of_node: np.ndarray) -> np.ndarray:
    """A figure of each prototype from its number and which clips are its node's, shape (P,)."""
    return np.array([figure(own, j) for j, own in enumerate(of_node.T)])


def _cues(peaks: np.ndarray) -> np.ndarray:
    """Cue bits as booleans, one a level, in a last axis."""
    return (peaks[..., None] >> np.arange(len(LEVELS)) & 1).astype(bool)


def _children(hierarchy: Hierarchy, node: int, leaves: np.ndarray) -> np.ndarray:
    """The child of a node that each clip shows, -1 where it shows none."""
    level = hierarchy.levels[node]
    below = hierarchy.lineage[leaves, level - 1] if level else leaves
    return np.where(hierarchy.covers[node, leaves] & (level > 0), below, -1)


def _doubled(model: HProtoPNet, prototypes: Sequence[Prototype]) -> np.ndarray:
    """Whether each prototype has a duplicate."""
    sources = [(own.key, own.cell) for own in prototypes]
    pairs = duplicates(model.prototypes.vectors.detach().cpu().numpy(), [own.node for own in prototypes], sources)
    return np.isin(np.arange(len(prototypes)), pairs).astype(float)
