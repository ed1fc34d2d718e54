"""Where household work is done: kitchen, bathroom, workshop."""

import math
from random import Random

from hprotopnet.pantomime.canvas import DARK, GOLD, SHIRTS, STEEL, WHITE, Canvas, arc, folds, rect, shades, tube
from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON
from hprotopnet.pantomime.surfaces.ground import planks, shade_below

GREY, RED = shade(STEEL, 0.75), (206, 52, 40)  # of tools and their handles


def kitchen(canvas: Canvas, look: Look, rng: Random) -> None:
    """Tiles underfoot; a counter with a stove and its hood, shelves with pots."""
    pale = from_hex(rng.choice(("#f2efe6", "#eef3ee", "#f4e9d8")))
    _diamonds(canvas, pale, blend(blend(look.accent, from_hex("#4a5866"), 0.55), pale, 0.3))
    front = blend(look.accent, from_hex(rng.choice(("#5fa39a", "#e7dcc4", "#86a9c4"))), 0.65)
    start = 0.42 + rng.uniform(-0.08, 0.08)
    for x in canvas.every(1.9, -0.95 + start, 1.0):
        _shelf(canvas, x, look, rng)
    for x in canvas.every(1.9, start, 1.0):
        canvas.fill(rect(x - 0.42, 0.9, x + 0.42, 1.2), WHITE, shade(pale, 0.92))
        _tiling(canvas, x - 0.42, 0.9, x + 0.42, 1.2, 0.12, shade(pale, 0.7))
    _counter(canvas, start, front, look.wood)
    for x in canvas.every(1.9, start, 1.0):
        _stove(canvas, x)
    canvas.fill(canvas.across(0.28, 0.4), (*DARK, 90), (*DARK, 0))


def bathroom(canvas: Canvas, look: Look, rng: Random) -> None:
    """Tiles, basins below mirrors, tubs full of foam, towels on their rail."""
    tile = from_hex(rng.choice(("#bfe6e8", "#cfe0f5", "#d5efe0", "#f3dfe3")))
    canvas.fill(canvas.across(HORIZON, 1.02), shade(tile, 1.4), tile, shade(tile, 0.88))
    _tiling(canvas, canvas.stage.left, HORIZON, canvas.stage.right, 1.0, 0.125, WHITE)
    blue = (30, 90, 120)
    canvas.fill(canvas.across(0.965, 1.02), shade(blend(tile, blue, 0.55), 1.1), blend(tile, blue, 0.7))
    _diamonds(canvas, shade(tile, 1.6), shade(tile, 0.92), 0.3)
    start = rng.uniform(-0.08, 0.08)
    for x in canvas.every(2.6, -0.9 + start, 0.8):
        _tub(canvas, x, rng)
    for x in canvas.every(2.6, 0.4 + start, 0.5):
        _basin(canvas, x)
    for x in canvas.every(2.6, 1.05 + start, 0.5):
        _towels(canvas, x, look, rng)


def workshop(canvas: Canvas, look: Look, rng: Random) -> None:
    """Planks, boards of tools, buckets and tool boxes."""
    planks(canvas, canvas.stage.bottom - 0.1, blend(look.wood, from_hex("#b98b58"), 0.6), rng)
    start = rng.uniform(-0.08, 0.08)
    for x in canvas.every(1.6, -0.8 + start, 0.7):
        _pegboard(canvas, x, look)
    for x in canvas.every(1.6, start - 0.1, 0.5):
        _toolbox(canvas, x - 0.2)
        _bucket(canvas, x + 0.24)


def _diamonds(canvas: Canvas, light: Colour, dark: Colour, size: float = 0.4) -> None:
    """Square tiles laid askew, as the pitch of the view foreshortens them."""
    half, flat = size / 2, size / 2 * 0.36
    bottom = canvas.stage.bottom - 0.1
    canvas.fill(canvas.across(bottom, HORIZON), *shades(light, 0.8, 1.0, 1.2, 1.0))
    for row in range(math.ceil((HORIZON - bottom) / (2 * flat))):
        y = HORIZON - flat - 2 * flat * row
        tone = shade(dark, min(1.0, 0.82 + 0.3 * (HORIZON - y)))
        for x in canvas.every(size, 0, size):
            canvas.fill([(x - half, y), (x, y + flat), (x + half, y), (x, y - flat)], tone)
            canvas.line([(x - half, y), (x, y + flat), (x + half, y)], 0.007, shade(tone, 1.35))
    canvas.fill(canvas.across(HORIZON - 0.16, HORIZON), (*DARK, 110), (*DARK, 0))


