"""Rows of the paper's tables side by side: same clips, same split, several seeds, intervals that respect groups."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.answers import drawn_together
from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import bootstrap_interval, bootstrap_ratio_difference
from hprotopnet.evaluation.predictions import Predictions
from hprotopnet.evaluation.resampling import Estimate, estimate, mean, ratio
from hprotopnet.files import printable
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.recipes import recipe
from hprotopnet.studies.runs import Run, claim, encode_runs, keep_run, plan_runs, run_once
from hprotopnet.training.run import SIDES, Plan, RunData

LEVELS = ("accuracy", "sibling", "cousin")
KINDS = {"clip": "clips", "video_majority": "videos", "video_mean_softmax": "videos"}  # of figures, and what they count

Shares = Mapping[str, tuple[np.ndarray, np.ndarray]]


def study(
    dataset: str,
    rows: Sequence[str],
    data: Path | None,
    split: Path | None,
    seeds: int,
    cache: Path,
    side: str = "test",
    allow_missing: bool = False,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Train every row with every seed and compare them on one side of the split, after each stage.

    Rows may look at the clips through other cuts of the backbone, and have other heads; the clips are the same.

    Args:
        dataset: first part of the recipes' names, for instance `ucf101-nine`.
        rows: second parts.
        data: folder of videos; None where the recipe renders them.
        seeds: how many, from 0.
        side: "test", or "validation" for choices.
        allow_missing: leave out classes that have no video; otherwise they are refused.
        keep: folder in which each run is kept as a bundle `ROW-seedN`, and not trained again by the next study.

    Returns:
        `rows`: per row, stage and kind of answer (of clips, of videos by either vote) each figure of `_spread`;
        `pairs`: of each two rows the difference of their final clip accuracies, mean over seeds, with a 95 % bootstrap
        interval in which whole groups are drawn; the same for how mild their mistakes are, all seeds' taken
        together. A group is footage of one class that looks alike; where videos are rendered, all that share a look.
        Beside them what was studied: `command`, `dataset`, `side`, `seeds`, `recipes` by row, the number of `clips` of
        each side and of `groups` of the one that is compared on.

    Raises `InputError`, before anything is trained, for a row that trains the backbone or works on other clips, and
    for a folder to keep a run in that holds another one.
    """
    configs = {row: recipe(f"{dataset}-{row}") for row in dict.fromkeys(rows)}
    planned = plan_runs(configs, data, split, cache, allow_missing)
    runs, run_data = _runs(configs, planned, seeds, cache, side, keep)
    first = next(iter(configs))
    final = {row: [run.final for run in own] for row, own in runs.items()}
    groups, tree = drawn_together(final[first][0].groups, configs[first]), run_data.hierarchy
    return {
        "command": command(dataset, list(configs), data, split, seeds, side, allow_missing),
        "dataset": dataset,
        "side": side,
        "seeds": seeds,
        "clips": _sizes(run_data),
        "groups": len(set(groups)),
        "recipes": {row: config.name for row, config in configs.items()},
        "rows": {row: _stages(own, groups, tree) for row, own in runs.items()},
        "pairs": [_difference(other, one, final, groups, tree) for one, other in combinations(configs, 2)],
    }


def command(
    dataset: str, rows: Sequence[str], data: Path | None, split: Path | None, seeds: int, side: str, allow_missing: bool
) -> str:
    """The command that makes a study, with files and folders by their names alone."""
    words = ["python", "-m", "hprotopnet", "study", "--dataset", dataset, "--rows", ",".join(rows)]
    for option, path in (("--data", data), ("--split", split)):
        words += [option, printable(path.resolve().name)] if path else []
    words += ["--seeds", str(seeds)]
    words += ["--side", side] if side != "test" else []
    return shlex.join([*words, "--allow-missing"] if allow_missing else words)


def _runs(
    configs: Mapping[str, Config], planned: Plan, seeds: int, cache: Path, side: str, keep: Path | None
) -> tuple[dict[str, list[Run]], RunData]:
    """The runs of each row, one a seed, and what the first row works on."""
    asked = {(row, seed): replace(config, seed=seed) for row, config in configs.items() for seed in range(seeds)}
    folders = {(row, seed): keep / f"{row}-seed{seed}" for row, seed in asked} if keep else {}
    for own, folder in folders.items():
        claim(folder, asked[own], planned, side)
    run_data = encode_runs(configs, planned, cache)
    first = next(iter(run_data.values()))
    if not len(getattr(first, side)):
        raise InputError(f"there is no {side} clip to compare on; give other videos or another --side")
    found: dict[str, list[Run]] = {row: [] for row in configs}
    with tqdm(asked.items(), desc="study", unit="run") as bar:
        for (row, seed), config in bar:
            bar.set_postfix(row=row, seed=seed)
            works = (config, run_data[row], side)
            found[row].append(keep_run(folders[row, seed], *works) if keep else run_once(*works))
    return found, first


