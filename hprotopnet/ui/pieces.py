"""Pictures of prototypes and of what they resemble, drawn once: stored clips for all, own videos for the session.

They show the frame of the peak at first; what moves is made when somebody plays it, because that takes twenty times as
long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hprotopnet.bundles.showcase import source_images
from hprotopnet.explain.explanation import PrototypeEvidence
from hprotopnet.ui.cases import Case, images_of
from hprotopnet.views import render
from hprotopnet.views.pairs import Place, line_of, piece, square_of, two_of
from hprotopnet.views.render import Box
from hprotopnet.views.sight import seen_around

SIDE, LARGE, SMALL = 180, 300, 90  # pixels: of a clip on a card, in the pair that a step opens with, of a piece alone


@dataclass(frozen=True)
class Card:
    """Pictures of one prototype as WebP: it in this clip, and in the clip it came from (None without an excerpt)."""

    here: bytes
    source: bytes | None


@dataclass(frozen=True)
class Pair:
    """One picture of a prototype and what resembles it, as WebP.

    Attributes:
        picture: as `views.pairs` draws it.
        both: whether the training clip is in it; without an excerpt only this clip is.
    """

    picture: bytes
    both: bool


Drawn = Card | Pair | bytes


def card_of(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Card:
    """Pictures of a card.

    Args:
        sight: level of the prototype, if what the strongest cell has really seen is to be drawn.
    """
    return _once(case, row, "card", moving, sight, _draw_card)


def line(case: Case, row: PrototypeEvidence, moving: bool) -> Pair:
    """This piece, that piece, and where that one is from, large."""
    return _once(case, row, "line", moving, "", _draw_line)


def two(case: Case, row: PrototypeEvidence, moving: bool) -> Pair:
    """This piece and that piece, small."""
    return _once(case, row, "two", moving, "", _draw_two)


def square(case: Case, row: PrototypeEvidence, moving: bool) -> Pair:
    """Both clips and both pieces, for a narrow column."""
    return _once(case, row, "square", moving, "", _draw_square)


def piece_of(case: Case, row: PrototypeEvidence) -> bytes:
    """The prototype alone, small and still: what it was cut from, or what resembles it here without an excerpt."""
    return _once(case, row, "piece", False, "", _draw_piece)


def _once(case: Case, row: PrototypeEvidence, kind: str, moving: bool, sight: str, draw: Callable) -> Drawn:
    keep = _shared if case.stored else _own
    return keep((*case.key, str(row.prototype), kind, sight), moving, case, row, draw)


def _made(key: tuple[str, ...], moving: bool, _case: Case, _row: PrototypeEvidence, _draw: Callable) -> Drawn:
    return _draw(_case, _row, moving, key[-1])


_shared = st.cache_data(max_entries=256, show_spinner=False)(_made)
_own = st.cache_data(scope="session", max_entries=64, show_spinner=False)(_made)


def _draw_card(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Card:
    bundle, grid, offset = case.bundle, case.explanation.grid, row.offset
    here, there, fps = here_of(case, row, moving), there_of(case, row, moving), case.bundle.config.clip.pace
    seen = seen_around(bundle, sight, row.cell, grid, offset)
    drawn = render.evidence_clip(here.images, here.boxes, row.activation, SIDE, here.shown, offset, seen)
    if there is None:
        return Card(render.animation(drawn, fps), None)
    seen = seen_around(bundle, sight, bundle.prototypes[row.prototype].cell, grid, offset)
    source = render.source_clip(there.images, there.boxes, SIDE, there.shown, seen)
    return Card(render.animation(drawn, fps), render.animation(source, fps))


def _draw_line(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Pair:
    return _paired(case, row, moving, line_of, LARGE)


def _draw_two(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Pair:
    return _paired(case, row, moving, two_of, SIDE)


def _draw_square(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> Pair:
    return _paired(case, row, moving, square_of, SIDE)


def _draw_piece(case: Case, row: PrototypeEvidence, moving: bool, sight: str) -> bytes:
    place = there_of(case, row, moving) or here_of(case, row, moving)
    return render.animation(piece(place, SMALL), 1)


def _paired(case: Case, row: PrototypeEvidence, moving: bool, draw: Callable, side: int) -> Pair:
    here, there = here_of(case, row, moving), there_of(case, row, moving)
    return Pair(render.animation(draw(here, there, side), case.bundle.config.clip.pace), there is not None)


def here_of(case: Case, row: PrototypeEvidence, moving: bool) -> Place:
    """What resembles a prototype, in the clip that is explained."""
    return Place(case.images, row.boxes, _frames(row.boxes, row.moment, moving))


def there_of(case: Case, row: PrototypeEvidence, moving: bool) -> Place | None:
    """The prototype, in its training clip; None where the bundle has no excerpt of it."""
    own = case.bundle.prototypes[row.prototype]
    images = source_images(own, case.bundle, images_of)
    if images is None:
        return None
    return Place(images, own.boxes, _frames(own.boxes, own.moment(case.bundle.config.clip), moving))


def _frames(boxes: tuple[Box | None, ...], moment: float, moving: bool) -> list[int]:
    """Numbers of the frames to draw: of the peak alone, or of all beginning there, so that playing goes on from it."""
    peak = render.peak_frame(boxes, moment)
    return [(peak + i) % len(boxes) for i in range(len(boxes) if moving else 1)]
