"""Letters of any script in pictures: a font that has them, or else the letters in Latin, which is said.

Pillow's own font has Latin letters alone and draws all others as one and the same box.
"""

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count, groupby
from pathlib import Path
from typing import Any, NamedTuple

from anyascii import anyascii
from PIL import ImageDraw, ImageFont, features

from hprotopnet.files import visible

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
Ink = str | tuple[int, ...]
ROMANISED = "Romanised, as no font here has these letters"

_BASIC = ImageFont.Layout.BASIC
# Fonts that have a box or a blank for every letter there is.
_NOT_A_FONT = re.compile("lastresort|adobeblank|bmpfallback", re.IGNORECASE)
_UPRIGHT_SANS = re.compile("sans|gothic|hei|arial|helvetica", re.IGNORECASE)
_OTHER_STYLE = re.compile(
    "bold|italic|oblique|light|thin|black|heavy|medium|mono|serif|condensed|narrow|display", re.IGNORECASE
)
# Blocks whose letters join, stand above each other or run from right to left.
_JOINING = (
    (0x0590, 0x109F),  # Hebrew and Arabic to Thai and Burmese
    (0x1100, 0x11FF),  # parts of Korean syllables
    (0x1700, 0x18AF),
    (0x1900, 0x1CFF),
    (0xA800, 0xABFF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFC),
    (0x10800, 0x11FFF),
)
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # other looks of the letter before


class Line(NamedTuple):
    """A line as it can be drawn: pieces of text, each with its font, and what stands for letters that no font has."""

    pieces: tuple[tuple[str, ImageFont.FreeTypeFont], ...]
    romanised: Mapping[str, str]

    @property
    def text(self) -> str:
        """What is drawn."""
        return "".join(text for text, _ in self.pieces)

    @property
    def length(self) -> float:
        """How wide it is, in pixels."""
        return sum(font.getlength(text, direction=_direction(font)) for text, font in self.pieces)

    def draw(
        self,
        pen: ImageDraw.ImageDraw,
        x: float,
        y: float,
        usual: ImageFont.FreeTypeFont,
        ink: Ink = "black",
        **more: Any,
    ) -> None:
        """Draw it, on the ground that a usual font has whose top is at `y`.

        Args:
            more: what else Pillow is to know, such as `stroke_width`.
        """
        for text, font in self.pieces:
            top, way = y + usual.getmetrics()[0] - font.getmetrics()[0], _direction(font)
            pen.text((x, top), text, ink, font, direction=way, **more)
            x += font.getlength(text, direction=way)


class Face(NamedTuple):
    """One font of a file, which may hold several; an empty path stands for Pillow's own."""

    path: str
    index: int


PILLOWS = Face("", 0)


def fit(text: str, size: int) -> Line:
    """A line in the first font that has all its letters: Pillow's own, else one of the system's.

    Where there is none, each letter in the first that has it, and those that none has romanised, or by number.
    """
    text, romanised = _tidy(text), {}
    whole = next((face for face in _faces() if not _lacking(face, text)), None)
    parts = [(text, whole)] if whole else _parts(text, romanised)
    return Line(tuple((part, _opened(face, size, any(map(_joins, part)))) for part, face in parts), romanised)


def _parts(text: str, romanised: dict[str, str]) -> list[tuple[str, Face]]:
    """A text in pieces of one font each; notes what is romanised."""
    parts, face = [], PILLOWS
    for letters in _with_marks(text):
        face = next((own for own in (face, *_faces()) if not _lacking(own, letters)), None)
        if face is None:
            romanised |= {letter: _roman(letter) for letter in letters}
            letters, face = "".join(romanised[letter] for letter in letters), PILLOWS
        parts.append((letters, face))
    return [("".join(letters for letters, _ in own), face) for face, own in groupby(parts, key=lambda part: part[1])]


def _with_marks(text: str) -> list[str]:
    """The letters of a text, each with the marks that belong to it."""
    found: list[str] = []
    for letter in text:
        if found and unicodedata.category(letter).startswith("M"):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _direction(font: ImageFont.FreeTypeFont) -> str | None:
    """The way a line runs, whatever letters it begins with, for the engine that would choose one."""
    return "ltr" if font.layout_engine == ImageFont.Layout.RAQM else None


