"""Whole runs on the tiny world: the joint stage, resuming it, a foreign set of pictures, and small sets."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny import config_for

import train as command
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.provenance import verify
from hprotopnet.config import HEAD, PROJECT, WARM, Stage
from hprotopnet.data.augmented import AugmentedClips, random_crop
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.training.run import prepare, train
from hprotopnet.training.state import State

JOINT = Stage("joint", 1, ("backbone", "addon", "prototypes", "head"))


@pytest.fixture
def joint(tiny_world):
    stages = (replace(WARM, epochs=1), JOINT, PROJECT, replace(HEAD, epochs=1))
    return replace(config_for(tiny_world, "tiny-joint"), stages=stages)


def material_for(config, tiny_world):
    torch.manual_seed(0)
    return prepare(config, tiny_world / "videos", None, tiny_world / "cache", torch.device("cpu"))


def test_a_joint_run_trains_the_backbone_and_its_bundle_verifies(joint, tiny_world, tmp_path):
    run_data = material_for(joint, tiny_world)
    before = run_data.backbone.state_dict()
    result = train(joint, run_data, tmp_path / "state")
    moved = [
        name for name, tensor in result.model.backbone.state_dict().items() if not torch.equal(tensor, before[name])
    ]
    assert any(name.endswith("weight") for name in moved)
    command.export(joint, result, tmp_path / "bundle", False, 0.0)
    bundle = open_bundle(tmp_path / "bundle")
    assert all(prototype.excerpt is None for prototype in bundle.prototypes)
    found = verify(bundle, tiny_world / "videos")
    assert found.holds, found


def test_a_joint_run_goes_on_after_an_interruption_in_the_head_stage(joint, tiny_world, tmp_path):
    def stop(row):
        if row["stage"] == "head":
            raise KeyboardInterrupt

    whole = train(joint, material_for(joint, tiny_world), tmp_path / "whole").model.state_dict()
    with pytest.raises(KeyboardInterrupt):
        train(joint, material_for(joint, tiny_world), tmp_path / "state", stop)
    resumed = train(joint, material_for(joint, tiny_world), tmp_path / "state").model.state_dict()
    for name, tensor in whole.items():
        torch.testing.assert_close(tensor, resumed[name], msg=name)


def test_clips_of_an_epoch_depend_on_its_generator_only(joint, tiny_world):
    run_data = material_for(joint, tiny_world)
    clips = AugmentedClips(
        run_data.split.train, joint.clip, run_data.hierarchy, run_data.backbone.normalisation, torch.device("cpu")
    )
    one, same, other = (
        [batch for batch, _ in clips.epoch(5, torch.Generator().manual_seed(seed))] for seed in (0, 0, 1)
    )
    assert [len(batch) for batch in one] == [5, 5, 2]  # of 18 training videos validation took 6
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one[0], other[0])


def test_random_crops_stay_inside_and_are_mirrored_half_the_time():
    images = np.broadcast_to(np.arange(20, dtype=np.uint8)[None, None, :, None], (2, 10, 20, 3))
    crops = [random_crop(images, 8, np.random.default_rng(seed)) for seed in range(40)]
    assert {crop.shape for crop in crops} == {(2, 8, 8, 3)}
    rising = sum(crop[0, 0, 0, 0] < crop[0, 0, -1, 0] for crop in crops)
    assert 10 < rising < 30


def refused(folder, config, run_data) -> str:
    """What is said to differ when a run is not gone on with."""
    with pytest.raises(InputError) as error:
        command._state_folder(folder, config, run_data, False)
    assert "\n" not in str(error.value)
    return str(error.value).split("holds another run (")[1].split("); choose another --out, or add --again")[0]


def test_a_run_that_differs_is_not_gone_on_with_and_says_in_what(tiny_world, tmp_path, monkeypatch):
    config = config_for(tiny_world, "tiny")
    run_data = material_for(config, tiny_world)
    for _ in range(2):
        command._state_folder(tmp_path, config, run_data, False)
    other = replace(config, seed=1, clip=replace(config.clip, fps=10.0))
    assert refused(tmp_path, other, run_data) == (
        "configuration field clip.fps is 10.0, was 12.5; configuration field seed is 1, was 0"
    )
    split = run_data.split
    other_lists = replace(run_data, split=split._replace(record={"source": "other lists"}))
    assert refused(tmp_path, config, other_lists) == "another split"
    fewer = replace(run_data, split=split._replace(train=split.train[1:]))
    assert refused(tmp_path, config, fewer) == f"1 video gone, first {split.train[0].name}"
    tree = run_data.hierarchy.restrict(run_data.hierarchy.classes[1:])
    assert refused(tmp_path, config, replace(run_data, hierarchy=tree)) == "another tree"
    with monkeypatch.context() as patch:
        patch.setattr("hprotopnet.data.video.VERSION", 2)
        assert refused(tmp_path, config, run_data) == "version of video is 2, was 1"
    with monkeypatch.context() as patch:
        patch.setattr(run_data.backbone, "weights_id", "abc")
        assert refused(tmp_path, config, run_data) == "backbone: weights is abc, was None"
    (tmp_path / "state" / "excerpts").mkdir()
    state = command._state_folder(tmp_path, other, run_data, True)
    assert [file.name for file in state.iterdir()] == ["config.json"]


def test_a_run_is_not_gone_on_with_when_videos_were_replaced(tiny_world, tmp_path):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    config = config_for(tiny_world, "tiny")

    def prepared(folder):
        return prepare(config, folder, None, tmp_path / "cache", torch.device("cpu"))

    command._state_folder(tmp_path, config, prepared(data), False)
    moved = data.rename(tmp_path / "moved")
    command._state_folder(tmp_path, config, prepared(moved), False)
    for name in ("RedDisc/v_RedDisc_g09_c01.mp4", "RedDisc/v_RedDisc_g01_c01.mp4"):
        stat = (moved / name).stat()
        shutil.copyfile(moved / "BlueBar" / "v_BlueBar_g01_c01.mp4", moved / name)
        os.utime(moved / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    said = refused(tmp_path, config, prepared(moved))
    assert said.startswith("2 videos changed, first RedDisc/v_RedDisc_g0")


def test_a_run_of_an_older_version_that_noted_less_goes_on(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    run_data = material_for(config, tiny_world)
    file = command._state_folder(tmp_path, config, run_data, False) / "config.json"
    noted = json.loads(file.read_text())
    file.write_text(json.dumps({part: noted[part] for part in ("config", "hierarchy", "split")}))
    command._state_folder(tmp_path, config, run_data, False)
    assert json.loads(file.read_text()) == noted
    assert "seed" in refused(tmp_path, replace(config, seed=1), run_data)


def test_unreadable_videos_are_skipped_counted_and_harm_no_later_run(tiny_world, tmp_path):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    for name in ("RedDisc/v_RedDisc_g09_c01", "BlueBar/v_BlueBar_g01_c01"):
        (data / f"{name}.mp4").write_bytes(b"")
    config = config_for(tiny_world, "tiny")
    for _ in range(2):
        run_data = prepare(config, data, None, tmp_path / "cache", torch.device("cpu"))
        assert run_data.split.record["unreadable"] == {
            "train": ["RedDisc/v_RedDisc_g09_c01"],
            "validation": [],
            "test": ["BlueBar/v_BlueBar_g01_c01"],
        }
    bundle = command.export(config, train(config, run_data), tmp_path / "bundle", True, 0.0)
    assert len(list((bundle.folder / "showcase").glob("*.json.gz"))) == 11


def test_a_class_without_a_readable_training_video_is_named(tiny_world, tmp_path):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    for path in (data / "RedDisc").glob("*_g09_*"), (data / "RedDisc").glob("*_g10_*"):
        for file in path:
            file.write_bytes(b"no video")
    with pytest.raises(InputError, match="RedDisc"):
        prepare(config_for(tiny_world, "tiny"), data, None, tmp_path / "cache", torch.device("cpu"))


def test_a_joint_run_leaves_the_shared_backbone_alone(joint, tiny_world, tmp_path):
    run_data = material_for(joint, tiny_world)
    before = {name: tensor.clone() for name, tensor in run_data.backbone.state_dict().items()}
    model = train(joint, run_data, tmp_path).model
    assert all(torch.equal(tensor, before[name]) for name, tensor in run_data.backbone.state_dict().items())
    assert model.backbone.weights_id is None


def test_a_head_stage_leaves_batch_statistics_alone(tiny_world):
    """Acceptance: after projection backbone and running statistics stay bit-identical."""
    config = config_for(tiny_world, "tiny")
    run_data = material_for(config, tiny_world)
    before = {name: tensor.clone() for name, tensor in run_data.backbone.named_buffers()}
    assert any("running_mean" in name for name in before)
    train(config, run_data)
    assert all(torch.equal(tensor, before[name]) for name, tensor in run_data.backbone.named_buffers())


def test_another_backbone_needs_weights_or_a_stage_that_trains_it(joint, tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    with pytest.raises(InputError, match=r"--weights mc3_18\.safetensors, made by"):
        command.with_backbone(config, "mc3_18", None)
    assert command.with_backbone(joint, "mc3_18", None).model.backbone == "mc3_18"
    backbone = create_backbone("r3d_18", width=4)
    state = {name: tensor.contiguous() for name, tensor in backbone.state_dict().items()}
    save_file(state, tmp_path / "r3d.safetensors")
    given = command.with_backbone(config, "r3d_18", tmp_path / "r3d.safetensors")
    run_data = material_for(given, tiny_world)
    assert all(torch.equal(tensor, state[name]) for name, tensor in run_data.backbone.state_dict().items())
    bundle = command.export(given, train(given, run_data), tmp_path / "bundle", False, 0.0)
    (tmp_path / "r3d.safetensors").unlink()
    assert verify(bundle, tiny_world / "videos").holds  # the bundle holds the backbone


def test_it_repeats(tiny_world):
    config = config_for(tiny_world, "tiny")
    one, other = (train(config, material_for(config, tiny_world)).model.state_dict() for _ in range(2))
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_anyones_videos_as_folders_of_pictures(shared, tmp_path):
    """Two classes of JPEG frames, too few for a test or a validation side: still a bundle that the app opens."""
    frames = shared / "clips" / "assorted" / "raivokoot_frames" / "demo_dataset"
    (tmp_path / "tree.csv").write_text("class,parent\nrunning,moving\njumping,moving\n")
    config = config_for(tmp_path, "foreign")
    run_data = prepare(config, frames, None, tmp_path / "cache", torch.device("cpu"))
    bundle = command.export(config, train(config, run_data), tmp_path / "bundle", True, 0.0)
    assert bundle.hierarchy.depth == 2
    assert {prototype.node for prototype in bundle.prototypes} == {"running", "jumping", "moving"}
    assert verify(bundle, frames).largest_difference <= 1e-5


def test_a_finished_run_started_again_writes_the_same_bundle(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    found = []
    for _ in range(2):
        result = train(config, material_for(config, tiny_world), tmp_path / "state")
        found.append(command.export(config, result, tmp_path / "bundle", False, 0.0).meta)
    assert list(found[0]["milestones"]) == ["warm", "project", "head"]
    assert set(found[0]["milestones"]["head"]) == {"validation", "test"}
    assert found[0] == found[1]


def test_the_state_of_a_finished_run_is_whole(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    result = train(config, material_for(config, tiny_world), tmp_path)
    state = State(result.model, tmp_path)
    assert state.restore()
    assert state.stage == len(config.stages)
    assert len(list(tmp_path.glob("state-*.safetensors"))) == 1
    assert json.loads((tmp_path / "state.json").read_text())["record"]["sources"]
