"""Where sports are done: on water, on snow, on a court."""

import math
from random import Random

from hprotopnet.pantomime.canvas import CREAM, DARK, STEEL, WHITE, Canvas, arc, rect, shades, tube
from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON, Plane, Stage
from hprotopnet.pantomime.surfaces.ground import shade_below

WATERS = (
    ("#a9ecec", "#38b6cf", "#1276ad", "#0b4f86"),
    ("#bfe6f5", "#5aa9dd", "#2b6cb8", "#1c4488"),
    ("#c4f0df", "#4fbfa8", "#1c8a8c", "#0f5d70"),
)
HEXAGON = [(math.cos(math.radians(60 * k)), math.sin(math.radians(60 * k))) for k in range(6)]


def water(canvas: Canvas, look: Look, rng: Random) -> None:
    """A basin with waves, a rope of floats and lifebuoys on its rim."""
    light, *deep = map(from_hex, rng.choice(WATERS))
    canvas.fill(canvas.across(canvas.stage.bottom - 0.1, 0.5), light, *deep, deep[-1])
    _swell(canvas, deep[-1], rng)
    _waves(canvas, light, deep, rng)
    _glitter(canvas, rng)
    _rim(canvas, light, deep)
    _floats(canvas)
    for x in canvas.every(1.5, 0.75 + rng.uniform(-0.15, 0.15), 0.3):
        _lifebuoy(canvas, x, 0.86)


def snow(canvas: Canvas, look: Look, rng: Random) -> None:
    """A slope with firs on its crest, tracks and slalom poles."""
    sky = from_hex(rng.choice(("#bcd7f2", "#c9d4f4", "#bfe3ee")))
    blue, phase = shade(sky, 0.78), rng.uniform(0, 6)
    places = sorted((0.5 + rng.uniform(0.0, 0.16), x + rng.uniform(-0.12, 0.12)) for x in canvas.every(0.3, 0, 0.3))
    for y, x in reversed(places):
        _fir(canvas, x, y + 0.06, rng.uniform(0.32, 0.62), sky)
    _drifts(canvas, phase, sky)
    for x in canvas.every(1.5, rng.uniform(0, 1.5), 1.5):
        _track(canvas, x, blue)
    for i, x in enumerate(canvas.every(0.78, 0.39 + rng.uniform(-0.1, 0.1), 0.3)):
        _slalom(canvas, x, 0.36 + 0.05 * math.sin(5 * x), ((222, 48, 56), (38, 90, 200))[i % 2], blue)


def court(canvas: Canvas, look: Look, rng: Random) -> None:
    """A hard court with lines, a net along its back and hoops above it."""
    grounds = (("#c9683c", "#3d7d5a"), ("#3f74b5", "#3d8a66"), ("#d89a52", "#b5512f"))
    ground, rim = map(from_hex, rng.choice(grounds))
    canvas.fill(canvas.across(canvas.stage.bottom - 0.1, HORIZON + 0.01), *shades(rim, 0.8, 1.0, 1.1, 0.8))
    canvas.fill(canvas.across(-0.36, 0.4), *shades(ground, 0.85, 1.0, 1.18, 1.0))
    for x in canvas.every(0.85, 0.2, 0.8):
        canvas.glow(x, 0.15, 0.55, 0.3, CREAM, 70)
    for y in (-0.36, 0.4, 0.18):
        canvas.fill(canvas.across(y - 0.014, y + 0.014), WHITE)
    for x in canvas.every(2.6, 1.3, 1.0):
        canvas.line(arc(x, -0.36, 0.75, 0.4, 0, 180), 0.026, WHITE)
        canvas.fill(rect(x - 0.013, -0.36, x + 0.013, 0.4), WHITE)
    for x in canvas.every(1.75, 0.95 + rng.uniform(-0.1, 0.1), 0.4):
        _hoop(canvas, x)
    _net(canvas, 0.44, 0.76)


def glint(stage: Stage, time: float, i: int, u: float, v: float) -> list[Plane]:
    """A stroke of light that drifts and swells; none while it is out."""
    swell = math.sin(2.1 * time + 2.4 * i)
    if swell < -0.3:
        return []
    x = stage.left + (stage.right - stage.left) * ((u + 0.01 * time * (1 + v)) % 1)
    y = 0.33 - 1.2 * v + 0.012 * math.sin(1.7 * time + i)
    return _crescent(x, y, (0.03 + 0.09 * v) * (0.5 + 0.5 * swell), 0.012 + 0.01 * v)


def flake(stage: Stage, time: float, i: int, u: float, v: float) -> list[Plane]:
    """A flake that sinks and sways over the slope."""
    x = stage.left + (stage.right - stage.left) * u + 0.07 * math.sin(1.3 * time + 5 * v)
    y, r = 1.0 - 1.9 * ((v + time * (0.16 + 0.08 * u)) % 1), 0.011 + 0.004 * (i % 3)
    return [(x + r * dx, y + r * dy) for dx, dy in HEXAGON]


