"""Does the marked region matter? Hide it, run again, and see by how much the prototype's similarity drops."""

from typing import Any, NamedTuple

import numpy as np
import torch

from hprotopnet.data.clips import Clip
from hprotopnet.explain.explanation import Explanation, PrototypeEvidence
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet


class Deletion(NamedTuple):
    """Relative drops of a prototype's similarity: the marked region hidden, and an equal region elsewhere hidden."""

    marked: float
    random: float


@torch.inference_mode()
def deletion(model: HProtoPNet, clip: Clip, evidence: PrototypeEvidence, rng: np.random.Generator) -> Deletion:
    """Paint the evidence's boxes in the clip's mean colour, and for comparison the same boxes moved at random.

    A drop of 0.3 means that 30 % of the similarity went with the region. The network saw more than the region, so
    this is a check of where the boxes lie, not a proof that nothing else counts.
    """
    clips = [hide(clip.images, boxes) for boxes in (evidence.boxes, moved(evidence.boxes, clip.images.shape[1], rng))]
    after = [float(model(model_input(model, images)).similarities[0, evidence.prototype]) for images in clips]
    return Deletion(*(1 - similarity / evidence.similarity for similarity in after))


def deletion_report(
    model: HProtoPNet, cases: list[tuple[Clip, Explanation]], seed: int = 0, top: int = 1
) -> dict[str, Any]:
    """Mean drops over the strongest prototypes of every level of some explained clips, and how often marked wins."""
    rng = np.random.default_rng(seed)
    found = [
        deletion(model, clip, evidence, rng)
        for clip, explanation in cases
        for level in explanation.levels
        for evidence in level.evidence[:top]
    ]
    marked, random = (np.array([getattr(drop, kind) for drop in found]) for kind in Deletion._fields)
    mean = {"marked": float(marked.mean()), "random": float(random.mean())} if found else {}
    return {"n": len(found), **mean, "marked_drops_more": float((marked > random).mean()) if found else None}


def hide(images: np.ndarray, boxes: tuple[tuple[int, int, int, int] | None, ...]) -> np.ndarray:
    """Copy of the frames (T, H, W, 3) with each frame's box in the clip's mean colour."""
    hidden = images.copy()
    colour = images.reshape(-1, 3).mean(0).astype(np.uint8)
    for frame, box in zip(hidden, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            frame[top:bottom, left:right] = colour
    return hidden


def moved(
    boxes: tuple[tuple[int, int, int, int] | None, ...], size: int, rng: np.random.Generator
) -> tuple[tuple[int, int, int, int] | None, ...]:
    """The same tube elsewhere: one random shift for all frames that keeps it inside a square frame of `size`."""
    shown = np.array([box for box in boxes if box])
    left, top = rng.integers(-shown[:, :2].min(0), size - shown[:, 2:].max(0) + 1)
    return tuple(
        (box[0] + int(left), box[1] + int(top), box[2] + int(left), box[3] + int(top)) if box else None for box in boxes
    )
