"""The neutral room, and the setting painted over it: what tells the grandparent.

Everything is painted once a clip, in plane metres, on a `Canvas` of the whole stage. Motifs come back at a spacing, so
that a camera sees some of them wherever it looks, and most of a setting lies above the horizon: the floor is the
parent's. Where a setting is transparent the neutral room shows through, hence its alpha is its cue.
"""

import math
from random import Random

from PIL import Image

from hprotopnet.pantomime.canvas import CREAM, GOLD, SHIRTS, STEEL, WHITE, Canvas, arc, folds, rect, shades, tube
from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON, Plane, Stage

TIERS = 6
# Height and half the width of a gathered drape, in metres.
GATHERS = ((2.95, 0.5), (1.7, 0.46), (1.35, 0.38), (1.12, 0.24), (1.04, 0.19), (0.94, 0.22), (0.75, 0.29), (0.5, 0.32))
FACES = tuple(map(from_hex, ("#f6d7c0", "#e8b894", "#c98e64", "#8a5a3a", "#5d3b25")))


def base(stage: Stage, look: Look, rng: Random) -> Image.Image:
    """The neutral room, (r, g, b) at the stage's size: a lit wall above the horizon, a floor below it."""
    canvas, lit = Canvas(stage), rng.uniform(0.3, 0.7)
    spread = [1.04 - 0.3 * (i / 8 - lit) ** 2 for i in range(9)]
    for low, high, colour, tones in (
        (HORIZON, stage.top + 0.1, look.wall, (0.84, 0.95, 1.04, 1.06, 1.02, 0.9)),
        (stage.bottom - 0.1, HORIZON, look.floor, (0.74, 0.95, 1.08, 1.14, 1.04, 0.9, 0.82)),
    ):
        canvas.fill(canvas.across(low, high), *(shades(colour, *(tone * s for s in spread)) for tone in tones))
    for x in canvas.every(2.4, 2.4 * lit, 1.2):
        canvas.glow(x, 1.5, 1.3, 1.1, shade(look.wall, 1.7), 55)
        canvas.glow(x, -0.05, 1.2, 0.45, shade(look.floor, 1.6), 50)
    edge = blend(shade(look.floor, 0.35), shade(look.wall, 0.4), 0.4)
    for low, high, weak, strong in ((-0.16, 0.0, 0, 120), (0.0, 0.16, 70, 0), (-0.014, 0.008, 150, 150)):
        canvas.fill(canvas.across(HORIZON + low, HORIZON + high), (*edge, strong), (*edge, weak))
    return canvas.grained(look.grain, rng)


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
    for row in reversed(range(TIERS)):
        _tier(canvas, row, phase, look, rng)
    canvas.soften(1.0, 0.64 + 0.135 * TIERS, 1.2)
    canvas.soften(0.6, 1.0, 0.5)
    canvas.fill(canvas.across(0.62, 1.465), (255, 250, 225, 50), (255, 250, 225, 0), (16, 16, 44, 80))
    _barrier(canvas, look, rng)


def theatre(canvas: Canvas, look: Look, rng: Random) -> None:
    """Gathered drapes, a pelmet with fringes, cones of light and footlights."""
    cloth = blend(look.accent, from_hex("#9c1226"), 0.35)
    _spotlights(canvas, rng)
    for x in canvas.every(2.6, 1.3 + rng.uniform(-0.08, 0.08), 0.6):
        _drape(canvas, x, cloth)
    _pelmet(canvas, cloth, rng)
    canvas.fill(canvas.across(-0.5, -0.43), *shades(look.wood, 1.2, 0.7, 0.4))
    for x in canvas.every(0.32, 0.16):
        canvas.glow(x, -0.36, 0.15, 0.12, CREAM, 255)
        canvas.fill(arc(x, -0.43, 0.08, 0.085, 0, 180), shades(GOLD, 0.5, 1.4, 1.0, 0.5))
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
    stripes = shades(paper, 0.82, 1.12)
    for i, x in enumerate(canvas.every(0.1, 0, 0.1)):
        canvas.fill(rect(x, HORIZON, x + 0.1, 0.98), *shades(stripes[i % 2], 0.95, 0.75))
    canvas.fill(canvas.across(0.96, 1.01), shade(look.wood, 1.35), shade(look.wood, 0.7))
    canvas.fill(canvas.across(HORIZON - 0.01, HORIZON + 0.08), shade(WHITE, 0.97), shade(WHITE, 0.72))
    for x in canvas.every(2.6, -0.9 + phase, 0.8):
        _window(canvas, x, look, rng)
    for x in canvas.every(2.6, 1.0 + phase, 0.4):
        _picture(canvas, x, look, rng)
    for x in canvas.every(2.6, 0.42 + phase, 0.6):
        _lamp(canvas, x, look)


