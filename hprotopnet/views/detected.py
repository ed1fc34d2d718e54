"""What lies under a film in which actions were detected: truth, what was found, visual concepts, and scores by level.

Colour is the branch, as everywhere; a dash tells curves of one branch apart, and of concepts the number is the name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from hprotopnet.disk.drawing import HUES, hues
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.temporal.annotations import LongVideo, coarse_of
from hprotopnet.temporal.atoms import NOTHING, Atom, atoms_of_clips
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.detection import detect
from hprotopnet.views.film import Lane, Range
from hprotopnet.views.traced import DASHES, Under
from hprotopnet.views.words import display

TRUTH, COARSE, FINE, CONCEPT, ATOM = "truth", "coarse", "fine", "concept", "atom"  # keys of rows
MOST_ROWS, MOST_CURVES = 6, 8  # of segments that overlap, and of classes whose scores are drawn
NO_ATOM = "none"
DIGITS = 3


@dataclass(frozen=True, eq=False)
class Detected:
    """A video, what a detector says of its clips, and what is known of it.

    Attributes:
        hierarchy: of the detector.
        video: its segments are the true ones; none where nobody knows them.
        scores, concepts: of its clips, (T, K) and (T,).
        atoms: true atomic actions.
        known: whether what happens in it is known.
    """

    hierarchy: Hierarchy
    video: LongVideo
    scores: np.ndarray
    concepts: np.ndarray
    atoms: tuple[Atom, ...] = ()
    known: bool = True

    @property
    def cell(self) -> float:
        """Seconds that a clip stands for."""
        return 1 / self.video.rate


@dataclass(frozen=True)
class Stretch:
    """Something that happens, or was found: of a class, from `start` to `end` in seconds.

    Attributes:
        kind: `TRUTH`, `FINE` or `COARSE`.
        label: number of its class, a node.
        score: how sure the detector is; None for what is true.
        track: which row of its kind it stands in.
    """

    kind: str
    label: int
    start: float
    end: float
    score: float | None = None
    track: int = 0

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    def same(self, other: "Stretch") -> bool:
        """Whether both say the same, wherever they stand."""
        return replace(self, track=0) == replace(other, track=0)


@dataclass(frozen=True)
class Limits:
    """What counts as found.

    Attributes:
        rule: how scores become segments.
        least: score below which a segment is left out.
        top: how many are shown, the surest.
    """

    rule: Rule
    least: float
    top: int


def found(own: Detected, limits: Limits) -> list[Stretch]:
    """Segments of fine classes, the surest first, each in a row in which it overlaps none."""
    said = detect(own.scores, own.video.rate, limits.rule)
    order = [row for row in np.argsort(-said.scores, kind="stable") if said.scores[row] >= limits.least]
    rows = [
        Stretch(FINE, int(said.labels[row]), *said.times[row].tolist(), float(said.scores[row]))
        for row in order[: limits.top]
    ]
    return in_rows(rows)


def in_rows(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The same in their order, the surest in the first row; what finds no room in the last one stays there."""
    taken: list[list[Stretch]] = [[] for _ in range(MOST_ROWS)]
    placed = []
    for own in stretches:
        free = (row for row, held in enumerate(taken) if all(_apart(own, other) for other in held))
        track = next(free, MOST_ROWS - 1)
        taken[track].append(own)
        placed.append(replace(own, track=track))
    return placed


def _apart(one: Stretch, other: Stretch) -> bool:
    return one.end <= other.start or other.end <= one.start


def true_of(own: Detected) -> list[Stretch]:
    """What is known to happen, in order of time."""
    pairs = zip(own.video.times.tolist(), own.video.labels.tolist(), strict=True)
    rows = sorted((Stretch(TRUTH, label, *times) for times, label in pairs), key=lambda row: row.start)
    return in_rows(rows)


def coarse(stretches: Sequence[Stretch], hierarchy: Hierarchy) -> list[Stretch]:
    """Of each coarse class when any of its fine ones was found, with the highest of their scores, the surest first."""
    parents = hierarchy.lineage[:, 1]
    merged: list[Stretch] = []
    for label, group in groupby(
        sorted(stretches, key=lambda own: (parents[own.label], own.start)), key=lambda own: int(parents[own.label])
    ):
        merged += _joined(label, list(group))
    return in_rows(sorted(merged, key=lambda own: -own.score))


