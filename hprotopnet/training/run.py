"""From a configuration and a folder of videos to a trained network and its figures; `train.py` and studies call it."""

import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.provenance import read_clip
from hprotopnet.bundles.showcase import middle_start, spread
from hprotopnet.config import Config
from hprotopnet.data.augmented import ClipSet
from hprotopnet.data.dataset import Split, Video, list_videos, make_split, present_classes
from hprotopnet.data.features import FeatureSet, HeadSet, extract
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import Predictions, figures, predict
from hprotopnet.explain.prototypes import explain
from hprotopnet.hierarchy.points import ClassPoints, embed
from hprotopnet.hierarchy.tree import Hierarchy, load_hierarchy
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.backbones.weights import cache_dir
from hprotopnet.models.network import HProtoPNet
from hprotopnet.studies.faithfulness import deletion_report
from hprotopnet.studies.pointing import check_truth, pointing_report
from hprotopnet.training.stages import State, fit_temperature, project_stage, run_stage, start

SIDES = ("train", "validation", "test")


@dataclass(frozen=True)
class Material:
    """What a run works on: the tree, its points, the backbone, and the clips of each side of the split."""

    hierarchy: Hierarchy
    points: ClassPoints
    backbone: Backbone
    split: Split
    train: FeatureSet
    validation: FeatureSet
    test: FeatureSet


def prepare(config: Config, data: Path, split_file: Path | None, cache: Path, device: torch.device) -> Material:
    """List, split, embed and encode; what is cached is not computed again.

    Raises `InputError` when the data and the hierarchy do not fit, or a group lies on both sides of the split.
    """
    hierarchy, videos = _classes_and_videos(config, data)
    split = make_split(videos, split_file, data, config.validation_share)
    points, _ = embed(hierarchy, config.model.embedding_width, config.model.curvature)
    model = config.model
    torch.manual_seed(config.seed)  # a backbone without weights starts at random
    backbone = create_backbone(
        model.backbone, cut=model.cut, width=model.width, pretrained=model.pretrained, weights=model.weights
    )
    material = Material(hierarchy, points, backbone.to(device).eval(), split, *[None] * 3)
    material = _encoded(material, backbone, config, cache)
    _check_training(material, data)
    split.record["unreadable"] = {side: _unreadable(material, side) for side in SIDES}
    return material


def _encoded(material: Material, backbone: Backbone, config: Config, cache: Path) -> Material:
    """The clips of each side as `backbone` sees them."""
    split, clip, tree = material.split, config.clip, material.hierarchy
    sides = {side: extract(backbone, getattr(split, side), clip, tree, cache) for side in SIDES}
    return replace(material, **sides)


def _check_training(material: Material, data: Path) -> None:
    empty = [name for leaf, name in enumerate(material.hierarchy.classes) if leaf not in material.train.leaves]
    if empty:
        raise InputError(f"{data}: class '{empty[0]}' has no readable video to train on; add some or remove its folder")


def _unreadable(material: Material, side: str) -> list[str]:
    """Videos of a side that gave no clip; they are counted, not fatal."""
    read = set(getattr(material, side).names)
    return [video.name for video in getattr(material.split, side) if video.name not in read]


def _classes_and_videos(config: Config, data: Path) -> tuple[Hierarchy, list[Video]]:
    """The part of the tree that is asked for and there, and its videos; what is odd is said on stderr."""
    hierarchy = load_hierarchy(config.hierarchy)
    listing = list_videos(data, hierarchy)
    wanted = set(config.classes or hierarchy.classes)
    videos = [video for video in listing.videos if video.label in wanted]
    present = present_classes(videos)
    if len(present) < 2:
        raise InputError(f"{data}: holds videos of {len(present)} of the classes asked for; two at least are needed")
    absent = sorted(set(config.classes) - set(present))
    notes = [f"class '{name}' has no video" for name in absent] if config.classes else listing.problems
    for note in notes:
        tqdm.write(f"note: {note}", file=sys.stderr)
    return hierarchy.restrict(present), videos


@dataclass(frozen=True)
class Result:
    """A trained network, the state it ended in, and its answers after each stage.

    `milestones` maps a stage's name to predictions on the side asked for, made after that stage in this process;
    nothing is chosen by those on the test side.
    `material` holds the clips as the trained backbone sees them.
    """

    model: HProtoPNet
    state: State
    milestones: dict[str, Predictions]
    material: Material


