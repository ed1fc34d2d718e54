"""What can be laid over the disk of a network: stored clips, prototypes, mistakes, and the path of a film.

Each is a `Layer` of plain data, or None where the network has nothing of the kind.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from hprotopnet.bundles.answers import ClipAnswers
from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.bundles.showcase import Stored
from hprotopnet.bundles.traces import Trace
from hprotopnet.disk.drawing import hues
from hprotopnet.disk.poincare import centroid, distance, translate
from hprotopnet.disk.scene import Layer, pair
from hprotopnet.explain.explanation import Explanation
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views.scores import confusion
from hprotopnet.views.words import display, mistake, probability

AROUND = 0.36  # hyperbolic radius of the ring on which the prototypes of a node stand
MOST_ARCS = 60  # kinds of mistakes that are drawn, the commonest
MOST_AROUND = 24  # prototypes of a node that are drawn
MOMENTS = 2.0  # seconds between the moments of a film that are marked


def point_of(shares: np.ndarray, base: np.ndarray) -> complex:
    """Where probabilities of the classes, (K,), put a clip: the hyperbolic mean of the classes, weighted by them."""
    return complex(centroid(base[: len(shares)], shares))


def clip_place(
    explanation: Explanation, hierarchy: Hierarchy, base: np.ndarray, shown: Callable[[str], str] = str
) -> tuple[complex | None, str]:
    """Where a clip stands on the disk, by the probabilities of the classes alone, and what is to be said about that.

    These are its distances to the classes, read as sharply as the network does. The distances themselves place it
    badly: in a ball of 300 dimensions a clip is nearly as far from its own class as from all others.

    Args:
        shown: makes of a name what is to stand in the text, say escaped.
    """
    if not explanation.distances:
        return None, "This network has no hyperbolic space, so the clip has no place here."
    shares = np.array([explanation.probabilities[name] for name in hierarchy.classes])
    star = point_of(shares, base)
    seen = distance(base[: len(shares)], star).argmin()
    note = (
        "A map of all classes, the broadest kinds innermost. The star is this clip: the hyperbolic mean of all classes,"
        " each weighted by its probability. In the network's own space, of all kinds of action,"
        f" {shown(display(hierarchy, explanation.nearest))} is nearest to it."
    )
    if seen != shares.argmax():
        true, there = (shown(display(hierarchy, hierarchy.classes[i])) for i in (shares.argmax(), seen))
        note += f" The disk misleads here: {true} is likelier than {there}."
    return star, note


def clips_layer(rows: Iterable[Stored], hierarchy: Hierarchy, base: np.ndarray) -> Layer | None:
    """Stored clips by what the network says of them; None without a ball, in which they would have no place."""
    items = [_clip(row, hierarchy, base) for row in rows if row.explanation.distances]
    legend = (
        "Dot: the likeliest class is right. Cross: it is wrong. Each clip stands at the hyperbolic mean of all classes,"
        " weighted by its probabilities. Click one to look at it."
    )
    return Layer("clips", f"Stored clips ({len(items)})", legend, "points", tuple(items)) if items else None


def _clip(row: Stored, hierarchy: Hierarchy, base: np.ndarray) -> dict[str, object]:
    found = row.explanation
    answer = found.path[-1]
    said = f"{display(hierarchy, answer)}, {probability(found.probabilities[answer])}"
    verdict = mistake(answer, row.label, hierarchy)[1]
    shares = np.array([found.probabilities[name] for name in hierarchy.classes])
    return {
        "at": pair(point_of(shares, base)),
        "kind": "right" if answer == row.label else "wrong",
        "title": f"{found.video.split('/')[-1]}\nlabelled {display(hierarchy, row.label)}\nanswered {said}: {verdict}",
        "id": found.video,
    }


def prototypes_layer(bundle: Bundle, base: np.ndarray) -> Layer | None:
    """The prototypes of each node in a ring around it."""
    hierarchy, colours = bundle.hierarchy, hues(bundle.hierarchy)
    owned: dict[str, list[Prototype]] = {}
    for own in bundle.prototypes:
        owned.setdefault(own.node, []).append(own)
    items = [
        {
            "at": pair(place),
            "kind": "prototype",
            "hue": colours[hierarchy.index(name)],
            "title": f"Prototype {number} of {display(hierarchy, name)}\nfrom {own.video.split('/')[-1]}",
            "node": hierarchy.index(name),
        }
        for name, rows in owned.items()
        for number, (own, place) in enumerate(_ringed(rows, complex(base[hierarchy.index(name)])), start=1)
    ]
    legend = "Triangle: a prototype, around the node that it speaks for. Where on the ring it stands means nothing."
    return (
        Layer("prototypes", f"Prototypes ({len(bundle.prototypes)})", legend, "points", tuple(items)) if items else None
    )


def _ringed(rows: Sequence[Prototype], centre: complex) -> Iterable[tuple[Prototype, complex]]:
    ring = np.tanh(AROUND / 2) * np.exp(2j * np.pi * np.arange(len(rows)) / len(rows))
    return zip(rows[:MOST_AROUND], map(complex, translate(ring, -centre)), strict=False)


def mistakes_layer(answers: ClipAnswers | None) -> Layer | None:
    """Which classes are taken for which, over the test clips."""
    if answers is None:
        return None
    hierarchy, counts = answers.hierarchy, confusion(answers)
    np.fill_diagonal(counts, 0)
    pairs = sorted(zip(*counts.nonzero(), strict=True), key=lambda cell: (-counts[cell], cell))
    items = tuple(
        {
            "from": int(truth),
            "to": int(said),
            "weight": float(counts[truth, said] / counts.max()),
            "title": f"{hierarchy.display[truth]} taken for {hierarchy.display[said]}: {_times(counts[truth, said])}",
        }
        for truth, said in pairs[:MOST_ARCS]
    )
    legend = f"Arrow: from what a test clip shows to what was answered, thicker the more often ({counts.sum()} in all)."
    return Layer("mistakes", f"Mistakes ({counts.sum()})", legend, "arcs", items) if items else None


def _times(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"


def track_layer(
    points: Sequence[complex],
    times: Sequence[float],
    label: str,
    says: Sequence[str] | None = None,
    every: float = MOMENTS,
) -> Layer | None:
    """The way of a point over the disk, from moment to moment.

    Args:
        times: of each point, in seconds, ascending.
        says: what is said of each moment that is marked, beside its time.
        every: seconds between the moments that are marked.
    """
    items, last = [], -np.inf
    for number, (point, time) in enumerate(zip(points, times, strict=True)):
        item = {"at": pair(point)}
        if time - last >= every:
            last = time
            item["title"] = "\n".join([f"{time:.1f} s", *([says[number]] if says else [])])
        items.append(item)
    legend = f"Yellow: where the network has the film, from moment to moment; a dot every {every:g} s."
    return Layer("film", label, legend, "track", tuple(items)) if items else None


def film_layer(traces: Sequence[Trace], hierarchy: Hierarchy, base: np.ndarray) -> Layer | None:
    """The first film of a bundle that has a place on the disk; None where there is none."""
    for found in traces:
        known = found.distances.shape[1] and set(hierarchy.classes) <= set(found.nodes)
        if known:
            shares = found.columns(found.probabilities, hierarchy.classes)
            says = [hierarchy.display[leaf] for leaf in shares.argmax(1)]
            name = found.label if found.label in hierarchy.classes else None
            label = f"Film: {display(hierarchy, name) if name else found.video}"
            return track_layer(centroid(base[: shares.shape[1]], shares), found.times.tolist(), label, says)
    return None
