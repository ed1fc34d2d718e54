"""A plate: shapes, texts and photographs that are written as SVG and drawn as pixels, and look alike.

Units are pixels of the picture at its own size, down positive. Texts stand on their ground lines.
"""

import base64
import html
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hprotopnet.disk.text import FONT, text_width
from hprotopnet.files import visible
from hprotopnet.views import fonts

INK, SOFT, PAPER = "#1f2733", "#5a6473", "#ffffff"
FINE = 2  # drawn so many times as large, and then made smaller: edges become smooth
HALO = 3.0  # of a text, in pixels
_NO_XML = str.maketrans(dict.fromkeys("\ufffe\uffff", "\ufffd"))


@dataclass(frozen=True, eq=False)
class Shape:
    """A line through points (n, 2), which begins anew after every NaN, or a filled one.

    Attributes:
        stroke, fill: as "#rrggbb" or "rgba(r,g,b,a)"; none where empty.
        dash: lengths of a stroke and of the gap after it; () for a whole line.
    """

    points: np.ndarray
    stroke: str = ""
    width: float = 1.0
    fill: str = ""
    dash: tuple[float, ...] = ()

    def svg(self) -> str:
        data = "".join(f"M{'L'.join(f'{x:.2f} {y:.2f}' for x, y in part)}" for part in self._parts)
        dashes = f' stroke-dasharray="{" ".join(map(str, self.dash))}"' if self.dash else ""
        line = f'{_paint("stroke", self.stroke)} stroke-width="{self.width:g}"{dashes}' if self.stroke else ""
        return f'<path d="{data}{"Z" if self.fill else ""}"{_paint("fill", self.fill)}{line} stroke-linejoin="round"/>'

    def draw(self, page: Image.Image, zoom: float) -> None:
        pen, width = ImageDraw.Draw(page, "RGBA"), max(1, round(self.width * zoom))
        for part in self._parts:
            points = [tuple(point) for point in (part * zoom).tolist()]
            if self.fill and len(points) > 2:
                pen.polygon(points, fill=_rgba(self.fill))
            closed = [*points, points[0]] if self.fill else points
            if self.stroke and self.dash:
                for start, end in _dashed(np.array(closed), [zoom * length for length in self.dash]):
                    pen.line((start, end), fill=_on_paper(self.stroke), width=width)
            elif self.stroke and len(closed) > 1:
                pen.line(closed, fill=_on_paper(self.stroke), width=width, joint="curve")

    @property
    def _parts(self) -> list[np.ndarray]:
        points = np.asarray(self.points, dtype=float)
        gaps = np.flatnonzero(np.isnan(points).any(axis=1))
        parts = [part[~np.isnan(part).any(axis=1)] for part in np.split(points, gaps)]
        return [part for part in parts if len(part)]


@dataclass(frozen=True)
class Text:
    """A line of text; `anchor` is "start", "middle" or "end"; a halo parts it from what it lies on.

    Attributes:
        turn: degrees by which it is turned clockwise, around its place on the ground line.
    """

    x: float
    y: float
    text: str
    size: int = 15
    bold: bool = False
    anchor: str = "start"
    ink: str = INK
    halo: bool = False
    turn: float = 0.0

    def svg(self) -> str:
        weight = ' font-weight="700"' if self.bold else ""
        around = (
            f' stroke="{PAPER}" stroke-width="{HALO}" stroke-linejoin="round" paint-order="stroke"' if self.halo else ""
        )
        text = html.escape(visible(self.text).translate(_NO_XML))
        place = f'x="{self.x:.2f}" y="{self.y:.2f}" text-anchor="{self.anchor}"'
        place += f' transform="rotate({self.turn:.1f} {self.x:.2f} {self.y:.2f})"' if self.turn else ""
        return f'<text {place} font-size="{self.size}" fill="{self.ink}"{weight}{around}>{text}</text>'

    def draw(self, page: Image.Image, zoom: float) -> None:
        if self.turn:
            self._draw_turned(page, zoom)
            return
        size = max(1, round(self.size * zoom))
        line, usual = fonts.fit(self.text, size), ImageFont.load_default(size)
        left = self.x * zoom - line.length * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        top, heavy = self.y * zoom - usual.getmetrics()[0], size / 40 if self.bold else 0
        pen = ImageDraw.Draw(page)
        if self.halo:
            line.draw(pen, left, top, usual, PAPER, stroke_width=HALO / 2 * zoom + heavy)
        line.draw(pen, left, top, usual, self.ink, stroke_width=heavy)

    def _draw_turned(self, page: Image.Image, zoom: float) -> None:
        size = max(1, round(self.size * zoom))
        line, usual = fonts.fit(self.text, size), ImageFont.load_default(size)
        wide, heavy = math.ceil(line.length), size / 40 if self.bold else 0
        upright = Image.new("L", (wide + 2 * size, 4 * size))
        line.draw(ImageDraw.Draw(upright), size, 2 * size - usual.getmetrics()[0], usual, 255, stroke_width=heavy)
        turned = upright.rotate(-self.turn, Image.Resampling.BICUBIC, expand=True)
        way = np.exp(1j * math.radians(self.turn))
        # From the middle of the picture, which stays where it is, to where the text is anchored on its ground line.
        anchored = {"start": -wide / 2, "middle": 0.0, "end": wide / 2}[self.anchor] * way
        left, top = self.x * zoom - anchored.real - turned.width / 2, self.y * zoom - anchored.imag - turned.height / 2
        page.paste(self.ink, (round(left), round(top)), turned)


