"""Frames to network input and back: functions of arrays and tensors, each with its inverse where it has one.

Images are uint8 of shape (T, H, W, 3); clips are float32 of shape (3, T, H, W), or (B, 3, T, H, W) in a batch.
Boxes are (left, top, right, bottom) in pixels, half-open: a whole image is (0, 0, W, H).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hprotopnet.data.pictures import centre_crop, crop_corner, resize_shape

VERSION = 1  # of what a network is given of some images; raise it when that changes


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation, per channel, that a net expects removed from RGB in [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def uncrop_boxes(boxes: np.ndarray, size: int, width: int, height: int, short_side: int | None = None) -> np.ndarray:
    """Boxes in a centred crop, shape (..., 4), as boxes in the original frame of `width` x `height` pixels.

    The frame was scaled to `short_side` (by default the size of the crop) before it was cropped.
    """
    scaled_width, scaled_height = resize_shape(width, height, short_side or size)
    top, left = crop_corner(scaled_height, scaled_width, size)
    scale = np.array([width / scaled_width, height / scaled_height] * 2)
    return (np.asarray(boxes, dtype=np.float64) + np.array([left, top] * 2)) * scale


def flip(clip: Tensor) -> Tensor:
    """Mirror a clip left to right; its own inverse."""
    return clip.flip(-1)


def flip_boxes(boxes: np.ndarray, width: int) -> np.ndarray:
    """Boxes, shape (..., 4), in the mirror image of a frame `width` pixels wide; its own inverse."""
    left, top, right, bottom = np.moveaxis(np.asarray(boxes), -1, 0)
    return np.stack([width - right, top, width - left, bottom], axis=-1)


def to_clip(images: np.ndarray, size: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """The centred square of images (T, H, W, 3) as a clip (3, T, size, size).

    Intensities are brought to [0, 1], then shifted by `mean` and divided by `std`, both per colour.
    """
    return normalise(torch.from_numpy(np.ascontiguousarray(centre_crop(images, size))), mean, std).contiguous()


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Contiguous uint8 images (..., T, H, W, 3) as clips (..., 3, T, H, W), see `to_clip`; a view, colours last."""
    clips = images.float().div_(255)
    # Colours change fastest: along whole rows of pixels one pass takes a quarter of what three numbers a time take.
    mean, std = (torch.tensor(values, device=clips.device).repeat(images.shape[-2]) for values in (mean, std))
    clips.flatten(-2).sub_(mean).div_(std)
    return clips.movedim(-1, -4)


def to_images(clip: Tensor, mean: Sequence[float], std: Sequence[float]) -> np.ndarray:
    """A clip (3, T, H, W) as images (T, H, W, 3), the inverse of `to_clip` up to the crop."""
    pixels = (clip.detach().cpu().to(torch.float32) * _per_colour(std) + _per_colour(mean)) * 255
    return pixels.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 3, 0).contiguous().numpy()


def _per_colour(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(3, 1, 1, 1)
