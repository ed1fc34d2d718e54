"""Everything random about a clip, drawn once; rendering adds nothing of its own.

A spec is plain data. The same spec gives the same frames on every machine, and an intervention renders the same spec
with one cue left out or exchanged.
"""

import math
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy, load_hierarchy
from hprotopnet.pantomime.actions.action import Action
from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.camera import Camera
from hprotopnet.pantomime.look import stream
from hprotopnet.pantomime.stage import PITCH, Stage

# Props that lie about where they do not belong: cues of other branches, and things of no branch at all.
STRAYS = (
    "ball",
    "boat",
    "plank",
    "sledge",
    "drums",
    "fiddle_big",
    "dish",
    "stool",
    "plant",
    "suitcase",
    "cone",
    "balloon",
)


# The shortest cycle, 0.6 s at the highest tempo, then still has more than two frames.
MOST_DISPLACEMENT = 5.0


# How hard the videos are; set on validation groups of a development seed, see assets/results/README.md.
@dataclass(frozen=True)
class Difficulty:
    """Ranges and rates of what a clip has against it.

    Attributes:
        hidden: rate at which a cue is missing from the start, for setting and surface each.
        close: rate of close-ups that leave most of the setting out of the picture.
        passers: rate at which someone walks through the picture.
        strays: largest number of things that do not belong.
        tempo: largest factor by which an action is faster or slower.
        amplitude: smallest share of an action's full deflection.
        wander: deflection of a channel that is meant to rest.
        shake: of the camera, metres.
        pan: of the camera, metres in a clip.
        noise: largest amplitude of pixel noise, of 255.
        quality: range of the H.264 rate factor, higher is worse.
        displacement: how many times as far an action gets from frame to frame; what it is stays the same.
    """

    hidden: float = 0.08
    close: float = 0.1
    passers: float = 0.2
    strays: int = 3
    tempo: float = 1.4
    amplitude: float = 0.65
    wander: float = 0.1
    shake: float = 0.012
    pan: float = 0.45
    noise: int = 16
    quality: tuple[int, int] = (25, 31)
    displacement: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.displacement <= MOST_DISPLACEMENT:
            most = f"{MOST_DISPLACEMENT:g}: beyond, frames no longer tell which way an action goes"
            raise InputError(f"displacement is {self.displacement:g}, give a number above 0 and up to {most}")


NORMAL = Difficulty()


@dataclass(frozen=True)
class Spec:
    """One shot.

    Attributes:
        seed, group, number: what it was drawn from; seed and group give the look.
        label: the class.
        seconds: how long it lasts.
        setting, surface: grandparent and parent whose cues are painted, None for the neutral room.
        surface_from: left end of the surface in metres, None for everywhere.
        action: what the actor does, None to stand about.
        idle: whether the class is not shown on purpose, so that nothing happens here.
        x, z, yaw, scale: where the actor stands (metres), looks (degrees) and how big they are.
        station: where the apparatus stands from the actor, metres (ahead, up, side).
        tempo, phase, still, amplitude, wander: of the motion; phases in cycles.
        camera: keys and shake.
        mirror: whether the picture is flipped.
        contrast, noise, quality: of the picture.
        strays: (prop, x, z, yaw) of things that do not belong.
        passer: (seconds at the middle, direction, metres per second) of someone who walks by.
        stage: what is painted.
    """

    seed: int
    label: str
    group: int
    number: int
    seconds: float
    setting: str | None
    surface: str | None
    action: str | None
    idle: bool
    x: float
    z: float
    yaw: float
    scale: float
    station: tuple[float, float, float]
    tempo: float
    phase: float
    still: float
    amplitude: float
    wander: float
    camera: Camera
    mirror: bool
    contrast: float
    noise: int
    quality: int
    strays: tuple[tuple[str, float, float, float], ...] = ()
    passer: tuple[float, int, float] | None = None
    surface_from: float | None = None
    stage: Stage = field(default_factory=Stage)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@cache
def tree() -> Hierarchy:
    """The tree of Pantomime."""
    return load_hierarchy("pantomime")


def families(label: str) -> tuple[str, str]:
    """Grandparent and parent of a class."""
    _, parent, grandparent = (tree().nodes[node] for node in tree().ancestors(tree().index(label)))
    return grandparent, parent


def clip_spec(seed: int, label: str, group: int, number: int, difficulty: Difficulty = NORMAL) -> Spec:
    """Draw one clip of a class; raises KeyError for a class that is none of the 36."""
    action, (setting, surface) = ACTIONS[label], families(label)
    rng = stream("clip", seed, label, group, number)
    hidden = rng.random()  # at most one cue is missing
    spec = Spec(
        seed=seed,
        label=label,
        group=group,
        number=number,
        seconds=round(rng.uniform(2.0, 4.0) * 25) / 25,
        setting=setting if hidden > difficulty.hidden else None,
        surface=surface if not difficulty.hidden < hidden < 2 * difficulty.hidden else None,
        action=label,
        idle=False,
        x=rng.uniform(-0.25, 0.25),
        z=rng.uniform(-0.45, 0.3),
        yaw=action.yaw + rng.uniform(-14, 14),
        scale=rng.uniform(0.9, 1.06),
        station=action.station,
        tempo=difficulty.displacement * difficulty.tempo ** rng.uniform(-1, 1),
        phase=rng.random(),
        still=rng.random(),
        amplitude=rng.uniform(difficulty.amplitude, 1.0),
        wander=difficulty.wander,
        camera=Camera(()),
        mirror=rng.random() < 0.5,
        contrast=rng.uniform(0.85, 1.12),
        noise=rng.randrange(difficulty.noise + 1),
        quality=rng.randint(*difficulty.quality),
        strays=_strays(rng, difficulty),
        passer=_passer(rng) if rng.random() < difficulty.passers else None,
    )
    return replace(spec, camera=_camera(stream("camera", seed, label, group, number), spec, action, difficulty))


def _camera(rng: Random, spec: Spec, action: Action, difficulty: Difficulty) -> Camera:
    """Frame the action, then pan and zoom a little."""
    middle, size = action.middle
    zoom = 2.4 / (size * spec.scale) * rng.uniform(0.86, 1.06)
    if rng.random() < difficulty.close:
        zoom *= 1.4
    y = spec.scale * middle * math.cos(PITCH) - spec.z * math.sin(PITCH) + rng.uniform(-0.1, 0.14)
    x = spec.x + rng.uniform(-0.3, 0.3)
    pan, rise, grow = (rng.uniform(-1, 1) for _ in range(3))
    start = (0.0, x - pan * difficulty.pan / 2, y - 0.05 * rise, zoom * (1 - 0.06 * grow))
    stop = (spec.seconds, x + pan * difficulty.pan / 2, y + 0.05 * rise, zoom * (1 + 0.06 * grow))
    return Camera((start, stop), rng.uniform(0, difficulty.shake), rng.uniform(0, 6))


def _strays(rng: Random, difficulty: Difficulty) -> tuple:
    count = rng.randint(0, difficulty.strays)
    spots = rng.sample((-1.6, -1.15, 1.15, 1.6), min(count, 4))
    return tuple(
        (rng.choice(STRAYS), x + rng.uniform(-0.15, 0.15), rng.uniform(-1.5, -0.8), rng.uniform(20, 90)) for x in spots
    )


def _passer(rng: Random) -> tuple[float, int, float]:
    return rng.uniform(0.5, 3.0), rng.choice((-1, 1)), rng.uniform(0.8, 1.5)
