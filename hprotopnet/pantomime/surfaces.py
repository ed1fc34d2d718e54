"""What tells the parent of an action: the ground underfoot and what stands at the back of it.

Painted once a clip over the setting, on the same `Canvas`; only `ripples` move. What stands at the actor itself is in
`apparatus`.
"""

import math
from itertools import pairwise
from random import Random

from PIL import Image

from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.settings import CREAM, GOLD, SHIRTS, STEEL, WHITE, Canvas, Painter, arc, folds, rect, tube
from hprotopnet.pantomime.shapes import Part
from hprotopnet.pantomime.stage import HORIZON, PARENT, Plane, Stage

FRONT = -0.25  # where a podium ends, so that what a setting has in front of it stays in view
BRASS = from_hex("#d9a13b")
WATERS = (("#a9ecec", "#38b6cf", "#1276ad", "#0b4f86"), ("#bfe6f5", "#5aa9dd", "#2b6cb8", "#1c4488"),
          ("#c4f0df", "#4fbfa8", "#1c8a8c", "#0f5d70"))  # fmt: skip
DARK = (12, 10, 22)
_HEXAGON = [(math.cos(math.radians(60 * k)), math.sin(math.radians(60 * k))) for k in range(6)]


def paint_surface(name: str, stage: Stage, look: Look, rng: Random) -> Image.Image:
    """The surface of a parent, RGBA at the stage's size, transparent where room and setting show."""
    canvas = Canvas(stage)
    SURFACES[name](canvas, look, rng)
    return canvas.image


def ripples(name: str, stage: Stage, time: float, look: Look) -> list[Part]:
    """What moves of a surface at `time` seconds: glints on water, flakes over snow, nothing elsewhere.

    Opaque parts of one polygon each, below shadows and everything that stands.
    """
    del look  # light and snow are white in every room
    paint = {"Water Sports": _glint, "Snow Sports": _flake}.get(name)
    count = round(8 * (stage.right - stage.left)) if paint else 0
    # Multiples of the plastic number's inverse powers fill the plane evenly and never clump.
    shapes = (paint(stage, time, i, (0.7548776662 * i) % 1, (0.5698402910 * i) % 1) for i in range(count))
    return [Part(-15.0, ((WHITE, tuple(shape)),), PARENT) for shape in shapes if shape]


