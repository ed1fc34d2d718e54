"""The runs of a study: what they work on, made once for all that need the same, and each trained once for all time."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import torch

from hprotopnet.bundles.bundle import PARTS, Bundle, open_bundle
from hprotopnet.bundles.export import export
from hprotopnet.bundles.replacing import finish_replacing
from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import Predictions, figures, predict
from hprotopnet.files import check_writable
from hprotopnet.models.owners import check_size
from hprotopnet.pantomime.rendered import rendered
from hprotopnet.training.identity import differences, run_parts, state_folder
from hprotopnet.training.run import SIDES, Plan, RunData, encode, plan, points_of, train
from hprotopnet.writers import sole_writer

OTHERWISE = "choose another --keep, or remove it"


@dataclass(frozen=True)
class Run:
    """What a run came to on one side of the split.

    `stages` maps the name of each stage to the figures after it, `final` holds the answers after the last, at the
    temperature of training.
    """

    stages: dict[str, dict[str, Any]]
    final: Predictions


def plan_runs(
    configs: Mapping[str, Config], data: Path | None, split: Path | None, cache: Path, allow_missing: bool
) -> Plan:
    """The videos that all rows work on, and how they are parted.

    Raises `InputError` for a row that trains the backbone, or that would be trained on other videos than the first.
    """
    first = next(iter(configs.values()))
    for config in configs.values():
        if not config.frozen_backbone:
            raise InputError(f"{config.name} trains the backbone and needs a folder of its own; use train.py")
        if _videos_of(config) != _videos_of(first):
            raise InputError(f"{config.name} works on other videos than {first.name}; study them apart")
    planned = plan(first, data or rendered(first, cache), split, allow_missing)
    for config in configs.values():
        check_size(planned.hierarchy, config.model)
    return planned


def _videos_of(config: Config) -> tuple[Any, ...]:
    """What decides which videos are used, and for what."""
    return config.hierarchy, config.classes, config.rendered, config.validation_share


def encode_runs(configs: Mapping[str, Config], planned: Plan, cache: Path) -> dict[str, RunData]:
    """What each row works on: features are made once for all rows that see alike, class points for each.

    Raises `InputError` where the clips of a row are not those of the first, one by one.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    seen: dict[Any, RunData] = {}
    found: dict[str, RunData] = {}
    for row, config in configs.items():
        sight = _sight(config)
        if sight in seen:
            found[row] = replace(seen[sight], points=points_of(planned.hierarchy, config.model))
        else:
            found[row] = seen[sight] = encode(config, planned, cache, device)
    _check_same_clips(found)
    return found


def _sight(config: Config) -> tuple[Any, ...]:
    """What decides how clips are seen."""
    model = config.model
    return config.clip, model.backbone, model.cut, model.width, model.pretrained, model.weights


def _check_same_clips(found: Mapping[str, RunData]) -> None:
    first, *others = found
    for row, side in product(others, SIDES):
        if getattr(found[row], side).names != getattr(found[first], side).names:
            raise InputError(f"row {row}: its {side} clips are not those of {first}; study them apart")


def run_once(config: Config, run_data: RunData, side: str) -> Run:
    """Train a network and forget it."""
    milestones = train(config, run_data, side=side).milestones
    stages = {name: figures(own, run_data.hierarchy, config.threshold) for name, own in milestones.items()}
    return Run(stages, list(milestones.values())[-1])


def claim(folder: Path, config: Config, planned: Plan, side: str) -> None:
    """Note whose folder this is before anything is computed.

    Raises `InputError` where it is another run's, or its run was not asked about this side of the split.
    """
    check_writable(folder / "model.json")
    finish_replacing(folder, PARTS)
    if (folder / "model.json").exists():
        bundle = open_bundle(folder)
        _check_bundle(bundle, config, planned)
        _stages(bundle, side)
    state_folder(folder, run_parts(config, *planned), again=False, remedy=OTHERWISE)


def _check_bundle(bundle: Bundle, config: Config, planned: Plan) -> None:
    """Raise `InputError` for a network of another configuration, or trained on other videos."""
    names = {side: {"names_sha256": planned.split.record[side]["names_sha256"]} for side in SIDES}
    there = {"config": asdict(replace(bundle.config, name=config.name)), "split": asdict(bundle.description)["split"]}
    found = next(differences(there, {"config": asdict(config), "split": names}), None)
    if found:
        raise InputError(f"{bundle.folder}: holds a network of another run ({found}); {OTHERWISE}")


def keep_run(folder: Path, config: Config, run_data: RunData, side: str) -> Run:
    """Train a network and write it as a bundle without excerpts, or take the one that is there; see `claim`.

    Answers and figures are the same either way: those of the last stage are the bundle's, made again from the clips,
    those of the stages before are in its record. One that was stopped goes on where it was.
    """
    with sole_writer(folder, wait=True):
        if not (folder / "model.json").exists():
            began = time.perf_counter()
            result = train(config, run_data, folder / "state", side=side)
            export(config, result, folder, with_excerpts=False, seconds=time.perf_counter() - began)
        return _read(open_bundle(folder), run_data, side)


def _read(bundle: Bundle, run_data: RunData, side: str) -> Run:
    """What a bundle says now of the clips of one side, and what its record says of the stages before."""
    stages, config = _stages(bundle, side), bundle.config
    model = bundle.load_model().to(next(run_data.backbone.parameters()).device)
    model.temperature.fill_(config.model.temperature)  # what was fitted since is for those who ask the bundle
    final = predict(model, getattr(run_data, side))
    return Run(stages | {list(stages)[-1]: figures(final, run_data.hierarchy, config.threshold)}, final)


def _stages(bundle: Bundle, side: str) -> dict[str, dict[str, Any]]:
    """Figures of one side after each stage, as they were written down then."""
    milestones = bundle.meta.get("milestones", {})
    if not milestones or any(side not in own for own in milestones.values()):
        raise InputError(f"{bundle.folder}: has no figures of the {side} side after each stage; {OTHERWISE}")
    return {name: own[side] for name, own in milestones.items()}
