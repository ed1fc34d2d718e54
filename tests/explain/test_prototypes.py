"""Explanations: orientation, boxes, contributions that decide, muting, and honesty about time."""

import numpy as np
import pytest
import torch
from toys import toy_features, toy_model

from hprotopnet.data.clips import Clip
from hprotopnet.explain.boxes import boxes, stretch, tubes
from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import (
    explain,
    explain_features,
    model_input,
    mute,
    rebuild_logits,
    weights_towards,
)
from hprotopnet.files import read_json, write_json
from hprotopnet.models.familiarity import Familiarity
from hprotopnet.structure import structure
from hprotopnet.training.initialise import initialise


@pytest.fixture(scope="module")
def model():
    model = toy_model()
    initialise(model, toy_features(), torch.Generator().manual_seed(0))
    return model


@pytest.fixture(scope="module")
def clip():
    images = np.random.default_rng(0).integers(256, size=(16, 24, 24, 3), dtype=np.uint8)
    return Clip("v", 1.0, images, 1.0 + np.arange(16) / 12.5)


def impulse(shape, cell):
    activation = np.zeros(shape, np.float32)
    activation[cell] = 1
    return activation


@pytest.mark.parametrize("grid", [(2, 3, 5), (1, 4, 2), (3, 1, 1), (16, 60, 90), (20, 70, 9)])
def test_stretching_is_torchs_trilinear_interpolation(grid):
    maps = np.random.default_rng(0).normal(size=(2, *grid))
    expected = torch.nn.functional.interpolate(torch.tensor(maps)[None], (16, 60, 90), mode="trilinear")[0]
    found = stretch(maps, 16, 60, 90)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_array_equal(stretch(maps[1], 16, 60, 90), found[1])


@pytest.mark.parametrize("value", [0.1, 0.7, 9.21])
def test_a_constant_map_is_boxed_whole(value):
    assert set(boxes(np.full((3, 7, 7), value), 10, 100)) == {(0, 0, 100, 100)}


def test_an_impulse_at_an_off_diagonal_cell_is_boxed_there_and_then():
    found = boxes(impulse((2, 7, 7), (1, 1, 5)), 16, 112)
    assert found[0] is None  # the first half of the clip shows nothing
    left, top, right, bottom = found[12]
    assert 5 * 16 <= (left + right) / 2 <= 6 * 16  # column 5 is to the right
    assert 1 * 16 <= (top + bottom) / 2 <= 2 * 16  # row 1 is near the top


def test_boxes_mirror_with_the_map():
    activation = np.random.default_rng(3).random((2, 5, 5)).astype(np.float32)
    for box, mirrored in zip(boxes(activation, 16, 160), boxes(activation[:, :, ::-1], 16, 160), strict=True):
        if box is None:
            assert mirrored is None
        else:
            assert mirrored == (160 - box[2], box[1], 160 - box[0], box[3])


def test_the_box_holds_the_peak_and_a_constant_map_is_no_trouble():
    for seed in range(10):
        activation = np.random.default_rng(seed).random((2, 5, 5)).astype(np.float32)
        grid = torch.from_numpy(activation)[None, None]
        volume = torch.nn.functional.interpolate(grid, (16, 40, 40), mode="trilinear")[0, 0].numpy()
        t, y, x = np.unravel_index(volume.argmax(), volume.shape)
        left, top, right, bottom = boxes(activation, 16, 160)[t]
        assert left <= 4 * x < right
        assert top <= 4 * y < bottom
    assert set(boxes(np.full((1, 4, 4), 0.5, np.float32), 16, 112)) == {(0, 0, 112, 112)}


def test_several_maps_are_boxed_as_each_alone():
    maps = np.random.default_rng(0).random((6, 2, 5, 5)).astype(np.float32)
    assert tubes(maps, 16, 160) == [boxes(activation, 16, 160) for activation in maps]


