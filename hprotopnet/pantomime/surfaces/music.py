"""Where music is played: podiums of wood or carpet, with instruments at their back."""

import math
from random import Random

from hprotopnet.pantomime.canvas import CREAM, DARK, GOLD, STEEL, Canvas, arc, rect, shades, tube
from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.stage import HORIZON
from hprotopnet.pantomime.surfaces.ground import planks, shade_below

FRONT = -0.25  # where a podium ends, so that what a setting has in front of it stays in view
BRASS, BRONZE = from_hex("#d9a13b"), from_hex("#c98a2e")
# Rings from the rim inwards: size, and the tones at top and bottom.
BELL = ((1.0, (0.45, 0.4)), (0.95, (1.5, 0.85)), (0.84, (0.75, 1.35)), (0.55, (0.6, 1.1)), (0.32, (0.3, 0.5)))
GONG = (
    *((1.0, (0.35, 0.3)), (0.96, (1.35, 0.6)), (0.8, (0.85, 1.05))),
    *((0.74, (1.2, 0.6)), (0.26, (0.6, 0.9)), (0.22, (1.5, 0.9))),
)


def strings(canvas: Canvas, look: Look, rng: Random) -> None:
    """A dark podium with a rug, golden harps and a rack of violins."""
    _podium(canvas, shade(blend(look.wood, (70, 34, 20), 0.6), 0.9), rng)
    _rug(canvas, blend(look.accent, from_hex("#7d1a2c"), 0.5))
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
    canvas.fill(canvas.across(FRONT, HORIZON + 0.005), *shades(carpet, 0.7, 1.0, 1.15))
    canvas.fill(canvas.across(FRONT - 0.05, FRONT), shade(carpet, 0.7), shade(carpet, 0.35))
    start = rng.uniform(-0.1, 0.1)
    for x in canvas.every(2.1, start, 1.2):
        _riser(canvas, x, 0.02, 0.92, 0.2, look.wood)
    for x in canvas.every(1.6, -0.8 + start, 0.6):
        _gong(canvas, x, 0.44, look.wood)
    for x in canvas.every(1.6, start, 0.6):
        _kettle(canvas, x - 0.24, 0.38)
        _cymbals(canvas, x + 0.22, 0.4, 1.13)


def _podium(canvas: Canvas, wood: Colour, rng: Random) -> None:
    """Planks up to a front edge with a moulding."""
    planks(canvas, FRONT + 0.04, wood, rng)
    canvas.fill(canvas.across(FRONT - 0.055, FRONT + 0.005), shade(wood, 1.35), shade(wood, 0.7), shade(wood, 0.4))
    canvas.fill(canvas.across(FRONT, FRONT + 0.012), shade(GOLD, 1.2))


def _rug(canvas: Canvas, colour: Colour) -> None:
    """A rug with golden borders and a row of lozenges."""
    canvas.fill(canvas.across(-0.2, 0.24), shade(GOLD, 0.8), GOLD)
    canvas.fill(canvas.across(-0.185, 0.228), *shades(colour, 0.75, 1.0, 1.1))
    for y in (-0.155, 0.205):
        canvas.fill(canvas.across(y - 0.008, y + 0.008), shade(GOLD, 1.2))
    for i, x in enumerate(canvas.every(0.34, 0, 0.3)):
        for size, fill in ((1.0, GOLD), (0.78, shade(colour, 0.55)), (0.45, (CREAM, shade(GOLD, 1.3))[i % 2])):
            dx, dy = 0.15 * size, 0.1 * size
            canvas.fill([(x - dx, 0.03), (x, 0.03 + dy), (x + dx, 0.03), (x, 0.03 - dy)], fill)


def _harp(canvas: Canvas, x: float, y: float) -> None:
    """A golden harp: pillar, neck, sounding board and strings."""
    shade_below(canvas, x + 0.05, y, 0.26)
    for t in (i / 9 for i in range(10)):
        top = (x - 0.17 + 0.32 * t, y + 0.9 - 0.1 * math.sin(3 * t))
        canvas.line([top, (x - 0.1 + 0.29 * t, y + 0.12 + 0.56 * t)], 0.006, CREAM)
    bend = [(0.1 * k, math.sin(math.pi * 1.25 * k / 10)) for k in range(11)]
    neck = [(x - 0.2 + 0.4 * t, y + 0.93 - 0.1 * sag - 0.1 * t) for t, sag in bend]
    for width, tone in ((0.075, 0.5), (0.055, 1.0), (0.02, 1.45)):
        canvas.line(neck, width, shade(BRASS, tone), caps=True)
        canvas.line([(x - 0.12, y + 0.08), (x + 0.2, y + 0.76)], 1.3 * width, shade(BRASS, tone * 0.95), caps=True)
        canvas.line([(x - 0.2, y + 0.06), (x - 0.2, y + 0.92)], 0.9 * width, shade(BRASS, tone * 1.05), caps=True)
    canvas.oval(x - 0.2, y + 0.98, 0.055, 0.055, shade(BRASS, 0.6))
    canvas.oval(x - 0.205, y + 0.985, 0.04, 0.04, shade(BRASS, 1.3))
    canvas.fill(rect(x - 0.27, y - 0.03, x, y + 0.06), shade(BRASS, 1.2), shade(BRASS, 0.55))


