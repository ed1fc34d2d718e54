"""Longer films: stories that reveal one level after the other, and untrimmed videos with several actions.

A film is a tuple of specs, shown one after the other.
"""

from dataclasses import replace

from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.camera import Camera
from hprotopnet.pantomime.look import stream
from hprotopnet.pantomime.spec import NORMAL, Spec, clip_spec, tree
from hprotopnet.pantomime.stage import Stage

# Groups whose looks the films have; like the groups 1 to 7 of a data set, training never sees them.
GROUPS = range(1, 8)
# Along the stage of a story, from left to right: only the setting, then the surface, at last the actor.
_STATIONS = (-2.1, 1.7, 5.1)
_SHORE = -0.3  # where the surface begins
_WIDE = Stage(left=-4.0, right=7.0)


def story(seed: int, number: int) -> tuple[Spec, ...]:
    """The reveal story of this number, 10 s: first only the setting, then the surface too, at last the action.

    Numbers 1, 2, 3, 4 take the four grandparents in turn, so that four stories have one of each.
    """
    rng = stream("story", seed, number)
    hierarchy = tree()
    grandparents = hierarchy.children(-1)
    leaves = hierarchy.leaves_under(grandparents[(number - 1) % len(grandparents)])
    label = hierarchy.nodes[rng.choice(leaves)]
    spec = clip_spec(seed, label, rng.choice(GROUPS), 1000 + number, NORMAL)
    setting, surface = (hierarchy.nodes[node] for node in reversed(hierarchy.ancestors(hierarchy.index(label))[1:]))
    middle, size = ACTIONS[label].middle
    zoom = 2.4 / size * rng.uniform(0.92, 1.02)
    start, shore, actor = _STATIONS
    keys = (
        (0.0, start - 0.15, 1.05, 1.0),
        (2.8, start + 0.1, 1.05, 1.0),
        (4.4, shore - 0.1, 0.85, 1.0),
        (6.0, shore + 0.1, 0.85, 1.0),
        (7.4, actor - 0.05, middle, zoom),
        (10.0, actor + 0.05, middle, zoom),
    )
    return (
        replace(
            spec,
            seconds=10.0,
            setting=setting,
            surface=surface,
            surface_from=_SHORE,
            x=actor,
            z=0.0,
            camera=Camera(keys, 0.006, rng.uniform(0, 6)),
            mirror=rng.random() < 0.5,
            strays=(),
            passer=None,
            stage=_WIDE,
        ),
    )


def untrimmed(seed: int, number: int) -> tuple[Spec, ...]:
    """A video of three to five actions, with someone standing about before, between and after them."""
    rng = stream("untrimmed", seed, number)
    labels = rng.sample(sorted(ACTIONS), rng.randint(3, 5))
    group = rng.choice(GROUPS)
    shots = []
    for place, label in enumerate(labels):
        shot = replace(clip_spec(seed, label, group, 2000 + 10 * number + place), seconds=rng.randint(75, 150) / 25)
        pause = replace(shot, seconds=rng.randint(25, 75) / 25, action=None, idle=True)
        shots += [pause, shot]
    return (*shots, replace(shots[-1], seconds=1.0, action=None, idle=True))
