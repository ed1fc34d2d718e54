"""Recipes: all six rows for every data set, only what differs, and a hint for a wrong name."""

import json
from dataclasses import asdict

import pytest

from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.recipes import DATASETS, NINE, RECIPES, ROWS, recipe
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
