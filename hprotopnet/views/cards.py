"""Plates on which photographs move, one after the other, as GIF and as MP4."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageColor

from hprotopnet.data.video import write_video
from hprotopnet.files import private_folder
from hprotopnet.views.plate import INK, PAPER, Photo, Plate

REST = 1.6  # seconds that the first frame of each card stands, time to read
GREYS = 9  # colours of a GIF from ink to paper
RATE = 12.5  # frames a second of an MP4


@dataclass(frozen=True, eq=False)
class Card:
    """A plate on which photographs move: for each of its photographs the frames, (T, h, w, 3)."""

    plate: Plate
    clips: Sequence[np.ndarray]

    @property
    def frames(self) -> int:
        return max(map(len, self.clips))

    def pages(self, zoom: float, height: float) -> Iterator[Image.Image]:
        """The card frame by frame, all of one height, in units."""
        ground = Image.new("RGB", (round(self.plate.width * zoom), round(height * zoom)), "white")
        photos = [mark for mark in self.plate.marks if isinstance(mark, Photo)]
        ground.paste(
            replace(self.plate, marks=tuple(mark for mark in self.plate.marks if mark not in photos)).image(zoom)
        )
        for i in range(self.frames):
            page = ground.copy()
            for photo, clip in zip(photos, self.clips, strict=True):
                Photo(photo.x, photo.y, photo.width, clip[i % len(clip)], photo.alt).draw(page, zoom)
            yield page


def as_gif(deck: Sequence[Card], pace: float, zooms: Sequence[float], most: int) -> bytes:
    """An animated GIF that loops, at the first of some zooms at which it has at most so many bytes, or at the last.

    Args:
        pace: seconds that a frame of a clip is shown.
    """
    for zoom in zooms:
        found = _gif(deck, pace, zoom)
        if len(found) <= most:
            break
    return found


def as_mp4(deck: Sequence[Card], pace: float, zoom: float) -> bytes:
    """The same as a film."""

    def frames() -> Iterator[np.ndarray]:
        for page, seconds in _shown(deck, pace, zoom):
            yield from [np.asarray(page)] * max(1, round(seconds * RATE))

    with private_folder() as folder:
        path = folder / "cards.mp4"
        write_video(path, frames(), RATE)
        return path.read_bytes()


def _shown(deck: Sequence[Card], pace: float, zoom: float) -> Iterator[tuple[Image.Image, float]]:
    """All pictures in order, and how long each is shown."""
    height = max(card.plate.height for card in deck)
    for card in deck:
        for i, page in enumerate(card.pages(zoom, height)):
            yield page, pace if i else REST


def _gif(deck: Sequence[Card], pace: float, zoom: float) -> bytes:
    pages, times = [], []
    height = max(card.plate.height for card in deck)
    for card in deck:
        palette = _palette(card)
        for i, page in enumerate(card.pages(zoom, height)):
            pages.append(_coloured(page, palette))
            times.append(round(1000 * (pace if i else REST)))
    file = io.BytesIO()
    more = {"append_images": pages[1:], "duration": times, "loop": 0, "optimize": False, "disposal": 1}
    pages[0].save(file, "GIF", save_all=True, **more)
    return file.getvalue()


def _coloured(page: Image.Image, palette: Image.Image) -> Image.Image:
    """A page in the colours of its card; Pillow looks for a near one, and paper is to stay paper."""
    found = np.asarray(page.quantize(palette=palette, dither=Image.Dither.NONE)).copy()
    found[(np.asarray(page) == ImageColor.getrgb(PAPER)).all(axis=2)] = 255
    drawn = Image.fromarray(found)
    drawn.putpalette(palette.getpalette())
    return drawn


def _palette(card: Card) -> Image.Image:
    """The colours of a card: those of its photographs, and paper and ink with what lies between them.

    They stay throughout the card, or what is at rest would be stored anew with every frame.
    """
    looked = [clip[i].reshape(-1, 3) for clip in card.clips for i in (0, len(clip) // 3, 2 * len(clip) // 3)]
    pixels = np.concatenate(looked)[::3]
    found = Image.fromarray(pixels[None]).quantize(256 - GREYS, method=Image.Quantize.MEDIANCUT)
    ink, paper = (np.array(ImageColor.getrgb(colour)) for colour in (INK, PAPER))
    greys = np.linspace(ink, paper, GREYS).round().astype(int)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*found.getpalette()[: 3 * (256 - GREYS)], *greys.ravel().tolist()])
    return palette
