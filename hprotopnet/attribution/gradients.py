"""Gradients: by how much the score of a target rises as a pixel rises.

Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks" (2013), by captum's `Saliency`. Departure: they
take the largest magnitude over the colours; here, as in the published toolkit for video, signs are kept and colours
averaged, see `pixels.one_value`. Of the score they both take the raw one, before any softmax; so does `Subject`.

A gradient is in units of normalised input, and its sign says whether brighter would help, not that the pixel speaks for
the target. A prototype is compared with every cell of the grid, but only its nearest cell has a say in the score, so
that the gradient flows through one cell a prototype, and all else in the clip has it only by what that cell has seen.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hprotopnet.attribution.method import Found, Step
from hprotopnet.attribution.pixels import Polarity, counted, one_value

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings:
    """What of the gradient is kept: the published toolkit's README says positive, its code both."""

    polarity: Polarity = "positive"


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """The gradient of the score by every pixel; see `method` for the signature."""
    from captum.attr import Saliency

    saliency = Saliency(counted(subject, step, 1))
    colours = saliency.attribute(clip.detach().requires_grad_(), target, abs=False)
    return Found(one_value(colours, settings.polarity), tuple(clip.shape[2:]), {}, settings.polarity != "positive")
