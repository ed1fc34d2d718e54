"""Where one exercises: on mats, on climbing frames, on springs."""

from itertools import pairwise
from random import Random

from hprotopnet.pantomime.canvas import DARK, GOLD, SHIRTS, STEEL, WHITE, Canvas, arc, rect, shades, tube
from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON
from hprotopnet.pantomime.surfaces.ground import shade_below

MATS = (((36, 96, 190), (54, 140, 214)), ((36, 96, 190), (204, 56, 58)), ((30, 130, 140), (40, 96, 180)))
# Radius in metres and tone of the layers of a rolled mat.
ROLL = ((0.175, 0.45), (0.163, 1.1), (0.13, 0.6), (0.12, 1.0), (0.085, 0.55), (0.076, 1.0), (0.035, 0.4))
BOUNCY = tuple(map(from_hex, ("#ffcf33", "#ff7a45", "#ef4f91", "#7a5be0", "#2fb5e8", "#35c48b")))


def mats(canvas: Canvas, look: Look, rng: Random) -> None:
    """A floor of gym mats with seams, rolled mats behind it."""
    first, second = colours = rng.choice(MATS)
    for row, (top, bottom) in enumerate(pairwise((0.42, 0.32, 0.2, 0.06, -0.11, -0.3))):
        for i, x in enumerate(canvas.every(0.62, 0, 0.62)):
            _mat(canvas, x, bottom, top, shade(colours[(i + row) % 2], 0.9 + 0.07 * row))
    for x in canvas.every(1.3, 0.4, 0.6):
        canvas.glow(x, 0.05, 0.7, 0.28, WHITE, 60)
    canvas.fill(canvas.across(0.2, 0.42), (*DARK, 120), (*DARK, 0))
    canvas.fill(canvas.across(-0.36, -0.3), shade(first, 0.75), shade(first, 0.4))
    canvas.fill(canvas.across(-0.42, -0.36), (*DARK, 110), (*DARK, 0))
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(1.5, -0.75 + start, 0.5):
        _rolls(canvas, x, first, second, shade(SHIRTS[1], 0.95))
    for x in canvas.every(1.5, start, 0.5):
        _stack(canvas, x, second, first)


def frames(canvas: Canvas, look: Look, rng: Random) -> None:
    """Climbing frames of painted steel, crash mats below them."""
    _rubber(canvas, blend(look.floor, (70, 76, 88), 0.65), rng)
    steel = rng.choice(((226, 60, 44), (242, 180, 40), (40, 120, 200)))
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(1.7, start, 0.5):
        _horse(canvas, x, rng)
    for x in canvas.every(1.7, -0.85 + start, 0.8):
        _crash_mat(canvas, x, blend(look.accent, (30, 60, 150), 0.4))
    for x in canvas.every(1.7, -0.85 + start, 0.8):
        _climbing_frame(canvas, x, steel)


def springs(canvas: Canvas, look: Look, rng: Random) -> None:
    """A sprung floor of coloured panels on coils, bouncy towers behind it."""
    start = rng.randrange(6)
    colours = [*BOUNCY[start:], *BOUNCY[:start]]
    _coils(canvas)
    for i, x in enumerate(canvas.every(0.9, 0.45, 0.9)):
        for k, (y, size) in enumerate(((0.31, 0.86), (0.0, 1.0))):
            colour = colours[(i + 3 * k) % 6]
            canvas.fill(rect(x - 0.45, y - 0.2, x + 0.45, y + 0.13), *shades(colour, 0.85, 1.0, 1.25))
            canvas.fill(rect(x + 0.44, y - 0.2, x + 0.455, y + 0.13), shade(colour, 0.6))
            _bed(canvas, x, y - 0.035, 0.37 * size, 0.115 * size)
    canvas.fill(canvas.across(-0.25, -0.19), WHITE, shade(STEEL, 0.9), shade(STEEL, 0.5))
    canvas.fill(canvas.across(0.2, 0.44), (*DARK, 100), (*DARK, 0))
    _bouncy_wall(canvas, colours)


