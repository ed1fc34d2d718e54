"""3D-EP: extremal perturbations whose share of the video may lie in any of its frames.

Li et al. (WACV 2021), after Fong, Patrick and Vedaldi (ICCV 2019): see `masks` for the masks, `search` for how they are
sought, and both for what departs from the papers.
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
    """Masks of so many pixels of all frames; see `method` for the signature and `extremal` for the figures."""
    from hprotopnet.attribution.extremal import attribute

    return attribute(subject, clip, target, settings, step, joint=True)