def _roman(letter: str) -> str:
    """A letter in Latin ones, or its number; nothing for a mark that has no sound of its own."""
    by_number = "" if unicodedata.category(letter).startswith("M") else f"U+{ord(letter):04X}"
    return anyascii(letter).strip() or by_number


def explained(lines: Iterable[Line]) -> str:
    """What was romanised in some lines, letter by letter, since different ones may sound alike; empty for nothing."""
    told = {letter: roman for line in lines for letter, roman in line.romanised.items()}
    pairs = [
        f"{roman} = U+{ord(letter):04X}" if roman else f"U+{ord(letter):04X} left out"
        for letter, roman in told.items()
        if not roman.startswith("U+")
    ]
    return f"{ROMANISED}{': ' if pairs else ''}{', '.join(pairs)}." if told else ""


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """Files of the system's fonts, upright sans serif in front."""
    found = {file for folder in font_folders() for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES}
    return tuple(sorted((file for file in found if not _NOT_A_FONT.search(file.name)), key=_rank))


def font_folders() -> list[Path]:
    """Where systems keep their fonts."""
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")
        return [
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            Path(local) / "Microsoft" / "Windows" / "Fonts",
        ]
    if sys.platform == "darwin":
        return [Path(root) / "Library" / "Fonts" for root in ("/System", "/", home)]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
    return [*(Path(root) / "fonts" for root in (*shared.split(":"), own)), home / ".fonts"]


@lru_cache(maxsize=2**16)
def has(face: Face, letter: str) -> bool:
    """Whether a font has a letter: it draws something for it, and not what it draws for what is no letter.

    For a blank, and what joins or parts letters unseen, it draws nothing.
    """
    drawn, none = (_opened(face, 16).getmask(own) for own in (letter, "\uffff"))
    unseen = letter == " " or unicodedata.category(letter) == "Cf"
    return (drawn.getbbox() is None) == unseen and (unseen or (drawn.size, bytes(drawn)) != (none.size, bytes(none)))


def can_join() -> bool:
    """Whether Pillow can set letters that join or run from right to left."""
    return features.check("raqm")


def _joins(letter: str) -> bool:
    return bool(unicodedata.combining(letter)) or any(first <= ord(letter) <= last for first, last in _JOINING)


def _lacking(face: Face, text: str) -> list[str]:
    """Letters of a text that a font does not have, or that cannot be set with it."""
    unset = face == PILLOWS or not can_join()
    return [letter for letter in dict.fromkeys(text) if (unset and _joins(letter)) or not has(face, letter)]


def _tidy(text: str) -> str:
    """Text of letters that are drawn, marks joined to their letters where that is a letter, all blanks alike."""
    text = _VARIANTS.sub("", unicodedata.normalize("NFC", visible(text)))
    shaped = can_join() and any(map(_joins, text))
    kinds = [(letter, unicodedata.category(letter)) for letter in text]
    return "".join(" " if kind == "Zs" else letter for letter, kind in kinds if kind != "Cf" or shaped)


def _rank(file: Path) -> tuple:
    return bool(_OTHER_STYLE.search(file.stem)), not _UPRIGHT_SANS.search(file.stem), file.name


def _faces() -> Iterator[Face]:
    yield PILLOWS
    for file in font_files():
        yield from (Face(str(file), index) for index in range(_faces_in(file)))


@lru_cache(maxsize=4096)
def _faces_in(file: Path) -> int:
    """How many fonts of a file can be drawn with; pictures of letters, as for emoji, have sizes of their own."""
    for index in count():
        try:
            _opened(Face(str(file), index), 16)
        except (OSError, ValueError):
            return index


@lru_cache(maxsize=64)
def _opened(face: Face, size: int, joining: bool = False) -> ImageFont.FreeTypeFont:
    if face == PILLOWS:
        return ImageFont.load_default(size)
    layout = ImageFont.Layout.RAQM if joining else _BASIC
    return ImageFont.truetype(face.path, size, face.index, layout_engine=layout)
