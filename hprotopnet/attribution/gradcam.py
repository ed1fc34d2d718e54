"""Grad-CAM: features of the last grid, weighted by what the score gains from them.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization" (2017). The paper
weighs each feature by its gradient averaged over the whole grid; that is captum's `LayerGradCam` (`weights="global"`).
The published toolkit for video averages over each time step alone, so that a feature may speak for the target at one
time and against it at another; that is the default, from captum's gradients and activations of a layer. Of the weighted
sum over features what lies above 0 is kept, as in both.

Departures from the toolkit: hooks go as they came, and the second clip is not read with the first one's features; the
map is laid over the clip by the cell that looks nearest to each pixel, in time as in space, where the toolkit repeats
cells in time and stretches what is left; and values are not scaled to lie between 0 and 1, which is drawing.

Prototypes draw their gradient from one cell each, their nearest, so that with a network of prototypes a time step in
which none of them is nearest gets no weight and stays empty, while a feature that counts at one cell shows wherever in
its time step it is found.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hprotopnet.attribution.method import Found, Step
from hprotopnet.attribution.pixels import counted
from hprotopnet.evaluation.evidence import CENTRED, cell_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings:
    """Over what the gradient of a feature is averaged: each time step, or the whole grid."""

    weights: Literal["per step", "global"] = "per step"


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """The map of the grid, laid over the clip; see `method` for the signature."""
    weighted = _per_step if settings.weights == "per step" else _global
    cells = weighted(subject, clip, target, step).detach().relu()[0, 0].cpu().numpy()  # (t, h, w)
    values = cells.ravel()[cell_of(cells.shape, clip.shape[2:], offset(subject.grid))]
    return Found(values, cells.shape, {})


def offset(grid: "nn.Module") -> tuple[float, float, float]:
    """By how many cells the middle of what a cell sees lies behind the middle of its place, (t, h, w).

    Backbones of this project know, see `models.addon.offsets`; of several layers it is the mean. Others count as
    looking at their own place.
    """
    if not hasattr(grid, "shifts"):
        return CENTRED
    t, h, w = np.mean(list(grid.shifts.values()), axis=0) / grid.stride
    return float(t), float(h), float(w)


def _per_step(subject: "Subject", clip: "Tensor", target: int, step: Step) -> "Tensor":
    from captum._utils.gradient import compute_layer_gradients_and_eval

    scores = counted(subject, step, 1)
    (gradients,), (features,) = compute_layer_gradients_and_eval(scores, subject.grid, clip, target)
    return (gradients.mean((3, 4), keepdim=True) * features).sum(1, keepdim=True)


def _global(subject: "Subject", clip: "Tensor", target: int, step: Step) -> "Tensor":
    from captum.attr import LayerGradCam

    return LayerGradCam(counted(subject, step, 1), subject.grid).attribute(clip, target)
