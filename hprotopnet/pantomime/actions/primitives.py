"""Motion primitives: the atomic actions that the 36 actions are made of, shared between families.

They are read off what the poses draw: which part of the body, or of what it holds, each channel of a `Moment` moves,
and which way. Channels u and v go to and fro, so that their primitives alternate between "out" and "back"; so does what
flies or hops with the cycle; a rope that turns has no phases. The first primitive of an action is the one that shows
most.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

from hprotopnet.pantomime.actions.catalogue import ACTIONS

Track = Literal["u", "v", "flight", "return", "skip", "turn"]
PHASES: dict[Track, tuple[str, ...]] = {  # of equal length, in the order of a cycle
    "u": ("out", "back"),
    "v": ("out", "back"),
    "flight": ("out", "back"),
    "return": ("back", "out"),  # it begins far away
    "skip": ("ground", "air"),
    "turn": ("round",),
}


class Primitive(NamedTuple):
    """A primitive of an action, and what drives it: a channel, or the cycle itself."""

    name: str
    track: Track


PRIMITIVES: dict[str, tuple[Primitive, ...]] = {
    # on water
    "Rafting": (Primitive("rock", "v"),),  # the boat pitches
    "Kayaking": (Primitive("hands in turn", "u"), Primitive("twist", "u")),  # the paddle dips left and right
    "Surfing": (Primitive("bank", "u"), Primitive("crouch", "v")),  # the board rolls while the knees give
    # on snow
    "Skiing": (Primitive("bank", "u"),),  # from edge to edge
    "Snowboarding": (Primitive("crouch", "v"),),  # the knees bend and stretch
    "Sledging": (Primitive("rock", "u"), Primitive("bow", "v")),  # the sledge bumps while the trunk leans
    # with a ball
    "BasketballShooting": (Primitive("flight", "flight"), Primitive("both hands", "u")),  # hands follow the ball
    "SoccerJuggling": (Primitive("flight", "flight"), Primitive("knee", "v")),  # a knee meets the ball
    "TennisSwing": (
        Primitive("twist", "u"),
        Primitive("flight", "return"),
    ),  # a racket swings, a ball comes
    # strings
    "Violin": (Primitive("hand across", "u"),),  # the bow is drawn
    "Cello": (Primitive("hand across", "u"),),  # likewise
    "Guitar": (Primitive("hand up and down", "v"),),  # the hand strums
    # wind
    "Flute": (Primitive("bow", "u"),),  # the trunk nods
    "Trumpet": (Primitive("both hands", "u"),),  # the bell is raised
    "Saxophone": (Primitive("bank", "v"),),  # the body sways
    # percussion
    "Drumming": (Primitive("hands in turn", "u"),),  # one stick after the other
    "Daf": (Primitive("bank", "u"), Primitive("hand across", "v")),  # the drum sways and is struck from the side
    "Tabla": (Primitive("both hands", "v"),),  # both sticks at once
    # on the floor
    "PushUps": (Primitive("body lift", "u"),),  # the arms bend and stretch under the body
    "SitUps": (Primitive("bow", "u"),),  # the trunk is raised
    "Lunges": (Primitive("knee", "v"),),  # a knee comes under the chest
    # on an apparatus
    "PullUps": (Primitive("body lift", "u"),),  # the arms pull the body up
    "RopeClimbing": (Primitive("hands in turn", "u"), Primitive("body lift", "v")),  # hand over hand, and up
    "Swinging": (Primitive("rock", "v"),),  # the body swings to and fro
    # jumping
    "JumpingJacks": (Primitive("hop", "flight"), Primitive("spread", "u")),  # limbs spread while it hops
    "JumpRope": (Primitive("hop", "skip"), Primitive("turn", "turn")),  # the rope turns
    "Trampoline": (Primitive("hop", "flight"),),  # the hop alone
    # cooking
    "Cutting": (Primitive("hand up and down", "u"),),  # the knife chops
    "MixingBatter": (Primitive("hand across", "v"),),  # the spoon goes over the bowl
    "PizzaTossing": (Primitive("flight", "flight"), Primitive("both hands", "u")),  # hands throw and catch
    # grooming
    "BrushingTeeth": (Primitive("hand across", "u"),),  # from side to side
    "Shaving": (Primitive("hand up and down", "v"),),  # strokes along the cheek
    "BlowDryingHair": (Primitive("hand up and down", "u"), Primitive("hand across", "v")),  # waved about the head
    # chores
    "Mopping": (Primitive("twist", "u"), Primitive("bow", "v")),  # the trunk turns with the mop, and leans
    "Hammering": (Primitive("hand up and down", "u"),),  # lifted and brought down
    "Ironing": (Primitive("hand across", "v"),),  # slid along the board
}


def twins() -> tuple[tuple[str, str], ...]:
    """Pairs of actions of one pose and the same props that differ in the channel that moves: alike in any one frame.

    Those with something that flies or hops with the cycle are left out, as the channel that moves is in step with it.
    """
    alike: dict[tuple, list[str]] = {}
    for label, action in ACTIONS.items():
        if {own.track for own in PRIMITIVES[label]} <= {"u", "v"} and len(action.moves) == 1:
            alike.setdefault((action.pose, action.props), []).append(label)
    return tuple((one, other) for one, *others in alike.values() for other in others)


class Stretch(NamedTuple):
    """A primitive in one phase, from when to when, in seconds."""

    start: float
    stop: float
    name: str
    phase: str


def stretches(label: str, tempo: float, phase: float, seconds: float) -> Iterator[Stretch]:
    """The primitives of an action that lasts so long, one after the other, each phase by phase.

    Args:
        tempo, phase: of its motion, see `Spec`.
    """
    action = ACTIONS[label]
    for name, track in PRIMITIVES[label]:
        pace = action.pace(track)
        yield from _phases(name, PHASES[track], phase * pace, pace * tempo / action.period, seconds)


def _phases(name: str, phases: tuple[str, ...], begun: float, pace: float, seconds: float) -> Iterator[Stretch]:
    """Phases of a primitive that begins `begun` cycles on and goes through `pace` of them in a second."""
    number, start = math.floor(begun * len(phases) + 1e-9), 0.0
    while start < seconds - 1e-9:
        stop = min(seconds, ((number + 1) / len(phases) - begun) / pace)
        yield Stretch(start, stop, name, phases[number % len(phases)])
        start, number = stop, number + 1
