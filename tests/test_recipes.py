"""Recipes: all six rows for every data set, only what differs, and a hint for a wrong name."""

import json
from dataclasses import asdict, replace

import pytest

from hprotopnet.config import Config, Descent
from hprotopnet.errors import InputError
from hprotopnet.recipes import DATASETS, NINE, RECIPES, ROWS, adjusted, recipe, regime
from hprotopnet.structure import structure


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_survives_json_and_bears_its_name(name):
    config = recipe(name)
    assert config.name == name
    assert structure(json.loads(json.dumps(asdict(config))), Config, "recipe") == config


def test_every_data_set_has_the_six_rows_of_the_tables():
    assert len(ROWS) == 6
    assert {f"{data}-{row}" for data in DATASETS for row in ROWS} <= set(RECIPES)
    assert len({(row["head"], row["prototypes"]) for row in ROWS.values()}) == 5  # CPG comes with 5 and with 10


def test_flat_and_hierarchical_get_the_same_stages_and_clips():
    for data in DATASETS:
        flat, hierarchical = recipe(f"{data}-protopnet10"), recipe(f"{data}-cpg10")
        assert flat.stages == hierarchical.stages
        assert flat.clip == hierarchical.clip
        assert flat.model.bandwidth == hierarchical.model.bandwidth


def test_frozen_recipes_have_no_joint_stage_and_store_no_backbone():
    assert all(recipe(f"{data}-cpg10").frozen_backbone for data in DATASETS)
    assert not recipe("ucf101-nine-cpg10-joint").frozen_backbone
    assert recipe("ucf101-nine-cpg10-joint").stores_backbone


def test_a_wrong_name_gets_a_hint():
    with pytest.raises(InputError, match=r"did you mean .*ucf101-nine-cpg10"):
        recipe("ucf101-nine-cpg1")
    assert len(NINE) == 9


def test_options_change_every_stage_that_trains_and_nothing_else():
    config = recipe("ucf101-nine-cpg10-joint")
    found = adjusted(config, epochs=3, learning_rate=0.02, per_node=4)
    assert [stage.epochs for stage in found.stages] == [3, 3, 0, 3]
    assert [stage.learning_rate for stage in found.stages if stage.trains] == [0.02] * 3
    assert [stage.backbone_learning_rate for stage in found.stages] == [1e-4] * 4
    assert found.model.per_node == 4
    assert adjusted(config) == config
    assert regime(found) == (
        "warm 3 epochs at 0.02, joint 3 epochs at 0.02, project, head 3 epochs at 0.02; 4 prototypes a node"
    )


def test_options_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match="no prototypes; leave out --per-node"):
        adjusted(recipe("custom-blackbox"), per_node=3)
    for rate in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="give one above 0"):
            adjusted(recipe("custom-cpg10"), learning_rate=rate)


def test_networks_of_frames_are_trained_as_published():
    alone, under = recipe("custom-frames"), recipe("custom-frames-cpg10")
    (stage,) = alone.stages
    assert (stage.epochs, stage.learning_rate, stage.weight_decay, stage.dropout) == (60, 0.01, 5e-4, 0.5)
    assert stage.descent == Descent("sgd", 0.9, (30, 45, 55), 20.0, parted=True)
    assert stage.augmentation.scales == (1, 0.875, 0.75, 0.66)
    assert (alone.clip.segments, alone.clip.size, alone.batch_size) == (8, 224, 8)
    assert alone.model.weights == under.model.weights == "imagenet"
    assert [own.name for own in under.stages] == ["warm", "joint", "project", "head"]
    assert under.stages[1] == replace(stage, trains=("backbone", "addon", "prototypes", "head"))
