"""Does the tree help a detector of actions in long videos? Rows that differ in what they know of it, side by side.

Every run is kept as a file, and goes on where it was stopped. Figures are made of these files, with intervals in which
whole videos are drawn.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import clips_along, said_of
from hprotopnet.errors import InputError
from hprotopnet.evaluation.detection import Segments, map_estimate
from hprotopnet.evaluation.detection_errors import detection_errors
from hprotopnet.evaluation.resampling import DRAWS, Estimate, mean
from hprotopnet.files import atomic_write, read_json, sha256, write_json
from hprotopnet.hierarchy.names import some
from hprotopnet.structure import structure
from hprotopnet.temporal.annotations import LongVideo, LongVideos, coarse_names, truth_of
from hprotopnet.temporal.atoms import Atom
from hprotopnet.temporal.config import DetectorConfig
from hprotopnet.temporal.detection import detect_all
from hprotopnet.temporal.extract import BATCH, MOST, cell_starts
from hprotopnet.temporal.measured import ERRORS_AT, TIOUS, agreements, found_in
from hprotopnet.temporal.training import train_detector
from hprotopnet.writers import sole_writer

AGAIN = "give another folder to keep runs in, or delete this file"
CHANCE, PROTOTYPES, REFERENCE = "chance", "prototypes", "repaired"
TRAINED: dict[str, dict[str, Any]] = {  # what differs from the recipe
    "published": {"form": "published"},
    REFERENCE: {},
    "no coarse loss": {"coarse": 0.0},
    "ball": {"class_weights": "ball"},  # weights of fine classes fixed to the directions of their class points
}


@dataclass(frozen=True, eq=False)
class KeptSegments:
    """`Segments` as plain lists."""

    videos: tuple[int, ...]
    labels: tuple[int, ...]
    times: tuple[tuple[float, float], ...]
    scores: tuple[float, ...]

    @classmethod
    def of(cls, found: Segments) -> "KeptSegments":
        parts = (found.videos, found.labels, found.times, found.scores)
        return cls(*(np.asarray(own).tolist() for own in parts))

    def segments(self) -> Segments:
        times = np.array(self.times, float).reshape(-1, 2)
        return Segments(np.array(self.videos, int), np.array(self.labels, int), times, np.array(self.scores, float))


@dataclass(frozen=True)
class KeptRun:
    """What a run found, as it lies in a file.

    Attributes:
        identity: hashes of what decided it.
        fine, coarse: what it found of either level.
        concepts: purity and mutual information (NMI) of its concepts with what is known, by what that is.
    """

    identity: dict[str, str]
    fine: KeptSegments
    coarse: KeptSegments
    concepts: dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Asked:
    """What a study works on: data, the side that is measured on, where runs are kept, and atoms where they are known.

    `films` is the folder of the videos themselves, which prototype networks are asked about.
    """

    data: LongVideos
    videos: tuple[LongVideo, ...]
    out: Path
    config: DetectorConfig
    seeds: int
    atoms: Mapping[str, Sequence[Atom]]
    films: Path | None = None

    @property
    def identity(self) -> dict[str, str]:
        """Of what is measured on; every run has it."""
        rows = [
            (own.name, own.subset, own.labels.tolist(), own.times.tolist(), self.data.features.count(own.name))
            for own in self.data.videos
        ]
        return {"videos": _hash([rows, [own.name for own in self.videos], self.data.hierarchy.to_dict()])}


def detector_study(asked: Asked, bundles: Sequence[Bundle] = (), draws: int = DRAWS) -> dict[str, Any]:
    """All rows, each with as many runs as there are seeds, or bundles (JSON).

    Raises `InputError` for kept files of something else, and bundles that do not know the classes.
    """
    with sole_writer(asked.out):
        runs = {row: [_trained(asked, row, seed) for seed in range(1, asked.seeds + 1)] for row in TRAINED}
        if bundles:
            runs[PROTOTYPES] = [_prototypes(asked, bundle) for bundle in bundles]
        runs[CHANCE] = [_chance(asked, seed) for seed in range(1, asked.seeds + 1)]
    measured = {row: _estimates(asked, own, draws) for row, own in runs.items()}
    return {
        "videos": len(asked.videos),
        "segments": len(truth_of(asked.videos)),
        "trained_on": sum(own.subset == "training" for own in asked.data.videos),
        "seeds": asked.seeds,
        "config": asdict(asked.config),
        "rows": {row: _row(measured, row, runs[row], asked) for row in runs},
    }


def config_of(config: DetectorConfig, row: str, seed: int) -> DetectorConfig:
    """The recipe with what differs in a row."""
    change = dict(TRAINED[row])
    loss = replace(config.loss, coarse=change.pop("coarse")) if "coarse" in change else config.loss
    return replace(config, seed=seed, loss=loss, **change)


def _trained(asked: Asked, row: str, seed: int) -> KeptRun:
    """A detector that is trained, unless what it found is kept."""
    config = config_of(asked.config, row, seed)
    name = f"{row.replace(' ', '-')}-seed{seed}"
    identity = asked.identity | {"configuration": _hash(asdict(config))}
    kept = _kept(asked.out / f"{name}.json", identity)
    if kept is None:
        trained = train_detector(asked.data, config, asked.out / name)
        found = found_in(trained.network, config.rule, asked.data, asked.videos)
        own = agreements(trained.network, asked.data, asked.videos, asked.atoms) if asked.atoms else {}
        concepts = {what: one._asdict() for what, one in own.items()}
        kept = _keep(asked.out / f"{name}.json", identity, found, found.with_labels(asked.data.coarse), concepts)
    return kept


def _chance(asked: Asked, seed: int) -> KeptRun:
    """As many segments as there are, each as long as one of them, anywhere, of any class, as sure as any."""
    truth, rng = truth_of(asked.videos), np.random.default_rng(seed)
    lengths = rng.permutation(truth.times[:, 1] - truth.times[:, 0])
    durations = np.array([video.duration for video in asked.videos])[truth.videos]
    lengths = np.minimum(lengths, durations)
    starts = rng.random(len(truth)) * (durations - lengths)
    labels = rng.integers(len(asked.data.hierarchy.classes), size=len(truth))
    times = np.stack([starts, starts + lengths], 1)
    found = Segments(truth.videos, labels, times, rng.random(len(truth)))
    coarse = found.with_labels(asked.data.coarse)
    return KeptRun(asked.identity, KeptSegments.of(found), KeptSegments.of(coarse), {})


def _prototypes(asked: Asked, bundle: Bundle) -> KeptRun:
    """The detection rule on probabilities of a network that was trained on trimmed clips: of classes, and of parents.

    Nothing is trained. All probabilities are above 0, so that every class is found somewhere, if with a low score.
    """
    weights = sha256(bundle.folder / "weights.safetensors")
    rule = asked.config.rule
    identity = asked.identity | {"bundle": weights, "rule": _hash(asdict(rule))}
    path = asked.out / f"{PROTOTYPES}-{bundle.name}.json"
    kept = _kept(path, identity)
    if kept is None:
        said = list(_said(asked, bundle, asked.out / f"said-{bundle.name}-{weights[:8]}"))
        rates = [video.rate for video in asked.videos]
        nodes = bundle.hierarchy.nodes
        named = (asked.data.hierarchy.classes, coarse_names(asked.data.hierarchy))
        columns = [[nodes.index(name) for name in own] for own in named]
        fine, coarse = (detect_all([own[:, chosen] for own in said], rates, rule) for chosen in columns)
        kept = _keep(path, identity, fine, coarse, {})
    return kept


def _said(asked: Asked, bundle: Bundle, folder: Path) -> Iterator[np.ndarray]:
    """Probabilities (T, N) of all nodes along each video, kept file by file."""
    missing = [name for name in asked.data.hierarchy.nodes if name not in bundle.hierarchy.nodes]
    if missing:
        raise InputError(f"{bundle.folder}: does not know {some(missing)}; give a bundle of the same tree")
    paths = [folder / f"{video.name}.npy" for video in asked.videos]
    model = bundle.load_model() if not all(path.exists() for path in paths) else None
    for video, path in zip(tqdm(asked.videos, bundle.name, unit="video", delay=2), paths, strict=True):
        if not path.exists():
            found = _along(model, bundle, _film(asked, video.name), video, asked.data.features.count(video.name))
            with atomic_write(path) as temporary, temporary.open("wb") as file:
                np.save(file, found)
        yield np.load(path, allow_pickle=False)


def _along(model: Any, bundle: Bundle, path: Path, video: LongVideo, clips: int) -> np.ndarray:
    clip = bundle.config.clip
    starts, rows = cell_starts(video.duration, clips, clip.span), []
    for windows in clips_along(path, starts, clip, MOST):
        for row in range(0, len(windows), BATCH):
            rows.append(said_of(model, windows[row : row + BATCH]).nodes.cpu().numpy())
    return np.concatenate(rows)


def _film(asked: Asked, name: str) -> Path:
    path = (asked.films or Path()) / f"{name}.mp4"
    if asked.films is None or not path.is_file():
        raise InputError(f"{path}: there is no such video; give the folder of the videos, or leave bundles out")
    return path


def _kept(path: Path, identity: Mapping[str, str]) -> KeptRun | None:
    """What a run found, if it is kept; raises `InputError` for that of another run."""
    if not path.exists():
        return None
    found = structure(read_json(path), KeptRun, path, AGAIN)
    other = [name for name, value in identity.items() if found.identity.get(name) != value]
    if other:
        raise InputError(f"{path}: was found with another {' and '.join(other)}; {AGAIN}")
    return found


def _keep(
    path: Path, identity: dict[str, str], fine: Segments, coarse: Segments, concepts: dict[str, dict[str, Any]]
) -> KeptRun:
    kept = KeptRun(identity, KeptSegments.of(fine), KeptSegments.of(coarse), concepts)
    write_json(path, asdict(kept))
    return kept


def _estimates(asked: Asked, runs: Sequence[KeptRun], draws: int) -> dict[str, list[Estimate]]:
    """Figures of each run, "fine average" and so on, drawn alike so that rows can be compared draw by draw."""
    names, data = [video.name for video in asked.videos], asked.data
    truth = truth_of(asked.videos)
    levels = {
        "fine": (truth, len(data.hierarchy.classes)),
        "coarse": (truth.with_labels(data.coarse), len(coarse_names(data.hierarchy))),
    }
    found: dict[str, list[Estimate]] = {}
    for run in runs:
        for level, (true, classes) in levels.items():
            own = getattr(run, level).segments()
            for name, figure in map_estimate(own, true, classes, TIOUS, names, draws).items():
                found.setdefault(f"{level} {name}", []).append(figure)
    return found


def _row(
    measured: Mapping[str, Mapping[str, list[Estimate]]], row: str, runs: Sequence[KeptRun], asked: Asked
) -> dict[str, Any]:
    """A row's figures, means over its runs, and what they are beyond the repaired detector's."""
    means = {name: mean(own) for name, own in measured[row].items()}
    reference = {name: mean(own) for name, own in measured[REFERENCE].items()}
    against = {name: _plain(means[name] - reference[name]) for name in means}
    return {
        "runs": len(runs),
        "figures": {name: _plain(means[name], own) for name, own in measured[row].items()},
        "against": against if row != REFERENCE else None,
        "siblings": _mean([_siblings(run, asked) for run in runs]),
        "concepts": {
            what: {key: _mean([run.concepts[what][key] for run in runs]) for key in own}
            for what, own in runs[0].concepts.items()
        },
    }


def _siblings(run: KeptRun, asked: Asked) -> float | None:
    """Of detections in the right place with a wrong label, the share that are siblings of the truth."""
    shares = detection_errors(run.fine.segments(), truth_of(asked.videos), asked.data.coarse, ERRORS_AT).shares
    wrong = (shares["sibling"] or 0) + (shares["other"] or 0)
    return shares["sibling"] / wrong if wrong else None


def _plain(estimate: Estimate, runs: Sequence[Estimate] = ()) -> dict[str, Any]:
    """A figure with its interval, and its deviation over runs (JSON)."""
    std = float(np.std([own.value for own in runs], ddof=1)) if len(runs) > 1 else None
    return {"mean": estimate.value, "std": std, "interval": estimate.interval()}


def _mean(values: Sequence[float | None]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    std = float(np.std(known, ddof=1)) if len(known) > 1 else None
    return {"mean": float(np.mean(known)) if known else None, "std": std, "interval": None}


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
