"""What the player shows, as data that goes to JSON: a film, and what lies over it and under it. No drawing.

Seconds are those of the video that a film was cut from, intervals half-open. What belongs to one level of an
explanation carries the level's key. Places are in pixels of the film.

How frames travel. Of a short film all frames lie in one picture, side by side (a `Sheet`, WebP). A browser decodes it
once, and showing frame i is then copying a rectangle: exact by construction, and as fast as the screen. Seeking in a
video is neither: it is up to the browser what stands at a time between two frames, and each step back decodes from the
last key frame on. So only what is too long for a sheet is a video; there the player asks for the middle of a frame, and
shows over it what belongs to the frame that the browser says it has painted.
"""

import base64
import hashlib
import io
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image

from hprotopnet.config import ClipConfig
from hprotopnet.data.video import write_video
from hprotopnet.files import private_folder
from hprotopnet.views.render import AGAINST, CLEAR, FOR, HEAT

MOST_FRAMES, MOST_PIXELS = 128, 12_000_000  # of a sheet, which takes 48 MB once it is decoded
BLOCK = 16  # pixels: frames of a sheet begin where blocks of the format do, and so do not run into each other
THUMBS, THUMB_SIDE = 24, 64  # still pictures of a film that is too long for a sheet, and their height
KEY_EVERY = 12  # frames from one key frame to the next, so that scrubbing decodes a few at most


@dataclass(frozen=True)
class Sheet:
    """Frames side by side in one picture.

    Attributes:
        media: the picture, WebP.
        frames: which frames of the film are in it, in order, row by row.
        columns: how many in a row.
        width, height: of each, in pixels.
        across, down: from the corner of one to that of the next.
    """

    media: bytes
    frames: tuple[int, ...]
    columns: int
    width: int
    height: int
    across: int
    down: int

    def picture(self, place: int) -> np.ndarray:
        """One of the frames by its place in the sheet, uint8 (H, W, 3)."""
        row, column = divmod(place, self.columns)
        return self._decoded[row * self.down :, column * self.across :][: self.height, : self.width]

    @cached_property
    def _decoded(self) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(self.media)).convert("RGB"))


@dataclass(frozen=True)
class Film:
    """Frames and when they are shown.

    Attributes:
        width, height: in pixels.
        fps: frames a second, on average.
        times: when each frame is first shown, strictly rising.
        sheet: of all frames, or of a few where the film is a video.
        video: H.264 in MP4, frame i from i / fps on; empty where the sheet holds all.
    """

    width: int
    height: int
    fps: float
    times: tuple[float, ...]
    sheet: Sheet
    video: bytes = b""

    @property
    def end(self) -> float:
        """When the last frame ceases to be shown."""
        return self.times[-1] + 1 / self.fps

    def interval(self, first: int, last: int) -> tuple[float, float]:
        """From when to when some frames are shown, `last` included."""
        return self.times[first], self.times[last + 1] if last + 1 < len(self.times) else self.end

    def frame_at(self, time: float) -> int:
        """Which frame is shown at a time; the first before the film, the last after it."""
        return max(0, bisect_right(self.times, time) - 1)

    def picture(self, frame: int) -> np.ndarray:
        """A frame, uint8 (H, W, 3); of a video the nearest one of which there is a picture, smaller."""
        frames = self.sheet.frames
        return self.sheet.picture(min(range(len(frames)), key=lambda place: abs(frames[place] - frame)))


@dataclass(frozen=True)
class Level:
    """A level of an explanation, or another reason that can be chosen.

    Attributes:
        key: by which the rest refers to it.
        kind: what it is, say "Parent"; may be empty.
        name: as shown to people, say "Ball sports".
        shape: its mark, an SVG path of about radius 1 around 0, so that hue alone tells nothing.
    """

    key: str
    kind: str
    name: str
    shape: str


@dataclass(frozen=True)
class Box:
    """Where evidence lies from `start` to `end`: left, top, width and height."""

    level: str
    label: str
    start: float
    end: float
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Heat:
    """How strong something is in each cell of a coarse grid.

    Attributes:
        values: (t, h, w), as they are.
        low, high: ends of the scale on which they are drawn.
        unit: what they are.
        steps: which moment each of the t steps stands for, in frames; .5 is the middle of the first.
        offset: by how many cells what a cell sees lies behind the middle of its place, (h, w).
    """

    level: str
    values: tuple[tuple[tuple[float, ...], ...], ...]
    low: float
    high: float
    unit: str
    steps: tuple[float, ...]
    offset: tuple[float, float]


@dataclass(frozen=True)
class Layer:
    """A strength for every pixel of every frame, where cells are no help.

    Attributes:
        note: what is to be said of it, in a line.
        strengths: uint8 (T, H, W) as bytes, packed by zlib, 0 to 255. Of a signed one 128 is nothing, what lies above
            speaks for something and what lies below against it.
        signed: whether it has both.
    """

    level: str
    note: str
    strengths: bytes
    signed: bool = False


@dataclass(frozen=True)
class Outline:
    """Pixels that are outlined in every frame, booleans (T, H, W) as bits, the first highest, packed by zlib."""

    level: str
    name: str
    masks: bytes


@dataclass(frozen=True)
class Lane:
    """A curve under the picture: values at some times, on a scale from `low` to `high`.

    Attributes:
        group: what curves have in common that are drawn over one another; alone if empty. Of a group the strongest is
            named, moment by moment.
        hue: its colour, such as "#0072B2"; that of the page if empty.
        dash: how its line is broken, as SVG has it, so that hue alone tells nothing.
        filled: whether it is an area without a line, below the others and never named.
    """

    level: str
    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    low: float
    high: float
    group: str = ""
    hue: str = ""
    dash: str = ""
    filled: bool = False


