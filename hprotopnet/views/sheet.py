"""Explanations on paper: one sheet a level, moving things shown in the frame of their peak. Knows no torch."""

import textwrap
from collections.abc import Sequence
from itertools import chain

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import source_images
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.views import fonts, words
from hprotopnet.views.render import Box, cut_out, dashed, heat, outline, over_time, peak_frame
from hprotopnet.views.sight import said, seen_around


def level_picture(
    explanation: Explanation,
    level: LevelExplanation,
    images: np.ndarray,
    bundle: Bundle,
    count: int = 3,
    truth: str = "",
) -> Image.Image:
    """One level: each of its strongest prototypes in this clip, its heat, its source, its cut-out, and figures.

    Args:
        images: of the clip that is explained, (T, S, S, 3).
        count: how many prototypes at most; those without a say are left out.
        truth: the true node of the level as shown to people, empty where it is not known.
    """
    name, clip = words.display(bundle.hierarchy, level.node), bundle.config.clip
    shown = words.covered(explanation, clip)
    title = [
        f"{name}: {words.probability(level.probability)}" + (f"   truth: {truth}" if truth else ""),
        f"{explanation.video}, {shown}, against {words.rival(bundle.hierarchy, level)}",
    ]
    title += words.cautions(explanation)
    if explanation.unlike:
        title.append(f"{words.UNLIKE}.")
    if not explanation.time_resolved:
        title.append(words.NO_TIME)
    title += filter(None, [said(bundle, level.level) if level.evidence else ""])
    rows = []
    for row in level.telling(count):
        prototype = bundle.prototypes[row.prototype]
        seen = seen_around(bundle, level.level, row.cell, explanation.grid, row.offset)
        pictures = _peak(images, row, seen)
        images_there = source_images(prototype, bundle)
        if images_there is not None:
            there = peak_frame(prototype.boxes, prototype.moment(clip))
            source, box = images_there[[there]], [prototype.boxes[there]]
            seen = seen_around(bundle, level.level, prototype.cell, explanation.grid, row.offset)[there]
            pictures += [outline(dashed(source, [seen]), box)[0], cut_out(source, box, source.shape[1])[0]]
        lines = [f"similarity {row.similarity:.2f}, {words.weighed(row.contribution, level, name)}"]
        lines += [words.strongest(row, explanation.times, clip)] if explanation.time_resolved else []
        lines += [f"from {prototype.video}", f"at {words.between(*prototype.interval)}"]
        rows.append((pictures, lines))
    return sheet(title, rows)


def _peak(images: np.ndarray, row: PrototypeEvidence, seen: Sequence[Box | None]) -> list[np.ndarray]:
    here = peak_frame(row.boxes, row.moment)
    frame, strength = images[[here]], over_time(row.activation, len(images), row.offset)
    framed = outline(dashed(frame, [seen[here]]), [row.boxes[here]])
    return [framed[0], heat(frame, strength[[here]], row.offset)[0]]


def sheet(title: Sequence[str], rows: Sequence[tuple[Sequence[np.ndarray], Sequence[str]]]) -> Image.Image:
    """Rows of pictures with lines of text beside them under a title: an explanation for paper and slides.

    Args:
        title: lines, the first one large.
        rows: pictures (side, side, 3) of one size, and what is written beside them.
    """
    side = rows[0][0][0].shape[0] if rows else 0
    columns = max((len(pictures) for pictures, _ in rows), default=0)
    titled = [fonts.fit(line, 16 if i else 24) for i, line in enumerate(title)]
    told = [[fonts.fit(line, 15) for line in lines] for _, lines in rows]
    margin, beside = 18, columns * (side + 8) + 8
    inner = max([beside + max((line.length for line in chain(*told)), default=0), *(line.length for line in titled)])
    notes = _notes([*titled, *chain(*told)], int(inner))
    width = int(max([inner, *(line.length for line in notes)])) + 2 * margin
    head = 44 + 24 * (len(title) - 1)
    page = Image.new("RGB", (width, head + len(rows) * (side + 12) + 2 * margin + 16 * len(notes)), "white")
    pen = ImageDraw.Draw(page)
    large, medium, small, smallest = (ImageFont.load_default(size) for size in (24, 16, 15, 12))
    for i, line in enumerate(titled):
        line.draw(pen, margin, margin + (0 if i == 0 else 12 + 24 * i), large if i == 0 else medium)
    for number, ((pictures, _), lines) in enumerate(zip(rows, told, strict=True)):
        y = margin + head + number * (side + 12)
        for i, picture in enumerate(pictures):
            page.paste(Image.fromarray(picture), (margin + i * (side + 8), y))
        for i, line in enumerate(lines):
            line.draw(pen, margin + beside, y + 22 * i, small)
    for i, line in enumerate(notes):
        line.draw(pen, margin, page.height - margin + 16 * (i - len(notes)), smallest)
    return page


def _notes(lines: Sequence[fonts.Line], width: int) -> list[fonts.Line]:
    """Small lines that say what was romanised, about as wide as the sheet."""
    return [fonts.fit(line, 12) for line in textwrap.wrap(fonts.explained(lines), max(50, width // 7))]