def water(canvas: Canvas, look: Look, rng: Random) -> None:
    """A basin with waves, a rope of floats and lifebuoys on its rim."""
    light, *deep = map(from_hex, rng.choice(WATERS))
    canvas.fill(canvas.across(canvas.stage.bottom - 0.1, 0.5), light, *deep, deep[-1])
    width = canvas.stage.right - canvas.stage.left
    for k in range(round(5 * width)):
        x, depth = rng.uniform(canvas.stage.left, canvas.stage.right), rng.random()
        swell = _crescent(x, 0.4 - 1.3 * depth, 0.35 + 0.35 * depth, 0.03 + 0.04 * depth)
        canvas.fill(swell, (WHITE, deep[-1])[k % 2], alpha=70, blur=0.02)
    for _ in range(round(75 * width)):
        x, depth = rng.uniform(canvas.stage.left, canvas.stage.right), rng.random() ** 1.2
        tone = rng.choice(((WHITE, 0.6), (light, 0.65), (deep[-1], 0.4), (deep[0], 0.5)))
        wave = _crescent(x, 0.47 - 1.45 * depth, 0.05 + 0.17 * depth * rng.uniform(0.6, 1.3), 0.007 + 0.022 * depth)
        canvas.fill(wave, blend(deep[min(2, int(3 * depth))], *tone))
    for x in canvas.every(1.7, rng.uniform(0, 1.7), 0.3):
        for k in range(26):
            y, spread = 0.32 - 0.034 * k, 0.05 + 0.006 * k
            glint = _crescent(x + rng.uniform(-spread, spread), y, rng.uniform(0.02, 0.07), 0.012)
            canvas.fill(glint, blend(WHITE, CREAM, 0.4))
    canvas.fill(canvas.across(0.38, 0.49), (*DARK, 90), (*DARK, 0))
    canvas.fill(canvas.across(0.48, 0.575), WHITE, shade(STEEL, 1.3), shade(STEEL, 0.8))
    for x in canvas.every(0.11):
        canvas.fill(rect(x, 0.485, x + 0.1, 0.53), blend(light, deep[0], 0.7), blend(light, deep[1], 0.7))
    for i, x in enumerate(canvas.every(0.075)):
        y, colour = 0.36 + 0.008 * math.sin(3 * x), ((226, 54, 48), WHITE)[i // 4 % 2]
        canvas.fill(arc(x, y, 0.04, 0.026), shade(colour, 1.3), shade(colour, 0.95), shade(colour, 0.55))
        canvas.fill(arc(x, y - 0.045, 0.04, 0.012), colour, alpha=70)
    for x in canvas.every(1.5, 0.75 + rng.uniform(-0.15, 0.15), 0.3):
        _lifebuoy(canvas, x, 0.86)


def snow(canvas: Canvas, look: Look, rng: Random) -> None:
    """A slope with firs on its crest, tracks and slalom poles."""
    sky = from_hex(rng.choice(("#bcd7f2", "#c9d4f4", "#bfe3ee")))
    phase = rng.uniform(0, 6)
    places = sorted((0.5 + rng.uniform(0.0, 0.16), x + rng.uniform(-0.12, 0.12)) for x in canvas.every(0.3, 0, 0.3))
    for y, x in reversed(places):
        _fir(canvas, x, y + 0.06, rng.uniform(0.32, 0.62), sky)
    for y, swing, bottom in ((0.6, 0.05, 0.1), (0.3, 0.07, -0.3), (-0.02, 0.06, -0.65), (-0.38, 0.05, -1.1)):
        phase += 1.9
        crest = [
            (x, y + swing * math.sin(1.7 * x + phase) + 0.02 * math.sin(4.1 * x + phase))
            for x in canvas.every(0.12, 0, 0.2)
        ]
        drift = [*crest, (crest[-1][0], bottom), (crest[0][0], bottom)]
        if y < 0.5:
            canvas.fill([(px, py + 0.035) for px, py in drift], shade(sky, 0.86), alpha=150, blur=0.03)
        canvas.fill(drift, WHITE, blend(WHITE, sky, 0.25), blend(WHITE, sky, 0.75), shade(sky, 0.93))
    blue = shade(sky, 0.78)
    for x in canvas.every(1.5, rng.uniform(0, 1.5), 1.5):
        for gap in (0.0, 0.07):
            track = [
                (x + gap + 0.16 * math.sin(5 * t + x) + 0.5 * t, 0.5 - 1.55 * t) for t in (i / 24 for i in range(25))
            ]
            canvas.line(track, 0.016, blend(WHITE, blue, 0.7))
            canvas.line([(px + 0.01, py) for px, py in track], 0.006, WHITE)
    for i, x in enumerate(canvas.every(0.78, 0.39 + rng.uniform(-0.1, 0.1), 0.3)):
        _slalom(canvas, x, 0.36 + 0.05 * math.sin(5 * x), ((222, 48, 56), (38, 90, 200))[i % 2], blue)


def court(canvas: Canvas, look: Look, rng: Random) -> None:
    """A hard court with lines, a net along its back and hoops above it."""
    ground, rim = rng.choice((("#c9683c", "#3d7d5a"), ("#3f74b5", "#3d8a66"), ("#d89a52", "#b5512f")))
    ground, rim = from_hex(ground), from_hex(rim)
    canvas.fill(
        canvas.across(canvas.stage.bottom - 0.1, HORIZON + 0.01), shade(rim, 0.8), rim, shade(rim, 1.1), shade(rim, 0.8)
    )
    canvas.fill(canvas.across(-0.36, 0.4), shade(ground, 0.85), ground, shade(ground, 1.18), ground)
    for x in canvas.every(0.85, 0.2, 0.8):
        canvas.glow(x, 0.15, 0.55, 0.3, CREAM, 70)
    for y in (-0.36, 0.4, 0.18):
        canvas.fill(canvas.across(y - 0.014, y + 0.014), WHITE)
    for x in canvas.every(2.6, 1.3, 1.0):
        canvas.line(arc(x, -0.36, 0.75, 0.4, 0, 180), 0.026, WHITE)
        canvas.fill(rect(x - 0.013, -0.36, x + 0.013, 0.4), WHITE)
    for x in canvas.every(1.75, 0.95 + rng.uniform(-0.1, 0.1), 0.4):
        _hoop(canvas, x, rng)
    _net(canvas, 0.44, 0.76)


def strings(canvas: Canvas, look: Look, rng: Random) -> None:
    """A dark podium with a rug, golden harps and a rack of violins."""
    wood = blend(look.wood, (70, 34, 20), 0.6)
    _podium(canvas, shade(wood, 0.9), rng)
    rug = blend(look.accent, from_hex("#7d1a2c"), 0.5)
    canvas.fill(canvas.across(-0.2, 0.24), shade(GOLD, 0.8), GOLD)
    canvas.fill(canvas.across(-0.185, 0.228), shade(rug, 0.75), rug, shade(rug, 1.1))
    for y in (-0.155, 0.205):
        canvas.fill(canvas.across(y - 0.008, y + 0.008), shade(GOLD, 1.2))
    for i, x in enumerate(canvas.every(0.34, 0, 0.3)):
        for size, colour in ((1.0, GOLD), (0.78, shade(rug, 0.55)), (0.45, (CREAM, shade(GOLD, 1.3))[i % 2])):
            canvas.fill(
                [(x - 0.15 * size, 0.03), (x, 0.03 + 0.1 * size), (x + 0.15 * size, 0.03), (x, 0.03 - 0.1 * size)],
                colour,
            )
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(1.5, -0.75 + start, 0.5):
        _harp(canvas, x, 0.4)
    for x in canvas.every(1.5, start, 0.6):
        _violins(canvas, x, rng)


def winds(canvas: Canvas, look: Look, rng: Random) -> None:
    """Banks of organ pipes, bells of brass between them."""
    wood = blend(look.wood, from_hex("#8a4b22"), 0.4)
    _podium(canvas, blend(wood, CREAM, 0.25), rng)
    start, metal = rng.uniform(-0.1, 0.1), rng.choice((STEEL, blend(GOLD, CREAM, 0.35)))
    for x in canvas.every(1.5, -0.75 + start, 0.6):
        _organ(canvas, x, wood, metal)
    for x in canvas.every(1.5, start, 0.4):
        _bell(canvas, x - 0.2, 0.66, 0.2)
        _bell(canvas, x + 0.2, 0.58, 0.15)


def percussion(canvas: Canvas, look: Look, rng: Random) -> None:
    """Round risers with gongs, kettledrums and cymbals."""
    carpet = blend(look.accent, (40, 36, 48), 0.7)
    canvas.fill(canvas.across(FRONT, HORIZON + 0.005), shade(carpet, 0.7), carpet, shade(carpet, 1.15))
    canvas.fill(canvas.across(FRONT - 0.05, FRONT), shade(carpet, 0.7), shade(carpet, 0.35))
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(2.1, start, 1.2):
        _riser(canvas, x, 0.02, 0.92, 0.2, look)
    for x in canvas.every(1.6, -0.8 + start, 0.6):
        _gong(canvas, x, 0.44, look)
    for x in canvas.every(1.6, start, 0.6):
        _kettle(canvas, x - 0.24, 0.38)
        _cymbal(canvas, x + 0.22, 0.4, 1.13)


def mats(canvas: Canvas, look: Look, rng: Random) -> None:
    """A floor of gym mats with seams, rolled mats behind it."""
    first, second = rng.choice(
        (((36, 96, 190), (54, 140, 214)), ((36, 96, 190), (204, 56, 58)), ((30, 130, 140), (40, 96, 180)))
    )
    edges = (0.42, 0.32, 0.2, 0.06, -0.11, -0.3)
    for row, (top, bottom) in enumerate(pairwise(edges)):
        for i, x in enumerate(canvas.every(0.62, 0, 0.62)):
            colour = shade((first, second)[(i + row) % 2], 0.9 + 0.07 * row)
            canvas.fill(rect(x, bottom, x + 0.62, top), shade(colour, 1.12), colour, shade(colour, 0.92))
            canvas.fill(rect(x + 0.03, top - 0.022, x + 0.59, top - 0.012), shade(colour, 1.35))
            canvas.fill(rect(x, bottom, x + 0.62, bottom + 0.01), shade(colour, 0.55))
            canvas.fill(rect(x + 0.608, bottom, x + 0.62, top), shade(colour, 0.6))
    for x in canvas.every(1.3, 0.4, 0.6):
        canvas.glow(x, 0.05, 0.7, 0.28, WHITE, 60)
    canvas.fill(canvas.across(0.2, 0.42), (*DARK, 120), (*DARK, 0))
    canvas.fill(canvas.across(-0.36, -0.3), shade(first, 0.75), shade(first, 0.4))
    canvas.fill(canvas.across(-0.42, -0.36), (*DARK, 110), (*DARK, 0))
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(1.5, -0.75 + start, 0.5):
        _rolls(canvas, x, (first, shade(SHIRTS[1], 0.95), second))
    for x in canvas.every(1.5, start, 0.5):
        _stack(canvas, x, (second, first))


def frames(canvas: Canvas, look: Look, rng: Random) -> None:
    """Climbing frames of painted steel, crash mats below them."""
    rubber = blend(look.floor, (70, 76, 88), 0.65)
    canvas.fill(canvas.across(-0.32, HORIZON), shade(rubber, 0.7), rubber, shade(rubber, 1.15))
    for _ in range(round(90 * (canvas.stage.right - canvas.stage.left))):
        x, y = rng.uniform(canvas.stage.left, canvas.stage.right), rng.uniform(-0.31, 0.48)
        canvas.oval(x, y, 0.012, 0.004, rng.choice((shade(rubber, 1.4), shade(rubber, 0.7), shade(SHIRTS[1], 0.9))))
    canvas.fill(canvas.across(-0.35, -0.32), shade(rubber, 0.6), shade(rubber, 0.3))
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
    colours = [from_hex(c) for c in ("#ffcf33", "#ff7a45", "#ef4f91", "#7a5be0", "#2fb5e8", "#35c48b")]
    start = rng.randrange(6)
    canvas.fill(canvas.across(-0.42, -0.2), (24, 26, 40), (44, 46, 60))
    for x in canvas.every(0.15, 0, 0.1):
        zigzag = [(x + 0.05 * (-1) ** k, -0.24 - 0.024 * k) for k in range(8)]
        canvas.line(zigzag, 0.022, shade(STEEL, 0.6))
        canvas.line([(px - 0.004, py + 0.004) for px, py in zigzag], 0.01, shade(STEEL, 1.5))
    for i, x in enumerate(canvas.every(0.9, 0.45, 0.9)):
        for k, (y, size) in enumerate(((0.31, 0.86), (0.0, 1.0))):
            colour = colours[(start + i + 3 * k) % 6]
            canvas.fill(rect(x - 0.45, y - 0.2, x + 0.45, y + 0.13), shade(colour, 0.85), colour, shade(colour, 1.25))
            canvas.fill(rect(x + 0.44, y - 0.2, x + 0.455, y + 0.13), shade(colour, 0.6))
            _bed(canvas, x, y - 0.035, 0.37 * size, 0.115 * size)
    canvas.fill(canvas.across(-0.25, -0.19), WHITE, shade(STEEL, 0.9), shade(STEEL, 0.5))
    canvas.fill(canvas.across(0.2, 0.44), (*DARK, 100), (*DARK, 0))
    _bouncy_wall(canvas, colours, start)


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
    canvas.fill(canvas.across(0.4, 0.9), shade(front, 1.05), shade(front, 0.72))
    canvas.fill(canvas.across(0.4, 0.45), (40, 36, 40))
    for x in canvas.every(0.475, start, 0.5):
        _door(canvas, x, front)
    canvas.fill(canvas.across(0.84, 0.885), shade(look.wood, 1.1), shade(look.wood, 0.6))
    canvas.fill(canvas.across(0.885, 0.93), shade(look.wood, 1.5), shade(look.wood, 1.15))
    for x in canvas.every(1.9, start, 1.0):
        _stove(canvas, x, look)
    canvas.fill(canvas.across(0.28, 0.4), (*DARK, 90), (*DARK, 0))


def bathroom(canvas: Canvas, look: Look, rng: Random) -> None:
    """Tiles, basins below mirrors, tubs full of foam, towels on their rail."""
    tile = from_hex(rng.choice(("#bfe6e8", "#cfe0f5", "#d5efe0", "#f3dfe3")))
    canvas.fill(canvas.across(HORIZON, 1.02), shade(tile, 1.4), tile, shade(tile, 0.88))
    _tiling(canvas, canvas.stage.left, HORIZON, canvas.stage.right, 1.0, 0.125, WHITE)
    canvas.fill(
        canvas.across(0.965, 1.02), shade(blend(tile, (30, 90, 120), 0.55), 1.1), blend(tile, (30, 90, 120), 0.7)
    )
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
    _planks(canvas, canvas.stage.bottom - 0.1, HORIZON, blend(look.wood, from_hex("#b98b58"), 0.6), rng)
    start = rng.uniform(-0.08, 0.08)
    for x in canvas.every(1.6, -0.8 + start, 0.7):
        _pegboard(canvas, x, look)
    for x in canvas.every(1.6, start - 0.1, 0.5):
        _toolbox(canvas, x - 0.2)
        _bucket(canvas, x + 0.24)


SURFACES: dict[str, Painter] = {
    "Water Sports": water,
    "Snow Sports": snow,
    "Ball Sports": court,
    "String Instruments": strings,
    "Wind Instruments": winds,
    "Percussion Instruments": percussion,
    "Floor Exercise": mats,
    "Apparatus Exercise": frames,
    "Jumping Exercise": springs,
    "Cooking": kitchen,
    "Grooming": bathroom,
    "Chores": workshop,
}


def _crescent(x: float, y: float, length: float, height: float) -> list[Plane]:
    """A wave's stroke, thick in the middle."""
    over = [(x + length * t, y + height * (1 - t * t)) for t in (-1, -0.6, -0.2, 0.2, 0.6, 1)]
    return [*over, *((px, y + (py - y) * 0.2) for px, py in reversed(over[1:-1]))]


def _glint(stage: Stage, time: float, i: int, u: float, v: float) -> list[Plane]:
    """A stroke of light that drifts and swells; none while it is out."""
    swell = math.sin(2.1 * time + 2.4 * i)
    if swell < -0.3:
        return []
    x = stage.left + (stage.right - stage.left) * ((u + 0.01 * time * (1 + v)) % 1)
    y = 0.33 - 1.2 * v + 0.012 * math.sin(1.7 * time + i)
    return _crescent(x, y, (0.03 + 0.09 * v) * (0.5 + 0.5 * swell), 0.012 + 0.01 * v)


def _flake(stage: Stage, time: float, i: int, u: float, v: float) -> list[Plane]:
    """A flake that sinks and sways over the slope."""
    x = stage.left + (stage.right - stage.left) * u + 0.07 * math.sin(1.3 * time + 5 * v)
    y, r = 1.0 - 1.9 * ((v + time * (0.16 + 0.08 * u)) % 1), 0.011 + 0.004 * (i % 3)
    return [(x + r * dx, y + r * dy) for dx, dy in _HEXAGON]


def _shade_below(canvas: Canvas, x: float, y: float, width: float) -> None:
    """The shadow of something that stands at the back."""
    canvas.fill(arc(x + 0.04, y, width, 0.05), DARK, alpha=110, blur=0.03)


def _lifebuoy(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill(rect(x - 0.025, 0.53, x + 0.025, 0.98), tube(from_hex("#d8dde4")))
    canvas.fill(arc(x + 0.015, y - 0.02, 0.17, 0.17), DARK, alpha=80, blur=0.02)
    for i in range(8):
        colour = ((230, 58, 44), WHITE)[i % 2]
        ring = [
            *arc(x, y, 0.165, 0.165, 45 * i + 22, 45 * i + 68),
            *reversed(arc(x, y, 0.085, 0.085, 45 * i + 22, 45 * i + 68)),
        ]
        canvas.fill(ring, shade(colour, 1.15), shade(colour, 0.85))
    canvas.line(arc(x, y, 0.14, 0.14, 60, 150), 0.014, shade(WHITE, 1.0))


def _fir(canvas: Canvas, x: float, y: float, height: float, sky: Colour) -> None:
    green = blend(from_hex("#2f6b55"), sky, 0.12)
    canvas.fill(rect(x - 0.02, y - 0.05, x + 0.02, y + 0.1 * height), from_hex("#5b4031"))
    for k in range(4):
        low, wide = y + height * (0.08 + 0.2 * k), 0.34 * height * (1 - 0.2 * k)
        top = low + 0.34 * height
        canvas.fill([(x - wide, low), (x, top), (x + wide, low)], [shade(green, 1.15), green, shade(green, 0.62)])
        canvas.fill(
            [
                (x - wide, low),
                (x, top),
                (x + 0.35 * wide, low + 0.2 * height),
                (x - 0.1 * wide, low + 0.12 * height),
                (x - 0.4 * wide, low + 0.1 * height),
            ],
            blend(WHITE, sky, 0.15),
        )


def _slalom(canvas: Canvas, x: float, y: float, colour: Colour, blue: Colour) -> None:
    canvas.line([(x, y), (x + 0.22, y - 0.05)], 0.016, blend(WHITE, blue, 0.6))
    canvas.fill(rect(x - 0.012, y, x + 0.012, y + 0.55), [shade(colour, f) for f in (1.2, 1.0, 0.6)])
    flag = [
        (x, y + 0.54),
        (x + 0.1, y + 0.56),
        (x + 0.22, y + 0.52),
        (x + 0.22, y + 0.37),
        (x + 0.1, y + 0.41),
        (x, y + 0.39),
    ]
    canvas.fill(flag, [shade(colour, f) for f in (1.0, 1.25, 0.85, 1.05)])
    canvas.fill(arc(x, y, 0.05, 0.015), WHITE)


def _hoop(canvas: Canvas, x: float, rng: Random) -> None:
    _shade_below(canvas, x, 0.42, 0.22)
    canvas.fill(rect(x - 0.03, 0.42, x + 0.03, 1.1), tube(shade(STEEL, 0.8)))
    canvas.fill(rect(x - 0.16, 0.4, x + 0.16, 0.46), shade(STEEL, 0.7), shade(STEEL, 0.35))
    canvas.fill(rect(x - 0.3, 1.02, x + 0.3, 1.42), (30, 40, 60))
    canvas.fill(rect(x - 0.28, 1.04, x + 0.28, 1.4), WHITE, from_hex("#dfe8f0"))
    canvas.line([*rect(x - 0.11, 1.1, x + 0.11, 1.26), (x - 0.11, 1.1)], 0.02, (220, 60, 40))
    for i in range(7):
        u = i / 3 - 1
        canvas.line([(x + 0.13 * u, 1.06), (x + 0.08 * u, 0.86)], 0.01, (240, 240, 240))
    for y, w in ((0.98, 0.11), (0.9, 0.09)):
        canvas.line(arc(x, y, w, 0.02, 180, 360), 0.008, (240, 240, 240))
    canvas.line(arc(x, 1.06, 0.14, 0.035), 0.024, (240, 96, 30))


def _net(canvas: Canvas, bottom: float, top: float) -> None:
    for x in canvas.every(0.055):
        canvas.line([(x, bottom), (x, top)], 0.006, (36, 44, 52))
    for i in range(7):
        y = bottom + (top - bottom) * i / 6
        canvas.fill(canvas.across(y - 0.003, y + 0.003), (36, 44, 52))
    canvas.fill(canvas.across(top - 0.035, top + 0.015), WHITE, shade(WHITE, 0.8))
    for x in canvas.every(1.3, 0.65, 0.2):
        canvas.fill(rect(x - 0.022, bottom - 0.05, x + 0.022, top + 0.04), tube((50, 90, 70)))


def _planks(canvas: Canvas, bottom: float, top: float, wood: Colour, rng: Random) -> None:
    """Boards along the picture, wider towards the viewer."""
    y, height = top, 0.045
    while y > bottom:
        light = 0.85 + 0.3 * min(1.0, (top - y) / 0.7)
        for x in canvas.every(0.85, rng.uniform(0, 0.85), 0.85):
            board = shade(wood, light * rng.uniform(0.9, 1.06))
            canvas.fill(rect(x, y - height, x + 0.845, y), board)
            canvas.fill(rect(x, y - 0.008, x + 0.845, y), shade(board, 1.25))
            canvas.line(
                [(x + 0.1, y - 0.6 * height), (x + rng.uniform(0.3, 0.7), y - 0.5 * height)], 0.005, shade(board, 0.85)
            )
        canvas.fill(canvas.across(y - height, y - height + 0.006), shade(wood, 0.5))
        y, height = y - height, height * 1.1
    canvas.fill(canvas.across(top - 0.18, top), (*DARK, 120), (*DARK, 0))


def _podium(canvas: Canvas, wood: Colour, rng: Random) -> None:
    """Planks up to a front edge with a moulding."""
    _planks(canvas, FRONT + 0.04, HORIZON, wood, rng)
    canvas.fill(canvas.across(FRONT - 0.055, FRONT + 0.005), shade(wood, 1.35), shade(wood, 0.7), shade(wood, 0.4))
    canvas.fill(canvas.across(FRONT - 0.0, FRONT + 0.012), shade(GOLD, 1.2))


def _harp(canvas: Canvas, x: float, y: float) -> None:
    """A golden harp: pillar, neck, sounding board and strings."""
    _shade_below(canvas, x + 0.05, y, 0.26)
    for i in range(10):
        t = i / 9
        canvas.line(
            [(x - 0.17 + 0.32 * t, y + 0.9 - 0.1 * math.sin(3 * t)), (x - 0.1 + 0.29 * t, y + 0.12 + 0.56 * t)],
            0.006,
            CREAM,
        )
    neck = [
        (x - 0.2 + 0.4 * t, y + 0.93 - 0.1 * math.sin(math.pi * 1.25 * t) - 0.1 * t)
        for t in (k / 10 for k in range(11))
    ]
    for width, tone in ((0.075, 0.5), (0.055, 1.0), (0.02, 1.45)):
        canvas.line(neck, width, shade(BRASS, tone), caps=True)
        canvas.line([(x - 0.12, y + 0.08), (x + 0.2, y + 0.76)], 1.3 * width, shade(BRASS, tone * 0.95), caps=True)
        canvas.line([(x - 0.2, y + 0.06), (x - 0.2, y + 0.92)], 0.9 * width, shade(BRASS, tone * 1.05), caps=True)
    canvas.oval(x - 0.2, y + 0.98, 0.055, 0.055, shade(BRASS, 0.6))
    canvas.oval(x - 0.205, y + 0.985, 0.04, 0.04, shade(BRASS, 1.3))
    canvas.fill(rect(x - 0.27, y - 0.03, x + 0.0, y + 0.06), shade(BRASS, 1.2), shade(BRASS, 0.55))


def _violins(canvas: Canvas, x: float, rng: Random) -> None:
    """A rack with three violins hung side by side."""
    _shade_below(canvas, x, 0.42, 0.4)
    rack = from_hex("#4a2a1a")
    for dx in (-0.38, 0.38):
        canvas.fill(rect(x + dx - 0.022, 0.42, x + dx + 0.022, 1.2), tube(rack))
    canvas.fill(rect(x - 0.42, 1.13, x + 0.42, 1.19), shade(rack, 1.4), shade(rack, 0.7))
    for dx in (-0.24, 0.0, 0.24):
        _violin(canvas, x + dx, 0.66, from_hex(rng.choice(("#a8541f", "#8a3c18", "#c27a34"))))


def _violin(canvas: Canvas, x: float, y: float, wood: Colour) -> None:
    for grow, tone in ((0.014, 0.4), (0.0, 1.0)):
        for dy, w, h in ((-0.02, 0.095, 0.1), (0.14, 0.075, 0.085)):
            canvas.fill(arc(x, y + dy, w + grow, h + grow), [shade(wood, tone * f) for f in (1.1, 1.3, 1.0, 0.7)])
        canvas.fill(
            rect(x - 0.055 - grow, y, x + 0.055 + grow, y + 0.12),
            [shade(wood, tone * f) for f in (1.25, 1.3, 1.0, 0.8)],
        )
    canvas.fill(rect(x - 0.016, y + 0.1, x + 0.016, y + 0.46), [(70, 50, 40), (34, 24, 22)])
    canvas.fill(rect(x - 0.014, y - 0.1, x + 0.014, y), (40, 28, 26))
    canvas.fill(rect(x - 0.035, y + 0.035, x + 0.035, y + 0.048), CREAM)
    for dx in (-0.045, 0.045):
        canvas.line([(x + dx, y + 0.02), (x + dx * 0.9, y + 0.09)], 0.011, (50, 24, 14))
    canvas.line([(x, y - 0.08), (x, y + 0.44)], 0.005, CREAM)
    canvas.oval(x, y + 0.48, 0.022, 0.03, shade(wood, 0.7))


def _organ(canvas: Canvas, x: float, wood: Colour, metal: Colour) -> None:
    """Nine pipes in a wooden case, the longest in the middle."""
    _shade_below(canvas, x, 0.4, 0.45)
    canvas.fill(rect(x - 0.41, 0.6, x + 0.41, 1.05), shade(wood, 0.5), shade(wood, 0.3))
    for i in range(9):
        px, top = x - 0.36 + 0.09 * i, 1.42 - 0.075 * abs(i - 4)
        canvas.fill(rect(px - 0.043, 0.64, px + 0.043, top), tube(metal))
        canvas.fill(arc(px, top, 0.043, 0.014), shade(metal, 0.3))
        canvas.fill([(px - 0.025, 0.76), (px, 0.83), (px + 0.025, 0.76)], shade(metal, 0.3))
    for dx in (-0.43, 0.43):
        canvas.fill(rect(x + dx - 0.035, 0.4, x + dx + 0.035, 1.17), tube(wood))
        canvas.oval(x + dx, 1.19, 0.045, 0.045, shade(GOLD, 1.1))
    canvas.fill(rect(x - 0.44, 0.4, x + 0.44, 0.66), shade(wood, 1.25), shade(wood, 0.65))
    for dx in (-0.28, 0.0, 0.28):
        canvas.fill(rect(x + dx - 0.11, 0.44, x + dx + 0.11, 0.61), shade(wood, 0.65), shade(wood, 1.0))
    canvas.fill(rect(x - 0.46, 0.64, x + 0.46, 0.69), shade(GOLD, 1.2), shade(wood, 0.8))


def _bell(canvas: Canvas, x: float, y: float, r: float) -> None:
    """The bell of a horn on its stand, turned to the viewer."""
    _shade_below(canvas, x, 0.4, 0.13)
    canvas.line([(x, y - r), (x, 0.42)], 0.025, (46, 46, 54))
    canvas.line([(x - 0.1, 0.39), (x, 0.46), (x + 0.1, 0.39)], 0.02, (46, 46, 54))
    canvas.line(arc(x + 0.1, y - 0.75 * r, 0.55 * r, 0.62 * r), 0.035, shade(BRASS, 0.75))
    for size, tones in (
        (1.0, (0.45, 0.4)),
        (0.95, (1.5, 0.85)),
        (0.84, (0.75, 1.35)),
        (0.55, (0.6, 1.1)),
        (0.32, (0.3, 0.5)),
    ):
        canvas.fill(arc(x, y, r * size, r * size), *(shade(BRASS, tone) for tone in tones))
    canvas.line(arc(x, y, 0.9 * r, 0.9 * r, 100, 165), 0.016, from_hex("#fff3cc"))


def _riser(canvas: Canvas, x: float, y: float, width: float, height: float, look: Look) -> None:
    """A round platform with a lit rim."""
    canvas.fill(arc(x, y - 0.1, width + 0.04, height), DARK, alpha=110, blur=0.04)
    canvas.fill(
        [*arc(x, y - 0.07, width, height, 180, 360), *arc(x, y, width, height, 0, 180)],
        [shade(look.wood, f) for f in (0.4, 0.9, 1.0, 0.6, 0.3)],
    )
    canvas.fill(arc(x, y, width, height), shade(GOLD, 1.2), GOLD)
    canvas.fill(arc(x, y, 0.975 * width, 0.96 * height), shade(look.wood, 0.9), shade(look.wood, 1.3))
    canvas.line(arc(x, y, 0.7 * width, 0.7 * height), 0.016, shade(look.wood, 0.7))


def _gong(canvas: Canvas, x: float, y: float, look: Look) -> None:
    """A gong in its frame."""
    _shade_below(canvas, x, y, 0.4)
    frame = blend(from_hex("#7d1f1c"), look.wood, 0.3)
    for dx in (-0.38, 0.38):
        canvas.fill(rect(x + dx - 0.03, y, x + dx + 0.03, y + 0.88), tube(frame))
        canvas.fill(rect(x + dx - 0.11, y - 0.03, x + dx + 0.11, y + 0.03), shade(frame, 1.1), shade(frame, 0.5))
    canvas.fill(rect(x - 0.46, y + 0.84, x + 0.46, y + 0.91), shade(frame, 1.4), shade(frame, 0.6))
    for dx in (-0.16, 0.16):
        canvas.line([(x + dx, y + 0.85), (x + dx, y + 0.68)], 0.012, (40, 30, 26))
    for size, tones in (
        (1.0, (0.35, 0.3)),
        (0.96, (1.35, 0.6)),
        (0.8, (0.85, 1.05)),
        (0.74, (1.2, 0.6)),
        (0.26, (0.6, 0.9)),
        (0.22, (1.5, 0.9)),
    ):
        canvas.fill(arc(x, y + 0.45, 0.3 * size, 0.3 * size), *(shade(from_hex("#c98a2e"), tone) for tone in tones))


def _kettle(canvas: Canvas, x: float, y: float) -> None:
    """A kettledrum of copper."""
    _shade_below(canvas, x, y, 0.2)
    copper = from_hex("#c46a35")
    for dx in (-0.13, 0.0, 0.13):
        canvas.line([(x + 0.6 * dx, y + 0.15), (x + dx, y)], 0.02, shade(STEEL, 0.6))
    canvas.fill(arc(x, y + 0.36, 0.21, 0.28, 180, 360), [shade(copper, f) for f in (0.5, 1.1, 1.5, 0.95, 0.7, 0.45)])
    canvas.fill([*arc(x, y + 0.36, 0.225, 0.06, 180, 360), *arc(x, y + 0.4, 0.225, 0.06, 0, 180)], tube(STEEL))
    canvas.fill(arc(x, y + 0.4, 0.215, 0.055), CREAM, shade(CREAM, 0.86))


def _cymbal(canvas: Canvas, x: float, y: float, top: float) -> None:
    """Two cymbals on a stand."""
    _shade_below(canvas, x, y, 0.16)
    for dx in (-0.12, 0.12):
        canvas.line([(x, y + 0.2), (x + dx, y)], 0.018, shade(STEEL, 0.6))
    canvas.fill(rect(x - 0.012, y, x + 0.012, top + 0.05), tube(STEEL))
    for cy, size, tilt in ((top, 0.24, 0.05), (top - 0.2, 0.16, -0.03)):
        plate = [(px, py + tilt * (px - x) / size) for px, py in arc(x, cy, size, 0.05)]
        canvas.fill([(px, py - 0.012) for px, py in plate], shade(BRASS, 0.4))
        canvas.fill(plate, [shade(BRASS, f) for f in (0.8, 1.5, 1.0, 0.7, 1.35, 0.8)])
        canvas.oval(x, cy + 0.02, 0.045, 0.022, shade(BRASS, 1.3))


def _rolls(canvas: Canvas, x: float, colours: tuple[Colour, ...]) -> None:
    """Three rolled mats, two below and one on top."""
    _shade_below(canvas, x, 0.44, 0.4)
    for dx, y, colour in ((-0.19, 0.58, colours[0]), (0.19, 0.58, colours[2]), (0.0, 0.88, colours[1])):
        for size, tone in (
            (0.175, 0.45),
            (0.163, 1.1),
            (0.13, 0.6),
            (0.12, 1.0),
            (0.085, 0.55),
            (0.076, 1.0),
            (0.035, 0.4),
        ):
            canvas.fill(arc(x + dx, y, size, size), shade(colour, 1.25 * tone), shade(colour, 0.85 * tone))


def _stack(canvas: Canvas, x: float, colours: tuple[Colour, ...]) -> None:
    """A pile of mats with handles."""
    _shade_below(canvas, x, 0.42, 0.42)
    for i in range(4):
        y, colour, dx = 0.42 + 0.115 * i, colours[i % 2], 0.02 * (-1) ** i
        canvas.fill(
            rect(x - 0.34 + dx, y, x + 0.34 + dx, y + 0.11),
            shade(colour, 1.25),
            shade(colour, 0.95),
            shade(colour, 0.6),
        )
        canvas.fill(rect(x - 0.08 + dx, y + 0.035, x + 0.08 + dx, y + 0.06), shade(WHITE, 0.92))
    canvas.fill(
        [(x - 0.3, 0.88), (x + 0.38, 0.88), (x + 0.32, 0.95), (x - 0.24, 0.95)],
        shade(colours[1], 1.35),
        shade(colours[1], 1.15),
    )


def _crash_mat(canvas: Canvas, x: float, colour: Colour) -> None:
    canvas.fill(rect(x - 0.6, 0.2, x + 0.66, 0.3), DARK, alpha=120, blur=0.03)
    canvas.fill(
        [(x - 0.6, 0.36), (x + 0.6, 0.36), (x + 0.56, 0.52), (x - 0.56, 0.52)], shade(colour, 1.15), shade(colour, 1.45)
    )
    canvas.fill(rect(x - 0.6, 0.24, x + 0.6, 0.36), shade(colour, 0.95), shade(colour, 0.6))
    for dx in (-0.3, 0.3):
        canvas.fill(rect(x + dx - 0.07, 0.285, x + dx + 0.07, 0.31), shade(WHITE, 0.9))


def _horse(canvas: Canvas, x: float, rng: Random) -> None:
    """A vaulting horse with pommels."""
    _shade_below(canvas, x, 0.42, 0.28)
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
        canvas.fill(rect(x - 0.55, y - 0.015, x + 0.0, y + 0.02), shade(STEEL, 1.5), STEEL, shade(STEEL, 0.5))
    for k in range(7):
        canvas.line([(x + 0.04 + 0.08 * k, 0.5), (x + 0.04 + 0.08 * k, 1.3)], 0.012, from_hex("#e9d9b0"))
        canvas.line([(x + 0.0, 0.6 + 0.1 * k), (x + 0.55, 0.6 + 0.1 * k)], 0.012, from_hex("#d5c08c"))
    for dx in (-0.56, 0.0, 0.56):
        canvas.fill(rect(x + dx - 0.035, 0.42, x + dx + 0.035, 1.42), tube(steel))
        canvas.oval(x + dx, 1.42, 0.05, 0.04, shade(steel, 1.2))
    canvas.fill(rect(x - 0.6, 1.3, x + 0.6, 1.37), shade(steel, 1.5), steel, shade(steel, 0.5))


def _bouncy_wall(canvas: Canvas, colours: list[Colour], start: int) -> None:
    """Inflated towers with a bulging wall between them."""
    for k, y in enumerate((0.46, 0.6, 0.74)):
        for i, x in enumerate(canvas.every(0.5, 0.25 * (k % 2), 0.5)):
            colour = colours[(start + i + k) % 6]
            canvas.fill(arc(x, y, 0.27, 0.085), shade(colour, 1.4), colour, shade(colour, 0.6))
    for i, x in enumerate(canvas.every(1.25, 0.62, 0.4)):
        colour = colours[(start + 2 * i + 1) % 6]
        for y in (0.46, 0.62, 0.78, 0.94):
            canvas.fill(arc(x, y, 0.15, 0.1), [shade(colour, f) for f in (0.7, 1.2, 1.4, 1.0, 0.6)])
        canvas.fill(
            [*arc(x, 1.04, 0.17, 0.05, 180, 360), (x, 1.36)],
            [shade(colours[(start + 2 * i + 4) % 6], f) for f in (0.8, 1.35, 1.0, 0.65)],
        )
        canvas.oval(x, 1.36, 0.035, 0.035, shade(GOLD, 1.3))


def _bed(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """A round trampoline let into the floor: cloth on springs."""
    canvas.fill(arc(x, y, width, height), (14, 16, 28), (40, 42, 58))
    for outer, inner in zip(arc(x, y, width, height), arc(x, y, 0.8 * width, 0.8 * height), strict=True):
        canvas.line([outer, inner], 0.014, shade(STEEL, 1.2))
    canvas.fill(arc(x, y, 0.8 * width, 0.8 * height), (40, 46, 74), (70, 80, 120))
    canvas.line(arc(x, y, 0.76 * width, 0.76 * height), 0.01, (110, 122, 170))
    canvas.line(arc(x, y, width, height), 0.018, shade(WHITE, 0.95))


def _diamonds(canvas: Canvas, light: Colour, dark: Colour, size: float = 0.4) -> None:
    """Square tiles laid askew, as the pitch of the view foreshortens them."""
    half, flat = size / 2, size / 2 * 0.36
    bottom = canvas.stage.bottom - 0.1
    canvas.fill(canvas.across(bottom, HORIZON), shade(light, 0.8), light, shade(light, 1.2), light)
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


def _door(canvas: Canvas, x: float, colour: Colour) -> None:
    canvas.fill(rect(x + 0.015, 0.46, x + 0.46, 0.83), shade(colour, 0.55))
    canvas.fill(rect(x + 0.022, 0.465, x + 0.453, 0.825), shade(colour, 1.3), shade(colour, 0.95))
    canvas.fill(rect(x + 0.07, 0.51, x + 0.405, 0.78), shade(colour, 0.85), shade(colour, 1.1))
    canvas.fill(rect(x + 0.17, 0.79, x + 0.31, 0.81), shade(STEEL, 1.4), shade(STEEL, 0.6))


def _stove(canvas: Canvas, x: float, look: Look) -> None:
    """An oven with pots on it, below a hood."""
    canvas.fill(rect(x - 0.3, 0.43, x + 0.3, 0.92), shade(STEEL, 1.4), shade(STEEL, 0.75))
    canvas.fill(rect(x - 0.24, 0.49, x + 0.24, 0.74), (30, 30, 38), (70, 58, 52))
    canvas.glow(x, 0.56, 0.2, 0.09, (255, 160, 60), 200)
    for dx in (-0.18, -0.06, 0.06, 0.18):
        canvas.oval(x + dx, 0.82, 0.028, 0.028, (40, 42, 50))
    canvas.fill(rect(x - 0.31, 0.9, x + 0.31, 0.94), (52, 54, 62), (24, 24, 30))
    for dx, colour, height in ((-0.15, (206, 58, 44), 0.15), (0.15, STEEL, 0.1)):
        _pot(canvas, x + dx, 0.94, 0.1, height, colour)
    canvas.fill(
        [(x - 0.32, 1.3), (x + 0.32, 1.3), (x + 0.12, 1.5), (x - 0.12, 1.5)],
        [shade(STEEL, f) for f in (0.8, 1.5, 1.1, 0.7)],
    )
    canvas.fill(rect(x - 0.34, 1.25, x + 0.34, 1.31), shade(STEEL, 1.2), shade(STEEL, 0.55))
    canvas.fill(rect(x - 0.1, 1.5, x + 0.1, 2.0), tube(STEEL))


def _pot(canvas: Canvas, x: float, y: float, width: float, height: float, colour: Colour) -> None:
    canvas.line(
        [(x - 1.25 * width, y + 0.75 * height), (x + 1.25 * width, y + 0.75 * height)], 0.02, (40, 38, 44), caps=True
    )
    canvas.fill(rect(x - width, y, x + width, y + height), tube(colour))
    canvas.fill(arc(x, y + height, width, 0.03), shade(colour, 1.4), shade(colour, 0.8))
    canvas.oval(x, y + height + 0.035, 0.018, 0.015, (40, 38, 44))


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
    """A basin on its pedestal, a round mirror with a lamp above it."""
    canvas.fill(arc(x + 0.02, 1.25, 0.23, 0.25), DARK, alpha=80, blur=0.02)
    canvas.fill(arc(x, 1.27, 0.23, 0.25), shade(GOLD, 1.3), shade(GOLD, 0.65))
    canvas.fill(arc(x, 1.27, 0.2, 0.22), *map(from_hex, ("#f6fcff", "#b4d4e4", "#86b0c8")))
    for dx in (-0.06, 0.06):
        canvas.fill(
            [(x + dx - 0.09, 1.15), (x + dx - 0.05, 1.13), (x + dx + 0.09, 1.39), (x + dx + 0.05, 1.41)],
            WHITE,
            alpha=120,
        )
    _shade_below(canvas, x, 0.4, 0.16)
    canvas.fill(
        [(x - 0.07, 0.78), (x - 0.11, 0.38), (x + 0.11, 0.38), (x + 0.07, 0.78)],
        [shade(WHITE, f) for f in (0.82, 1.0, 0.9, 0.65)],
    )
    canvas.fill(arc(x, 0.9, 0.31, 0.17, 180, 360), [shade(WHITE, f) for f in (0.8, 1.0, 0.95, 0.7)])
    canvas.fill(arc(x, 0.9, 0.33, 0.05), WHITE, shade(WHITE, 0.88))
    canvas.fill(arc(x, 0.9, 0.26, 0.032), from_hex("#9fc4d6"), from_hex("#d8eef6"))
    canvas.line(
        [(x, 0.9), (x, 1.0), (x, 1.02), (x + 0.07, 1.01), (x + 0.08, 0.96)], 0.026, shade(STEEL, 0.8), caps=True
    )


def _tub(canvas: Canvas, x: float, rng: Random) -> None:
    """A bath on golden feet, full of foam, with a shower above it."""
    _shade_below(canvas, x, 0.38, 0.6)
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
    """A board with a saw, spanners, screwdrivers and a brush."""
    canvas.fill(rect(x - 0.48, 0.58, x + 0.52, 1.2), DARK, alpha=90, blur=0.025)
    canvas.fill(rect(x - 0.5, 0.6, x + 0.5, 1.24), shade(look.wood, 0.8), shade(look.wood, 0.5))
    canvas.fill(rect(x - 0.47, 0.63, x + 0.47, 1.21), from_hex("#ead2a4"), from_hex("#cfae78"))
    for k in range(105):
        canvas.oval(x - 0.42 + 0.06 * (k % 15), 0.68 + 0.08 * (k // 15), 0.007, 0.007, from_hex("#9a7a4c"))
    grey, red = shade(STEEL, 0.75), (206, 52, 40)
    blade = [(x - 0.42, 1.12), (x - 0.06, 1.14), (x - 0.06, 1.04), (x - 0.42, 1.08)]
    canvas.fill(blade, shade(STEEL, 1.3), shade(STEEL, 0.8))
    for k in range(24):
        canvas.oval(x - 0.41 + 0.0148 * k, 1.078 - 0.0017 * k, 0.007, 0.012, grey)
    canvas.line([*arc(x + 0.0, 1.09, 0.06, 0.06)], 0.035, red)
    for k, dx in enumerate((-0.38, -0.27, -0.17)):
        long = 0.2 - 0.03 * k
        canvas.line([(x + dx, 0.94), (x + dx, 0.94 - long)], 0.026, grey, caps=True)
        canvas.line(arc(x + dx, 0.96, 0.03, 0.03, -40, 220), 0.02, grey)
        canvas.oval(x + dx, 0.93 - long, 0.026, 0.026, grey)
    for dx, colour in ((-0.03, red), (0.06, (240, 190, 40)), (0.15, (40, 110, 200))):
        canvas.line([(x + dx, 0.94), (x + dx, 0.84)], 0.042, colour, caps=True)
        canvas.line([(x + dx, 0.82), (x + dx, 0.7)], 0.016, grey)
    canvas.fill(rect(x + 0.25, 0.94, x + 0.41, 1.02), look.accent)
    canvas.fill(rect(x + 0.25, 0.86, x + 0.41, 0.94), [(70, 60, 50), (120, 104, 84), (70, 60, 50)])
    canvas.line([(x + 0.33, 1.02), (x + 0.33, 1.15)], 0.036, from_hex("#a5713c"), caps=True)
    canvas.line(arc(x + 0.33, 0.74, 0.06, 0.055), 0.03, from_hex("#f0c23a"))


def _toolbox(canvas: Canvas, x: float) -> None:
    _shade_below(canvas, x, 0.42, 0.26)
    red = (212, 48, 38)
    canvas.line([(x - 0.12, 0.66), (x - 0.12, 0.78), (x + 0.12, 0.78), (x + 0.12, 0.66)], 0.028, (48, 48, 56))
    canvas.fill([(x - 0.24, 0.6), (x - 0.19, 0.7), (x + 0.19, 0.7), (x + 0.24, 0.6)], shade(red, 1.4), shade(red, 1.1))
    canvas.fill(rect(x - 0.24, 0.4, x + 0.24, 0.6), red, shade(red, 0.6))
    canvas.fill(rect(x - 0.24, 0.585, x + 0.24, 0.605), shade(red, 0.5))
    for dx in (-0.13, 0.13):
        canvas.fill(rect(x + dx - 0.03, 0.55, x + dx + 0.03, 0.64), shade(STEEL, 1.5), shade(STEEL, 0.7))


def _bucket(canvas: Canvas, x: float) -> None:
    _shade_below(canvas, x, 0.4, 0.17)
    canvas.line(arc(x, 0.7, 0.16, 0.15, 0, 180), 0.014, shade(STEEL, 0.6))
    canvas.fill(
        [(x - 0.16, 0.7), (x - 0.12, 0.39), *arc(x, 0.39, 0.12, 0.025, 180, 360), (x + 0.12, 0.39), (x + 0.16, 0.7)],
        tube(from_hex("#3f8fd0")),
    )
    canvas.fill(arc(x, 0.7, 0.16, 0.04), shade(from_hex("#3f8fd0"), 1.5))
    canvas.fill(arc(x, 0.695, 0.14, 0.03), from_hex("#cfeaf5"), WHITE)