def _mat(canvas: Canvas, left: float, bottom: float, top: float, colour: Colour) -> None:
    """One mat of the floor, with a welt along its back and seams to the next ones."""
    right = left + 0.62
    canvas.fill(rect(left, bottom, right, top), *shades(colour, 1.12, 1.0, 0.92))
    canvas.fill(rect(left + 0.03, top - 0.022, left + 0.59, top - 0.012), shade(colour, 1.35))
    canvas.fill(rect(left, bottom, right, bottom + 0.01), shade(colour, 0.55))
    canvas.fill(rect(left + 0.608, bottom, right, top), shade(colour, 0.6))


def _rolls(canvas: Canvas, x: float, left: Colour, right: Colour, upper: Colour) -> None:
    """Three rolled mats, two below and one on top."""
    shade_below(canvas, x, 0.44, 0.4)
    for dx, y, colour in ((-0.19, 0.58, left), (0.19, 0.58, right), (0.0, 0.88, upper)):
        for size, tone in ROLL:
            canvas.fill(arc(x + dx, y, size, size), shade(colour, 1.25 * tone), shade(colour, 0.85 * tone))


def _stack(canvas: Canvas, x: float, one: Colour, other: Colour) -> None:
    """A pile of mats with handles, in two colours by turns."""
    shade_below(canvas, x, 0.42, 0.42)
    for i in range(4):
        y, colour, dx = 0.42 + 0.115 * i, (one, other)[i % 2], 0.02 * (-1) ** i
        canvas.fill(rect(x - 0.34 + dx, y, x + 0.34 + dx, y + 0.11), *shades(colour, 1.25, 0.95, 0.6))
        canvas.fill(rect(x - 0.08 + dx, y + 0.035, x + 0.08 + dx, y + 0.06), shade(WHITE, 0.92))
    top = [(x - 0.3, 0.88), (x + 0.38, 0.88), (x + 0.32, 0.95), (x - 0.24, 0.95)]
    canvas.fill(top, shade(other, 1.35), shade(other, 1.15))


def _rubber(canvas: Canvas, colour: Colour, rng: Random) -> None:
    """A floor of rubber with grains of three colours."""
    canvas.fill(canvas.across(-0.32, HORIZON), *shades(colour, 0.7, 1.0, 1.15))
    grains = (shade(colour, 1.4), shade(colour, 0.7), shade(SHIRTS[1], 0.9))
    for _ in range(round(90 * (canvas.stage.right - canvas.stage.left))):
        x, y = rng.uniform(canvas.stage.left, canvas.stage.right), rng.uniform(-0.31, 0.48)
        canvas.oval(x, y, 0.012, 0.004, rng.choice(grains))
    canvas.fill(canvas.across(-0.35, -0.32), shade(colour, 0.6), shade(colour, 0.3))


def _crash_mat(canvas: Canvas, x: float, colour: Colour) -> None:
    """A thick mat with handles in front of a frame."""
    canvas.fill(rect(x - 0.6, 0.2, x + 0.66, 0.3), DARK, alpha=120, blur=0.03)
    top = [(x - 0.6, 0.36), (x + 0.6, 0.36), (x + 0.56, 0.52), (x - 0.56, 0.52)]
    canvas.fill(top, shade(colour, 1.15), shade(colour, 1.45))
    canvas.fill(rect(x - 0.6, 0.24, x + 0.6, 0.36), shade(colour, 0.95), shade(colour, 0.6))
    for dx in (-0.3, 0.3):
        canvas.fill(rect(x + dx - 0.07, 0.285, x + dx + 0.07, 0.31), shade(WHITE, 0.9))


