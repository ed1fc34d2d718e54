"""Projection: every prototype moves onto a patch of a training clip of its own node, and remembers which (Eq. 12).

Departures from the paper, which projects each prototype on its own nearest patch: along any path from the root to a
leaf no two prototypes share a patch (or a parent with one child would repeat its child), and a node spreads its
prototypes over its videos and clips. Both are kept by a minimum-cost assignment, so the sum of squared distances over
a node's prototypes is the smallest one possible under these rules; nodes are served from the leaves upwards.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from tqdm import tqdm

from hprotopnet.data.clips import ClipKey, Source
from hprotopnet.models.network import HProtoPNet


class Patch(NamedTuple):
    """One cell of one clip's feature grid; the order of patches is by video, start and cell."""

    clip: ClipKey
    cell: int


@dataclass
class Projection:
    """What projection found: a source for each prototype, and how many had to break the rules of spreading."""

    sources: list[Source] = field(default_factory=list)
    shortfalls: dict[str, int] = field(default_factory=dict)


class Candidates(NamedTuple):
    """Best patches of one clip for the k prototypes of one node: cells and squared distances, both (k, kept)."""

    clip: ClipKey
    cells: np.ndarray
    distances: np.ndarray


@torch.no_grad()
def project(model: HProtoPNet, clips: Iterable[tuple[ClipKey, int, Tensor]]) -> Projection:
    """Move the prototypes of `model` onto training patches, in place.

    Args:
        model: a network with prototypes.
        clips: name, true leaf and backbone features (C, t, h, w) of each training clip, un-augmented, in float32.
            Iterated twice, the second time for the patches that were chosen.

    Returns:
        The source of each prototype; nodes that had too few patches to follow the rules are counted in `shortfalls`.
    """
    found = _search(model, clips)
    chosen, shortfalls = _choose(model, found)
    vectors, grid = _patch_vectors(model, clips, chosen)
    moved = (vectors - _normal(model, model.prototypes.vectors)).square().sum(1).tolist()
    model.prototypes.vectors.copy_(vectors)
    cells = [tuple(int(i) for i in np.unravel_index(patch.cell, grid)) for patch in chosen]
    sources = [
        Source(video=patch.clip.video, start=patch.clip.start, cell=cell, moved=far)
        for patch, cell, far in zip(chosen, cells, moved, strict=True)
    ]
    return Projection(sources, shortfalls)


def _search(model: HProtoPNet, clips: Iterable[tuple[ClipKey, int, Tensor]]) -> dict[int, list[Candidates]]:
    """One pass over the clips: for each node the best patches of each clip of its leaves."""
    owners = model.prototypes.owners.cpu().numpy()
    lineage = model.hierarchy.lineage
    rows = {node: np.flatnonzero(owners == node) for node in np.unique(owners)}
    kept = model.config.per_node * model.hierarchy.depth  # more than the rules can ever forbid in one clip
    found: dict[int, list[Candidates]] = defaultdict(list)
    for clip, leaf, features in tqdm(clips, desc="projection", unit="clip", delay=2):
        own = [node for node in lineage[leaf] if node in rows]
        distances = _clip_distances(model, features, np.concatenate([rows[node] for node in own]))
        nearest, cells = distances.sort(dim=1, stable=True)
        nearest, cells = nearest[:, :kept].cpu().numpy(), cells[:, :kept].cpu().numpy()
        for node, some_cells, some in zip(own, np.split(cells, len(own)), np.split(nearest, len(own)), strict=True):
            found[node].append(Candidates(clip, some_cells, some))
    return found


def _clip_distances(model: HProtoPNet, features: Tensor, rows: np.ndarray) -> Tensor:
    """Squared distances (rows, cells) by subtraction: exact enough to rank patches that are nearly the same."""
    rows = torch.from_numpy(rows).to(model.device)
    patches = _patches(model, features)[model.prototypes.views[rows]]
    prototypes = _normal(model, model.prototypes.vectors[rows])
    return (prototypes[:, :, None] - patches).square().sum(1)


def _patches(model: HProtoPNet, features: Tensor) -> Tensor:
    """Patches (V, D, cells) of one clip."""
    features = features.to(model.prototypes.vectors.device, torch.float32)
    return model.patches(features[None])[0].flatten(2)


def _normal(model: HProtoPNet, vectors: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vectors, dim=1) if model.prototypes.unit else vectors


def _choose(model: HProtoPNet, found: dict[int, list[Candidates]]) -> tuple[list[Patch], dict[str, int]]:
    """Assign patches node by node from the leaves upwards; a node may not use what its descendants use."""
    hierarchy, owners = model.hierarchy, model.prototypes.owners.cpu().numpy()
    used: dict[int, set[Patch]] = {}
    chosen: list[Patch] = [None] * len(owners)
    shortfalls = {}
    for node in sorted(found, key=lambda node: (hierarchy.levels[node], node)):
        taken = set().union(*(used[other] for other in used if node in hierarchy.ancestors(other)))
        patches, short = assign(found[node], taken)
        used[node] = set(patches)
        for row, patch in zip(np.flatnonzero(owners == node), patches, strict=True):
            chosen[row] = patch
        if short:
            shortfalls[hierarchy.nodes[node]] = short
    return chosen, shortfalls


