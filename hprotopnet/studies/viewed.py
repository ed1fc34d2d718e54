"""Videos answered from one view, or from thirty as networks of frames are published: ten clips, three crops of each.

Clips are spread evenly over a video, see `data.clips.starts`; crops lie at both ends of the longer side and in its
middle (Wang et al., "TDN", 2021). The answer is the class of the highest mean probability over all views. A video too
short for ten clips that differ has fewer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import starts
from hprotopnet.data.dataset import Skipped, ahead, read_clips
from hprotopnet.data.pictures import centre_crop, side_crops
from hprotopnet.data.splits import Video
from hprotopnet.data.transforms import normalise
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import hierarchical_accuracy, mean_softmax
from hprotopnet.models.network import HProtoPNet

VIEWS = {1: (1, False), 30: (10, True)}  # clips of a video, and whether each has three crops
AT_ONCE = 6  # views of a pass


def check_views(views: int) -> None:
    """Raise `InputError` for a number of views that nobody tests with."""
    if views not in VIEWS:
        raise InputError(f"--views {views}: give {' or '.join(map(str, VIEWS))}")


def view_figures(model: HProtoPNet, videos: Sequence[Video], clip: ClipConfig, views: int) -> dict[str, Any]:
    """How many videos are answered right from so many views (JSON); those that cannot be read are left out."""
    answers, truths, skipped = [], [], Skipped()
    decoded = ahead(lambda video: views_of(video, clip, views), videos, 2)
    for video, future in tqdm(decoded, f"{views} views", len(videos), unit="video", delay=2):
        try:
            images = future.result()
        except InputError as error:
            skipped(video, error)
            continue
        answers.append(mean_softmax(probabilities(model, images)))
        truths.append(model.hierarchy.index(video.label))
    clips, crops = VIEWS[views]
    right = hierarchical_accuracy(np.array(answers, int), np.array(truths, int), model.hierarchy)
    return {"views": views, "clips": clips, "crops": 3 if crops else 1, "n": len(answers), **right}


def views_of(video: Video, clip: ClipConfig, views: int) -> np.ndarray:
    """All views of a video, uint8 of shape (n, T, S, S, 3)."""
    count, several = VIEWS[views]
    crop = side_crops if several else centre_crop
    found = read_clips(video, lambda duration: starts(duration, clip, count), clip, 1, crop)
    images = [own.images for own in found]
    return np.concatenate(images) if several else np.stack(images)


@torch.inference_mode()
def probabilities(model: HProtoPNet, images: np.ndarray) -> np.ndarray:
    """Of each class in each view (n, T, S, S, 3), shape (n, K)."""
    norm, classes = model.backbone.normalisation, len(model.hierarchy.classes)
    parts = torch.from_numpy(images).split(AT_ONCE)
    outputs = [model(normalise(part.to(model.device), norm.mean, norm.std)).output for part in parts]
    return torch.cat([output.nodes[:, :classes] for output in outputs]).cpu().numpy()
