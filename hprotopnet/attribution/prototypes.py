"""The evidence of a network of prototypes itself, for any node of its tree, beside methods that come afterwards.

What the network compares is known, and needs no gradient: of each prototype that the node owns, how similar every cell
is, times what similarity counts for the node against its rival (`explain.prototypes.weights_towards`), summed over
those that speak for it (`evaluation.curves.evidence_map`), and laid over the clip by the cell that looks nearest, where
the node's own view of the features looks.

Only the nearest cell of a prototype has a say in the score; the others show where else it would have been found. A node
is decided by the prototypes of other nodes, too, except with a head tied to the tree: the figures say by how much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.method import Found, Step
from hprotopnet.errors import InputError
from hprotopnet.evaluation.curves import evidence_map
from hprotopnet.evaluation.evidence import cell_of

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject
    from hprotopnet.explain.explanation import LevelExplanation

LEAST = 1e-30  # of a probability, so that it has a logarithm


@dataclass(frozen=True)
class Settings:
    """Nothing to choose: it is what the network does."""


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """The evidence of a node, laid over the clip; see `method` for the signature.

    Figures: what its `own` prototypes contribute to the node against its rival, and what `all` do.
    Raises `InputError` for a network without prototypes, and for a node that owns none.
    """
    import torch

    from hprotopnet.explain.prototypes import weights_towards

    own = _own(subject, target)
    step(0.0)
    with torch.no_grad():
        evidence = subject.model(clip)
        towards = weights_towards(subject.model, target, evidence.output) * evidence.similarities[0]
        activations = subject.model.prototypes.similarity(evidence.distances[0, own])
    cells = evidence_map(towards[own].cpu().numpy(), activations.cpu().numpy())
    view = subject.model.prototypes.views[own[0]]  # all prototypes of a node look alike
    values = cells.ravel()[cell_of(cells.shape, clip.shape[2:], subject.model.offsets[view])]
    return Found(values, cells.shape, {"own": float(towards[own].sum()), "all": float(towards.sum())})


def _own(subject: "Subject", target: int) -> "Tensor":
    """Numbers of the prototypes of a node."""
    from hprotopnet.attribution.subject import PrototypeSubject

    if not isinstance(subject, PrototypeSubject):
        raise InputError(f"{subject.name} compares nothing with prototypes; choose another method")
    own = (subject.model.prototypes.owners == target).nonzero()[:, 0]
    if not len(own):
        raise InputError(f"{subject.targets[target]!r} has no prototypes in {subject.name}; choose another method")
    return own


def of_explanation(level: "LevelExplanation", shape: Sequence[int], network: str) -> Attribution | None:
    """The same of a step of an explanation that was made or stored before, which takes neither time nor torch.

    Args:
        shape: of the clip, (T, H, W).
        network: its name.

    None where the node has no prototypes. Stored maps have four decimals.
    """
    if not level.evidence:
        return None
    contributions = np.array([row.contribution for row in level.evidence])
    cells = evidence_map(contributions, np.stack([row.activation for row in level.evidence]))
    values = cells.ravel()[cell_of(cells.shape, shape, level.evidence[0].offset)]
    return Attribution(
        method="prototypes",
        network=network,
        target=level.node,
        values=values.astype(np.float32),
        signed=False,
        resolution=cells.shape,
        settings={},
        seconds=0.0,
        score=level.log_odds or 0.0,
        log_probability=log(max(level.probability, LEAST)),
        figures={"own": level.shares["own"], "all": sum(level.shares.values())},
    )
