"""The neutral room, and the setting painted over it: what tells the grandparent.

Everything is painted once a clip, in plane metres, on a `Canvas` of the whole stage. Motifs come back at a spacing, so
that a camera sees some of them wherever it looks, and most of a setting lies above the horizon: the floor is the
parent's. Where a setting is transparent the neutral room shows through, hence its alpha is its cue.
"""

import math
from collections.abc import Callable, Iterator
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON, PX, Plane, Stage

Painter = Callable[["Canvas", Look, Random], None]
Row = Colour | list[Colour]

WHITE, CREAM, GOLD, STEEL = map(from_hex, ("#ffffff", "#fff1cf", "#e2b24a", "#b8c0cb"))
SHIRTS = tuple(map(from_hex, ("#e4572e", "#f3a712", "#2e86ab", "#f6f7eb", "#6a4c93", "#4caf6d", "#d7263d", "#f5d547")))
FACES = tuple(map(from_hex, ("#f6d7c0", "#e8b894", "#c98e64", "#8a5a3a", "#5d3b25")))


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
        self._draw.line(spots, fill=colour, width=max(1, round(width * PX)), joint="curve")
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
        size = max(2, round(2 * width * PX)), max(2, round(2 * height * PX))
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


def folds(colour: Colour, count: int, rng: Random, depth: float = 0.3) -> list[Colour]:
    """Columns of a hanging cloth, from fold to fold."""
    return [shade(colour, 1 + (depth if i % 2 else -depth) * rng.uniform(0.5, 1.1)) for i in range(2 * count + 1)]


def tube(colour: Colour) -> list[Colour]:
    """Columns of an upright cylinder lit from the left."""
    return [shade(colour, factor) for factor in (0.75, 1.15, 1.45, 1.0, 0.75, 0.5)]


def base(stage: Stage, look: Look, rng: Random) -> Image.Image:
    """The neutral room, (r, g, b) at the stage's size: a lit wall above the horizon, a floor below it."""
    canvas = Canvas(stage)
    lit = rng.uniform(0.3, 0.7)
    spread = [1.04 - 0.3 * (i / 8 - lit) ** 2 for i in range(9)]
    for low, high, colour, tones in (
        (HORIZON, stage.top + 0.1, look.wall, (0.84, 0.95, 1.04, 1.06, 1.02, 0.9)),
        (stage.bottom - 0.1, HORIZON, look.floor, (0.74, 0.95, 1.08, 1.14, 1.04, 0.9, 0.82)),
    ):
        canvas.fill(canvas.across(low, high), *([shade(colour, tone * s) for s in spread] for tone in tones))
    for x in canvas.every(2.4, 2.4 * lit, 1.2):
        canvas.glow(x, 1.5, 1.3, 1.1, shade(look.wall, 1.7), 55)
        canvas.glow(x, -0.05, 1.2, 0.45, shade(look.floor, 1.6), 50)
    edge = blend(shade(look.floor, 0.35), shade(look.wall, 0.4), 0.4)
    for low, high, weak, strong in ((-0.16, 0.0, 0, 120), (0.0, 0.16, 70, 0), (-0.014, 0.008, 150, 150)):
        canvas.fill(canvas.across(HORIZON + low, HORIZON + high), (*edge, strong), (*edge, weak))
    return _grained(canvas, look.grain, rng)


def paint_setting(name: str, stage: Stage, look: Look, rng: Random) -> Image.Image:
    """The setting of a grandparent, RGBA at the stage's size, transparent where the neutral room shows."""
    canvas = Canvas(stage)
    SETTINGS[name](canvas, look, rng)
    return canvas.image


