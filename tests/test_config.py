"""Configurations come from files, too: no number in them may fill the memory, or be none."""

from dataclasses import replace

import pytest
from toys import toy_hierarchy, toy_model, uniform_tree

from hprotopnet.config import ClipConfig, Config, LossConfig, ModelConfig, Pantomime, Stage
from hprotopnet.errors import InputError
from hprotopnet.models.owners import check_size
from hprotopnet.recipes import RECIPES

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (ClipConfig, ("frames", "fps", "size", "per_video")),
        (ModelConfig, ("width", "per_node", "prototype_width", "embedding_width")),
        (ModelConfig, ("bandwidth", "epsilon", "temperature", "curvature")),
        (Config, ("batch_size", "validation_share", "seed", "threshold")),
        (Pantomime, ("seed", "per_class")),
    ],
)
@pytest.mark.parametrize("value", [-1, 10**30, NAN, INF, -INF])
def test_numbers_out_of_any_range_are_refused_by_name(kind, names, value):
    for name in names:
        with pytest.raises(InputError, match=f"{name} is ") as caught:
            kind(**{name: value})
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "change", [{"epochs": -1}, {"learning_rate": NAN}, {"weight_decay": -1.0}, {"cells": 0.0}, {"cells": 1.5}]
)
def test_stages_have_sound_numbers(change):
    with pytest.raises(InputError, match=next(iter(change))):
        Stage(**{"name": "warm", "epochs": 1, "trains": ()} | change)


def test_a_clip_fits_into_memory_whatever_it_is_made_of():
    assert ClipConfig(frames=64, size=448).span == pytest.approx(5.12)
    for many in ({"frames": 4096, "size": 4096}, {"size": 4096}, {"frames": 4096}, {"fps": 0.001}):
        with pytest.raises(InputError, match="give fewer"):
            ClipConfig(**many)


def test_a_network_fits_into_memory_whatever_it_is_made_of():
    for config in RECIPES.values():
        check_size(toy_hierarchy(), config.model)
    check_size(uniform_tree(4, 5, 5), ModelConfig())
    with pytest.raises(InputError, match=r"4915.* prototypes and 12 nodes make too large a network"):
        check_size(toy_hierarchy(), ModelConfig(per_node=4096, prototype_width=2048))
    with pytest.raises(InputError, match="too large a network"):
        toy_model(per_node=4096, embedding_width=4096)
    check_size(toy_hierarchy(), ModelConfig(prototypes="none", per_node=4096, prototype_width=4096))


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\x1b[31m"])
def test_names_of_backbones_are_short_and_print(name):
    for field in ("backbone", "cut"):
        with pytest.raises(InputError, match="name of no backbone"):
            replace(ModelConfig(), **{field: name})


@pytest.mark.parametrize("settings", [{"form": "published"}, {"prototypes": "none", "head": "fc"}])
def test_looks_belong_to_unit_prototypes(settings):
    with pytest.raises(InputError, match="leave out looks"):
        ModelConfig(looks=("Mixed_4f",), **settings)


def test_a_loss_between_siblings_belongs_to_a_head_tied_to_the_tree():
    with pytest.raises(InputError, match="a head tied to the tree alone"):
        Config(loss=LossConfig(siblings=0.3))
    Config(model=ModelConfig(head="tree"), loss=LossConfig(siblings=0.3))


@pytest.mark.parametrize("trains", [("head",), ("backbone", "addon", "prototypes", "head")])
def test_cells_are_left_out_of_kept_features_alone(trains):
    with pytest.raises(InputError, match=r"stage late: .*set cells to 1"):
        Stage("late", 1, trains, cells=0.5)
