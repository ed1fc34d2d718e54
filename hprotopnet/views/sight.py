"""How much of a clip the strongest cell has really seen, as it is drawn and said. Knows no torch."""

from collections.abc import Sequence

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.explain.boxes import around
from hprotopnet.views.render import Box


def seen_around(
    bundle: Bundle,
    level: str,
    cell: tuple[int, int, int],
    grid: tuple[int, int, int],
    offset: Sequence[float] = CENTRED,
) -> tuple[Box | None, ...]:
    """In each frame of a clip, what a cell has really seen in pixels of the crop, or None where it has seen little.

    All are None in bundles of earlier versions, which do not say.

    Args:
        level: name of the level of the prototype that is compared with the cell.
        offset: where cells look, see `explain.boxes.stretch`.
    """
    clip, sights = bundle.config.clip, bundle.description.sight
    own = sights and sights.levels.get(level)
    if not own:
        return (None,) * clip.frames
    return around(cell, grid, offset, own.pixels, own.frames, clip.frames, clip.size)


def said(bundle: Bundle, level: str) -> str:
    """The size of what is drawn, in one sentence; empty where nothing is."""
    frames, sights = bundle.config.clip.frames, bundle.description.sight
    own = sights and sights.levels.get(level)
    if not own:
        return ""
    held, spanned = f"{100 * sights.share:.0f} %", f"{own.frames} of the {frames} frames hold as much"
    if own.frames >= frames:  # around a cell that is not in the middle of the clip, some lie outside of the span
        spanned = f"it takes nearly all {frames} frames"
    return (
        f"The dashed square around the strongest cell, {own.pixels} x {own.pixels} px, holds {held} of what the cell"
        f" has seen; in time, {spanned}."
    )
