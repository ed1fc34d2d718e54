"""What is to be known of an attribution besides its values: what was asked, when and where it peaks, as plain data."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS, find_method
from hprotopnet.attribution.subject import PrototypeSubject, Subject
from hprotopnet.data.clips import Clip

ALL = "all"  # in place of the name of a method


class Peak(NamedTuple):
    """Where most speaks for a target: one pixel of one frame, or as many as are alike and hang together.

    Attributes:
        frames: from and to, the latter not included.
        box: (left, top, right, bottom) in pixels of the clip.
        seconds: of the video, in the middle.
        x, y: the middle, in pixels of the clip.
    """

    frames: tuple[int, int]
    box: tuple[int, int, int, int]
    seconds: float
    x: float
    y: float


def likeliest(subject: Subject, clip: Clip) -> str:
    """The class that a subject says a clip shows."""
    with torch.inference_mode():
        inputs = subject.inputs(clip.images)
        if isinstance(subject, PrototypeSubject):  # whose probabilities may be those among siblings
            return subject.model.hierarchy.classes[int(subject.model(inputs).output.logits[0].argmax())]
        return subject.targets[int(subject.log_probabilities(inputs)[0].argmax())]


def methods_for(name: str, subject: Subject) -> tuple[str, ...]:
    """The method of a name, or all that can ask a subject; raises `InputError` with what comes near for another."""
    if name != ALL:
        return (find_method(name).name,)
    own = isinstance(subject, PrototypeSubject) and subject.model.config.has_prototypes
    return tuple(method for method, about in METHODS.items() if own or not about.prototypes_only)


def over_time(own: Attribution) -> dict[str, list[float]]:
    """What speaks for the target in each frame, and, where signs are told, against it; means over its pixels."""
    curve = {"for": own.supporting.mean((1, 2)).tolist()}
    return curve | ({"against": (own.supporting - own.values).mean((1, 2)).tolist()} if own.signed else {})


def peak(own: Attribution, times: Sequence[float]) -> Peak | None:
    """Where most speaks for the target; None where nothing does. `times` are those of the clip's frames."""
    from scipy import ndimage

    if own.values.max() <= 0:
        return None
    blocks, _ = ndimage.label(own.values == own.values.max())
    block = ndimage.find_objects(blocks)[blocks[np.unravel_index(own.values.argmax(), own.values.shape)] - 1]
    (first, end), (top, bottom), (left, right) = ((side.start, side.stop) for side in block)
    middle = float(times[(first + end - 1) // 2])
    return Peak((first, end), (left, top, right, bottom), middle, (left + right) / 2, (top + bottom) / 2)


def told(own: Attribution, clip: Clip) -> dict[str, Any]:
    """All of an attribution but its values, with the clip that it is of, its curve over time, and its peak."""
    place = peak(own, clip.times)
    return {
        "video": clip.video,
        "start": clip.start,
        "damage": clip.damage,
        **{name: value for name, value in vars(own).items() if name != "values"},
        "probability": float(np.exp(own.log_probability)),
        "shape": own.values.shape,
        "times": clip.times,
        "over_time": over_time(own),
        "peak": place and place._asdict(),
    }