SETTINGS = {"Sports": stadium, "Playing Music": theatre, "Exercise": gym, "Household": parlour}


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


def _tier(canvas: Canvas, row: int, phase: float, look: Look, rng: Random) -> None:
    """A row of seats, people on nearly all of them, and steps through it; the higher it is, the hazier."""
    y, haze, seats = 0.66 + 0.135 * row, 0.05 * row, blend(look.accent, look.wall, 0.15)
    riser = canvas.across(y - 0.1, y + (0.13 if row == TIERS - 1 else 0.05))
    canvas.fill(riser, shade(seats, 0.7), shade(seats, 0.3))
    for x in canvas.every(0.098, rng.uniform(0, 0.098), 0.1):
        if rng.random() < 0.94:
            _spectator(canvas, x + rng.uniform(-0.015, 0.015), y + rng.uniform(-0.012, 0.018), look, haze, rng)
    for x in canvas.every(1.7, phase, 0.2):
        canvas.fill(rect(x - 0.07, y - 0.1, x + 0.07, y + 0.035), shade(STEEL, 1.25 - haze), shade(STEEL, 0.7))
        canvas.fill(rect(x - 0.07, y - 0.04, x + 0.07, y - 0.03), shade(STEEL, 0.55))


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
    chevron = ((0.0, 0.55), (0.1, 0.55), (0.15, 0.595), (0.1, 0.64), (0.0, 0.64), (0.05, 0.595))
    for i, x in enumerate(canvas.every(rng.choice((0.42, 0.5)), 0, 0.4)):
        canvas.fill([(x + dx, y) for dx, y in chevron], (WHITE, from_hex("#f5d547"))[i % 2])
    canvas.fill(canvas.across(0.655, 0.67), shade(board, 1.6))
    for x in canvas.every(0.6):
        canvas.fill(rect(x - 0.012, 0.66, x + 0.012, 0.77), tube(STEEL))
    canvas.fill(canvas.across(0.755, 0.785), shade(STEEL, 1.6), STEEL, shade(STEEL, 0.5))


def _spotlights(canvas: Canvas, rng: Random) -> None:
    """Cones of light that lean to and fro, and the spots where they fall."""
    light, lean = rng.choice((CREAM, from_hex("#ffe0d0"), from_hex("#fff6d8"))), rng.choice((-0.28, 0.28))
    for i, x in enumerate(canvas.every(1.04, rng.uniform(0, 1.04), 1.0)):
        foot = x + lean * (-1) ** i
        cone = [(x - 0.05, 1.95), *arc(foot, 0.66, 0.27, 0.065, 180, 360), (x + 0.05, 1.95)]
        canvas.fill(cone, (*light, 225), (*light, 110), (*light, 50), blur=0.02)
        canvas.fill(arc(foot, 0.66, 0.27, 0.065), light, alpha=110, blur=0.02)


def _drape(canvas: Canvas, x: float, cloth: Colour) -> None:
    """A curtain gathered by a golden tie."""

    def strip(left: float, right: float) -> list[Plane]:
        return [(x + left * w, y) for y, w in GATHERS] + [(x + right * w, y) for y, w in reversed(GATHERS)]

    strips, tones = 27, (0.55, 0.8, 1.0, 1.12, 0.9, 0.68)
    canvas.fill(strip(-1.08, 1.12), (0, 0, 0), alpha=90, blur=0.03)
    for i in range(strips):
        left, right = (2 * (i + k) / strips - 1 for k in (0, 1))
        tone = tones[i % 6] * (0.9 + 0.1 * math.cos(left * 2))
        canvas.fill(strip(left, right), shade(cloth, tone))
    canvas.fill(arc(x, 1.0, 0.23, 0.14), (0, 0, 0, 0), (0, 0, 0, 110), (0, 0, 0, 0))
    canvas.fill(arc(x, 1.04, 0.205, 0.05, 170, 370), shade(GOLD, 1.4), shade(GOLD, 0.7))
    tassel = [(x + 0.1, 1.02), (x + 0.06, 0.82), (x + 0.16, 0.82), (x + 0.13, 1.02)]
    canvas.fill(tassel, shades(GOLD, 0.6, 1.3, 0.6))
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
        canvas.fill(tassel, shades(GOLD, 0.55, 1.3, 0.8, 0.5))
        canvas.oval(x, 1.84, 0.05, 0.05, shade(GOLD, 1.2))
    canvas.fill(canvas.across(1.86, 1.9), shade(GOLD, 1.4), shade(GOLD, 0.7))


