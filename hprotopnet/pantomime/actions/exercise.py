"""Exercise: on the floor, on an apparatus, jumping."""

import math

from hprotopnet.pantomime.actions.action import Action, Moment, at_thing, centred, cord
from hprotopnet.pantomime.figure import ANKLE, Pose, spine_point
from hprotopnet.pantomime.stage import Point


def plank(m: Moment) -> Pose:
    """Face down on hands and toes: u bends the arms, v brings one knee under the chest."""
    shoulders = 0.54 - 0.3 * m.u
    slope = math.atan2(shoulders - 0.12, 1.28)
    hips = (0.02, 0.12 + 0.83 * math.tan(slope) + 0.05 * m.v, 0.0)
    return Pose(
        hips=hips,
        lean=90 - math.degrees(slope),
        nod=-28,
        left_hand=(0.5, 0.04, 0.24),
        right_hand=(0.5, 0.04, -0.24),
        elbows=(-0.6, 0.5, 0.8),
        left_foot=(-0.8, 0.12, 0.1),
        right_foot=(-0.8 + 0.78 * m.v, 0.12 + 0.05 * m.v, -0.14),
        knees=(0.7, -0.6, 0.3),
        toes=(0.3, -1.0, 0.0),
    )


def sit_up(m: Moment) -> Pose:
    """On the back with bent knees, the hands behind the head; u raises the trunk."""
    lean = -86 + 78 * m.u
    head = spine_point((0.0, 0.13, 0.0), lean, 0.62, -0.05)
    return Pose(
        hips=(0.0, 0.13, 0.0),
        lean=lean,
        nod=18,
        left_hand=(head[0], head[1], 0.13),
        right_hand=(head[0], head[1], -0.13),
        elbows=(0.3, 0.2, 1.0),
        left_foot=(0.55, ANKLE, 0.13),
        right_foot=(0.55, ANKLE, -0.13),
        knees=(0.1, 1.0, 0.15),
    )


BAR = 2.15


def hanging(m: Moment) -> Pose:
    """From a high bar: u pulls the chin up to it, v swings the body."""
    angle = math.radians(27 * centred(m.v))
    below = 1.04 - 0.42 * m.u
    hips = (below * math.sin(angle), BAR - below * math.cos(angle), 0.0)
    feet = (hips[0] + 0.84 * math.sin(1.25 * angle), hips[1] - 0.84 * math.cos(1.25 * angle))
    return Pose(
        hips=hips,
        lean=-math.degrees(angle),
        left_hand=(0.0, BAR, 0.27),
        right_hand=(0.0, BAR, -0.27),
        elbows=(0.2, -0.6, 0.8),
        left_foot=(*feet, 0.09),
        right_foot=(*feet, -0.09),
        toes=(0.8, -0.7, 0.0),
    )


def rope_climbing(m: Moment) -> Pose:
    """Hand over hand up a rope and down again; the feet clamp it."""
    rise, turn = 0.22 * m.v, 0.15 * centred(m.u)
    return Pose(
        hips=(-0.14, 1.0 + rise, 0.0),
        lean=-8,
        nod=-14,
        left_hand=(0.1, 1.78 + rise + turn, 0.02),
        right_hand=(0.1, 1.78 + rise - turn, -0.02),
        elbows=(-0.2, -0.8, 0.8),
        left_foot=(0.1, 0.48 + rise - 0.6 * turn, 0.04),
        right_foot=(0.1, 0.48 + rise + 0.6 * turn, -0.04),
        knees=(1.0, 0.4, 0.5),
        things={"rope": (0.1, 3.2, 0.0)},
    )


def star_jump(m: Moment) -> Pose:
    """Hopping: the limbs are spread by u; the hop itself goes with the cycle whatever moves."""
    angle = math.radians(18 + 140 * m.u)
    reach, drop = 0.53 * math.sin(angle), 0.53 * math.cos(angle)
    hop = 4 * m.phase * (1 - m.phase)
    return Pose(
        hips=(0.0, 0.93 - 0.06 * m.u, 0.0),
        left_hand=(0.03, 1.37 - drop, SHOULDER_OUT + reach),
        right_hand=(0.03, 1.37 - drop, -SHOULDER_OUT - reach),
        elbows=(-0.3, -0.2, 0.6),
        left_foot=(0.0, ANKLE, 0.1 + 0.3 * m.u),
        right_foot=(0.0, ANKLE, -0.1 - 0.3 * m.u),
        lift=0.26 * hop,
    )


SHOULDER_OUT = 0.17


def jump_rope(m: Moment) -> Pose:
    """Small hops over a turning rope."""
    turn = 2 * math.pi * m.phase
    hop = max(0.0, -math.sin(turn)) * 0.16
    middle = (0.55 * math.cos(turn), 0.9 + 1.05 * math.sin(turn))
    return Pose(
        left_hand=(0.12 + 0.05 * math.cos(turn), 0.98 + 0.05 * math.sin(turn), 0.4),
        right_hand=(0.12 + 0.05 * math.cos(turn), 0.98 + 0.05 * math.sin(turn), -0.4),
        knees=(1.0, 0.2, 0.1),
        lift=hop,
        things={f"rope{i}": _on_rope(middle, i / 8, hop) for i in range(1, 8)},
    )


def _on_rope(middle: tuple[float, float], share: float, hop: float) -> Point:
    bow = math.sin(math.pi * share)
    ahead, up = 0.12 + (middle[0] - 0.12) * bow, 0.98 + (middle[1] - 0.98) * bow
    return ahead, max(up, 0.02 - hop), 0.46 * math.cos(math.pi * share)


JUMP_ROPE = (cord("left_hand", *(f"rope{i}" for i in range(1, 8)), "right_hand"),)

ACTIONS = (
    Action("PushUps", plank, "u", 1.4, yaw=75, middle=(0.35, 1.6)),
    Action("SitUps", sit_up, "u", 1.6, yaw=75, middle=(0.4, 1.6)),
    Action("Lunges", plank, "v", 1.4, yaw=75, middle=(0.35, 1.6)),
    Action("PullUps", hanging, "u", 1.5, yaw=62, middle=(1.2, 2.4)),
    Action("RopeClimbing", rope_climbing, "uv", 1.4, (at_thing("climbing_rope", "rope"),), yaw=65, middle=(1.2, 2.4)),
    Action("Swinging", hanging, "v", 1.6, yaw=62, middle=(1.2, 2.4)),
    Action("JumpingJacks", star_jump, "u", 0.9, yaw=15, middle=(1.0, 2.3)),
    Action("JumpRope", jump_rope, "u", 0.7, JUMP_ROPE, yaw=30, middle=(1.0, 2.3)),
    Action("Trampoline", star_jump, "", 0.9, yaw=15, middle=(1.0, 2.3)),
)
