"""Whole runs on the tiny world: the joint stage, resuming it, a foreign set of pictures, and small sets."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from footage import write_lossless
from safetensors.torch import save_file
from tiny import config_for

import train as command
from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.provenance import verify
from hprotopnet.config import HEAD, PROJECT, WARM, Stage
from hprotopnet.data.augmented import AugmentedClips, random_crop
from hprotopnet.data.dataset import list_videos, look_over
from hprotopnet.data.pictures import sha256
from hprotopnet.data.video import read_frames
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.recipes import RECIPES
from hprotopnet.training.identity import differences, run_parts, state_folder
from hprotopnet.training.run import _fresh_notes, encode, plan, prepare, train
from hprotopnet.training.state import State

JOINT = Stage("joint", 1, ("backbone", "addon", "prototypes", "head"))


@pytest.fixture
def joint(tiny_world):
    stages = (replace(WARM, epochs=1), JOINT, PROJECT, replace(HEAD, epochs=1))
    return replace(config_for(tiny_world, "tiny-joint"), stages=stages)


def material_for(config, tiny_world):
    torch.manual_seed(0)
    return prepare(config, tiny_world / "videos", None, tiny_world / "cache", torch.device("cpu"))


def test_precision_is_set_whether_features_are_cached_or_not(joint, tiny_world, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    for _ in ("computed", "cached"):
        torch.backends.cudnn.allow_tf32 = True
        torch.set_float32_matmul_precision("high")
        prepare(joint, tiny_world / "videos", None, tmp_path / "cache", torch.device("cpu"))
        assert not torch.backends.cudnn.allow_tf32
        assert torch.get_float32_matmul_precision() == "highest"


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


def test_a_run_that_differs_is_not_gone_on_with_and_the_difference_is_named(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    planned = plan(config, tiny_world / "videos", None)
    parts = run_parts(config, *planned)
    state_folder(tmp_path, parts, False)
    state_folder(tmp_path, run_parts(replace(config, name="renamed"), *planned), False)
    smaller = planned.hierarchy.restrict(planned.hierarchy.classes[1:])
    first = next(iter(parts["videos"]))
    for changed, said in (
        (run_parts(replace(config, seed=1), *planned), "config seed: 1, was 0;"),
        (
            run_parts(replace(config, model=replace(config.model, per_node=5)), *planned),
            "config model per_node: 5, was",
        ),
        (run_parts(config, smaller, *planned[1:]), "hierarchy rows: 'RedDisc' removed;"),
        (parts | {"split": {"source": "other lists"}}, "split source: 'other lists', was 'rule: test groups g01, g02'"),
        (parts | {"split": parts["split"] | {"files": "f" * 64}}, "split: 'files' added"),
        (parts | {"elsewhere": {}}, "the run: 'elsewhere' added;"),
        (parts | {"videos": parts["videos"] | {first: "7" * 64}}, f"videos {first}: not what it was"),
        (parts | {"versions": parts["versions"] | {"video": 0}}, "versions video: 0, was"),
    ):
        with pytest.raises(InputError, match="holds a run that differs") as refused:
            state_folder(tmp_path, changed, False)
        assert said in str(refused.value)
    (tmp_path / "state" / "excerpts").mkdir()
    state = state_folder(tmp_path, run_parts(replace(config, seed=1), *planned), True)
    assert [file.name for file in state.iterdir()] == ["config.json"]


def test_the_state_that_an_older_version_left_is_gone_on_with(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    parts = run_parts(config, *plan(config, tiny_world / "videos", None))
    older = {**parts, "split": parts["split"] | {"unreadable": {"train": [], "validation": [], "test": ["a/b"]}}}
    (tmp_path / "state").mkdir()
    new = ("dropout", "descent", "augmentation")
    stages = [{name: own for name, own in stage.items() if name not in new} for stage in parts["config"]["stages"]]
    older["config"] = parts["config"] | {"stages": stages}
    (tmp_path / "state" / "config.json").write_text(json.dumps(older))
    assert state_folder(tmp_path, parts, False) == tmp_path / "state"


@pytest.mark.parametrize("videos", ["stamps", "absent"])
def test_videos_that_an_older_version_noted_otherwise_are_compared_by_name(tiny_world, tmp_path, videos):
    config = config_for(tiny_world, "tiny")
    parts = run_parts(config, *plan(config, tiny_world / "videos", None))
    older = {**parts, "split": {name: own for name, own in parts["split"].items() if name != "left_out"}}
    del older["videos"]
    if videos == "stamps":
        older["videos"] = dict.fromkeys(parts["videos"], "812 bytes of 2025-03-04T05:06:07.000008+00:00")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "config.json").write_text(json.dumps(older))
    assert state_folder(tmp_path, parts, False)
    if videos == "stamps":
        (tmp_path / "state" / "config.json").write_text(json.dumps(older))
        fewer = parts | {"videos": dict(list(parts["videos"].items())[1:])}
        with pytest.raises(InputError, match=r"videos: 'BlueBar/v_BlueBar_g09_c01' removed"):
            state_folder(tmp_path, fewer, False)


@pytest.mark.parametrize("content", ["[]", "5"])
def test_a_state_that_is_none_is_refused(tiny_world, tmp_path, content):
    config = config_for(tiny_world, "tiny")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "config.json").write_text(content)
    with pytest.raises(InputError, match=r"config\.json: holds no run; .*--again"):
        state_folder(tmp_path, run_parts(config, *plan(config, tiny_world / "videos", None)), False)


def test_other_footage_of_the_same_size_and_time_is_another_run_and_a_copy_is_not(tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos", copy_function=shutil.copyfile)
    state_folder(tmp_path, run_parts(config, *plan(config, tiny_world / "videos", None)), False)
    state_folder(tmp_path, run_parts(config, *plan(config, data, None)), False)
    path = data / "RedDisc" / "v_RedDisc_g09_c01.mp4"
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(InputError, match=r"videos RedDisc/v_RedDisc_g09_c01: not what it was"):
        state_folder(tmp_path, run_parts(config, *plan(config, data, None)), False)


def test_the_same_footage_on_two_sides_is_refused_before_anything_is_computed(tiny_world, tmp_path, capsys):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    config = config_for(tiny_world, "tiny")
    shutil.copy(data / "RedBar" / "v_RedBar_g09_c01.mp4", data / "RedBar" / "v_RedBar_g09_c02.mp4")
    plan(config, data, None)
    assert "note: 2 videos hold the same as another of their class" in capsys.readouterr().err
    shutil.copy(data / "RedBar" / "v_RedBar_g09_c01.mp4", data / "RedBar" / "v_RedBar_g02_c02.mp4")
    with pytest.raises(InputError, match=r"g09_c01\.mp4 in train and .*g02_c02\.mp4 in test hold the same footage"):
        plan(config, data, None)


def test_every_video_is_hashed_once_a_start(tiny_world, tmp_path, monkeypatch):
    hashed = []
    monkeypatch.setattr("hprotopnet.data.dataset.sha256", lambda path: hashed.append(path) or sha256(path))
    config = config_for(tiny_world, "tiny")
    planned = plan(config, tiny_world / "videos", None)
    run_parts(config, *planned)
    encode(config, planned, tiny_world / "cache", torch.device("cpu"))
    assert len(hashed) == len(set(hashed)) == 30


def test_what_is_not_used_is_said_and_recorded_and_decides_nothing(tiny_world, tmp_path, capsys):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    config = config_for(tiny_world, "tiny")
    before = run_parts(config, *plan(config, data, None))
    state_folder(tmp_path, before, False)
    for name in ("notes.txt", "more.txt"):
        (data / "RedBar" / name).touch()
    (data / "RedBar" / "gone.mp4").symlink_to("nowhere.mp4")
    capsys.readouterr()
    planned = plan(config, data, None)
    assert planned.split.record["left_out"] == {"suffix .txt": 2, "dead links": 1}
    said = capsys.readouterr().err
    assert "note: 1 not used, dead links: 'RedBar/gone.mp4'" in said
    assert "note: 2 not used, no video by name (2 of suffix .txt)" in said
    assert state_folder(tmp_path, run_parts(config, *planned), False)


@pytest.mark.parametrize(("absent", "unlisted"), [(1, 0), (0, 2)])
def test_what_lists_and_data_do_not_share_is_said(tiny_world, tmp_path, capsys, absent, unlisted):
    names = sorted(f"{path.parent.name}/{path.name}" for path in (tiny_world / "videos").glob("*/*.mp4"))
    tests = [name for name in names if "_g01_" in name or "_g02_" in name]
    learnt = [name for name in names if name not in tests]
    (tmp_path / "testlist01.txt").write_text("\n".join(tests))
    lines = [*learnt[unlisted:], *(f"RedBar/x{number}.mp4" for number in range(absent))]
    (tmp_path / "trainlist01.txt").write_text("\n".join(lines))
    plan(config_for(tiny_world, "tiny"), tiny_world / "videos", tmp_path / "trainlist01.txt")
    said = capsys.readouterr().err
    assert ("note: trainlist01.txt, testlist01.txt: 1 listed videos of its classes are absent" in said) == (absent > 0)
    assert ("2 videos are in no list and left out: 'BlueBar/v_BlueBar_g08_c01'" in said) == (unlisted > 0)


def test_groups_that_names_seem_to_tell_are_said(tiny_world, tmp_path, capsys):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    for path in data.glob("*/*.mp4"):
        path.rename(path.with_name(path.name.replace("_c01", "_1").replace("_g10_1", "_g09_2")))
    plan(config_for(tiny_world, "tiny"), data, None)
    assert "note: 12 videos seem to be cut from 6 longer ones by their names" in capsys.readouterr().err


def test_rows_are_compared_by_name_and_their_order_counts():
    rows = [{"class": "a", "parent": "P"}, {"class": "b", "parent": "P"}]
    moved = [rows[0], {"class": "b", "parent": "Q"}, {"class": "c", "parent": "Q"}]
    assert list(differences({"rows": rows}, {"rows": moved})) == ["rows: 'c' added", "rows b parent: 'Q', was 'P'"]
    assert list(differences({"rows": rows}, {"rows": rows[::-1]})) == ["rows: in another order"]
    assert list(differences({"hash": "a" * 64}, {"hash": "b" * 64})) == ["hash: not what it was"]
    assert list(differences({"n": [1, 2]}, {"n": [1, 3]})) == ["n: [1, 3], was [1, 2]"]
    assert list(differences({"rows": rows, "n": 1}, {"n": 1, "rows": rows})) == []


def test_a_corrected_tree_is_told_before_any_feature_is_computed(tiny_world, tmp_path, monkeypatch):
    """The same command with another tree: what is cached or not, nothing is decoded to say so."""
    config = replace(config_for(tiny_world, "custom-cpg2"), seed=0)
    monkeypatch.setattr(command, "recipe", lambda name: config)
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tiny_world / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = (tiny_world / "tree.csv").read_text().splitlines()
    tree = tmp_path / "tree.csv"
    tree.write_text("\n".join(rows[:-1]))
    command.main(data=tiny_world / "videos", recipe_name="custom-cpg2", hierarchy=str(tree), excerpts=False)
    assert open_bundle(tmp_path / "runs" / "videos-cpg2").config.name == "videos-cpg2"
    tree.write_text("\n".join(rows))
    monkeypatch.setattr(command, "encode", lambda *_: pytest.fail("features were asked for"))
    with pytest.raises(InputError, match="hierarchy rows: 'BlueBar' added"):
        command.main(data=tiny_world / "videos", recipe_name="custom-cpg2", hierarchy=str(tree))
    with pytest.raises(InputError, match=r"config model per_node: 3, was 2"):
        command.main(data=tiny_world / "videos", recipe_name="custom-cpg2", hierarchy=str(tree), per_node=3)


@pytest.mark.parametrize("classes", [(), ("RedDisc", "RedBar", "BlueBar")])
def test_a_class_without_videos_is_refused_unless_it_is_allowed(tiny_world, tmp_path, capsys, classes):
    """Of a recipe that names its classes only those count."""
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    config = replace(config_for(tiny_world, "tiny"), classes=classes)
    (data / "GreenDisc").rename(data / "Else")
    if classes:
        assert set(plan(config, data, None).hierarchy.classes) == set(classes)
    (data / "RedBar").rename(data / "RedBarr")
    with pytest.raises(InputError, match=r"'RedBar' .* \(is folder 'RedBarr' meant for it\?\).*--allow-missing"):
        plan(config, data, None)
    assert capsys.readouterr().err == ""
    left = plan(config, data, None, allow_missing=True).hierarchy.classes
    assert set(left) == set(classes or tiny_classes(tiny_world)) - {"RedBar", "GreenDisc"}
    assert "have no video and are left out: RedBar" in capsys.readouterr().err


def tiny_classes(world):
    return load_hierarchy(world / "tree.csv").classes


def test_folders_of_other_things_beside_a_whole_tree_are_only_noted(tiny_world, tmp_path, capsys):
    data = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    shutil.copytree(data / "RedBar", data / "Outtakes")
    assert len(plan(config_for(tiny_world, "tiny"), data, None).hierarchy.classes) == 6
    assert "note: class 'Outtakes' is not in the hierarchy" in capsys.readouterr().err


def test_a_temperature_that_few_clips_would_decide_stays_and_the_bundle_says_so(tiny_world, tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    assert bundle.meta["temperature"] == bundle.config.model.temperature
    assert bundle.meta["temperature_fit"] == {"factor": 1.0, "fitted": False, "clips": 6, "groups": 6}


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


def test_another_backbone_has_weights_or_a_stage_that_trains_it(joint, tiny_world, tmp_path):
    config = config_for(tiny_world, "tiny")
    frozen, trained = (command.with_backbone(own, "mc3_18", None).model for own in (config, joint))
    assert (frozen.backbone, trained.backbone) == ("mc3_18", "mc3_18")
    assert (frozen.pretrained, trained.pretrained) == (True, False)
    with pytest.raises(InputError, match="tsm_r18, of which no weights are published; take a recipe"):
        command.with_backbone(config, "tsm_r18", None)
    assert command.with_backbone(joint, "tsm_r18", None).model.backbone == "tsm_r18"
    wide = replace(joint, model=replace(joint.model, width=64))
    assert command.with_backbone(wide, "h2cn_r18", None).model.weights == "imagenet"  # as their authors begin
    backbone = create_backbone("r3d_18", width=4)
    state = {name: tensor.contiguous() for name, tensor in backbone.state_dict().items()}
    save_file(state, tmp_path / "r3d.safetensors")
    given = command.with_backbone(config, "r3d_18", tmp_path / "r3d.safetensors")
    run_data = material_for(given, tiny_world)
    assert all(torch.equal(tensor, state[name]) for name, tensor in run_data.backbone.state_dict().items())
    bundle = command.export(given, train(given, run_data), tmp_path / "bundle", False, 0.0)
    (tmp_path / "r3d.safetensors").unlink()
    assert verify(bundle, tiny_world / "videos").holds  # the bundle holds the backbone


def test_an_inception_of_frames_takes_the_place_of_the_i3d_at_the_same_cut(joint):
    config = RECIPES["ucf101-nine-cpg10"]
    own = command.with_backbone(config, "tsm_inception", None).model
    assert (own.cut, own.looks, own.pretrained) == (config.model.cut, config.model.looks, True)
    assert command.with_backbone(joint, "h2cn_inception", None).model.pretrained
    assert command.with_backbone(config, "r3d_18", None).model.cut is None


def test_what_weights_lack_is_named_and_must_be_trained(joint, tiny_world):
    backbone = create_backbone("h2cn_r18", width=4)
    backbone.fresh = ("motion", "layer1.0.clip_hourglass")
    assert _fresh_notes(joint, backbone) == ["2 parts of h2cn_r18 start anew: 'motion', 'layer1.0.clip_hourglass'"]
    with pytest.raises(InputError, match=r"does not train h2cn_r18, whose weights lack 'motion', .*take a recipe"):
        _fresh_notes(config_for(tiny_world, "tiny"), backbone)


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
    state = State(result.model, tmp_path, config.stores_backbone)
    assert state.restore()
    assert state.stage == len(config.stages)
    assert len(list(tmp_path.glob("state-*.safetensors"))) == 1
    assert json.loads((tmp_path / "state.json").read_text())["record"]["sources"]


def damaged_copy(path, folder):
    """The same frames in a container that can be cut off, and is."""
    images = np.repeat(read_frames(path, np.arange(24) / 12.5, 48).images, 4, axis=0)
    copy = write_lossless(folder / f"{path.stem}.mkv", images)
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    path.unlink()


def test_damaged_videos_are_used_and_counted_each_time(tiny_world, tmp_path, capsys):
    """Whether their features are made or found in the cache."""
    videos = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    damaged_copy(videos / "RedDisc" / "v_RedDisc_g09_c01.mp4", videos / "RedDisc")
    damaged_copy(videos / "BlueBar" / "v_BlueBar_g01_c01.mp4", videos / "BlueBar")
    config = config_for(tiny_world, "tiny")
    for _ in range(2):
        run_data = prepare(config, videos, None, tmp_path / "cache", torch.device("cpu"))
        record = run_data.split.record["damaged"]
        assert record == {
            "train": ["RedDisc/v_RedDisc_g09_c01"],
            "validation": [],
            "test": ["BlueBar/v_BlueBar_g01_c01"],
        }
        assert "RedDisc/v_RedDisc_g09_c01" in run_data.train.names
        said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: 2 videos are damaged")]
        assert len(said) == 1
        assert "it ends after" in said[0]


def test_check_counts_damaged_and_unreadable_videos(tiny_world, tmp_path):
    videos = shutil.copytree(tiny_world / "videos", tmp_path / "videos")
    damaged_copy(videos / "RedDisc" / "v_RedDisc_g09_c01.mp4", videos / "RedDisc")
    for number in range(8):
        (videos / "BlueBar" / f"{number}.mp4").write_text("no video")
    unreadable, damaged = look_over(list_videos(videos, load_hierarchy(tiny_world / "tree.csv")).videos)
    assert sorted(unreadable) == [f"BlueBar/{number}" for number in range(8)]
    assert list(damaged) == ["RedDisc/v_RedDisc_g09_c01"]