def _tiling(canvas: Canvas, left: float, bottom: float, right: float, top: float, size: float, joint: Colour) -> None:
    """Joints of square wall tiles."""
    for k in range(round((right - left) / size) + 1):
        canvas.line([(left + size * k, bottom), (left + size * k, top)], 0.008, joint)
    for k in range(round((top - bottom) / size) + 1):
        canvas.line([(left, bottom + size * k), (right, bottom + size * k)], 0.008, joint)


def _counter(canvas: Canvas, start: float, front: Colour, wood: Colour) -> None:
    """A counter over the whole width, with doors and a wooden top."""
    canvas.fill(canvas.across(0.4, 0.9), shade(front, 1.05), shade(front, 0.72))
    canvas.fill(canvas.across(0.4, 0.45), (40, 36, 40))
    for x in canvas.every(0.475, start, 0.5):
        _door(canvas, x, front)
    canvas.fill(canvas.across(0.84, 0.885), shade(wood, 1.1), shade(wood, 0.6))
    canvas.fill(canvas.across(0.885, 0.93), shade(wood, 1.5), shade(wood, 1.15))


def _door(canvas: Canvas, x: float, colour: Colour) -> None:
    """A cupboard door with its handle."""
    canvas.fill(rect(x + 0.015, 0.46, x + 0.46, 0.83), shade(colour, 0.55))
    canvas.fill(rect(x + 0.022, 0.465, x + 0.453, 0.825), shade(colour, 1.3), shade(colour, 0.95))
    canvas.fill(rect(x + 0.07, 0.51, x + 0.405, 0.78), shade(colour, 0.85), shade(colour, 1.1))
    canvas.fill(rect(x + 0.17, 0.79, x + 0.31, 0.81), shade(STEEL, 1.4), shade(STEEL, 0.6))


def _stove(canvas: Canvas, x: float) -> None:
    """An oven with pots on it, below a hood."""
    canvas.fill(rect(x - 0.3, 0.43, x + 0.3, 0.92), shade(STEEL, 1.4), shade(STEEL, 0.75))
    canvas.fill(rect(x - 0.24, 0.49, x + 0.24, 0.74), (30, 30, 38), (70, 58, 52))
    canvas.glow(x, 0.56, 0.2, 0.09, (255, 160, 60), 200)
    for dx in (-0.18, -0.06, 0.06, 0.18):
        canvas.oval(x + dx, 0.82, 0.028, 0.028, (40, 42, 50))
    canvas.fill(rect(x - 0.31, 0.9, x + 0.31, 0.94), (52, 54, 62), (24, 24, 30))
    for dx, colour, height in ((-0.15, (206, 58, 44), 0.15), (0.15, STEEL, 0.1)):
        _pot(canvas, x + dx, 0.94, 0.1, height, colour)
    hood = [(x - 0.32, 1.3), (x + 0.32, 1.3), (x + 0.12, 1.5), (x - 0.12, 1.5)]
    canvas.fill(hood, shades(STEEL, 0.8, 1.5, 1.1, 0.7))
    canvas.fill(rect(x - 0.34, 1.25, x + 0.34, 1.31), shade(STEEL, 1.2), shade(STEEL, 0.55))
    canvas.fill(rect(x - 0.1, 1.5, x + 0.1, 2.0), tube(STEEL))


def _pot(canvas: Canvas, x: float, y: float, width: float, height: float, colour: Colour) -> None:
    """A pot with its lid and two handles."""
    black, grip = (40, 38, 44), y + 0.75 * height
    canvas.line([(x - 1.25 * width, grip), (x + 1.25 * width, grip)], 0.02, black, caps=True)
    canvas.fill(rect(x - width, y, x + width, y + height), tube(colour))
    canvas.fill(arc(x, y + height, width, 0.03), shade(colour, 1.4), shade(colour, 0.8))
    canvas.oval(x, y + height + 0.035, 0.018, 0.015, black)


def _shelf(canvas: Canvas, x: float, look: Look, rng: Random) -> None:
    """A shelf with pots and jars, ladles hung below it."""
    canvas.fill(rect(x - 0.4, 1.06, x + 0.44, 1.16), DARK, alpha=70, blur=0.02)
    for k, dx in enumerate((-0.31, -0.1, 0.09, 0.28)):
        colour = rng.choice((from_hex("#c46a35"), STEEL, SHIRTS[0], SHIRTS[2], from_hex("#e8e2d0")))
        if k % 2:
            canvas.fill(rect(x + dx - 0.06, 1.19, x + dx + 0.06, 1.33), tube(colour))
            canvas.fill(rect(x + dx - 0.065, 1.32, x + dx + 0.065, 1.36), tube(look.wood))
        else:
            _pot(canvas, x + dx, 1.19, 0.085, 0.12, colour)
    for dx in (-0.3, -0.15, 0.0, 0.15, 0.3):
        canvas.line([(x + dx, 1.16), (x + dx, 1.0)], 0.012, shade(STEEL, 0.8))
        canvas.oval(x + dx, 0.99, 0.03, 0.035, STEEL if dx else from_hex("#b07a3c"))
    canvas.fill(rect(x - 0.42, 1.14, x + 0.42, 1.19), shade(look.wood, 1.4), shade(look.wood, 0.65))