@dataclass(frozen=True)
class Range:
    """A class that is shown, or answered, from `start` to `end`; of a hue such as "#0072B2", hatched grey without.

    Where it may be chosen it has a `number` of its own, from 0.
    """

    level: str
    name: str
    start: float
    end: float
    hue: str
    number: int = -1


@dataclass(frozen=True)
class Moment:
    """When the evidence of a level is there: what the player loops."""

    level: str
    start: float
    end: float


@dataclass(frozen=True)
class Scene:
    """All that a player shows.

    Attributes:
        title: what it is, for those who cannot see it.
        film: the frames.
        levels: what can be chosen, topmost first.
        chosen: key of the level that is shown at first; "" for none.
        start: the moment at which it opens; None is the beginning.
        autoplay: whether it plays by itself, where people do not ask for less motion.
        heated: whether heat is shown at first.
        layers, outlines: more that may lie over the film, of a level each.
        beside: keys of levels that are shown side by side, each over a picture of its own, all in step; by default
            there is one picture, of the level that is chosen.
        scale: what the colours of layers stand for, in a sentence.
    """

    title: str
    film: Film
    levels: tuple[Level, ...] = ()
    boxes: tuple[Box, ...] = ()
    heats: tuple[Heat, ...] = ()
    lanes: tuple[Lane, ...] = ()
    ranges: tuple[Range, ...] = ()
    moments: tuple[Moment, ...] = ()
    chosen: str = ""
    start: float | None = None
    autoplay: bool = True
    heated: bool = True
    layers: tuple[Layer, ...] = ()
    outlines: tuple[Outline, ...] = ()
    beside: tuple[str, ...] = ()
    scale: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, as `mount` of `player.js` takes it; media in base 64."""
        film = _named(self.film) | {"end": self.film.end, "video": _text(self.film.video)}
        film["sheet"] = _named(self.film.sheet) | {"media": _text(self.film.sheet.media)}
        film["id"] = hashlib.sha256(self.film.video or self.film.sheet.media).hexdigest()[:16]
        parts = ("levels", "boxes", "heats", "lanes", "ranges", "moments")
        plain = {name: [_named(part) for part in getattr(self, name)] for name in parts}
        plain["layers"] = [_named(own) | {"strengths": _text(own.strengths)} for own in self.layers]
        plain["outlines"] = [_named(own) | {"masks": _text(own.masks)} for own in self.outlines]
        names = ("title", "chosen", "start", "autoplay", "heated", "beside", "scale")
        rest = {name: getattr(self, name) for name in names}
        colours = {"heat": HEAT, "for": FOR, "against": AGAINST}
        colours = {name: own.tolist() for name, own in colours.items()} | {"clear": list(CLEAR)}
        return rest | plain | {"film": film, "colours": colours}


def _named(part: Any) -> dict[str, Any]:
    """Fields by name, as they are: `asdict` would copy each of very many numbers."""
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _text(media: bytes) -> str:
    return base64.b64encode(media).decode()


def film_of(images: np.ndarray, fps: float, times: Sequence[float]) -> Film:
    """A film of frames (T, H, W, 3), uint8, first shown at `times`; a sheet where they fit into one.

    Where a frame stands for several, as beyond the end of a video, times are equal: then they rise by the rate.
    """
    count, height, width = images.shape[:3]
    times = tuple(map(float, times))
    if any(later <= time for time, later in pairwise(times)):
        times = tuple(times[0] + i / fps for i in range(count))
    if count <= MOST_FRAMES and images[..., 0].size <= MOST_PIXELS:
        return Film(width, height, fps, times, sheet_of(images, range(count)))
    with private_folder() as folder:
        path = folder / "film.mp4"
        write_video(path, images, fps, key_every=KEY_EVERY)
        shown = np.unique(np.linspace(0, count - 1, THUMBS).round().astype(int))
        return Film(width, height, fps, times, thumbs_of(images[shown], shown.tolist()), path.read_bytes())


def film_of_clip(images: np.ndarray, clip: ClipConfig, times: Sequence[float]) -> Film:
    """A film of the frames of a clip (T, H, W, 3); by segments each stands for as long as it is to the next one."""
    lasts = times[-1] - times[0]
    return film_of(images, (len(times) - 1) / lasts if clip.per_segment and lasts > 0 else clip.pace, times)


def sheet_of(images: np.ndarray, frames: Sequence[int], quality: int = 90) -> Sheet:
    """Pictures (n, H, W, 3) in one; `frames` says which of the film they are."""
    count, height, width = images.shape[:3]
    columns = math.ceil(math.sqrt(count))
    rows, across, down = math.ceil(count / columns), *(BLOCK * math.ceil(side / BLOCK) for side in (width, height))
    padded = np.pad(images, ((0, rows * columns - count), (0, down - height), (0, across - width), (0, 0)), mode="edge")
    whole = padded.reshape(rows, columns, down, across, 3).swapaxes(1, 2).reshape(rows * down, columns * across, 3)
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "WEBP", quality=quality, method=2)
    return Sheet(file.getvalue(), tuple(frames), columns, width, height, across, down)


def thumbs_of(images: Sequence[np.ndarray], frames: Sequence[int]) -> Sheet:
    """Small pictures of some frames."""
    height, width = images[0].shape[:2]
    size = max(1, round(width * THUMB_SIDE / height)), THUMB_SIDE
    small = [Image.fromarray(image).resize(size, Image.Resampling.BOX) for image in images]
    return sheet_of(np.stack([np.asarray(image) for image in small]), frames, 75)
