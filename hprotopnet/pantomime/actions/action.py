"""What an action is: a pose that moves, and the props that go with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hprotopnet.pantomime.figure import Pose
from hprotopnet.pantomime.look import Look
from hprotopnet.pantomime.props import PROPS, rope
from hprotopnet.pantomime.shapes import Part
from hprotopnet.pantomime.stage import Frame, Point, along


@dataclass(frozen=True)
class Moment:
    """Where the motion is: channels u and v in [0, 1], the phase of the cycle in [0, 1), and seconds."""

    u: float
    v: float
    phase: float
    time: float


def centred(value: float) -> float:
    """A channel as a deflection between -1 and 1."""
    return 2 * value - 1


# Draws something that an actor holds or rides, given their frame and the world points of joints and things.
Props = Callable[[Frame, dict[str, Point], Look, int], list[Part]]


@dataclass(frozen=True)
class Action:
    """One entry.

    Attributes:
        label: class of the hierarchy.
        pose: Moment -> Pose.
        moves: channels that move: "u", "v" or "uv".
        period: seconds of one cycle at tempo 1.
        props: what is held or ridden, placed by the actor's frame and joints.
        yaw: where the actor looks, 0 at the viewer, 90 to the right.
        station: where the family's apparatus stands from the actor, metres (ahead, up, side).
        middle: height of the middle of the action above the floor, and its size, both in metres: what a camera frames.
    """

    label: str
    pose: Callable[[Moment], Pose]
    moves: str
    period: float
    props: tuple[Props, ...] = ()
    yaw: float = 60.0
    station: Point = (0.0, 0.0, 0.0)
    middle: tuple[float, float] = (0.88, 2.0)

    def pace(self, channel: str) -> float:
        """Turns of a channel in a cycle of the action: two that move do so out of step."""
        return 1.31 if channel == "v" and self.moves != "v" else 1.0


def carried(name: str, ahead: float = 0.0, up: float = 0.0, side: float = 0.0, yaw: float = 0.0) -> Props:
    """Fixed in the actor's frame: what they ride, sit on or work at."""
    return lambda frame, at, look, bits: PROPS[name](frame.moved(ahead, up, side).turned(yaw=yaw), look, bits)


def at_thing(name: str, thing: str) -> Props:
    """Upright at a point that the pose names."""
    return lambda frame, at, look, bits: PROPS[name](replace(frame, origin=at[thing]), look, bits)


def pointing(name: str, start: str, stop: str, top: Point = (0.0, 1.0, 0.0)) -> Props:
    """From one joint or thing towards another; `top` is where its upper face looks, in the actor's frame."""

    def draw(frame: Frame, at: dict[str, Point], look: Look, bits: int) -> list[Part]:
        return PROPS[name](along(at[start], at[stop], _vector(frame, top), frame.scale), look, bits)

    return draw


def held(name: str, hand: str, direction: Point, top: Point = (0.0, 1.0, 0.0)) -> Props:
    """In one hand, pointing in a direction of the actor's frame."""

    def draw(frame: Frame, at: dict[str, Point], look: Look, bits: int) -> list[Part]:
        grip = at[f"{hand}_hand"]
        tip = tuple(g + d for g, d in zip(grip, _vector(frame, direction), strict=True))
        return PROPS[name](along(grip, tip, _vector(frame, top), frame.scale), look, bits)

    return draw


def between_hands(name: str) -> Props:
    """A shaft through both hands, its origin midway, ahead to the left hand."""

    def draw(frame: Frame, at: dict[str, Point], look: Look, bits: int) -> list[Part]:
        left, right = at["left_hand"], at["right_hand"]
        middle = tuple((a + b) / 2 for a, b in zip(left, right, strict=True))
        return PROPS[name](along(middle, left, frame.up, frame.scale), look, bits)

    return draw


def cord(*names: str) -> Props:
    """A rope through joints and things."""
    return lambda frame, at, look, bits: rope([at[name] for name in names], look, bits)


def _vector(frame: Frame, direction: Point) -> Point:
    return tuple(b - a for a, b in zip(frame.origin, frame.at(*direction), strict=True))