def _joined(label: int, stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Stretches, by their start, that overlap or touch as one."""
    before: Stretch | None = None
    for own in stretches:
        if before and own.start <= before.end:
            before = replace(before, end=max(before.end, own.end), score=max(before.score, own.score))
            continue
        if before:
            yield before
        before = Stretch(COARSE, label, own.start, own.end, own.score)
    if before:
        yield before


def under(own: Detected, stretches: Sequence[Stretch], chosen: Stretch | None = None) -> Under:
    """All of it, in step with the film; the numbers of ranges are places among `choices`."""
    listed = choices(own, stretches)
    ranges = [*_ranges(listed, own.hierarchy), *_runs(CONCEPT, [f"c{number}" for number in own.concepts], own)]
    if own.atoms:
        names = atoms_of_clips(own.atoms, len(own.scores), own.video.duration)
        ranges += [part for part in _runs(ATOM, names, own) if part.name != NOTHING]
    middles = tuple(((np.arange(len(own.scores)) + 0.5) * own.cell).round(DIGITS).tolist())
    says = tuple(_says(own, stretches, listed, middle) for middle in middles)
    lanes = (*_curves(own, stretches, 1), *_curves(own, stretches, 0))
    at = next((row for row, part in enumerate(listed) if chosen and chosen.same(part)), -1)
    return Under((), tuple(ranges), lanes, middles, says, _titles(own, ranges), legend=False, chosen=at)


def choices(own: Detected, stretches: Sequence[Stretch]) -> list[Stretch]:
    """What may be chosen under the film: what is true, what was found of coarse classes, and of fine ones."""
    return [*true_of(own), *coarse(stretches, own.hierarchy), *stretches]


def made_of(own: Detected, stretch: Stretch) -> list[tuple[int, float]]:
    """Concepts of the cells whose middles lie in a stretch, with the share of those cells, the commonest first."""
    middles = (np.arange(len(own.concepts)) + 0.5) * own.cell
    inside = own.concepts[(middles >= stretch.start) & (middles < stretch.end)].tolist()
    return [(concept, count / len(inside)) for concept, count in Counter(inside).most_common()]


def _ranges(listed: Sequence[Stretch], hierarchy: Hierarchy) -> list[Range]:
    colours = hues(hierarchy)
    found = [
        Range(f"{own.kind} {own.track}", named(own, hierarchy), own.start, own.end, colours[own.label], number)
        for number, own in enumerate(listed)
    ]
    order = (TRUTH, COARSE, FINE)
    return sorted(found, key=lambda part: (order.index(part.level.split()[0]), part.level))


def named(own: Stretch, hierarchy: Hierarchy) -> str:
    """Class of a stretch as shown to people, and how sure the detector is of it."""
    name = display(hierarchy, hierarchy.nodes[own.label])
    return name if own.score is None else f"{name} {own.score:.1f}"


def _runs(key: str, names: Sequence[str], own: Detected) -> list[Range]:
    """Clips that follow one another and have the same name as one range."""
    ranges, begin = [], 0
    for name, group in groupby(names):
        end = begin + len(list(group))
        ranges.append(Range(key, name, begin * own.cell, end * own.cell, hue_of(name)))
        begin = end
    return ranges


def hue_of(name: str) -> str:
    """A colour that goes with a name; there are few, so that the name has to be read."""
    number = int(name[1:]) if name[1:].isdigit() else sum(name.encode())
    return HUES[number % len(HUES)]


def _titles(own: Detected, ranges: Sequence[Range]) -> dict[str, str]:
    fine, above = own.hierarchy.level_names[:2]
    said = {
        f"{TRUTH} 0": "What is true",
        f"{COARSE} 0": f"Found, level {above}: any of its classes",
        f"{FINE} 0": f"Found, level {fine}, with score",
        CONCEPT: f"Visual concept of each cell of {own.cell:.2f} s",
        ATOM: "True motion primitive of each cell",
    }
    there = {part.level for part in ranges}
    return {key: title for key, title in said.items() if key in there}


def _says(own: Detected, stretches: Sequence[Stretch], listed: Sequence[Stretch], moment: float) -> tuple[str, str]:
    """What was found at a moment, the surest, and what is true then."""
    best = next((part for part in stretches if part.start <= moment < part.end), None)
    name = display(own.hierarchy, own.hierarchy.nodes[best.label]) if best else "Nothing found"
    parts = [f"score {best.score:.2f}"] if best else []
    if own.known:
        true = [part for part in listed if part.kind == TRUTH and part.start <= moment < part.end]
        names = ", ".join(display(own.hierarchy, own.hierarchy.nodes[part.label]) for part in true)
        parts.append(f"true: {names or 'nothing'}")
    cell = min(int(moment / own.cell), len(own.concepts) - 1)
    return name, " · ".join([*parts, f"concept c{own.concepts[cell]}"])


def _curves(own: Detected, stretches: Sequence[Stretch], level: int) -> list[Lane]:
    """Scores of the classes of a level, 0 or 1, that are true or were found; above the fine ones the highest of each
    coarse class's.
    """
    hierarchy, classes = own.hierarchy, len(own.hierarchy.classes)
    nodes = dict.fromkeys(
        int(hierarchy.lineage[part.label, level]) for part in [*true_of(own), *stretches] if part.label < classes
    )
    shown = list(nodes)[:MOST_CURVES] or [int(hierarchy.lineage[own.scores.max(0).argmax(), level])]
    values = scores_at(own.scores, hierarchy, level)[:, [hierarchy.at_level(level).index(node) for node in shown]]
    low, high = float(values.min()), float(values.max())
    colours, used = hues(hierarchy), Counter()
    times = tuple(((np.arange(len(values)) + 0.5) * own.cell).round(DIGITS).tolist())
    group = f"Score, level {hierarchy.level_names[level]}"
    lanes = []
    for column, node in enumerate(shown):
        hue = colours[node]
        dash = DASHES[used[hue] % len(DASHES)]
        used[hue] += 1
        own_values = tuple(values[:, column].round(DIGITS).tolist())
        name = display(hierarchy, hierarchy.nodes[node])
        lanes.append(Lane(f"score {level}", name, times, own_values, low, high, group, hue, dash))
    return lanes


def scores_at(scores: np.ndarray, hierarchy: Hierarchy, level: int) -> np.ndarray:
    """Scores of fine classes (T, K) as they are, or of each coarse class the highest of its own (T, G)."""
    if level == 0:
        return scores
    parents = coarse_of(hierarchy)
    return np.stack([scores[:, parents == own].max(1) for own in range(parents.max() + 1)], 1)
