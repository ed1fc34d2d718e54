"""The prototype layer against brute force and hand-worked values."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from toys import toy_hierarchy, toy_model

from hprotopnet.models import prototypes as layer
from hprotopnet.models.owners import owner_table
from hprotopnet.models.prototypes import similarity, squared_distances


def test_distances_equal_brute_force_and_are_never_negative():
    generator = torch.Generator().manual_seed(0)
    z, p = torch.randn(2, 5, 2, 3, 4, generator=generator), torch.randn(7, 5, generator=generator)
    found = squared_distances(z, p)
    brute = (z[:, None] - p[None, :, :, None, None, None]).square().sum(2)
    assert found.shape == (2, 7, 2, 3, 4)
    torch.testing.assert_close(found, brute, atol=1e-4, rtol=0)
    assert squared_distances(p.T[None, :, :, None, None], p).min() >= 0


def near_patches(square: float, kind: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Patches (1, 16, 1, 1, 8) at squared distances of 0 and 1e-5 to 10 from a prototype with this square, and it."""
    generator = torch.Generator().manual_seed(0)
    units = functional.normalize(torch.randn(9, 16, generator=generator, dtype=torch.float64), dim=1)
    away = torch.cat([torch.zeros(1), torch.logspace(-5, 1, 7)]).double().sqrt()
    p = math.sqrt(square) * units[:1]
    return (p + away[:, None] * units[1:]).T[None, :, None, None].to(kind), p.to(kind)


@pytest.mark.parametrize("square", [1.0, 1000.0])
def test_near_patches_lose_nothing_however_long_they_are(square, monkeypatch):
    z, p = near_patches(square, torch.float32)
    naive = (z[0, :, 0, 0].T.double() - p.double()).square().sum(1)
    found = squared_distances(z, p).flatten()
    torch.testing.assert_close(found.double(), naive, rtol=1e-3, atol=0)
    assert float(similarity(found, "log", 0.6, 1e-4)[0]) == pytest.approx(math.log(1e4))
    expected = similarity(naive, "log", 0.6, 1e-4)
    torch.testing.assert_close(similarity(found, "log", 0.6, 1e-4).double(), expected, rtol=1e-3, atol=0)
    monkeypatch.setattr(layer, "PAIRS", 2)
    assert torch.equal(squared_distances(z, p).flatten(), found)


def test_gradients_are_those_of_the_formula_near_and_far():
    z, p = (tensor.requires_grad_() for tensor in near_patches(10.0, torch.float64))
    assert torch.autograd.gradcheck(squared_distances, (z, p))
    weight = torch.arange(1.0, 9).double()
    brute = (z[0, :, 0, 0].T - p).square().sum(1)
    expected = torch.autograd.grad((brute * weight).sum(), (z, p))
    found = torch.autograd.grad((squared_distances(z, p).flatten() * weight).sum(), (z, p))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("kind", "top"), [("log", math.log(1 / 1e-4)), ("exponential", 1.0)])
def test_similarity_is_largest_at_zero_and_strictly_decreasing_to_zero(kind, top):
    d = torch.cat([torch.zeros(1), torch.logspace(-6, 1, 50)]).double()
    a = similarity(d, kind, 0.3, 1e-4)
    assert float(a[0]) == pytest.approx(top)
    assert (a.diff() < 0).all()
    assert (a > 0).all()
    assert float(similarity(torch.tensor(1e9), kind, 0.3, 1e-4)) < 1e-6


def test_log_similarity_is_the_papers():
    d = torch.tensor([0.0, 0.042, 0.58, 3.7])
    torch.testing.assert_close(similarity(d, "log", 0.3, 1e-4), ((d + 1) / (d + 1e-4)).log())


def test_nearest_is_the_minimum_of_the_map():
    model = toy_model()
    evidence = model(torch.rand(2, 3, 16, 24, 16))
    torch.testing.assert_close(evidence.nearest, evidence.distances.flatten(2).min(2).values)
    assert torch.equal(evidence.similarities, model.prototypes.similarity(evidence.nearest))


def test_every_node_owns_as_many_prototypes():
    tree = toy_hierarchy()
    owners = owner_table(tree, "all", 3)
    assert len(owners) == 3 * (6 + 4 + 2)
    assert np.bincount(owners).tolist() == [3] * 12
    assert np.unique(owner_table(tree, "leaf", 3)).tolist() == list(range(6))
    assert len(owner_table(tree, "none", 3)) == 0


def test_the_owner_table_is_saved_with_the_weights():
    saved = toy_model().state_dict()
    assert saved["prototypes.owners"].tolist() == owner_table(toy_hierarchy(), "all", 2).tolist()
    other = toy_model(seed=1)
    other.load_state_dict(saved)
    assert torch.equal(other.prototypes.owners, saved["prototypes.owners"])


def test_unit_form_bounds_distances_by_four():
    model = toy_model()
    with torch.no_grad():
        model.prototypes.vectors.normal_(std=50)
    assert model(100 * torch.rand(2, 3, 16, 16, 16)).distances.max() <= 4 + 1e-5
