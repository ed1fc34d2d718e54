"""How masks are sought: the published schedule, and the project's, which takes a sixtieth of its passes.

published  Grids of all areas start at 1 and go down the slope of -log p, of the area term and, for STEP, of the core
           term, by stochastic gradient descent with momentum, all of them side by side, and are cut to [0, 1] after
           each step. Weights are those of the published code; so is everything else, but for what `masks` says.
levels     Cells hold a height without bounds. A mask is where the heights drawn over the clip lie above a level, and
           the level is that above which lies exactly the area: the area needs no term, no weight and no time to be
           reached. Its edge is soft (a logistic curve of the height above the level) and gets sharper. Heights climb
           with momentum; the largest area comes first, and each smaller one begins with the heights of the one before.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from hprotopnet.attribution.asked import PUBLISHED_ITERATIONS
from hprotopnet.attribution.masks import area_term, core_term, count_of
from hprotopnet.attribution.method import Step
from hprotopnet.attribution.problem import Problem


class Sought(NamedTuple):
    """Masks (A, T, H, W), in the order of the areas, and how many iterations each took."""

    masks: Tensor
    iterations: list[int]


class Weights(NamedTuple):
    """Of the terms of the published schedule.

    The area's grows by a factor every iteration; the core's is there from an iteration on.
    """

    reward: float
    area: float = 300.0
    growth: float = 1.0
    core: float = 0.0
    core_from: int = 100


PUBLISHED, PUBLISHED_STEP = Weights(reward=100.0), Weights(reward=1.0, growth=1.0008668, core=300.0)
RATE, MOMENTUM, DAMPENING = 0.05, 0.9, 0.9

FIRST, EACH = 60, 30  # iterations of the largest area, and of each other
CLIMB = 0.003  # height that cells climb in an iteration, on average
HIGHEST = 3.0  # no cell is higher, all shrink then: exp(20 x 3) is a number, exp(20 x 5) none in float32
HILL, EVEN = 1e-4, 5e-4  # height of the hill at first; deviation of heights up to which an edge is as soft as that
SOFT, SHARP = 0.2, 0.03  # width of the edge at first and at last, in standard deviations of the heights
PLATEAU, GAIN = 5, 1e-3  # iterations over whose mean the log-probability must gain so much, or the area is done


def seek_published(problem: Problem, areas: Tensor, iterations: int, step: Step) -> Sought:
    """Masks by the published schedule, by default of 2,000 iterations."""
    weights, count = PUBLISHED_STEP if problem.core else PUBLISHED, iterations or PUBLISHED_ITERATIONS
    grids = torch.ones(len(areas), *problem.grid, device=areas.device)
    moved = torch.zeros_like(grids)
    for number in range(count):
        slopes = _published_slopes(problem, grids, areas, weights, number)
        moved = MOMENTUM * moved + (slopes if number == 0 else (1 - DAMPENING) * slopes)
        grids = (grids - RATE * moved).clamp_(0, 1)
        step((number + 1) / count)
    return Sought(problem.draw(grids), [count] * len(areas))


def _published_slopes(problem: Problem, grids: Tensor, areas: Tensor, weights: Weights, number: int) -> Tensor:
    """Slopes of what is to become small, some masks at a time, for none depends on another."""
    found = []
    for own, area in zip(grids.split(problem.batch), areas.split(problem.batch), strict=True):
        own.requires_grad_()
        masks = problem.draw(own)
        loss = weights.reward * problem.say(masks).loss
        loss = loss + weights.area * weights.growth ** (number + 1) * area_term(masks, area, problem.joint)
        if weights.core and number >= weights.core_from:
            loss = loss + weights.core * core_term(masks, area, problem.spread, problem.voxels)
        found += torch.autograd.grad(loss.sum(), own)
    return torch.cat(found)


def seek_levels(problem: Problem, areas: Tensor, iterations: int, step: Step) -> Sought:
    """Masks by the project's schedule, by default of 60 iterations for the largest area and 30 for each other.

    An area is done early where neither the target nor, for STEP, the core gains any more.
    """
    heights, climber = HILL * hill(*problem.grid).to(areas.device), Climber()
    order = areas.argsort(descending=True).tolist()
    masks, taken, counts = [torch.empty(0)] * len(areas), [0] * len(areas), _counts(len(areas), iterations)
    for place, index in enumerate(order):
        area, losses = areas[index : index + 1], []
        for width in _widths(SOFT if place == 0 else (SOFT * SHARP) ** 0.5, counts[place]):
            loss, slopes = _level_slopes(problem, heights, area, width)
            heights = climber(heights, slopes)
            losses.append(loss)
            step((sum(counts[:place]) + len(losses)) / sum(counts))
            if _on_plateau(losses):
                break
        masks[index], taken[index] = above_level(problem, heights, area, SHARP).detach(), len(losses)
    return Sought(torch.cat(masks), taken)


def _counts(areas: int, iterations: int) -> list[int]:
    return [iterations or (EACH if number else FIRST) for number in range(areas)]


def _widths(first: float, count: int) -> Iterator[float]:
    """Of the edge, from iteration to iteration, by one factor."""
    for number in range(count):
        yield first * (SHARP / first) ** (number / max(1, count - 1))


def _on_plateau(losses: list[float]) -> bool:
    late, early = losses[-PLATEAU:], losses[-2 * PLATEAU : -PLATEAU]
    return len(losses) >= 2 * PLATEAU and abs(sum(early) - sum(late)) < GAIN * PLATEAU


def _level_slopes(problem: Problem, heights: Tensor, area: Tensor, width: float) -> tuple[float, Tensor]:
    heights = heights.detach().requires_grad_()
    masks = above_level(problem, heights, area, width)
    loss = problem.say(masks).loss
    if problem.core:
        loss = loss + problem.core * core_term(masks, area, problem.spread, problem.voxels)
    (slopes,) = torch.autograd.grad(loss.sum(), heights)
    return float(loss.detach()), slopes


def above_level(problem: Problem, heights: Tensor, area: Tensor, width: float) -> Tensor:
    """The mask (1, T, H, W) of what lies above the level that leaves exactly the area above it.

    The level is that of all frames, or each frame's own; `width` of the soft edge in standard deviations of heights.
    """
    drawn = problem.draw(heights)
    groups = drawn.detach().flatten(1)[:, None] if problem.joint else drawn.detach().flatten(2)
    above = groups.shape[2] - count_of(float(area), groups.shape[2]) + 1
    level = groups.kthvalue(above, dim=2).values[:, :, None, None]
    scale = groups.std(2).clamp_min(EVEN)[:, :, None, None]
    return torch.sigmoid((drawn - level) / (width * scale))


def hill(frames: int, height: int, width: int) -> Tensor:
    """Heights (1, T, h, w) from 1 in the middle to 0 in the corners: some cells win also where nothing matters."""
    down, across = (torch.linspace(-1, 1, size).square() for size in (height, width))
    return (1 - (down[:, None] + across) / 2).expand(1, frames, -1, -1).clone()


class Climber:
    """Steps down the slope with momentum, as long on average over all cells whatever the slope is.

    Cells keep their share of it: where each is scaled by its own slope, as Adam does, those that matter little climb
    as fast as those that decide, and much less is preserved.
    """

    def __init__(self) -> None:
        self.mean, self.square, self.number = 0.0, 0.0, 0

    def __call__(self, heights: Tensor, slopes: Tensor) -> Tensor:
        self.number += 1
        self.mean = 0.9 * self.mean + 0.1 * slopes
        self.square = 0.99 * self.square + 0.01 * slopes.square().mean()
        usual = (self.square / (1 - 0.99**self.number)).sqrt() + 1e-12
        moved = heights - CLIMB * self.mean / (1 - 0.9**self.number) / usual
        return moved * (HIGHEST / moved.abs().max()).clamp(max=1)
