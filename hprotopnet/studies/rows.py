"""Rows of the paper's tables side by side: same clips, same split, several seeds, intervals that respect groups."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import bootstrap_interval, bootstrap_ratio_difference
from hprotopnet.evaluation.predictions import Predictions, figures
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime.rendered import rendered
from hprotopnet.recipes import recipe
from hprotopnet.training.run import RunData, prepare, train

LEVELS = ("accuracy", "sibling", "cousin")


def study(
    dataset: str,
    rows: Sequence[str],
    data: Path | None,
    split: Path | None,
    seeds: int,
    cache: Path,
    side: str = "test",
    allow_missing: bool = False,
) -> dict[str, Any]:
    """Train every row with every seed and compare them on one side of the split, after each stage.

    Args:
        dataset: first part of the recipes' names, for instance `ucf101-nine`.
        rows: second parts.
        data: folder of videos; None where the recipe renders them.
        seeds: how many, from 0.
        side: "test", or "validation" for choices.
        allow_missing: leave out classes that have no video; otherwise they are refused.

    Returns:
        `rows`: per row and stage the mean and sample standard deviation over seeds (None for one seed) of each
        accuracy, of clips and of videos;
        `pairs`: of each two rows the difference of their final clip accuracies, mean over seeds, with a 95 % bootstrap
        interval in which whole groups are drawn; the same for how mild their mistakes are, all seeds' taken
        together. A group is footage of one class that looks alike; where videos are rendered, all that share a look.

    Raises `InputError`, before anything is computed, for a row that trains the backbone.
    """
    configs = {row: recipe(f"{dataset}-{row}") for row in dict.fromkeys(rows)}
    rows = list(configs)
    for config in configs.values():
        if not config.frozen_backbone:
            raise InputError(f"{config.name} trains the backbone and needs a folder of its own; use train.py")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    first = configs[rows[0]]
    run_data = prepare(first, data or rendered(first, cache), split, cache, device, allow_missing)
    if not len(getattr(run_data, side)):
        raise InputError(f"{dataset}: there is no {side} clip to compare on; give other videos or another --side")
    final: dict[str, list[Predictions]] = {}
    table: dict[str, Any] = {}
    with tqdm(total=len(rows) * seeds, desc="study", unit="run") as bar:
        for row, config in configs.items():
            results = []
            for seed in range(seeds):
                bar.set_postfix(row=row, seed=seed)
                results.append(train(replace(config, seed=seed), run_data, side=side))
                bar.update()
            final[row] = [list(result.milestones.values())[-1] for result in results]
            table[row] = _stages([result.milestones for result in results], run_data.hierarchy, config.threshold)
    groups = _groups(final[rows[0]][0], first)
    pairs = [_difference(other, one, final, groups, run_data.hierarchy) for one, other in combinations(rows, 2)]
    return {"dataset": dataset, "side": side, "seeds": seeds, "rows": table, "pairs": pairs} | _sizes(run_data)


def _stages(runs: Sequence[dict[str, Predictions]], hierarchy: Hierarchy, threshold: float) -> dict[str, Any]:
    return {stage: _over_seeds([figures(run[stage], hierarchy, threshold) for run in runs]) for stage in runs[0]}


def _over_seeds(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean and sample deviation over seeds of each figure of clips and videos."""
    kinds = ("clip", "video_majority", "video_mean_softmax")
    return {kind: {name: _spread([own[kind][name] for own in found]) for name in found[0][kind]} for kind in kinds}


def _spread(values: Sequence[float | None]) -> dict[str, float | None]:
    """Mean and sample deviation, which one value does not have."""
    defined = [value for value in values if value is not None]
    mean = float(np.mean(defined)) if defined else None
    return {"mean": mean, "std": float(np.std(defined, ddof=1)) if len(defined) > 1 else None}


def _groups(predictions: Predictions, config: Config) -> list[str]:
    """The group of each clip, "Class/g01"; of rendered videos "g01", as it has one look in all classes."""
    return [group.rsplit("/", 1)[1] if config.rendered else group for group in predictions.groups]


def _difference(
    row: str, reference: str, final: dict[str, list[Predictions]], groups: Sequence[str], hierarchy: Hierarchy
) -> dict[str, Any]:
    """Of clip accuracy, paired clip by clip and seed by seed, and of how mild the mistakes are."""
    runs = zip(final[row], final[reference], strict=True)
    gain = np.mean([_right(own) - _right(other) for own, other in runs], axis=0)
    found = {"row": row, "against": reference, "difference": float(gain.mean())}
    found["interval"] = bootstrap_interval(gain, groups)
    for name in ("mistake_severity", "p_sibling_given_error"):
        one, other = (_over_mistakes(final[own], hierarchy, name) for own in (row, reference))
        defined = one[1].any() and other[1].any()
        gap = one[0].sum() / one[1].sum() - other[0].sum() / other[1].sum() if defined else None
        found[name] = {"difference": gap, "interval": bootstrap_ratio_difference(one, other, groups)}
    return found


def _over_mistakes(runs: list[Predictions], hierarchy: Hierarchy, name: str) -> tuple[np.ndarray, np.ndarray]:
    """For each clip, summed over seeds: severity or siblinghood of the mistakes made on it, and their number."""
    heights = np.array([hierarchy.leaf_heights[own.logits.argmax(1), own.leaves] for own in runs])
    mistakes = heights > 0
    values = heights if name == "mistake_severity" else heights == 1
    return np.where(mistakes, values, 0).sum(0).astype(float), mistakes.sum(0).astype(float)


def _right(predictions: Predictions) -> np.ndarray:
    return (predictions.logits.argmax(1) == predictions.leaves).astype(float)


def _sizes(run_data: RunData) -> dict[str, Any]:
    sides = {"train": run_data.train, "validation": run_data.validation, "test": run_data.test}
    return {"clips": {side: len(clips) for side, clips in sides.items()}}


def print_study(found: dict[str, Any]) -> None:
    """Print a study as a table, clips / videos by mean softmax, percent."""
    print(f"{'row':14}{'after':10}{'clips: class sibling cousin':>30}{'videos: class sibling cousin':>32}")
    for row, stages in found["rows"].items():
        for stage, kinds in stages.items():
            cells = [_cell(kinds[kind], name) for kind in ("clip", "video_mean_softmax") for name in LEVELS]
            print(f"{row:14}{stage:10}{'':3}{' '.join(cells[:3]):>27}{'':5}{' '.join(cells[3:]):>27}")
    for gap in found["pairs"]:
        low, high = gap["interval"]
        print(
            f"{gap['row']} against {gap['against']}: {100 * gap['difference']:+.1f} points of clip accuracy,"
            f" 95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
        )
        for name, meaning in (("mistake_severity", "severity"), ("p_sibling_given_error", "P(sibling|error)")):
            print(f"    {meaning} of mistakes: {_gap(gap[name])}")


def _gap(found: dict[str, Any]) -> str:
    if found["interval"] is None:
        return "too few mistakes to compare"
    return "{:+.2f}, 95 % interval {:+.2f} to {:+.2f}".format(found["difference"], *found["interval"])


def _cell(kind: dict[str, Any], name: str) -> str:
    mean, std = kind[name]["mean"], kind[name]["std"]
    return f"{100 * mean:.1f}" + ("" if std is None else f"+-{100 * std:.1f}")
