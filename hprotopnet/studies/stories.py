"""Do answers grow from grandparent to child? Traces of reveal stories, asked when each node became the answer."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import STEP, Trace, trace
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime.truth import load_summary


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


def follow(bundle: Bundle, films: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """When each node of a story's true path became the answer, and whether in order, one row (JSON) a story.

    Raises `InputError` for a video that cannot be read, or whose class is not known or none of the bundle's.
    """
    hierarchy, threshold = bundle.hierarchy, bundle.config.threshold
    labels = [_label(film, hierarchy) for film in films]
    model = bundle.load_model()
    for film, label in zip(films, labels, strict=True):
        found = trace(model, film, bundle.config.clip, label)
        times = first_times(found, hierarchy, threshold)
        in_order = revealed_in_order(found, hierarchy, threshold)
        yield {"video": found.video, "label": found.label, "first_times": times, "in_order": in_order}


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
    """The rows of `follow` as figures (JSON), with what they were measured by."""
    clip = bundle.config.clip
    by = {"threshold": bundle.config.threshold, "window_seconds": clip.span, "step_seconds": STEP}
    return {"stories": len(rows), "in_order": sum(row["in_order"] for row in rows), **by, "rows": list(rows)}


def describe(row: dict[str, Any], hierarchy: Hierarchy) -> str:
    """A row of `follow` as a line to read."""
    parts = [
        f"{hierarchy.display[hierarchy.index(name)]} {'never' if time is None else f'at {time:.1f} s'}"
        for name, time in row["first_times"].items()
    ]
    return f"{row['video']}: {', '.join(parts)}{', in this order' if row['in_order'] else ''}"
