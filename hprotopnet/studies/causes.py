"""Does the cue of a level move the evidence of that level? Clips rendered again without each cue, or with it swapped.

The own evidence of a level is what the prototypes of the true class's ancestor there contribute to it, against the
rival that it has in the clip as it is: that rival is kept, so that only similarities change. A cue that moves the
evidence of a level most is its cause; that it should be the level's own is what an explanation claims. Clips are
rendered under every condition, the one as it is among them, and nothing is encoded in between.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.evidence import drops, moved_most
from hprotopnet.evaluation.metrics import estimate, estimate_ratio
from hprotopnet.explain.prototypes import weights_towards
from hprotopnet.models.network import Evidence, HProtoPNet
from hprotopnet.pantomime.conditions import LEVELS, Key, frames_under
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.spec import clip_spec
from hprotopnet.pantomime.truth import load_summary, truth_path
from hprotopnet.studies.passes import shared_features

AS_IS = "as they are"
CHANGES = {
    "without": tuple(f"without the {level}'s cue" for level in LEVELS),
    "swapped": tuple(f"the {level}'s cue swapped" for level in LEVELS),
}


def key_of(video: Video) -> Key:
    """What a clip of Pantomime was drawn from; raises `InputError` where it cannot be rendered again."""
    _, about = load_summary(video.path)
    try:
        (film,) = about["films"]
        key = Key(*(film[name] for name in Key._fields))
        same = json.loads(json.dumps(clip_spec(*key).to_dict())) == film
    except (LookupError, TypeError, ValueError):
        same = False
    if not same:
        raise InputError(
            f"{truth_path(video.path)}: is not what this version renders; render the videos again, or drop --causal"
        )
    return key


def causal_report(
    models: Mapping[str, HProtoPNet], keys: Sequence[Key], seen: np.ndarray, clip: ClipConfig, workers: int | None
) -> dict[str, dict[str, Any]]:
    """What each cue moves, by network (JSON); see `_figures`.

    Args:
        keys: the n clips.
        seen: whether the cue of each level is seen in each of them, booleans of shape (n, 3).
        clip: how the networks see clips.
    """
    names = (AS_IS, *(name for change in CHANGES.values() for name in change))
    jobs, found = list(product(keys, names)), {}
    rendered = in_processes(partial(frames_under, clip=clip), jobs, workers or os.cpu_count() or 1)
    for (key, name), images in tqdm(rendered, total=len(jobs), desc="causes", unit="clip"):
        for own, features in shared_features(models, [images]):
            found[own, key, name] = _reading(models[own], features, key if name == AS_IS else None)
    groups = [f"g{key.group:02d}" for key in keys]
    report = {}
    for own in models:
        weights = np.stack([found[own, key, AS_IS][1] for key in keys])  # (n, L, P)
        evidence = {
            name: np.einsum("nlp,np->nl", weights, np.stack([found[own, key, name][0] for key in keys]))
            for name in names
        }
        report[own] = {
            change: _figures(evidence[AS_IS], np.stack([evidence[name] for name in by_cue], axis=1), seen, groups)
            for change, by_cue in CHANGES.items()
        }
    return report


@torch.inference_mode()
def _reading(model: HProtoPNet, features: torch.Tensor, key: Key | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Similarities (P,) and, for the clip as it is, the weights by which own evidence is read from any."""
    evidence = model.evidence(features)
    similarities = evidence.similarities[0].double().cpu().numpy()
    return similarities, None if key is None else own_weights(model, evidence, key.label)


def own_weights(model: HProtoPNet, evidence: Evidence, label: str) -> np.ndarray:
    """Weights (L, P) that give the own evidence of each level of a class's path, topmost first, as W a.

    Prototypes of other nodes have weight 0; all of a level without prototypes are NaN.
    """
    hierarchy, owners = model.hierarchy, model.prototypes.owners.cpu().numpy()
    rows = []
    for node in reversed(hierarchy.ancestors(hierarchy.index(label))):
        weights = weights_towards(model, node, evidence.output).cpu().numpy()
        rows.append(np.where(owners == node, weights, 0) if (owners == node).any() else np.full(len(owners), np.nan))
    return np.stack(rows)


def _figures(before: np.ndarray, after: np.ndarray, seen: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    """For each level with prototypes, over the clips in which a cue is seen:

    own_moves_most: share in which the level's own cue moves its evidence further down than the others do;
    drops: for each cue the mean drop of the evidence without it;
    shares: the same as a share of the evidence with it, sum over sum.

    Args:
        before: own evidence as clips are, shape (n, L).
        after: with each cue changed, shape (n, cues, L).
        seen: whether each cue is seen, booleans of shape (n, L).
    """
    fallen = drops(before, after)  # (n, L, cues)
    found = {}
    for number, level in enumerate(LEVELS):
        if np.isnan(before[:, number]).any():
            continue
        own = np.where(seen[:, number], moved_most(fallen[:, number]) == number, np.nan)
        by_cue = {cue: np.where(seen[:, i], fallen[:, number, i], np.nan) for i, cue in enumerate(LEVELS)}
        found[level] = {
            "own_moves_most": estimate(own, groups),
            "drops": {cue: estimate(values, groups) for cue, values in by_cue.items()},
            "shares": {
                cue: estimate_ratio(np.nan_to_num(values), before[:, number] * ~np.isnan(values), groups)
                for cue, values in by_cue.items()
            },
        }
    return found
