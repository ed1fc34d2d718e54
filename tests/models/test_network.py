"""The network: exact contributions, independence of batch-mates, six rows from one configuration."""

import math

import pytest
import torch
from toys import toy_hierarchy, toy_model

from hprotopnet.config import ModelConfig
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.ball import distances
from hprotopnet.models.network import distances_from_contributions

CLIPS = torch.rand(3, 3, 16, 24, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("head", ["fc", "embedding"])
@pytest.mark.parametrize("prototypes", ["none", "leaf", "all"])
@pytest.mark.parametrize("form", ["unit", "published"])
def test_all_rows_come_from_one_configuration(head, prototypes, form):
    model = toy_model(head=head, prototypes=prototypes, form=form)
    evidence = model(CLIPS)
    P = {"none": 0, "leaf": 12, "all": 24}[prototypes]
    assert evidence.distances.shape == (3, P, 2, 3, 2)
    assert evidence.similarities.shape == (3, P)
    assert evidence.output.logits.dtype == torch.float64
    leaves = evidence.output.nodes[:, :6]
    torch.testing.assert_close(leaves.sum(1), torch.ones(3, dtype=torch.float64))
    (evidence.output.logits.sum() + evidence.distances.sum()).backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)


def test_a_node_is_as_probable_as_its_leaves_together():
    nodes = toy_model()(CLIPS).output.nodes
    tree = toy_hierarchy()
    for node in range(len(tree.nodes)):
        torch.testing.assert_close(nodes[:, node], nodes[:, tree.leaves_under(node)].sum(1))


def test_no_batch_mate_changes_a_clips_answer():
    model = toy_model()
    with torch.no_grad():
        alone = model(CLIPS[:1]).output.logits
        model.head.weight.mul_(100)  # far beyond the rim without clipping
        far = model(CLIPS[:1]).output.logits
        together = model(torch.cat([CLIPS[:1], 50 * CLIPS[1:]])).output.logits[:1]
    assert torch.isfinite(far).all()
    assert not torch.equal(alone, far)
    torch.testing.assert_close(far, together, rtol=1e-5, atol=1e-6)


def test_logits_are_minus_distances_over_temperature():
    model = toy_model()
    model.temperature.fill_(0.25)
    output = model(CLIPS).output
    expected = -distances(output.point, model.points[:6], 1.0) / 0.25
    torch.testing.assert_close(output.logits, expected)


def test_autocast_leaves_the_geometry_in_float64():
    model = toy_model()
    features = model.backbone(CLIPS)
    plain = model.evidence(features).output
    with torch.autocast("cpu", torch.bfloat16):
        under = model.evidence(features).output
    assert torch.equal(plain.logits, under.logits)


@pytest.mark.parametrize("curvature", [1.0, 0.1, 1e-9, 0.0])
def test_contributions_rank_leaves_and_rebuild_their_distances(curvature):
    """Sum_j a_j w_j . unit(Phi_k) = h . unit(Phi_k), per level too; the ball distances follow to 1e-6."""
    model = toy_model(curvature=curvature)
    evidence = model(CLIPS)
    output = evidence.output
    contributions = evidence.similarities.double()[:, None] * model.class_weights()
    units = torch.nn.functional.normalize(model.points[:6], dim=1)
    torch.testing.assert_close(contributions.sum(2), output.embedding @ units.T, rtol=0, atol=1e-10)
    levels = torch.tensor(model.hierarchy.levels)[model.prototypes.owners]
    parts = torch.stack([contributions[:, :, levels == level].sum(2) for level in range(3)])
    torch.testing.assert_close(parts.sum(0), contributions.sum(2))
    assert torch.equal(contributions.sum(2).argsort(1), output.logits.argsort(1))
    leaf_radius = float(distances(torch.zeros_like(model.points[:1]), model.points[:1], curvature))
    rebuilt = distances_from_contributions(contributions, output.embedding.norm(dim=1), leaf_radius, curvature)
    torch.testing.assert_close(rebuilt, output.distances[:, :6], rtol=0, atol=1e-9)


def test_weights_shown_are_of_classes_not_of_embedding_coordinates():
    model = toy_model(embedding_width=16)
    assert model.class_weights().shape == (6, 24)  # K, not E, rows
    flat = toy_model(head="fc", prototypes="leaf")
    assert torch.equal(flat.class_weights(), flat.head.weight.double())


def test_stages_can_name_every_parameter_once():
    model = toy_model()
    named = [p for group in ("backbone", "addon", "prototypes", "head") for p in model.parameters_of(group)]
    assert {id(p) for p in named} == {id(p) for p in model.parameters()}
    assert len(named) == len(list(model.parameters()))


def test_distances_are_rebuilt_where_clip_and_class_nearly_meet():
    """With equal radii sinh(d / 2) = sinh(4) sin(angle / 2), and in flat space d is the chord."""
    radius = torch.tensor([2.0], dtype=torch.float64)
    contributions = 2 * torch.tensor([[[1.0], [math.cos(1e-4)]]], dtype=torch.float64)
    rebuilt = distances_from_contributions(contributions, radius, 4.0)[0]
    assert float(rebuilt[0]) == 0
    assert float(rebuilt[1]) == pytest.approx(2 * math.asinh(math.sinh(4) * math.sin(0.5e-4)), rel=1e-6)
    assert float(distances_from_contributions(contributions, radius, 4.0, 0.0)[0, 1]) == pytest.approx(4e-4, rel=1e-6)


@pytest.mark.parametrize("curvature", [-1.0, math.nan, math.inf])
def test_a_curvature_that_no_ball_has_is_refused(curvature):
    with pytest.raises(InputError, match=r"curvature is (-1.0|nan|inf), give 0"):
        ModelConfig(curvature=curvature)
