"""Do answers grow from grandparent to child? Traces of reveal stories, asked when each node became the answer, when the
answer was wrong, and when it came before there was anything to see.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import STEP, Trace, trace
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime.truth import load_summary

SEEN = 1e-3  # share of the picture from which on a cue can be seen
LONG = 0.5  # seconds from which on a wrong answer is no slip


@dataclass(frozen=True)
class WrongSpell:
    """Windows in a row whose answers are not on the true path.

    Attributes:
        nodes: the answers, each once, in the order in which they come.
        start, end: middles of the first of these windows and of the next that answers otherwise, in seconds; `end` is
            that of the last window where none follows.
        probability: the highest that any of these answers had.
    """

    nodes: tuple[str, ...]
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class EarlyName:
    """A node of the true path that was the answer before any window had shown its cue.

    Attributes:
        node: its name.
        named: middle of the window that first answered it, in seconds.
        seen: when its cue can first be seen, None where it never can.
    """

    node: str
    named: float
    seen: float | None


def answers(trace: Trace, hierarchy: Hierarchy, threshold: float) -> list[str | None]:
    """The back-off's answer for each window: the deepest node of at least this probability, None for "not sure"."""
    found = [back_off(row, hierarchy, threshold) for row in trace.columns(trace.probabilities, hierarchy.nodes)]
    return [hierarchy.nodes[node] if node >= 0 else None for node in found]


def true_path(trace: Trace, hierarchy: Hierarchy) -> tuple[str, ...]:
    """The true class and its ancestors, topmost first; raises `InputError` where the class is not known."""
    if trace.label is None:
        raise InputError(f"{trace.video}: what it shows is not known; copy its truth beside it")
    return tuple(hierarchy.nodes[node] for node in reversed(hierarchy.ancestors(hierarchy.index(trace.label))))


def first_times(trace: Trace, hierarchy: Hierarchy, threshold: float) -> dict[str, float | None]:
    """When each node of the true path, topmost first, is the answer for the first time, None if it never is.

    Being the answer is more than being likely: a parent that is above the threshold together with its child is not
    the answer, the child is. The time is the middle of the first such window, in seconds.
    """
    said = answers(trace, hierarchy, threshold)
    path = true_path(trace, hierarchy)
    return {name: float(trace.times[said.index(name)]) if name in said else None for name in path}


def revealed_in_order(trace: Trace, hierarchy: Hierarchy, threshold: float) -> bool:
    """Whether the answer grows along the true path: each of its nodes, from the topmost down to the class, is the
    answer of some window, and for the first time strictly later than the node above it, see `first_times`.

    Only first times count. Before, between and after them the network may answer anything, also "not sure", something
    wrong, or a node it gave before. A story whose class is answered at once is not revealed in order.
    """
    times = list(first_times(trace, hierarchy, threshold).values())
    return None not in times and all(above < below for above, below in pairwise(times))


def wrong_spells(trace: Trace, hierarchy: Hierarchy, threshold: float) -> tuple[WrongSpell, ...]:
    """When the answer was wrong: neither on the true path nor "not sure"."""
    said, path = answers(trace, hierarchy, threshold), true_path(trace, hierarchy)
    wrong = [name is not None and name not in path for name in said]
    runs = [list(run) for bad, run in groupby(range(len(said)), wrong.__getitem__) if bad]
    return tuple(_spell(trace, said, run) for run in runs)


def _spell(trace: Trace, said: Sequence[str | None], run: Sequence[int]) -> WrongSpell:
    names = [said[window] for window in run]
    highest = max(trace.probabilities[window, trace.nodes.index(said[window])] for window in run)
    end = trace.times[min(run[-1] + 1, len(said) - 1)]
    return WrongSpell(tuple(dict.fromkeys(names)), float(trace.times[run[0]]), float(end), float(highest))


def named_early(trace: Trace, hierarchy: Hierarchy, threshold: float) -> tuple[EarlyName, ...]:
    """Nodes of the true path, topmost first, named before the window that named them had shown their cue.

    A cue can be seen where it takes `SEEN` of the picture. Nodes whose cue is not known are left out.
    """
    found = []
    for name, time in first_times(trace, hierarchy, threshold).items():
        share = cue_of(trace, hierarchy, hierarchy.index(name))
        if time is not None and share is not None:
            shown = trace.frames[share >= SEEN]
            if not np.any(shown <= time + trace.span / 2):
                found.append(EarlyName(name, time, float(shown[0]) if len(shown) else None))
    return tuple(found)


