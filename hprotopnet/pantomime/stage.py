"""The space the little actors live in, and how it falls on the picture plane.

World coordinates are metres: x right, y up, z towards the viewer; the floor is y = 0, the back wall is at z = WALL.
The view is orthographic and looks down by PITCH, so a point further away lies higher in the picture and nothing grows
or shrinks with distance. A *plane* point is what remains of a world point: (x, y) in metres, y up. A camera then only
has to choose a rectangle of the plane, and whatever stands still is painted once a clip.
"""

import math
from dataclasses import dataclass, replace

WIDTH, HEIGHT, FPS = 320, 240, 25
# Frames are drawn at twice their size and averaged down, which smooths every edge.
SUPERSAMPLING = 2
# Pixels of the picture per metre at zoom 1, and of the painted backdrop, which has some to spare for zooming in.
UNIT, PX = 100, 200
PITCH = math.radians(15)
WALL = -2.0

# One byte of truth a pixel. The cue of a level has the bit of its level, topmost first.
CUES = ("grandparent", "parent", "child", "actor")
GRANDPARENT, PARENT, CHILD, ACTOR = (1 << bit for bit in range(4))

Point = tuple[float, float, float]  # world
Plane = tuple[float, float]  # picture plane


def project(point: Point) -> Plane:
    """The plane point of a world point."""
    x, y, z = point
    return x, y * math.cos(PITCH) - z * math.sin(PITCH)


def nearness(point: Point) -> float:
    """How near a world point is to the viewer, in metres; what is nearer hides what is further."""
    return point[2] * math.cos(PITCH) + point[1] * math.sin(PITCH)


# Where the back wall meets the floor, in plane metres above the floor line z = 0.
HORIZON = project((0.0, 0.0, WALL))[1]


@dataclass(frozen=True)
class Frame:
    """A place with a direction: where an actor, a prop or an apparatus stands, and which way is its front.

    Attributes:
        origin: world point.
        ahead, up, side: orthonormal world vectors; `side` points to the left of whoever looks ahead with up upwards.
        scale: metres of the world per metre of the frame.
    """

    origin: Point = (0.0, 0.0, 0.0)
    ahead: Point = (1.0, 0.0, 0.0)
    up: Point = (0.0, 1.0, 0.0)
    side: Point = (0.0, 0.0, -1.0)
    scale: float = 1.0

    def at(self, ahead: float = 0.0, up: float = 0.0, side: float = 0.0) -> Point:
        """The world point at these coordinates of the frame, in its metres."""
        a, u, s, k = self.ahead, self.up, self.side, self.scale
        return tuple(o + k * (ahead * a[i] + up * u[i] + side * s[i]) for i, o in enumerate(self.origin))

    def moved(self, ahead: float = 0.0, up: float = 0.0, side: float = 0.0) -> "Frame":
        """The same directions at another place."""
        return replace(self, origin=self.at(ahead, up, side))

    def turned(self, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> "Frame":
        """Turned in place, in degrees: to the left (yaw), nose up (pitch), then leaning to the right side (roll)."""
        ahead, side = _rotated(self.ahead, self.side, yaw)
        ahead, up = _rotated(ahead, self.up, pitch)
        up, side = _rotated(up, side, -roll)
        return replace(self, ahead=ahead, up=up, side=side)


def facing(yaw: float, origin: Point = (0.0, 0.0, 0.0), scale: float = 1.0) -> Frame:
    """A frame on the floor that looks at the viewer (yaw 0) or to the right of the picture (yaw 90)."""
    return Frame(origin, (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), scale).turned(yaw)


def along(start: Point, stop: Point, up: Point = (0.0, 1.0, 0.0), scale: float = 1.0) -> Frame:
    """A frame at `start` that looks towards `stop`, its up as near as can be to the one given."""
    ahead = _unit(tuple(b - a for a, b in zip(start, stop, strict=True)))
    side = _cross(up, ahead)
    if sum(value * value for value in side) < 1e-9:
        side = _cross((1.0, 0.0, 0.0), ahead)
    side = _unit(side)
    return Frame(start, ahead, _cross(ahead, side), side, scale)


@dataclass(frozen=True)
class Stage:
    """The rectangle of the plane that is painted, in metres.

    A clip needs little more than its camera sees; a story wants room for its camera to travel.
    """

    left: float = -2.7
    right: float = 2.7
    bottom: float = -1.0
    top: float = 2.9

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the backdrop in pixels."""
        return round((self.right - self.left) * PX), round((self.top - self.bottom) * PX)

    @property
    def affine(self) -> tuple[float, float, float]:
        """Scale s and offset (x, y): a plane point (a, b) falls on pixel (x + s a, y - s b) of the backdrop."""
        return PX, -self.left * PX, self.top * PX

    def pixel(self, point: Plane) -> Plane:
        """Where a plane point lies on the backdrop, in pixels from the top left."""
        return (point[0] - self.left) * PX, (self.top - point[1]) * PX


def _rotated(one: Point, other: Point, degrees: float) -> tuple[Point, Point]:
    """Two orthonormal vectors turned in their own plane, the first towards the second."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    first = tuple(c * a + s * b for a, b in zip(one, other, strict=True))
    return first, tuple(c * b - s * a for a, b in zip(one, other, strict=True))


def _cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(vector: Point) -> Point:
    length = math.hypot(*vector) or 1.0
    return tuple(value / length for value in vector)
