"""What is known of one node of a network: where its prototypes fire, what they decide, and how often it is right.

Everything comes from what lies in a bundle: stored explanations, which hold the similarities of all prototypes, and
answers to the test clips. No network is run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.data.clips import Source
from hprotopnet.evaluation.metrics import estimate, wilson_interval
from hprotopnet.evaluation.prototypes import COSINE, NEAREST, purity
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.hierarchy.tree import Hierarchy

SHOWN = 3  # patches nearest to a prototype that are told
LEAST = 8  # stored clips from which on two prototypes that always agree are called the same


@dataclass(frozen=True)
class Patch:
    """A place in a stored clip that looks like a prototype.

    Attributes:
        clip: number of the stored explanation.
        evidence: how the prototype bears on it there.
    """

    clip: int
    evidence: PrototypeEvidence


@dataclass(frozen=True)
class PrototypeFacts:
    """One prototype over n stored clips.

    Attributes:
        prototype: its number in the bundle.
        number: its number among those of its node, from 1.
        fires: mean similarity over the stored clips of each child of its node, by name; of a class, over its own.
            A child without a stored clip is absent.
        elsewhere: mean similarity over the stored clips outside of the node; None where there is none.
        asked, pure: of so many stored clips most similar to it, as many show its node, see `purity`.
        twins: numbers of prototypes of its node that show the same patch or agree over all stored clips.
        decided: in how many of the explanations of its node it was the strongest.
        nearest: the patches most similar to it, the nearest first, of the clips whose explanation tells them.
    """

    prototype: int
    number: int
    fires: dict[str, float]
    elsewhere: float | None
    asked: int
    pure: int
    twins: tuple[int, ...]
    decided: int
    nearest: tuple[Patch, ...]


@dataclass(frozen=True)
class NodeFacts:
    """The prototypes of a node.

    Attributes:
        stored: stored clips in all.
        explained: how many of them are explained by way of this node.
        prototypes: in the order of the bundle.
    """

    stored: int
    explained: int
    prototypes: tuple[PrototypeFacts, ...]


@dataclass(frozen=True)
class NodeAnswers:
    """What is answered to the test clips of a node, and what else is taken for it.

    Attributes:
        clips: test clips of the node.
        right: share of them that is answered within the node; None without a clip.
        interval: 95 % of it, over groups of clips, over clips where all or none is right;
            None where it is not known.
        claimed: clips that are answered within the node.
        precise: share of these that are of the node; None without one.
        missed: rows of the node's clips answered elsewhere, surest first.
        taken: rows of other clips answered within it, surest first.
    """

    clips: int
    right: float | None
    interval: tuple[float, float] | None
    claimed: int
    precise: float | None
    missed: tuple[dict[str, Any], ...]
    taken: tuple[dict[str, Any], ...]


def node_facts(
    name: str,
    hierarchy: Hierarchy,
    prototypes: Sequence[Source],
    owners: Sequence[str],
    labels: Sequence[str],
    explanations: Sequence[Explanation],
) -> NodeFacts:
    """Facts of the prototypes of a node.

    Args:
        prototypes, owners: sources of all P prototypes, and the nodes that they speak for.
        labels, explanations: true class of each stored clip, and what was said of it.
    """
    node = hierarchy.index(name)
    levels = [_level_of(name, found) for found in explanations]
    leaves = np.array([hierarchy.index(label) for label in labels], int)
    similarities = np.array([found.similarities for found in explanations], float).reshape(len(labels), len(owners))
    own = [j for j, owner in enumerate(owners) if owner == name]
    inside = hierarchy.covers[node, leaves]
    shows = np.repeat(inside[:, None], len(own), axis=1)
    asked = int(min(inside.sum(), NEAREST))
    pure = purity(similarities[:, own], shows, shows) if own and asked else np.zeros(len(own))
    twins = _twins(similarities[:, own], [(prototypes[j].key, prototypes[j].cell) for j in own])
    facts = [
        PrototypeFacts(
            prototype=j,
            number=i + 1,
            fires=_fires(similarities[:, j], leaves, node, hierarchy),
            elsewhere=float(similarities[~inside, j].mean()) if (~inside).any() else None,
            asked=asked,
            pure=round(float(pure[i]) * asked),
            twins=tuple(k + 1 for k in twins[i]),
            decided=sum(_strongest(level) == j for level in levels),
            nearest=_nearest(j, explanations),
        )
        for i, j in enumerate(own)
    ]
    return NodeFacts(len(labels), sum(level is not None for level in levels), tuple(facts))


def _level_of(name: str, found: Explanation) -> LevelExplanation | None:
    """The step of an explanation that is about a node; None where it goes another way."""
    return next((level for level in found.levels if level.node == name), None)


def _strongest(level: LevelExplanation | None) -> int | None:
    """The prototype that speaks most for a node, None where none speaks for it."""
    speaking = [row for row in (level.evidence if level else ()) if row.contribution > 0]
    return max(speaking, key=lambda row: row.contribution).prototype if speaking else None


def _fires(similarity: np.ndarray, leaves: np.ndarray, node: int, hierarchy: Hierarchy) -> dict[str, float]:
    parts = hierarchy.children(node) or (node,)
    clips = {part: hierarchy.covers[part, leaves] for part in parts}
    return {hierarchy.nodes[part]: float(similarity[own].mean()) for part, own in clips.items() if own.any()}


def _twins(similarities: np.ndarray, sources: Sequence[tuple]) -> list[list[int]]:
    """Of each prototype of a node, which others are the same."""
    centred = similarities - similarities.mean(0) if len(similarities) else similarities
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1)
    alike = (unit.T @ unit >= COSINE) & (len(similarities) >= LEAST)
    same = [[a == b for b in sources] for a in sources]
    return [[k for k in range(len(sources)) if k != i and (same[i][k] or alike[i, k])] for i in range(len(sources))]


def _nearest(prototype: int, explanations: Sequence[Explanation]) -> tuple[Patch, ...]:
    found = []
    for clip, own in enumerate(explanations):
        rows = [row for level in (*own.levels, own.runner_up) if level for row in level.evidence]
        found += [Patch(clip, row) for row in rows if row.prototype == prototype][:1]
    return tuple(sorted(found, key=lambda patch: (-patch.evidence.similarity, patch.clip))[:SHOWN])


def node_answers(name: str, answers: ClipAnswers) -> NodeAnswers:
    """How often test clips of a node are answered within it."""
    hierarchy, said = answers.hierarchy, answers.answered
    covers = hierarchy.covers[hierarchy.index(name)]
    own, claimed = covers[answers.leaves], covers[said]
    found = estimate(np.where(own, claimed, np.nan), answers.groups) if own.any() else {"mean": None, "interval": None}
    return NodeAnswers(
        clips=int(own.sum()),
        right=found["mean"],
        interval=_interval(found, int(own.sum())),
        claimed=int(claimed.sum()),
        precise=float(own[claimed].mean()) if claimed.any() else None,
        missed=_rows(answers, own & ~claimed),
        taken=_rows(answers, claimed & ~own),
    )


def _interval(found: dict[str, Any], clips: int) -> tuple[float, float] | None:
    """Drawing groups of which none or all is right would give no interval: then it is Wilson's, as of single clips."""
    if found["mean"] in (0.0, 1.0):
        return wilson_interval(round(found["mean"] * clips), clips)
    return found["interval"] and tuple(found["interval"])


def _rows(answers: ClipAnswers, which: np.ndarray) -> tuple[dict[str, Any], ...]:
    """Clips, the surest first: name, start, true and answered class and their probabilities."""
    classes, said = answers.hierarchy.classes, answers.answered
    rows = np.flatnonzero(which)
    rows = rows[np.argsort(-answers.nodes[rows, said[rows]], kind="stable")]
    return tuple(
        {
            "video": answers.names[row],
            "start": answers.starts[row],
            "truth": classes[answers.leaves[row]],
            "said": classes[said[row]],
            "probability of the answer": float(answers.nodes[row, said[row]]),
            "probability of the truth": float(answers.nodes[row, answers.leaves[row]]),
        }
        for row in rows
    )
