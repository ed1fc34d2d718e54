"""Clips under conditions: with cues left out, on their own or exchanged, as one frame, or with frames out of order.

A clip is the one in the middle of a video, rendered and scaled without being encoded in between. Nothing here needs
torch, so that rendering processes start at once.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import covered, instants, starts
from hprotopnet.data.pictures import centre_crop, resize_shape
from hprotopnet.pantomime.look import stream
from hprotopnet.pantomime.rendering import render
from hprotopnet.pantomime.spec import clip_spec, tree
from hprotopnet.pantomime.stage import CUES, FPS
from hprotopnet.pantomime.truth import cropped

LEVELS = CUES[:3]


class Condition(NamedTuple):
    """How clips differ from what they are.

    Attributes:
        without: levels whose cue is left out.
        swapped: level whose cue is that of another branch, if any.
        order: "as filmed", "still" (the middle frame repeated) or "shuffled".
    """

    without: tuple[str, ...] = ()
    swapped: str | None = None
    order: str = "as filmed"


CONDITIONS: dict[str, Condition] = {
    "as they are": Condition(),
    "one frame repeated": Condition(order="still"),
    "frames shuffled": Condition(order="shuffled"),
    **{f"without the {level}'s cue": Condition(without=(level,)) for level in LEVELS},
    **{f"only the {level}'s cue": Condition(without=tuple(own for own in LEVELS if own != level)) for level in LEVELS},
    **{f"the {level}'s cue swapped": Condition(swapped=level) for level in LEVELS},
}


class Key(NamedTuple):
    """What a clip is drawn from."""

    seed: int
    label: str
    group: int
    number: int


def frames_of(key: Key, clip: ClipConfig, condition: Condition) -> np.ndarray:
    """Frames (T, S, S, 3) of the middle of a clip under a condition, as a network sees them."""
    return seen_of(key, clip, condition)[0]


def seen_of(key: Key, clip: ClipConfig, condition: Condition) -> tuple[np.ndarray, np.ndarray]:
    """The same with the cue bits (T, S, S) of every frame, see `truth`."""
    spec = clip_spec(*key)
    swap = {condition.swapped: foreign(key, condition.swapped)} if condition.swapped else {}
    numbers = [int(time * FPS + 1e-6) for time in _times(spec.seconds, clip)]  # the frame shown then, as in a video
    pictures = list(render(spec, condition.without, swap, frames=numbers))
    images = np.stack([_cropped(rendered.image, clip.size) for rendered in pictures])
    masks = cropped(np.stack([rendered.mask for rendered in pictures]), clip.size)
    return reordered(images, condition.order, key), reordered(masks, condition.order, key)


def frames_under(job: tuple[Key, str], clip: ClipConfig) -> np.ndarray:
    """`frames_of` a clip and the name of a condition."""
    key, name = job
    return frames_of(key, clip, CONDITIONS[name])


def reordered(images: np.ndarray, order: str, key: Key) -> np.ndarray:
    """The frames of a clip in one of the orders that `Condition` names."""
    numbers = list(range(len(images)))
    if order == "still":
        numbers = [len(images) // 2] * len(images)
    elif order == "shuffled":
        stream("order", *key).shuffle(numbers)
    return images[numbers]


def foreign(key: Key, level: str) -> str:
    """The node of a level whose cue replaces a clip's own: drawn from those under another grandparent."""
    hierarchy = tree()
    own = hierarchy.ancestors(hierarchy.index(key.label))
    height = len(LEVELS) - 1 - LEVELS.index(level)
    others = [node for node in hierarchy.at_level(height) if hierarchy.ancestors(node)[-1] != own[-1]]
    return hierarchy.nodes[stream("swap", *key, level).choice(others)]


def _times(seconds: float, clip: ClipConfig) -> Iterator[float]:
    last = round(seconds * FPS) - 1
    asked = instants(starts(seconds, clip, 1)[0], clip, covered(seconds, clip))
    return (min(instant, last / FPS) for instant in asked)


def _cropped(image: np.ndarray, size: int) -> np.ndarray:
    height, width = image.shape[:2]
    scaled = Image.fromarray(image).resize(resize_shape(width, height, size), Image.BILINEAR)
    return centre_crop(np.asarray(scaled), size)
