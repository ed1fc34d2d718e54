"""An explanation that moves, for slides and messages: the answer, then a step after the other, as GIF and as MP4."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageColor

from hprotopnet.data.video import write_video
from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.files import private_folder
from hprotopnet.views.account import Account
from hprotopnet.views.figures import BROAD, MARGIN, SIDE, disk_plate, pair, pair_plate, titled
from hprotopnet.views.plate import INK, PAPER, SOFT, Photo, Plate, paragraph

MOST_BYTES = 5_000_000  # of a GIF
ZOOMS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.3)  # at which it is tried, until it is small enough
SHARP = 1.4  # zoom of an MP4
MOST_FRAMES = 24  # of a clip that are shown, evenly spread
SLOWER, FASTEST, SLOWEST = 2.0, 0.08, 0.5  # times as long as in the clip, within bounds of seconds a frame
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


def gif(account: Account, most: int = MOST_BYTES) -> bytes:
    """An animated GIF that loops, as large as it can be with at most so many bytes."""
    deck = cards(account)
    for zoom in ZOOMS:
        found = _gif(deck, pace(account), zoom)
        if len(found) <= most:
            break
    return found


def mp4(account: Account) -> bytes:
    """The same as a film, sharper, that every browser and every program for slides plays."""

    def frames() -> Iterator[np.ndarray]:
        for page, seconds in _shown(cards(account), pace(account), SHARP):
            yield from [np.asarray(page)] * max(1, round(seconds * RATE))

    with private_folder() as folder:
        path = folder / "explanation.mp4"
        write_video(path, frames(), RATE)
        return path.read_bytes()


def cards(account: Account) -> list[Card]:
    """The answer with the disk, then a card for each level, topmost first."""
    return [_opening(account), *(_step(account, level) for level in account.explanation.levels)]


def pace(account: Account) -> float:
    """Seconds that a frame of a clip is shown."""
    config, every = account.bundle.config.clip, _every(account)
    return min(max(SLOWER * every / config.fps, FASTEST), SLOWEST)


def _every(account: Account) -> int:
    """Which frames are shown: every so many."""
    return -(-len(account.images) // MOST_FRAMES)


def _opening(account: Account) -> Card:
    """The answer in words, the clip, and where it lies on the disk."""
    column = BROAD * 0.48 - MARGIN
    speed = _every(account) / account.bundle.config.clip.fps / pace(account)
    title = titled(account.answer, account.truth, MARGIN + 22, column)
    said = paragraph(MARGIN, title[-1].y + 26, account.sentence, column, 15)
    top = said[-1].y + 16
    clip = Photo(MARGIN, top, SIDE, account.images[0], "The clip")
    told = [account.verdict, f"{account.whence}.", f"Clips play at {100 * speed:.0f} % of their speed."]
    notes = " ".join([*told, *account.cautions])
    below = paragraph(MARGIN, top + clip.height + 20, notes, column, 12, ink=SOFT)
    disk = disk_plate(account, noted=False)
    right, width = BROAD * 0.48 + MARGIN, BROAD * 0.52 - 2 * MARGIN
    map_of = Photo(right, MARGIN, width, np.asarray(disk.image(SHARP * width / disk.width)), disk.title)
    note = paragraph(right, MARGIN + map_of.height + 16, f"{account.place[1]} {account.fidelity}", width, 12, ink=SOFT)
    height = max(below[-1].y, note[-1].y) + MARGIN
    plate = Plate(BROAD, height, account.answer, (*title, *said, clip, *below, map_of, *note))
    return Card(plate, [account.images[:: _every(account)], map_of.image[None]])


def _step(account: Account, level: LevelExplanation) -> Card:
    plate, every = pair_plate(account, level), _every(account)
    if not level.evidence:
        return Card(plate, [account.images[::every]])
    moving = pair(account, level, level.evidence[0], SIDE, moving=True)
    return Card(plate, [clip[::every] for clip in moving if clip is not None])


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
