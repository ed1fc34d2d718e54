"""The terms of the objective (Li, He and Xu 2022), for a batch of videos whose clips lie one after the other.

Shapes: B clips of V videos, K fine classes, G coarse ones, Q concepts, M the most concepts that one video shows. Each
term is summed over the videos. What the published code does otherwise, and is kept as the form "published":

- pseudo-labels are weighted by how frequent their concept is, so that rare ones hardly count. Here by the inverse.
- the mean over clips of that term is divided by the number of clips once more. Here it is not.
- a fine class is made of the `top` concepts most like its weights out of all Q, where one that the video does not show
  counts as likeness 0, is picked before one that is unlike, and adds nothing. Here of those that the video shows.

The weights of classes in the first and last term are as published.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from hprotopnet.temporal.config import DetectorConfig, LossWeights
from hprotopnet.temporal.network import Detector, Evidence


class Batch(NamedTuple):
    """Videos as training sees them.

    Attributes:
        clips: features, shape (B, D).
        video: number of each clip's video in the batch, ascending, shape (B,).
        concept: pseudo-label of each clip, shape (B,).
        fine, coarse: which classes each video holds, 0 or 1, shapes (V, K) and (V, G).
    """

    clips: Tensor
    video: Tensor
    concept: Tensor
    fine: Tensor
    coarse: Tensor


class Balance(NamedTuple):
    """Weights of answers and pseudo-labels.

    Attributes:
        fine: of a class that is absent and one that is there, shape (2, K); `coarse` the same, shape (2, G).
        concept: of each pseudo-label, shape (Q,).
    """

    fine: Tensor
    coarse: Tensor
    concept: Tensor


class Terms(NamedTuple):
    """Each a number, summed over the videos of a batch."""

    mil: Tensor
    pseudo: Tensor
    concept: Tensor
    coarse: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """What is minimised."""
        return (
            weights.mil * self.mil
            + weights.pseudo * self.pseudo
            + weights.concept * self.concept
            + weights.coarse * self.coarse
        )


def class_balance(present: Tensor) -> Tensor:
    """Weights of absent and present classes (2, K): K over how many videos lack, or hold, each; of videos (V, K)."""
    held = present.sum(0)
    return present.shape[1] / torch.stack([len(present) - held, held]).clamp(min=1)


def concept_balance(concept: Tensor, number: int, form: str) -> Tensor:
    """Weights of pseudo-labels (Q,), of those of all clips (n,); unless published their mean over clips is 1."""
    counts = torch.bincount(concept, minlength=number).float()
    if form == "published":
        return counts / counts.sum()
    return torch.where(counts > 0, counts.sum() / ((counts > 0).sum() * counts.clamp(min=1)), 0)


def losses(
    network: Detector, evidence: Evidence, batch: Batch, balance: Balance, parents: Tensor, config: DetectorConfig
) -> Terms:
    """The four terms.

    Args:
        evidence: of `network` for the clips of the batch.
        parents: coarse class of each fine one, shape (K,).
    """
    videos, published = len(batch.fine), config.form == "published"
    weights = network.fine.out.weight.detach()
    concepts, there = visual_concepts(evidence.hidden, batch.concept, batch.video, videos, config.concepts)
    classes = class_vectors(weights, concepts, there, config.top, config.concepts if published else None)
    coarse = pooled(classes, parents, config.pooling)
    return Terms(
        video_loss(aggregated(evidence.scores, batch.video, videos), batch.fine, balance.fine),
        pseudo_loss(evidence.pseudo, batch, balance.concept, published),
        concept_loss(weights, classes, batch.fine),
        video_loss(network.coarse(coarse)[1][..., 0], batch.coarse, balance.coarse),
    )


def sums(values: Tensor, index: Tensor, number: int) -> Tensor:
    """Sums of rows (B, ...) by the number of what each belongs to: (number, ...)."""
    return values.new_zeros(number, *values.shape[1:]).index_add_(0, index, values)


def aggregated(scores: Tensor, video: Tensor, videos: int) -> Tensor:
    """Score of each class for each video (V, K): the mean of those of its clips (B, K) that reach their mean."""
    with torch.no_grad():
        count = torch.bincount(video, minlength=videos)[:, None]
        peak = torch.full((videos, scores.shape[1]), -torch.inf, dtype=scores.dtype, device=scores.device)
        peak = peak.scatter_reduce_(0, video[:, None].expand_as(scores), scores, "amax")
        mean = torch.minimum(sums(scores, video, videos) / count, peak)  # rounding must not leave out all of them
        above = (scores >= mean[video]).to(scores.dtype)
    return sums(scores * above, video, videos) / sums(above, video, videos)


def video_loss(scores: Tensor, present: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy of classes (V, K), their mean; `weights` (2, K) of those that are absent and present."""
    weight = torch.where(present > 0, weights[1], weights[0])
    each = F.binary_cross_entropy_with_logits(scores, present, weight=weight, reduction="none")
    return each.mean(1).sum()