def stadium(canvas: Canvas, look: Look, rng: Random) -> None:
    """Tiers full of people behind a rail and a board, floodlights above them."""
    phase = rng.uniform(-0.2, 0.2)
    for x in canvas.every(1.7, -0.85 + phase, 0.6):
        _floodlight(canvas, x)
    seats = blend(look.accent, look.wall, 0.15)
    rows = 6
    for row in reversed(range(rows)):
        y, haze = 0.66 + 0.135 * row, 0.05 * row
        step = canvas.across(y - 0.1, y + (0.13 if row == rows - 1 else 0.05))
        canvas.fill(step, shade(seats, 0.7), shade(seats, 0.3))
        for x in canvas.every(0.098, rng.uniform(0, 0.098), 0.1):
            if rng.random() < 0.94:
                _spectator(canvas, x + rng.uniform(-0.015, 0.015), y + rng.uniform(-0.012, 0.018), look, haze, rng)
        for x in canvas.every(1.7, phase, 0.2):
            canvas.fill(rect(x - 0.07, y - 0.1, x + 0.07, y + 0.035), shade(STEEL, 1.25 - haze), shade(STEEL, 0.7))
            canvas.fill(rect(x - 0.07, y - 0.04, x + 0.07, y - 0.03), shade(STEEL, 0.55))
    canvas.soften(1.0, 0.64 + 0.135 * rows, 1.2)
    canvas.soften(0.6, 1.0, 0.5)
    canvas.fill(canvas.across(0.62, 1.465), (255, 250, 225, 50), (255, 250, 225, 0), (16, 16, 44, 80))
    _barrier(canvas, look, rng)


def theatre(canvas: Canvas, look: Look, rng: Random) -> None:
    """Gathered drapes, a pelmet with fringes, cones of light and footlights."""
    cloth = blend(look.accent, from_hex("#9c1226"), 0.35)
    light, lean = rng.choice((CREAM, from_hex("#ffe0d0"), from_hex("#fff6d8"))), rng.choice((-0.28, 0.28))
    for i, x in enumerate(canvas.every(1.04, rng.uniform(0, 1.04), 1.0)):
        foot = x + lean * (-1) ** i
        cone = [(x - 0.05, 1.95), *arc(foot, 0.66, 0.27, 0.065, 180, 360), (x + 0.05, 1.95)]
        canvas.fill(cone, (*light, 225), (*light, 110), (*light, 50), blur=0.02)
        canvas.fill(arc(foot, 0.66, 0.27, 0.065), light, alpha=110, blur=0.02)
    for x in canvas.every(2.6, 1.3 + rng.uniform(-0.08, 0.08), 0.6):
        _drape(canvas, x, cloth)
    _pelmet(canvas, cloth, rng)
    canvas.fill(canvas.across(-0.5, -0.43), shade(look.wood, 1.2), shade(look.wood, 0.7), shade(look.wood, 0.4))
    for x in canvas.every(0.32, 0.16):
        canvas.glow(x, -0.36, 0.15, 0.12, CREAM, 255)
        canvas.fill(arc(x, -0.43, 0.08, 0.085, 0, 180), [shade(GOLD, f) for f in (0.5, 1.4, 1.0, 0.5)])
        canvas.fill(arc(x, -0.352, 0.05, 0.022), WHITE, CREAM)


def gym(canvas: Canvas, look: Look, rng: Random) -> None:
    """Wall bars, a strip of high windows, a clock, lines on the floor."""
    wood, phase = shade(blend(look.wood, GOLD, 0.3), 1.15), rng.uniform(-0.1, 0.1)
    canvas.fill(canvas.across(1.5, 1.98), shade(look.wall, 0.5), shade(look.wall, 0.62))
    for x in canvas.every(0.46, phase, 0.3):
        _pane(canvas, x, rng)
    canvas.fill(canvas.across(1.47, 1.51), shade(look.wall, 1.5), shade(look.wall, 0.75))
    for x in canvas.every(1.46, 0.73 + phase, 0.8):
        _wall_bars(canvas, x, wood)
    for x in canvas.every(2.92, phase, 0.3):
        _clock(canvas, x, 1.26, rng)
    for y, colour in ((0.36, look.accent), (-0.36, WHITE)):
        canvas.fill(canvas.across(y - 0.016, y + 0.016), colour)
    for x in canvas.every(2.92, phase, 1.0):
        canvas.line(arc(x, -0.36, 0.9, 0.23), 0.03, from_hex("#f2c53d"))


