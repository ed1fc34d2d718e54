"""Is evidence found when there is some to see? Temporal pointing in reveal stories, whose cues come one by one.

A story is looked at window by window, one after the other. Of all prototypes of the true node of a level, in all
windows, the one that is nearest to any patch has the peak; it hits when that patch lies in the stretch in which the cue
of the level is seen. The control is a peak anywhere in the story: the share of its frames that show the cue.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import covered, instants, lead, window_starts
from hprotopnet.data.pictures import centre_crop
from hprotopnet.data.video import probe, read_windows
from hprotopnet.errors import InputError
from hprotopnet.evaluation.evidence import middle, shown_at
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import LEVELS
from hprotopnet.pantomime.shipped import label_of
from hprotopnet.pantomime.truth import SEEN, load_truth
from hprotopnet.studies.passes import shared_features


def stories_in(folder: Path, hierarchy: Hierarchy) -> dict[Path, str]:
    """Stories of a folder that show one class of a tree, and the class; raises `InputError` without any."""
    found = {film: label_of(film) for film in sorted(folder.glob("*.mp4"))}
    known = {film: label for film, label in found.items() if label in hierarchy.classes}
    if not known:
        raise InputError(f"{folder}: holds no story of a class that the network knows, with its truth; give another")
    return known


def moment_report(
    models: Mapping[str, HProtoPNet], films: Mapping[Path, str], clip: ClipConfig
) -> dict[str, dict[str, Any]]:
    """For each network and level with prototypes, `network`: how often the peak comes when the cue is seen; and
    `chance`: how often a peak at any time would (JSON, intervals draw stories)."""
    rows: dict[str, list[np.ndarray]] = {name: [] for name in models}
    chances = []
    for film, label in tqdm(films.items(), desc="stories", unit="story", delay=2):
        truth = load_truth(film)
        shown = truth.visible[:, : len(LEVELS)] >= SEEN
        chances.append(shown.mean(0))
        for name, times in peak_times(models, film, label, clip).items():
            hit = [
                np.nan if np.isnan(at) else shown_at(at, truth.times, own)
                for at, own in zip(times, shown.T, strict=True)
            ]
            rows[name].append(np.array(hit, float))
    stories = [film.stem for film in films]
    return {name: _figures(np.stack(own), np.stack(chances), stories) for name, own in rows.items()}


@torch.inference_mode()
def peak_times(models: Mapping[str, HProtoPNet], film: Path, label: str, clip: ClipConfig) -> dict[str, np.ndarray]:
    """When, in seconds, the evidence of each level of a class's path has its peak in a film, (3,) by network.

    NaN for levels without prototypes.
    """
    duration = probe(film).duration
    span = covered(duration, clip)
    windows = [instants(begin + lead(clip, span), clip, span) for begin in window_starts(duration, span, span)]
    best = {name: np.full((2, len(LEVELS)), [[np.inf], [np.nan]]) for name in models}  # distance and time
    for frames in read_windows(film, windows, clip.size):
        images = centre_crop(frames.images, clip.size)
        for name, features in shared_features(models, [images]):
            found = _nearest(models[name], features, label, np.asarray(frames.times))
            best[name] = np.where(found[0] < best[name][0], found, best[name])
    return {name: times for name, (_, times) in best.items()}


def _nearest(model: HProtoPNet, features: torch.Tensor, label: str, times: np.ndarray) -> np.ndarray:
    """Smallest distance of each level's own prototypes in a window, and when in the film, shape (2, 3)."""
    hierarchy, views = model.hierarchy, model.prototypes.views.tolist()
    owners = model.prototypes.owners.cpu().numpy()
    nearest = model.evidence(features).distances[0].amin((2, 3)).cpu().numpy()  # (P, t)
    found = np.full((2, len(LEVELS)), [[np.inf], [np.nan]])
    for number, node in enumerate(reversed(hierarchy.ancestors(hierarchy.index(label)))):
        own = nearest[owners == node]
        if len(own):
            step, behind = own.min(0).argmin(), model.offsets[views[(owners == node).argmax()]][:1]
            found[:, number] = own.min(), times[middle([step], own.shape[1:], times.shape, behind)[0]]
    return found


def _figures(hits: np.ndarray, chances: np.ndarray, stories: Sequence[str]) -> dict[str, Any]:
    return {
        level: {"network": estimate(hits[:, number], stories), "chance": float(chances[:, number].mean())}
        for number, level in enumerate(LEVELS)
        if not np.isnan(hits[:, number]).all()
    }
