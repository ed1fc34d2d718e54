"""Does the hourglass do what it claims? Small networks that are to tell twins apart, at normal and large displacement.

Hourglasses (Tan et al., 2022) look at neighbouring frames wide, so that what moves far is met there all the same. So
what they are worth is to be seen where things get far from frame to frame. All networks start at random, take about as
many multiplications a clip, and look at the same moments of the same clips, see `twins`; those with hourglasses see two
frames before and behind each moment as well, as published. Of these there is one more whose filters over neighbours are
a point wide: the same frames and layers without what is claimed. What is asked is which of two twins a clip shows, of
which chance knows half.

Of several learning rates one is chosen for each network and displacement by the validation side, with the first seed.
The only one there is was found, with the batch, for TSM and R3D on clips of looks that are not tested on; the epochs
are what an hour of one processor allows. Each training is kept as a file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.files import read_json, write_json
from hprotopnet.studies import contestants, twins
from hprotopnet.studies.contestants import CONTESTANTS, Classifier, Job, Regime, Side, width_of
from hprotopnet.studies.twins import LABELS
from hprotopnet.studies.work import multiply_adds, parameters, seconds

ROUNDS = 20  # passes that are timed
FIRST = "h2cn"  # what the others are compared with


def displacement_study(
    keep: Path,
    seeds: int = 3,
    asked: twins.Asked | None = None,
    regime: Regime | None = None,
    networks: Sequence[str] = tuple(CONTESTANTS),
) -> dict[str, Any]:
    """Train every network with every seed at every displacement, and what it comes to (JSON), see `_summary`.

    Args:
        keep: folder of clips and trainings; a study that was stopped goes on from what lies there.

    Raises `InputError` for a network that is none, and where `keep` holds another study's.
    """
    asked, regime = asked or twins.Asked(), regime or Regime()
    unknown = [own for own in networks if own not in CONTESTANTS]
    if unknown:
        raise InputError(f"no network of the study is called {unknown[0]!r}; it has {', '.join(CONTESTANTS)}")
    about = {"asked": asdict(asked), "regime": asdict(regime), "labels": list(LABELS)}
    _claim(keep / "study.json", about)
    twins.render_all(asked, keep / "clips")
    sides = {at: _sides(asked, keep / "clips", at) for at in asked.displacements}
    runs: dict[Job, dict[str, Any]] = {}
    for job in _jobs(networks, seeds, asked, regime, runs):
        path = keep / "trainings" / job.file
        if not path.exists():
            write_json(path, contestants.train(job, sides[job.displacement], asked, regime))
        runs[job] = read_json(path)
    return _summary(runs, networks, seeds, asked, regime)


def _sides(asked: twins.Asked, folder: Path, displacement: float) -> dict[str, Side]:
    return {side: twins.kept(asked, folder, side, displacement) for side in asked.looks}


def _jobs(
    networks: Sequence[str],
    seeds: int,
    asked: twins.Asked,
    regime: Regime,
    runs: Mapping[Job, Mapping[str, Any]],
) -> Iterator[Job]:
    """Every learning rate with the first seed, then the best of each network and displacement with the others."""
    pairs = [(network, at) for network in networks for at in asked.displacements]
    every = len(pairs) * (len(regime.learning_rates) + seeds - 1)
    with tqdm(total=every, desc="displacement", unit="training") as bar:
        for job in (Job(*pair, rate, 0) for rate in regime.learning_rates for pair in pairs):
            yield job
            bar.update()
        for seed in range(1, seeds):
            for pair in pairs:
                yield _best(runs, *pair)._replace(seed=seed)
                bar.update()


def _claim(file: Path, about: Mapping[str, Any]) -> None:
    """Note what the folder is for; raises `InputError` where it is for something else."""
    about = {"about": about}
    if file.exists() and read_json(file) != _plain(about):
        raise InputError(f"{file}: was begun with other clips or another regime; give another folder")
    write_json(file, about)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    return [_plain(own) for own in value] if isinstance(value, list | tuple) else value


def _best(runs: Mapping[Job, Mapping[str, Any]], network: str, displacement: float) -> Job:
    """The first seed's training that did best on the validation side, the first of equals."""
    tried = [job for job in runs if (job.network, job.displacement, job.seed) == (network, displacement, 0)]
    return max(tried, key=lambda job: float(np.mean(runs[job]["validation"])))


