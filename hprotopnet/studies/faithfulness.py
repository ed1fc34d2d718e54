"""Does the marked region matter? Hide it, or all but it, run again, and see what becomes of the similarity."""

from typing import Any, NamedTuple

import numpy as np
import torch

from hprotopnet.data.clips import Clip
from hprotopnet.explain.explanation import Explanation, PrototypeEvidence
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet


class Deletion(NamedTuple):
    """What becomes of a prototype's similarity, as shares of it.

    Attributes:
        marked, random: what is lost when the marked region is hidden, and when an equal region elsewhere is.
        marked_alone, random_alone: what is left when all but the marked region is hidden, and all but the other one.
    """

    marked: float
    random: float
    marked_alone: float
    random_alone: float


@torch.inference_mode()
def deletion(model: HProtoPNet, clip: Clip, evidence: PrototypeEvidence, rng: np.random.Generator) -> Deletion | None:
    """Paint the evidence's boxes in the clip's mean colour, then all but them, and for comparison the same boxes moved
    at random.

    None where the boxes are so large that there is no equal region beside them: nothing to compare with. A drop of 0.3
    means that 30 % of the similarity went with the region. The network saw more than the region, so this is a check of
    where the boxes lie, not a proof that nothing else counts. What is left alone says how far the region suffices; a
    clip of one colour has some similarity, too.
    """
    elsewhere = moved(evidence.boxes, clip.images.shape[1], rng)
    if elsewhere is None:
        return None
    clips = [paint(clip.images, boxes) for paint in (hide, keep) for boxes in (evidence.boxes, elsewhere)]
    after = [float(model(model_input(model, images)).similarities[0, evidence.prototype]) for images in clips]
    marked, random, *alone = (similarity / evidence.similarity for similarity in after)
    return Deletion(1 - marked, 1 - random, *alone)


def deletion_report(
    model: HProtoPNet, cases: list[tuple[Clip, Explanation]], seed: int = 0, top: int = 1
) -> dict[str, Any]:
    """Means of `Deletion` over the strongest prototypes of every level of some explained clips, and how often the
    marked region wins: costs more when hidden, leaves more when alone.

    All are over the same `n` regions. Those that are too large to have an equal one beside them are left out and
    counted as `too_large`: any control would hide part of what is marked, and seem to matter for that.
    """
    rng = np.random.default_rng(seed)
    found = [
        deletion(model, clip, evidence, rng)
        for clip, explanation in cases
        for level in explanation.levels
        for evidence in level.evidence[:top]
    ]
    drops = [drop for drop in found if drop]
    values = {kind: np.array([getattr(drop, kind) for drop in drops]) for kind in Deletion._fields}
    wins = {
        "marked_drops_more": values["marked"] > values["random"],
        "marked_leaves_more": values["marked_alone"] > values["random_alone"],
    }
    mean = {kind: float(own.mean()) for kind, own in values.items()} if drops else {}
    share = {name: float(own.mean()) if drops else None for name, own in wins.items()}
    return {"n": len(drops), "too_large": len(found) - len(drops), **mean, **share}


def hide(images: np.ndarray, boxes: tuple[tuple[int, int, int, int] | None, ...]) -> np.ndarray:
    """Copy of the frames (T, H, W, 3) with each frame's box in the clip's mean colour."""
    hidden = images.copy()
    colour = images.reshape(-1, 3).mean(0).astype(np.uint8)
    for frame, box in zip(hidden, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            frame[top:bottom, left:right] = colour
    return hidden


def keep(images: np.ndarray, boxes: tuple[tuple[int, int, int, int] | None, ...]) -> np.ndarray:
    """Copy of the frames (T, H, W, 3) with all but each frame's box in the clip's mean colour."""
    kept = np.empty_like(images)
    kept[:] = images.reshape(-1, 3).mean(0).astype(np.uint8)
    for shown, frame, box in zip(kept, images, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            shown[top:bottom, left:right] = frame[top:bottom, left:right]
    return kept


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