@dataclass(frozen=True, eq=False)
class Photo:
    """An image (h, w, 3), uint8, as wide as `width`; `alt` is what it shows, for those who do not see it."""

    x: float
    y: float
    width: float
    image: np.ndarray
    alt: str

    @property
    def height(self) -> float:
        return self.width * self.image.shape[0] / self.image.shape[1]

    def svg(self) -> str:
        file = io.BytesIO()
        Image.fromarray(self.image).save(file, "PNG")
        data = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
        place = f'x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}"'
        title = html.escape(visible(self.alt).translate(_NO_XML))
        return f'<image {place} xlink:href="{data}"><title>{title}</title></image>'

    def draw(self, page: Image.Image, zoom: float) -> None:
        size = max(1, round(self.width * zoom)), max(1, round(self.height * zoom))
        scaled = Image.fromarray(self.image).resize(size, Image.Resampling.BICUBIC)
        page.paste(scaled, (round(self.x * zoom), round(self.y * zoom)))


@dataclass(frozen=True, eq=False)
class Plate:
    """Marks on paper, the first lowest.

    Attributes:
        title: what the picture is, for those who do not see it.
    """

    width: float
    height: float
    title: str
    marks: tuple[Shape | Text | Photo, ...]

    def svg(self) -> str:
        """A file that needs no other; names are escaped."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        title = html.escape(visible(self.title).translate(_NO_XML))
        paper = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        marks = "\n".join(mark.svg() for mark in self.marks)
        font = html.escape(FONT)
        head = f'<svg {names} {size} font-family="{font}" role="img"><title>{title}</title>'
        return f"{head}\n{paper}\n{marks}\n</svg>\n"

    def image(self, zoom: float = 1.0) -> Image.Image:
        """Pixels, `zoom` times as many as units."""
        size = max(1, round(self.width * zoom)), max(1, round(self.height * zoom))
        page = Image.new("RGB", (FINE * size[0], FINE * size[1]), PAPER)
        for mark in self.marks:
            mark.draw(page, FINE * zoom)
        return page.reduce(FINE)

    def png(self, zoom: float = 2.0) -> bytes:
        file = io.BytesIO()
        self.image(zoom).save(file, "PNG")
        return file.getvalue()


def paragraph(x: float, y: float, text: str, width: float, size: int = 15, **style: object) -> list[Text]:
    """A text broken into lines of at most `width`, the first on the ground line `y`."""
    return [Text(x, y + 1.35 * size * i, line, size, **style) for i, line in enumerate(wrapped(text, width, size))]


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of at most `width` pixels; a word that is longer is broken."""
    lines = [""]
    for word in visible(text).split():
        joined = f"{lines[-1]} {word}".strip()
        if text_width(joined, size) <= width:
            lines[-1] = joined
            continue
        lines[len(lines) if lines[-1] else -1 :] = _pieces(word, width, size)
    return lines


def _pieces(word: str, width: float, size: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _dashed(points: np.ndarray, lengths: Sequence[float]) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """The strokes of a dashed line, each of two points."""
    whole, strokes, done = sum(lengths), [], 0.0
    for start, end in pairwise(points):
        length = float(np.hypot(*(end - start)))
        at = 0.0
        while at < length:
            phase = (done + at) % whole
            until = min(length, at + ((lengths[0] if phase < lengths[0] else whole) - phase) + 1e-6)
            if phase < lengths[0]:
                strokes.append(tuple(tuple(start + (end - start) * share / length) for share in (at, until)))
            at = until
        done += length
    return strokes


def _rgba(colour: str) -> tuple[int, int, int, int]:
    if colour.startswith("#"):
        return (*(int(colour[i : i + 2], 16) for i in (1, 3, 5)), 255)
    *rgb, alpha = re.findall(r"[\d.]+", colour)
    return (*map(int, rgb), round(255 * float(alpha)))


def _on_paper(colour: str) -> tuple[int, ...]:
    """What a colour looks like on paper: parts of a line that is not opaque would show where they meet."""
    *rgb, alpha = _rgba(colour)
    return tuple(round(255 + (value - 255) * alpha / 255) for value in rgb)


def _paint(what: str, colour: str) -> str:
    """A colour as attributes that every program understands."""
    if not colour:
        return f' {what}="none"'
    *rgb, alpha = _rgba(colour)
    opacity = "" if alpha == 255 else f' {what}-opacity="{alpha / 255:.2f}"'
    return f' {what}="#{"".join(f"{value:02x}" for value in rgb)}"{opacity}'
