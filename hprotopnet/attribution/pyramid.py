"""A clip with some of it taken away, by a mask: blurred step by step, or faded.

A pyramid is a tensor (levels, 3, T, H, W), from the clip that nothing is left of to the clip itself; between two levels
is what lies between them, linearly. Made once, it serves all masks of a clip.
"""

from typing import Literal

import torch
from torch import Tensor

from hprotopnet.attribution.masks import SHORT

Kind = Literal["blur", "fade"]
LEVELS = 8
BLUR = 20.0  # standard deviation of the most blurred level, in pixels of pictures of 112


def pyramid(clip: Tensor, kind: Kind = "blur") -> Tensor:
    """Levels of a normalised clip (3, T, H, W).

    "blur": eight of Gaussian blur within frames, whose standard deviation falls evenly from 20 pixels (of 112, in
    proportion for other sizes) to none; beyond the rim of a picture is nothing, and what lies within counts for more.
    "fade": the mean picture of training, which is 0, and the clip.
    """
    if kind == "fade":
        return torch.stack([torch.zeros_like(clip), clip])
    deepest = BLUR * min(clip.shape[2:]) / SHORT
    return torch.stack([*(blurred(clip, deepest * (1 - n / (LEVELS - 1))) for n in range(LEVELS - 1)), clip])


def blurred(frames: Tensor, deviation: float) -> Tensor:
    """Pictures (..., H, W) under Gaussian blur of this standard deviation in pixels."""
    down, across = (_gauss(size, deviation).to(frames) for size in frames.shape[-2:])
    return down @ frames @ across.T


def _gauss(size: int, deviation: float) -> Tensor:
    """Weights of all pixels of an axis in each of them, (size, size), float64."""
    at = torch.arange(size, dtype=torch.float64)
    return (-((at[:, None] - at) / deviation).square() / 2).softmax(1)


def perturb(levels: Tensor, masks: Tensor) -> Tensor:
    """Clips (A, 3, T, H, W) of which masks (A, T, H, W) keep what is 1 and take away what is 0.

    Beside the clips themselves two of their size are held for the gradient, however many levels there are.
    """
    place = masks.clamp(0, 1) * (len(levels) - 1)
    below = place.detach().floor().clamp(max=len(levels) - 2)
    index = below.long()[:, None].expand(-1, levels.shape[1], -1, -1, -1)
    return torch.lerp(levels.gather(0, index), levels.gather(0, index + 1), (place - below)[:, None])
