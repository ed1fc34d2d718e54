"""Speed of training a detector: the terms of its objective against the published loop over concepts and classes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from hprotopnet.bench.network import Row, ratio, row
from hprotopnet.temporal.config import FINEACTION, FINEGYM, DetectorConfig
from hprotopnet.temporal.losses import Balance, Batch, class_balance, concept_balance, losses
from hprotopnet.temporal.network import Detector, Evidence

ROUNDS = 3
BOUND = 1 / 20  # of the loop's time
SIZES = {"FineAction": (FINEACTION, 106, 100), "FineGym": (FINEGYM, 99, 309)}  # classes, and clips of a video
COARSE = 14


@dataclass(frozen=True)
class Case:
    """A batch of two videos of noise, in the published form, and what the network has said of it."""

    config: DetectorConfig
    network: Detector
    batch: Batch
    balance: Balance
    parents: Tensor
    evidence: Evidence

    def leaves(self) -> list[Tensor]:
        """What gradients are asked of: what the network said, and the weights of the coarse classes."""
        return [self.evidence.hidden, self.evidence.scores, self.evidence.pseudo, *self.network.coarse.parameters()]


def bench_temporal() -> list[Row]:
    """A row a data set: forward and backward from what the network said of two videos of its size."""
    rows = []
    for name, (config, classes, clips) in tqdm(SIZES.items(), desc="terms of a detector"):
        case = case_of(config, classes, clips)
        found = ratio(lambda case=case: ours(case), lambda case=case: loop(case), ROUNDS)
        rows.append(
            row(f"terms of a detector's loss at the sizes of {name}, against the published loop", found, "x", BOUND)
        )
    return rows


def case_of(config: DetectorConfig, classes: int, clips: int) -> Case:
    """Two videos of so many clips each; classes are parted into `COARSE` coarse ones in turn."""
    config = replace(config, form="published")
    generator = torch.Generator().manual_seed(0)
    network = Detector(config, classes).eval()
    parents = torch.arange(classes) % COARSE
    video = torch.arange(2).repeat_interleave(clips)
    concept = torch.randint(config.concepts, (2 * clips,), generator=generator)
    fine = torch.zeros(2, classes)
    fine[0, :2], fine[1, 1:7] = 1, 1
    coarse = torch.zeros(2, COARSE).index_add_(1, parents, fine).clamp(max=1)
    batch = Batch(torch.randn(2 * clips, config.width, generator=generator), video, concept, fine, coarse)
    balance = Balance(
        class_balance(fine), class_balance(coarse), concept_balance(concept, config.concepts, config.form)
    )
    with torch.no_grad():
        said = network(batch.clips)
    return Case(config, network, batch, balance, parents, Evidence(*(own.requires_grad_() for own in said)))


def ours(case: Case) -> tuple[float, list[Tensor]]:
    """What is minimised and its gradients, as training finds them."""
    terms = losses(case.network, case.evidence, case.batch, case.balance, case.parents, case.config)
    return _with_gradients(terms.total(case.config.loss), case)


def loop(case: Case) -> tuple[float, list[Tensor]]:
    """The same as the published code finds it: video by video, concept by concept, all likenesses spread out."""
    total, weights = torch.zeros(()), case.config.loss
    for own in range(len(case.batch.fine)):
        rows = case.batch.video == own
        classes = _class_vectors(case, case.evidence.hidden[rows], case.batch.concept[rows])
        total = total + weights.mil * _video_term(case, case.evidence.scores[rows], own)
        total = total + weights.pseudo * _pseudo_term(case, rows)
        total = total + weights.concept * _concept_term(case, classes, own)
        total = total + weights.coarse * _coarse_term(case, classes, own)
    return _with_gradients(total, case)


def _with_gradients(total: Tensor, case: Case) -> tuple[float, list[Tensor]]:
    return total.item(), list(torch.autograd.grad(total, case.leaves()))


def _video_term(case: Case, scores: Tensor, own: int) -> Tensor:
    above = scores >= scores.mean(0, keepdim=True)
    mean = (scores * above).sum(0) / above.sum(0)
    return _weighted(mean, case.batch.fine[own], case.balance.fine)


def _weighted(scores: Tensor, present: Tensor, weights: Tensor) -> Tensor:
    weight = torch.where(present > 0, weights[1], weights[0])
    return F.binary_cross_entropy_with_logits(scores, present, weight=weight)


def _pseudo_term(case: Case, rows: Tensor) -> Tensor:
    scores, concept = case.evidence.pseudo[rows], case.batch.concept[rows]
    return F.cross_entropy(scores, concept, weight=case.balance.concept) / len(scores)


def _class_vectors(case: Case, hidden: Tensor, concept: Tensor) -> Tensor:
    """Of each class the mean of the concepts most like its weights, of all that there are."""
    weights, config = case.network.fine.out.weight.detach(), case.config
    means = []
    for number in range(config.concepts):
        own = hidden[torch.where(concept == number)]
        means.append(own.mean(0, keepdim=True) if len(own) else torch.zeros(1, hidden.shape[1]))
    concepts = torch.cat(means)
    spread = (len(weights), *concepts.shape)
    left, right = weights[:, None].expand(spread), concepts.detach()[None].expand(spread)
    best = F.cosine_similarity(left, right, dim=2).topk(config.top, 1).indices
    masks = torch.zeros(spread[:2])
    for mask, own in zip(masks, best, strict=True):
        mask[own] = 1
    return (concepts[None].expand(spread) * masks[:, :, None].expand(spread)).sum(1) / config.top


def _concept_term(case: Case, classes: Tensor, own: int) -> Tensor:
    apart = 1 - F.cosine_similarity(case.network.fine.out.weight.detach(), classes, dim=1)
    return apart[case.batch.fine[own].bool()].sum() / case.batch.fine[own].sum()


def _coarse_term(case: Case, classes: Tensor, own: int) -> Tensor:
    pool: Callable[[Tensor], Tensor] = {"mean": lambda x: x.mean(0), "max": lambda x: x.max(0).values}[
        case.config.pooling
    ]
    vectors = torch.stack([pool(classes[case.parents == number]) for number in range(COARSE)])
    return _weighted(case.network.coarse(vectors)[1][:, 0], case.batch.coarse[own], case.balance.coarse)
