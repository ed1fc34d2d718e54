"""Bundles whose files have the right shapes and another meaning are refused, in a line that says what differs."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.models.backbones import weights
from hprotopnet.models.familiarity import Familiarity


@pytest.fixture
def copy(tiny_bundle, tmp_path):
    return shutil.copytree(tiny_bundle, tmp_path / "copy")


def change_json(path, change):
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(change(data)), encoding="utf-8")


def in_model(change):
    def harm(folder):
        def changed(meta):
            change(meta)
            return meta

        change_json(folder / "model.json", changed)

    return harm


def in_weights(**changes):
    def harm(folder):
        tensors = load_file(folder / "weights.safetensors")
        for name, change in changes.items():
            name = name.replace("__", ".")
            tensors[name] = change(tensors[name]).contiguous()
        save_file(tensors, folder / "weights.safetensors")

    return harm


def negate_points(folder):
    with np.load(folder / "points.npz") as file:
        data = dict(file)
    np.savez(folder / "points.npz", **data | {"points": -data["points"]})


def refused(folder, load: str) -> str:
    with pytest.raises(InputError) as caught:
        getattr(open_bundle(folder), load)()
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("load", ["load_model", "load_head"])
@pytest.mark.parametrize(
    ("harm", "parts"),
    [
        (lambda f: change_json(f / "prototypes.json", lambda rows: rows[::-1]), ["prototype 0", "RedDisc"]),
        (lambda f: change_json(f / "prototypes.json", lambda rows: rows[:-1]), ["not projected"]),
        (negate_points, ["points has other values"]),
        (in_weights(points=torch.neg), ["points has other values"]),
        (in_weights(prototypes__owners=lambda owners: owners.flip(0)), ["prototypes.owners has other values"]),
        (in_weights(temperature=torch.zeros_like), ["temperature is 0"]),
        (in_weights(temperature=torch.neg), ["temperature is -"]),
        (in_weights(temperature=lambda t: t * torch.nan), ["temperature is not finite"]),
        (in_weights(head__weight=lambda w: w * torch.inf), ["head.weight is not finite"]),
        (in_weights(head__weight=lambda w: w.double()), ["head.weight float64 for float32"]),
        (in_model(lambda meta: meta["hierarchy"]["rows"].reverse()), ["prototype 0"]),
        (in_model(lambda meta: meta["config"]["model"].update(per_node="2")), ["model.per_node is '2'"]),
        (in_model(lambda meta: meta["config"]["model"].update(head="Embedding")), ["model.head is 'Embedding'"]),
    ],
)
def test_another_meaning_is_refused(copy, harm, parts, load):
    harm(copy)
    message = refused(copy, load)
    for part in (*parts, "again"):
        assert part in message


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda meta: meta["normalisation"].update(mean=[0.5, 0.4, 0.3]), "mean [0.5, 0.4, 0.3] for"),
        (lambda meta: meta["normalisation"].pop("std"), "normalisation.std is missing"),
        (lambda meta: meta.update(normalisation=[0.5]), "normalisation is [0.5]"),
        (lambda meta: meta["backbone"].update(name="mc3_18"), "name mc3_18 for r3d_18"),
        (lambda meta: meta["backbone"].update(cut="layer1"), "cut layer1 for"),
    ],
)
def test_another_backbone_is_refused(copy, change, part):
    in_model(change)(copy)
    assert part in refused(copy, "load_model")


def test_familiarity_of_another_backbone_is_refused(copy):
    Familiarity(np.eye(3, dtype=np.float16), 0.5).save(copy / "familiarity.npz")
    message = refused(copy, "load_model")
    assert "familiarity.npz: of 3 channels" in message
    (copy / "familiarity.npz").write_bytes(b"no archive")
    assert "not a file of training clips" in refused(copy, "load_model")


def test_another_flat_head_is_refused(tiny_flat_bundle, tmp_path):
    copy = shutil.copytree(tiny_flat_bundle, tmp_path / "flat")
    open_bundle(copy).load_model()
    in_weights(points=torch.neg)(copy)
    assert "points has other values" in refused(copy, "load_head")


def test_reversed_prototypes_are_refused_where_they_are_shown(copy):
    change_json(copy / "prototypes.json", lambda rows: rows[::-1])
    with pytest.raises(InputError, match="prototype 0 is of 'Dark ground'"):
        _ = open_bundle(copy).prototypes


def test_another_file_of_kinetics_weights_is_refused(tmp_path):
    if not weights.cached_i3d().is_file():
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")
    shipped = SHIPPED.parent.parent / "checkpoints" / "pantomime-cpg10-tied"
    assert open_bundle(shipped).load_model().backbone.weights_id == weights.I3D_SHA256
    copy = shutil.copytree(shipped, tmp_path / "copy", ignore=shutil.ignore_patterns("showcase", "excerpts"))
    in_model(lambda meta: meta["backbone"].update(weights_id="0" * 64))(copy)
    assert "weights_id 000" in refused(copy, "load_model")