def _horse(canvas: Canvas, x: float, rng: Random) -> None:
    """A vaulting horse with pommels."""
    shade_below(canvas, x, 0.42, 0.28)
    leather = from_hex(rng.choice(("#a8622f", "#8a4a28")))
    for dx, foot in ((-0.14, -0.19), (0.14, 0.19)):
        canvas.line([(x + dx, 0.8), (x + foot, 0.41)], 0.045, shade(STEEL, 0.6))
    for dx in (-0.06, 0.06):
        canvas.line(arc(x + dx, 0.98, 0.035, 0.07, 0, 180), 0.024, shade(STEEL, 1.1))
    body = [*arc(x - 0.16, 0.88, 0.1, 0.11, 90, 270), *arc(x + 0.16, 0.88, 0.1, 0.11, -90, 90)]
    canvas.fill(body, shade(leather, 1.45), leather, shade(leather, 0.5))


def _climbing_frame(canvas: Canvas, x: float, steel: Colour) -> None:
    """Posts, rungs and a net between them."""
    for y in (0.72, 0.92, 1.12):
        canvas.fill(rect(x - 0.55, y - 0.015, x, y + 0.02), shade(STEEL, 1.5), STEEL, shade(STEEL, 0.5))
    for k in range(7):
        canvas.line([(x + 0.04 + 0.08 * k, 0.5), (x + 0.04 + 0.08 * k, 1.3)], 0.012, from_hex("#e9d9b0"))
        canvas.line([(x, 0.6 + 0.1 * k), (x + 0.55, 0.6 + 0.1 * k)], 0.012, from_hex("#d5c08c"))
    for dx in (-0.56, 0.0, 0.56):
        canvas.fill(rect(x + dx - 0.035, 0.42, x + dx + 0.035, 1.42), tube(steel))
        canvas.oval(x + dx, 1.42, 0.05, 0.04, shade(steel, 1.2))
    canvas.fill(rect(x - 0.6, 1.3, x + 0.6, 1.37), shade(steel, 1.5), steel, shade(steel, 0.5))


def _coils(canvas: Canvas) -> None:
    """A row of springs that carries the floor."""
    canvas.fill(canvas.across(-0.42, -0.2), (24, 26, 40), (44, 46, 60))
    for x in canvas.every(0.15, 0, 0.1):
        zigzag = [(x + 0.05 * (-1) ** k, -0.24 - 0.024 * k) for k in range(8)]
        canvas.line(zigzag, 0.022, shade(STEEL, 0.6))
        canvas.line([(px - 0.004, py + 0.004) for px, py in zigzag], 0.01, shade(STEEL, 1.5))


def _bouncy_wall(canvas: Canvas, colours: list[Colour]) -> None:
    """Inflated towers with a bulging wall between them."""
    for k, y in enumerate((0.46, 0.6, 0.74)):
        for i, x in enumerate(canvas.every(0.5, 0.25 * (k % 2), 0.5)):
            canvas.fill(arc(x, y, 0.27, 0.085), *shades(colours[(i + k) % 6], 1.4, 1.0, 0.6))
    for i, x in enumerate(canvas.every(1.25, 0.62, 0.4)):
        for y in (0.46, 0.62, 0.78, 0.94):
            canvas.fill(arc(x, y, 0.15, 0.1), shades(colours[(2 * i + 1) % 6], 0.7, 1.2, 1.4, 1.0, 0.6))
        roof = [*arc(x, 1.04, 0.17, 0.05, 180, 360), (x, 1.36)]
        canvas.fill(roof, shades(colours[(2 * i + 4) % 6], 0.8, 1.35, 1.0, 0.65))
        canvas.oval(x, 1.36, 0.035, 0.035, shade(GOLD, 1.3))


def _bed(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """A round trampoline let into the floor: cloth on springs."""
    canvas.fill(arc(x, y, width, height), (14, 16, 28), (40, 42, 58))
    for outer, inner in zip(arc(x, y, width, height), arc(x, y, 0.8 * width, 0.8 * height), strict=True):
        canvas.line([outer, inner], 0.014, shade(STEEL, 1.2))
    canvas.fill(arc(x, y, 0.8 * width, 0.8 * height), (40, 46, 74), (70, 80, 120))
    canvas.line(arc(x, y, 0.76 * width, 0.76 * height), 0.01, (110, 122, 170))
    canvas.line(arc(x, y, width, height), 0.018, shade(WHITE, 0.95))
