"""A contact sheet: every class at a glance, one family a row."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write
from hprotopnet.pantomime.rendering import render
from hprotopnet.pantomime.spec import clip_spec, families, tree
from hprotopnet.pantomime.stage import HEIGHT, WIDTH

_LABEL = 15  # pixels of height below each pair of frames


def write_sheet(path: Path, seed: int) -> None:
    """Write the contact sheet of a seed; raises `InputError` for a suffix that is no picture's."""
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"{path}: not the name of a picture; let it end in .png or .jpg")
    with atomic_write(path) as temporary:
        contact_sheet(seed).save(temporary, format="PNG" if path.suffix.lower() == ".png" else "JPEG", quality=82)


def contact_sheet(seed: int, scale: float = 0.5, apart: int = 9) -> Image.Image:
    """Two frames of one clip of every class, `apart` frames one after the other; a family is a row.

    Of each class the clip of a group of its own that shows most of the scene, with setting and surface, and without
    anything that does not belong.
    """
    hierarchy, size = tree(), (round(WIDTH * scale), round(HEIGHT * scale))
    families = [hierarchy.leaves_under(parent) for parent in hierarchy.at_level(1)]
    columns, cell = max(map(len, families)), (2 * size[0] + 6, size[1] + _LABEL + 6)
    sheet = Image.new("RGB", (columns * cell[0] - 6, len(families) * cell[1] - 6), "white")
    draw = ImageDraw.Draw(sheet)
    for row, family in enumerate(families):
        for column, leaf in enumerate(family):
            left, top = column * cell[0], row * cell[1]
            for number, image in enumerate(_frames(seed, hierarchy.nodes[leaf], 1 + 7 * leaf % 25, apart)):
                sheet.paste(Image.fromarray(image).resize(size, Image.LANCZOS), (left + number * size[0], top))
            draw.text((left + 2, top + size[1] + 1), hierarchy.display[leaf], fill="black")
    return sheet


def _frames(seed: int, label: str, group: int, apart: int) -> list[np.ndarray]:
    drawn = [clip_spec(seed, label, group, number) for number in range(1, 7)]
    widest = min(drawn, key=lambda spec: spec.camera.keys[0][3])
    setting, surface = families(label)
    shown = replace(widest, setting=setting, surface=surface, strays=(), passer=None)
    return [rendered.image for rendered in render(shown, noise=False, frames=(5, 5 + apart))]
