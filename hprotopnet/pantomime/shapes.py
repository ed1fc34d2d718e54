"""Parts: what figures, props and apparatus are drawn of.

A part is a stack of flat polygons on the picture plane with one place in depth and one set of cue bits. Painters' order
(far parts first) does the rest; colour and truth are painted from the same polygons, so they cannot disagree.
"""

import cmath
import colorsys
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from hprotopnet.pantomime.look import Colour, shade
from hprotopnet.pantomime.stage import Frame, Plane, Point, nearness, project

OUTLINE = 0.011  # metres
LIGHT = (-0.38, 0.42)  # towards the light, on the plane
_LAMP = (-0.4, 0.7, 0.59)  # towards the light, in the world
_ARC = 9  # points of a half circle; half as many do for a thin one
_THIN = 0.03


@dataclass(frozen=True)
class Part:
    """Polygons that belong together.

    Attributes:
        near: painted in this order, the furthest first, in metres (`stage.nearness`).
        layers: (colour, plane points) from back to front.
        bits: cues this part belongs to.
        opacity: 1 hides what is behind, less lets it shine through.
    """

    near: float
    layers: tuple[tuple[Colour, tuple[Plane, ...]], ...]
    bits: int = 0
    opacity: float = 1.0


def chain(points: Sequence[Point], radii: Sequence[float], colour: Colour, bits: int, lift: float = 0.0) -> Part:
    """A limb: thick lines through joints, rounded at each, shaded and outlined as one.

    `radii` in metres, one a joint; `lift` moves the part nearer than its middle is, to settle what hides what.
    """
    plane = [project(point) for point in points]
    bones = [(plane[i], plane[i + 1], radii[i], radii[i + 1]) for i in range(len(plane) - 1)]
    edge = [(shade(colour, 0.5), capsule(a, b, r + OUTLINE, s + OUTLINE)) for a, b, r, s in bones]
    body = [(shade(colour, 0.86), capsule(a, b, r, s)) for a, b, r, s in bones]
    lit = [(shade(colour, 1.08), capsule(_lit(a, r), _lit(b, s), 0.62 * r, 0.62 * s)) for a, b, r, s in bones]
    return Part(_mean_near(points) + lift, (*edge, *body, *lit), bits)


def ball(centre: Point, radius: float, colour: Colour, bits: int, lift: float = 0.0) -> Part:
    """A shaded sphere."""
    middle = project(centre)
    layers = (
        (shade(colour, 0.5), circle(middle, radius + OUTLINE)),
        (shade(colour, 0.84), circle(middle, radius)),
        (shade(colour, 1.0), circle(_lit(middle, radius, 0.35), 0.78 * radius)),
        (shade(colour, 1.25), circle(_lit(middle, radius, 0.8), 0.36 * radius)),
    )
    return Part(nearness(centre) + lift, layers, bits)


def sheet(points: Sequence[Point], colour: Colour, bits: int, lift: float = 0.0, outlined: bool = True) -> Part:
    """A flat polygon in space."""
    plane = tuple(project(point) for point in points)
    edge = ((shade(colour, 0.5), grown(plane, OUTLINE)),) if outlined else ()
    return Part(_mean_near(points) + lift, (*edge, (colour, plane)), bits)


def disc(centre: Point, radius: float, across: Point, up: Point, colour: Colour, bits: int, lift: float = 0.0) -> Part:
    """A flat round plate spanned by two unit vectors."""
    rim = [_along(centre, across, up, radius * c, radius * s) for c, s in _turn(24)]
    return sheet(rim, colour, bits, lift)


def stroke(points: Sequence[Point], width: float, colour: Colour, bits: int, lift: float = 0.0) -> Part:
    """A thin flat line without an outline, `width` metres wide: a string, a seam, a stripe."""
    plane = [project(point) for point in points]
    quads = tuple((colour, _quad(a, b, width / 2)) for a, b in pairwise(plane))
    return Part(_mean_near(points) + lift, quads, bits)


