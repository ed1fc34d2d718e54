"""What a mask is asked for: a clip, a network, and how well a mask keeps, or takes away, what a target rests on."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from hprotopnet.attribution.asked import Kind, Variant
from hprotopnet.attribution.masks import cut_to, draw, grid_size, spread_for, step_for
from hprotopnet.attribution.pyramid import perturb, pyramid
from hprotopnet.attribution.subject import Subject

LEAST = 1e-7  # probability below which what was taken away is as good as gone, so that its logarithm stays finite


class Said(NamedTuple):
    """Log-probabilities of the target where masks keep and where they take away, each (A,); None where not asked."""

    kept: Tensor | None
    deleted: Tensor | None

    @property
    def loss(self) -> Tensor:
        """-log p of what is kept, -log(1 - p) of what is left when the mask is taken away, or their sum, (A,)."""
        terms = [] if self.kept is None else [-self.kept]
        if self.deleted is not None:
            terms.append(-(1 - self.deleted.exp()).clamp_min(LEAST).log())
        return sum(terms[1:], terms[0])


@dataclass(frozen=True, eq=False)
class Problem:
    """One clip (3, T, H, W) and what of it is to be found.

    Attributes:
        joint: whether an area is one of all frames together, or of each frame.
        core: weight of STEP's smoothness beside a weight of 1 for the target; 0 without.
        voxels: that STEP's smoothness counts with, see `masks.core_term`.
        batch: clips that go through the network at a time.
    """

    subject: Subject
    clip: Tensor
    target: int
    joint: bool
    core: float = 0.0
    voxels: float | None = None
    variant: Variant = "preserve"
    kind: Kind = "blur"
    batch: int = 1

    @cached_property
    def levels(self) -> Tensor:
        """The pyramid of the clip, made once for all masks."""
        return pyramid(self.clip, self.kind)

    @property
    def step(self) -> int:
        return step_for(*self.clip.shape[2:])

    @property
    def spread(self) -> float:
        return spread_for(*self.clip.shape[2:])

    @property
    def grid(self) -> tuple[int, int, int]:
        """Cells of a mask, (T, h, w)."""
        return (self.clip.shape[1], *grid_size(*self.clip.shape[2:], self.step))

    def draw(self, grids: Tensor) -> Tensor:
        """Masks (A, T, H, W) of grids (A, T, h, w)."""
        return draw(grids, *self.clip.shape[2:], self.step, self.spread)

    def cut(self, masks: Tensor, areas: Tensor) -> Tensor:
        """Masks of 0 and 1 with exactly the area."""
        return cut_to(masks, areas, self.joint).to(masks)

    def say(self, masks: Tensor, both: bool = False) -> Said:
        """What the network says of masked clips: what the variant asks for, or of both."""
        keeps, deletes = both or self.variant != "delete", both or self.variant != "preserve"
        return Said(self._ask(masks) if keeps else None, self._ask(1 - masks) if deletes else None)

    def _ask(self, masks: Tensor) -> Tensor:
        """Log-probability of the target in clips that keep a mask, (A,); one that would be none is the smallest."""
        said = self.subject.log_probabilities(perturb(self.levels, masks))[:, self.target]
        return said.clamp_min(torch.finfo(torch.float32).min).to(masks)
