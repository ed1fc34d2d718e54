"""Clips to choose from, as data: what networks answer to each, which are wanted, in which order, and how many in words.

A clip may be looked at by one network or by two; then it is wrong where one of them is, and as unsure as the less sure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.scores import tree_order
from hprotopnet.views.words import probability

EVERY, RIGHT, WRONG, DIFFER, ALTOGETHER = "any answer", "right", "wrong", "one right, one wrong", "wrong altogether"
SURE, UNSURE = "sure or not", "not sure of a class"
TREE, DOUBT, SEVERITY = "tree order", "least sure first", "most severe first"
ORDERS = (TREE, DOUBT, SEVERITY)


@dataclass(frozen=True)
class Answer:
    """What one network answers to a clip.

    Attributes:
        said: its likeliest class.
        probability: of that class.
        height: by how many levels it is off, 0 where it is right; None where the truth is unknown to the network.
        unsure: whether no class reaches the network's threshold, so that the back-off stays above them.
    """

    said: str
    probability: float
    height: int | None
    unsure: bool


@dataclass(frozen=True)
class Entry:
    """A clip to choose.

    Attributes:
        name: what links call it.
        video: its video, "Class/video".
        label: its true class; None where nobody knows.
        answers: of each network, None where it is not known.
    """

    name: str
    video: str
    label: str | None
    answers: tuple[Answer | None, ...] = ()

    @property
    def known(self) -> list[Answer]:
        """Answers that are known."""
        return [answer for answer in self.answers if answer]

    @property
    def heights(self) -> list[int]:
        """By how many levels each is off that can be judged."""
        return [answer.height for answer in self.known if answer.height is not None]


@dataclass(frozen=True)
class Wanted:
    """Which clips are wanted, and in which order.

    Attributes:
        node: their class or any node above it, by name; empty for all of them.
        said: the same of what is answered.
        mark: one of `marks`.
        sure: `SURE` or `UNSURE`.
        order: one of `ORDERS`.
    """

    node: str = ""
    said: str = ""
    mark: str = EVERY
    sure: str = SURE
    order: str = TREE


def answered(probabilities: np.ndarray, label: str | None, hierarchy: Hierarchy, threshold: float) -> Answer:
    """An answer from the probabilities of the leaves, shape (K,), in node order."""
    leaf, classes = int(probabilities.argmax()), hierarchy.classes
    known = label is not None and label in classes
    height = int(hierarchy.leaf_heights[leaf, hierarchy.index(label)]) if known else None
    chance = float(probabilities[leaf])
    return Answer(classes[leaf], chance, height, chance < threshold)


def explained(probabilities: Mapping[str, float], label: str | None, hierarchy: Hierarchy, threshold: float) -> Answer:
    """The answer that an explanation explains, from the probabilities of nodes by name."""
    shares = np.array([probabilities[name] for name in hierarchy.classes])
    return answered(shares, label, hierarchy, threshold)


def verdict(height: int, hierarchy: Hierarchy) -> str:
    """How right an answer is that is so many levels off, in a few words."""
    if height == 0:
        return RIGHT
    return ALTOGETHER if height >= hierarchy.depth else f"right {hierarchy.level_names[height]}"


def marks(hierarchy: Hierarchy, networks: int = 1) -> dict[str, Callable[[Entry], bool]]:
    """What can be asked of answers, by what it is called."""
    found: dict[str, Callable[[Entry], bool]] = {
        EVERY: lambda entry: True,
        RIGHT: lambda entry: bool(entry.heights) and max(entry.heights) == 0,
        WRONG: _is_wrong,
    }
    if networks > 1:
        found[DIFFER] = lambda entry: 0 in entry.heights and _is_wrong(entry)
    for height in range(1, hierarchy.depth + 1):
        known_as = verdict(height, hierarchy)
        found[known_as if height == hierarchy.depth else f"wrong, {known_as}"] = lambda entry, height=height: (
            height in entry.heights
        )
    return found


def _is_wrong(entry: Entry) -> bool:
    return any(height > 0 for height in entry.heights)


def select(entries: Sequence[Entry], wanted: Wanted, hierarchy: Hierarchy) -> list[Entry]:
    """The clips that are wanted, in the order that is; of equals those first that come first in the tree."""
    labels, said = (_classes_under(node, hierarchy) for node in (wanted.node, wanted.said))
    fits = marks(hierarchy, 2)[wanted.mark]
    found = [
        entry
        for entry in entries
        if (labels is None or entry.label in labels)
        and (said is None or any(answer.said in said for answer in entry.known))
        and (wanted.sure == SURE or any(answer.unsure for answer in entry.known))
        and fits(entry)
    ]
    places = {hierarchy.classes[leaf]: place for place, leaf in enumerate(tree_order(hierarchy))}
    found.sort(key=lambda entry: (places.get(entry.label or "", len(places)), entry.video, entry.name))
    if wanted.order == DOUBT:  # of what is not known nothing is doubted
        found.sort(key=lambda entry: min((answer.probability for answer in entry.known), default=2.0))
    elif wanted.order == SEVERITY:
        found.sort(key=lambda entry: -max(entry.heights, default=-1))
    return found


def _classes_under(node: str, hierarchy: Hierarchy) -> set[str] | None:
    """Classes at or below a node; None for all that there are, and for a class that the tree lacks."""
    return {hierarchy.classes[leaf] for leaf in hierarchy.leaves_under(hierarchy.index(node))} if node else None


def above(entry: Entry, hierarchy: Hierarchy) -> tuple[str, ...]:
    """Display names of the ancestors of a clip's class, topmost first; none where its class is none of the tree's."""
    if entry.label not in hierarchy.classes:
        return ()
    return tuple(hierarchy.display[node] for node in hierarchy.ancestors(hierarchy.index(entry.label))[:0:-1])


def families(entries: Sequence[Entry], hierarchy: Hierarchy) -> list[tuple[str, list[tuple[str, list[Entry]]]]]:
    """Clips in tree order under the names of their topmost nodes, and there under those that lead to their classes."""
    found: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        top, *rest = above(entry, hierarchy) or ("",)
        found.setdefault(top, {}).setdefault(" / ".join(rest), []).append(entry)
    return [(top, list(below.items())) for top, below in found.items()]


def counted(shown: Sequence[Entry], entries: Sequence[Entry], networks: Sequence[str] = ("",)) -> str:
    """How many clips are shown of how many, and how many of them are wrong: "12 of 36 clips, 3 wrong".

    Args:
        networks: names of the networks; of two, each is told apart.
    """
    total = f"{len(entries)} clip{'' if len(entries) == 1 else 's'}"
    said = total if len(shown) == len(entries) else f"{len(shown)} of {total}"
    heights = [[_height(entry, number) for entry in shown] for number in range(len(networks))]
    if not shown or all(height is None for own in heights for height in own):
        return said
    wrong = [sum(bool(height) for height in own) for own in heights]
    if len(networks) == 1:
        return f"{said}, {wrong[0] or 'none'} wrong"
    told = " and ".join(f"{count or 'none'} by {name}" for count, name in zip(wrong, networks, strict=True))
    return f"{said}; wrong: {told}"


def _height(entry: Entry, number: int) -> int | None:
    answer = entry.answers[number] if number < len(entry.answers) else None
    return answer.height if answer else None


def told(answer: Answer, hierarchy: Hierarchy) -> str:
    """An answer in words: how right, what was said instead, how sure; not escaped."""
    name = hierarchy.display[hierarchy.index(answer.said)]
    how = {None: f"answered {name}", 0: RIGHT}.get(answer.height)
    how = how or f"{verdict(answer.height, hierarchy)}, answered {name}"
    return f"{how}, {probability(answer.probability)}{f', {UNSURE}' if answer.unsure else ''}"
