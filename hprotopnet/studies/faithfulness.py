"""Does the marked region matter? Hide it, or all but it, run again, and see what becomes of the similarity.

And does the evidence map say what matters first? Hide the clip cell by cell in its order, or show it, and see when the
probability goes and when it comes, beside an order that knows nothing and one from the centre of the clip outwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageFilter

from hprotopnet.data.clips import Clip
from hprotopnet.evaluation.curves import area, by_strength, covered, evidence_map, shares
from hprotopnet.evaluation.evidence import CENTRED, from_centre
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet

ORDERS = ("evidence", "centre", "random")  # in which cells go and come
WAYS = ("deletion", "insertion")
Fill = Literal["mean", "blur"]  # what stands where a clip is hidden
BLURRED = 0.1  # standard deviation of the blur, as a share of the side of a frame


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
    model: HProtoPNet, cases: Iterable[tuple[Clip, Explanation]], seed: int = 0, top: int = 1
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
    colour = mean_colour(images)
    for frame, box in zip(hidden, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            frame[top:bottom, left:right] = colour
    return hidden


def keep(images: np.ndarray, boxes: tuple[tuple[int, int, int, int] | None, ...]) -> np.ndarray:
    """Copy of the frames (T, H, W, 3) with all but each frame's box in the clip's mean colour."""
    kept = background(images, "mean")
    for shown, frame, box in zip(kept, images, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            shown[top:bottom, left:right] = frame[top:bottom, left:right]
    return kept


def mean_colour(images: np.ndarray) -> np.ndarray:
    """Of a clip (T, H, W, 3), uint8 of shape (3,)."""
    return images.reshape(-1, 3).mean(0).astype(np.uint8)


def background(images: np.ndarray, fill: Fill) -> np.ndarray:
    """What stands where a clip (T, H, W, 3) is hidden: its mean colour, or its frames blurred beyond recognition."""
    if fill == "mean":
        return np.broadcast_to(mean_colour(images), images.shape).copy()
    blur = ImageFilter.GaussianBlur(BLURRED * images.shape[1])
    return np.stack([np.asarray(Image.fromarray(frame).filter(blur)) for frame in images])


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


# --- curves -----------------------------------------------------------------------------------------------------------


@torch.inference_mode()
def curves(
    model: HProtoPNet, clip: Clip, explanation: Explanation, rng: np.random.Generator, fill: Fill = "mean"
) -> dict[str, dict[str, np.ndarray]]:
    """How probable the node of each level stays while cells of the clip are hidden, and becomes while they are shown.

    Returns:
        By level, of those with prototypes of their own, and by order of `ORDERS` the probability by way of `WAYS` and
        share of the cells, shape (2, `STEPS` + 1). The order of evidence is that of the level's own map.
    """
    grid, hidden = explanation.grid, background(clip.images, fill)
    levels = [level for level in explanation.levels if level.evidence]
    known = {"centre": from_centre(grid), "random": rng.permutation(int(np.prod(grid)))}
    common = {name: along(model, clip.images, hidden, order, grid) for name, order in known.items()} if levels else {}
    found = {}
    for level in levels:
        own = along(model, clip.images, hidden, by_strength(_map_of(level)), grid)
        node = model.hierarchy.index(level.node)
        found[level.level] = {name: nodes[..., node] for name, nodes in ({"evidence": own} | common).items()}
    return found


def curve_report(
    model: HProtoPNet,
    cases: Iterable[tuple[Clip, Explanation]],
    groups: Sequence[str],
    fill: Fill = "mean",
    seed: int = 0,
) -> dict[str, Any]:
    """Areas under `curves`, means over some explained clips with 95 % intervals in which whole groups are drawn.

    A small area of deletion and a large one of insertion say that an order takes first what matters.

    Returns:
        JSON: `fill`, `shares` at which curves are measured, and by level, way and order the `area` and the mean
        `curve`; `gain` is by how much the order of evidence is better than each other, clip by clip.
    """
    rng = np.random.default_rng(seed)
    found = [curves(model, clip, said, rng, fill) for clip, said in cases]
    return {"fill": fill, "shares": shares().tolist(), "levels": dict(_levels(model, found, groups))}


def _levels(
    model: HProtoPNet, found: Sequence[dict[str, dict[str, np.ndarray]]], groups: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """Figures of each level that some clip has curves of, topmost first."""
    for level in reversed(model.hierarchy.level_names):
        rows = [(row[level], group) for row, group in zip(found, groups, strict=True) if level in row]
        if rows:
            own, of = zip(*rows, strict=True)
            yield level, {way: _figures(own, number, of) for number, way in enumerate(WAYS)}


def _figures(rows: Sequence[dict[str, np.ndarray]], way: int, groups: Sequence[str]) -> dict[str, Any]:
    """Area and mean curve of each order in one way, and what evidence gains on the others."""
    values = {order: np.stack([row[order][way] for row in rows]) for order in ORDERS}
    areas = {order: np.array([area(curve) for curve in own]) for order, own in values.items()}
    better = 1 if WAYS[way] == "insertion" else -1
    return {
        order: {"area": estimate(areas[order], groups), "curve": values[order].mean(0).tolist()}
        | ({} if order == "evidence" else {"gain": estimate(better * (areas["evidence"] - areas[order]), groups)})
        for order in ORDERS
    }


def _map_of(level: LevelExplanation) -> np.ndarray:
    """Evidence map of a level's node, (t, h, w), from all the prototypes of its own that are kept."""
    contributions = np.array([row.contribution for row in level.evidence])
    return evidence_map(contributions, np.stack([row.activation for row in level.evidence]).astype(float))


@torch.inference_mode()
def along(
    model: HProtoPNet,
    images: np.ndarray,
    hidden: np.ndarray,
    order: np.ndarray,
    grid: Sequence[int],
    offset: Sequence[float] = CENTRED,
    at: np.ndarray | None = None,
) -> np.ndarray:
    """Probability of every node while cells go, and while they come, in an order: (2, steps + 1, N).

    Args:
        at: shares of the cells from 0 to 1 at which to ask, by default `curves.shares`.
    """
    at = shares() if at is None else at
    masks = [covered(order, share, grid, images.shape[:3], offset)[..., None] for share in at]
    going = [_nodes(model, np.where(mask, hidden, images)) for mask in masks]
    coming = [_nodes(model, np.where(mask, images, hidden)) for mask in masks[1:-1]]
    return np.stack([going, [going[-1], *coming, going[0]]])


def _nodes(model: HProtoPNet, images: np.ndarray) -> np.ndarray:
    return model(model_input(model, images)).output.nodes[0].cpu().numpy()
