"""What lies under a film that was traced: answers as ranges, probabilities as curves by level, and both in words.

Colour is the branch, as on the disk; a dash tells curves of one branch apart; "not sure" is grey, hatched and named.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hprotopnet.bundles.traces import Trace
from hprotopnet.disk.drawing import hues
from hprotopnet.disk.svg import symbol
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.studies.films import Segment
from hprotopnet.studies.stories import answers, cue_of, true_path
from hprotopnet.views.film import Lane, Level, Range
from hprotopnet.views.words import display, probability

NOT_SURE = "Not sure"
ANSWER, TRUTH = "answer", "truth"  # keys of rows under the film
MOST_CURVES = 12  # of a level, those of the nodes that are its likeliest most often
DASHES = ("", "6 3", "2 3", "8 3 2 3")  # of curves of one hue
DIGITS = 3  # of probabilities that are drawn


@dataclass(frozen=True)
class Under:
    """What lies under a film, in step with it; data for the player.

    Attributes:
        levels: those that have a mark.
        ranges, lanes: see `views.film`.
        times: moments of which something is said, ascending, in seconds.
        says: what, as (answer, what is to be said of it).
        titles: of rows of ranges, by their level.
        legend: whether all ranges are named once more below.
        chosen: number of the range that is chosen; -1 for none.
    """

    levels: tuple[Level, ...]
    ranges: tuple[Range, ...]
    lanes: tuple[Lane, ...]
    times: tuple[float, ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    legend: bool = True
    chosen: int = -1

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        parts = {name: [vars(own) for own in getattr(self, name)] for name in ("levels", "ranges", "lanes")}
        said = {"times": list(self.times), "says": [list(own) for own in self.says]}
        return parts | said | {"titles": dict(self.titles), "legend": self.legend, "chosen": self.chosen}


def under(trace: Trace, hierarchy: Hierarchy, found: Sequence[Segment], threshold: float) -> Under:
    """All of it for a trace and its segments; with what is true where that is known."""
    levels = tuple(
        Level(str(level), name.capitalize(), name.capitalize(), symbol(hierarchy, hierarchy.at_level(level)[0]))
        for level, name in reversed(list(enumerate(hierarchy.level_names)))
    )
    lanes = [lane for level in reversed(range(hierarchy.depth)) for lane in lanes_of(trace, hierarchy, level)]
    said = tuple(says_of(trace, hierarchy, threshold))
    return Under(levels, tuple(ranges_of(found, hierarchy)), tuple(lanes), tuple(trace.times.tolist()), said)


def ranges_of(found: Sequence[Segment], hierarchy: Hierarchy) -> list[Range]:
    """Segments as ranges, coloured by their branch."""
    colours = hues(hierarchy)
    return [
        Range(ANSWER, name_of(own.node, hierarchy), own.start, own.end, colours[hierarchy.index(own.node)])
        if own.node
        else Range(ANSWER, NOT_SURE, own.start, own.end, "")
        for own in found
    ]


def name_of(node: str | None, hierarchy: Hierarchy) -> str:
    """An answer as shown to people."""
    return display(hierarchy, node) if node else NOT_SURE


def leading(trace: Trace, hierarchy: Hierarchy, level: int, most: int = MOST_CURVES) -> list[str]:
    """The nodes of a level that are its likeliest in some window, the one that is it most often first.

    Where the class is known its own ancestor of that level comes before them.
    """
    nodes = [hierarchy.nodes[node] for node in hierarchy.at_level(level)]
    counts = Counter(trace.columns(trace.probabilities, nodes).argmax(1).tolist())
    first = [name for name in _true(trace, hierarchy) if name in nodes]
    return list(dict.fromkeys([*first, *(nodes[row] for row, _ in counts.most_common())]))[:most]


def lanes_of(trace: Trace, hierarchy: Hierarchy, level: int) -> list[Lane]:
    """Curves of a level's leading nodes, and how much of the picture shows the true one's cue where it is known."""
    colours, group = hues(hierarchy), hierarchy.level_names[level].capitalize()
    times, drawn = tuple(trace.times.tolist()), []
    used: Counter[str] = Counter()
    for name in leading(trace, hierarchy, level):
        hue = colours[hierarchy.index(name)]
        values = trace.columns(trace.probabilities, [name])[:, 0].round(DIGITS)
        dash = DASHES[used[hue] % len(DASHES)]
        used[hue] += 1
        drawn.append(Lane(str(level), display(hierarchy, name), times, tuple(values.tolist()), 0, 1, group, hue, dash))
    return [*_shown(trace, hierarchy, level, group), *drawn]


def _shown(trace: Trace, hierarchy: Hierarchy, level: int, group: str) -> list[Lane]:
    path = _true(trace, hierarchy)
    cue = cue_of(trace, hierarchy, hierarchy.index(path[-1 - level])) if path else None
    if cue is None:
        return []
    values = np.sqrt(cue).round(DIGITS)  # the root, or small things would not show
    name = f"{display(hierarchy, path[-1 - level])} in the picture"
    return [Lane(str(level), name, tuple(trace.frames.tolist()), tuple(values.tolist()), 0, 1, group, filled=True)]


def says_of(trace: Trace, hierarchy: Hierarchy, threshold: float) -> list[tuple[str, str]]:
    """What is said of each window: the answer, and how probable it is, and whether right where that is known."""
    path, found = _true(trace, hierarchy), []
    for window, name in enumerate(answers(trace, hierarchy, threshold)):
        if name is None:
            found.append((NOT_SURE, f"nothing reaches {probability(threshold)}"))
            continue
        chance = probability(float(trace.probabilities[window, trace.nodes.index(name)]))
        found.append((display(hierarchy, name), " · ".join(filter(None, [chance, _verdict(name, path)]))))
    return found


def _verdict(name: str, path: Sequence[str]) -> str:
    if not path:
        return ""
    return "right" if name == path[-1] else "right as far as it goes" if name in path else "wrong"


def _true(trace: Trace, hierarchy: Hierarchy) -> tuple[str, ...]:
    """The path to the true class, topmost first; empty where it is not known."""
    return true_path(trace, hierarchy) if trace.label in hierarchy.classes else ()