def pseudo_loss(scores: Tensor, batch: Batch, weights: Tensor, published: bool = False) -> Tensor:
    """Cross-entropy of clips (B, Q) against their pseudo-labels, each video's weighted mean."""
    videos = len(batch.fine)
    weight = weights[batch.concept]
    each = F.cross_entropy(scores, batch.concept, reduction="none") * weight
    means = sums(each, batch.video, videos) / sums(weight, batch.video, videos)
    return (means / torch.bincount(batch.video, minlength=videos) if published else means).sum()


def visual_concepts(hidden: Tensor, concept: Tensor, video: Tensor, videos: int, number: int) -> tuple[Tensor, Tensor]:
    """Means of the hidden vectors (B, E) of each video's clips of each concept, and where there is one.

    Returns:
        (V, M, E) and booleans (V, M): the concepts of a video in the order of their numbers, then nothing.
    """
    keys, index, counts = torch.unique(video * number + concept, return_inverse=True, return_counts=True)
    owner = keys // number
    shown = torch.bincount(owner, minlength=videos)
    place = torch.arange(len(keys), device=keys.device) - (shown.cumsum(0) - shown)[owner]
    most = int(shown.max())
    slot = owner * most + place
    there = torch.zeros(videos * most, dtype=torch.bool, device=keys.device)
    there[slot] = True
    means = sums(hidden / counts[index, None], slot[index], videos * most)
    return means.unflatten(0, (videos, most)), there.unflatten(0, (videos, most))


def class_vectors(weights: Tensor, concepts: Tensor, there: Tensor, top: int, out_of: int | None = None) -> Tensor:
    """What stands for each fine class in each video (V, K, E): the mean of the concepts most like its weights (K, E).

    Args:
        concepts, there: see `visual_concepts`.
        out_of: Q, of the published form alone: absent concepts can be picked, too, and the mean is over `top`.
    """
    with torch.no_grad():
        alike = F.normalize(weights, dim=-1) @ F.normalize(concepts, dim=-1).mT  # (V, K, M)
        alike = alike.masked_fill(~there[:, None], -torch.inf)
        if out_of is not None:
            absent = torch.arange(top, device=there.device) < (out_of - there.sum(1))[:, None]
            nothing = alike.new_zeros(absent.shape).masked_fill(~absent, -torch.inf)
            alike = torch.cat([alike, nothing[:, None].expand(-1, len(weights), -1)], 2)
        best = alike.topk(min(top, alike.shape[2]), 2).indices
        picked = torch.zeros_like(alike).scatter_(2, best, 1.0)[:, :, : there.shape[1]] * there[:, None]
        picked /= top if out_of is not None else picked.sum(2, keepdim=True)
    return picked @ concepts


def concept_loss(weights: Tensor, classes: Tensor, present: Tensor) -> Tensor:
    """How far, in cosine, a video's present classes (V, K, E) are from the weights (K, E) of their class: the mean.

    A video that holds no class adds nothing.
    """
    apart = 1 - F.cosine_similarity(weights, classes, dim=-1)
    return ((apart * present).sum(1) / present.sum(1).clamp(min=1)).sum()


def pooled(classes: Tensor, parents: Tensor, pooling: str) -> Tensor:
    """Vectors of coarse classes (V, G, E): mean or maximum of those of their fine ones (V, K, E)."""
    number = int(parents.max()) + 1
    member = parents == torch.arange(number, device=parents.device)[:, None]  # (G, K)
    if pooling == "mean":
        return (member / member.sum(1, keepdim=True)).to(classes.dtype) @ classes
    order = torch.argsort(member.int(), dim=1, descending=True, stable=True)[:, : int(member.sum(1).max())]
    padded = classes[:, order]  # (V, G, most children, E)
    return padded.masked_fill(~member.gather(1, order)[..., None], -torch.inf).max(2).values
