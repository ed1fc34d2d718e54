"""Masks of extremal perturbations: small grids, one a frame, drawn smoothly over the picture, and their terms.

Fong, Patrick and Vedaldi, "Understanding Deep Networks via Extremal Perturbations and Smooth Masks" (ICCV 2019); Li,
Wang, Li, Huang and Sato, "Towards Visually Explaining Video Understanding Networks with Perturbation" (WACV 2021).
Masks are float32 of shape (A, T, H, W), one for each of A areas, from 0 (taken away) to 1 (kept); grids (A, T, h, w).

Departures. The smooth maximum over cells is log-sum-exp with a parabola, as high and as wide at half its height as the
published kernel, instead of a mean weighted by softmax: a grid of one value gives a picture of exactly that value, no
cell ever pulls against its neighbours, and it comes apart into rows and columns: two products of small matrices instead
of 49 or 121 neighbours of every pixel. Terms are read off the picture itself, not off a larger one with a margin.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

SHORT = 112  # side of the pictures for which the published lengths are given, in pixels
COLDNESS = 20.0  # of the smooth maximum
STEP, SPREAD = 7, 11.0  # between cells, and sigma of the published kernel, in pixels of such pictures
WIDTH = (0.5 + math.sqrt(math.log(2) / 2)) * math.sqrt(2)  # of the parabola that meets exp(-2 (z - .5)^2) at a half
CORE_FRAMES = 7  # length of an ellipsoid of the core term; its other axes are the spread


def step_for(height: int, width: int) -> int:
    """Pixels between the cells of a grid: 7 as published, fewer for small pictures, so that there are 16 cells."""
    return max(1, min(STEP, round(min(height, width) * STEP / SHORT)))


def spread_for(height: int, width: int) -> float:
    """Spread of a cell in pixels: 11 for 112, in proportion for other sizes."""
    return SPREAD * min(height, width) / SHORT


def grid_size(height: int, width: int, step: int) -> tuple[int, int]:
    """Cells of a frame, one every `step` pixels, (h, w)."""
    return -(-height // step), -(-width // step)


def draw(grids: Tensor, height: int, width: int, step: int, spread: float) -> Tensor:
    """Masks (A, T, H, W) of grids (A, T, h, w): in each pixel the smooth maximum of the cells around it.

    With d the pixels to the middle of a cell and r = 1.54 `spread`, log sum exp(20 (m - (d / r)^2)) / 20, less what it
    is for m = 0.
    """
    rows = _reach(height, grids.shape[-2], step, spread).to(grids)
    columns = _reach(width, grids.shape[-1], step, spread).to(grids)
    return (rows @ (COLDNESS * grids).exp() @ columns.T).log() / COLDNESS


@lru_cache(64)
def _reach(pixels: int, cells: int, step: int, spread: float) -> Tensor:
    """How far each cell reaches along an axis, (pixels, cells), float64; its rows sum to 1."""
    middles = torch.arange(cells, dtype=torch.float64) * step + (step - 1) / 2
    away = (torch.arange(pixels, dtype=torch.float64)[:, None] - middles) / (WIDTH * spread)
    return (-COLDNESS * away.square()).softmax(1)


def area_term(masks: Tensor, areas: Tensor, joint: bool) -> Tensor:
    """How far masks are from 1 on their area and 0 elsewhere, wherever it lies; mean squared difference, (A,).

    Values in their order are compared with as many ones as the area has pixels, and zeros: over all frames where
    `joint` (3D-EP and STEP), within each frame otherwise (2D-EP).

    Departure: values that are equal share what is wanted of them, where sorting would pick some by their place.
    """
    groups = masks.flatten(1)[:, None] if joint else masks.flatten(2)
    wanted = torch.stack([_wanted(own, count_of(area, own.shape[1])) for own, area in _by_area(groups, areas)])
    return (groups - wanted).square().mean((1, 2))


def count_of(area: float, pixels: int) -> int:
    """Pixels that an area is, one at least."""
    return max(1, min(pixels, round(area * pixels)))


def _by_area(values: Tensor, areas: Tensor) -> list[tuple[Tensor, float]]:
    return list(zip(values.detach(), areas.tolist(), strict=True))


def _wanted(values: Tensor, count: int) -> Tensor:
    """1 for the `count` largest of each row (rows, n), 0 for the others; what ties for the last places shares them."""
    least = values.kthvalue(values.shape[1] - count + 1, keepdim=True).values
    above, level = values > least, values == least
    left = count - above.sum(1, keepdim=True)
    return above + level * (left / level.sum(1, keepdim=True))


def cut_to(masks: Tensor, areas: Tensor, joint: bool) -> Tensor:
    """The largest values of masks (A, T, H, W) to exactly the area, bool; the earlier pixel where two are equal."""
    groups = masks.flatten(1)[:, None] if joint else masks.flatten(2)
    chosen = torch.zeros_like(groups, dtype=torch.bool)
    for own, (values, area) in zip(chosen, _by_area(groups, areas), strict=True):
        order = values.argsort(dim=1, descending=True, stable=True)[:, : count_of(area, values.shape[1])]
        own.scatter_(1, order, True)
    return chosen.view_as(masks)


def core_term(masks: Tensor, areas: Tensor, spread: float, voxels: float | None = None) -> Tensor:
    """STEP's smoothness: ellipsoids in space and time should be wholly kept or wholly taken away, (A,).

    Of all mean values within an ellipsoid, as many of the largest as fit into the area are to be 1, the others 0.
    Ellipsoids lie `spread` pixels apart, and begin in every frame that leaves room for one.

    Args:
        voxels: of an ellipsoid, to tell how many fit; its own by default. The published code has another number, see
            `published_voxels`, so that fewer are asked for than the area holds.
    """
    side = _side(spread)
    shape = ellipsoid(min(CORE_FRAMES, masks.shape[1]), min(side, masks.shape[2]), min(side, masks.shape[3]))
    weight = (shape / shape.sum()).to(masks)[None, None]
    found = torch.nn.functional.conv3d(masks[:, None], weight, stride=(1, *shape.shape[1:])).flatten(1)
    counts = (areas * masks[0].numel() / (voxels or shape.sum().item())).ceil().long().tolist()
    pairs = zip(found.detach(), counts, strict=True)
    wanted = torch.cat([_wanted(own[None], max(1, min(len(own), count))) for own, count in pairs])
    return (found - wanted).square().mean(1)


def published_voxels(frames: int, spread: float) -> int:
    """Volume of an ellipsoid by the formula that the published code counts with: 443 for 7 x 11 x 11, which has 307."""
    return round(min(CORE_FRAMES, frames) * _side(spread) ** 2 * math.pi / 6)


def _side(spread: float) -> int:
    """The odd number of pixels nearest to a length."""
    return max(1, 2 * round((spread - 1) / 2) + 1)


@lru_cache(16)
def ellipsoid(*axes: int) -> Tensor:
    """Voxels within an ellipsoid of these axes, float32; those whose middles lie on its rim too: 311 of 7 x 11 x 11."""
    along = [torch.linspace(-1, 1, axis) if axis > 1 else torch.zeros(1) for axis in axes]
    return (sum(own.square() for own in torch.meshgrid(*along, indexing="ij")) <= 1 + 1e-6).float()
