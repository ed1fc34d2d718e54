"""Stages: what moves and what does not, resuming, temperature, and that learning happens at all."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from toys import toy_features, toy_model

from hprotopnet.config import HEAD, PROJECT, WARM, Config, Descent, ModelConfig, Stage
from hprotopnet.data.features import TensorBatches
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import figures, predict
from hprotopnet.training.initialise import initialise
from hprotopnet.training.stages import (
    _optimizer,
    _set_rates,
    project_stage,
    run_stage,
    set_trainable,
    step_is_finite,
)
from hprotopnet.training.state import State

STAGES = (replace(WARM, epochs=3, learning_rate=1e-2), PROJECT, replace(HEAD, epochs=2))
CONFIG = Config(model=ModelConfig(per_node=2), stages=STAGES, batch_size=16)
TRAIN = toy_features()


def train(model, state=None, stop=None, stages=STAGES):
    """The stages by hand; `stop` raises in the middle, as an interruption would."""
    state = state or State(model)
    state.restore() or initialise(model, TRAIN, torch.Generator().manual_seed(0))
    for index, stage in enumerate(stages):
        if index < state.stage:
            continue
        if stage.name == "project":
            project_stage(model, TRAIN, state)
        else:
            forward = partial(model, entry="features")
            run_stage(model, forward, stage, TRAIN, CONFIG, index, state, stop or (lambda row: None))
        state.next_stage()
    return state


@pytest.mark.parametrize(
    "settings", [{}, {"head": "fc", "prototypes": "leaf"}, {"prototypes": "leaf"}, {"head": "tree", "temperature": 0.1}]
)
def test_it_learns_what_it_can_see(settings):
    model = toy_model(**settings)
    train(model, stages=(replace(STAGES[0], epochs=25), PROJECT, replace(STAGES[2], epochs=10)))
    held_out = toy_features(seed=1)
    assert figures(predict(model, held_out), model.hierarchy, 0.8)["clip"]["accuracy"] > 0.8


@pytest.mark.parametrize("groups", [("head",), ("addon", "prototypes"), ("backbone",), ()])
def test_exactly_the_named_groups_move(groups):
    model = toy_model()
    moving = set_trainable(model, groups)
    named = [p for group in groups for p in model.parameters_of(group)]
    assert [id(p) for p in moving] == [id(p) for p in named]
    assert sum(p.requires_grad for p in model.parameters()) == len(named)


def test_after_projection_only_the_head_moves_and_prototypes_stay_bit_identical():
    model = toy_model()
    before = {}

    def remember(row):
        if row["stage"] == "head" and row["epoch"] == 1:
            before.update({name: tensor.clone() for name, tensor in model.state_dict().items()})

    state = State(model)
    initialise(model, TRAIN, torch.Generator().manual_seed(0))
    run_stage(model, partial(model, entry="features"), CONFIG.stages[0], TRAIN, CONFIG, 0, state)
    project_stage(model, TRAIN, state)
    frozen = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state.next_stage()
    run_stage(model, partial(model, entry="features"), CONFIG.stages[2], TRAIN, CONFIG, 2, state, remember)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, frozen[name]) == (name != "head.weight"), name


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = toy_model()
    train(whole)

    class Interrupted(Exception):
        pass

    def stop(row):
        if row["stage"] == "warm" and row["epoch"] == 2:
            raise Interrupted

    first = toy_model()
    with pytest.raises(Interrupted):
        train(first, State(first, tmp_path), stop)
    second = toy_model()
    state = train(second, State(second, tmp_path))
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name
    assert [row["epoch"] for row in state.record.epochs] == [1, 2, 3, 1, 2]
    third = toy_model()
    finished = State(third, tmp_path)
    assert finished.restore()
    assert finished.stage == len(STAGES)
    assert len(finished.record.sources) == 24


def test_a_step_with_a_gradient_that_is_not_finite_is_skipped_and_counted():
    weight = torch.nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([1.0, torch.inf])
    assert not step_is_finite([weight])
    weight.grad = torch.tensor([1.0, 2.0])
    assert step_is_finite([weight])

    model = toy_model()
    batches = TensorBatches(TRAIN.batch(range(4)), torch.from_numpy(TRAIN.leaves[:4]))

    def poisoned(inputs):
        evidence = model(inputs, entry="features")
        return evidence._replace(nearest=evidence.nearest * torch.inf)

    before = model.head.weight.clone()
    state = State(model)
    run_stage(model, poisoned, Stage("head", 1, ("addon", "head")), batches, CONFIG, 0, state)
    assert state.record.skipped_steps == 1
    assert torch.equal(before, model.head.weight)


def test_evaluation_changes_nothing():
    model = toy_model()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    predict(model, TRAIN)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_figures_average_all_clips_whatever_the_batches():
    model = toy_model()
    one, other = predict(model, TRAIN, batch_size=60), predict(model, TRAIN, batch_size=7)
    np.testing.assert_allclose(one.logits, other.logits, atol=1e-5)


def test_the_head_starts_on_the_class_points_and_the_prototypes_on_patches_of_their_node():
    model = toy_model()
    initialise(model, TRAIN, torch.Generator().manual_seed(0))
    units = torch.nn.functional.normalize(model.points, dim=1)
    head = torch.nn.functional.normalize(model.head.weight.detach().double(), dim=0)
    for row, node in enumerate(model.prototypes.owners.tolist()):
        under = [units[leaf] for leaf in model.hierarchy.leaves_under(node)]
        mean = torch.nn.functional.normalize(torch.stack(under).mean(0), dim=0)
        assert float(mean @ head[:, row]) == pytest.approx(1, abs=1e-6)
        members = [i for i in range(len(TRAIN)) if model.hierarchy.covers[node, TRAIN.leaves[i]]]
        patches = model.patches(TRAIN.batch(members))[:, 0].flatten(2)
        gaps = (patches - model.prototypes.vectors[row][None, :, None]).square().sum(1)
        assert float(gaps.detach().min()) < 1e-10


def test_published_descent_by_hand():
    stage = Stage("joint", 60, ("head",), 0.01, descent=Descent("sgd", 0.9, (30, 45, 55)), weight_decay=5e-4)
    model = toy_model(head="fc", prototypes="none")
    before = model.head.weight.detach().clone()
    optimizer = _optimizer(model, stage)
    speed = torch.zeros_like(before)
    for epoch, rate in ((0, 0.01), (29, 0.01), (30, 1e-3), (45, 1e-4), (59, 1e-5)):
        _set_rates(optimizer, stage, epoch)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([rate])
        model.head.weight.grad = torch.ones_like(before)
        optimizer.step()
        speed = 0.9 * speed + (1 + 5e-4 * before)
        before = before - rate * speed
    torch.testing.assert_close(model.head.weight.detach(), before)


def test_the_usual_rates_fall_along_half_a_cosine():
    stage = Stage("head", 4, ("head",), 0.8)
    optimizer = _optimizer(toy_model(), stage)
    assert isinstance(optimizer, torch.optim.AdamW)
    for epoch, share in ((0, 1.0), (2, 0.5), (3, 0.5 - 0.5 * 2**-0.5)):
        _set_rates(optimizer, stage, epoch)
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.8 * share)


def test_biases_move_twice_as_fast_and_only_weights_decay():
    model = toy_model(head="fc", prototypes="none")
    model.backbone = torch.nn.Sequential(torch.nn.Conv3d(2, 3, 1), torch.nn.BatchNorm3d(3), torch.nn.Conv3d(3, 2, 1))
    stage = Stage(*("joint", 1, ("backbone", "head"), 0.2, 0.1), weight_decay=0.5, descent=Descent("sgd", parted=True))
    weights, biases, norms, *head = _optimizer(model, stage).param_groups
    assert [len(own["params"]) for own in (weights, biases, norms)] == [2, 2, 2]
    assert [(own["lr"], own["weight_decay"]) for own in (weights, biases, norms)] == [(0.1, 0.5), (0.2, 0), (0.1, 0)]
    assert [(own["lr"], own["weight_decay"]) for own in head] == [(0.2, 0.5), (0.4, 0)]
    named = {id(own) for group in (weights, biases, norms) for own in group["params"]}
    assert named == {id(own) for own in model.backbone.parameters()}


def test_the_gradient_of_a_step_is_cut():
    steps = []
    for most in (0.0, 1e-3):
        model = toy_model()
        initialise(model, TRAIN, torch.Generator().manual_seed(0))
        before = model.head.weight.detach().clone()
        batches = TensorBatches(TRAIN.batch(range(8)), torch.from_numpy(TRAIN.leaves[:8]))
        stage = Stage("head", 1, ("addon", "head"), 1.0, descent=Descent("sgd", 0.0, (1,), most))
        run_stage(model, partial(model, entry="features"), stage, batches, CONFIG, 0, State(model))
        steps.append(float((model.head.weight.detach() - before).norm()))
    assert steps[1] <= 1e-3 < steps[0]


def test_dropout_leaves_out_what_the_head_reads_while_training_alone():
    model = toy_model(head="fc", prototypes="leaf")
    features = TRAIN.batch(range(4))
    whole = model.evidence(features).output.logits
    model.dropout = 0.5
    assert torch.equal(model.eval().evidence(features).output.logits, whole)
    model.train()
    torch.manual_seed(0)
    found = model.evidence(features)
    torch.manual_seed(0)
    kept = torch.nn.functional.dropout(found.similarities, 0.5)
    assert set((kept / found.similarities).round(decimals=4).unique().tolist()) == {0.0, 2.0}
    assert torch.equal(found.output.logits, model.read(kept).logits)


def test_a_run_with_dropout_goes_on_as_if_it_had_not_been_stopped(tmp_path):
    stages = (replace(STAGES[0], dropout=0.5, descent=Descent("sgd", falls=(1, 2))),)
    whole = toy_model()
    train(whole, stages=stages)

    def stop(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    first, second = toy_model(), toy_model()
    with pytest.raises(KeyboardInterrupt):
        train(first, State(first, tmp_path), stop, stages)
    torch.manual_seed(99)
    train(second, State(second, tmp_path), stages=stages)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


@pytest.mark.parametrize("settings", [{"falls": (3, 2)}, {"falls": (0,)}, {"momentum": 2}, {"most_gradient": -1}])
def test_what_is_no_descent_is_refused(settings):
    with pytest.raises(InputError):
        Descent(**settings)
