"""What an actor holds, wears or rides, drawn in a frame whose origin is the middle of the hand.

Every prop is a function of a frame, the group's look and the cue bits, found by its name in `PROPS`; `ahead` runs along
the thing away from the hand and `up` is its upper face. What stands by itself has its origin on the floor.
"""

import math
from collections.abc import Callable, Sequence

from hprotopnet.pantomime import games, instruments, rides
from hprotopnet.pantomime.instruments import DARK, STEEL
from hprotopnet.pantomime.look import Colour, Look, blend, shade
from hprotopnet.pantomime.shapes import Part, chain, lathe, line, loft, prism, rod, spot, spread, stacked, vivid
from hprotopnet.pantomime.shapes import ball as sphere
from hprotopnet.pantomime.stage import Frame, Point, nearness

Prop = Callable[[Frame, Look, int], list[Part]]

WHITE: Colour = (252, 252, 250)
GREEN: Colour = (104, 180, 68)
RED: Colour = (228, 62, 50)
YELLOW: Colour = (250, 196, 60)
CHEESE: Colour = (252, 216, 104)
SALAMI: Colour = (164, 30, 36)
BASIL: Colour = (58, 140, 60)


def rope(points: Sequence[Point], look: Look, bits: int) -> list[Part]:
    """A skipping rope through world points, with a handle at either end."""
    cord = chain(points, [0.014] * len(points), (250, 214, 70), bits)
    ends = ((points[0], points[1]), (points[-1], points[-2]))
    handles = [_grip(end, inward, vivid(look.accent), bits) for end, inward in ends]
    return [cord, *handles]


