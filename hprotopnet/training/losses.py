"""The objective, one function a term: cross-entropy (Eq. 8-9), clustering (Eq. 10), separation (Eq. 11), sparsity."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from hprotopnet.config import LossConfig
from hprotopnet.models.network import Evidence, HProtoPNet


class Losses(NamedTuple):
    """Terms of the objective, scalars; cluster and separation hold one value a level, leaf level first."""

    total: Tensor
    cross_entropy: Tensor
    cluster: Tensor
    separation: Tensor
    head_l1: Tensor


def cluster(nearest: Tensor, own: Tensor) -> Tensor:
    """Mean over clips of the squared distance to the nearest of their own prototypes (Eq. 10).

    Departure from the paper: applied level by level, so that every level is pulled, not only the nearest one. No
    maximum distance is assumed, so the gradient never vanishes for far prototypes, as it does in the authors' code.

    Args:
        nearest: squared distance of each prototype to its nearest patch, shape (B, P).
        own: whether the prototype belongs to the clip's ancestor at this level, booleans of shape (B, P).
    """
    return nearest.masked_fill(~own, torch.inf).amin(1).mean()


def separation(nearest: Tensor, foreign: Tensor) -> Tensor:
    """Minus the mean squared distance to the nearest foreign prototype (Eq. 11).

    `foreign` (B, P) marks prototypes of the same level whose node is no ancestor of the clip: own ancestors are never
    negatives. Clips to which nothing is foreign (a level of one node) do not count.
    """
    some = foreign.any(1)
    if not some.any():
        return nearest.new_zeros(())
    return -nearest[some].masked_fill(~foreign[some], torch.inf).amin(1).mean()


def ownership(model: HProtoPNet, leaves: Tensor) -> tuple[Tensor, Tensor]:
    """Per level, which prototypes are a clip's own and which are foreign; two booleans of shape (L', B, P).

    L' counts the levels that have prototypes, leaf level first.
    """
    owners = model.prototypes.owners
    levels = torch.tensor(model.hierarchy.levels, device=owners.device)[owners]
    related = model.covers.bool()[owners][:, leaves].T  # (B, P): the prototype's node is the leaf or above it
    at_level = torch.stack([levels == level for level in levels.unique()])[:, None]  # (L', 1, P)
    return at_level & related, at_level & ~related


def commonality(model: HProtoPNet, similarities: Tensor, leaves: Tensor, sharpness: float = 10.0) -> Tensor:
    """By how much the prototypes of ancestors fail to be found in clips of each of their node's children.

    Of each prototype the mean similarity over the batch's clips of each child is taken, and the least of these, softly
    (a mean weighted by exp(-sharpness x similarity)); returned is the mean over prototypes of what it lacks to the
    greatest similarity. A cue that all children share can be had by each of them, one child's own surface cannot. No
    term of the paper. Nodes of which the batch shows fewer than two children do not count.

    Args:
        similarities: of each prototype, shape (B, P).
        leaves: true leaf of each clip, shape (B,).
    """
    owners = model.prototypes.owners
    clips = model.covers[:, leaves]  # (N, B)
    means = clips.float() @ similarities / clips.sum(1, keepdim=True).clamp_min(1).float()  # (N, P)
    above = torch.tensor(model.hierarchy.parents, device=leaves.device)
    counts = (above[:, None] == owners) & (clips.sum(1) > 0)[:, None]  # (N, P): a child of the prototype's node, shown
    judged = counts.sum(0) >= 2
    if not judged.any():
        return similarities.new_zeros(())
    weights = (-sharpness * means).masked_fill(~counts, -torch.inf)[:, judged].softmax(0)
    return (model.config.greatest_similarity - (weights * means[:, judged]).sum(0)).mean()


def siblings(model: HProtoPNet, similarities: Tensor, leaves: Tensor) -> Tensor:
    """Cross-entropy of each clip's node among its siblings, read from their own prototypes alone; mean over levels.

    Of a head tied to the tree, where a node's score is what its own prototypes say along its own direction, divided by
    the temperature. No term of the paper. Levels without prototypes do not count, nor do only children.
    """
    spoken = similarities.double() * model.head.strengths
    scores = spoken.new_zeros(len(spoken), len(model.hierarchy.nodes)).index_add(1, model.prototypes.owners, spoken)
    owning = set(model.prototypes.owners.tolist())
    parents = torch.tensor(model.hierarchy.parents, device=leaves.device)
    terms = []
    for true in torch.from_numpy(model.hierarchy.lineage).to(leaves.device)[leaves].T:  # a level's node of each clip
        if int(true[0]) not in owning:
            continue
        among = parents == parents[true][:, None]  # all nodes of the top level count as siblings
        logits = (scores / model.temperature).masked_fill(~among, -torch.inf)
        terms.append(functional.cross_entropy(logits, true))
    return torch.stack(terms).mean()


def losses(model: HProtoPNet, evidence: Evidence, leaves: Tensor, config: LossConfig) -> Losses:
    """The objective for clips whose true leaves are `leaves`, integers of shape (B,).

    The cross-entropy runs over all K leaves and no clip's loss depends on the rest of the batch: a departure from the
    authors' code, whose softmax runs over the targets of the batch.
    """
    cross_entropy = functional.cross_entropy(evidence.output.logits, leaves)
    if not model.config.has_prototypes:
        nothing = evidence.nearest.new_zeros(0)
        return Losses(cross_entropy, cross_entropy, nothing, nothing, cross_entropy.new_zeros(()))
    own, foreign = ownership(model, leaves)
    clusters = torch.stack([cluster(evidence.nearest, level) for level in own])
    separations = torch.stack([separation(evidence.nearest, level) for level in foreign])
    l1 = _head_l1(model)
    total = cross_entropy + config.head_l1 * l1
    total = total + _weighted(clusters, config.cluster) + _weighted(separations, config.separation)
    if config.commonality:
        total = total + config.commonality * commonality(model, evidence.similarities, leaves)
    if config.siblings:
        total = total + config.siblings * siblings(model, evidence.similarities, leaves)
    return Losses(total, cross_entropy, clusters, separations, l1)


def _head_l1(model: HProtoPNet) -> Tensor:
    """Sparsity: of the fc head only connections to other classes (as ProtoPNet does), of the others all."""
    if model.config.head == "tree":
        return model.head.strengths.sum()
    weight = model.head.weight
    if model.config.head == "embedding":
        return weight.abs().sum()
    own = model.covers.bool()[model.prototypes.owners].T
    return weight.masked_fill(own, 0).abs().sum()


def _weighted(values: Tensor, weights: tuple[float, ...]) -> Tensor:
    padded = (*weights, *[weights[-1]] * len(values))[: len(values)]
    return (values * values.new_tensor(padded)).sum()
