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
def deletion(model: HProtoPNet, clip: Clip, evidence: PrototypeEvidence, rng: np.random.Generator) -> Deletion | None:
    """Paint the evidence's boxes in the clip's mean colour, and for comparison the same boxes moved at random.

    None where the boxes are so large that there is no equal region beside them: nothing to compare with. A drop of 0.3
    means that 30 % of the similarity went with the region. The network saw more than the region, so this is a check of
    where the boxes lie, not a proof that nothing else counts.
    """
    elsewhere = moved(evidence.boxes, clip.images.shape[1], rng)
    if elsewhere is None:
        return None
    clips = [hide(clip.images, boxes) for boxes in (evidence.boxes, elsewhere)]
    after = [float(model(model_input(model, images)).similarities[0, evidence.prototype]) for images in clips]
    return Deletion(*(1 - similarity / evidence.similarity for similarity in after))


def deletion_report(
    model: HProtoPNet, cases: list[tuple[Clip, Explanation]], seed: int = 0, top: int = 1
) -> dict[str, Any]:
    """Mean drops over the strongest prototypes of every level of some explained clips, and how often marked wins.

    Both drops are means over the same `n` regions. Those that are too large to have an equal one beside them are left
    out and counted as `too_large`: any control would hide part of what is marked, and seem to matter for that.
    """
    rng = np.random.default_rng(seed)
    found = [
        deletion(model, clip, evidence, rng)
        for clip, explanation in cases
        for level in explanation.levels
        for evidence in level.evidence[:top]
    ]
    drops = [drop for drop in found if drop]
    marked, random = (np.array([getattr(drop, kind) for drop in drops]) for kind in Deletion._fields)
    mean = {"marked": float(marked.mean()), "random": float(random.mean())} if drops else {}
    wins = float((marked > random).mean()) if drops else None
    return {"n": len(drops), "too_large": len(found) - len(drops), **mean, "marked_drops_more": wins}


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
) -> tuple[tuple[int, int, int, int] | None, ...] | None:
    """The same tube elsewhere: one random shift for all frames, inside a square frame of `size` and off the tube.

    Every shift that shares no pixel with the tube in any frame is equally likely; None where there is none.
    """
    shown = np.array([box for box in boxes if box])
    low, high = -shown[:, :2].min(0), size - shown[:, 2:].max(0)
    widths, heights = (shown[:, 2:] - shown[:, :2]).T[:, :, None]  # of each frame's box, (frames, 1)
    across, down = (np.abs(np.arange(first, last + 1)) for first, last in zip(low, high, strict=True))
    overlaps = (np.maximum(widths - across, 0).T @ np.maximum(heights - down, 0)) > 0  # by shift, (across, down)
    free = np.argwhere(~overlaps)
    if not len(free):
        return None
    x, y = (low + free[rng.integers(len(free))]).tolist()
    return tuple((box[0] + x, box[1] + y, box[2] + x, box[3] + y) if box else None for box in boxes)
