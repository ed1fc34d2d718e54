"""Longer films: stories that reveal one level after the other, and untrimmed videos with several actions.

A film is a tuple of specs, shown one after the other. Of untrimmed videos three in ten are for testing and have looks
of test groups, the others those of the groups that are trained on. However many there are, all classes occur equally
often on each side, give or take two.
"""

from collections.abc import Iterator
from dataclasses import replace

from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.camera import Camera
from hprotopnet.pantomime.look import stream
from hprotopnet.pantomime.spec import NORMAL, Spec, clip_spec, tree
from hprotopnet.pantomime.stage import Stage

# Groups whose looks stories and test videos have; training never sees them. The others are those of training videos.
GROUPS, TRAINING_GROUPS = range(1, 8), range(8, 26)
TESTED = (3, 10)  # of untrimmed videos, and of how many
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
    labels = _cast(seed, number)
    rng.randint(3, 5)  # how many are acted, as `_cast` draws it
    group = rng.choice(GROUPS if is_tested(number) else TRAINING_GROUPS)
    shots = []
    for place, label in enumerate(labels):
        shot = replace(clip_spec(seed, label, group, 2000 + 10 * number + place), seconds=rng.randint(75, 150) / 25)
        pause = replace(shot, seconds=rng.randint(25, 75) / 25, action=None, idle=True)
        shots += [pause, shot]
    return (*shots, replace(shots[-1], seconds=1.0, action=None, idle=True))


def is_tested(number: int) -> bool:
    """Whether the untrimmed video of this number, from 1, is one to test on; the first one is."""
    share, of = TESTED
    return -(-number * share // of) > -(-(number - 1) * share // of)


def _cast(seed: int, number: int) -> list[str]:
    """What is acted in an untrimmed video, each class once: dealt, video by video of its side, from shuffled packs."""
    side = is_tested(number)
    cards, hand = _cards(seed, side), []
    waiting: list[str] = []  # they were in the hand already when their turn came
    for own in (own for own in range(1, number + 1) if is_tested(own) == side):
        hand = []
        count = stream("untrimmed", seed, own).randint(3, 5)
        while len(hand) < count:
            card = next((card for card in waiting if card not in hand), None)
            if card is None:
                card = next(cards)
            else:
                waiting.remove(card)
            (waiting if card in hand else hand).append(card)
    return hand


def _cards(seed: int, side: bool) -> Iterator[str]:
    """All classes in an order of their own, again and again."""
    rng = stream("cast", seed, side)
    while True:
        yield from rng.sample(sorted(ACTIONS), len(ACTIONS))
