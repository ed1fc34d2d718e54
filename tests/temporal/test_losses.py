"""The terms of the objective: worked by hand, and against a loop over concepts and classes as it was published."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hprotopnet.temporal.config import FINEACTION, LossWeights
from hprotopnet.temporal.losses import (
    Balance,
    Batch,
    aggregated,
    class_balance,
    class_vectors,
    concept_balance,
    losses,
    pooled,
    pseudo_loss,
    video_loss,
    visual_concepts,
)
from hprotopnet.temporal.network import Detector

PARENTS = torch.tensor([0, 0, 1, 1, 1, 2])
SMALL = replace(FINEACTION, width=5, encoded=8, concepts=12, top=3, dropout=0.0)


def drawn(seed: int, lengths=(7, 1, 12), concepts: int = SMALL.concepts) -> Batch:
    """Videos of random clips; every one holds a class."""
    rng = np.random.default_rng(seed)
    fine = rng.random((len(lengths), 6)) < 0.4
    fine[np.arange(len(lengths)), rng.integers(6, size=len(lengths))] = True
    coarse = np.stack([[fine[row, PARENTS.numpy() == g].any() for g in range(3)] for row in range(len(lengths))])
    clips = torch.from_numpy(rng.normal(size=(sum(lengths), SMALL.width)).astype(np.float32))
    video = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    concept = torch.from_numpy(rng.integers(concepts, size=sum(lengths)))
    return Batch(clips, video, concept, torch.from_numpy(fine).float(), torch.from_numpy(coarse).float())


def balance_of(batch: Batch, config) -> Balance:
    concept = concept_balance(batch.concept, config.concepts, config.form)
    return Balance(class_balance(batch.fine), class_balance(batch.coarse), concept)


def looped(network: Detector, batch: Batch, balance: Balance, config) -> list[torch.Tensor]:
    """The same terms video by video, concept by concept, class by class."""
    totals, published = [torch.zeros(()) for _ in range(4)], config.form == "published"
    for row in range(len(batch.fine)):
        own = batch.video == row
        encoded = network.encoder(batch.clips[own])[1]
        hidden, scores = network.fine(encoded)
        concept, fine, coarse = batch.concept[own], batch.fine[row], batch.coarse[row]
        best = [column[column >= column.mean()].mean() for column in scores.T]
        weight = [balance.fine[int(there), k] for k, there in enumerate(fine)]
        totals[0] = totals[0] + sum(
            w * F.binary_cross_entropy_with_logits(s, y) for w, s, y in zip(weight, best, fine, strict=True)
        ) / len(fine)
        pseudo = F.cross_entropy(network.pseudo(encoded)[1], concept, weight=balance.concept)
        totals[1] = totals[1] + (pseudo / len(concept) if published else pseudo)
        vectors = fine_vectors(network.fine.out.weight.detach(), hidden, concept, config)
        apart = [1 - F.cosine_similarity(network.fine.out.weight[k].detach(), v, dim=0) for k, v in enumerate(vectors)]
        totals[2] = totals[2] + sum(apart[k] for k in range(len(fine)) if fine[k]) / fine.sum()
        for g in range(len(coarse)):
            group = torch.stack([vectors[k] for k in range(len(fine)) if PARENTS[k] == g])
            vector = group.mean(0) if config.pooling == "mean" else group.max(0).values
            term = F.binary_cross_entropy_with_logits(network.coarse(vector)[1][0], coarse[g])
            totals[3] = totals[3] + balance.coarse[int(coarse[g]), g] * term / len(coarse)
    return totals


def fine_vectors(weights, hidden, concept, config) -> list[torch.Tensor]:
    """Of each class the mean of the concepts most like it, absent ones being vectors of 0 where that is published."""
    published = config.form == "published"
    means = [hidden[concept == q].mean(0) if (concept == q).any() else None for q in range(config.concepts)]
    means = [torch.zeros(hidden.shape[1]) if own is None and published else own for own in means]
    means = [own for own in means if own is not None]
    vectors = []
    for weight in weights:
        alike = [float(F.cosine_similarity(weight, own.detach(), dim=0)) for own in means]
        best = sorted(range(len(means)), key=lambda q: -alike[q])[: config.top]
        total = sum(means[q] for q in best)
        vectors.append(total / (config.top if published else len(best)))
    return vectors


@pytest.mark.parametrize("form", ["published", "repaired"])
@pytest.mark.parametrize("pooling", ["mean", "max"])
@pytest.mark.parametrize("seed", range(4))
def test_terms_and_gradients_are_those_of_the_loop(form, pooling, seed):
    config = replace(SMALL, form=form, pooling=pooling, loss=LossWeights(1, 0.3, 0.2, 0.1))
    batch = drawn(seed)
    torch.manual_seed(seed)
    network = Detector(config, 6)
    balance = balance_of(batch, config)
    terms = losses(network, network(batch.clips), batch, balance, PARENTS, config)
    slow = looped(network, batch, balance, config)
    for name, own, expected in zip(terms._fields, terms, slow, strict=True):
        assert own.item() == pytest.approx(expected.item(), abs=1e-5), name
    weights = (1, 0.3, 0.2, 0.1)
    parameters = list(network.parameters())
    ours = torch.autograd.grad(terms.total(config.loss), parameters)
    theirs = torch.autograd.grad(sum(w * own for w, own in zip(weights, slow, strict=True)), parameters)
    for own, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, expected, atol=1e-5, rtol=1e-4)


def test_other_videos_of_a_batch_change_nothing():
    batch, network = drawn(3), Detector(SMALL, 6)
    balance = balance_of(batch, SMALL)
    together = losses(network, network(batch.clips), batch, balance, PARENTS, SMALL)
    alone = []
    for row in range(3):
        own = batch.video == row
        part = Batch(
            batch.clips[own],
            torch.zeros(int(own.sum()), dtype=torch.long),
            batch.concept[own],
            batch.fine[[row]],
            batch.coarse[[row]],
        )
        alone.append(losses(network, network(part.clips), part, balance, PARENTS, SMALL))
    for term in range(4):
        assert together[term].item() == pytest.approx(sum(own[term].item() for own in alone), rel=1e-5)


def test_a_video_has_the_mean_of_its_clips_above_the_mean():
    scores = torch.tensor([[1.0, 5.0], [3.0, 5.0], [5.0, 5.0], [-2.0, 0.1]])
    found = aggregated(scores, torch.tensor([0, 0, 0, 1]), 2)
    torch.testing.assert_close(found, torch.tensor([[4.0, 5.0], [-2.0, 0.1]]))


def test_clips_of_one_score_are_all_at_their_mean_whatever_rounding_does():
    scores = torch.full((30, 1), 0.1) + torch.tensor([1e-9])
    for clips in range(1, 31):
        found = aggregated(scores[:clips], torch.zeros(clips, dtype=torch.long), 1)
        assert found.item() == pytest.approx(0.1, rel=1e-5)


def test_classes_weigh_by_how_many_videos_hold_them():
    present = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    torch.testing.assert_close(class_balance(present), torch.tensor([[2.0, 2 / 3], [2 / 3, 2.0]]))
    loss = video_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[9.0, 4.0], [2.0, 9.0]]))
    assert loss.item() == pytest.approx((2 + 4) / 2 * math.log(2))


def test_rare_concepts_weigh_more_unless_published():
    concept = torch.tensor([0, 0, 0, 2])
    torch.testing.assert_close(concept_balance(concept, 3, "repaired"), torch.tensor([2 / 3, 0.0, 2.0]))
    torch.testing.assert_close(concept_balance(concept, 3, "published"), torch.tensor([0.75, 0.0, 0.25]))


def test_the_published_mean_over_clips_is_divided_by_their_number_once_more():
    batch = drawn(0, lengths=(4,))
    scores, weights = torch.randn(4, SMALL.concepts), torch.ones(SMALL.concepts)
    whole = pseudo_loss(scores, batch, weights)
    assert pseudo_loss(scores, batch, weights, published=True).item() == pytest.approx(whole.item() / 4)
    assert whole.item() == pytest.approx(F.cross_entropy(scores, batch.concept).item(), rel=1e-5)


def test_concepts_are_means_of_a_videos_own_clips():
    hidden = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 4.0], [7.0, 7.0]])
    concept, video = torch.tensor([5, 5, 2, 5]), torch.tensor([0, 0, 0, 1])
    found, there = visual_concepts(hidden, concept, video, 2, 6)
    torch.testing.assert_close(found[0], torch.tensor([[0.0, 4.0], [2.0, 0.0]]))
    torch.testing.assert_close(found[1, 0], torch.tensor([7.0, 7.0]))
    assert there.tolist() == [[True, True], [True, False]]


def test_a_video_that_holds_no_class_says_what_it_lacks_and_nothing_else():
    config, batch = replace(SMALL, form="repaired"), drawn(2, lengths=(5,))
    batch = batch._replace(fine=torch.zeros(1, 6), coarse=torch.zeros(1, 3))
    network = Detector(config, 6)
    terms = losses(network, network(batch.clips), batch, balance_of(batch, config), PARENTS, config)
    assert terms.concept == 0
    assert all(0 < term < torch.inf for term in (terms.mil, terms.pseudo, terms.coarse))


def test_a_class_is_made_of_concepts_that_a_video_shows():
    """Of two concepts, one like the class and one unlike it: published, the third is one that is not there at all."""
    weights = torch.tensor([[1.0, 0.0]])
    concepts, there = torch.tensor([[[2.0, 0.0], [-1.0, 0.0]]]), torch.ones(1, 2, dtype=torch.bool)
    torch.testing.assert_close(class_vectors(weights, concepts, there, 2), torch.tensor([[[0.5, 0.0]]]))
    torch.testing.assert_close(class_vectors(weights, concepts, there, 2, out_of=9), torch.tensor([[[1.0, 0.0]]]))
    torch.testing.assert_close(class_vectors(weights, concepts, there, 2, out_of=2), torch.tensor([[[0.5, 0.0]]]))


def test_coarse_classes_pool_their_own_fine_ones():
    classes = torch.tensor([[[1.0, -5.0], [3.0, -1.0], [9.0, 9.0]]])
    parents = torch.tensor([0, 0, 1])
    torch.testing.assert_close(pooled(classes, parents, "mean"), torch.tensor([[[2.0, -3.0], [9.0, 9.0]]]))
    torch.testing.assert_close(pooled(classes, parents, "max"), torch.tensor([[[3.0, -1.0], [9.0, 9.0]]]))


def test_gradients_are_finite_where_nothing_speaks_for_a_class():
    network, batch = Detector(SMALL, 6), drawn(1)
    with torch.no_grad():
        network.fine.hidden.weight.zero_()
        network.fine.hidden.bias.fill_(-1)
    for form in ("published", "repaired"):
        config = replace(SMALL, form=form)
        terms = losses(network, network(batch.clips), batch, balance_of(batch, config), PARENTS, config)
        gradients = torch.autograd.grad(terms.total(config.loss), list(network.parameters()), allow_unused=True)
        assert all(own.isfinite().all() for own in gradients if own is not None)