def assign(candidates: list[Candidates], taken: set[Patch]) -> tuple[list[Patch], int]:
    """Patches for the k prototypes of one node, each its own, at the smallest sum of squared distances.

    At most ceil(k / videos) prototypes come from one video and ceil(k / clips) from one clip, none from `taken`.
    Ties go to the first by video, start and cell.

    Returns:
        A patch a prototype, and how many of them could only be had by breaking a rule.
    """
    candidates = sorted(candidates, key=lambda found: found.clip)
    k = len(candidates[0].cells)
    videos = sorted({found.clip.video for found in candidates})
    per_clip, per_video = ceil(k / len(candidates)), ceil(k / len(videos))
    costs = _cheapest(candidates, taken, k, per_clip)
    patches = sorted({patch for row in costs for patch in row})
    cost = _cost_matrix(costs, patches)
    cost = np.vstack([cost, _capacity_rows(patches, per_clip, per_video)])
    cost = np.hstack([cost, _escape_columns(len(cost), k)])
    _, columns = linear_sum_assignment(cost)
    result = [patches[column] if column < len(patches) else None for column in columns[:k]]
    return _fill(result, candidates, taken)


def _cheapest(
    candidates: list[Candidates], taken: set[Patch], k: int, per_clip: int
) -> list[dict[Patch, tuple[float, int]]]:
    """For each prototype the patches it could need: the best of each clip of its k best videos.

    The other k - 1 prototypes can close at most k - 1 videos to it, and per_clip - 1 cells of a clip that stays open.
    """
    table = []
    for row in range(k):
        by_video: dict[str, dict[Patch, float]] = defaultdict(dict)
        for clip, cells, distances in candidates:
            free = [(Patch(clip, int(cell)), float(d)) for cell, d in zip(cells[row], distances[row], strict=True)]
            free = [pair for pair in free if pair[0] not in taken][: max(per_clip, 1)]
            by_video[clip.video].update(free)
        best = sorted((min(own.values()), video) for video, own in by_video.items() if own)[:k]
        table.append({patch: d for _, video in best for patch, d in by_video[video].items()})
    return table


def _cost_matrix(costs: list[dict[Patch, float]], patches: list[Patch]) -> np.ndarray:
    """Squared distances, infinite where a patch is of no use, plus a rank too small to matter except in ties."""
    rank = 1e-9 * np.arange(len(patches)) / max(len(patches), 1)
    return np.array([[row.get(patch, np.inf) for patch in patches] for row in costs]) + rank


def _capacity_rows(patches: list[Patch], per_clip: int, per_video: int) -> np.ndarray:
    """Rows that occupy, at no cost, as many patches of each clip and video as must stay unused.

    n patches of which m may be used leave n - m to be occupied: the capacity becomes part of a plain assignment.
    """
    clips: dict[ClipKey, list[int]] = defaultdict(list)
    videos: dict[str, list[int]] = defaultdict(list)
    for column, patch in enumerate(patches):
        clips[patch.clip].append(column)
        videos[patch.clip.video].append(column)
    rows = []
    open_in = defaultdict(int)
    for clip, columns in clips.items():
        rows += [columns] * max(len(columns) - per_clip, 0)
        open_in[clip.video] += min(len(columns), per_clip)
    for video, columns in videos.items():
        rows += [columns] * max(open_in[video] - per_video, 0)
    occupied = np.full((len(rows), len(patches)), np.inf)
    for row, columns in enumerate(rows):
        occupied[row, columns] = 0
    return occupied


def _escape_columns(rows: int, k: int) -> np.ndarray:
    """One dear column for each prototype, taken only when the rules leave it no patch."""
    escape = np.full((rows, k), np.inf)
    escape[np.arange(k), np.arange(k)] = 1e6
    return escape


def _fill(result: list[Patch | None], candidates: list[Candidates], taken: set[Patch]) -> tuple[list[Patch], int]:
    """Give prototypes without a patch their nearest one that is still free, or else simply their nearest."""
    short = sum(patch is None for patch in result)
    for row, patch in enumerate(result):
        if patch is None:
            ranked = sorted(
                (float(d), Patch(clip, int(cell)))
                for clip, cells, distances in candidates
                for cell, d in zip(cells[row], distances[row], strict=True)
            )
            busy = taken | {other for other in result if other is not None}
            result[row] = next((p for _, p in ranked if p not in busy), ranked[0][1])
    return result, short


def _patch_vectors(
    model: HProtoPNet, clips: Iterable[tuple[ClipKey, int, Tensor]], chosen: list[Patch]
) -> tuple[Tensor, tuple[int, int, int]]:
    """The chosen patches themselves, shape (P, D), and the feature grid (t, h, w)."""
    wanted = defaultdict(list)
    for row, patch in enumerate(chosen):
        wanted[patch.clip].append((row, patch.cell))
    vectors, grid = torch.empty_like(model.prototypes.vectors), None
    for clip, _, features in tqdm(clips, desc="patches", unit="clip", delay=2):
        grid = tuple(features.shape[1:])
        if clip in wanted:
            patches = _patches(model, features)
            for row, cell in wanted[clip]:
                vectors[row] = patches[model.prototypes.views[row], :, cell]
    return vectors, grid
