"""How much of the I3D's answers is left without time: Inceptions of frames on its weights, summed over time.

The I3D looks at the frames that it is usually given, the others at some or all of these, and all of them answer with
the I3D's own 400 classes and its classifier. So this says how far a network of frames, before any training, is still
the network whose weights it took, answer by answer and layer by layer. It does not say how good it is: what the I3D
answers is taken as it is, right or wrong; nor what a network of frames comes to when it is trained. The I3D on fewer
frames is a row, too, as what is lost by these alone. The network with hourglasses is none: at first, gates open, it is
the one with shifts.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from hprotopnet.attribution.networks import find_network
from hprotopnet.data.dataset import middle_clip
from hprotopnet.data.folders import Unused, entries, videos_in
from hprotopnet.data.transforms import normalise
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.cpu import bfloat16_autocast
from hprotopnet.models.backbones.i3d import I3D
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.kinetics import load_classifier

OTHERS = ("frames_inception", "tsm_inception")
FRAMES = (8, 32)  # of the I3D's 32 that the others see
CELLS = 16  # of a clip's grid that are compared
SURE = 0.5  # probability of its answer from which on the I3D is sure


class Seen(NamedTuple):
    """What a network makes of a clip.

    Attributes:
        logits: of the 400 classes, shape (400,).
        features: of a few cells of the I3D's last grid, by layer, each of shape (cells, C).
    """

    logits: np.ndarray
    features: dict[str, np.ndarray]


class Looker:
    """A network with the I3D's classifier whose layers are all seen in one pass, on the grid of the last one."""

    def __init__(self, name: str, progress: bool = True):
        self.backbone: Backbone = create_backbone(name, cut="+".join(I3D.cuts), pretrained=True, progress=progress)
        self.classifier = load_classifier(name, progress)

    @torch.inference_mode()
    def __call__(self, images: np.ndarray, steps: int) -> Seen:
        """See uint8 images (T, S, S, 3); features are averaged over as many steps of time as the I3D has."""
        clip = normalise(torch.from_numpy(images), *vars(self.backbone.normalisation).values())[None]
        with bfloat16_autocast():
            found = self.backbone(clip).float()
        last = list(self.backbone.parts.values())[-1]
        cells = F.adaptive_avg_pool3d(found, (steps, *found.shape[3:]))[0].flatten(1).T  # (t h w, C)
        some = np.linspace(0, len(cells) - 1, CELLS).round().astype(int)
        layers = zip(self.backbone.parts, cells[some].split(list(self.backbone.parts.values()), 1), strict=True)
        return Seen(_logits(self.classifier, found[:, -last:]), {name: own.numpy() for name, own in layers})


def _logits(classifier: Any, features: Tensor) -> np.ndarray:
    return classifier.classify(features)[0].numpy()


def survival(folder: Path, clips: int, frames: Sequence[int] = FRAMES, progress: bool = True) -> dict[str, Any]:
    """Ask all of them about the middle of some videos in class folders; what it comes to (JSON), see `summary`.

    Raises `InputError` where there is no video, one cannot be read, or the I3D's weights cannot be had.
    """
    videos = _spread(folder, clips)
    lookers = {name: Looker(name, progress) for name in ("i3d", *OTHERS)}
    rows = tqdm(_asked(lookers, videos, frames), desc="survival", unit="clip", total=len(videos), disable=not progress)
    return {"folder": folder.name, "clips": [video.stem for video in videos], **summary(list(rows))}


def _spread(folder: Path, count: int) -> list[Path]:
    unused = Unused(folder)
    videos = [video for own in entries(folder) if own.is_dir() for video in sorted(videos_in(own, unused))]
    if not videos:
        raise InputError(f"{folder}: no video lies in it as Class/video.avi; give another folder")
    places = np.linspace(0, len(videos) - 1, min(count, len(videos))).round().astype(int)
    return [videos[place] for place in places]


