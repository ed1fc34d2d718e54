"""From a configuration and a folder of videos to a trained network and its figures; `train.py` and studies call it."""

import copy
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tqdm import tqdm

from hprotopnet.config import Config, ModelConfig
from hprotopnet.data.augmented import AugmentedClips
from hprotopnet.data.copies import check_copies
from hprotopnet.data.dataset import contents, damage_notes, list_videos
from hprotopnet.data.features import FeatureSet, SomeCells, extract
from hprotopnet.data.splits import Split, Video, make_split, present_classes
from hprotopnet.errors import InputError
from hprotopnet.evaluation.calibration import TemperatureFit, fit_temperature
from hprotopnet.evaluation.predictions import Predictions, figures, predict
from hprotopnet.files import visible
from hprotopnet.hierarchy.names import bounded, some
from hprotopnet.hierarchy.points import ClassPoints, embed
from hprotopnet.hierarchy.tree import Hierarchy, load_hierarchy
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.network import HProtoPNet
from hprotopnet.models.owners import check_size
from hprotopnet.models.precision import set_precision
from hprotopnet.training.initialise import initialise
from hprotopnet.training.stages import forward_from_clips, head_batches, project_stage, run_stage
from hprotopnet.training.state import State

SIDES = ("train", "validation", "test")


@dataclass(frozen=True)
class RunData:
    """What a run works on: the tree, its points, the backbone, and the clips of each side of the split.

    `contents` are the hashes of the videos that can be read.
    """

    hierarchy: Hierarchy
    points: ClassPoints
    backbone: Backbone
    split: Split
    train: FeatureSet
    validation: FeatureSet
    test: FeatureSet
    contents: Mapping[Video, str]


class Plan(NamedTuple):
    """What a run works on as far as it is known before anything is computed.

    The tree of the classes, the split, and the hash of the content of each video that can be read.
    """

    hierarchy: Hierarchy
    split: Split
    contents: Mapping[Video, str]


def plan(config: Config, data: Path, split_file: Path | None, allow_missing: bool = False) -> Plan:
    """List and part the videos of a run, and hash their contents, once for all that asks for them.

    Raises `InputError` when the data and the hierarchy do not fit, or a group or the same footage lies on both sides
    of the split; unless `allow_missing`, a class without a video is no fit. So it does for a network that is too large.
    """
    hierarchy, videos, left_out = _classes_and_videos(config, data, allow_missing)
    check_size(hierarchy, config.model)
    split = make_split(videos, split_file, data, config.validation_share)
    _say(split.notes)
    hashes = contents([video for side in SIDES for video in getattr(split, side)])
    _say(check_copies(split, hashes))
    return Plan(hierarchy, split._replace(record=split.record | {"left_out": left_out}), hashes)


def encode(config: Config, planned: Plan, cache: Path, device: torch.device) -> RunData:
    """Class points and the clips of each side as the backbone sees them; what is cached is not computed again.

    Raises `InputError` when a class has no video left that can be read.
    """
    set_precision()
    model, points = config.model, points_of(planned.hierarchy, config.model)
    torch.manual_seed(config.seed)  # a backbone without weights starts at random
    backbone = create_backbone(
        model.backbone, cut=model.cut, width=model.width, pretrained=model.pretrained, weights=model.weights
    )
    _say(_fresh_notes(config, backbone))
    run_data = RunData(
        planned.hierarchy, points, backbone.to(device).eval(), planned.split, *[None] * 3, planned.contents
    )
    run_data = _encoded(run_data, backbone, config, cache)
    _check_training(run_data)
    found = {
        "unreadable": {side: _unreadable(run_data, side) for side in SIDES},
        "damaged": {side: sorted(getattr(run_data, side).damaged) for side in SIDES},
    }
    _say(_poor_notes(run_data, found["unreadable"]))
    return replace(run_data, split=run_data.split._replace(record=run_data.split.record | found))


def points_of(hierarchy: Hierarchy, model: ModelConfig) -> ClassPoints:
    """Class points of a tree as the head of a network wants them."""
    method = "closed-form" if model.head == "tree" else "refined"  # own directions of nodes stay orthogonal, see `head`
    return embed(hierarchy, model.embedding_width, model.curvature, method)[0]


def _fresh_notes(config: Config, backbone: Backbone) -> list[str]:
    """A line on the parts of a backbone that its weights know nothing of; a frozen one must let everything pass."""
    if not backbone.fresh:
        return []
    if config.frozen_backbone and not backbone.begins_open:
        remedy = "take a recipe named ...-joint, or weights that hold them"
        raise InputError(
            f"{config.name} does not train {backbone.name}, whose weights lack {some(backbone.fresh)}; {remedy}"
        )
    return [f"{len(backbone.fresh)} parts of {backbone.name} start anew: {some(backbone.fresh)}"]


def _poor_notes(run_data: RunData, unreadable: Mapping[str, list[str]]) -> list[str]:
    """A line on the videos that cannot be read, and one on those of which some cannot."""
    lost = [name for side in SIDES for name in unreadable[side]]
    notes = [f"{len(lost)} videos cannot be read and are left out: {some(lost)}"] if lost else []
    damaged = {name: damage for side in SIDES for name, damage in getattr(run_data, side).damaged.items()}
    return [*notes, *damage_notes(damaged)]


def prepare(
    config: Config,
    data: Path,
    split_file: Path | None,
    cache: Path,
    device: torch.device,
    allow_missing: bool = False,
) -> RunData:
    """`plan` and `encode` in one."""
    return encode(config, plan(config, data, split_file, allow_missing), cache, device)