def _basin(canvas: Canvas, x: float) -> None:
    """A basin with its tap on a pedestal, a round mirror above it."""
    _mirror(canvas, x)
    shade_below(canvas, x, 0.4, 0.16)
    foot = [(x - 0.07, 0.78), (x - 0.11, 0.38), (x + 0.11, 0.38), (x + 0.07, 0.78)]
    canvas.fill(foot, shades(WHITE, 0.82, 1.0, 0.9, 0.65))
    canvas.fill(arc(x, 0.9, 0.31, 0.17, 180, 360), shades(WHITE, 0.8, 1.0, 0.95, 0.7))
    canvas.fill(arc(x, 0.9, 0.33, 0.05), WHITE, shade(WHITE, 0.88))
    canvas.fill(arc(x, 0.9, 0.26, 0.032), from_hex("#9fc4d6"), from_hex("#d8eef6"))
    tap = [(x, 0.9), (x, 1.0), (x, 1.02), (x + 0.07, 1.01), (x + 0.08, 0.96)]
    canvas.line(tap, 0.026, shade(STEEL, 0.8), caps=True)


def _mirror(canvas: Canvas, x: float) -> None:
    """A round mirror with two gleams."""
    canvas.fill(arc(x + 0.02, 1.25, 0.23, 0.25), DARK, alpha=80, blur=0.02)
    canvas.fill(arc(x, 1.27, 0.23, 0.25), shade(GOLD, 1.3), shade(GOLD, 0.65))
    canvas.fill(arc(x, 1.27, 0.2, 0.22), *map(from_hex, ("#f6fcff", "#b4d4e4", "#86b0c8")))
    for mid in (x - 0.06, x + 0.06):
        canvas.fill([(mid - 0.09, 1.15), (mid - 0.05, 1.13), (mid + 0.09, 1.39), (mid + 0.05, 1.41)], WHITE, alpha=120)


def _tub(canvas: Canvas, x: float, rng: Random) -> None:
    """A bath on golden feet, full of foam, with a shower above it."""
    shade_below(canvas, x, 0.38, 0.6)
    for dx in (-0.42, 0.42):
        canvas.oval(x + dx, 0.4, 0.05, 0.05, shade(GOLD, 0.85))
    pipe = [(x + 0.5, 0.8), (x + 0.5, 1.5), (x + 0.46, 1.54), (x + 0.36, 1.53)]
    canvas.line(pipe, 0.026, shade(STEEL, 0.85), caps=True)
    canvas.fill([(x + 0.32, 1.54), (x + 0.4, 1.54), (x + 0.44, 1.48), (x + 0.28, 1.48)], tube(STEEL))
    for k in range(26):
        bx, size = x - 0.48 + 0.96 * k / 25, rng.uniform(0.045, 0.085)
        canvas.fill(arc(bx, 0.82 + rng.uniform(0, 0.07), size, size), WHITE, from_hex("#d3e6f2"))
    bath = [(x - 0.6, 0.82), *arc(x, 0.62, 0.52, 0.22, 190, 350), (x + 0.6, 0.82)]
    canvas.fill(bath, *([shade(WHITE, f * g) for f in (0.9, 1.0, 0.98, 0.92, 0.8)] for g in (1.0, 0.97, 0.8)))
    canvas.fill(rect(x - 0.63, 0.79, x + 0.63, 0.84), WHITE, shade(WHITE, 0.8))


def _towels(canvas: Canvas, x: float, look: Look, rng: Random) -> None:
    """A rail with two towels."""
    canvas.fill(rect(x - 0.34, 1.12, x + 0.34, 1.15), shade(STEEL, 1.5), shade(STEEL, 0.6))
    for dx, drop in ((-0.16, 0.44), (0.16, 0.34)):
        colour, low = rng.choice((*SHIRTS, look.accent)), 1.14 - drop
        canvas.fill(rect(x + dx - 0.11, low - 0.02, x + dx + 0.15, 1.12), DARK, alpha=70, blur=0.015)
        canvas.fill(rect(x + dx - 0.13, low, x + dx + 0.13, 1.16), folds(colour, 3, rng, 0.12))
        for y in (0.06, 0.1):
            canvas.fill(rect(x + dx - 0.13, low + y, x + dx + 0.13, low + y + 0.02), WHITE)