def dish(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A bowl of radius 0.2 m with a salad in it, its bottom at the origin."""
    paint = vivid(look.accent)
    bowl = lathe(frame, ((0, 0.1), (0.05, 0.17), (0.09, 0.2)), paint, bits, 18, caps=(None, shade(paint, 1.35)))
    if nearness(frame.up) <= 0:
        return [bowl]
    rim = spot(frame, (0, 0.09, 0), 0.172, shade(paint, 0.5), bits)
    food = [sphere(frame.at(*row), r * frame.scale, tone, bits) for *row, r, tone in _SALAD]
    return [stacked((bowl, rim, *sorted(food, key=lambda part: part.near)), bowl.near)]


def utensil(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A kitchen tool, 0.3 m long, with a flat steel end: it cuts and it stirs."""
    blade = prism(frame, _tongue(0.05, 0.23, 0.038), -0.004, 0.004, STEEL, bits)
    shine = line(frame, ((0.08, 0.006, 0.012), (0.2, 0.006, 0.012)), 0.012, WHITE, bits)
    grip = rod(frame, ((-0.052, 0, 0, 0.018), (0.06, 0, 0, 0.015)), (190, 52, 44), bits)
    return [stacked((blade, shine, grip))]


def dough(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A pizza of radius 0.24 m about its origin; sauce and toppings are on its upper face."""
    crust = lathe(frame, ((-0.015, 0.22), (0.0, 0.24), (0.016, 0.225)), (232, 178, 98), bits, 22)
    if nearness(frame.up) <= 0:
        return [stacked((crust, spot(frame, (0, -0.016, 0), 0.16, (246, 216, 158), bits)))]
    sauce = spot(frame, (0, 0.018, 0), 0.19, (206, 56, 34), bits)
    spots = [spot(frame, (a, 0.02, s), r, paint, bits) for a, s, r, paint in _TOPPINGS]
    return [stacked((crust, sauce, *spots), crust.near)]


def wand(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A grooming stick, 0.27 m long: bright handle, white head of bristles or blade, a blob of foam at its end."""
    handle = rod(frame, ((-0.1, 0, 0, 0.022), (0.06, 0, 0, 0.017), (0.145, 0, 0, 0.016)), (20, 158, 224), bits)
    grip = line(frame, ((-0.07, 0, 0), (0.03, 0, 0)), 0.014, (255, 120, 70), bits)
    ring = rod(frame, ((0.075, 0, 0, 0.021), (0.085, 0, 0, 0.021)), (255, 120, 70), bits)
    head = rod(frame, ((0.105, 0.028, 0, 0.02), (0.145, 0.028, 0, 0.02)), (222, 228, 238), bits)
    foam = [sphere(frame.at(a, u, s), r * frame.scale, WHITE, bits) for a, u, s, r in _LATHER]
    if nearness(frame.up) < -0.3:
        return [stacked((head, *foam, handle, grip, ring))]
    return [stacked((handle, grip, ring, head, *foam))]


def dryer(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A hair dryer held by its handle: barrel 0.1 m above the hand, nozzle ahead, a stub of cable below."""
    paint = (232, 62, 122)
    along = frame.moved(up=0.1).turned(pitch=-90)
    barrel = lathe(
        along, ((-0.12, 0.045), (-0.09, 0.068), (0.05, 0.062), (0.12, 0.045)), paint, bits, 16, caps=(DARK, None)
    )
    nozzle = lathe(along, ((0.12, 0.04), (0.2, 0.05)), (78, 80, 92), bits, 14, caps=(None, (30, 28, 34)))
    ordered = (barrel, nozzle) if nearness(frame.ahead) > 0 else (nozzle, barrel)
    handle = rod(frame, ((0.01, 0.07, 0, 0.03), (-0.02, -0.07, 0, 0.026)), shade(paint, 0.75), bits)
    cable = rod(frame, ((-0.02, -0.09, 0, 0.01), (-0.03, -0.15, 0, 0.01), (-0.07, -0.2, 0, 0.01)), DARK, bits)
    stripe = rod(frame, ((0.0, 0.0, 0, 0.012), (0.004, 0.02, 0, 0.012)), WHITE, bits)
    return [stacked((cable, handle, *ordered, stripe))]


def mop(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A mop: 1.45 m ahead of the upper hand down to the ends of its strands."""
    shaft = rod(frame, ((-0.12, 0, 0, 0.017), (1.2, 0, 0, 0.017)), blend(look.wood, (226, 168, 92), 0.5), bits)
    strands = []
    for u, s, tone in _STRANDS:
        rows = ((1.2, 0.3 * u, 0.3 * s, 0.026), (1.33, 0.85 * u, 0.85 * s, 0.034), (1.415, u, s, 0.032))
        strands.append(rod(frame, rows, shade(WHITE, tone), bits))
    collar = rod(frame, ((1.16, 0, 0, 0.035), (1.22, 0, 0, 0.05)), vivid(look.accent), bits)
    return [stacked((shaft, *sorted(strands, key=lambda part: part.near), collar))]


def block(frame: Frame, look: Look, bits: int) -> list[Part]:
    """An iron or a hammering block, 0.26 m long with its nose ahead, under the handle that is its origin."""
    sole = prism(frame, _nose(0.13, 0.062), -0.155, -0.125, STEEL, bits)
    cuts = ((-0.125, 0.125, 0.058), (-0.055, 0.09, 0.04))
    body = loft([spread(frame, ((a, up, s) for a, s in _nose(*size))) for up, *size in cuts], vivid(look.accent), bits)
    arch = ((-0.08, -0.06, 0, 0.018), (-0.09, 0.0, 0, 0.02), (0.05, 0.0, 0, 0.02), (0.075, -0.055, 0, 0.016))
    handle = rod(frame, arch, DARK, bits)
    knob = rod(frame, ((0.0, -0.05, 0, 0.014), (0.005, -0.05, 0, 0.014)), WHITE, bits)
    return [stacked((sole, body, knob, handle) if nearness(frame.up) > 0 else (handle, body, sole))]


def board(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A padded work board about its origin: 0.8 m along `side`, 0.3 m along `ahead`, one end rounded."""
    half = ((0.15, -0.4), (0.15, 0.1), (0.14, 0.22), (0.11, 0.32), (0.06, 0.385), (0.02, 0.4))
    plan = [*half, *((-a, s) for a, s in reversed(half))]
    pad = prism(frame, plan, -0.02, 0.02, (150, 190, 226), bits, caps=((112, 116, 128), (196, 222, 244)))
    if nearness(frame.up) <= 0:
        return [pad]
    lines = [
        line(frame, ((-0.13, 0.021, s), (0.13, 0.021, s)), 0.022, vivid(look.accent), bits)
        for s in (-0.3, -0.15, 0.0, 0.15)
    ]
    return [stacked((pad, *lines), pad.near)]


# ahead, up, side, radius and colour
_SALAD = (
    (0.0, 0.1, 0.0, 0.08, GREEN), (0.09, 0.1, 0.06, 0.055, RED), (-0.08, 0.1, 0.07, 0.06, GREEN),
    (-0.07, 0.1, -0.08, 0.052, YELLOW), (0.08, 0.1, -0.07, 0.055, GREEN), (0.01, 0.16, -0.01, 0.045, RED),
)  # fmt: skip
# ahead, side, radius and colour
_TOPPINGS = (
    (0.02, 0.04, 0.1, CHEESE), (-0.07, -0.07, 0.08, CHEESE), (0.1, -0.07, 0.06, CHEESE), (-0.08, 0.1, 0.06, CHEESE),
    (0.09, 0.07, 0.042, SALAMI), (-0.02, -0.11, 0.042, SALAMI), (-0.11, 0.02, 0.042, SALAMI), (0.02, 0.0, 0.04, SALAMI),
    (0.12, -0.02, 0.024, BASIL), (-0.04, 0.13, 0.024, BASIL), (-0.11, -0.09, 0.022, BASIL), (0.06, -0.13, 0.024, BASIL),
)  # fmt: skip
_LATHER = ((0.11, 0.05, 0.0, 0.022), (0.145, 0.05, 0.006, 0.028))
# up, side and how bright a strand of a mop is
_STRANDS = (
    (-0.13, 0.0, 0.86), (0.13, 0.0, 0.86), (0.0, -0.15, 0.95), (0.0, 0.15, 0.95), (-0.09, -0.09, 1.0),
    (-0.09, 0.09, 0.9), (0.09, 0.09, 1.0), (0.09, -0.09, 0.9), (0.0, 0.0, 1.0),
)  # fmt: skip


def _grip(end: Point, inward: Point, paint: Colour, bits: int) -> Part:
    """A handle of a rope: from its end a hand's width outwards."""
    way = tuple(a - b for a, b in zip(end, inward, strict=True))
    length = math.hypot(*way) or 1.0
    reach = [tuple(e + k * w / length for e, w in zip(end, way, strict=True)) for k in (-0.04, 0.09)]
    return chain(reach, [0.022, 0.022], paint, bits, lift=0.01)


def _tongue(start: float, stop: float, half: float) -> list[tuple[float, float]]:
    """Outline of a flat end with a rounded tip."""
    rim = ((start, 0.4 * half), (start + 0.04, half), (stop - 0.03, half), (stop - 0.008, 0.6 * half))
    return [*((a, -s) for a, s in rim), (stop, 0.0), *((a, s) for a, s in reversed(rim))]


def _nose(half: float, width: float) -> list[tuple[float, float]]:
    """Outline of an iron: flat at the back, pointed ahead."""
    side = ((-half, 0.75 * width), (-0.7 * half, width), (0.1 * half, width), (0.65 * half, 0.6 * width))
    return [*((a, -s) for a, s in side), (half, 0.0), *((a, s) for a, s in reversed(side))]


_ALL = (
    *(rides.boat, games.paddle, rides.surfboard, rides.plank, rides.sledge, rides.wake),
    *(games.ball, games.small_ball, games.racket),
    *(instruments.fiddle_small, instruments.bow, instruments.fiddle_big, instruments.stick, instruments.flute),
    *(instruments.horn, instruments.drums, instruments.frame_drum),
    *(games.climbing_rope, dish, utensil, dough, wand, dryer, mop, block, board),
    *(rides.chair, rides.stool, rides.plant, rides.suitcase, rides.cone, rides.balloon),
)
PROPS: dict[str, Prop] = {prop.__name__: prop for prop in _ALL}
