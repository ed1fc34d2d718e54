"""2D-EP: extremal perturbations that take the same share of every frame.

Fong, Patrick and Vedaldi (ICCV 2019), on each frame of a video as Li et al. (WACV 2021) have it: see `masks` for the
masks, `search` for how they are sought, and both for what departs from the papers.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hprotopnet.attribution.asked import Asked
from hprotopnet.attribution.method import Found, Step

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings(Asked):
    """See `asked`."""


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """Masks of as many pixels in each frame; see `method` for the signature and `extremal` for the figures."""
    from hprotopnet.attribution.extremal import attribute

    return attribute(subject, clip, target, settings, step, joint=False)
