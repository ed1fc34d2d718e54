"""A prototype beside what resembles it: the piece of this clip, the piece of the training clip, and both clips around.

All that is drawn of one pair lies in one picture, so that both sides move in step when it plays.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hprotopnet.views.render import MATTE, Box, beside, cut_out, enlarge, outline, scaled_boxes

GAP = 6  # pixels between the parts of a picture


class Place(NamedTuple):
    """Where a piece lies in its clip.

    Attributes:
        images: frames of the clip, uint8 (T, S, S, 3).
        boxes: of each frame, None where the piece is not there.
        shown: numbers of the frames that are drawn, in the order in which they are to be seen.
    """

    images: np.ndarray
    boxes: Sequence[Box | None]
    shown: Sequence[int]


def two_of(here: Place, there: Place | None, side: int) -> np.ndarray:
    """This piece and that piece, side by side: (n, side, ~2 side, 3)."""
    return beside([piece(place, side) for place in (here, there) if place], GAP)


def line_of(here: Place, there: Place | None, side: int) -> np.ndarray:
    """This piece, that piece, and the clip that it was cut from, side by side: (n, side, ~3 side, 3)."""
    return beside([piece(here, side), *([piece(there, side), framed(there, side)] if there else [])], GAP)


def square_of(here: Place, there: Place | None, side: int) -> np.ndarray:
    """Both clips with their boxes, and below each its piece: (n, ~2 side, ~2 side, 3)."""
    places = [place for place in (here, there) if place]
    rows = [beside([draw(place, side) for place in places], GAP) for draw in (framed, piece)]
    space = np.full((len(rows[0]), GAP, *rows[0].shape[2:]), MATTE, dtype=np.uint8)
    return np.concatenate([rows[0], space, rows[1]], axis=1)


def piece(place: Place, side: int) -> np.ndarray:
    """What lies in the boxes, (n, side, side, 3)."""
    return cut_out(place.images[place.shown], [place.boxes[i] for i in place.shown], side)


def framed(place: Place, side: int) -> np.ndarray:
    """The frames of the clip with their boxes, (n, side, side, 3)."""
    boxes = scaled_boxes([place.boxes[i] for i in place.shown], side / place.images.shape[1])
    return outline(enlarge(place.images[place.shown], side), boxes)
