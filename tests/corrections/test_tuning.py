"""Tuning the head again: what is left out stays silent, the rest is tuned as in training, and nothing else moves."""

import copy

import numpy as np
import pytest
import torch
from toys import toy_model

from hprotopnet.bundles.similarities import Similarities
from hprotopnet.config import HEAD, PROJECT, WARM, Config
from hprotopnet.corrections.figures import changed, emptied, measure, node_rows, own_shares
from hprotopnet.corrections.tuning import head_stage, silence, silent, tune
from hprotopnet.data.features import TensorBatches
from hprotopnet.explain.prototypes import _said, mute
from hprotopnet.training.stages import run_stage
from hprotopnet.training.state import State

HEADS = {"tree": {"head": "tree"}, "embedding": {}, "fc": {"head": "fc", "prototypes": "leaf"}}
CLASSES = 6


def network(kind: str):
    torch.manual_seed(1)
    return toy_model(**{"per_node": 3, "similarity": "exponential", "bandwidth": 0.6} | HEADS[kind])


def config_of(model) -> Config:
    return Config("toy", "toy", model=model.config, stages=(WARM, PROJECT, HEAD), batch_size=16)


def clips(model, per_class: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Similarities in which prototypes find clips of their own node, and the leaves of the clips."""
    rng = np.random.default_rng(seed)
    leaves = np.repeat(np.arange(CLASSES), per_class)
    own = model.hierarchy.covers[model.prototypes.owners.numpy()][:, leaves].T
    found = np.clip(0.2 + 0.5 * own + 0.1 * rng.normal(size=own.shape), 0, 1)
    return found.astype(np.float16), leaves


def accuracy(model, found: np.ndarray, leaves: np.ndarray) -> float:
    with torch.inference_mode():
        return float((model.read(torch.from_numpy(found).float()).logits.argmax(1).numpy() == leaves).mean())


def as_similarities(model, found: np.ndarray, leaves: np.ndarray) -> Similarities:
    names = tuple(f"clip {i:02d}" for i in range(len(leaves)))
    truth = tuple(model.hierarchy.nodes[leaf] for leaf in leaves)
    return Similarities(names, (0.0,) * len(names), names, truth, ("test",) * len(names), found)


@pytest.mark.parametrize("kind", HEADS)
def test_leaving_out_nothing_is_the_stage_of_training_and_no_more(kind):
    model, other = network(kind), network(kind)
    found, leaves = clips(model)
    config = config_of(model)
    tune(model, config, found, leaves)
    inputs = TensorBatches(-model.config.bandwidth * torch.from_numpy(found).float().log(), torch.from_numpy(leaves))
    run_stage(other, lambda rows: other(rows, entry="head"), HEAD, inputs, config, 0, State(other))
    torch.testing.assert_close(model.head.weight, other.head.weight, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", HEADS)
def test_what_is_left_out_is_silent_before_and_after(kind):
    model = network(kind)
    found, leaves = clips(model)
    before = copy.deepcopy(model.state_dict())
    tune(model, config_of(model), found, leaves, [1, 4])
    assert silent(model) == {1, 4}
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"head.bent" if kind == "tree" else "head.weight"}
    muted = mute(model, found[0].tolist(), [1, 4]).logits
    torch.testing.assert_close(muted, mute(model, found[0].tolist(), []).logits)


@pytest.mark.parametrize("kind", HEADS)
def test_tuned_once_more_it_stays_silent_though_it_would_help(kind):
    model = network(kind)
    found, leaves = clips(model)
    config = config_of(model)
    tune(model, config, found, leaves, [0])
    tune(model, config, found, leaves, silent(model) | {5})
    assert silent(model) == {0, 5}


def test_a_head_tied_to_the_tree_keeps_its_weights_from_being_negative():
    model = network("tree")
    found, leaves = clips(model)
    tune(model, config_of(model), found, leaves, [2])
    strengths = model.head.strengths
    assert float(strengths[2]) == 0
    assert bool((strengths[[0, 1, *range(3, len(strengths))]] > 0).all())
    assert bool(model.head.bent.isfinite().all())


@pytest.mark.parametrize("kind", HEADS)
def test_without_a_planted_useless_prototype_as_many_are_right(kind):
    model = network(kind)
    found, leaves = clips(model)
    found[:, 0] = np.random.default_rng(5).permutation(found[:, 0])  # says nothing about any clip
    config = config_of(model)
    tune(model, config, found, leaves)
    with_it = accuracy(model, found, leaves)
    tune(model, config, found, leaves, [0])
    assert accuracy(model, found, leaves) >= with_it


def test_the_last_stage_of_the_head_alone_is_run_again():
    slow = Config("toy", "toy", stages=(WARM, PROJECT, HEAD))
    assert head_stage(slow) == HEAD
    assert head_stage(Config("toy", "toy", stages=(WARM, PROJECT))).only_head


@pytest.mark.parametrize("kind", HEADS)
def test_own_shares_are_those_of_explanations(kind):
    model = network(kind)
    found, _ = clips(model, per_class=2)
    rows = torch.from_numpy(found).float()
    with torch.inference_mode():  # as `explain` counts, clip by clip
        said = [_said(model, row[None], model.read(row[None]), 0.8, lambda ranked: []) for row in rows]
    for level, name in enumerate(reversed(model.hierarchy.level_names)):
        shares = [row["levels"][level].shares for row in said]
        own, total = sum(row["own"] for row in shares), sum(sum(row.values()) for row in shares)
        expected = None if kind == "fc" and level < 2 else pytest.approx(own / total, rel=1e-6)
        assert own_shares(model, rows)[name] == expected


def test_figures_count_levels_and_nodes_by_hand():
    model = network("tree")
    found, leaves = clips(model, per_class=4)
    before = measure(model, as_similarities(model, found, leaves))
    assert before.figures["clips"] == 24
    assert before.figures["right"]["class"] == pytest.approx(accuracy(model, found, leaves))
    assert list(before.figures["right"].values()) == sorted(before.figures["right"].values())
    silence(model, range(len(model.prototypes.owners) - 1))
    after = measure(model, as_similarities(model, found, leaves))
    rows = changed(before.predictions, after.predictions, model.hierarchy)
    assert len(rows) == int((before.predictions.logits.argmax(1) != after.predictions.logits.argmax(1)).sum()) > 0
    row = node_rows(before.predictions, after.predictions, model.hierarchy, ["ball"])[0]
    assert row["clips"] == 8
    assert 0 <= row["found after"] <= row["found before"] == 1


def test_nodes_without_a_voice_are_named():
    assert emptied(["a", "a", "b", "c"], [0, 1, 3]) == ["a", "c"]
    assert emptied(["a", "a"], [0]) == []