def train(
    config: Config,
    material: Material,
    folder: Path | None = None,
    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None,
    side: str = "test",
) -> Result:
    """Run the stages of a configuration, from wherever `folder` says an earlier run was stopped.

    With `side` "validation" the milestones are of that side, and nothing is predicted on the test side.

    At the end the temperature is fitted on the validation clips, which have trained nothing. Raises `InputError` for a
    run that trains the backbone and has no folder to keep its features in.
    """
    if folder is None and not config.frozen_backbone:
        raise InputError(f"{config.name} trains the backbone and needs a folder of its own; use train.py")
    torch.manual_seed(config.seed)
    points = material.points.points_for(material.hierarchy)
    backbone = material.backbone if config.frozen_backbone else _to_train(material.backbone)
    model = HProtoPNet(config.model, material.hierarchy, points, backbone)
    model.to(next(backbone.parameters()).device)
    state = State(model, folder, config.stores_backbone)
    if not state.restore():
        start(model, material.train, torch.Generator().manual_seed(config.seed))
    moved = any("backbone" in stage.trains for stage in config.stages[: state.stage])
    sets = _encoded(material, backbone.eval(), config, folder) if moved else material
    milestones = {}
    for index, stage in list(enumerate(config.stages))[state.stage :]:
        if stage.name == "project":
            project_stage(model, sets.train, state)
        elif "backbone" in stage.trains:
            clips = ClipSet(material.split.train, config.clip, material.hierarchy, backbone)
            run_stage(model, stage, clips, config, index, state, on_epoch)
            sets = _encoded(material, backbone.eval(), config, folder)
        else:
            batches = HeadSet(model, sets.train) if stage.trains == ("head",) else sets.train
            run_stage(model, stage, batches, config, index, state, on_epoch)
        answers = {own: predict(model, getattr(sets, own)) for own in dict.fromkeys(("validation", side))}
        state.record.milestones[stage.name] = {
            own: figures(predictions, material.hierarchy, config.threshold) for own, predictions in answers.items()
        }
        milestones[stage.name] = answers[side]
        state.next_stage()
    held_out = predict(model, sets.validation)
    model.temperature.mul_(fit_temperature(held_out.logits, held_out.leaves))
    return Result(model.eval(), state, milestones, sets)


def _to_train(backbone: Backbone) -> Backbone:
    """A copy that a run may change, which then no longer has the weights that anybody can fetch."""
    own = copy.deepcopy(backbone)
    own.weights_id = None
    return own


def evaluate_bundle(
    bundle: Bundle,
    data: Path,
    split_file: Path | None,
    cache: Path | None = None,
    deletions: int = 0,
    pointing: int = 0,
    side: str = "test",
) -> dict[str, Any]:
    """Figures of a bundle on one side of a folder of videos, cut as in training.

    With `deletions` that many videos, evenly spread, also get their marked regions hidden, see `faithfulness`; with
    `pointing` that many are asked whether the evidence lies on the cue, see `pointing`.
    """
    model = bundle.load_model()
    listing = list_videos(data, bundle.hierarchy)
    split = make_split(listing.videos, split_file, data, bundle.config.validation_share, to_train=False)
    chosen = getattr(split, side)
    if not chosen:
        raise InputError(f"{data}: its split has no {side} video; give other videos or another --side")
    if pointing:
        check_truth(chosen, bundle)
    clips = extract(model.backbone, chosen, bundle.config.clip, bundle.hierarchy, cache or cache_dir())
    _warn_of_training_videos(bundle, split, side)
    found = figures(predict(model, clips), bundle.hierarchy, bundle.config.threshold)
    found |= {"side": side, "split": split.record}
    read = set(clips.names)
    readable = [video for video in chosen if video.name in read]
    if deletions:
        found["deletion"] = _deletions(bundle, model, spread(readable, deletions))
    if pointing:
        found["pointing"] = pointing_report(model, spread(readable, pointing), bundle.config)
    return found


def _warn_of_training_videos(bundle: Bundle, split: Split, side: str) -> None:
    """Say when what is asked about was, or may have been, trained on: the prototypes show it, or the split's names."""
    learnt = sorted({prototype.video for prototype in bundle.prototypes} & {video.name for video in split.test})
    if side == "test" and learnt:
        text = f"note: {len(learnt)} test videos are sources of prototypes ({learnt[0]}, ...): trained on another split"
        tqdm.write(text, file=sys.stderr)
    known = bundle.meta.get("split", {}).get("validation")
    if side == "validation" and known != split.record["validation"]:
        text = "note: these are not the validation videos of the training run, some of them may have been trained on"
        tqdm.write(text, file=sys.stderr)


def _deletions(bundle: Bundle, model: HProtoPNet, videos: Sequence[Video]) -> dict[str, Any]:
    cases = []
    for video in tqdm(videos, desc="deletion", unit="video"):
        clip = read_clip(video, middle_start(video, bundle.config.clip), bundle.config.clip)
        cases.append((clip, explain(model, clip, bundle.config.threshold)))
    return deletion_report(model, cases)
