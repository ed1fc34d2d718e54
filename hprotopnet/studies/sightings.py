"""What networks see in clips whose cues are known: one pass a clip, one more with noise, and all figures from these."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.dataset import ahead, middle_clip
from hprotopnet.data.splits import Video
from hprotopnet.evaluation.evidence import (
    energy_inside,
    from_centre,
    hits,
    iou_at_equal_area,
    laid_out,
    middle,
    weighted_hits,
)
from hprotopnet.explain.explanation import Explanation, PrototypeEvidence
from hprotopnet.explain.prototypes import explain_features
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import LEVELS
from hprotopnet.pantomime.truth import SEEN, at_clip, load_truth
from hprotopnet.studies.passes import shared_features

NOISE = 12.0  # grey levels: .2 of the deviation of ImageNet's pixels, as Huang et al. (2023) add, cut at 1.25 times it
FIGURES = ("pointing", "weighted", "energy", "iou")
POINTERS = ("network", "centre", "random")  # who points: the network, and two that know nothing


class Sighting(NamedTuple):
    """What a network sees in one clip.

    Attributes:
        placed: how well evidence is placed, by pointer, level of `LEVELS` and figure, shape (3, 3, 4): NaN where the
            level has no prototypes, or its cue cannot be seen in the clip.
        decided: for each level what the node's own prototypes contribute, and what all do, shape (3, 2).
        similarities: of all prototypes, shape (P,).
        peaks: cue bits at the peak of each prototype, uint8 of shape (P,).
        noisy: the same with noise on the clip.
        seen: whether each level's cue is seen in the clip, booleans of shape (3,).
    """

    placed: np.ndarray
    decided: np.ndarray
    similarities: np.ndarray
    peaks: np.ndarray
    noisy: np.ndarray
    seen: np.ndarray


def sightings(
    models: Mapping[str, HProtoPNet], videos: Sequence[Video], clip: ClipConfig, threshold: float, seed: int
) -> Iterator[dict[str, Sighting]]:
    """What each network sees in the middle clip of each video, by name of the network.

    Raises `InputError` for a video that cannot be read, or has no truth.
    """

    def read(video: Video) -> tuple[Clip, np.ndarray]:
        found = middle_clip(video, clip)
        return found, at_clip(load_truth(video.path), found.times, clip.size)

    bar = tqdm(ahead(read, videos, workers=2), desc="truth", total=len(videos), unit="video", delay=2)
    for number, (_, work) in enumerate(bar):
        found, masks = work.result()
        rng = np.random.default_rng((seed, number))
        both = dict(shared_features(models, [found.images, with_noise(found.images, rng)]))
        yield {
            name: sighting(model, found, masks, *both[name].split(1), threshold, np.random.default_rng((seed, number)))
            for name, model in models.items()
        }


@torch.inference_mode()
def sighting(
    model: HProtoPNet,
    clip: Clip,
    masks: np.ndarray,
    features: Tensor,
    noisy: Tensor,
    threshold: float,
    rng: np.random.Generator,
) -> Sighting:
    """What a network sees in a clip, from what its backbone makes of it as it is and with noise.

    Args:
        masks: cue bits, uint8 of shape (T, S, S).
        rng: where the pointer that points at random gets its cells.
    """
    said = explain_features(model, clip, features, threshold, top=model.config.per_node)
    seen = np.array([(masks >> bit & 1).mean() >= SEEN for bit in range(len(LEVELS))])
    by_level = [
        placed(level.evidence, (masks >> bit & 1).astype(bool), rng) if level.evidence and seen[bit] else None
        for bit, level in enumerate(said.levels)
    ]
    nothing = np.full((len(POINTERS), len(FIGURES)), np.nan)
    return Sighting(
        placed=np.stack([nothing if rows is None else rows for rows in by_level], axis=1),
        decided=_decided(said),
        similarities=np.array(said.similarities),
        peaks=peaks(model, features, masks),
        noisy=peaks(model, noisy, masks),
        seen=seen,
    )


def placed(evidence: Sequence[PrototypeEvidence], mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How well the evidence of a level lies on the mask of its cue, of shape (pointers, figures).

    Pointing, energy and overlap are those of the prototype that contributes most. A pointer that knows nothing has the
    same values laid out from the centre, or at random; its peaks are the very centre, and a cell for each prototype.
    """
    strongest, grid, offset = evidence[0].activation, evidence[0].activation.shape, evidence[0].offset
    orders = {"centre": from_centre(grid), "random": rng.permutation(strongest.size)}
    maps = {"network": strongest} | {name: laid_out(strongest, order) for name, order in orders.items()}
    cells = {
        "network": np.array([own.cell for own in evidence]),
        "centre": np.tile((np.array(grid) - 1) / 2 - offset, (len(evidence), 1)),
        "random": rng.integers(grid, size=(len(evidence), 3)),
    }
    contributions = np.array([own.contribution for own in evidence])
    rows = []
    for name in POINTERS:
        on_cue = hits(cells[name], grid, mask, offset)
        figures = (
            weighted_hits(contributions, on_cue),
            *(own(maps[name], mask, offset) for own in (energy_inside, iou_at_equal_area)),
        )
        rows.append((float(on_cue[0]), *figures))
    return np.array(rows)


def peaks(model: HProtoPNet, features: Tensor, masks: np.ndarray) -> np.ndarray:
    """Cue bits of the masks (T, S, S) in the middle of what the cell nearest to each prototype sees, shape (P,)."""
    distances = model.evidence(features).distances[0]
    cells = np.unravel_index(distances.flatten(1).argmin(1).cpu().numpy(), distances.shape[1:])
    offsets = np.array(model.offsets)[model.prototypes.views.cpu().numpy()]
    return masks[tuple(middle(np.stack(cells, axis=1), distances.shape[1:], masks.shape, offsets).T)]


def with_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The clip (T, S, S, 3) with Gaussian noise of `NOISE` grey levels on every value."""
    noise = np.clip(rng.normal(0, NOISE, images.shape), -1.25 * NOISE, 1.25 * NOISE)
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def _decided(said: Explanation) -> np.ndarray:
    """What own prototypes and what all contribute to the node of each level; NaN where it has none of its own."""
    return np.array(
        [
            (level.shares["own"], sum(level.shares.values())) if level.evidence else (np.nan, np.nan)
            for level in said.levels
        ]
    )