def _pegboard(canvas: Canvas, x: float, look: Look) -> None:
    """A board with a saw, spanners, screwdrivers, a brush and a roll of tape."""
    canvas.fill(rect(x - 0.48, 0.58, x + 0.52, 1.2), DARK, alpha=90, blur=0.025)
    canvas.fill(rect(x - 0.5, 0.6, x + 0.5, 1.24), shade(look.wood, 0.8), shade(look.wood, 0.5))
    canvas.fill(rect(x - 0.47, 0.63, x + 0.47, 1.21), from_hex("#ead2a4"), from_hex("#cfae78"))
    for k in range(105):
        canvas.oval(x - 0.42 + 0.06 * (k % 15), 0.68 + 0.08 * (k // 15), 0.007, 0.007, from_hex("#9a7a4c"))
    _saw(canvas, x)
    for dx, length in ((-0.38, 0.2), (-0.27, 0.17), (-0.17, 0.14)):
        _spanner(canvas, x + dx, length)
    for dx, colour in ((-0.03, RED), (0.06, (240, 190, 40)), (0.15, (40, 110, 200))):
        canvas.line([(x + dx, 0.94), (x + dx, 0.84)], 0.042, colour, caps=True)
        canvas.line([(x + dx, 0.82), (x + dx, 0.7)], 0.016, GREY)
    _brush(canvas, x + 0.33, look.accent)
    canvas.line(arc(x + 0.33, 0.74, 0.06, 0.055), 0.03, from_hex("#f0c23a"))


def _saw(canvas: Canvas, x: float) -> None:
    """A saw with a row of teeth, its red handle at the right."""
    blade = [(x - 0.42, 1.12), (x - 0.06, 1.14), (x - 0.06, 1.04), (x - 0.42, 1.08)]
    canvas.fill(blade, shade(STEEL, 1.3), shade(STEEL, 0.8))
    for k in range(24):
        canvas.oval(x - 0.41 + 0.0148 * k, 1.078 - 0.0017 * k, 0.007, 0.012, GREY)
    canvas.line(arc(x, 1.09, 0.06, 0.06), 0.035, RED)


def _spanner(canvas: Canvas, x: float, length: float) -> None:
    """A spanner, its jaws up."""
    canvas.line([(x, 0.94), (x, 0.94 - length)], 0.026, GREY, caps=True)
    canvas.line(arc(x, 0.96, 0.03, 0.03, -40, 220), 0.02, GREY)
    canvas.oval(x, 0.93 - length, 0.026, 0.026, GREY)


def _brush(canvas: Canvas, x: float, colour: Colour) -> None:
    """A flat brush, its bristles down."""
    canvas.fill(rect(x - 0.08, 0.94, x + 0.08, 1.02), colour)
    canvas.fill(rect(x - 0.08, 0.86, x + 0.08, 0.94), [(70, 60, 50), (120, 104, 84), (70, 60, 50)])
    canvas.line([(x, 1.02), (x, 1.15)], 0.036, from_hex("#a5713c"), caps=True)


def _toolbox(canvas: Canvas, x: float) -> None:
    """A red tool box with two catches."""
    shade_below(canvas, x, 0.42, 0.26)
    red = (212, 48, 38)
    canvas.line([(x - 0.12, 0.66), (x - 0.12, 0.78), (x + 0.12, 0.78), (x + 0.12, 0.66)], 0.028, (48, 48, 56))
    canvas.fill([(x - 0.24, 0.6), (x - 0.19, 0.7), (x + 0.19, 0.7), (x + 0.24, 0.6)], shade(red, 1.4), shade(red, 1.1))
    canvas.fill(rect(x - 0.24, 0.4, x + 0.24, 0.6), red, shade(red, 0.6))
    canvas.fill(rect(x - 0.24, 0.585, x + 0.24, 0.605), shade(red, 0.5))
    for dx in (-0.13, 0.13):
        canvas.fill(rect(x + dx - 0.03, 0.55, x + dx + 0.03, 0.64), shade(STEEL, 1.5), shade(STEEL, 0.7))


def _bucket(canvas: Canvas, x: float) -> None:
    """A blue bucket full of water."""
    shade_below(canvas, x, 0.4, 0.17)
    blue, foot = from_hex("#3f8fd0"), arc(x, 0.39, 0.12, 0.025, 180, 360)
    canvas.line(arc(x, 0.7, 0.16, 0.15, 0, 180), 0.014, shade(STEEL, 0.6))
    canvas.fill([(x - 0.16, 0.7), (x - 0.12, 0.39), *foot, (x + 0.12, 0.39), (x + 0.16, 0.7)], tube(blue))
    canvas.fill(arc(x, 0.7, 0.16, 0.04), shade(blue, 1.5))
    canvas.fill(arc(x, 0.695, 0.14, 0.03), from_hex("#cfeaf5"), WHITE)
