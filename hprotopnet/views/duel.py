"""Two networks side by side: how they differ about one clip, in one sentence, and about all test clips, in numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.explain.explanation import Explanation
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views import words

DIGITS = 2  # of seconds by which starts of one clip are told apart


def headline(
    explanations: Sequence[Explanation],
    names: Sequence[str],
    hierarchy: Hierarchy,
    threshold: float,
    truth: str | None,
    shown: Callable[[str], str] = str,
) -> str:
    """How two networks of one tree differ about a clip, in one sentence.

    Args:
        names: what the networks are called in a sentence, as in "the flat network".
        truth: the true class, if it is known.
        shown: makes of a display name what is to stand in the text, say escaped or bold.
    """

    def part(node: str) -> str:
        return shown(words.display(hierarchy, node))

    first, second = (words.answer_at(one, hierarchy, threshold) for one in explanations)
    if first == second:
        if first is None:
            return "Neither network is sure of anything."
        right = _verdict(first, truth, hierarchy)
        end = {"right": ", and both are right", "wrong": f", and both are wrong: it is {part(truth or first)}"}
        lean = _lean(explanations, names, first, truth, part)
        return f"Both say {part(first)}{end.get(right, f', {right}' if right else '')}{lean}."
    told = (_told(name, node, truth, hierarchy, part) for name, node in zip(names, (first, second), strict=True))
    said = "; ".join(told)
    common = _both_see(explanations, threshold)
    return f"Both see {part(common)}: {said}." if common else f"{said[0].upper()}{said[1:]}."


def _lean(
    explanations: Sequence[Explanation],
    names: Sequence[str],
    said: str,
    truth: str | None,
    part: Callable[[str], str],
) -> str:
    """Where two networks that stop at one node would go on to, if to different classes; else empty."""
    leaves = [one.path[-1] for one in explanations]
    if said in leaves or leaves[0] == leaves[1]:
        return ""
    told = [
        f"{name} leans to {part(leaf)}{', which is right' if leaf == truth else ''}"
        for name, leaf in zip(names, leaves, strict=True)
    ]
    return f"; {', '.join(told)}"


def _both_see(explanations: Sequence[Explanation], threshold: float) -> str | None:
    """The deepest node on both likeliest paths of which both networks are sure; None where there is none."""
    common = [node for node, other in zip(*(one.path for one in explanations), strict=True) if node == other]
    sure = [node for node in common if min(one.probabilities[node] for one in explanations) >= threshold]
    return sure[-1] if sure else None


def _verdict(node: str, truth: str | None, hierarchy: Hierarchy) -> str:
    """Whether an answer is right; empty where nobody knows."""
    if truth is None:
        return ""
    if node == truth:
        return "right"
    above = hierarchy.lineage[hierarchy.index(truth)]
    return "right as far as it goes" if hierarchy.index(node) in above else "wrong"


def _told(name: str, node: str | None, truth: str | None, hierarchy: Hierarchy, part: Callable[[str], str]) -> str:
    if node is None:
        return f"{name} is not sure"
    verdict = _verdict(node, truth, hierarchy)
    return f"{name} is {verdict} ({part(node)})" if verdict else f"{name} says {part(node)}"


@dataclass(frozen=True, eq=False)
class Duel:
    """Answers of two networks of one tree to the n test clips that they share.

    Attributes:
        hierarchy: the tree.
        names, starts, groups, leaves: of the clips, see `ClipAnswers`.
        answered: the likeliest leaf, integers (2, n).
        confidence: probability of it, (2, n).
    """

    hierarchy: Hierarchy
    names: tuple[str, ...]
    starts: tuple[float, ...]
    groups: tuple[str, ...]
    leaves: np.ndarray
    answered: np.ndarray
    confidence: np.ndarray

    @cached_property
    def heights(self) -> np.ndarray:
        """By how many levels each answer is off, integers (2, n)."""
        return self.hierarchy.leaf_heights[self.answered, self.leaves[None]]

    def kinds(self, called: Sequence[str]) -> Mapping[str, np.ndarray]:
        """Which clips are of which kind, booleans (n,), by what the kind is called; the first four share all clips.

        Args:
            called: what the two networks are called.
        """
        first, second = self.heights
        milder = {
            f"Both wrong, {name} milder": (one > 0) & (other > 0) & (one < other)
            for name, one, other in ((called[0], first, second), (called[1], second, first))
        }
        kin = {
            f"{name} wrong, yet in the right family": one == 1 for name, one in zip(called, self.heights, strict=True)
        }
        return {
            f"Only {called[1]} right": (first > 0) & (second == 0),
            f"Only {called[0]} right": (first == 0) & (second > 0),
            "Both wrong": (first > 0) & (second > 0),
            "Both right": (first == 0) & (second == 0),
            **milder,
            **kin,
        }

    def figures(self) -> dict[str, Any]:
        """Agreement, and for each network how often it is right and how far off its mistakes are, with 95 % intervals
        over groups; the differences are those of the second to the first (JSON)."""
        right = (self.heights == 0).astype(float)
        both = (self.heights > 0).all(0)
        gap = np.where(both, self.heights[1] - self.heights[0], np.nan)
        return {
            "clips": len(self.leaves),
            "agree": float((self.answered[0] == self.answered[1]).mean()),
            "right": [estimate(own, self.groups) for own in right],
            "right_difference": estimate(right[1] - right[0], self.groups),
            "severity": [estimate(np.where(own > 0, own, np.nan), self.groups) for own in self.heights],
            "severity_difference_where_both_wrong": estimate(gap, self.groups),
        }


def duel(first: ClipAnswers, second: ClipAnswers) -> Duel | None:
    """Two networks on the test clips that both have answers to; None where there are none."""
    places = {key: row for row, key in enumerate(_keys(second))}
    pairs = [(row, places[key]) for row, key in enumerate(_keys(first)) if key in places]
    if not pairs:
        return None
    rows, others = (list(column) for column in zip(*pairs, strict=True))
    classes = len(first.hierarchy.classes)
    said = first.nodes[rows, :classes], second.nodes[others, :classes]
    return Duel(
        first.hierarchy,
        tuple(first.names[row] for row in rows),
        tuple(first.starts[row] for row in rows),
        tuple(first.groups[row] for row in rows),
        first.leaves[rows],
        np.stack([own.argmax(1) for own in said]),
        np.stack([own.max(1) for own in said]),
    )


def _keys(answers: ClipAnswers) -> list[tuple[str, float]]:
    return [(name, round(start, DIGITS)) for name, start in zip(answers.names, answers.starts, strict=True)]


def in_sentences(figures: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """The figures of a duel as sentences, names as they stand within one."""
    first, second = figures["right"]
    said = [
        f"They give the same class to {_percent(figures['agree'])} of {figures['clips']} test clips.",
        f"Right about {_percent(first['mean'])} is {names[0]}, about {_percent(second['mean'])} {names[1]}:"
        f" {_points(figures['right_difference'])}.",
    ]
    mild = [own["mean"] for own in figures["severity"]]
    if None not in mild:
        said.append(
            f"A mistake of {names[0]} is {mild[0]:.2f} levels off on average, one of {names[1]} {mild[1]:.2f}; these"
            " are mistakes on different clips."
        )
    both = figures["severity_difference_where_both_wrong"]
    if both["mean"] is not None:
        milder = "equally severe" if both["mean"] == 0 else f"{abs(both['mean']):.2f} levels"
        word = "" if both["mean"] == 0 else " milder" if both["mean"] < 0 else " more severe"
        said.append(f"Where both are wrong ({both['n']} clips), {names[1]}'s are {milder}{word}{_between(both)}.")
    return said


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(own: Mapping[str, Any]) -> str:
    interval = own["interval"]
    low_high = f" (95 % interval {100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})" if interval else ""
    undecided = ", which chance alone may give" if interval and interval[0] <= 0 <= interval[1] else ""
    return f"{100 * own['mean']:+.1f} points{low_high}{undecided}"


def _between(own: Mapping[str, Any]) -> str:
    interval = own["interval"]
    return f" (95 % interval of the difference {interval[0]:+.2f} to {interval[1]:+.2f})" if interval else ""