def _summary(
    runs: Mapping[Job, Mapping[str, Any]], networks: Sequence[str], seeds: int, asked: twins.Asked, regime: Regime
) -> dict[str, Any]:
    """What trainings came to, on the test side (JSON).

    `right`: of each network and displacement the share of clips taken for what they are rather than for their twin,
    over seeds, with an interval in which whole looks are drawn; `against`: what `FIRST` has more than each other one;
    `change`: what a network has more at each displacement than at the first. All clips of a displacement are those of
    the others but for how fast they go.
    """
    looks = [str(look) for look in asked.looks["test"] for _ in LABELS]
    answers = {
        (network, displacement): _answers(runs, network, displacement, seeds)
        for displacement in asked.displacements
        for network in networks
    }
    first, *others = asked.displacements
    return {
        "kind": "displacement",
        "side": "test",
        "seeds": seeds,
        "clips": len(looks),
        "groups": len(set(looks)),
        "classes": list(LABELS),
        "displacements": [
            {"times": times, "pixels": pixels}
            for times, pixels in zip(asked.displacements, twins.travel(asked), strict=True)
        ],
        "networks": {own: _known(own, runs, asked, regime) for own in networks},
        "right": [
            {"network": network, "displacement": displacement, **_spread(own, looks)}
            for (network, displacement), own in answers.items()
        ],
        "against": [
            {"network": FIRST, "other": other, "displacement": at, **_gap(answers[FIRST, at], own, looks)}
            for (other, at), own in answers.items()
            if FIRST in networks and other != FIRST
        ],
        "change": [
            {"network": network, "displacement": at, **_gap(answers[network, at], answers[network, first], looks)}
            for at in others
            for network in networks
        ],
    }


def _answers(runs: Mapping[Job, Mapping[str, Any]], network: str, displacement: float, seeds: int) -> np.ndarray:
    """Whether each test clip is taken for what it is, at the learning rate that was chosen, of shape (seeds, n)."""
    best = _best(runs, network, displacement)
    return np.asarray([runs[best._replace(seed=seed)]["test"] for seed in range(seeds)], float)


def _spread(answers: np.ndarray, looks: Sequence[str]) -> dict[str, Any]:
    values = answers.mean(1).tolist()
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"values": values, "std": std, **estimate(answers.mean(0), looks)}


def _gap(one: np.ndarray, other: np.ndarray, looks: Sequence[str]) -> dict[str, Any]:
    return estimate(one.mean(0) - other.mean(0), looks)


def _known(network: str, runs: Mapping[Job, Mapping[str, Any]], asked: twins.Asked, regime: Regime) -> dict[str, Any]:
    """Size, work and time of a network, and what its trainings were: chosen rates, and the share of training clips that
    the chosen one knows."""
    contestant, width = CONTESTANTS[network], width_of(network, regime.work, regime.crop, asked.moments)
    frames = len(twins.neighbours(asked.moments, contestant.every))
    net = Classifier(contestant.make(width)).to(memory_format=torch.channels_last_3d).eval()
    best = [_best(runs, network, at) for at in asked.displacements]
    return {
        "width": width,
        "frames": frames,
        "parameters": parameters(net),
        "multiply_adds": multiply_adds(partial(contestant.make, width), frames, regime.crop),
        "processor_seconds": seconds(net, torch.randn(1, 3, frames, regime.crop, regime.crop), ROUNDS, process_time),
        "learning_rates": [job.learning_rate for job in best],
        "train": [runs[job]["train"] for job in best],
    }
