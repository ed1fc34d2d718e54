"""Figures for papers and slides: the disk with the path and the clip on it, and the pair of clips of each step."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hprotopnet.disk.drawing import hues
from hprotopnet.disk.labels import mark_size, upright_labels
from hprotopnet.disk.layouts import look_at
from hprotopnet.disk.svg import corners
from hprotopnet.disk.text import text_width
from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.views import render, words
from hprotopnet.views.account import NO_PICTURE, Account
from hprotopnet.views.maps import YELLOW, Ground, written
from hprotopnet.views.plate import INK, SOFT, Photo, Plate, Shape, Text, paragraph

RADIUS, WIDTH, HEIGHT = 250.0, 800.0, 610.0  # of the disk, and of the room for it and for names beyond its rim
MARGIN, GAP = 18.0, 6.0
SIDE, FINE = 210, 2  # of one picture of a pair, in units, and its pixels a unit
BETWEEN = 28.0  # the two clips of a pair
BROAD = 4 * SIDE + 2 * GAP + BETWEEN + 2 * MARGIN
NAMED = 0.01  # probability of a class from which on the figure names it
LARGER = "Larger nodes are more probable."


def disk_plate(account: Account, noted: bool = True) -> Plate:
    """The tree with the path as a heavy line, nodes as large as they are probable, and a star for the clip.

    Args:
        noted: whether it is said below what the picture means and how true it is.
    """
    ground = Ground(look_at(account.hierarchy, account.base, -1), (WIDTH / 2, HEIGHT / 2), RADIUS)
    star, note = account.place
    below = _below(account, " ".join(filter(None, [account.verdict, note, account.fidelity, LARGER]))) if noted else []
    path = ", then ".join(account.name(node) for node in account.explanation.path)
    marks = [*ground.lines(), _path(account, ground), *_nodes(account, ground)]
    marks += [Shape(ground.placed(np.array([star])) + _star(), INK, 1.2, YELLOW)] if star is not None else []
    height = below[-1].y + MARGIN if below else HEIGHT
    return Plate(WIDTH, height, f"Hyperbolic disk, path to {path}", (*marks, *_names(account, ground), *below))


def _below(account: Account, told: str) -> list[Text]:
    """The answer with the truth beside it, and what is to be said of the picture."""
    width = WIDTH - 2 * MARGIN
    head = titled(account.answer, account.truth, HEIGHT + 10, width, 18)
    return [*head, *paragraph(MARGIN, head[-1].y + 24, told, width, 13, ink=SOFT)]


def pair_plate(account: Account, level: LevelExplanation) -> Plate:
    """A step: what it says, and its strongest prototype in the clip and where it comes from, at their peaks.

    Where the node has no prototypes, or the bundle no picture, that is said.
    """
    head = step_head(account, level)
    top = head[-1].y + 16
    marks = _pair_marks(account, level, top) if level.evidence else _bare_marks(account, level, top)
    return Plate(BROAD, max(map(_foot, marks)) + MARGIN, head[0].text, (*head, *marks))


def _foot(mark: Photo | Text) -> float:
    return mark.y + (mark.height if isinstance(mark, Photo) else 0)


def _bare_marks(account: Account, level: LevelExplanation, top: float) -> list[Photo | Text]:
    """The clip, and the likeliest classes that the probability is the sum of."""
    rows, left = classes_under(account, level), MARGIN + SIDE + 20
    told = [f"{name}: {words.probability(value)}" for name, value in rows]
    return [
        Photo(MARGIN, top, SIDE, account.images[len(account.images) // 2], "The clip in its middle"),
        *(Text(left, top + 22 * (i + 1), line) for i, line in enumerate(told)),
    ]


def _pair_marks(account: Account, level: LevelExplanation, top: float) -> list[Photo | Text]:
    """Both clips of the strongest prototype, what is to be said of each below it, and how to read them."""
    row, wide = level.evidence[0], 2 * SIDE + GAP
    here, there = pair(account, level, row, SIDE * FINE)
    left = MARGIN + wide + BETWEEN
    clip, source = Photo(MARGIN, top, wide, here, account.when(row)), Text(left, top + SIDE / 2, NO_PICTURE, ink=SOFT)
    if there is not None:
        source = Photo(left, top, wide, there, account.origin(row))
    ground = top + clip.height + 22
    below = [
        *paragraph(MARGIN, ground, f"{account.when(row)} {account.similarity(row)}.", wide),
        *paragraph(left, ground, f"{account.origin(row)} Its weight: {account.weight(level, row)}.", wide),
    ]
    like = Text(left - BETWEEN / 2, top + SIDE / 2, "≈", 26, anchor="middle", ink=SOFT)
    foot = max(map(_foot, below)) + 24
    notes = paragraph(MARGIN, foot, account.reading(level), BROAD - 2 * MARGIN, 12, ink=SOFT)
    return [clip, source, like, *below, *notes]


def step_head(account: Account, level: LevelExplanation) -> list[Text]:
    """What a step says: its node in large letters, and its sentence."""
    width = BROAD - 2 * MARGIN
    title = f"{level.level.capitalize()}: {account.name(level.node)} ({words.probability(level.probability)})"
    node = account.true_node(level)
    head = titled(title, f"truth: {node}" if node else "", MARGIN + 22, width)
    return [*head, *paragraph(MARGIN, head[-1].y + 26, account.why(level), width, 15)]


def titled(title: str, truth: str, y: float, width: float, size: int = 23) -> list[Text]:
    """A title on the ground line `y`, and in soft ink the truth beside its end, or below it where it is too long."""
    large = paragraph(MARGIN, y, title, width / 1.1, size, bold=True)
    if not truth:
        return large
    end = large[-1]
    left = text_width(end.text, size, bold=True) + 14
    if left + text_width(truth, 15) <= width:
        return [*large, Text(MARGIN + left, end.y, truth, 15, ink=SOFT)]
    return [*large, *paragraph(MARGIN, end.y + 22, truth, width, 15, ink=SOFT)]


def pair(
    account: Account, level: LevelExplanation, row: PrototypeEvidence, side: int, moving: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """A prototype in the clip with its heat, and the training clip with what is cut from it, frames `side` pixels high.

    A still of the peak each, or all frames, (T, h, w, 3), beginning at the peak, where they are `moving`.
    """
    own, images = account.source(row), account.source_frames(row)
    shown = from_peak(render.peak_frame(row.boxes, row.moment), len(row.boxes), moving)
    seen = account.seen(level, row)
    here = render.evidence_clip(account.images, row.boxes, row.activation, side, shown, row.offset, seen)
    there = None
    if images is not None:
        shown = from_peak(account.peak_there(row), len(own.boxes), moving)
        there = render.source_clip(images, own.boxes, side, shown, account.seen_there(level, row))
    return (here, there) if moving else (here[0], None if there is None else there[0])


def from_peak(peak: int, frames: int, moving: bool) -> list[int]:
    """Numbers of the frames to draw: that of the peak, or all of them from there on."""
    return [(peak + i) % frames for i in range(frames if moving else 1)]


def classes_under(account: Account, level: LevelExplanation, count: int = 3) -> list[tuple[str, float]]:
    """The likeliest classes below the node of a level, as shown to people, and how probable each is."""
    tree, found = account.hierarchy, account.explanation.probabilities
    names = [tree.nodes[leaf] for leaf in tree.leaves_under(tree.index(level.node))]
    return [(account.name(leaf), found[leaf]) for leaf in sorted(names, key=found.get, reverse=True)[:count]]


def _path(account: Account, ground: Ground) -> Shape:
    tree = account.hierarchy
    steps = [(tree.parents[node], node) for node in map(tree.index, account.explanation.path)]
    return Shape(ground.between(steps), INK, 3.5)


def _nodes(account: Account, ground: Ground) -> Iterator[Shape]:
    """Marks, the smallest on top."""
    tree, found, view = account.hierarchy, account.explanation.probabilities, ground.view
    sizes = [_size(found[name], point) for name, point in zip(tree.nodes, view.points, strict=True)]
    places, colours = ground.on(view.points), hues(tree)
    for node in sorted(range(len(sizes)), key=lambda node: -sizes[node]):
        yield Shape(places[node] + sizes[node] * corners(tree, node), "#ffffff", 0.8, colours[node])


def _size(probability: float, point: complex) -> float:
    """Radius of a mark."""
    return 2.2 + mark_size(point) / 24 * 5 + 5 * float(np.sqrt(probability))


def _star() -> np.ndarray:
    points = np.where(np.arange(10) % 2, 4.2, 11.0) * -1j * np.exp(2j * np.pi * np.arange(10) / 10)
    return np.stack([points.real, points.imag], axis=-1)


def _names(account: Account, ground: Ground) -> Iterator[Text]:
    """Names of the path, of the true class, of the topmost nodes and of the likeliest classes, the first in bold."""
    tree = account.hierarchy
    path = [tree.index(node) for node in account.explanation.path]
    likely = [
        tree.index(leaf)
        for leaf in words.top_leaves(account.explanation, tree, 5)
        if account.explanation.probabilities[leaf] >= NAMED
    ]
    true = [tree.index(account.label)] if account.truth else []
    named = list(dict.fromkeys([*reversed(path), *true, *tree.at_level(tree.depth - 1), *likely]))
    half = (WIDTH / 2, HEIGHT / 2)
    for label in upright_labels(ground.view, named, RADIUS, half):
        yield from written(replace(label, bold=label.node in path), ground)
