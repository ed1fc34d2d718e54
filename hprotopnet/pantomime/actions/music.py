"""Playing music: strings, wind, percussion."""

import math

from hprotopnet.pantomime.actions.action import Action, Moment, carried, centred, held, pointing
from hprotopnet.pantomime.figure import ANKLE, Pose, spine_point


def seated(**limbs) -> Pose:
    """On a chair."""
    return Pose(
        hips=(0.0, 0.54, 0.0),
        left_foot=(0.44, ANKLE, 0.2),
        right_foot=(0.44, ANKLE, -0.2),
        knees=(0.3, 1.0, 0.3),
        **limbs,
    )


def big_fiddle(m: Moment) -> Pose:
    """A big string instrument on the knee: u draws the hand across it, v strums up and down."""
    return seated(
        lean=4,
        twist=-8 + 6 * centred(m.u),
        nod=14,
        left_hand=(0.3, 1.08, 0.36),
        right_hand=(0.42, 0.78 + 0.17 * centred(m.v), -0.1 - 0.2 * centred(m.u)),
        things={"body": (0.3, 0.74, -0.08), "neck_end": (0.26, 1.25, 0.5)},
    )


def violin(m: Moment) -> Pose:
    """Standing, the bow drawn over the strings at the chin."""
    draw = centred(m.u)
    return Pose(
        roll=3 * draw,
        nod=8,
        twist=12,
        left_hand=(0.46, 1.38, 0.3),
        right_hand=(0.3, 1.32 - 0.1 * draw, -0.22 - 0.2 * draw),
        elbows=(0.2, -1.0, 0.4),
        things={"chin": (0.12, 1.47, 0.07), "scroll": (0.6, 1.42, 0.42), "bow_end": (0.3, 1.52, 0.22)},
    )


def horn(m: Moment) -> Pose:
    """A brass horn: u raises its bell, v sways the body."""
    rise, sway = centred(m.u), centred(m.v)
    angle = math.radians(26 * rise - 4)
    return Pose(
        hips=(0.0, 0.93, 0.05 * sway),
        bank=11 * sway,
        nod=-12 * rise,
        left_hand=(0.14 + 0.3 * math.cos(angle), 1.45 + 0.3 * math.sin(angle), 0.06),
        right_hand=(0.14 + 0.2 * math.cos(angle), 1.42 + 0.2 * math.sin(angle), -0.06),
        elbows=(0.0, -1.0, 0.6),
        things={"mouth": (0.17, 1.5, 0.0), "bell": (0.17 + math.cos(angle), 1.5 + math.sin(angle), 0.0)},
    )


def flute(m: Moment) -> Pose:
    """A flute held to the right of the mouth; the body nods and the elbows breathe."""
    return Pose(
        lean=2 + 11 * m.u,
        twist=-14,
        left_hand=spine_point((0.0, 0.93, 0.0), 2 + 11 * m.u, 0.53, 0.22, -0.14),
        right_hand=spine_point((0.0, 0.93, 0.0), 2 + 11 * m.u, 0.52, 0.2, -0.42 + 0.02 * m.v),
        elbows=(0.1, -1.0 + 0.8 * m.u, 0.7),
        things={
            "mouth": spine_point((0.0, 0.93, 0.0), 2 + 11 * m.u, 0.59, 0.2, 0.04),
            "end": spine_point((0.0, 0.93, 0.0), 2 + 11 * m.u, 0.55, 0.18, -1.0),
        },
    )


def two_drums(m: Moment) -> Pose:
    """Two drums: u beats the hands in turn, v both together."""
    turn, both = 0.13 * centred(m.u), 0.13 * centred(m.v)
    return seated(
        lean=9,
        nod=10,
        left_hand=(0.4, 0.98 + both + turn, 0.24),
        right_hand=(0.4, 0.98 + both - turn, -0.24),
        elbows=(-0.4, -0.4, 1.0),
    )


def daf(m: Moment) -> Pose:
    """A frame drum held up in one hand, shaken and struck with the other."""
    shake = centred(m.u)
    return Pose(
        roll=4 * shake,
        left_hand=(0.24, 1.3 + 0.05 * shake, 0.32),
        right_hand=(0.42, 1.42, -0.26 + 0.2 * m.v),
        elbows=(0.1, -1.0, 0.5),
        things={"drum": (0.3 + 0.05 * shake, 1.9, 0.2 - 0.3 * shake)},
    )


BIG_FIDDLE = (
    carried("chair"),
    pointing("fiddle_big", "body", "neck_end", top=(1.0, 0.1, 0.0)),
    held("stick", "right", (0.1, 0.3, 0.9)),
)
HORN = (pointing("horn", "mouth", "bell"),)
DRUMS = (
    carried("chair"),
    carried("drums", ahead=0.55),
    held("stick", "left", (0.8, -0.45, -0.2)),
    held("stick", "right", (0.8, -0.45, 0.2)),
)

ACTIONS = (
    Action(
        "Violin",
        violin,
        "u",
        1.4,
        (pointing("fiddle_small", "chin", "scroll"), pointing("bow", "right_hand", "bow_end")),
        yaw=35,
    ),
    Action("Cello", big_fiddle, "u", 1.5, BIG_FIDDLE, yaw=28, middle=(0.7, 1.8)),
    Action("Guitar", big_fiddle, "v", 0.9, BIG_FIDDLE, yaw=28, middle=(0.7, 1.8)),
    Action("Flute", flute, "u", 1.6, (pointing("flute", "mouth", "end"),), yaw=30),
    Action("Trumpet", horn, "u", 1.5, HORN, yaw=58),
    Action("Saxophone", horn, "v", 1.6, HORN, yaw=58),
    Action("Drumming", two_drums, "u", 0.7, DRUMS, yaw=35, middle=(0.7, 1.8)),
    Action("Daf", daf, "uv", 0.8, (pointing("frame_drum", "left_hand", "drum", top=(1.0, 0.0, 0.0)),), yaw=35),
    Action("Tabla", two_drums, "v", 0.7, DRUMS, yaw=35, middle=(0.7, 1.8)),
)
