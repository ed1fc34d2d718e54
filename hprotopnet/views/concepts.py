"""What visual concepts stand for: how often each goes with which class and which true atomic action, and how purely.

A concept is a cluster of clips as a detector sees them: it has a number and no name. What it shows is read off the
clips nearest to it and, where somebody knows the atomic actions, off how often it goes with each. No drawing but the
heat map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hprotopnet.evaluation.clusters import normalised_mutual_information, purity
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.temporal.atoms import NOTHING, Atom, atoms_of_clips
from hprotopnet.views.charts import axis, hue, ink_of, layout, percent, shown
from hprotopnet.views.confusion import mixed
from hprotopnet.views.detected import Detected
from hprotopnet.views.scores import tree_order

SHUFFLES = 20  # of kinds among clips, for what chance comes to
FAINTEST = 0.1  # colour of the least, from that of the page (0) to the full hue (1)
ROW, ABOVE = 17, 70  # pixels of a row of the heat map, and of what is above and below all of them


@dataclass(frozen=True, eq=False)
class Usage:
    """How many clips of each kind are nearest to each concept.

    Attributes:
        kinds: names of what clips may show.
        counts: clips (kinds, Q) that show mostly one of them.
        purity, nmi: how well concepts agree with kinds, see `evaluation.clusters`; None without any such clip.
        by_chance: purity where kinds are shuffled among the clips, the mean of some shuffles.
    """

    kinds: tuple[str, ...]
    counts: np.ndarray
    purity: float | None
    nmi: float | None
    by_chance: float | None

    def commonest(self, concept: int) -> tuple[str, float, int] | None:
        """What the clips of a concept show most often, the share of them, and how many they are; None without any."""
        own = self.counts[:, concept]
        total = int(own.sum())
        return (self.kinds[int(own.argmax())], float(own.max() / total), total) if total else None


def by_class(videos: Sequence[Detected]) -> Usage:
    """Usage by true fine class, in tree order, of the clips that are mostly of one."""
    hierarchy = videos[0].hierarchy
    said, names = [], [hierarchy.nodes[leaf] for leaf in tree_order(hierarchy)]
    for own in videos:
        acted = [
            Atom(tuple(times), hierarchy.nodes[label])
            for times, label in zip(own.video.times.tolist(), own.video.labels, strict=True)
        ]
        said += atoms_of_clips(acted, len(own.concepts), own.video.duration)
    return _usage(said, videos, names)


def by_atom(videos: Sequence[Detected]) -> Usage | None:
    """The same by true atomic action, the commonest first; None where nobody knows any."""
    said = [name for own in videos for name in atoms_of_clips(own.atoms, len(own.concepts), own.video.duration)]
    names, counts = np.unique([name for name in said if name != NOTHING], return_counts=True)
    return _usage(said, videos, names[np.argsort(-counts, kind="stable")].tolist()) if len(names) else None


def _usage(said: Sequence[str], videos: Sequence[Detected], names: Sequence[str]) -> Usage:
    concepts = np.concatenate([own.concepts for own in videos])
    kinds = np.array([names.index(name) if name in names else -1 for name in said], int)
    known = kinds >= 0
    concepts, kinds = concepts[known], kinds[known]
    counts = np.zeros((len(names), 1 + int(concepts.max(initial=0))), int)
    np.add.at(counts, (kinds, concepts), 1)
    if not len(kinds):
        return Usage(tuple(names), counts, None, None, None)
    rng = np.random.default_rng(0)
    chance = float(np.mean([purity(concepts, rng.permutation(kinds)) for _ in range(SHUFFLES)]))
    found = purity(concepts, kinds), normalised_mutual_information(concepts, kinds)
    return Usage(tuple(names), counts, *found, chance)


def widened(own: Usage, concepts: int) -> Usage:
    """The same with a column for every concept, those of no clip included."""
    more = np.zeros((len(own.kinds), concepts - own.counts.shape[1]), int)
    return Usage(own.kinds, np.concatenate([own.counts, more], 1), own.purity, own.nmi, own.by_chance)


def order_of(own: Usage) -> list[int]:
    """Concepts so that those that go with the same kind stand together, in the order of kinds; unused ones last."""
    used = own.counts.sum(0)
    first = np.where(used > 0, own.counts.argmax(0), len(own.kinds))
    share = own.counts.max(0) / np.maximum(used, 1)
    return sorted(range(len(used)), key=lambda concept: (first[concept], -share[concept], concept))


def draw_usage(own: Usage, names: Sequence[str], what: str, dark: bool = False) -> dict[str, Any]:
    """A heat map of which share of each kind's clips (a row) is nearest to which concept (a column).

    Args:
        names: of the kinds as shown to people.
        what: a kind is, as in "true class".
    """
    order = order_of(own)
    counts = own.counts[:, order]
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    whole = np.maximum(own.counts.sum(0)[order], 1)
    told = [
        [
            f"<b>{shown(name)}</b> and concept c{concept}<br>{count} clips, {percent(part)} of this row's"
            f"<br>{percent(count / total)} of the concept's"
            for concept, count, part, total in zip(order, row, parts, whole.tolist(), strict=True)
        ]
        for name, row, parts in zip(names, counts.tolist(), share.tolist(), strict=True)
    ]
    values = [[value**0.5 if value else None for value in row] for row in share.tolist()]
    return _heat_map(values, (0.0, 1.0), told, order, names, what, dark)


def draw_alike(
    alike: np.ndarray, order: Sequence[int], names: Sequence[str], what: str, dark: bool = False
) -> dict[str, Any]:
    """A heat map of how alike the weights of each class (a row) are to each concept (a column), cosines.

    Args:
        alike: (K, Q), rows in the order of the names.
        order: of the concepts.
    """
    values = alike[:, order]
    told = [
        [
            f"<b>{shown(name)}</b> and concept c{concept}<br>cosine {value:.2f}"
            for concept, value in zip(order, row, strict=True)
        ]
        for name, row in zip(names, values.tolist(), strict=True)
    ]
    return _heat_map(values.tolist(), (float(values.min()), float(values.max())), told, order, names, what, dark)


def _heat_map(
    values: Sequence[Sequence[float | None]],
    ends: tuple[float, float],
    told: Sequence[Sequence[str]],
    order: Sequence[int],
    names: Sequence[str],
    what: str,
    dark: bool,
) -> dict[str, Any]:
    found, ink = layout(dark, ABOVE + ROW * len(names)), ink_of(dark)
    columns = {"tickvals": list(range(len(order))), "ticktext": [f"c{own}" for own in order]}
    found["xaxis"] = axis("concept", showgrid=False, tickangle=-90, tickfont={"size": 10}, **columns)
    rows = {"tickvals": list(range(len(names))), "ticktext": [shown(name, 26) for name in names]}
    found["yaxis"] = axis(
        what if len(names) > 12 else "", showgrid=False, autorange="reversed", tickfont={"size": 11}, **rows
    )
    low, high = ends
    cells = {
        "type": "heatmap",
        "z": values,
        "zmin": low,
        "zmax": high if high > low else low + 1,
        "colorscale": [[0, mixed(ink.halo, hue(0, dark), FAINTEST)], [1, hue(0, dark)]],
        "showscale": False,
        "hovertext": told,
        "hoverinfo": "text",
        "xgap": 1,
        "ygap": 1,
    }
    return {"data": [cells], "layout": found}


def near_words(label: str, atom: str, hierarchy: Hierarchy) -> str:
    """What a clip near a concept shows, in words."""
    name = hierarchy.display[hierarchy.index(label)] if label in hierarchy.classes else "no action"
    return f"{name} ({atom})" if atom else name
