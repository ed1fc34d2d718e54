"""STEP: spatio-temporal extremal perturbations, 3D-EP whose masks are smooth in space and time.

Li, Wang, Li, Huang and Sato, "Towards Visually Explaining Video Understanding Networks with Perturbation" (WACV 2021):
a mask is to be made of whole ellipsoids, see `masks.core_term`. See `masks` for the masks, `search` for how they are
sought, and both for what departs from the paper. Departures here: the project's schedule weighs the core term by `core`
beside a weight of 1 for the target, where the published code has 300 and lets the target give way; and it counts the
voxels that an ellipsoid has, where the published code counts 443 for 7 x 11 x 11, see `ellipsoids`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hprotopnet.attribution.asked import Asked
from hprotopnet.attribution.method import Found, Step, check_range

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings(Asked):
    """See `asked`.

    Attributes:
        core: weight of the core term in the project's schedule; the published one has weights of its own.
        ellipsoids: how many fit into an area, by their own voxels or by the published formula of their volume.
    """

    core: float = 1.0
    ellipsoids: Literal["counted", "published"] = "counted"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("core", self.core, 1e-3, 1000)


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """Masks of whole ellipsoids; see `method` for the signature and `extremal` for the figures."""
    from hprotopnet.attribution.extremal import attribute
    from hprotopnet.attribution.masks import published_voxels, spread_for

    voxels = (
        published_voxels(clip.shape[2], spread_for(*clip.shape[3:])) if settings.ellipsoids == "published" else None
    )
    return attribute(subject, clip, target, settings, step, joint=True, core=settings.core, voxels=voxels)
