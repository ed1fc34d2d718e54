"""Integrated gradients: what each pixel adds on the way from a black clip to this one.

Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017), by captum's `IntegratedGradients`: the
gradient averaged over clips on the straight line from black to the clip, times what the pixel lies above black. The
values of all colours sum to the difference of the two scores; by how much they fail to is told (`delta`).

The integral is summed at the left ends of equal steps, as in the published toolkit; the paper takes the right ends, and
captum its `gausslegendre`, which is exact where scores are smooth. Those of prototypes are not: nearest cells change on
the way, and patches of unit length turn about at once where the network makes nearly nothing of a clip. For a clip of
rafting and the shipped network 25 steps miss 10 % of the difference, as many by Gauss and Legendre 12 %, 50 of these 1.

Departures from the toolkit: black is that of the subject's own normalisation, where the toolkit takes that of Kinetics
for every network; and colours and signs are as in `pixels.one_value`, so that values of both signs sum to a third of
the difference.
"""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np

from hprotopnet.attribution.method import Found, Step, check_range
from hprotopnet.attribution.pixels import Polarity, counted, one_value

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject


@dataclass(frozen=True)
class Settings:
    """How the integral is taken, and what of it is kept.

    Attributes:
        polarity: the published toolkit's README says positive, its code both.
        steps: clips on the way from black.
        rule: by which their gradients are summed.
        batch: clips that go through the network at a time, which bounds the memory; the result is the same.
    """

    polarity: Polarity = "positive"
    steps: int = 25
    rule: Literal["riemann_left", "gausslegendre"] = "riemann_left"
    batch: int = 1

    def __post_init__(self) -> None:
        check_range("steps", self.steps, 2, 1000)
        check_range("batch", self.batch, 1, 64)


def attribute(subject: "Subject", clip: "Tensor", target: int, settings: Settings, step: Step) -> Found:
    """The integral for every pixel; see `method` for the signature.

    Figures: `difference` of the scores of the clip and of black, and `delta`, by how much all values miss it.
    """
    from captum.attr import IntegratedGradients

    black = subject.inputs(np.zeros((*clip.shape[2:], 3), np.uint8))
    scores = counted(subject, step, ceil(settings.steps / settings.batch) + 2)  # two for the difference
    colours, delta = IntegratedGradients(scores).attribute(
        clip,
        black,
        target,
        n_steps=settings.steps,
        method=settings.rule,
        internal_batch_size=settings.batch,
        return_convergence_delta=True,
    )
    figures = {"delta": float(delta), "difference": float(colours.sum() - delta)}
    return Found(one_value(colours, settings.polarity), tuple(clip.shape[2:]), figures, settings.polarity != "positive")
