"""What is asked of extremal perturbations, the same for 2D-EP, 3D-EP and STEP; knows no torch."""

from dataclasses import dataclass
from typing import Literal

from hprotopnet.attribution.method import check_range

Variant = Literal["preserve", "delete", "dual"]
Kind = Literal["blur", "fade"]
ScheduleName = Literal["levels", "published"]
AREAS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2)
PUBLISHED_ITERATIONS = 2000  # of the published schedule


@dataclass(frozen=True)
class Asked:
    """Masks of which areas, that keep or take away what, sought how.

    Attributes:
        areas: shares of the clip, each of which gets a mask; one run seeks them all.
        variant: the mask is what must be kept ("preserve"), what must be taken away ("delete"), or both ("dual").
        kind: what is taken away is blurred, or fades into the mean picture of training.
        schedule: how masks are sought, see `search`: the project's, or the published one, which takes ten times as many
            passes of the network for each area as the project's for all.
        iterations: of each area; 0 for as many as the schedule has.
        shown: the map is the mask of this area; 0 for the mean over all of them, in which what lies in the mask of a
            small area counts most.
        batch: clips that go through the network at a time, which bounds the memory; masks of the project's schedule
            come one after the other anyway.
    """

    areas: tuple[float, ...] = AREAS
    variant: Variant = "preserve"
    kind: Kind = "blur"
    schedule: ScheduleName = "levels"
    iterations: int = 0
    shown: float = 0.0
    batch: int = 1

    def __post_init__(self) -> None:
        from hprotopnet.errors import InputError

        if not self.areas or len(self.areas) > 20 or len(set(self.areas)) < len(self.areas):
            raise InputError("areas are none, too many or twice the same; give up to 20, such as 0.05,0.1")
        for area in self.areas:
            check_range("areas", area, 1e-4, 0.9)
        check_range("iterations", self.iterations, 0, 10_000)
        check_range("batch", self.batch, 1, 64)
        if self.shown and self.shown not in self.areas:
            known = ", ".join(f"{area:g}" for area in self.areas)
            raise InputError(f"no mask of area {self.shown:g} is sought; show one of {known}, or 0 for their mean")