def _stages(runs: Sequence[Run], groups: Sequence[str], hierarchy: Hierarchy) -> dict[str, Any]:
    """Figures of one row after each stage, with intervals after the last, of which the answers are known."""
    last = list(runs[0].stages)[-1]
    drawn = _drawn([run.final for run in runs], groups, hierarchy)
    return {
        stage: {
            kind: {
                name: _spread(
                    [run.stages[stage][kind][name] for run in runs],
                    runs[0].stages[stage]["n"][counted],
                    drawn[name] if stage == last and kind == "clip" else None,
                )
                for name in runs[0].stages[stage][kind]
            }
            for kind, counted in KINDS.items()
        }
        for stage in runs[0].stages
    }


def _spread(values: Sequence[float | None], n: int, drawn: Estimate | None = None) -> dict[str, Any]:
    """A figure over seeds (JSON).

    `n` clips, or videos, are answered by each seed; `values` of the seeds, None where a figure of mistakes has none;
    their `mean`; `std`, the deviation of a sample, which one value does not have; `interval`, 95 % of what the mean is
    when whole groups are drawn, None where that is not known.
    """
    defined = [value for value in values if value is not None]
    return {
        "n": n,
        "values": list(values),
        "mean": float(np.mean(defined)) if defined else None,
        "std": float(np.std(defined, ddof=1)) if len(defined) > 1 else None,
        "interval": drawn.interval() if drawn else None,
    }


def _drawn(runs: Sequence[Predictions], groups: Sequence[str], hierarchy: Hierarchy) -> dict[str, Estimate]:
    """Each figure of clips, mean over runs, with what it is when whole groups are drawn, the same for all runs."""
    found = [estimate(_figures(_shares(own, hierarchy)), groups) for own in runs]
    return {name: mean([own[name] for own in found]) for name in found[0]}


def _figures(shares: Shares) -> Any:
    """Figures as functions of how often each clip counts, see `resampling.estimate`."""
    return lambda counts: {name: ratio(counts @ above, counts @ below) for name, (above, below) in shares.items()}


def _shares(predictions: Predictions, hierarchy: Hierarchy) -> Shares:
    """Each figure of `metrics.hierarchical_accuracy` as what is summed over clips (n,), and over how many."""
    heights = hierarchy.leaf_heights[predictions.logits.argmax(1), predictions.leaves].astype(float)
    every, wrong = np.ones(len(heights)), (heights > 0).astype(float)
    cumulative = {name: ((heights <= level).astype(float), every) for level, name in enumerate(LEVELS)}
    return cumulative | {
        "p_sibling_given_error": ((heights == 1).astype(float), wrong),
        "mistake_severity": (heights, wrong),
    }


def _difference(
    row: str, reference: str, final: dict[str, list[Predictions]], groups: Sequence[str], hierarchy: Hierarchy
) -> dict[str, Any]:
    """Of clip accuracy, paired clip by clip and seed by seed, and of how mild the mistakes are."""
    runs = zip(final[row], final[reference], strict=True)
    rights = [[_shares(own, hierarchy)["accuracy"][0] for own in run] for run in runs]
    gain = np.mean([own - other for own, other in rights], axis=0)
    found = {"row": row, "against": reference, "difference": float(gain.mean())}
    found["interval"] = bootstrap_interval(gain, groups)
    for name in ("mistake_severity", "p_sibling_given_error"):
        one, other = (_over_seeds(final[own], hierarchy, name) for own in (row, reference))
        defined = one[1].any() and other[1].any()
        gap = one[0].sum() / one[1].sum() - other[0].sum() / other[1].sum() if defined else None
        found[name] = {"difference": gap, "interval": bootstrap_ratio_difference(one, other, groups)}
    return found


def _over_seeds(runs: Sequence[Predictions], hierarchy: Hierarchy, name: str) -> tuple[np.ndarray, np.ndarray]:
    """What is summed for a figure of clips and over how many, for each clip (n,), summed over seeds."""
    found = [_shares(own, hierarchy)[name] for own in runs]
    return np.sum([above for above, _ in found], axis=0), np.sum([below for _, below in found], axis=0)


def _sizes(run_data: RunData) -> dict[str, int]:
    return {side: len(getattr(run_data, side)) for side in SIDES}


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