def _asked(
    lookers: Mapping[str, Looker], videos: Sequence[Path], frames: Sequence[int]
) -> Iterator[dict[tuple[str, int], Seen]]:
    """What each network makes of each video with so many frames; the I3D with all of them comes first."""
    clip = find_network("i3d").clip
    steps = lookers["i3d"].backbone.grid(clip.frames, clip.size)[0]
    for video in videos:
        images, seen = middle_clip(video, clip).images, {}
        for count in dict.fromkeys((clip.frames, *frames)):
            taken = np.ascontiguousarray(images[:: clip.frames // count])
            for name, looker in lookers.items():
                if count in frames or name == "i3d":
                    seen[name, count] = looker(taken, steps)
        yield seen


def summary(rows: Sequence[Mapping[tuple[str, int], Seen]]) -> dict[str, Any]:
    """Over clips, for each network and number of frames, compared with the first one, the I3D:

    how often it gives the same answer (`top1`), also of those clips about which the I3D is sure, how often the I3D's
    answer is among its first five (`top5`), how many of their first five are the same (`five`, a share), the rank
    correlation of all logits, and for each layer how alike features are: the cosine of what a cell has more than the
    mean over all cells and clips, each network less its own mean, so that chance is 0.
    """
    first, *others = rows[0]
    answers = np.stack([row[first].logits for row in rows])
    shares = np.exp(answers - answers.max(1, keepdims=True))
    sure = 1 / shares.sum(1) >= SURE
    found = [
        {
            "network": other[0],
            "frames": other[1],
            **_agreement(answers, np.stack([row[other].logits for row in rows]), sure),
            "alike": {layer: _alike(*_all(rows, layer, first, other)) for layer in rows[0][first].features},
        }
        for other in others
    ]
    return {"n": len(rows), "sure": int(sure.sum()), "compared_with": list(first), "rows": found}


def _all(rows: Sequence[Mapping[tuple[str, int], Seen]], layer: str, *who: tuple[str, int]) -> Iterator[np.ndarray]:
    """Features of one layer over all clips, (cells, C), of each of several networks."""
    return (np.concatenate([row[own].features[layer] for row in rows]) for own in who)


def _agreement(theirs: np.ndarray, ours: np.ndarray, sure: np.ndarray) -> dict[str, float | None]:
    order, own = (np.argsort(-logits, axis=1) for logits in (theirs, ours))
    same = order[:, 0] == own[:, 0]
    five = [len(set(a) & set(b)) / 5 for a, b in zip(order[:, :5], own[:, :5], strict=True)]
    ranks = [np.argsort(own_order, axis=1).astype(float) for own_order in (order, own)]
    return {
        "top1": float(same.mean()),
        "top1_where_sure": float(same[sure].mean()) if sure.any() else None,
        "top5": float((order[:, :1] == own[:, :5]).any(1).mean()),
        "five": float(np.mean(five)),
        "rank_correlation": float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(*ranks, strict=True)])),
    }


def _alike(theirs: np.ndarray, ours: np.ndarray) -> float:
    """Mean cosine between rows of two matrices, each less its mean row."""
    a, b = (own - own.mean(0) for own in (theirs, ours))
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(np.mean((a * b).sum(1) / np.maximum(norms, np.finfo(np.float32).tiny)))


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """The study in lines."""
    name, frames = found["compared_with"]
    yield (
        f"{found['n']} clips of {found['folder']}; what is left of the answers of {name} on {frames} frames, percent"
        f" (it is sure of {found['sure']})"
    )
    layers = ("Mixed_3c", "Mixed_4f", "Mixed_5c")
    yield f"{'':26}{'top 1':>7}{'if sure':>9}{'top 5':>7}{'same 5':>8}{'ranks':>7}" + "".join(
        f"{x:>10}" for x in layers
    )
    for row in found["rows"]:
        shares = (row[key] for key in ("top1", "top1_where_sure", "top5", "five"))
        cells = ["-" if own is None else f"{100 * own:.0f}" for own in shares]
        alike = "".join(f"{row['alike'][layer]:>10.2f}" for layer in layers)
        yield (
            f"{row['network'] + ', ' + str(row['frames']) + ' frames':26}{cells[0]:>7}{cells[1]:>9}{cells[2]:>7}"
            f"{cells[3]:>8}{row['rank_correlation']:>7.2f}{alike}"
        )
