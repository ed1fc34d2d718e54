"""Class points: every node of a hierarchy as a point of the Poincare ball.

A class point is made once for a hierarchy, without any video. Its direction says which branch the node is on, its
distance from the centre says at which level. Two ways to make them, both deterministic: `start_points` writes them
down, `refine` improves them by the loss of the paper (Eq. 1-4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write
from hprotopnet.hierarchy import Hierarchy
from hprotopnet.hyperbolic import distances, exp0

# Cosine of two leaves, by the height of their lowest common ancestor as a share of the depth; straight in between.
COSINES = {0: 1.0, 1 / 3: 0.77, 2 / 3: 0.37, 1: 0.0}
LEAF_RADIUS, TOP_RADIUS = 4.0, 1.0


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
        count = len(self.names)
        if len(set(self.names)) < count or len(self.levels) != count:
            raise InputError("class points need a name of its own and a level for every point")
        if self.points.ndim != 2 or len(self.points) != count or self.points.dtype != torch.float64:
            raise InputError(f"class points must be float64 of shape ({count}, E)")
        # Written so that NaN fails too.
        if not (self.curvature >= 0 and (self.curvature * self.points.square().sum(dim=1) < 1).all()):
            raise InputError(f"class points must lie inside the ball of curvature -{self.curvature:g}")

    def points_for(self, hierarchy: Hierarchy) -> Tensor:
        """Points in the node order of `hierarchy`, shape (N, E); a larger file serves a smaller tree.

        Raises `InputError` naming the nodes that have no point, or that stand at another level.
        """
        row = {key: i for i, key in enumerate(zip(self.names, self.levels, strict=True))}
        wanted = list(zip(hierarchy.nodes, hierarchy.levels, strict=True))
        missing = [f"'{name}'" for name, level in wanted if (name, level) not in row]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise InputError(f"no class point for {', '.join(missing[:5])}{more}; embed this hierarchy again")
        return self.points[[row[key] for key in wanted]]

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
    """Read what `ClassPoints.save` wrote; no pickle is ever loaded.

    Raises `InputError` when the file is no such thing, or holds points of another curvature than the one asked for:
    the same numbers in another ball are other distances.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in ("names", "levels", "points", "curvature")}
        loaded = ClassPoints(
            names=tuple(str(name) for name in data["names"]),
            levels=tuple(int(level) for level in data["levels"]),
            points=torch.from_numpy(data["points"]),
            curvature=float(data["curvature"]),
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    except (ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(f"{path}: not a file of class points ({error}); embed the hierarchy again") from error
    if curvature is not None and curvature != loaded.curvature:
        raise InputError(
            f"{path}: made for curvature {loaded.curvature:g}, not {curvature:g}; embed the hierarchy again"
        )
    return loaded


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