def _encoded(run_data: RunData, backbone: Backbone, config: Config, cache: Path) -> RunData:
    """The clips of each side as `backbone` sees them."""
    split, clip, tree = run_data.split, config.clip, run_data.hierarchy
    sides = {side: extract(backbone, getattr(split, side), clip, tree, cache, run_data.contents) for side in SIDES}
    return replace(run_data, **sides)


def _check_training(run_data: RunData) -> None:
    empty = [name for leaf, name in enumerate(run_data.hierarchy.classes) if leaf not in run_data.train.leaves]
    if empty:
        sides = (getattr(run_data.split, side) for side in SIDES)
        folder = next(video.path.parent for side in sides for video in side if video.label == empty[0])
        raise InputError(f"{folder}: class '{empty[0]}' has no readable video to train on; add some or remove it")


def _unreadable(run_data: RunData, side: str) -> list[str]:
    """Videos of a side that gave no clip; they are counted, not fatal."""
    read = set(getattr(run_data, side).names)
    return [video.name for video in getattr(run_data.split, side) if video.name not in read]


def _classes_and_videos(
    config: Config, data: Path, allow_missing: bool
) -> tuple[Hierarchy, list[Video], dict[str, int]]:
    """The part of the tree that is asked for and there, its videos, and how much is not used for which reason.

    What is odd is said on stderr.
    """
    hierarchy = load_hierarchy(config.hierarchy)
    listing = list_videos(data, hierarchy)
    wanted = config.classes or hierarchy.classes
    videos = [video for video in listing.videos if video.label in wanted]
    present = present_classes(videos)
    missing = [label for label in wanted if label in listing.missing]
    if missing and not allow_missing:
        more = f" (and {len(missing) - 1} more of {len(wanted)} classes)" if len(missing) > 1 else ""
        raise InputError(
            f"{data}: {listing.missing[missing[0]]}{more}; correct the names, or leave classes out with --allow-missing"
        )
    if len(present) < 2:
        raise InputError(f"{data}: holds videos of {len(present)} of the classes asked for; two at least are needed")
    notes = [] if config.classes else bounded([*listing.unknown.values()], "folders are no classes of the hierarchy")
    if missing:
        named = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        notes.append(f"{len(missing)} of {len(wanted)} classes have no video and are left out: {named}")
    _say([*notes, *listing.notes()])
    return hierarchy.restrict(present), videos, {reason: own.count for reason, own in listing.left_out.items()}


def _say(notes: Iterable[str]) -> None:
    for note in notes:
        tqdm.write(f"note: {visible(note)}", file=sys.stderr)


@dataclass(frozen=True)
class Result:
    """A trained network, the state it ended in, and its answers after each stage.

    `milestones` maps a stage's name to predictions on the side asked for, made after that stage in this process;
    nothing is chosen by those on the test side.
    `run_data` holds the clips as the trained backbone sees them, `temperature_fit` what became of the temperature.
    """

    model: HProtoPNet
    state: State
    milestones: dict[str, Predictions]
    run_data: RunData
    temperature_fit: TemperatureFit


def train(
    config: Config,
    run_data: RunData,
    folder: Path | None = None,
    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None,
    side: str = "test",
) -> Result:
    """Run the stages of a configuration, from wherever `folder` says an earlier run was stopped.

    With `side` "validation" the milestones are of that side, and nothing is predicted on the test side.

    At the end the temperature is fitted on the validation clips, which have trained nothing, if they are enough.
    Raises `InputError` for a run that trains the backbone and has no folder to keep its features in.
    """
    if folder is None and not config.frozen_backbone:
        raise InputError(f"{config.name} trains the backbone and needs a folder of its own; use train.py")
    torch.manual_seed(config.seed)
    points = run_data.points.points_for(run_data.hierarchy)
    backbone = run_data.backbone if config.frozen_backbone else _to_train(run_data.backbone)
    model = HProtoPNet(config.model, run_data.hierarchy, points, backbone)
    model.to(next(backbone.parameters()).device)
    state = State(model, folder, config.stores_backbone)
    if not state.restore():
        initialise(model, run_data.train, torch.Generator().manual_seed(config.seed))
    moved = any("backbone" in stage.trains for stage in config.stages[: state.stage])
    sets = _encoded(run_data, backbone.eval(), config, folder) if moved else run_data
    milestones = {}
    for index, stage in list(enumerate(config.stages))[state.stage :]:
        if stage.name == "project":
            project_stage(model, sets.train, state)
        elif "backbone" in stage.trains:
            device = next(backbone.parameters()).device
            clips = AugmentedClips(
                run_data.split.train,
                config.clip,
                run_data.hierarchy,
                backbone.normalisation,
                device,
                stage.augmentation,
            )
            run_stage(model, forward_from_clips(model), stage, clips, config, index, state, on_epoch)
            sets = _encoded(run_data, backbone.eval(), config, folder)
        else:
            batches = head_batches(model, sets.train) if stage.only_head else sets.train
            batches = SomeCells(batches, stage.cells) if stage.cells < 1 else batches
            forward = partial(model, entry="head" if stage.only_head else "features")
            run_stage(model, forward, stage, batches, config, index, state, on_epoch)
        answers = {own: predict(model, getattr(sets, own)) for own in dict.fromkeys(("validation", side))}
        state.record.milestones[stage.name] = {
            own: figures(predictions, run_data.hierarchy, config.threshold) for own, predictions in answers.items()
        }
        milestones[stage.name] = answers[side]
        state.next_stage()
    held_out = predict(model, sets.validation)
    fit = fit_temperature(held_out.logits, held_out.leaves, held_out.groups)
    model.temperature.mul_(fit.factor)
    return Result(model.eval(), state, milestones, sets, fit)


def _to_train(backbone: Backbone) -> Backbone:
    """A copy that a run may change, which then no longer has the weights that anybody can fetch."""
    own = copy.deepcopy(backbone)
    own.weights_id = None
    return own