def loft(
    rings: Sequence[Sequence[Point]],
    colour: Colour,
    bits: int,
    lift: float = 0.0,
    caps: tuple[Colour | None, Colour | None] = (None, None),
) -> Part:
    """A solid skin stretched over rings of equally many points: only what faces the viewer is drawn, lit by its slope.

    Rings run anticlockwise as seen from beyond the last one. `caps` are the colours of the ends at the first and at the
    last ring where they differ from `colour`; an end in a dark colour reads as an opening.
    """
    flat = [[project(point) for point in ring] for ring in rings]
    edge, skin = [grown(ring, OUTLINE) for ring in flat], []
    for (low, high), (under, over) in zip(pairwise(rings), pairwise(flat), strict=True):
        seen = [_ahead(under[i - 1], under[i], over[i], over[i - 1]) for i in range(len(low))]
        # Where a wall that is seen meets one that is not, the skin ends.
        edge += [
            capsule(under[i - 1], over[i - 1], OUTLINE, OUTLINE) for i in range(len(low)) if seen[i] != seen[i - 1]
        ]
        for i in (i for i, facing in enumerate(seen) if facing):
            tone = _lambert(low[i - 1], low[i], high[i], high[i - 1])
            skin.append((nearness(low[i]), shade(colour, tone), (under[i - 1], under[i], over[i], over[i - 1])))
    skin = [(paint, wall) for _, paint, wall in sorted(skin, key=lambda row: row[0])]
    for ring, paint in ((rings[0][::-1], caps[0]), (rings[-1], caps[1])):
        plane = tuple(map(project, ring))
        if area(plane) > 1e-9:
            third = len(ring) // 3
            tone = _lambert(ring[0], ring[third], ring[2 * third], ring[-1])
            skin.append((shade(colour if paint is None else paint, tone), plane))
    rim = [point for ring in rings for point in ring]
    return Part(_mean_near(rim) + lift, (*((shade(colour, 0.5), plane) for plane in edge), *skin), bits)


def spread(frame: Frame, rows: Iterable[Sequence[float]]) -> list[Point]:
    """World points of rows (ahead, up, side)."""
    return [frame.at(*row) for row in rows]


def rod(frame: Frame, rows: Iterable[Sequence[float]], colour: Colour, bits: int, lift: float = 0.0) -> Part:
    """A chain through rows (ahead, up, side, radius) of a frame."""
    points, radii = zip(*((frame.at(a, u, s), r * frame.scale) for a, u, s, r in rows), strict=True)
    return chain(points, radii, colour, bits, lift)


def line(frame: Frame, rows: Iterable[Sequence[float]], width: float, colour: Colour, bits: int) -> Part:
    """A stroke through rows (ahead, up, side) of a frame."""
    return stroke(spread(frame, rows), width * frame.scale, colour, bits)


def flat(frame: Frame, rows: Iterable[Sequence[float]], colour: Colour, bits: int) -> Part:
    """A patch of colour without an outline between rows (ahead, up, side) of a frame."""
    return sheet(spread(frame, rows), colour, bits, outlined=False)


def spot(frame: Frame, centre: Point, radius: float, colour: Colour, bits: int, count: int = 14) -> Part:
    """A round patch of colour about (ahead, up, side), level in its frame."""
    return sheet(oval(frame, centre, radius, radius, count), colour, bits, outlined=False)


def prism(
    frame: Frame, outline: Sequence[tuple[float, float]], low: float, high: float, colour: Colour, bits: int, **rest
) -> Part:
    """A plate: an outline of (ahead, side), anticlockwise as seen from above, from one height to another."""
    return loft([[frame.at(a, up, s) for a, s in outline] for up in (low, high)], colour, bits, **rest)


def lathe(
    frame: Frame, profile: Iterable[tuple[float, float]], colour: Colour, bits: int, count: int = 16, **rest
) -> Part:
    """A turned solid: profile rows (up, radius) about the up axis of a frame."""
    return loft([[frame.at(r * c, up, r * s) for c, s in _turn(count)] for up, r in profile], colour, bits, **rest)


def oval(frame: Frame, centre: Point, ahead: float, side: float, count: int = 16) -> list[Point]:
    """World points of an ellipse about (ahead, up, side), level in its frame, with these half-axes."""
    a, u, s = centre
    return [frame.at(a + ahead * x, u, s + side * y) for x, y in _turn(count)]


def shadow(centre: Point, width: float, depth: float, bits: int) -> Part:
    """A dark spot on the floor below a point, half-axes in metres; it lies beneath everything that stands."""
    x, _, z = centre
    middle = project((x, 0.0, z))
    return Part(-10.0, (((18, 18, 26), _ellipse(middle, width, 0.45 * depth)),), bits, opacity=0.28)


def merged(parts: Iterable[Part], near: float | None = None) -> Part:
    """Several parts as one, furthest first, at the depth of the nearest or at `near`; all must share their bits."""
    ordered = sorted(parts, key=lambda part: part.near)
    layers = tuple(layer for part in ordered for layer in part.layers)
    return Part(ordered[-1].near if near is None else near, layers, ordered[-1].bits, ordered[-1].opacity)


def stacked(parts: Iterable[Part], near: float | None = None) -> Part:
    """Several parts as one, painted in the order given, at the mean of their depths or at `near`."""
    parts = tuple(parts)
    layers = tuple(layer for part in parts for layer in part.layers)
    depth = sum(part.near for part in parts) / len(parts) if near is None else near
    return Part(depth, layers, parts[-1].bits, parts[-1].opacity)