def cue_of(trace: Trace, hierarchy: Hierarchy, node: int) -> np.ndarray | None:
    """Share of the picture that shows the cue of a node's level, frame by frame; None where it is not known."""
    level = hierarchy.levels[node]
    return trace.visible.get("child" if level == 0 else hierarchy.level_names[level])


def follow(bundle: Bundle, films: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """When each node of a story's true path became the answer, whether in order, when the answer was wrong and what was
    named before it could be seen, one row (JSON) a story.

    Raises `InputError` for a video that cannot be read, or whose class is not known or none of the bundle's.
    """
    hierarchy, threshold = bundle.hierarchy, bundle.config.threshold
    labels = [_label(film, hierarchy) for film in films]
    model = bundle.load_model()
    for film, label in zip(films, labels, strict=True):
        found = trace(model, film, bundle.config.clip, label)
        yield {
            "video": found.video,
            "label": found.label,
            "first_times": first_times(found, hierarchy, threshold),
            "in_order": revealed_in_order(found, hierarchy, threshold),
            "wrong": [asdict(spell) for spell in wrong_spells(found, hierarchy, threshold)],
            "early": [asdict(early) for early in named_early(found, hierarchy, threshold)],
        }


def _label(film: Path, hierarchy: Hierarchy) -> str:
    """The one class that a film shows, by the truth beside it; raises `InputError` when it is not one of the tree's."""
    acted = {label for *_, label in load_summary(film)[1]["segments"]}
    if len(acted) != 1:
        raise InputError(f"{film}: shows {len(acted)} classes, a story shows one; give stories")
    (label,) = acted
    if label not in hierarchy.classes:
        raise InputError(f"{film}: shows {label}, which the network does not know; give other stories")
    return label


def summary(rows: Sequence[dict[str, Any]], bundle: Bundle) -> dict[str, Any]:
    """The rows of `follow` as figures (JSON), with what they were measured by.

    `wrong` counts stories that were wrong for longer than `LONG` at a stretch, `early` those in which a node was named
    before it could be seen, `clean` those in order with neither.
    """
    clip = bundle.config.clip
    by = {"threshold": bundle.config.threshold, "window_seconds": clip.span, "step_seconds": STEP}
    wrong = [any(spell["end"] - spell["start"] > LONG for spell in row["wrong"]) for row in rows]
    early = [bool(row["early"]) for row in rows]
    clean = [row["in_order"] and not (bad or soon) for row, bad, soon in zip(rows, wrong, early, strict=True)]
    counts = {"in_order": sum(row["in_order"] for row in rows), "wrong": sum(wrong), "early": sum(early)}
    return {"stories": len(rows), **counts, "clean": sum(clean), **by, "rows": list(rows)}


def describe(row: dict[str, Any], hierarchy: Hierarchy) -> str:
    """A row of `follow` as a line to read."""

    def shown(name: str) -> str:
        return hierarchy.display[hierarchy.index(name)]

    times = [
        f"{shown(name)} {'never' if time is None else f'at {time:.1f} s'}" for name, time in row["first_times"].items()
    ]
    wrong = [
        f"wrong from {spell['start']:.1f} to {spell['end']:.1f} s:"
        f" {', then '.join(map(shown, spell['nodes']))}, up to {spell['probability']:.0%}"
        for spell in row["wrong"]
    ]
    early = [f"{shown(found['node'])} named {_before(found)}" for found in row["early"]]
    order = ", in this order" if row["in_order"] else ""
    return "; ".join([f"{row['video']}: {', '.join(times)}{order}", *wrong, *early])


def _before(early: dict[str, Any]) -> str:
    if early["seen"] is None:
        return "though it never can be seen"
    return f"{early['seen'] - early['named']:.1f} s before it can be seen"


def describe_summary(figures: dict[str, Any]) -> str:
    """What `summary` counts, as a line to read."""
    return (
        f"{figures['in_order']} of {figures['stories']} in order; wrong for longer than {LONG:g} s in"
        f" {figures['wrong']}, named before it can be seen in {figures['early']}; in order with neither:"
        f" {figures['clean']}"
    )