def _pane(canvas: Canvas, x: float, rng: Random) -> None:
    """One high window with the sky in it."""
    canvas.fill(rect(x - 0.2, 1.54, x + 0.2, 1.95), *map(from_hex, ("#8fc7f2", "#c8e6fa", "#f2f8f4")))
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
        canvas.fill(rect(x + dx - 0.035, 0.5, x + dx + 0.035, 1.45), shades(wood, 0.8, 1.35, 1.0, 0.55))


def _clock(canvas: Canvas, x: float, y: float, rng: Random) -> None:
    """A round clock at any time of the day."""
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
    canvas.fill(rect(x - 0.46, 1.07, x + 0.46, 1.82), shade(WHITE, 0.98), shade(WHITE, 0.82))
    _view(canvas, x, rng)
    canvas.fill([(x - 0.4, 1.2), (x - 0.4, 1.4), (x - 0.04, 1.76), (x + 0.1, 1.76)], WHITE, alpha=60)
    canvas.fill(rect(x - 0.015, 1.13, x + 0.015, 1.76), WHITE)
    canvas.fill(rect(x - 0.4, 1.44, x + 0.4, 1.465), WHITE)
    canvas.fill(rect(x - 0.52, 1.03, x + 0.52, 1.085), WHITE, shade(WHITE, 0.7))
    for side in (-1, 1):
        _curtain(canvas, x, side, look.accent, rng)
    canvas.fill(rect(x - 0.68, 1.88, x + 0.68, 1.92), shade(look.wood, 1.4), shade(look.wood, 0.6))


def _view(canvas: Canvas, x: float, rng: Random) -> None:
    """Three ranges of hills below the sun."""
    canvas.fill(rect(x - 0.4, 1.13, x + 0.4, 1.76), *map(from_hex, ("#6fb4ee", "#b9e0f7", "#fdf3d4")))
    canvas.oval(x + rng.uniform(-0.1, 0.2), 1.58, 0.06, 0.06, from_hex("#fff6c8"))
    for height, colour in ((0.2, "#8fb98a"), (0.13, "#6da35e"), (0.07, "#4c8a4a")):
        bend, shift = rng.uniform(5, 9), rng.uniform(0, 6)
        crest = [(x - 0.4 + 0.08 * i, 1.13 + height + 0.04 * math.sin(bend * 0.08 * i + shift)) for i in range(11)]
        canvas.fill([(x - 0.4, 1.13), *crest, (x + 0.4, 1.13)], shade(from_hex(colour), 1.2), from_hex(colour))


def _curtain(canvas: Canvas, x: float, side: int, colour: Colour, rng: Random) -> None:
    """A curtain tied back, to the left (-1) or right (1) of a window."""
    outline = ((0.6, 1.9), (0.14, 1.9), (0.26, 1.6), (0.4, 1.36), (0.42, 1.02), (0.62, 1.02))
    cloth, middle = [(x + side * dx, y) for dx, y in outline], x + side * 0.51
    canvas.fill([(px + 0.02, py - 0.02) for px, py in cloth], (0, 0, 0), alpha=70, blur=0.015)
    canvas.fill(cloth, folds(colour, 5, rng, 0.28))
    canvas.fill(rect(middle - 0.11, 1.34, middle + 0.11, 1.38), shade(GOLD, 1.3), shade(GOLD, 0.7))


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
    tones = shades(colour, 0.7, 1.0, 1.35, 1.05, 0.65)
    canvas.fill([(x - 0.07, 1.83), (x - 0.21, 1.62), (x + 0.21, 1.62), (x + 0.07, 1.83)], tones)
    canvas.oval(x, 1.62, 0.21, 0.035, from_hex("#fff3c4"))
    canvas.oval(x, 1.61, 0.06, 0.04, WHITE)
