"""Class points: every node of a hierarchy as a point of the Poincare ball.

A class point is made once for a hierarchy, without any video. Its direction says which branch the node is on, its
distance from the centre says at which level. Two ways to make them, both deterministic: `start_points` writes them
down, `refine` improves them by the loss of the paper (Eq. 1-4).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from tqdm import tqdm

from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write
from hprotopnet.hierarchy.ball import distances, exp0
from hprotopnet.hierarchy.geometry import StoredPoints, check_points, read_points, rows_of
from hprotopnet.hierarchy.tree import Hierarchy

# Cosine of two leaves, by the height of their lowest common ancestor as a share of the depth; straight in between.
COSINES = {0: 1.0, 1 / 3: 0.77, 2 / 3: 0.37, 1: 0.0}
LEAF_RADIUS, TOP_RADIUS = 4.0, 1.0
METHODS = ("closed-form", "refined")


@dataclass(frozen=True, eq=False)
class ClassPoints:
    """Points of named nodes in the ball of curvature -`curvature`.

    Attributes:
        names: name of each node; names join points to a hierarchy, positions never do.
        levels: level of each node, 0 for leaves.
        points: float64 of shape (N, E).
        curvature: c, at least 0.

    Raises `InputError` when they do not fit together or a point lies outside the ball.
    """

    names: tuple[str, ...]
    levels: tuple[int, ...]
    points: Tensor
    curvature: float

    def __post_init__(self) -> None:
        check_points(self._stored)

    @property
    def _stored(self) -> StoredPoints:
        return StoredPoints(self.names, self.levels, self.points.numpy(), self.curvature)

    def points_for(self, hierarchy: Hierarchy) -> Tensor:
        """Points in the node order of `hierarchy`, shape (N, E); a larger file serves a smaller tree.

        Raises `InputError` naming the nodes that have no point, or that stand at another level.
        """
        return self.points[rows_of(self._stored, hierarchy.nodes, hierarchy.levels)]

    def save(self, path: str | Path) -> None:
        """Write an .npz file, whole or not at all."""
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                names=np.array(self.names),
                levels=np.array(self.levels, dtype=np.int64),
                points=self.points.numpy(),
                curvature=np.float64(self.curvature),
            )


def load_class_points(path: str | Path, curvature: float | None = None) -> ClassPoints:
    """`read_points` as tensors."""
    return class_points(read_points(path, curvature))


def class_points(found: StoredPoints) -> ClassPoints:
    """What was read as tensors."""
    return ClassPoints(found.names, found.levels, torch.from_numpy(found.points), found.curvature)


def start_points(
    hierarchy: Hierarchy,
    width: int = 300,
    curvature: float = 1.0,
    radii: Sequence[float] | None = None,
    seed: int = 0,
) -> ClassPoints:
    """Class points in closed form, the start of `refine`.

    Every node owns a direction; its point lies along a blend of its own and its ancestors' directions, mixed so that
    leaves have the cosines of `COSINES`: for three levels .77 siblings, .37 cousins, 0 strangers. Distances from the
    centre rise geometrically from 1 at the top to 4 at the leaves (1, 2, 4), all leaves alike. With orthogonal
    directions every node of a tree of 2 to 8 levels is nearer to its parent than to any other node, for c = 1.

    `radii` are distances from the centre, one a level, leaves first. Where there are more nodes than `width`,
    directions are orthogonal within blocks of `width` nodes (siblings together) and random, by `seed`, between them.
    """
    if radii is None:
        radii = np.geomspace(LEAF_RADIUS, TOP_RADIUS, hierarchy.depth)
    frame = _frame(len(hierarchy.nodes), width, seed)
    order = sorted(range(len(hierarchy.nodes)), key=lambda node: (-hierarchy.levels[node], hierarchy.parents[node]))
    directions = torch.empty_like(frame)
    directions[order] = frame
    directions = normalize(_blend(hierarchy) @ directions, dim=1)
    radius = torch.as_tensor(radii, dtype=torch.float64)[list(hierarchy.levels), None]
    return ClassPoints(hierarchy.nodes, hierarchy.levels, exp0(directions * radius / 2, curvature), float(curvature))


def refine(
    start: ClassPoints,
    hierarchy: Hierarchy,
    steps: int = 200,
    rate: float = 0.05,
    separation: float = 30.0,
    temperature: float = 0.1,
) -> ClassPoints:
    """Improve class points by the loss of the paper, Eq. 1: parents near (Eq. 2-3), branches apart (Eq. 4).

    Riemannian Adam (Becigneul and Ganea, 2019) moves all points together. Each keeps its distance from the centre, so
    leaves stay on one sphere and never reach the rim. Departures from the paper:

    - Eq. 2 as printed is smallest when parents are far, and calls -d a distance. This is its negative: the mean of
      -log softmax(-d / temperature) of the parent against every other node (Nickel and Kiela, 2017).
      With `temperature` below 1 it minds parents that are nearly outranked and leaves the others where they are.
    - The formula of Eq. 4 pulls siblings together without end, its text parts them, and it says nothing of cousins.
      Here it is the squared difference to the cosines that `start_points` aims at, which rise with the depth of the
      common ancestor; strangers, siblings and every other kind of pair weigh the same.
    - The paper leaves open lambda (`separation`), the rate, the steps and the start.
    """
    import geoopt  # here, as it takes half a second that the app should not pay

    ball = geoopt.PoincareBall(c=torch.tensor(start.curvature, dtype=torch.float64))
    points = geoopt.ManifoldParameter(start.points_for(hierarchy), manifold=ball)
    norms = points.detach().norm(dim=1, keepdim=True)
    optimiser = geoopt.optim.RiemannianAdam([points], lr=rate)
    objective = _objective(hierarchy, start.curvature, separation, temperature)
    with _one_thread():
        for _ in tqdm(range(steps), desc="class points", delay=2):
            optimiser.zero_grad()
            objective(points).backward()
            optimiser.step()
            with torch.no_grad():
                points *= norms / points.norm(dim=1, keepdim=True)
    return ClassPoints(hierarchy.nodes, hierarchy.levels, points.detach().as_subclass(Tensor), start.curvature)


def figures(points: ClassPoints, hierarchy: Hierarchy) -> dict[str, Any]:
    """How well class points show their hierarchy, by distance in the ball; ties count against, undefined is None.

    - parent_edge_mean_rank, parent_edge_map: rank of a node's parent among all other nodes, and 1 / rank; mean over
      all nodes that have a parent.
    - closure_map: average precision of a node's ancestors among all other nodes, mean over the same nodes.
    - leaf_to_parent_top1, leaf_to_grandparent_top1: share of leaves nearer to their own parent than to any other node
      of its level, and to their own topmost ancestor than to any other topmost node (None below three levels).
    - mean_distance: over pairs of leaves 2 (sibling), 4 (cousin), and 6 or more (unrelated) edges apart.
    - leaf_radius_spread: largest minus smallest distance of a leaf from the centre.
    """
    at, c, leaves = points.points_for(hierarchy), points.curvature, len(hierarchy.classes)
    between = distances(at, at, c)
    apart = between.clone().fill_diagonal_(torch.inf)
    families = [hierarchy.ancestors(node) for node in range(len(at)) if hierarchy.parents[node] >= 0]
    ranks = np.array([_ranks(apart[node], [parent])[0] for node, parent, *_ in families])
    precisions = np.array(
        [np.mean(np.arange(1, len(rest) + 1) / _ranks(apart[node], rest)) for node, *rest in families]
    )
    radii = distances(at[:leaves], torch.zeros_like(at[:1]), c)
    return {
        "parent_edge_mean_rank": _mean(ranks),
        "parent_edge_map": _mean(1 / ranks),
        "closure_map": _mean(precisions),
        "leaf_to_grandparent_top1": _top1(between, hierarchy, hierarchy.depth - 1) if hierarchy.depth > 2 else None,
        "leaf_to_parent_top1": _top1(between, hierarchy, 1) if hierarchy.depth > 1 else None,
        "mean_distance": _mean_distances(between[:leaves, :leaves].numpy(), hierarchy.leaf_heights),
        "leaf_radius_spread": float(radii.max() - radii.min()),
        "curvature": c,
    }


def embed(
    hierarchy: Hierarchy,
    width: int = 300,
    curvature: float = 1.0,
    method: str = "refined",
    seed: int = 0,
) -> tuple[ClassPoints, dict[str, Any]]:
    """Class points of a hierarchy by one `METHODS`, and a report with the figures and seconds of each of them.

    Raises `InputError` for a width below 1, a negative curvature or an unknown method.
    """
    if width < 1 or not 0 <= curvature < np.inf or method not in METHODS:
        raise InputError(f"class points need a width >= 1, a curvature >= 0 and a method of {', '.join(METHODS)}")
    began = perf_counter()
    start = start_points(hierarchy, width, curvature, seed=seed)
    started = perf_counter()
    made = {"closed-form": start, "refined": refine(start, hierarchy)}
    seconds = {"closed-form": started - began, "refined": perf_counter() - began}
    report = {"kept": method, "nodes": len(hierarchy.nodes), "width": width, "curvature": curvature, "seed": seed}
    report["variants"] = {name: figures(made[name], hierarchy) | {"seconds": seconds[name]} for name in METHODS}
    return made[method], report


def _blend(hierarchy: Hierarchy) -> Tensor:
    """How much of each node's own direction goes into each node's, shape (N, N); rows of unit length."""
    heights = np.arange(hierarchy.depth + 1) / hierarchy.depth
    shared = np.interp(heights, list(COSINES), list(COSINES.values()))
    parts = np.sqrt(-np.diff(shared))
    blend = torch.zeros(len(hierarchy.nodes), len(hierarchy.nodes), dtype=torch.float64)
    for node in range(len(hierarchy.nodes)):
        for ancestor in hierarchy.ancestors(node):
            blend[node, ancestor] = parts[hierarchy.levels[ancestor]]
    return normalize(blend, dim=1)


def _frame(count: int, width: int, seed: int) -> Tensor:
    """Unit vectors of shape (count, width), in random orthonormal bases, as many as it takes."""
    generator = torch.Generator().manual_seed(seed)
    blocks = [torch.randn(width, width, generator=generator, dtype=torch.float64) for _ in range(0, count, width)]
    return torch.cat([torch.linalg.qr(block).Q for block in blocks])[:count]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Steps this small gain nothing from threads, and lose a factor of twenty when the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _objective(hierarchy: Hierarchy, c: float, separation: float, temperature: float) -> Callable[[Tensor], Tensor]:
    """Eq. 1 as a function of the points, see `refine`."""
    parents = torch.tensor(hierarchy.parents)
    children = (parents >= 0).nonzero()[:, 0]
    itself = torch.eye(len(parents), dtype=torch.bool)
    blend = _blend(hierarchy)
    target = blend @ blend.T
    _, kind, count = target.round(decimals=9).unique(return_inverse=True, return_counts=True)
    weight = 1 / (len(count) * count[kind])

    def loss(points: Tensor) -> Tensor:
        logits = (-distances(points, points, c) / temperature).masked_fill(itself, -torch.inf)
        missed = cross_entropy(logits[children], parents[children], reduction="sum") / max(len(children), 1)
        directions = normalize(points, dim=1)
        return missed + separation * (weight * (directions @ directions.T - target).square()).sum()

    return loss


def _ranks(away: Tensor, relatives: Sequence[int]) -> np.ndarray:
    """Rank of each relative by its distance, the nearest first."""
    return np.sort((away <= away[list(relatives), None]).sum(dim=1).numpy())


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None


def _top1(between: Tensor, hierarchy: Hierarchy, level: int) -> float:
    away = between[: len(hierarchy.classes), list(hierarchy.at_level(level))]
    own = torch.from_numpy(hierarchy.covers[list(hierarchy.at_level(level))].T)
    nearest_other = away.masked_fill(own, torch.inf).amin(dim=1)
    return float((away[own] < nearest_other).double().mean())


def _mean_distances(between: np.ndarray, heights: np.ndarray) -> dict[str, float | None]:
    kinds = {"sibling": heights == 1, "cousin": heights == 2, "unrelated": heights > 2}
    return {kind: _mean(between[np.triu(chosen)]) for kind, chosen in kinds.items()}
