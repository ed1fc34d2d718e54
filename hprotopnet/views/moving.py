"""An explanation that moves, for slides and messages: the answer, then a step after the other, as GIF and as MP4."""

import numpy as np

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.views import words
from hprotopnet.views.account import Account
from hprotopnet.views.cards import Card, as_gif, as_mp4
from hprotopnet.views.figures import BROAD, MARGIN, SIDE, disk_plate, pair, pair_plate, titled
from hprotopnet.views.plate import SOFT, Photo, Plate, paragraph

MOST_BYTES = 5_000_000  # of a GIF
ZOOMS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.3)  # at which it is tried, until it is small enough
SHARP = 1.4  # zoom of an MP4
MOST_FRAMES = 24  # of a clip that are shown, evenly spread
SLOWER, FASTEST, SLOWEST = 2.0, 0.08, 0.5  # times as long as in the clip, within bounds of seconds a frame


def gif(account: Account, most: int = MOST_BYTES) -> bytes:
    """An animated GIF that loops, as large as it can be with at most so many bytes."""
    return as_gif(cards(account), pace(account), ZOOMS, most)


def mp4(account: Account) -> bytes:
    """The same as a film, sharper, that every browser and every program for slides plays."""
    return as_mp4(cards(account), pace(account), SHARP)


def cards(account: Account) -> list[Card]:
    """The answer with the disk, then a card for each level, topmost first."""
    return [_opening(account), *(_step(account, level) for level in account.explanation.levels)]


def pace(account: Account) -> float:
    """Seconds that a frame of a clip is shown."""
    config, every = account.bundle.config.clip, _every(account)
    return min(max(SLOWER * every / config.pace, FASTEST), SLOWEST)


def _every(account: Account) -> int:
    """Which frames are shown: every so many."""
    return -(-len(account.images) // MOST_FRAMES)


def _opening(account: Account) -> Card:
    """The answer in words, the clip, and where it lies on the disk."""
    column = BROAD * 0.48 - MARGIN
    speed = words.speed(account.bundle.config.clip, _every(account), pace(account), "their")
    title = titled(account.answer, account.truth, MARGIN + 22, column)
    said = paragraph(MARGIN, title[-1].y + 26, account.sentence, column, 15)
    top = said[-1].y + 16
    clip = Photo(MARGIN, top, SIDE, account.images[0], "The clip")
    told = [account.verdict, f"{account.whence}.", f"Clips play {speed}."]
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