def parlour(canvas: Canvas, look: Look, rng: Random) -> None:
    """A window with a view, curtains, a lamp, pictures and wallpaper."""
    paper, phase = blend(look.accent, look.wall, 0.45), rng.uniform(-0.08, 0.08)
    stripes = [shade(paper, 0.82), shade(paper, 1.12)]
    for i, x in enumerate(canvas.every(0.1, 0, 0.1)):
        canvas.fill(rect(x, HORIZON, x + 0.1, 0.98), shade(stripes[i % 2], 0.95), shade(stripes[i % 2], 0.75))
    canvas.fill(canvas.across(0.96, 1.01), shade(look.wood, 1.35), shade(look.wood, 0.7))
    canvas.fill(canvas.across(HORIZON - 0.01, HORIZON + 0.08), shade(WHITE, 0.97), shade(WHITE, 0.72))
    for x in canvas.every(2.6, -0.9 + phase, 0.8):
        _window(canvas, x, look, rng)
    for x in canvas.every(2.6, 1.0 + phase, 0.4):
        _picture(canvas, x, look, rng)
    for x in canvas.every(2.6, 0.42 + phase, 0.6):
        _lamp(canvas, x, look)


SETTINGS: dict[str, Painter] = {"Sports": stadium, "Playing Music": theatre, "Exercise": gym, "Household": parlour}


