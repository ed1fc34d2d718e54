"""The state of a run: it goes on exactly, or says what its files lack."""

import json
from dataclasses import replace
from functools import partial

import pytest
import torch
from safetensors.torch import load_file, save_file
from toys import toy_features, toy_model

from hprotopnet.config import WARM, Config, ModelConfig
from hprotopnet.data.clips import Source
from hprotopnet.errors import InputError
from hprotopnet.training.stages import _optimizer, run_stage
from hprotopnet.training.state import State

STAGE = replace(WARM, epochs=1)
CONFIG = Config(model=ModelConfig(per_node=2), stages=(STAGE,), batch_size=16)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folder of a state after an epoch."""
    folder = tmp_path_factory.mktemp("run")
    model = toy_model()
    state = State(model, folder)
    state.record.sources = [Source(video="v", start=0.5, cell=(0, 1, 2), moved=0.25)]
    run_stage(model, partial(model, entry="features"), STAGE, toy_features(per_class=2), CONFIG, 0, state)
    return folder


@pytest.fixture
def folder(trained, tmp_path):
    for file in trained.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def change_tensors(folder, change):
    (path,) = folder.glob("state-*.safetensors")
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def change_json(folder, change):
    data = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    change(data)
    (folder / "state.json").write_text(json.dumps(data), encoding="utf-8")


def refusal(folder) -> str:
    model = toy_model(seed=1)
    state = State(model, folder)
    with pytest.raises(InputError) as caught:
        _ = state.restore() and state.restore_optimizer(_optimizer(model, STAGE))
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "--again" in str(caught.value)
    return str(caught.value)


def test_a_whole_state_is_restored_to_the_letter(folder):
    model = toy_model(seed=1)
    state = State(model, folder)
    assert state.restore()
    state.restore_optimizer(_optimizer(model, STAGE))
    (path,) = folder.glob("state-*.safetensors")
    stored = load_file(path)
    for name, tensor in model.state_dict().items():
        assert name.startswith("backbone.") or torch.equal(tensor, stored[f"model.{name}"])
    assert (state.stage, state.epoch) == (0, 1)
    assert state.record.sources == [Source(video="v", start=0.5, cell=(0, 1, 2), moved=0.25)]
    assert [row["stage"] for row in state.record.epochs] == ["warm"]


@pytest.mark.parametrize("name", ["head.weight", "prototypes.vectors", "prototypes.owners", "addon.weight", "points"])
def test_a_missing_tensor_is_not_made_up(folder, name):
    change_tensors(folder, lambda tensors: tensors.pop(f"model.{name}"))
    assert f"-{name}" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda t: t.update(surplus=torch.zeros(1)), "+surplus"),
        (lambda t: t.update({"model.points": -t["model.points"]}), "points has other values"),
        (lambda t: t.update({"model.head.weight": t["model.head.weight"] * torch.nan}), "head.weight is not finite"),
        (lambda t: t.update({"model.head.weight": t["model.head.weight"][:, 1:].contiguous()}), "head.weight ("),
        (lambda t: t["model.prototypes.vectors"].view(-1)[:1].fill_(torch.inf), "prototypes.vectors is not finite"),
        (lambda t: t["adamw.0.exp_avg"].view(-1)[:1].fill_(torch.nan), "0.exp_avg of its optimiser is not finite"),
        (lambda t: t["adamw.1.step"].fill_(torch.inf), "1.step of its optimiser is not finite"),
        (lambda t: t.pop("adamw.0.exp_avg"), "0.exp_avg"),
        (lambda t: [t.pop(f"adamw.1.{key}") for key in ("step", "exp_avg", "exp_avg_sq")], "1.exp_avg"),
        (lambda t: t.update({"adamw.9.step": torch.zeros(())}), "9.step"),
        (lambda t: t.update({"adamw.0.exp_avg": torch.zeros(3)}), "shapes"),
    ],
)
def test_another_state_is_refused(folder, change, part):
    change_tensors(folder, change)
    assert part in refusal(folder)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda data: data.pop("weights"), "weights is missing"),
        (lambda data: data.update(epoch="1"), "epoch is '1'"),
        (lambda data: data["record"].update(mood="good"), "record has no field 'mood'"),
        (lambda data: data["record"]["sources"][0].update(cell=[0, 1]), "record.sources[0].cell"),
        (lambda data: data["record"].update(skipped_steps=None), "record.skipped_steps is None"),
    ],
)
def test_another_record_is_refused(folder, change, part):
    change_json(folder, change)
    assert part in refusal(folder)


def test_weights_that_are_gone_are_named(folder):
    for file in folder.glob("*.safetensors"):
        file.unlink()
    assert "state-0-1.safetensors" in refusal(folder)
