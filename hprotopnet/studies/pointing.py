"""Does the evidence lie on the cue? The pointing game on Pantomime, where every cue is known to the pixel.

For each level the peak of the prototype that contributes most is taken, among those of the likeliest leaf's ancestor
there: the middle of its cell, in the frame in the middle of the cell's step. It hits when that pixel shows the cue of
the level; there is no tolerance around it. What chance would hit is the share of the clip's pixels that show the cue.
After Zhang et al., "Top-down neural attention by excitation backprop", 2018, who allow 15 pixels.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.config import Config
from hprotopnet.data.dataset import middle_clip
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.evidence import middle
from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import explain
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.shipped import part_of_pantomime
from hprotopnet.pantomime.stage import CUES
from hprotopnet.pantomime.truth import at_clip, load_truth, truth_path


def check_truth(videos: Sequence[Video], bundle: Bundle, or_else: str = "drop --pointing") -> None:
    """Raise `InputError` now, before long work, for videos without truth or a tree whose levels have other cues.

    `or_else` says what to do where there are no cues to be known.
    """
    if not part_of_pantomime(bundle.hierarchy):
        raise InputError(f"{bundle.folder}: was not trained on Pantomime, whose cues alone are known; {or_else}")
    for video in videos:
        if not truth_path(video.path).is_file():
            raise InputError(f"{truth_path(video.path)}: is not there; copy the truth beside its video, or {or_else}")


def pointing_report(model: HProtoPNet, videos: Iterable[Video], config: Config) -> dict[str, Any]:
    """Hits and chance for each level, and on whatever cue the peak lies, over the middle clips of some videos.

    Clips that do not show the cue of a level do not count there. Raises `InputError` for a video without truth.
    """
    levels = CUES[: model.hierarchy.depth]
    found: dict[str, list[tuple[float, ...]]] = {level: [] for level in levels}
    for video in tqdm(list(videos), desc="pointing", unit="video", delay=2):
        clip = middle_clip(video, config.clip)
        masks = at_clip(load_truth(video.path), clip.times, config.clip.size)
        for level, row in zip(levels, pointed(explain(model, clip, config.threshold), masks), strict=True):
            if row is not None:
                found[level].append(row)
    return {level: _summary(np.array(rows)) for level, rows in found.items()}


def pointed(explanation: Explanation, masks: np.ndarray) -> list[tuple[float, ...] | None]:
    """For each level whether the peak lies on its cue, the share of pixels that show it, and which cues are there.

    `masks` uint8 of shape (T, S, S). None where the level has no prototypes or its cue is not in the clip.
    """
    rows = []
    for number, level in enumerate(explanation.levels):
        shown = (masks >> number & 1).mean()
        if not level.evidence or not shown:
            rows.append(None)
            continue
        strongest = level.evidence[0]
        bits = masks[tuple(middle(strongest.cell, explanation.grid, masks.shape, strongest.offset))]
        rows.append((float(bits >> number & 1), float(shown), *(float(bits >> cue & 1) for cue in range(len(CUES)))))
    return rows


def _summary(rows: np.ndarray) -> dict[str, Any]:
    if not len(rows):
        return {"n": 0, "hits": None, "chance": None, "lies_on": None}
    hits, chance, *on = rows.mean(axis=0)
    lies_on = dict(zip(CUES, map(float, on), strict=True))
    return {"n": len(rows), "hits": float(hits), "chance": float(chance), "lies_on": lies_on}