def _floodlight(canvas: Canvas, x: float) -> None:
    """A mast with a bank of eight lamps in its glow."""
    canvas.glow(x, 1.68, 0.62, 0.48, CREAM, 190)
    for dx in (-0.05, 0.05):
        canvas.line([(x + dx * 1.6, 1.2), (x + dx, 1.62)], 0.022, shade(STEEL, 0.5))
    for y in (1.45, 1.51, 1.57):
        canvas.line([(x - 0.06, y), (x + 0.06, y + 0.05)], 0.012, shade(STEEL, 0.6))
    canvas.fill(rect(x - 0.27, 1.58, x + 0.27, 1.8), shade(STEEL, 0.55), shade(STEEL, 0.3))
    for i in range(8):
        lx, ly = x - 0.195 + 0.13 * (i % 4), 1.64 + 0.1 * (i // 4)
        canvas.oval(lx, ly, 0.052, 0.044, from_hex("#ffe9a8"))
        canvas.oval(lx, ly, 0.036, 0.03, WHITE)
    canvas.glow(x, 1.69, 0.42, 0.28, CREAM, 120)


def _spectator(canvas: Canvas, x: float, y: float, look: Look, haze: float, rng: Random) -> None:
    """Head and shoulders, sometimes with an arm in the air."""
    shirt = blend(rng.choice((*SHIRTS, look.accent, look.accent)), look.wall, haze)
    face = blend(rng.choice(FACES), look.wall, haze)
    if rng.random() < 0.22:
        canvas.line([(x + 0.03, y), (x + rng.uniform(0.03, 0.06), y + 0.11)], 0.02, face, caps=True)
    canvas.oval(x, y - 0.035, 0.05, 0.05, shade(shirt, 0.75))
    canvas.oval(x - 0.008, y - 0.035, 0.038, 0.042, shirt)
    canvas.oval(x, y + 0.045, 0.031, 0.034, blend(rng.choice(SHIRTS + FACES[3:] * 4), (20, 16, 16), 0.55))
    canvas.oval(x, y + 0.036, 0.027, 0.03, face)


def _barrier(canvas: Canvas, look: Look, rng: Random) -> None:
    """A board with chevrons along the pitch and a rail above it."""
    board = blend(look.accent, (20, 24, 60), 0.35)
    canvas.fill(canvas.across(HORIZON - 0.005, 0.66), shade(board, 1.2), shade(board, 0.7))
    step = rng.choice((0.42, 0.5))
    for i, x in enumerate(canvas.every(step, 0, 0.4)):
        colour = (WHITE, from_hex("#f5d547"))[i % 2]
        canvas.fill(
            [(x, 0.55), (x + 0.1, 0.55), (x + 0.15, 0.595), (x + 0.1, 0.64), (x, 0.64), (x + 0.05, 0.595)], colour
        )
    canvas.fill(canvas.across(0.655, 0.67), shade(board, 1.6))
    for x in canvas.every(0.6):
        canvas.fill(rect(x - 0.012, 0.66, x + 0.012, 0.77), tube(STEEL))
    canvas.fill(canvas.across(0.755, 0.785), shade(STEEL, 1.6), STEEL, shade(STEEL, 0.5))


def _drape(canvas: Canvas, x: float, cloth: Colour) -> None:
    """A curtain gathered by a golden tie."""

    def edge(u: float) -> list[Plane]:
        widths = (
            (2.95, 0.5),
            (1.7, 0.46),
            (1.35, 0.38),
            (1.12, 0.24),
            (1.04, 0.19),
            (0.94, 0.22),
            (0.75, 0.29),
            (0.5, 0.32),
        )
        return [(x + u * width, y) for y, width in widths]

    canvas.fill([*edge(-1.08), *reversed(edge(1.12))], (0, 0, 0), alpha=90, blur=0.03)
    strips, tones = 27, (0.55, 0.8, 1.0, 1.12, 0.9, 0.68)
    for i in range(strips):
        left, right = (2 * (i + k) / strips - 1 for k in (0, 1))
        canvas.fill(
            [*edge(left), *reversed(edge(right))], shade(cloth, tones[i % 6] * (0.9 + 0.1 * math.cos(left * 2)))
        )
    canvas.fill(arc(x, 1.0, 0.23, 0.14), (0, 0, 0, 0), (0, 0, 0, 110), (0, 0, 0, 0))
    canvas.fill(arc(x, 1.04, 0.205, 0.05, 170, 370), shade(GOLD, 1.4), shade(GOLD, 0.7))
    canvas.fill(
        [(x + 0.1, 1.02), (x + 0.06, 0.82), (x + 0.16, 0.82), (x + 0.13, 1.02)],
        [shade(GOLD, f) for f in (0.6, 1.3, 0.6)],
    )
    canvas.fill(rect(x - 0.35, 0.49, x + 0.35, 0.62), (0, 0, 0, 0), (0, 0, 0, 110))


def _pelmet(canvas: Canvas, cloth: Colour, rng: Random) -> None:
    """Swags with a golden fringe below a pleated band."""
    canvas.fill(canvas.across(1.7, canvas.stage.top + 0.1), folds(cloth, round(canvas.image.width / 30), rng, 0.35))
    canvas.fill(canvas.across(1.55, 1.78), (0, 0, 0, 120), (0, 0, 0, 0))
    for x in canvas.every(0.66, 0, 0.4):
        canvas.fill(arc(x, 1.86, 0.36, 0.31, 180, 360), GOLD, shade(GOLD, 0.75))
        for i, tone in enumerate((0.62, 0.95, 0.7, 1.1, 0.72, 1.0, 0.6)):
            size = 1 - 0.13 * i
            canvas.fill(arc(x, 1.86 + 0.02 * i, 0.35 * size**0.5, 0.265 * size, 180, 360), shade(cloth, tone))
    for x in canvas.every(0.66, 0.33, 0.2):
        tassel = [(x - 0.03, 1.84), (x - 0.055, 1.6), (x + 0.055, 1.6), (x + 0.03, 1.84)]
        canvas.fill(tassel, [shade(GOLD, f) for f in (0.55, 1.3, 0.8, 0.5)])
        canvas.oval(x, 1.84, 0.05, 0.05, shade(GOLD, 1.2))
    canvas.fill(canvas.across(1.86, 1.9), shade(GOLD, 1.4), shade(GOLD, 0.7))


def _pane(canvas: Canvas, x: float, rng: Random) -> None:
    """One high window with the sky in it."""
    sky = [from_hex(colour) for colour in ("#8fc7f2", "#c8e6fa", "#f2f8f4")]
    canvas.fill(rect(x - 0.2, 1.54, x + 0.2, 1.95), *sky)
    y = rng.uniform(1.6, 1.8)
    canvas.fill(arc(x + rng.uniform(-0.05, 0.05), y, 0.11, 0.04), WHITE, alpha=210, blur=0.01)
    canvas.fill([(x - 0.2, 1.54), (x - 0.1, 1.54), (x + 0.08, 1.95), (x - 0.04, 1.95)], WHITE, alpha=90)
    canvas.fill(rect(x - 0.01, 1.54, x + 0.01, 1.95), (240, 240, 236))


def _wall_bars(canvas: Canvas, x: float, wood: Colour) -> None:
    """A ladder of rungs between three posts, as every gym hall has them along its wall."""
    canvas.fill(rect(x - 0.42, 0.5, x + 0.5, 1.4), (0, 0, 0), alpha=70, blur=0.02)
    canvas.fill(rect(x - 0.46, 0.53, x + 0.46, 1.42), blend(shade(wood, 0.5), WHITE, 0.35), shade(wood, 0.55))
    for i in range(10):
        y = 0.6 + 0.083 * i
        canvas.fill(rect(x - 0.45, y - 0.045, x + 0.45, y), (0, 0, 0, 80), (0, 0, 0, 20))
        canvas.fill(rect(x - 0.45, y - 0.018, x + 0.45, y + 0.02), shade(wood, 1.55), wood, shade(wood, 0.6))
    for dx in (-0.46, 0.0, 0.46):
        canvas.fill(rect(x + dx - 0.035, 0.5, x + dx + 0.035, 1.45), [shade(wood, f) for f in (0.8, 1.35, 1.0, 0.55)])


def _clock(canvas: Canvas, x: float, y: float, rng: Random) -> None:
    canvas.fill(arc(x + 0.015, y - 0.03, 0.15, 0.15), (0, 0, 0), alpha=90, blur=0.02)
    canvas.oval(x, y, 0.145, 0.145, (40, 44, 54))
    canvas.fill(arc(x, y, 0.122, 0.122), WHITE, shade(WHITE, 0.86))
    for i in range(12):
        a = math.radians(30 * i)
        canvas.oval(x + 0.1 * math.cos(a), y + 0.1 * math.sin(a), 0.009, 0.009, (40, 44, 54))
    for length, width in ((0.06, 0.018), (0.095, 0.012)):
        a = rng.uniform(0, 2 * math.pi)
        canvas.line([(x, y), (x + length * math.cos(a), y + length * math.sin(a))], width, (30, 32, 40))


def _window(canvas: Canvas, x: float, look: Look, rng: Random) -> None:
    """A view of hills between curtains."""
    canvas.glow(x, 1.45, 0.72, 0.5, CREAM, 170)
    view = rect(x - 0.4, 1.13, x + 0.4, 1.76)
    canvas.fill(rect(x - 0.46, 1.07, x + 0.46, 1.82), shade(WHITE, 0.98), shade(WHITE, 0.82))
    canvas.fill(view, *map(from_hex, ("#6fb4ee", "#b9e0f7", "#fdf3d4")))
    canvas.oval(x + rng.uniform(-0.1, 0.2), 1.58, 0.06, 0.06, from_hex("#fff6c8"))
    for height, colour in ((0.2, "#8fb98a"), (0.13, "#6da35e"), (0.07, "#4c8a4a")):
        bend, shift = rng.uniform(5, 9), rng.uniform(0, 6)
        crest = [(x - 0.4 + 0.08 * i, 1.13 + height + 0.04 * math.sin(bend * 0.08 * i + shift)) for i in range(11)]
        canvas.fill([(x - 0.4, 1.13), *crest, (x + 0.4, 1.13)], shade(from_hex(colour), 1.2), from_hex(colour))
    canvas.fill([(x - 0.4, 1.2), (x - 0.4, 1.4), (x - 0.04, 1.76), (x + 0.1, 1.76)], WHITE, alpha=60)
    canvas.fill(rect(x - 0.015, 1.13, x + 0.015, 1.76), WHITE)
    canvas.fill(rect(x - 0.4, 1.44, x + 0.4, 1.465), WHITE)
    canvas.fill(rect(x - 0.52, 1.03, x + 0.52, 1.085), WHITE, shade(WHITE, 0.7))
    for side in (-1, 1):
        cloth = [(x + side * 0.6, 1.9), (x + side * 0.14, 1.9), (x + side * 0.26, 1.6), (x + side * 0.4, 1.36),
                 (x + side * 0.42, 1.02), (x + side * 0.62, 1.02)]  # fmt: skip
        canvas.fill([(px + 0.02, py - 0.02) for px, py in cloth], (0, 0, 0), alpha=70, blur=0.015)
        canvas.fill(cloth, folds(look.accent, 5, rng, 0.28))
        canvas.fill(
            rect(x + side * 0.51 - 0.11, 1.34, x + side * 0.51 + 0.11, 1.38), shade(GOLD, 1.3), shade(GOLD, 0.7)
        )
    canvas.fill(rect(x - 0.68, 1.88, x + 0.68, 1.92), shade(look.wood, 1.4), shade(look.wood, 0.6))


def _picture(canvas: Canvas, x: float, look: Look, rng: Random) -> None:
    """A framed painting of hills at some hour of the day."""
    y, width, height = 1.42, 0.25, 0.2
    canvas.fill(rect(x - width, y - height - 0.03, x + width + 0.04, y + height), (0, 0, 0), alpha=90, blur=0.02)
    canvas.fill(rect(x - width, y - height, x + width, y + height), shade(GOLD, 1.25), shade(look.wood, 0.8))
    canvas.fill(rect(x - width + 0.035, y - height + 0.035, x + width - 0.035, y + height - 0.035), CREAM)
    inner = rect(x - width + 0.065, y - height + 0.065, x + width - 0.065, y + height - 0.065)
    canvas.fill(inner, *rng.choice(((SHIRTS[2], CREAM), (SHIRTS[4], SHIRTS[1]), (SHIRTS[1], CREAM))))
    (left, low), right = inner[0], inner[1][0]
    ridge = [(left, y), (x - 0.06, y + 0.07), (x + 0.05, y - 0.02), (x + 0.11, y + 0.03), (right, y - 0.05)]
    canvas.fill([(left, low), *ridge, (right, low)], shade(SHIRTS[5], 0.8), shade(SHIRTS[5], 0.5))


def _lamp(canvas: Canvas, x: float, look: Look) -> None:
    """A lampshade on its cord, and the light around it."""
    canvas.glow(x, 1.58, 0.5, 0.46, from_hex("#ffe3a0"), 150)
    canvas.line([(x, 3.0), (x, 1.8)], 0.014, (50, 46, 44))
    colour = blend(look.accent, CREAM, 0.25)
    tones = [shade(colour, factor) for factor in (0.7, 1.0, 1.35, 1.05, 0.65)]
    canvas.fill([(x - 0.07, 1.83), (x - 0.21, 1.62), (x + 0.21, 1.62), (x + 0.07, 1.83)], tones)
    canvas.oval(x, 1.62, 0.21, 0.035, from_hex("#fff3c4"))
    canvas.oval(x, 1.61, 0.06, 0.04, WHITE)


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


def _grained(canvas: Canvas, grain: int, rng: Random) -> Image.Image:
    """Plaster, stripes, weave or clouds on the wall and specks on the floor, a few grey levels strong."""
    noise = np.random.default_rng(rng.randrange(2**32))
    wide, high = canvas.image.size
    speck = np.resize(noise.integers(-3, 4, (257, 251), np.int16), (high, wide))
    if grain == 1:
        speck += np.repeat(noise.integers(-3, 4, wide // 24 + 1, np.int16), 24)[:wide]
    elif grain == 2:
        speck += noise.integers(-3, 4, (high, 1), np.int16) + noise.integers(-3, 4, (1, wide), np.int16)
    elif grain == 3:
        clouds = Image.fromarray(noise.integers(0, 256, (high // 60 + 2, wide // 60 + 2), np.uint8))
        speck += np.asarray(clouds.resize((wide, high), Image.BICUBIC), np.int16) // 18 - 7
    line = round(canvas.stage.pixel((0, HORIZON))[1])
    streaks = noise.integers(-3, 4, (high - line, wide // 40 + 1), np.int16)
    speck[line:] = speck[line:] // 2 + np.repeat(streaks, 40, axis=1)[:, :wide]
    pixels = np.asarray(canvas.image.convert("RGB"), np.int16) + speck[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