def _crescent(x: float, y: float, length: float, height: float) -> list[Plane]:
    """A wave's stroke, thick in the middle."""
    over = [(x + length * t, y + height * (1 - t * t)) for t in (-1, -0.6, -0.2, 0.2, 0.6, 1)]
    return [*over, *((px, y + (py - y) * 0.2) for px, py in reversed(over[1:-1]))]


def _swell(canvas: Canvas, dark: Colour, rng: Random) -> None:
    """Long soft waves, light and dark by turns."""
    for k in range(round(5 * (canvas.stage.right - canvas.stage.left))):
        x, depth = rng.uniform(canvas.stage.left, canvas.stage.right), rng.random()
        swell = _crescent(x, 0.4 - 1.3 * depth, 0.35 + 0.35 * depth, 0.03 + 0.04 * depth)
        canvas.fill(swell, (WHITE, dark)[k % 2], alpha=70, blur=0.02)


def _waves(canvas: Canvas, light: Colour, deep: list[Colour], rng: Random) -> None:
    """Many short strokes, larger towards the viewer."""
    for _ in range(round(75 * (canvas.stage.right - canvas.stage.left))):
        x, depth = rng.uniform(canvas.stage.left, canvas.stage.right), rng.random() ** 1.2
        tone = rng.choice(((WHITE, 0.6), (light, 0.65), (deep[-1], 0.4), (deep[0], 0.5)))
        wave = _crescent(x, 0.47 - 1.45 * depth, 0.05 + 0.17 * depth * rng.uniform(0.6, 1.3), 0.007 + 0.022 * depth)
        canvas.fill(wave, blend(deep[int(3 * depth)], *tone))


def _glitter(canvas: Canvas, rng: Random) -> None:
    """Ways of light on the water, wider towards the viewer."""
    for x in canvas.every(1.7, rng.uniform(0, 1.7), 0.3):
        for k in range(26):
            y, spread = 0.32 - 0.034 * k, 0.05 + 0.006 * k
            stroke = _crescent(x + rng.uniform(-spread, spread), y, rng.uniform(0.02, 0.07), 0.012)
            canvas.fill(stroke, blend(WHITE, CREAM, 0.4))


def _rim(canvas: Canvas, light: Colour, deep: list[Colour]) -> None:
    """The tiled edge at the back of the basin."""
    canvas.fill(canvas.across(0.38, 0.49), (*DARK, 90), (*DARK, 0))
    canvas.fill(canvas.across(0.48, 0.575), WHITE, shade(STEEL, 1.3), shade(STEEL, 0.8))
    for x in canvas.every(0.11):
        canvas.fill(rect(x, 0.485, x + 0.1, 0.53), blend(light, deep[0], 0.7), blend(light, deep[1], 0.7))


