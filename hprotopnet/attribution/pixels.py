"""What methods share that ask for the gradient of pixels: passes that are counted, and three colours made one value."""

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Literal

import numpy as np

from hprotopnet.attribution.method import Step

if TYPE_CHECKING:
    from torch import Tensor

    from hprotopnet.attribution.subject import Subject

Polarity = Literal["positive", "negative", "both"]


def counted(subject: "Subject", step: Step, passes: int) -> Callable[["Tensor"], "Tensor"]:
    """A subject as captum is given it: before each pass it says which share of all passes is done.

    However captum goes about its loops, a raise of `step` so ends it before the next pass.
    """
    done = count()

    def scores(clips: "Tensor") -> "Tensor":
        step(min(next(done) / passes, 1.0))
        return subject(clips)

    return scores


def one_value(colours: "Tensor", polarity: Polarity) -> np.ndarray:
    """One value a pixel, (T, H, W), of what a method says of each colour, (1, 3, T, H, W).

    As in the published toolkit: of each colour what lies above 0 ("positive") or below ("negative"), and of that the
    mean over the three colours. Departures: what lies below 0 stays below 0, and "both" keeps signs, where the toolkit
    shows magnitudes; drawing can still do so. No value is scaled or cut at a percentile: that is drawing, too.
    """
    values = colours[0].detach().cpu().numpy()
    if polarity != "both":
        values = np.maximum(values, 0) if polarity == "positive" else np.minimum(values, 0)
    return values.mean(0)