def _violins(canvas: Canvas, x: float, rng: Random) -> None:
    """A rack with three violins hung side by side."""
    shade_below(canvas, x, 0.42, 0.4)
    rack = from_hex("#4a2a1a")
    for dx in (-0.38, 0.38):
        canvas.fill(rect(x + dx - 0.022, 0.42, x + dx + 0.022, 1.2), tube(rack))
    canvas.fill(rect(x - 0.42, 1.13, x + 0.42, 1.19), shade(rack, 1.4), shade(rack, 0.7))
    for dx in (-0.24, 0.0, 0.24):
        _violin(canvas, x + dx, 0.66, from_hex(rng.choice(("#a8541f", "#8a3c18", "#c27a34"))))


def _violin(canvas: Canvas, x: float, y: float, wood: Colour) -> None:
    """A violin that hangs upright, its belly to the viewer."""
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
    shade_below(canvas, x, 0.4, 0.45)
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
        canvas.fill(rect(x + dx - 0.11, 0.44, x + dx + 0.11, 0.61), shade(wood, 0.65), wood)
    canvas.fill(rect(x - 0.46, 0.64, x + 0.46, 0.69), shade(GOLD, 1.2), shade(wood, 0.8))


def _bell(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """The bell of a horn on its stand, turned to the viewer."""
    shade_below(canvas, x, 0.4, 0.13)
    canvas.line([(x, y - radius), (x, 0.42)], 0.025, (46, 46, 54))
    canvas.line([(x - 0.1, 0.39), (x, 0.46), (x + 0.1, 0.39)], 0.02, (46, 46, 54))
    canvas.line(arc(x + 0.1, y - 0.75 * radius, 0.55 * radius, 0.62 * radius), 0.035, shade(BRASS, 0.75))
    for size, tones in BELL:
        canvas.fill(arc(x, y, radius * size, radius * size), *shades(BRASS, *tones))
    canvas.line(arc(x, y, 0.9 * radius, 0.9 * radius, 100, 165), 0.016, from_hex("#fff3cc"))


def _riser(canvas: Canvas, x: float, y: float, width: float, height: float, wood: Colour) -> None:
    """A round platform with a lit rim."""
    canvas.fill(arc(x, y - 0.1, width + 0.04, height), DARK, alpha=110, blur=0.04)
    side = [*arc(x, y - 0.07, width, height, 180, 360), *arc(x, y, width, height, 0, 180)]
    canvas.fill(side, shades(wood, 0.4, 0.9, 1.0, 0.6, 0.3))
    canvas.fill(arc(x, y, width, height), shade(GOLD, 1.2), GOLD)
    canvas.fill(arc(x, y, 0.975 * width, 0.96 * height), shade(wood, 0.9), shade(wood, 1.3))
    canvas.line(arc(x, y, 0.7 * width, 0.7 * height), 0.016, shade(wood, 0.7))


def _gong(canvas: Canvas, x: float, y: float, wood: Colour) -> None:
    """A gong in its frame."""
    shade_below(canvas, x, y, 0.4)
    frame = blend(from_hex("#7d1f1c"), wood, 0.3)
    for dx in (-0.38, 0.38):
        canvas.fill(rect(x + dx - 0.03, y, x + dx + 0.03, y + 0.88), tube(frame))
        canvas.fill(rect(x + dx - 0.11, y - 0.03, x + dx + 0.11, y + 0.03), shade(frame, 1.1), shade(frame, 0.5))
    canvas.fill(rect(x - 0.46, y + 0.84, x + 0.46, y + 0.91), shade(frame, 1.4), shade(frame, 0.6))
    for dx in (-0.16, 0.16):
        canvas.line([(x + dx, y + 0.85), (x + dx, y + 0.68)], 0.012, (40, 30, 26))
    for size, tones in GONG:
        canvas.fill(arc(x, y + 0.45, 0.3 * size, 0.3 * size), *shades(BRONZE, *tones))


def _kettle(canvas: Canvas, x: float, y: float) -> None:
    """A kettledrum of copper."""
    shade_below(canvas, x, y, 0.2)
    copper = from_hex("#c46a35")
    for dx in (-0.13, 0.0, 0.13):
        canvas.line([(x + 0.6 * dx, y + 0.15), (x + dx, y)], 0.02, shade(STEEL, 0.6))
    canvas.fill(arc(x, y + 0.36, 0.21, 0.28, 180, 360), shades(copper, 0.5, 1.1, 1.5, 0.95, 0.7, 0.45))
    canvas.fill([*arc(x, y + 0.36, 0.225, 0.06, 180, 360), *arc(x, y + 0.4, 0.225, 0.06, 0, 180)], tube(STEEL))
    canvas.fill(arc(x, y + 0.4, 0.215, 0.055), CREAM, shade(CREAM, 0.86))


def _cymbals(canvas: Canvas, x: float, y: float, top: float) -> None:
    """Two cymbals on a stand."""
    shade_below(canvas, x, y, 0.16)
    for dx in (-0.12, 0.12):
        canvas.line([(x, y + 0.2), (x + dx, y)], 0.018, shade(STEEL, 0.6))
    canvas.fill(rect(x - 0.012, y, x + 0.012, top + 0.05), tube(STEEL))
    for cy, size, tilt in ((top, 0.24, 0.05), (top - 0.2, 0.16, -0.03)):
        plate = [(px, py + tilt * (px - x) / size) for px, py in arc(x, cy, size, 0.05)]
        canvas.fill([(px, py - 0.012) for px, py in plate], shade(BRASS, 0.4))
        canvas.fill(plate, shades(BRASS, 0.8, 1.5, 1.0, 0.7, 1.35, 0.8))
        canvas.oval(x, cy + 0.02, 0.045, 0.022, shade(BRASS, 1.3))