def _floats(canvas: Canvas) -> None:
    """A rope of floats, red and white by fours."""
    for i, x in enumerate(canvas.every(0.075)):
        y, colour = 0.36 + 0.008 * math.sin(3 * x), ((226, 54, 48), WHITE)[i // 4 % 2]
        canvas.fill(arc(x, y, 0.04, 0.026), *shades(colour, 1.3, 0.95, 0.55))
        canvas.fill(arc(x, y - 0.045, 0.04, 0.012), colour, alpha=70)


def _lifebuoy(canvas: Canvas, x: float, y: float) -> None:
    """A ring in red and white on its post."""
    canvas.fill(rect(x - 0.025, 0.53, x + 0.025, 0.98), tube(from_hex("#d8dde4")))
    canvas.fill(arc(x + 0.015, y - 0.02, 0.17, 0.17), DARK, alpha=80, blur=0.02)
    for i in range(8):
        colour, span = ((230, 58, 44), WHITE)[i % 2], (45 * i + 22, 45 * i + 68)
        piece = [*arc(x, y, 0.165, 0.165, *span), *reversed(arc(x, y, 0.085, 0.085, *span))]
        canvas.fill(piece, shade(colour, 1.15), shade(colour, 0.85))
    canvas.line(arc(x, y, 0.14, 0.14, 60, 150), 0.014, WHITE)


def _fir(canvas: Canvas, x: float, y: float, height: float, sky: Colour) -> None:
    """A fir of four tiers with snow on them."""
    green = blend(from_hex("#2f6b55"), sky, 0.12)
    canvas.fill(rect(x - 0.02, y - 0.05, x + 0.02, y + 0.1 * height), from_hex("#5b4031"))
    for k in range(4):
        low, wide = y + height * (0.08 + 0.2 * k), 0.34 * height * (1 - 0.2 * k)
        left, top, right = (x - wide, low), (x, low + 0.34 * height), (x + wide, low)
        canvas.fill([left, top, right], shades(green, 1.15, 1.0, 0.62))
        rim = [(x + dx * wide, low + dy * height) for dx, dy in ((0.35, 0.2), (-0.1, 0.12), (-0.4, 0.1))]
        canvas.fill([left, top, *rim], blend(WHITE, sky, 0.15))


def _drifts(canvas: Canvas, phase: float, sky: Colour) -> None:
    """Four waves of snow, one in front of the other."""
    for y, swing, bottom in ((0.6, 0.05, 0.1), (0.3, 0.07, -0.3), (-0.02, 0.06, -0.65), (-0.38, 0.05, -1.1)):
        phase += 1.9
        places = list(canvas.every(0.12, 0, 0.2))
        crest = [(x, y + swing * math.sin(1.7 * x + phase) + 0.02 * math.sin(4.1 * x + phase)) for x in places]
        drift = [*crest, (places[-1], bottom), (places[0], bottom)]
        if y < 0.5:  # on the snow behind it, not on the wall
            canvas.fill([(px, py + 0.035) for px, py in drift], shade(sky, 0.86), alpha=150, blur=0.03)
        canvas.fill(drift, WHITE, blend(WHITE, sky, 0.25), blend(WHITE, sky, 0.75), shade(sky, 0.93))


def _track(canvas: Canvas, x: float, blue: Colour) -> None:
    """The two winding tracks of a pair of skis."""
    for gap in (0.0, 0.07):
        times = (i / 24 for i in range(25))
        bends = [(x + gap + 0.16 * math.sin(5 * t + x) + 0.5 * t, 0.5 - 1.55 * t) for t in times]
        canvas.line(bends, 0.016, blend(WHITE, blue, 0.7))
        canvas.line([(px + 0.01, py) for px, py in bends], 0.006, WHITE)


def _slalom(canvas: Canvas, x: float, y: float, colour: Colour, blue: Colour) -> None:
    """A pole with its flag, and its shadow on the snow."""
    canvas.line([(x, y), (x + 0.22, y - 0.05)], 0.016, blend(WHITE, blue, 0.6))
    canvas.fill(rect(x - 0.012, y, x + 0.012, y + 0.55), shades(colour, 1.2, 1.0, 0.6))
    outline = ((0.0, 0.54), (0.1, 0.56), (0.22, 0.52), (0.22, 0.37), (0.1, 0.41), (0.0, 0.39))
    canvas.fill([(x + dx, y + dy) for dx, dy in outline], shades(colour, 1.0, 1.25, 0.85, 1.05))
    canvas.fill(arc(x, y, 0.05, 0.015), WHITE)


def _hoop(canvas: Canvas, x: float) -> None:
    """A basketball hoop: pole, board, ring and net."""
    shade_below(canvas, x, 0.42, 0.22)
    canvas.fill(rect(x - 0.03, 0.42, x + 0.03, 1.1), tube(shade(STEEL, 0.8)))
    canvas.fill(rect(x - 0.16, 0.4, x + 0.16, 0.46), shade(STEEL, 0.7), shade(STEEL, 0.35))
    canvas.fill(rect(x - 0.3, 1.02, x + 0.3, 1.42), (30, 40, 60))
    canvas.fill(rect(x - 0.28, 1.04, x + 0.28, 1.4), WHITE, from_hex("#dfe8f0"))
    canvas.line([*rect(x - 0.11, 1.1, x + 0.11, 1.26), (x - 0.11, 1.1)], 0.02, (220, 60, 40))
    for u in (i / 3 - 1 for i in range(7)):
        canvas.line([(x + 0.13 * u, 1.06), (x + 0.08 * u, 0.86)], 0.01, (240, 240, 240))
    for y, width in ((0.98, 0.11), (0.9, 0.09)):
        canvas.line(arc(x, y, width, 0.02, 180, 360), 0.008, (240, 240, 240))
    canvas.line(arc(x, 1.06, 0.14, 0.035), 0.024, (240, 96, 30))


def _net(canvas: Canvas, bottom: float, top: float) -> None:
    """A tennis net with its band and posts, over the whole width."""
    for x in canvas.every(0.055):
        canvas.line([(x, bottom), (x, top)], 0.006, (36, 44, 52))
    for i in range(7):
        y = bottom + (top - bottom) * i / 6
        canvas.fill(canvas.across(y - 0.003, y + 0.003), (36, 44, 52))
    canvas.fill(canvas.across(top - 0.035, top + 0.015), WHITE, shade(WHITE, 0.8))
    for x in canvas.every(1.3, 0.65, 0.2):
        canvas.fill(rect(x - 0.022, bottom - 0.05, x + 0.022, top + 0.04), tube((50, 90, 70)))
