"""Bundles as they lie on disk: prototypes are what they claim, mismatches are refused, nothing is a pickle."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hprotopnet.bundles.bundle import find_bundles, open_bundle
from hprotopnet.bundles.provenance import shared_on_a_path, verify
from hprotopnet.data.dataset import list_videos, read_clip
from hprotopnet.data.splits import make_split
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain, model_input
from hprotopnet.studies.evaluate import evaluate_bundle


@pytest.fixture
def copy(tiny_bundle, tmp_path):
    return shutil.copytree(tiny_bundle, tmp_path / "copy")


def test_every_prototype_is_the_patch_it_claims_to_be(tiny_bundle, tiny_world):
    bundle = open_bundle(tiny_bundle)
    found = verify(bundle, tiny_world / "videos")
    assert bundle.load_model() is not None  # what is kept of the bundle is fit for that, too
    assert found.holds
    assert found.prototypes == 2 * (6 + 3 + 2)
    assert found.largest_difference <= 1e-5
    assert (found.changed, found.absent, found.shared_on_a_path) == ((), (), 0)


def test_sources_descend_from_their_node_and_lie_in_training(tiny_bundle, tiny_world):
    bundle = open_bundle(tiny_bundle)
    labels = {video.name: video for video in list_videos(tiny_world / "videos", bundle.hierarchy).videos}
    for prototype in bundle.prototypes:
        video = labels[prototype.video]
        assert bundle.hierarchy.index(prototype.node) in bundle.hierarchy.ancestors(bundle.hierarchy.index(video.label))
        assert video.group > "g07"
        assert bundle.excerpt(prototype).is_file()
        low, high = prototype.interval
        assert high - low == pytest.approx(16 / 12.5 / 2)


def test_a_changed_or_absent_source_is_noticed(tiny_bundle, tiny_world, tmp_path):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    bundle = open_bundle(tiny_bundle)
    names = sorted({prototype.video for prototype in bundle.prototypes})
    with open(data / f"{names[0]}.mp4", "ab") as file:
        file.write(b"one byte more")
    (data / f"{names[1]}.mp4").unlink()
    found = verify(bundle, data)
    assert found.changed == (names[0],)
    assert found.absent == (names[1],)
    assert not found.holds


def test_a_moved_prototype_is_noticed(copy, tiny_world):
    weights = load_file(copy / "weights.safetensors")
    weights["prototypes.vectors"][0] += 0.01
    save_file(weights, copy / "weights.safetensors")
    found = verify(open_bundle(copy), tiny_world / "videos")
    assert found.largest_difference == pytest.approx(0.01, abs=1e-4)
    assert not found.holds


def test_a_patch_shown_twice_on_a_path_is_counted(copy):
    rows = json.loads((copy / "prototypes.json").read_text())
    child = next(row for row in rows if row["node"] == "RedDisc")
    parent = next(row for row in rows if row["node"] == "Red things")
    parent.update({key: child[key] for key in ("video", "start", "cell")})
    (copy / "prototypes.json").write_text(json.dumps(rows))
    assert shared_on_a_path(open_bundle(copy)) >= 1


def test_a_bundle_gives_the_same_outputs_each_time_it_is_loaded(tiny_bundle, tiny_world):
    bundle = open_bundle(tiny_bundle)
    video = list_videos(tiny_world / "videos", bundle.hierarchy).videos[0]
    clip = read_clip(video, 0.0, bundle.config.clip)
    one, other = bundle.load_model(), bundle.load_model()
    assert explain(one, clip, 0.8).probabilities == explain(other, clip, 0.8).probabilities
    logits = one(model_input(one, clip.images)).output.logits
    assert logits.shape == (1, 6)
    assert not any(parameter.requires_grad for parameter in one.parameters())


def test_a_loaded_network_computes_in_full_precision(tiny_bundle, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    open_bundle(tiny_bundle).load_model()
    assert not torch.backends.cudnn.allow_tf32


def test_figures_of_the_bundle_are_those_that_evaluate_finds(tiny_bundle, tiny_world, tmp_path):
    bundle = open_bundle(tiny_bundle)
    found = evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path)
    for key in ("n", "clip", "video_majority", "video_mean_softmax", "back_off"):
        assert found[key] == pytest.approx(bundle.meta["figures"][key])
    assert found["n"] == {"clips": 12, "videos": 12}
    assert "deletion" not in found
    assert len({row["video"] for row in found["clips"]}) == len(found["clips"]) == 12
    assert np.mean([row["severity"] == 0 for row in found["clips"]]) == found["clip"]["accuracy"]
    hidden = evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path, deletions=2)["deletion"]
    assert hidden["n"] + hidden["too_large"] == 2 * 3
    curves = evaluate_bundle(bundle, tiny_world / "videos", None, tmp_path, curves=2, fill="blur")["curves"]
    assert curves["fill"] == "blur"
    assert list(curves["levels"]) == ["grandparent", "parent", "class"]
    assert all(row["area"]["n"] == 2 for way in curves["levels"]["class"].values() for row in way.values())


def test_videos_that_may_have_been_trained_on_are_pointed_out(tiny_bundle, tiny_world, tmp_path, capsys):
    bundle, data = open_bundle(tiny_bundle), tiny_world / "videos"
    evaluate_bundle(bundle, data, None, tmp_path, side="validation")
    evaluate_bundle(bundle, data, None, tmp_path)
    assert "trained on" not in capsys.readouterr().err
    split = make_split(list_videos(data, bundle.hierarchy).videos, None, data)
    (tmp_path / "trainlist01.txt").write_text("".join(f"{video.name}.mp4\n" for video in split.test))
    (tmp_path / "testlist01.txt").write_text("".join(f"{video.name}.mp4\n" for video in split.train))
    evaluate_bundle(bundle, data, tmp_path / "trainlist01.txt", tmp_path)
    assert "are sources of prototypes" in capsys.readouterr().err
    evaluate_bundle(bundle, data, tmp_path / "trainlist01.txt", tmp_path, side="validation")
    assert "not the validation videos of the training run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: (f / "model.json").unlink(), "no bundle"),
        (lambda f: (f / "model.json").write_text("{"), "not valid JSON"),
        (lambda f: (f / "model.json").write_text("[]"), "not a bundle of format"),
        (lambda f: (f / "model.json").write_text('{"format": 1}'), "lacks config"),
        (lambda f: (f / "points.npz").unlink(), "lacks points.npz"),
    ],
)
def test_a_harmed_bundle_is_refused_by_name(copy, harm, message):
    harm(copy)
    with pytest.raises(InputError, match=message) as caught:
        open_bundle(copy)
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_that_do_not_fit_are_listed(copy):
    weights = load_file(copy / "weights.safetensors")
    weights["surplus"] = torch.zeros(1)
    del weights["head.weight"]
    save_file(weights, copy / "weights.safetensors")
    with pytest.raises(InputError, match=r"-head\.weight, \+surplus"):
        open_bundle(copy).load_model()
    (copy / "weights.safetensors").write_bytes(b"\x80\x04not a tensor file")
    with pytest.raises(InputError, match="cannot be read"):
        open_bundle(copy).load_model()


@pytest.mark.parametrize(("content", "message"), [("[{}]", r"\[0\]\.video is missing"), ("[]", "not projected")])
def test_prototypes_without_a_source_are_refused(copy, content, message):
    (copy / "prototypes.json").write_text(content)
    with pytest.raises(InputError, match=message):
        open_bundle(copy).load_model()
    with pytest.raises(InputError, match=message):
        open_bundle(copy).load_head()


def test_bundles_are_found_by_name(tiny_bundle, tmp_path):
    assert tiny_bundle in find_bundles(tiny_bundle.parent, tmp_path)
    assert find_bundles(tmp_path) == []
