"""What carries an actor, and furniture: boat, boards, sledge, seats and a few things that only stand about."""

import math
from collections.abc import Iterable
from itertools import pairwise

from hprotopnet.pantomime.look import Colour, Look, blend, shade
from hprotopnet.pantomime.shapes import (
    Part,
    ball,
    capsule,
    circle,
    flat,
    lathe,
    line,
    loft,
    merged,
    oval,
    prism,
    rod,
    sheet,
    spread,
    stacked,
    stroke,
    vivid,
)
from hprotopnet.pantomime.stage import Frame, nearness, project

CREAM: Colour = (250, 242, 220)
FOAM: Colour = (250, 253, 255)
MIST: Colour = (176, 216, 238)
DARK: Colour = (46, 42, 50)
SUNNY: Colour = (255, 206, 64)


def boat(frame: Frame, look: Look, bits: int) -> list[Part]:
    """An inflatable kayak, 2.2 m by 0.8 m: the origin is on the water line under the seat, the bow ahead.

    The rim is cut where it passes from behind the sitter to before them, so legs lie inside.
    """
    loop = [_rim(2 * math.pi * (i + 0.5) / _RIM) for i in range(_RIM + 1)]
    tip = [abs(loop[i][0] + loop[i + 1][0]) > 1.5 for i in range(_RIM)]
    skins = zip(3 * tip, rod(frame, loop, vivid(look.accent), bits).layers, _TONES, strict=True)
    layers = [(shade(SUNNY, tone), layer[1]) if second else layer for second, layer, tone in skins]
    near = [_before_sitter(frame, loop[i], loop[i + 1]) for i in range(_RIM)]
    inner = [near[i] and near[i - 1] and near[(i + 1) % _RIM] for i in range(_RIM)]
    # Outlines come first in the layers; where near meets far they lie below both, or a seam would be seen.
    front = [*inner, *near, *near]
    inside = spread(frame, ((0.8 * a, 0.06, 0.9 * s) for a, _, s, _ in loop[1:]))
    floor = sheet(inside, shade(vivid(look.accent), 0.42), bits)
    seat = prism(frame.moved(ahead=-0.26), _square(0.14, 0.17), 0.05, 0.17, SUNNY, bits)
    depths = [nearness(frame.at(*row[:3])) for row in loop[1:]]
    first = max(depth for depth, before in zip(depths, near, strict=True) if before)
    trim = _trim(frame, [loop[i : i + 2] for i in range(_RIM) if inner[i]], bits)
    far, rest = (
        Part(0, tuple(layer for layer, before in zip(layers, front, strict=True) if before == side), bits)
        for side in (False, True)
    )
    return [stacked((far, floor, seat), min(depths) - 0.05), stacked((rest, *trim), first + 0.05)]


