"""What stored files must obey to be those of their bundle: its tree, its prototypes, its clips.

Whoever shows them relies on it. Each check raises `InputError` that says what is wrong; who reads the file names it.
"""

import re
import reprlib
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hprotopnet.bundles.inside import is_plain
from hprotopnet.config import ClipConfig, Config
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation, LevelExplanation
from hprotopnet.files import visible
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.owners import owner_table

if TYPE_CHECKING:
    from hprotopnet.bundles.bundle import Prototype
    from hprotopnet.bundles.showcase import Told
    from hprotopnet.bundles.traces import Trace

MOST_SECONDS = 10**6  # of a video
MOST_TRACED = 3600  # seconds of a film that is played
MOST_LETTERS = 1000
ROUNDING = 1e-4  # by which a probability or a similarity may leave its range
OTHERS = ("all others", "nothing")  # what a node's rival may be besides a node, see `explain.prototypes`
Box = tuple[int, int, int, int]


@contextmanager
def naming(path: Path, remedy: str):
    """Put the name of a file before what is wrong with it, and the remedy behind."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}; {remedy}") from error


def require(holds: bool, said: str) -> None:
    """Raise `InputError` with what is said where something does not hold."""
    if not holds:
        raise InputError(said)


def check_prototypes(rows: Sequence["Prototype"], hierarchy: Hierarchy, config: Config) -> None:
    """Prototypes are those of the configuration, in its order, and come from clips as it cuts them."""
    owners = owner_table(hierarchy, config.model.prototypes, config.model.per_node).tolist()
    said = f"{len(owners)} prototypes but {len(rows)} sources: it was not projected"
    require(len(rows) == len(owners), said)
    for j, (row, owner) in enumerate(zip(rows, owners, strict=True)):
        own, of = hierarchy.nodes[owner], visible(row.node[:100])
        require(row.node == own, f"prototype {j} is of '{of}', where the configuration has one of '{own}'")
        with _of(f"prototype {j}"):
            _check_source(row, config.clip)


def _check_source(row: "Prototype", clip: ClipConfig) -> None:
    _check_text(row.video, "video")
    require(bool(re.fullmatch("[0-9a-f]{64}", row.sha256)), "its sha256 is no hash")
    plain = row.excerpt is None or is_plain(row.excerpt)
    require(plain, f"its excerpt {reprlib.repr(row.excerpt)} is no plain name of a file in the bundle")
    require(0 <= row.start <= MOST_SECONDS and row.moved >= 0, f"it starts at {row.start} and moved by {row.moved}")
    before, after = row.interval
    require(0 <= before < after <= 2 * MOST_SECONDS, f"its interval is {row.interval}")
    require(row.frame is None or 0 <= row.frame <= clip.frames, f"its frame is {row.frame} of {clip.frames}")
    _check_cell(row.cell, (clip.frames, clip.size, clip.size))
    _check_boxes(row.boxes, clip)


def check_said(said: "Explanation | Told", label: str, hierarchy: Hierarchy, clip: ClipConfig) -> None:
    """What is said of a clip is of this tree and a clip of this size."""
    require(label in hierarchy.classes, "its label is no class of the tree")
    _check_text(said.video, "video")
    require(said.probabilities.keys() == set(hierarchy.nodes), "its probabilities are not those of the nodes")
    require(all(map(_is_share, said.probabilities.values())), "a probability lies outside 0 to 1")
    leaf = said.path[-1] if said.path else None
    require(leaf in hierarchy.classes, "its path ends at no class")
    require(said.path == _path_to(leaf, hierarchy), "its path is none of the tree")
    _check_times(said.times, MOST_SECONDS)
    require(len(said.times) == clip.frames, f"it has {len(said.times)} times for {clip.frames} frames")


def check_explanation(found: Explanation, label: str, hierarchy: Hierarchy, config: Config) -> None:
    """An explanation is of this tree, these prototypes and a clip of this size."""
    nodes, clip = set(hierarchy.nodes), config.clip
    check_said(found, label, hierarchy, clip)
    _check_text(found.damage, "damage", least=0)
    require(not found.distances or found.distances.keys() == nodes, "its distances are not those of the nodes")
    require(min(found.distances.values(), default=0) >= 0, "a distance is negative")
    require(0.5 < found.threshold < 1, f"its threshold is {found.threshold}")
    _check_levels(found, hierarchy)
    require(0 <= found.start <= MOST_SECONDS, f"it starts at {found.start}")
    owners = owner_table(hierarchy, config.model.prototypes, config.model.per_node).tolist()
    highest = config.model.greatest_similarity * (1 + ROUNDING)
    similar = all(0 <= value <= highest for value in found.similarities)
    require(similar and len(found.similarities) == len(owners), "its similarities are not those of the prototypes")
    limits = (clip.frames, clip.size, clip.size)
    require(all(0 < cells <= most for cells, most in zip(found.grid, limits, strict=True)), f"its grid is {found.grid}")
    require(min(found.completeness, found.held) >= 0, "a measure is negative")
    names = [hierarchy.nodes[owner] for owner in owners]
    for level in filter(None, (*found.levels, found.runner_up)):
        with _of(f"level {level.level}"):
            _check_level(level, found, names, nodes, clip)


def _path_to(leaf: str, hierarchy: Hierarchy) -> tuple[str, ...]:
    """From the top to a leaf."""
    return tuple(hierarchy.nodes[node] for node in reversed(hierarchy.ancestors(hierarchy.index(leaf))))


def _check_levels(found: Explanation, hierarchy: Hierarchy) -> None:
    """Levels follow the path, and what else is named is a node."""
    steps = [(level.level, level.node) for level in found.levels]
    path = list(zip(reversed(hierarchy.level_names), found.path, strict=True))
    require(steps == path, "its levels are not those of its path")
    require(found.answer is None or found.answer in hierarchy.nodes, "its answer is no node")
    above = hierarchy.nodes[len(hierarchy.classes) :]
    nearest = found.nearest in above if found.distances and above else found.nearest is None
    require(nearest, "its nearest node is none above the classes")
    second = found.runner_up
    known = second is None or (second.node in hierarchy.classes and second.level == hierarchy.level_names[0])
    require(known, "its runner-up is no class")


def _check_level(
    level: LevelExplanation, found: Explanation, owners: Sequence[str], nodes: set[str], clip: ClipConfig
) -> None:
    require(_is_share(level.probability), f"its probability is {level.probability}")
    require(level.rival in nodes or level.rival in OTHERS, "its rival is no node")
    require(level.shares.keys() == {"own", "path", "others"}, "its shares are not own, path and others")
    if level.speaking is not None:
        most = max([0.0, *level.shares.values(), *(row.contribution for row in level.evidence)])
        require(most <= level.speaking * (1 + ROUNDING), "a part of what speaks for it is more than the whole")
    numbers = [row.prototype for row in level.evidence]
    require(len(set(numbers)) == len(numbers), "it names a prototype twice")
    for row in level.evidence:
        with _of(f"prototype {row.prototype}"):
            require(0 <= row.prototype < len(owners), "there is none of this number")
            require(owners[row.prototype] == level.node, "it is another node's")
            require(row.activation.shape == found.grid, "its maps are not as large as its grid")
            require(row.probability_muted is None or _is_share(row.probability_muted), "muted, it has no probability")
            require(row.activation.min() >= 0 and row.distance >= 0, "its map or distance is negative")
            _check_cell(row.cell, found.grid)
            require(all(-1 <= own <= 1 for own in row.offset), f"its cells look {row.offset} cells beside their place")
            _check_boxes(row.boxes, clip)


def check_trace(found: "Trace", hierarchy: Hierarchy) -> None:
    """A trace is of this tree, and no longer than what can be played."""
    _check_text(found.video, "video")
    require(found.label is None or len(found.label) <= MOST_LETTERS, "its label is too long")
    require(len(set(found.nodes)) == len(found.nodes), "it names a node twice")
    require(set(found.nodes) == set(hierarchy.nodes), "its nodes are not those of the tree")
    require(len(found.times) > 0 and 0 < found.span <= MOST_TRACED, f"it has no windows, or a span of {found.span}")
    _check_times(found.times.tolist(), MOST_TRACED)
    _check_times(found.frames.tolist(), MOST_TRACED)
    require(bool((np.diff(found.times) > 0).all()), "its times do not ascend")
    shares = [found.probabilities, *found.visible.values()]
    require(all(0 <= part.min(initial=0) <= part.max(initial=0) <= 1 + ROUNDING for part in shares), "no probabilities")
    require(found.distances.min(initial=0) >= 0, "a distance is negative")
    require(not found.visible or len(found.frames) > 0, "it shows cues in no frame")


@contextmanager
def _of(what: str):
    try:
        yield
    except InputError as error:
        raise InputError(f"{what}: {error}") from error


def _is_share(value: float) -> bool:
    return -ROUNDING <= value <= 1 + ROUNDING


def _check_text(text: str, what: str, least: int = 1) -> None:
    require(least <= len(text) <= MOST_LETTERS and visible(text) == text, f"its {what} is no name that can be shown")


def _check_times(times: Sequence[float], most: float) -> None:
    sound = all(before <= after for before, after in pairwise(times)) and all(0 <= time <= most for time in times)
    require(sound, "its times do not follow one another")


def _check_cell(cell: tuple[int, int, int], grid: tuple[int, int, int]) -> None:
    require(all(0 <= place < cells for place, cells in zip(cell, grid, strict=True)), f"its cell {cell} is in no grid")


def _check_boxes(boxes: Iterable[Box | None], clip: ClipConfig) -> None:
    boxes = tuple(boxes)
    require(len(boxes) == clip.frames, f"it has {len(boxes)} boxes for {clip.frames} frames")
    for left, top, right, bottom in filter(None, boxes):
        inside = 0 <= left < right <= clip.size and 0 <= top < bottom <= clip.size
        require(inside, f"its box {(left, top, right, bottom)} leaves the picture")


def texts_of(array: np.ndarray, what: str) -> tuple[str, ...]:
    """Texts of an array that was stored, each of which can be shown.

    Args:
        what: they are, for the error.
    """
    try:
        texts = tuple(array.tolist())
    except (ValueError, SystemError):  # of letters that are none
        texts = ("",)
    sound = all(text and len(text) <= MOST_LETTERS and visible(text) == text for text in set(texts))
    require(sound, f"one of its {what} cannot be shown")
    return texts
