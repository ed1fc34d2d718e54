"""Clips that show less: cues left out, frames held or shuffled, clips cut short, regions hidden.

What is rendered anew is a cue left out; all other levels are made of the frames of the clip as it is. As in
`conditions`, nothing here needs torch.
"""

from typing import NamedTuple

import numpy as np

from hprotopnet.config import ClipConfig
from hprotopnet.pantomime.conditions import CONDITIONS, Condition, Key, frames_of, reordered
from hprotopnet.pantomime.look import stream

SQUARES = 8  # a side of the grid whose squares are hidden; 20 pixels each at 160


class Level(NamedTuple):
    """How much of a clip is seen.

    Attributes:
        without: levels of the tree whose cue is left out.
        order: of the frames, see `conditions.Condition`.
        shown: share of the frames that are shown, from the first on; the last of them is held to the end.
        hidden: share of the squares that are painted over, the same in all frames.
    """

    without: tuple[str, ...] = ()
    order: str = "as filmed"
    shown: float = 1.0
    hidden: float = 0.0


LEVELS: dict[str, Level] = {
    **{name: Level(own.without, own.order) for name, own in CONDITIONS.items() if not own.swapped},
    "the first frame only": Level(shown=1 / 16),
    "the first quarter": Level(shown=1 / 4),
    "the first half": Level(shown=1 / 2),
    **{f"{share:.0%} of the squares hidden": Level(hidden=share) for share in (0.5, 0.75, 0.9)},
}
RENDERED = tuple(dict.fromkeys(level.without for level in LEVELS.values()))  # what is left out in each rendering


def seen_under(key: Key, clip: ClipConfig) -> dict[str, np.ndarray]:
    """Frames (T, S, S, 3) of a clip under each of `LEVELS`; rendered once for all that leave out the same cues."""
    rendered = {without: frames_of(key, clip, Condition(without)) for without in RENDERED}
    return {name: seen(rendered[level.without], level, key) for name, level in LEVELS.items()}


def seen(images: np.ndarray, level: Level, key: Key) -> np.ndarray:
    """Rendered frames (T, S, S, 3) of a clip as a level shows them."""
    return hidden(cut_short(reordered(images, level.order, key), level.shown), level.hidden, key)


def cut_short(images: np.ndarray, share: float) -> np.ndarray:
    """The first frames, at least one, and the last of these held to the end."""
    last = max(1, round(share * len(images))) - 1
    return images[np.minimum(np.arange(len(images)), last)]


def hidden(images: np.ndarray, share: float, key: Key) -> np.ndarray:
    """Frames with squares of a grid in the clip's mean colour, drawn for the clip and the same in all frames.

    What a smaller share hides, a larger one hides as well.
    """
    squares = [(row, column) for row in range(SQUARES) for column in range(SQUARES)]
    stream("hidden", *key).shuffle(squares)
    edges = np.linspace(0, images.shape[1], SQUARES + 1).round().astype(int)
    colour = images.reshape(-1, 3).mean(0).round().astype(np.uint8)
    found = images.copy()
    for row, column in squares[: round(share * len(squares))]:
        found[:, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = colour
    return found
