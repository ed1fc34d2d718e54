"""Musical instruments, each about its grip: `ahead` along the instrument, `up` its face."""

import math

from hprotopnet.pantomime.look import Colour, Look, blend, shade
from hprotopnet.pantomime.shapes import (
    Part,
    circle,
    flat,
    lathe,
    line,
    oval,
    prism,
    rod,
    sheet,
    spot,
    spread,
    stacked,
    stroke,
    vivid,
)
from hprotopnet.pantomime.stage import Frame, nearness, project

STEEL: Colour = (206, 214, 226)
GOLD: Colour = (242, 184, 48)
DARK: Colour = (44, 36, 40)
SKIN: Colour = (250, 240, 218)


def fiddle_small(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A violin, 0.62 m from the chin (its origin) to the scroll ahead; strings and f-holes above."""
    return [_fiddle(frame, 0.37, 0.25, 0.05, 0.24, look, bits)]


def fiddle_big(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A guitar or a cello: body 0.75 m by 0.46 m about the origin, neck and head 0.55 m ahead of it."""
    return [_fiddle(frame.moved(ahead=-0.375), 0.75, 0.46, 0.11, 0.55, look, bits)]


def bow(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A bow, 0.7 m ahead of the hand: white hair below a dark stick."""
    hair = spread(frame, ((0.0, -0.05, 0), (0.66, -0.05, 0)))
    string = [stroke(hair, w * frame.scale, paint, bits) for w, paint in ((0.034, DARK), (0.018, (255, 252, 242)))]
    rows = (
        (-0.02, 0, 0, 0.012),
        (0.2, -0.016, 0, 0.011),
        (0.45, -0.016, 0, 0.011),
        (0.64, 0, 0, 0.011),
        (0.685, -0.05, 0, 0.013),
    )
    frog = rod(frame, ((0.0, -0.03, 0, 0.026), (0.06, -0.03, 0, 0.022)), DARK, bits)
    return [stacked((*string, rod(frame, rows, blend(look.wood, (150, 60, 26), 0.7), bits), frog))]


def stick(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A drum stick of light wood, 0.35 m long, held near its thick end."""
    pale = (236, 196, 138)
    body = rod(frame, ((-0.09, 0, 0, 0.017), (0.2, 0, 0, 0.011)), pale, bits)
    return [stacked((body, rod(frame, ((0.225, 0, 0, 0.018), (0.245, 0, 0, 0.016)), pale, bits)))]


def flute(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A silver flute, 0.68 m ahead of its mouth end; keys above."""
    tube = rod(frame, ((0, 0, 0, 0.019), (0.68, 0, 0, 0.019)), STEEL, bits)
    joints = [rod(frame, ((a, 0, 0, 0.024), (a + 0.02, 0, 0, 0.024)), GOLD, bits) for a in (0.0, 0.2, 0.54)]
    lip = rod(frame, ((0.06, 0.012, 0, 0.022), (0.11, 0.012, 0, 0.022)), (240, 244, 250), bits)
    keys = [
        rod(frame, ((a, 0.024, 0, 0.016), (a + 0.008, 0.024, 0, 0.016)), (120, 128, 146), bits)
        for a in (0.27, 0.32, 0.37, 0.43, 0.48, 0.6)
    ]
    parts = (*keys, tube, *joints, lip) if nearness(frame.up) < -0.5 else (tube, *joints, lip, *keys)
    return [stacked(parts)]


def horn(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A brass horn, 0.65 m long: from the mouthpiece (origin) ahead and down, then up into a flaring bell."""
    mouth = rod(frame, ((0, 0, 0, 0.02), (0.03, 0.0, 0, 0.014), (0.07, 0.0, 0, 0.014)), STEEL, bits)
    rows = [(a, u, 0.0, r) for a, u, r in _HORN]
    tube = rod(frame, rows, GOLD, bits)
    side = math.copysign(0.03, nearness(frame.side))
    places = [project(frame.at(a, u, side)) for a, u in _KEYS]
    rims = ((0.028 * frame.scale, shade(GOLD, 0.5)), (0.018 * frame.scale, SKIN))
    pearls = tuple((paint, circle(place, r, 10)) for place in places for r, paint in rims)
    keys = Part(nearness(frame.origin), pearls, bits)
    valves = [rod(frame, ((a, u, 0, 0.016), (a + 0.04, u + 0.1, 0, 0.02)), STEEL, bits) for a, u in _VALVES]
    bell = _bell(frame, bits)
    back = (bell, tube) if nearness(frame.ahead) + 2 * nearness(frame.up) < 0 else (tube, bell)
    return [stacked((mouth, *valves, *back, keys))]


def drums(frame: Frame, look: Look, bits: int) -> list[Part]:
    """Two drums on a low stand: the origin is on the floor between them, heads at 0.62 m, 0.24 m to either side."""
    stand = [rod(frame, ((a, 0, s, 0.018), (-0.6 * a, 0.36, 0.7 * s, 0.018)), (96, 98, 108), bits) for a, s in _FEET]
    shells = [
        _drum(frame.moved(side=side), paint, bits) for side, paint in ((0.24, vivid(look.accent)), (-0.24, look.wood))
    ]
    shells.sort(key=lambda part: part.near)
    return [stacked(stand, nearness(frame.origin) - 0.1), *shells]


def frame_drum(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A daf of radius 0.27 m, held at the rim (its origin) with its middle 0.25 m ahead; the skin faces up."""
    middle = frame.moved(ahead=0.25)
    hoop = lathe(
        middle, ((-0.035, 0.27), (0.035, 0.27)), look.wood, bits, 24, caps=((214, 186, 140), shade(look.wood, 0.9))
    )
    turns = [2 * math.pi * i / 10 for i in range(10)]
    if nearness(frame.up) > 0:
        skin = [
            sheet(oval(middle, (0, 0.036, 0), 0.238, 0.238, 24), SKIN, bits),
            spot(middle, (0.03, 0.037, 0.03), 0.12, shade(SKIN, 1.6), bits),
        ]
        rows = [(0.256 * math.cos(t), 0.04, 0.256 * math.sin(t)) for t in turns]
    else:
        skin, rows = [], [(0.22 * math.cos(t), -0.04, 0.22 * math.sin(t)) for t in turns]
    jingles = [rod(middle, ((a, u, s, 0.018), (a, 1.3 * u, s, 0.018)), GOLD, bits) for a, u, s in rows]
    return [stacked((hoop, *skin, *jingles))]


# Half of the outline of a fiddle from its tail to its neck: share of the length, share of the width
_HALF = (
    (0.0, 0.12), (0.01, 0.27), (0.06, 0.41), (0.14, 0.48), (0.23, 0.5), (0.31, 0.465), (0.38, 0.38), (0.45, 0.31),
    (0.52, 0.29), (0.59, 0.32), (0.66, 0.38), (0.74, 0.41), (0.83, 0.4), (0.92, 0.33), (0.98, 0.2), (1.0, 0.08),
)  # fmt: skip
_F_HOLE = ((0.3, 0.29), (0.32, 0.235), (0.4, 0.215), (0.48, 0.195), (0.54, 0.16))
_TAIL = ((0.03, -0.06), (0.26, -0.1), (0.26, 0.1), (0.03, 0.06))
# Middle of the horn's tube and its radius
_HORN = (
    (0.06, 0.0, 0.014), (0.15, 0.0, 0.017), (0.215, -0.04, 0.021), (0.235, -0.14, 0.027), (0.255, -0.26, 0.033),
    (0.32, -0.33, 0.039), (0.405, -0.32, 0.045), (0.45, -0.24, 0.05), (0.48, -0.13, 0.054),
)  # fmt: skip
_KEYS = ((0.235, -0.12), (0.247, -0.2), (0.272, -0.28), (0.34, -0.33), (0.44, -0.25))
_VALVES = ((0.13, 0.0), (0.18, -0.005), (0.23, -0.03))
_FEET = ((0.24, 0.4), (-0.24, 0.4), (0.24, -0.4), (-0.24, -0.4))


def _fiddle(frame: Frame, length: float, width: float, depth: float, neck: float, look: Look, bits: int) -> Part:
    """A hollow body with a waist, its tail at the origin, its face at up = depth / 2."""
    half = [(length * a, width * s) for a, s in _HALF]
    outline = [*((a, -s) for a, s in half), *((a, s) for a, s in reversed(half))]
    varnish, top = blend(look.wood, (200, 84, 20), 0.65), depth / 2
    caps = (shade(varnish, 0.8), shade(varnish, 1.12))
    body = prism(frame, outline, -top, top, shade(varnish, 0.72), bits, caps=caps)
    end = length + neck
    arm = rod(frame, ((0.95 * length, top, 0, 0.09 * width), (end - 0.3 * neck, top, 0, 0.075 * width)), DARK, bits)
    scroll = ((end - 0.26 * neck, top, 0, 0.1 * width), (end - 0.11 * width, 0.6 * top, 0, 0.11 * width))
    head = rod(frame, scroll, varnish, bits)
    pegs = [
        rod(frame, [(end - share * neck, top, s * width, 0.03 * width) for s in (-0.2, 0.2)], DARK, bits)
        for share in (0.1, 0.22)
    ]
    if nearness(frame.up) <= 0:
        return stacked((arm, *pegs, head, body))
    face = _face(frame, half, length, width, top, varnish, bits)
    return stacked((body, *face, arm, *pegs, head, *_strings(frame, length, width, neck, top, bits)))


def _face(frame: Frame, half: list, length: float, width: float, top: float, varnish: Colour, bits: int) -> list[Part]:
    """Light on the wood, f-holes, tailpiece."""
    rows = [(0.06 * length + 0.88 * a, top, 0.8 * s) for a, s in half]
    glow = flat(frame, [*rows, (length, top, 0), (0, top, 0)], shade(varnish, 1.28), bits)
    holes = [[(length * a, top, sign * width * s) for a, s in _F_HOLE] for sign in (-1, 1)]
    tail = flat(frame, ((length * a, top, width * s) for a, s in _TAIL), DARK, bits)
    return [glow, *(line(frame, hole, 0.065 * width, DARK, bits) for hole in holes), tail]


def _strings(frame: Frame, length: float, width: float, neck: float, top: float, bits: int) -> list[Part]:
    """Fingerboard, bridge and strings."""
    end, above = length + 0.78 * neck, top + 0.09 * width
    board = ((0.62 * length, -0.075), (end, -0.06), (end, 0.06), (0.62 * length, 0.075))
    parts = [sheet(spread(frame, ((a, above - 0.01, width * s) for a, s in board)), DARK, bits)]
    bridge = ((0.4 * length, above - 0.02, -0.13 * width), (0.4 * length, above - 0.02, 0.13 * width))
    parts.append(line(frame, bridge, 0.06 * width, (246, 222, 170), bits))
    for s in (-0.055 * width, 0, 0.055 * width):
        parts.append(line(frame, ((0.22 * length, above, s), (end, above, 0.8 * s)), 0.007, (244, 240, 228), bits))
    return parts


def _bell(frame: Frame, bits: int) -> Part:
    """The horn's flare, leaning ahead."""
    at = frame.moved(ahead=0.48, up=-0.13).turned(pitch=-30)
    flare = lathe(at, ((0.0, 0.054), (0.1, 0.068), (0.175, 0.118)), GOLD, bits, 16, caps=(GOLD, shade(GOLD, 1.45)))
    if nearness(at.up) <= 0:
        return flare
    throat = [
        spot(at, (0, 0.175 - k, 0), r, paint, bits)
        for k, r, paint in ((0.0, 0.1, (188, 122, 26)), (0.03, 0.064, (116, 66, 18)))
    ]
    return stacked((flare, *throat))


def _drum(frame: Frame, paint: Colour, bits: int) -> Part:
    """A shell with bright hoops, head and feet."""
    shell = lathe(frame, ((0.26, 0.12), (0.38, 0.185), (0.6, 0.2)), paint, bits, 14)
    hoop = lathe(frame, ((0.57, 0.205), (0.62, 0.205)), STEEL, bits, 16)
    head = sheet(oval(frame, (0, 0.621, 0), 0.182, 0.182, 16), SKIN, bits)
    patch = spot(frame, (0.02, 0.622, 0), 0.07, (70, 62, 66), bits)
    turns = [(math.cos(t), math.sin(t)) for t in _lugs(frame)]
    lugs = [line(frame, ((0.2 * c, 0.57, 0.2 * s), (0.18 * c, 0.38, 0.18 * s)), 0.016, STEEL, bits) for c, s in turns]
    return stacked((shell, *lugs, hoop, head, patch))


def _lugs(frame: Frame) -> list[float]:
    """Turns about the drum at which its side is seen."""
    front = math.atan2(frame.side[2], frame.ahead[2])
    return [front + math.radians(turn) for turn in (-60, -20, 20, 60)]
