"""Gradient x input: the gradient of every pixel times the pixel.

Shrikumar et al., "Not Just a Black Box" (2016), by captum's `InputXGradient`; colours and signs as in
`pixels.one_value`. The input is the normalised one, as in the published toolkit, so that what it is measured against is
not black but the grey that the network's normalisation takes for 0: a pixel of that grey gets nothing, whatever it
shows. For a network that is linear in its input the values of all colours sum to the score but for its offset.
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
    """What of the product is kept: the published toolkit's README says positive, its code both."""

    polarity: Polarity = "positive"


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """Gradient times input for every pixel; see `method` for the signature."""
    from captum.attr import InputXGradient

    product = InputXGradient(counted(subject, step, 1))
    colours = product.attribute(clip.detach().requires_grad_(), target)
    return Found(one_value(colours, settings.polarity), tuple(clip.shape[2:]), {}, settings.polarity != "positive")