def surfboard(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A board under the feet, 1.9 m long: bow ahead, stripe along, fin below the tail."""
    outline = [(a, 0.27 * s) for a, s in _leaf(0.95)]
    fin = sheet(spread(frame, ((-0.55, -0.05, 0), (-0.74, -0.24, 0), (-0.84, -0.22, 0), (-0.78, -0.03, 0))), DARK, bits)
    body = _bent(frame, outline, 0.06, 0.16, CREAM, vivid(look.accent), bits)
    if nearness(frame.up) <= 0:
        return [stacked((body, fin), _lowest(frame))]
    edge = _inlay(frame, ((0.9 * a, 0.7 * s) for a, s in outline), 0.16, vivid(look.accent), bits)
    core = _inlay(frame, ((0.84 * a, 0.48 * s) for a, s in outline), 0.16, CREAM, bits)
    stripe = line(frame, ((a, _lift(a, 0.16), 0) for a in (-0.88, -0.5, 0.4, 0.7, 0.9)), 0.05, SUNNY, bits)
    pad = _inlay(frame, ((-0.84, -0.12), (-0.56, -0.15), (-0.56, 0.15), (-0.84, 0.12)), 0.16, DARK, bits)
    return [stacked((fin, body, edge, core, stripe, pad), _lowest(frame))]


def plank(frame: Frame, look: Look, bits: int) -> list[Part]:
    """One board for the snow, 1.55 m long, both tips turned up; the feet stand at its origin."""
    outline = [(a, 0.13 * s) for a, s in _leaf(0.775, blunt=True)]
    body = _bent(frame, outline, 0.04, 0.32, vivid(look.accent), DARK, bits)
    if nearness(frame.up) <= 0:
        return [stacked((body,), _lowest(frame))]
    bands = [
        _inlay(frame, ((start, -0.11), (stop, -0.11), (stop, 0.11), (start, 0.11)), 0.32, paint, bits)
        for start, stop, paint in _BANDS
    ]
    binding = [rod(frame, ((a, 0.02, -0.1, 0.022), (a, 0.02, 0.1, 0.022)), DARK, bits) for a in (-0.2, 0.2)]
    return [stacked((body, *bands, *binding), _lowest(frame))]


def sledge(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A wooden toboggan, 1.1 m long with its seat at 0.22: the origin is on the snow under the seat's middle."""
    wood = blend(look.wood, (214, 150, 84), 0.55)
    sides = sorted((-0.17, 0.17), key=lambda s: s * nearness(frame.side))
    runners = [_runner(frame, s, wood, bits) for s in sides]
    paint = vivid(look.accent)
    slats = [
        prism(frame.moved(ahead=-0.07, side=s), _square(0.43, 0.045), 0.19, 0.22, tone, bits)
        for s, tone in ((-0.15, wood), (-0.05, paint), (0.05, paint), (0.15, wood))
    ]
    slats.sort(key=lambda part: part.near)
    bar = rod(frame, ((0.44, 0.24, -0.2, 0.02), (0.44, 0.24, 0.2, 0.02)), shade(wood, 0.75), bits)
    low = nearness(frame.origin) - 0.2
    return [stacked((runners[0], bar, *slats), low), stacked((runners[1],), low + 0.01)]


def wake(frame: Frame, look: Look, bits: int) -> list[Part]:
    """Foam and spray in the frame of the boat or board that makes it, from 0.8 m to 2.1 m behind its origin."""
    middle = nearness(frame.at(-1.3, 0, 0))
    blue = [sheet(oval(frame, (a, 0, s), 1.25 * r, 1.5 * w, 12), MIST, bits, outlined=False) for a, s, r, w in _FOAM]
    white = [sheet(oval(frame, (a, 0.02, s), r, w, 12), FOAM, bits, outlined=False) for a, s, r, w in _FOAM]
    jets = [(project(frame.at(-0.9, 0.03, 0.6 * s)), project(frame.at(a, u, s))) for a, u, s in _JETS]
    tones = ((MIST, 0.095 * frame.scale), (FOAM, 0.072 * frame.scale))
    plume = [(paint, capsule(a, b, r, 0.25 * r)) for paint, r in tones for a, b in jets]
    plume += [(FOAM, circle(project(frame.at(*row)), r * frame.scale)) for *row, r in _MOUNDS]
    drops = tuple((FOAM, circle(project(frame.at(*row)), r * frame.scale, 10)) for *row, r in _DROPS)
    surface = Part(middle - 0.3, stacked((*blue, *white)).layers, bits, 0.8)
    return [surface, Part(middle, (*plume, *drops), bits, 0.9)]


def chair(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A chair on the floor, its seat at 0.46 m; whoever sits on it looks ahead."""
    legs = [rod(frame, ((0.95 * a, 0.0, s, 0.02), (a, 0.42, s, 0.024)), look.wood, bits) for a, s in _CORNERS]
    seat = prism(frame, _square(0.22, 0.22), 0.41, 0.46, vivid(look.accent), bits)
    posts = [rod(frame, ((-0.2, 0.44, s, 0.024), (-0.26, 0.9, s, 0.02)), look.wood, bits) for s in (-0.18, 0.18)]
    rail = rod(frame, ((-0.25, 0.8, -0.18, 0.055), (-0.25, 0.8, 0.18, 0.055)), vivid(look.accent), bits)
    under = min(nearness(frame.at(a, 0.46, s)) for a, s in _CORNERS)
    return [stacked((*sorted(legs, key=lambda leg: leg.near), seat), under - 0.02), merged((*posts, rail))]


def stool(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A round stool on the floor, 0.46 m high."""
    legs = [
        rod(frame, ((1.3 * a, 0.0, 1.3 * s, 0.018), (0.7 * a, 0.42, 0.7 * s, 0.022)), look.wood, bits)
        for a, s in _CORNERS
    ]
    seat = lathe(frame, ((0.4, 0.19), (0.46, 0.2)), vivid(look.accent), bits, 18)
    return [stacked((*sorted(legs, key=lambda leg: leg.near), seat), nearness(frame.origin))]


def plant(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A leafy plant in a pot on the floor, 1 m high."""
    profile = ((0.0, 0.11), (0.24, 0.16), (0.24, 0.18), (0.3, 0.18))
    pot = lathe(frame, profile, (196, 98, 62), bits, 14, caps=(None, (72, 48, 36)))
    leaves = sorted((_frond(frame, turn, reach, tip, bits) for turn, reach, tip in _FRONDS), key=lambda leaf: leaf.near)
    return [stacked((pot, *leaves), nearness(frame.origin))]


def suitcase(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A suitcase on the floor, 0.62 m wide along `ahead`, 0.44 m high."""
    arch = ((-0.1, 0.46, 0, 0.02), (-0.08, 0.52, 0, 0.02), (0.08, 0.52, 0, 0.02), (0.1, 0.46, 0, 0.02))
    leather = blend(vivid(look.accent), (150, 84, 44), 0.4)
    cuts = (-0.31, -0.22, -0.15, 0.15, 0.22, 0.31)
    slices = [
        prism(frame.moved(ahead=(a + b) / 2), _square((b - a) / 2, 0.12), 0.0, 0.44, SUNNY if i % 2 else leather, bits)
        for i, (a, b) in enumerate(pairwise(cuts))
    ]
    slices.sort(key=lambda part: part.near)
    return [stacked((*slices, rod(frame, arch, DARK, bits)), nearness(frame.origin))]


def cone(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A traffic cone on the floor, 0.5 m high."""
    orange, white = (255, 116, 30), (250, 246, 240)
    foot = prism(frame, _square(0.2, 0.2), 0.0, 0.04, orange, bits)
    pieces = (
        (((0.04, 0.15), (0.5, 0.035)), orange),
        (((0.17, 0.122), (0.27, 0.097)), white),
        (((0.35, 0.077), (0.42, 0.06)), white),
    )
    rings = [lathe(frame, profile, paint, bits, 14) for profile, paint in pieces]
    return [stacked((foot, *rings), nearness(frame.origin))]


def balloon(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A balloon about its origin, its string hanging down 1.1 m."""
    rows = [(0.025 * math.sin(6 * up), -up, 0) for up in (0.2, 0.32, 0.44, 0.56, 0.68, 0.8, 0.95, 1.1)]
    string = line(frame, rows, 0.014, DARK, bits)
    knot = rod(frame, ((0, -0.21, 0, 0.03), (0, -0.15, 0, 0.012)), vivid(look.accent), bits)
    body = ball(frame.origin, 0.18 * frame.scale, vivid(look.accent), bits)
    return [stacked((string, knot, body), body.near)]


_CORNERS = ((-0.19, -0.19), (-0.19, 0.19), (0.19, -0.19), (0.19, 0.19))
_BANDS = ((-0.62, -0.44, CREAM), (-0.4, -0.32, SUNNY), (0.32, 0.4, SUNNY), (0.44, 0.62, CREAM))
_RIM = 16  # pieces of a boat's tube
_TONES = [*_RIM * [0.55], *_RIM * [0.86], *_RIM * [1.1]]  # of its outlines, skins and lights
# Foam on the water: ahead, side and half-axes
_FOAM = (
    (-0.95, 0.0, 0.2, 0.3), (-1.15, 0.25, 0.22, 0.15), (-1.18, -0.25, 0.22, 0.15), (-1.3, 0.02, 0.2, 0.14),
    (-1.48, 0.4, 0.2, 0.12), (-1.5, -0.4, 0.2, 0.12), (-1.62, 0.05, 0.16, 0.1), (-1.82, 0.52, 0.14, 0.08),
    (-1.85, -0.52, 0.14, 0.08), (-2.0, -0.06, 0.1, 0.06),
)  # fmt: skip
# Ends of jets of spray, mounds at their feet, and drops with their radii
_JETS = (
    (-1.22, 0.3, 0.04), (-1.06, 0.32, 0.2), (-1.02, 0.28, -0.22), (-1.36, 0.17, 0.16), (-1.32, 0.2, -0.18),
    (-0.98, 0.2, 0.36), (-0.98, 0.18, -0.36),
)  # fmt: skip
_MOUNDS = ((-0.92, 0.06, 0.0, 0.11), (-0.94, 0.05, 0.2, 0.09), (-0.94, 0.05, -0.2, 0.09), (-1.1, 0.06, 0.05, 0.09))
_DROPS = (
    (-1.26, 0.42, 0.05, 0.032), (-1.12, 0.4, 0.32, 0.028), (-1.08, 0.38, -0.3, 0.03), (-1.46, 0.28, 0.18, 0.03),
    (-1.4, 0.34, -0.14, 0.024), (-1.56, 0.2, -0.1, 0.022), (-1.0, 0.46, 0.0, 0.02), (-1.62, 0.14, 0.22, 0.02),
)  # fmt: skip
# turn in degrees, reach and height of the tip of a leaf
_FRONDS = (
    (15, 0.34, 0.62), (75, 0.3, 0.8), (130, 0.36, 0.6), (190, 0.33, 0.74), (250, 0.36, 0.58), (310, 0.3, 0.82),
    (45, 0.12, 1.0), (200, 0.14, 0.95),
)  # fmt: skip


def _rim(turn: float) -> tuple[float, float, float, float]:
    """Middle of a boat's tube (ahead, up, side) and its radius there."""
    c, s = math.cos(turn), math.sin(turn)
    return 1.0 * c, 0.1 + 0.18 * abs(c) ** 5, 0.26 * math.copysign(abs(s) ** 0.8, s), 0.15 - 0.035 * abs(c) ** 3


def _before_sitter(frame: Frame, one: tuple, other: tuple) -> bool:
    """Whether a piece of rim lies nearer than the line a sitter's legs lie on."""
    a, s = (one[0] + other[0]) / 2, (one[2] + other[2]) / 2
    beyond = a - max(-0.4, min(0.8, a))
    return beyond * nearness(frame.ahead) + s * nearness(frame.side) > -1e-9


def _trim(frame: Frame, bones: list, bits: int) -> list[Part]:
    """A rope along the near tube and foam where it meets the water."""
    rope = [line(frame, ((a, u + 0.03, 1.5 * s) for a, u, s, _ in bone), 0.024, CREAM, bits) for bone in bones]
    foam = [
        sheet(oval(frame, (bone[k][0], -0.02, 1.4 * bone[k][2]), r, 0.14, 10), FOAM, bits, outlined=False)
        for bone in bones
        for k, r in ((0, 0.19), (1, 0.14))
        if abs(bone[k][0]) < 0.85
    ]
    return [*rope, *foam]


def _leaf(length: float, blunt: bool = False) -> list[tuple[float, float]]:
    """Outline (ahead, side) of a board of half-width 1, anticlockwise from above."""
    turns = [2 * math.pi * i / 28 for i in range(28)]
    power = 0.35 if blunt else 0.7
    return [(length * math.cos(t), math.copysign(abs(math.sin(t)) ** power, math.sin(t))) for t in turns]


def _lift(ahead: float, tip: float) -> float:
    """How far a board is bent up at this distance from its middle; `tip` at 1 m."""
    return tip * ahead**4


def _bent(frame: Frame, outline: list, thick: float, tip: float, top: Colour, rest: Colour, bits: int) -> Part:
    """A plate with its upper face at the origin and its tips turned up."""
    rings = [[frame.at(a, up + _lift(a, tip), s) for a, s in outline] for up in (-thick, 0.0)]
    return loft(rings, rest, bits, caps=(rest, top))


def _inlay(frame: Frame, outline: Iterable[tuple[float, float]], tip: float, paint: Colour, bits: int) -> Part:
    """A patch of colour on a bent board."""
    return flat(frame, ((a, _lift(a, tip), s) for a, s in outline), paint, bits)


def _lowest(frame: Frame) -> float:
    """Depth of a board: below everything that stands on it."""
    return nearness(frame.origin) - 0.75 * abs(nearness(frame.ahead)) - 0.1


def _runner(frame: Frame, side: float, wood: Colour, bits: int) -> Part:
    struts = [rod(frame, ((a, 0.04, side, 0.018), (a, 0.2, side, 0.018)), shade(wood, 0.8), bits) for a in (-0.35, 0.2)]
    bow = ((-0.52, 0.03), (0.3, 0.03), (0.46, 0.07), (0.55, 0.17), (0.54, 0.28), (0.45, 0.31), (0.4, 0.27))
    return stacked((*struts, rod(frame, ((a, u, side, 0.024) for a, u in bow), wood, bits)))


def _square(ahead: float, side: float) -> tuple:
    return (-ahead, -side), (ahead, -side), (ahead, side), (-ahead, side)


def _frond(frame: Frame, turn: float, reach: float, tip: float, bits: int) -> Part:
    """One leaf, from the pot to its tip."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    rise = tip - 0.3
    rows = ((0.02, 0.3, 0), (0.5, 0.62, 0.07), (0.85, 0.9, 0.055), (1, 1, 0), (0.75, 0.95, -0.055), (0.4, 0.65, -0.07))
    points = [
        frame.at(r * reach * c - w * s, 0.28 + rise * (u - 0.3) / 0.7, r * reach * s + w * c + 0.3 * w)
        for r, u, w in rows
    ]
    leaf = sheet(points, (64, 150, 78) if turn % 2 else (44, 122, 70), bits)
    return stacked((leaf, stroke((points[0], points[3]), 0.012, (150, 205, 120), bits)))
