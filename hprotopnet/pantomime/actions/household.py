"""Household: cooking, grooming, chores."""

from hprotopnet.pantomime.actions.action import Action, Moment, at_thing, carried, centred, held, pointing
from hprotopnet.pantomime.figure import ANKLE, Pose


def over_dish(m: Moment) -> Pose:
    """A kitchen tool over a dish on the counter: u chops, v stirs."""
    return Pose(
        lean=12,
        nod=22,
        left_hand=(0.46, 1.02, 0.2),
        right_hand=(0.42, 1.1 + 0.26 * m.u, -0.02 - 0.2 * centred(m.v)),
        elbows=(-0.4, -0.3, 0.9),
    )


def pizza_tossing(m: Moment) -> Pose:
    """A disc of dough thrown up and caught on both hands."""
    flight = 4 * m.phase * (1 - m.phase)
    return Pose(
        nod=-10 - 14 * flight,
        lean=2,
        left_hand=(0.36, 1.12 + 0.34 * m.u, 0.2),
        right_hand=(0.36, 1.12 + 0.34 * m.u, -0.2),
        things={"dough": (0.4, 1.42 + 0.58 * flight, 0.0)},
    )


def at_face(m: Moment) -> Pose:
    """A small tool at the mouth: u rubs from side to side, v strokes up and down."""
    return Pose(
        lean=6,
        nod=6,
        left_hand=(0.44, 0.92, 0.2),
        right_hand=(0.26, 1.47 + 0.1 * centred(m.v), -0.09 - 0.1 * centred(m.u)),
        elbows=(-0.1, -0.7, 1.0),
        things={"mouth": (0.1, 1.53 + 0.1 * centred(m.v), 0.02 - 0.1 * centred(m.u))},
    )


def blow_drying(m: Moment) -> Pose:
    """A dryer waved around the head, the other hand in the hair."""
    return Pose(
        nod=10,
        roll=5 * centred(m.u),
        left_hand=(0.02, 1.72 + 0.05 * centred(m.v), 0.12),
        right_hand=(0.16 + 0.1 * centred(m.v), 1.55 + 0.2 * centred(m.u), -0.42),
        elbows=(0.1, -0.4, 1.0),
        things={"head_top": (0.02, 1.66, -0.02)},
    )


def at_bench(m: Moment) -> Pose:
    """A tool on a board: u lifts it and brings it down, v slides it along."""
    return Pose(
        lean=16,
        nod=20,
        left_hand=(0.44, 0.93, 0.24 + 0.02 * m.v),
        right_hand=(0.46, 1.04 + 0.36 * m.u, -0.02 - 0.3 * centred(m.v)),
        twist=6 * centred(m.v),
        elbows=(-0.5, -0.1, 0.9),
    )


def mopping(m: Moment) -> Pose:
    """A mop pushed from side to side over the floor."""
    sweep = centred(m.u)
    return Pose(
        lean=14 + 8 * m.v,
        twist=-16 * sweep,
        left_hand=(0.24, 1.22, 0.08 + 0.06 * sweep),
        right_hand=(0.36, 0.92, -0.06 - 0.14 * sweep),
        left_foot=(0.16, ANKLE, 0.14),
        right_foot=(-0.16, ANKLE, -0.14),
        things={"mop_head": (0.78 + 0.14 * m.v, 0.0, -0.5 * sweep)},
    )


COOK = (carried("dish", ahead=0.56, up=0.9), held("utensil", "right", (0.45, -0.9, 0.1)))
WAND = (pointing("wand", "right_hand", "mouth"),)
WORK = (carried("board", ahead=0.52, up=0.87), held("block", "right", (1.0, 0.0, 0.0)))

ACTIONS = (
    Action("Cutting", over_dish, "u", 0.7, COOK, yaw=45),
    Action("MixingBatter", over_dish, "v", 0.9, COOK, yaw=45),
    Action("PizzaTossing", pizza_tossing, "u", 1.2, (at_thing("dough", "dough"),), yaw=45, middle=(1.05, 2.1)),
    Action("BrushingTeeth", at_face, "u", 0.6, WAND, yaw=35, middle=(1.05, 1.7)),
    Action("Shaving", at_face, "v", 0.8, WAND, yaw=35, middle=(1.05, 1.7)),
    Action(
        "BlowDryingHair",
        blow_drying,
        "uv",
        1.1,
        (pointing("dryer", "right_hand", "head_top"),),
        yaw=30,
        middle=(1.05, 1.8),
    ),
    Action(
        "Mopping", mopping, "uv", 1.5, (pointing("mop", "left_hand", "mop_head"),), yaw=40, station=(-1.5, 0.0, 0.6)
    ),
    Action("Hammering", at_bench, "u", 0.8, WORK, yaw=45),
    Action("Ironing", at_bench, "v", 1.2, WORK, yaw=45),
)
