"""Sports: on water, on snow, with a ball."""

import math

from hprotopnet.pantomime.actions.action import Action, Moment, at_thing, between_hands, carried, centred, pointing
from hprotopnet.pantomime.figure import ANKLE, Pose


def boating(m: Moment) -> Pose:
    """Seated in a boat: u dips the paddle left and right, v pitches the boat."""
    tilt, rock = math.radians(46 * centred(m.u)), centred(m.v)
    reach, rise = 0.3 * math.cos(tilt), 0.3 * math.sin(tilt)
    return Pose(
        hips=(-0.2, 0.24, 0.0),
        lean=8,
        twist=-20 * centred(m.u),
        left_hand=(0.26, 0.66 - rise, reach),
        right_hand=(0.26, 0.66 + rise, -reach),
        left_foot=(0.5, 0.22, 0.1),
        right_foot=(0.5, 0.22, -0.1),
        knees=(0.2, 1.0, 0.1),
        lift=0.09 * rock,
        tilt=13 * rock,
    )


def surfing(m: Moment) -> Pose:
    """Crouched sideways on a board that rolls, arms out for balance."""
    rock, crouch = centred(m.u), 0.12 * m.v
    return Pose(
        hips=(-0.05, 0.78 - crouch, 0.0),
        lean=22 + 10 * m.v,
        roll=16 * rock,
        left_hand=(0.15, 1.22 - 0.22 * rock, 0.62),
        right_hand=(0.15, 1.22 + 0.22 * rock, -0.62),
        left_foot=(0.0, 0.12, 0.36),
        right_foot=(0.0, 0.12, -0.36),
        bank=9 * rock,
        lift=0.06 * m.v,
        tilt=0,
    )


def gliding(m: Moment) -> Pose:
    """On a plank: u weaves from edge to edge, v crouches."""
    weave, crouch = centred(m.u), 0.3 * m.v
    return Pose(
        hips=(-0.06, 0.84 - crouch, 0.0),
        lean=18 + 26 * m.v,
        left_hand=(0.3, 1.05 - 0.8 * crouch, 0.42),
        right_hand=(0.3, 1.05 - 0.8 * crouch, -0.42),
        left_foot=(0.12, 0.1, 0.07),
        right_foot=(-0.12, 0.1, -0.07),
        toes=(1.0, 0.0, 0.0),
        bank=22 * weave,
    )


def sledging(m: Moment) -> Pose:
    """Seated on a sledge, leaning back and being shaken."""
    bump = m.u
    return Pose(
        hips=(-0.28, 0.32 + 0.03 * bump, 0.0),
        lean=-24 + 30 * m.v,
        left_hand=(0.22, 0.5 + 0.07 * bump, 0.16),
        right_hand=(0.22, 0.5 + 0.07 * bump, -0.16),
        left_foot=(0.5, 0.3, 0.12),
        right_foot=(0.5, 0.3, -0.12),
        knees=(0.2, 1.0, 0.2),
        toes=(0.6, 1.0, 0.0),
        lift=0.1 * bump,
        tilt=8 * centred(bump),
    )


def ball_play(m: Moment) -> Pose:
    """A ball goes up and down with the cycle: u is what the hands do, v what the knee does."""
    flight = 4 * m.phase * (1 - m.phase)
    return Pose(
        hips=(0.0, 0.9 + 0.02 * m.v, 0.0),
        lean=4,
        nod=-18 * flight,
        left_hand=(0.34, 1.0 + 0.42 * m.u, 0.15),
        right_hand=(0.34, 1.0 + 0.42 * m.u, -0.15),
        right_foot=(0.16 * m.v, ANKLE + 0.36 * m.v, -0.12),
        things={"ball": (0.4, 1.22 + 0.72 * flight, -0.02)},
    )


def tennis(m: Moment) -> Pose:
    """A forehand: the racket swings from behind to across the body, the ball comes and goes."""
    swing = m.u
    angle = math.radians(-115 + 175 * swing)
    away = abs(centred(m.phase))
    return Pose(
        hips=(0.04 * centred(swing), 0.86, 0.0),
        lean=10,
        twist=-42 + 78 * swing,
        left_hand=(0.3, 1.12, 0.34 - 0.2 * swing),
        right_hand=(0.1 + 0.42 * math.cos(angle), 1.05 + 0.16 * swing, -0.18 + 0.42 * math.sin(angle)),
        left_foot=(0.2, ANKLE, 0.18),
        right_foot=(-0.18, ANKLE, -0.2),
        things={
            "racket_tip": (0.1 + 1.2 * math.cos(angle), 1.12 + 0.3 * swing, -0.18 + 1.2 * math.sin(angle)),
            "ball": (0.75 + 1.5 * away, 1.15 + 0.35 * away * (1 - away), -0.25),
        },
    )


BOAT = (carried("boat"), carried("wake"), between_hands("paddle"))
PLANK = (carried("plank", up=0.03),)
BALL = (at_thing("ball", "ball"),)

ACTIONS = (
    Action("Rafting", boating, "v", 1.25, BOAT, yaw=62, middle=(0.5, 1.9)),
    Action("Kayaking", boating, "u", 1.5, BOAT, yaw=62, middle=(0.5, 1.9)),
    Action("Surfing", surfing, "uv", 1.6, (carried("surfboard", up=0.04, yaw=90), carried("wake", yaw=90)), yaw=20),
    Action("Skiing", gliding, "u", 1.5, PLANK, yaw=48),
    Action("Snowboarding", gliding, "v", 1.3, PLANK, yaw=48),
    Action("Sledging", sledging, "uv", 0.8, (carried("sledge"),), yaw=62, middle=(0.5, 1.7)),
    Action("BasketballShooting", ball_play, "u", 1.1, BALL, middle=(1.0, 2.2)),
    Action("SoccerJuggling", ball_play, "v", 1.1, BALL, middle=(1.0, 2.2)),
    Action(
        "TennisSwing",
        tennis,
        "u",
        1.3,
        (pointing("racket", "right_hand", "racket_tip", top=(0.0, 0.0, -1.0)), at_thing("small_ball", "ball")),
        yaw=50,
    ),
)
