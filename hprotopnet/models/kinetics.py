"""Networks with the 400 classes of Kinetics as published, and what a clip shows among these, by DeepMind's I3D.

The latter explains nothing; it shows what the backbone knows, and that its weights and its input are what they should
be. The order of the labels is that of the I3D's own label file. It is alphabetical, and so is that of the classes which
torchvision's networks were trained on: compared one by one with the categories in the description of their weights
(torchvision 0.29.1), all 400 are the same. TSM's authors number them by a list that is not published with their
code; it is taken to be the same.
"""

from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.cpu import bfloat16_autocast
from hprotopnet.models.backbones.frames import FrameClassifier
from hprotopnet.models.backbones.i3d import I3D, KineticsI3D
from hprotopnet.models.backbones.inception import KineticsInception
from hprotopnet.models.backbones.resnet3d import KINDS, KineticsResNet3D
from hprotopnet.models.backbones.weights import load_weights, published_weights
from hprotopnet.models.labels import kinetics_labels
from hprotopnet.models.precision import set_precision

FRAMES = 64  # the length it was trained on
FPS = (12.5, 25.0)  # it was trained at 25; at half of that the motion is still clear and the clip sees more
SIZE = 224  # pixels
CLASSIFIERS = {
    "i3d": KineticsI3D,
    **{name: partial(KineticsResNet3D, name) for name in KINDS},
    "tsm_r50": partial(FrameClassifier, "tsm_r50", 50),
    "frames_inception": partial(KineticsInception, "frames_inception"),
    "tsm_inception": partial(KineticsInception, "tsm_inception", shifts=True),
    "h2cn_inception": partial(KineticsInception, "h2cn_inception", shifts=True, hourglasses=True),
}


def load_classifier(name: str, progress: bool = True) -> Backbone:
    """A pretrained network with its classifier, one of `CLASSIFIERS`: (B, 3, T, H, W) -> (B, 400).

    Its weights are fetched on first use; raises `InputError` when they cannot be had.
    """
    set_precision()
    weights = published_weights(name, progress)
    net = CLASSIFIERS[name]().to(memory_format=torch.channels_last_3d)  # as backbones are, for speed
    load_weights(net, weights)
    return net.eval()


@cache
def kinetics_classifier(progress: bool = True) -> Backbone:
    """Return the pretrained I3D with its classifier; fetches the weights on first use."""
    return load_classifier("i3d", progress)


def frame_times(duration: float) -> np.ndarray:
    """Return the times, in seconds, of at most 64 frames around the middle of a video of `duration` seconds.

    They are 1/12.5 s apart, in short videos as little as 1/25 s so that there are 64 of them.
    """
    slow, fast = FPS
    step = min(max(duration / FRAMES, 1 / fast), 1 / slow)
    count = min(FRAMES, max(1, int(duration / step + 1e-6)))
    return duration / 2 + (np.arange(count) - count / 2) * step


def classify_video(path: str | Path) -> list[tuple[str, float]]:
    """Return the five likeliest actions around the middle of a video; raises `InputError` when it cannot be read."""
    times = frame_times(probe(path).duration)
    return kinetics_top5(read_frames(path, times.tolist(), SIZE).images)


def kinetics_top5(frames: np.ndarray | Tensor) -> list[tuple[str, float]]:
    """Return the five likeliest actions with their probabilities, the likeliest first.

    `frames` is RGB: uint8 of shape (T, H, W, 3), any size, or a normalised clip of shape (3, T, H, W).
    Raises `InputError` for anything else.
    """
    clip = prepare_clip(frames) if frames.dtype in (np.uint8, torch.uint8) else torch.as_tensor(frames)
    if clip.ndim != 4 or clip.shape[0] != 3 or not clip.is_floating_point() or min(clip.shape) == 0:
        raise InputError(f"a clip of shape {tuple(frames.shape)} cannot be classified; pass frames (T, H, W, 3), uint8")
    with torch.inference_mode(), bfloat16_autocast():
        logits = kinetics_classifier()(clip[None]).float()
    probabilities, indices = logits.softmax(dim=-1)[0].topk(5)
    return [(kinetics_labels()[i], p) for i, p in zip(indices.tolist(), probabilities.tolist(), strict=True)]


def prepare_clip(frames: np.ndarray | Tensor) -> Tensor:
    """Return frames (T, H, W, 3), uint8, as a normalised clip (3, T, 224, 224): short side scaled, centre cropped."""
    if frames.ndim != 4 or frames.shape[3] != 3 or min(frames.shape) == 0:
        raise InputError(f"frames of shape {tuple(frames.shape)} cannot be classified; pass frames (T, H, W, 3), uint8")
    images = torch.as_tensor(frames).permute(0, 3, 1, 2).float() / 255  # (T, 3, H, W)
    scale = SIZE / min(images.shape[2:])
    size = [max(SIZE, round(side * scale)) for side in images.shape[2:]]
    images = F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
    top, left = ((side - SIZE) // 2 for side in size)
    images = images[:, :, top : top + SIZE, left : left + SIZE]
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (I3D.normalisation.mean, I3D.normalisation.std))
    return ((images - mean) / std).transpose(0, 1)
