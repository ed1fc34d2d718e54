"""Frames to network input.

Images are uint8 of shape (T, H, W, 3); clips are float32 of shape (3, T, H, W), or (B, 3, T, H, W) in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

VERSION = 1  # of what a network is given of some images; raise it when that changes


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation, per channel, that a net expects removed from RGB in [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Contiguous uint8 images (..., T, H, W, 3) as clips (..., 3, T, H, W); a view, colours last in memory.

    Intensities are brought to [0, 1], then shifted by `mean` and divided by `std`, both per colour.
    """
    clips = images.float().div_(255)
    # Colours change fastest: along whole rows of pixels one pass takes a quarter of what three numbers a time take.
    mean, std = (torch.tensor(values, device=clips.device).repeat(images.shape[-2]) for values in (mean, std))
    clips.flatten(-2).sub_(mean).div_(std)
    return clips.movedim(-1, -4)
