"""What is thrown, struck, paddled and climbed: balls, racket, paddle and rope, each about its grip or its middle."""

import math
from collections.abc import Sequence
from itertools import pairwise

from hprotopnet.pantomime.instruments import DARK, STEEL
from hprotopnet.pantomime.look import Colour, Look, shade
from hprotopnet.pantomime.shapes import Part, chain, line, oval, prism, rod, sheet, stacked, stroke, vivid
from hprotopnet.pantomime.shapes import ball as sphere
from hprotopnet.pantomime.stage import PITCH, Frame, Plane, Point, nearness, project

WHITE: Colour = (252, 252, 250)
ORANGE: Colour = (246, 130, 42)
CREAM: Colour = (255, 238, 204)
SEAM: Colour = (70, 38, 28)


def paddle(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A double paddle, 1.9 m from tip to tip, held in the middle."""
    shaft = rod(frame, ((-0.62, 0, 0, 0.018), (0.62, 0, 0, 0.018)), DARK, bits)
    blades = [_blade(frame, sign, look, bits) for sign in (-1, 1)]
    grips = [rod(frame, ((a, 0, 0, 0.022), (a + 0.12, 0, 0, 0.022)), STEEL, bits) for a in (-0.36, 0.24)]
    return [stacked((shaft, *blades, *grips), nearness(frame.origin))]


def ball(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A panelled ball of radius 0.13 m, orange and cream with dark seams, as used by hand and by foot."""
    body = sphere(frame.origin, 0.13 * frame.scale, ORANGE, bits)
    *skin, gloss = body.layers
    for pole in (-1, 1):
        for reach, paint in ((0.74, SEAM), (0.65, CREAM)):
            skin += [(paint, patch) for patch in _patch(frame, 0.13, pole, reach)]
    seams = [stroke(pair, 0.013 * frame.scale, SEAM, bits) for pair in _seen(frame, 0.13, _SEAMS)]
    return [stacked((Part(body.near, tuple(skin), bits), *seams, Part(body.near, (gloss,), bits)), body.near)]


def small_ball(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A tennis ball of radius 0.06 m with its white seam."""
    body = sphere(frame.origin, 0.06 * frame.scale, (214, 236, 50), bits)
    seams = [stroke(pair, 0.013 * frame.scale, WHITE, bits) for pair in _seen(frame, 0.06, _TENNIS)]
    return [stacked((body, *seams), body.near)]


def racket(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A racket, 0.68 m long: grip 0.25 m about the hand, an oval head with strings, its face up."""
    rim = oval(frame, (0.415, 0, 0), 0.15, 0.115, 18)
    net = sheet(rim, (250, 250, 244), bits, outlined=False)
    bed = Part(net.near - 0.01, net.layers, bits, 0.45)
    strings = stacked([line(frame, row, 0.006, WHITE, bits) for row in _mesh()])
    hoop = chain([*rim, rim[0]], [0.015 * frame.scale] * 19, vivid(look.accent), bits)
    throat = [rod(frame, ((0.14, 0, 0, 0.014), (0.29, 0, s, 0.013)), vivid(look.accent), bits) for s in (-0.07, 0.07)]
    grip = rod(frame, ((-0.08, 0, 0, 0.022), (0.13, 0, 0, 0.019)), DARK, bits)
    return [bed, stacked((strings, *throat, hoop, grip), net.near)]


def climbing_rope(frame: Frame, look: Look, bits: int) -> list[Part]:
    """A thick rope that hangs 3.2 m down from its origin, with knots and a frayed end."""
    hemp = (214, 172, 104)
    body = rod(frame, ((0, 0, 0, 0.032), (0, -3.14, 0, 0.032)), hemp, bits)
    a, s = 0.026 * frame.ahead[0], 0.026 * frame.side[0]  # across the picture, wherever the frame looks
    twist = [
        line(frame, ((a, -u, s), (-a, -u - 0.05, -s)), 0.012, shade(hemp, 0.6), bits)
        for u in (0.05 + 0.1 * i for i in range(31))
    ]
    knots = [rod(frame, ((0, -u, 0, 0.06), (0, -u - 0.03, 0, 0.06)), hemp, bits) for u in (0.9, 1.6, 2.3, 2.95)]
    tail = [rod(frame, ((0, -3.1, 0, 0.014), (a, -3.19, 0, 0.01)), hemp, bits) for a in (-0.035, 0, 0.035)]
    return [stacked((*tail, body, *twist, *knots))]


_TURNS = [2 * math.pi * i / 16 for i in range(17)]
_SEAMS = ([(math.cos(t), math.sin(t), 0) for t in _TURNS], [(0, math.cos(t), math.sin(t)) for t in _TURNS])
_TENNIS = ([(0.8 * math.cos(t), 0.6 * math.sin(2 * t), 0.8 * math.sin(t)) for t in _TURNS],)


def _blade(frame: Frame, sign: int, look: Look, bits: int) -> Part:
    """One spoon-shaped end of the paddle."""
    half = ((0.56, 0.02), (0.61, 0.06), (0.68, 0.09), (0.76, 0.102), (0.84, 0.098), (0.91, 0.07), (0.945, 0.03))
    outline = [(sign * a, -sign * s) for a, s in half] + [(sign * a, sign * s) for a, s in reversed(half)]
    blade = prism(frame, outline, -0.008, 0.008, vivid(look.accent), bits)
    rib = line(frame, ((sign * 0.6, 0.01, 0), (sign * 0.9, 0.01, 0)), 0.03, WHITE, bits)
    return stacked((blade, rib))


def _patch(frame: Frame, radius: float, pole: int, reach: float) -> list[tuple[Plane, ...]]:
    """What is seen of a round patch on a ball about the pole at one side, drawn in to the horizon."""
    c, s = radius * math.cos(reach), radius * math.sin(reach)
    rim = oval(frame.turned(roll=-90 * pole), (0, c, 0), s, s, 14)
    depth = nearness(frame.origin)
    if all(nearness(point) <= depth for point in rim):
        return []
    return [tuple(project(_horizon(frame, point, radius, nearness(point) - depth)) for point in rim)]


def _horizon(frame: Frame, point: Point, radius: float, ahead: float) -> Point:
    """The point itself, or the nearest on the outline of its ball if it lies behind."""
    if ahead > 0:
        return point
    view = (0.0, math.sin(PITCH), math.cos(PITCH))
    across = [p - o - ahead * v for p, o, v in zip(point, frame.origin, view, strict=True)]
    size = radius * frame.scale / (math.hypot(*across) or 1.0)
    return tuple(o + size * x for o, x in zip(frame.origin, across, strict=True))


def _seen(frame: Frame, radius: float, curves: Sequence[Sequence[Point]]) -> list[tuple[Point, Point]]:
    """Pieces of curves on a ball, given for radius 1, on its near half."""
    depth = nearness(frame.origin)
    lines = [[frame.at(*(radius * value for value in point)) for point in curve] for curve in curves]
    return [(a, b) for points in lines for a, b in pairwise(points) if nearness(a) + nearness(b) > 2 * depth]


def _mesh() -> list[tuple]:
    """Strings of a racket as rows of its frame."""
    across = [(0.415 + 0.15 * k, 0.115 * math.sqrt(1 - k * k)) for k in (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)]
    ahead = [(0.115 * k, 0.15 * math.sqrt(1 - k * k)) for k in (-0.66, -0.33, 0, 0.33, 0.66)]
    return [((a, 0, -s), (a, 0, s)) for a, s in across] + [((0.415 - a, 0, s), (0.415 + a, 0, s)) for s, a in ahead]