def test_a_moving_cue_moves_the_box():
    activation = np.zeros((4, 5, 5), np.float32)
    for t in range(4):
        activation[t, 2, t] = 1
    centres = [(box[0] + box[2]) / 2 for box in boxes(activation, 16, 160) if box]
    assert centres[-1] > centres[0] + 32


def test_contributions_sum_to_the_scores_they_explain(model, clip):
    explanation = explain(model, clip, 0.8)
    assert explanation.completeness < 1e-6
    for level in explanation.levels:
        assert sum(level.shares.values()) == pytest.approx(_difference(model, clip, level), abs=1e-9)


@pytest.mark.parametrize("form", ["unit", "published"])
def test_flat_space_is_explained_like_any_other(clip, form):
    flat = toy_model(curvature=0.0, form=form)
    initialise(flat, toy_features(), torch.Generator().manual_seed(0))
    explanation = explain(flat, clip, 0.8)
    assert explanation.completeness < 1e-9
    point = flat(model_input(flat, clip.images)).output.point[0].detach()
    for name, away in explanation.distances.items():  # twice the Euclidean ones
        assert away == pytest.approx(2 * float((point - flat.points[flat.hierarchy.index(name)]).norm()))
    assert sum(explanation.probabilities[name] for name in flat.hierarchy.classes) == pytest.approx(1)


@torch.no_grad()
def _difference(model, clip, level):
    """The gap in h . unit(Phi) that a level's contributions explain, from the model's own outputs."""
    output = model(model_input(model, clip.images)).output
    scores = (output.embedding @ torch.nn.functional.normalize(model.points[:6], dim=1).T)[0]
    tree = model.hierarchy
    node, p = tree.index(level.node), output.nodes[0, :6]
    if tree.levels[node] == 0:
        return float(scores[node] - scores[tree.index(level.rival)])
    inside = torch.from_numpy(tree.covers[node])
    means = [float((p[side] * scores[side]).sum() / p[side].sum()) for side in (inside, ~inside)]
    return means[0] - means[1]


def test_leaf_evidence_is_against_the_runner_up(model, clip):
    explanation = explain(model, clip, 0.8)
    leaf = explanation.levels[-1]
    ranked = sorted(model.hierarchy.classes, key=lambda name: -explanation.probabilities[name])
    assert (leaf.node, leaf.rival) == tuple(ranked[:2])
    weights = model.class_weights()
    k, rival = (model.hierarchy.index(name) for name in ranked[:2])
    for evidence in leaf.evidence:
        j = evidence.prototype
        expected = explanation.similarities[j] * float((weights[k, j] - weights[rival, j]).detach())
        assert evidence.contribution == pytest.approx(expected)
    assert list(leaf.evidence) == sorted(leaf.evidence, key=lambda item: -item.contribution)


def test_the_path_runs_from_the_top_to_the_top_leaf_and_ends_where_the_back_off_says(model, clip):
    explanation = explain(model, clip, 0.8)
    tree = model.hierarchy
    assert explanation.path == tuple(tree.nodes[n] for n in reversed(tree.ancestors(tree.index(explanation.path[-1]))))
    assert [level.node for level in explanation.levels] == list(explanation.path)
    sure = explain(model, clip, 0.999).answer
    assert sure is None or explanation.probabilities[sure] >= 0.999


def test_muting_changes_the_answer_as_stated(model, clip):
    explanation = explain(model, clip, 0.8)
    tree = model.hierarchy
    for level in explanation.levels:
        node = tree.index(level.node)
        own = torch.nonzero(model.prototypes.owners == node)[:, 0].tolist()
        probability = float(mute(model, explanation.similarities, own).nodes[0, node])
        assert np.log(probability / (1 - probability)) == pytest.approx(level.log_odds_muted, abs=1e-6)
    untouched = mute(model, explanation.similarities, []).nodes[0]
    np.testing.assert_allclose(untouched, [explanation.probabilities[name] for name in tree.nodes], atol=1e-6)


