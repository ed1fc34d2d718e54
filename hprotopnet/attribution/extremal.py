"""Extremal perturbations: the one way from what is asked to masks and figures, for 2D-EP, 3D-EP and STEP."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from hprotopnet.attribution.asked import Asked
from hprotopnet.attribution.method import Found, Step
from hprotopnet.attribution.problem import Problem
from hprotopnet.attribution.search import Sought, seek_levels, seek_published
from hprotopnet.attribution.subject import Subject, undisturbed

SCHEDULES = {"levels": seek_levels, "published": seek_published}


def attribute(
    subject: Subject,
    clip: Tensor,
    target: int,
    asked: Asked,
    step: Step,
    joint: bool,
    core: float = 0.0,
    voxels: float | None = None,
) -> Found:
    """The masks of all areas, as one map: their mean, or the one that is asked for; see `method` for the signature.

    Figures: `areas`, a row each as `rows` has it; what the network says of the clip `untouched`, and where `nothing`
    is kept.
    """
    with undisturbed(subject), torch.enable_grad():
        options = {"core": core, "voxels": voxels, "variant": asked.variant, "kind": asked.kind, "batch": asked.batch}
        problem = Problem(subject, clip[0].detach(), target, joint, **options)
        areas = torch.tensor(asked.areas, device=clip.device)
        step(0.0)
        sought = SCHEDULES[asked.schedule](problem, areas, asked.iterations, step)
        figures = {"areas": list(rows(problem, areas, sought))} | ends(problem)
    chosen = [asked.areas.index(asked.shown)] if asked.shown else range(len(asked.areas))
    values = torch.stack([sought.masks[index] for index in chosen]).mean(0).clamp_(0, 1)
    return Found(values.detach().cpu().numpy(), problem.grid, figures)


@torch.no_grad()
def rows(problem: Problem, areas: Tensor, sought: Sought) -> Iterator[dict[str, Any]]:
    """For each area what was asked and reached, and what the network says of the masked clips.

    Each row has `area`, `reached` (mean of the mask), `iterations`, and probability and log-probability of the target:
    `preserved` and `deleted` with the mask cut to exactly the area, `preserved_soft` and `deleted_soft` as it is.
    """
    for index in range(len(areas)):
        soft = sought.masks[index : index + 1]
        row = {"area": round(float(areas[index]), 6), "reached": float(soft.mean())}
        row["iterations"] = sought.iterations[index]
        for suffix, mask in (("", problem.cut(soft, areas[index : index + 1])), ("_soft", soft)):
            said = problem.say(mask, both=True)
            row |= _both(f"preserved{suffix}", said.kept) | _both(f"deleted{suffix}", said.deleted)
        yield row


@torch.no_grad()
def ends(problem: Problem) -> dict[str, float]:
    """What the network says of the clip as it is, and of what is left where nothing is kept."""
    said = problem.say(torch.ones(1, *problem.clip.shape[1:], device=problem.clip.device), both=True)
    return _both("untouched", said.kept) | _both("nothing", said.deleted)


def _both(name: str, said: Tensor) -> dict[str, float]:
    return {name: float(said.exp()), f"{name}_log": float(said)}