def area(polygon: Sequence[Plane]) -> float:
    """Signed area of a polygon on the plane, positive where it runs anticlockwise."""
    return 0.5 * sum(a[0] * b[1] - a[1] * b[0] for a, b in _sides(polygon))


def grown(polygon: Sequence[Plane], by: float) -> tuple[Plane, ...]:
    """A polygon with every side moved outwards; sharp corners are blunted."""
    by = math.copysign(by, area(polygon))
    normals = [_normal(a, b) for a, b in _sides(polygon)]
    corners = []
    for i, (x, y) in enumerate(polygon):
        (nx, ny), (mx, my) = normals[i], normals[(i + 1) % len(polygon)]
        reach = by / max(1 + nx * mx + ny * my, 0.5)
        corners.append((x + reach * (nx + mx), y + reach * (ny + my)))
    return tuple(corners)


@cache
def vivid(colour: Colour) -> Colour:
    """A colour of the same hue that catches the eye."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    return tuple(round(255 * channel) for channel in colorsys.hsv_to_rgb(hue, max(saturation, 0.65), max(value, 0.86)))


def circle(middle: Plane, radius: float, points: int = 20) -> tuple[Plane, ...]:
    """A circle on the plane."""
    return _ellipse(middle, radius, radius, points)


def capsule(a: Plane, b: Plane, r: float, s: float) -> tuple[Plane, ...]:
    """The convex hull of two circles on the plane."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    if length <= abs(r - s) + 1e-9:
        return circle(a, r) if r >= s else circle(b, s)
    ahead = math.atan2(dy, dx)
    tangent = math.acos(max(-1.0, min(1.0, (r - s) / length)))
    far = _arc(b, s, ahead - tangent, ahead + tangent)
    return (*far, *_arc(a, r, ahead + tangent, ahead + 2 * math.pi - tangent))


def _arc(middle: Plane, radius: float, start: float, stop: float) -> tuple[Plane, ...]:
    count = _ARC if radius > _THIN else (_ARC + 1) // 2
    spoke, turn = cmath.rect(radius, start), cmath.rect(1.0, (stop - start) / (count - 1))
    points = []
    for _ in range(count):
        points.append((middle[0] + spoke.real, middle[1] + spoke.imag))
        spoke *= turn
    return tuple(points)


def _ellipse(middle: Plane, width: float, height: float, points: int = 20) -> tuple[Plane, ...]:
    return tuple((middle[0] + width * c, middle[1] + height * s) for c, s in _turn(points))


@cache
def _turn(count: int) -> tuple[Plane, ...]:
    """Cosine and sine of equal steps once around."""
    return tuple((math.cos(2 * math.pi * i / count), math.sin(2 * math.pi * i / count)) for i in range(count))


def _sides(points: Sequence[Plane]) -> list[tuple[Plane, Plane]]:
    return [(points[i - 1], points[i]) for i in range(len(points))]


def _normal(a: Plane, b: Plane) -> Plane:
    """To the right of the way from a to b; nothing where they meet."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    return dy / length, -dx / length


def _quad(a: Plane, b: Plane, half: float) -> tuple[Plane, ...]:
    x, y = (half * value for value in _normal(a, b))
    return (a[0] + x, a[1] + y), (b[0] + x, b[1] + y), (b[0] - x, b[1] - y), (a[0] - x, a[1] - y)


def _ahead(a: Plane, b: Plane, c: Plane, d: Plane) -> bool:
    """Whether four corners run anticlockwise, so that their face looks at the viewer."""
    return (c[0] - a[0]) * (d[1] - b[1]) - (c[1] - a[1]) * (d[0] - b[0]) > 1e-9


def _lambert(a: Point, b: Point, c: Point, d: Point) -> float:
    """How bright a flat face with these corners is: 1 lies in even light."""
    px, py, pz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    qx, qy, qz = d[0] - b[0], d[1] - b[1], d[2] - b[2]
    x, y, z = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
    return 0.78 + 0.34 * (x * _LAMP[0] + y * _LAMP[1] + z * _LAMP[2]) / (math.hypot(x, y, z) or 1.0)


def _lit(point: Plane, radius: float, amount: float = 0.45) -> Plane:
    return point[0] + LIGHT[0] * radius * amount, point[1] + LIGHT[1] * radius * amount


def _mean_near(points: Sequence[Point]) -> float:
    return sum(map(nearness, points)) / len(points)


def _along(origin: Point, across: Point, up: Point, x: float, y: float) -> Point:
    return tuple(o + x * a + y * u for o, a, u in zip(origin, across, up, strict=True))