def test_rebuilt_scores_equal_the_forward_pass_for_the_flat_network_too(clip):
    flat = toy_model(head="fc", prototypes="leaf")
    evidence = flat(model_input(flat, clip.images))
    contributions = evidence.similarities[0].double() * flat.class_weights()
    rebuilt = rebuild_logits(flat, contributions, evidence.output)
    torch.testing.assert_close(rebuilt, evidence.output.logits[0], rtol=0, atol=1e-9)
    found = explain(flat, clip, 0.8)
    assert found.distances == {}
    assert [len(level.evidence) for level in found.levels] == [0, 0, 2]
    assert found.levels[0].log_odds_muted is None


def test_the_activation_map_has_its_peak_at_the_recorded_cell(model, clip):
    for level in explain(model, clip, 0.8).levels:
        for evidence in level.evidence:
            assert evidence.activation.shape == (2, 3, 3)
            peak = np.unravel_index(evidence.activation.argmax(), evidence.activation.shape)
            assert tuple(peak) == evidence.cell
            assert evidence.activation.max() == pytest.approx(evidence.similarity, rel=1e-5)


def test_one_step_in_time_is_said_to_be_no_localisation(model):
    short = Clip("v", 0.0, np.zeros((8, 24, 24, 3), np.uint8), np.arange(8) / 12.5)
    assert not explain(model, short, 0.8).time_resolved
    long = Clip("v", 0.0, np.zeros((16, 24, 24, 3), np.uint8), np.arange(16) / 12.5)
    assert explain(model, long, 0.8).time_resolved


def test_an_explanation_survives_json(model, clip, tmp_path):
    explanation = explain(model, clip, 0.8)
    write_json(tmp_path / "e.json", explanation.to_dict())
    again = structure(read_json(tmp_path / "e.json"), Explanation, "explanation")
    assert again.path == explanation.path
    assert again.similarities == explanation.similarities
    for one, other in zip(again.levels, explanation.levels, strict=True):
        for a, b in zip(one.evidence, other.evidence, strict=True):
            assert a.boxes == b.boxes
            np.testing.assert_allclose(a.activation, b.activation, atol=5.1e-5)


def test_strangeness_is_that_of_the_pooled_features(model, clip, tmp_path, monkeypatch):
    assert explain(model, clip, 0.8).strangeness is None
    with torch.no_grad():
        features = model.backbone(model_input(model, clip.images))[0].numpy().mean(axis=(1, 2, 3))[None]
    for threshold, unlike in ((0.01, True), (1.9, False)):
        known = Familiarity(np.eye(1, 6, dtype=np.float16), threshold)
        monkeypatch.setattr(model, "familiarity", known)
        found = explain(model, clip, 0.8)
        assert found.strangeness == pytest.approx(known.strangeness(features)[0], rel=1e-5)
        assert found.unlike is unlike
        write_json(tmp_path / "e.json", found.to_dict())
        assert structure(read_json(tmp_path / "e.json"), Explanation, "e").strangeness == found.strangeness


def test_explanations_of_earlier_versions_are_read(model, clip):
    older = explain(model, clip, 0.8).to_dict()
    del older["strangeness"]
    assert structure(older, Explanation, "explanation").unlike is False


def test_explaining_leaves_the_model_as_it_was(model, clip):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    explain(model, clip, 0.8)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_features_that_are_there_already_explain_as_the_clip_does(model, clip):
    features = model.backbone(model_input(model, clip.images))
    found = explain_features(model, clip, features, 0.8)
    np.testing.assert_equal(found.to_dict(), explain(model, clip, 0.8).to_dict())


def test_weights_times_similarities_are_contributions(model, clip):
    said, output = explain(model, clip, 0.8, top=2), model(model_input(model, clip.images)).output
    for level in said.levels:
        weights = weights_towards(model, model.hierarchy.index(level.node), output)
        for row in level.evidence:
            assert float(weights[row.prototype]) * row.similarity == pytest.approx(row.contribution, rel=1e-5)
        total = float(weights @ torch.tensor(said.similarities, dtype=torch.float64))
        assert total == pytest.approx(sum(level.shares.values()), rel=1e-5)
