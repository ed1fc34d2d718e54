"""An attribution as a picture that moves: the clip, and beside it the same under the heat of what speaks for a target.

Heat is on one scale for the whole clip, which is said below; what speaks against the target, where a method tells it,
has a picture of its own on the same scale. Drawn as `cards`, as GIF and as MP4.
"""

from dataclasses import dataclass

import numpy as np

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import find_method
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.views import render, words
from hprotopnet.views.attribution import resolved
from hprotopnet.views.cards import Card, as_gif, as_mp4
from hprotopnet.views.plate import SOFT, Photo, Plate, Text, paragraph

CUT = 0.999  # share of the pixels that the scale leaves apart: a few are often far above all others
MARGIN, GAP, SIDE = 18.0, 10.0, 270
STRIP, BAR = 26, 12  # heights of the curve over time and of the scale
MOST_FRAMES, MOST_BYTES = 32, 5_000_000
ZOOMS, SHARP = (1.0, 0.85, 0.7, 0.55, 0.4), 1.6
AMONG = {"all": "", "siblings": " among its siblings"}  # what a target is held against
SLOWER, FASTEST, SLOWEST = 2.0, 0.08, 0.5  # times as long as in the clip, within bounds of seconds a frame


@dataclass(frozen=True, eq=False)
class Account:
    """What is drawn.

    Attributes:
        title: of the network, as people know it.
        shown: the target, likewise.
    """

    own: Attribution
    clip: Clip
    config: ClipConfig
    title: str
    shown: str


def scale(own: Attribution) -> float:
    """The value at which heat ends: at most a thousandth of the pixels lie above it, whatever their sign."""
    values = np.abs(own.values)
    return float(np.quantile(values, CUT) or values.max())  # the latter where nearly all are 0


def gif(account: Account) -> bytes:
    """An animated GIF of at most 5 MB."""
    return as_gif([card(account)], pace(account), ZOOMS, MOST_BYTES)


def mp4(account: Account) -> bytes:
    """The same as a film, sharper."""
    return as_mp4([card(account)], pace(account), SHARP)


def pace(account: Account) -> float:
    """Seconds that a frame is shown."""
    return min(max(SLOWER * _every(account) / account.config.pace, FASTEST), SLOWEST)


def card(account: Account) -> Card:
    """The clip and its heat, with the curve over time, the scale, and how to read it."""
    panels = list(_panels(account).items())
    width = len(panels) * (SIDE + GAP) - GAP
    head = _head(account, width)
    top = head[-1].y + 34
    left = [MARGIN + i * (SIDE + GAP) for i in range(len(panels))]
    names = [Text(x, top - 8, name, 13, ink=SOFT) for x, (name, _) in zip(left, panels, strict=True)]
    photos = [Photo(x, top, SIDE, own[0], name) for x, (name, own) in zip(left, panels, strict=True)]
    foot = top + photos[0].height
    curve, line, said = _curve(account, foot)
    legend, bar, ends = _scale(account, foot)
    notes = paragraph(MARGIN, said.y + 28, _notes(account), width, 12, ink=SOFT)
    marks = (*head, *names, *photos, curve, legend, said, *ends, *notes)
    plate = Plate(width + 2 * MARGIN, notes[-1].y + MARGIN, head[0].text, marks)
    return Card(plate, [*(own for _, own in panels), line, bar])


def _every(account: Account) -> int:
    return -(-len(account.clip.images) // MOST_FRAMES)


def _panels(account: Account) -> dict[str, np.ndarray]:
    """The pictures side by side, (shown frames, SIDE, SIDE, 3), by what they show."""
    own, shown = account.own, slice(None, None, _every(account))
    large, top = render.enlarge(account.clip.images[shown], SIDE), scale(own) or 1.0
    sides = {"speaks for it": own.values} | ({"speaks against it": -own.values} if own.signed else {})
    heat = {name: render.heat(large, np.clip(values[shown] / top, 0, 1)) for name, values in sides.items()}
    return {"the clip": large, **heat}


def _head(account: Account, width: float) -> list[Text]:
    """What was asked, of whom, and how sure it is."""
    own, clip = account.own, account.clip
    asked = paragraph(MARGIN, MARGIN + 20, f"Why '{account.shown}'?", width / 1.1, 23, bold=True)
    sure = words.probability(float(np.exp(own.log_probability)))
    window = f"{clip.start:.2f} to {clip.start + account.config.span:.2f} s"
    whence = f"{clip.video}, {words.moments(clip.times, account.config, 2) or window}"
    sure += f" sure of it{AMONG[own.rivals]}"
    said = f"{find_method(own.method).title}, asked of {account.title}, which is {sure}. {whence}."
    return [*asked, *paragraph(MARGIN, asked[-1].y + 24, said, width, 14)]


def _curve(account: Account, foot: float) -> tuple[Photo, np.ndarray, Text]:
    """Under the clip what speaks for the target in each frame: its picture, that of every frame, and what it is."""
    curve = account.own.supporting.mean((1, 2))
    line = render.timeline(len(curve), SIDE, STRIP, curve, [False] * len(curve))[:: _every(account)]
    said = Text(MARGIN, foot + 6 + STRIP + 16, "what speaks for it, frame by frame", 12, ink=SOFT)
    return Photo(MARGIN, foot + 6, SIDE, line[0], "What speaks for it over time"), line, said


def _scale(account: Account, foot: float) -> tuple[Photo, np.ndarray, list[Text]]:
    """Under the heat what its colours mean, over a grey ground."""
    left, top = MARGIN + SIDE + GAP, scale(account.own)
    ground = np.full((1, BAR, SIDE, 3), 128, np.uint8)
    bar = render.heat(ground, np.broadcast_to(np.linspace(0, 1, SIDE), (1, BAR, SIDE)))
    ends = (("0", left, "start"), (f"{top:.2g} or more" if top else "nowhere above 0", left + SIDE, "end"))
    texts = [Text(x, foot + 6 + BAR + 16, end, 12, anchor=anchor, ink=SOFT) for end, x, anchor in ends]
    return Photo(left, foot + 6, SIDE, bar[0], "The scale of the heat"), bar, texts


def _notes(account: Account) -> str:
    own = account.own
    cut = f"One scale for the whole clip; at most {100 * (1 - CUT):.1f} % of its pixels lie above its end."
    played = f"Played {words.speed(account.config, _every(account), pace(account), 'its')}."
    return f"Told apart: {resolved(own)}. {cut} {played} When not to trust it: {find_method(own.method).doubt}"
