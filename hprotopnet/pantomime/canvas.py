"""A picture painted in metres: what backdrops are made of."""

import math
from collections.abc import Iterator
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from hprotopnet.pantomime.look import Colour, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON, PX, Plane, Stage

Row = Colour | list[Colour]

WHITE, CREAM, GOLD, STEEL = map(from_hex, ("#ffffff", "#fff1cf", "#e2b24a", "#b8c0cb"))
DARK = (12, 10, 22)  # of shadows
SHIRTS = tuple(map(from_hex, ("#e4572e", "#f3a712", "#2e86ab", "#f6f7eb", "#6a4c93", "#4caf6d", "#d7263d", "#f5d547")))


class Canvas:
    """A transparent picture of a stage, painted in plane metres."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.image = Image.new("RGBA", stage.size)
        self._draw = ImageDraw.Draw(self.image)

    def every(self, spacing: float, start: float = 0.0, margin: float = 0.0) -> Iterator[float]:
        """The places start + k * spacing on the stage, and up to `margin` beside it."""
        first = math.ceil((self.stage.left - margin - start) / spacing)
        last = math.floor((self.stage.right + margin - start) / spacing)
        return (start + spacing * k for k in range(first, last + 1))

    def across(self, bottom: float, top: float) -> list[Plane]:
        """A band over the whole width."""
        return rect(self.stage.left, bottom, self.stage.right + 0.01, top)

    def fill(self, points: list[Plane], *rows: Row, alpha: int = 255, blur: float = 0.0) -> None:
        """A polygon, flat or shaded by a mesh of colours: rows from top to bottom, each of columns from left to right.

        `alpha` lets what is below shine through; `blur` softens the rim, in metres.
        """
        spots = [self.stage.pixel(point) for point in points]
        if len(rows) == 1 and isinstance(rows[0], tuple) and alpha == 255 and not blur:
            self._draw.polygon(spots, fill=rows[0])
            return
        margin = math.ceil(2 * blur * PX)
        left, top = (math.floor(min(values)) - margin for values in zip(*spots, strict=True))
        right, bottom = (math.ceil(max(values)) + margin + 1 for values in zip(*spots, strict=True))
        mask = _mask([(x - left, y - top) for x, y in spots], (right - left, bottom - top), alpha, blur)
        self._lay(mesh(mask.size, rows), mask, left, top)

    def line(self, points: list[Plane], width: float, colour: Colour, caps: bool = False) -> None:
        """A line through points, `width` in metres; with round ends if asked for."""
        spots = [self.stage.pixel(point) for point in points]
        self._draw.line(spots, fill=colour, width=round(width * PX), joint="curve")
        for x, y in (spots[0], spots[-1]) if caps else ():
            r = width * PX / 2
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def oval(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A flat ellipse with these half-axes."""
        px, py = self.stage.pixel((x, y))
        self._draw.ellipse((px - width * PX, py - height * PX, px + width * PX, py + height * PX), fill=colour)

    def glow(self, x: float, y: float, width: float, height: float, colour: Colour, strength: int) -> None:
        """Light that fades from `strength` (of 255) in the middle to nothing at these half-axes."""
        px, py = self.stage.pixel((x, y))
        size = round(2 * width * PX), round(2 * height * PX)
        # Pillow's gradient reaches 255 in the corners, hence 181 on the circle.
        fading = [max(0.0, 1 - (v / 180) ** 2) for v in range(256)]
        mask = Image.radial_gradient("L").point([round(strength * share * share) for share in fading])
        patch = Image.new("RGBA", size, colour)
        self._lay(patch, mask.resize(size, Image.BILINEAR), round(px - size[0] / 2), round(py - size[1] / 2))

    def soften(self, bottom: float, top: float, radius: float) -> None:
        """Blurs a band over the whole width by so many pixels, as lenses blur what is far away."""
        _, upper = self.stage.pixel((0, top))
        _, lower = self.stage.pixel((0, bottom))
        area = (0, round(upper), self.image.width, round(lower))
        self.image.paste(self.image.crop(area).filter(ImageFilter.BoxBlur(radius)), area)

    def grained(self, grain: int, rng: Random) -> Image.Image:
        """The picture, (r, g, b), with a grain of a few grey levels: specks on the floor, and on the wall one of four.

        These are plaster, stripes, weave and clouds.
        """
        noise = np.random.default_rng(rng.randrange(2**32))
        wide, high = self.image.size
        speck = np.resize(noise.integers(-3, 4, (257, 251), np.int16), (high, wide))
        if grain == 1:
            speck += np.repeat(noise.integers(-3, 4, wide // 24 + 1, np.int16), 24)[:wide]
        elif grain == 2:
            speck += noise.integers(-3, 4, (high, 1), np.int16) + noise.integers(-3, 4, (1, wide), np.int16)
        elif grain == 3:
            clouds = Image.fromarray(noise.integers(0, 256, (high // 60 + 2, wide // 60 + 2), np.uint8))
            speck += np.asarray(clouds.resize((wide, high), Image.BICUBIC), np.int16) // 18 - 7
        line = round(self.stage.pixel((0, HORIZON))[1])
        streaks = noise.integers(-3, 4, (high - line, wide // 40 + 1), np.int16)
        speck[line:] = speck[line:] // 2 + np.repeat(streaks, 40, axis=1)[:, :wide]
        pixels = np.asarray(self.image.convert("RGB"), np.int16) + speck[..., None]
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

    def _lay(self, patch: Image.Image, mask: Image.Image, left: int, top: int) -> None:
        """Over what is there, where the mask says so; what lies beside the stage is cut off."""
        patch.putalpha(ImageChops.multiply(patch.getchannel("A"), mask))
        cut = max(0, -left), max(0, -top)
        if cut[0] < patch.width and cut[1] < patch.height:
            self.image.alpha_composite(patch, (max(0, left), max(0, top)), cut)


def rect(left: float, bottom: float, right: float, top: float) -> list[Plane]:
    """The corners of an upright rectangle."""
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def arc(x: float, y: float, width: float, height: float, start: float = 0.0, stop: float = 360.0) -> list[Plane]:
    """Points of an ellipse between two angles, in degrees from the right, to the left over the top."""
    count = max(8, round(abs(stop - start) / 10))
    turns = (math.radians(start + (stop - start) * i / count) for i in range(count + 1))
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in turns]


def mesh(size: tuple[int, int], rows: tuple[Row, ...]) -> Image.Image:
    """A picture that runs smoothly between the colours of a grid."""
    grid = [row if isinstance(row, list) else [row] for row in rows]
    width = max(map(len, grid))
    grid = [row if len(row) == width else [row[0]] * width for row in grid]
    small = Image.new("RGBA", (width, len(grid)))
    small.putdata([(*colour, 255)[:4] for row in grid for colour in row])
    inside = tuple(min(0.5, (n - 1) / 2) for n in small.size)
    area = (inside[0], inside[1], width - inside[0], len(grid) - inside[1])
    return small.resize(size, Image.BILINEAR, box=area)


def shades(colour: Colour, *factors: float) -> list[Colour]:
    """A colour in several shades, as for the rows or a row of a mesh."""
    return [shade(colour, factor) for factor in factors]


def folds(colour: Colour, count: int, rng: Random, depth: float = 0.3) -> list[Colour]:
    """Columns of a hanging cloth, from fold to fold."""
    return [shade(colour, 1 + (depth if i % 2 else -depth) * rng.uniform(0.5, 1.1)) for i in range(2 * count + 1)]


def tube(colour: Colour) -> list[Colour]:
    """Columns of an upright cylinder lit from the left."""
    return shades(colour, 0.75, 1.15, 1.45, 1.0, 0.75, 0.5)


def _mask(spots: list[Plane], size: tuple[int, int], alpha: int, blur: float) -> Image.Image:
    """The polygon in grey; blurred at a quarter of its size, where blurring costs little."""
    if not blur:
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon(spots, fill=alpha)
        return mask
    small = Image.new("L", (size[0] // 4 + 1, size[1] // 4 + 1))
    ImageDraw.Draw(small).polygon([(x / 4, y / 4) for x, y in spots], fill=alpha)
    small = small.filter(ImageFilter.BoxBlur(max(1, blur * PX / 4)))
    return small.resize((4 * small.width, 4 * small.height), Image.BILINEAR).crop((0, 0, *size))
