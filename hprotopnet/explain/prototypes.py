"""Why the network says what it says about one clip, at every level of the hierarchy: data, no drawing.

What a prototype contributes. Similarities are never 0, so what a prototype adds to a class says little; what decides
is what it adds to a class more than to its rival. For the leaf the rival is the runner-up: a_j w_j . (u_k - u_rival)
with u the unit class points. For an ancestor it is everything outside: a_j w_j . (mean u inside - mean u outside), both
means weighted by the leaves' probabilities. Contributions of all prototypes, of every level, sum to the difference of
scores, which decides the order of the classes, not their probability. `completeness` is by how much they fail to.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hprotopnet.data.clips import Clip
from hprotopnet.data.transforms import normalise
from hprotopnet.explain.boxes import tubes
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.explain.shares import speaking
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.ball import distances
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.network import HProtoPNet, Output, distances_from_contributions, pooled

Seen = Callable[[list[int]], list[PrototypeEvidence]]  # of prototypes of a node, the strongest first, those to tell of


@torch.inference_mode()
def explain(model: HProtoPNet, clip: Clip, threshold: float, top: int = 10) -> Explanation:
    """Explain what `model` says about a clip.

    Args:
        model: in evaluation mode; it is not changed, so one model serves many threads.
        clip: cropped frames.
        threshold: of the back-off, between .5 and 1.
        top: prototypes to keep at each level.
    """
    return explain_features(model, clip, model.backbone(model_input(model, clip.images)), threshold, top)


@torch.inference_mode()
def explain_features(model: HProtoPNet, clip: Clip, features: Tensor, threshold: float, top: int = 10) -> Explanation:
    """`explain` from what the backbone makes of the clip, (1, C, t, h, w), for those who have it already."""
    evidence = model.evidence(features)
    maps, shape = evidence.distances[0], clip.images.shape
    return Explanation(
        **_said(
            model,
            evidence.similarities,
            evidence.output,
            threshold,
            lambda ranked: _seen(model, ranked[:top], evidence.similarities, maps, shape),
        ),
        video=clip.video,
        start=float(clip.start),
        times=tuple(np.asarray(clip.times, float).tolist()),
        grid=tuple(evidence.distances.shape[2:]),
        strangeness=_strangeness(model, features),
        damage=clip.damage,
        held=clip.held,
    )


@torch.inference_mode()
def retell(model: HProtoPNet, told: Explanation) -> Explanation | None:
    """What a network with other weights of the head says about a clip that was explained: nothing is looked at anew.

    Similarities, maps and boxes do not depend on the head, and are taken from what was told. Where the answer is
    another one by now, and nothing was told of where its prototypes are seen, this is None.

    Args:
        model: with the prototypes of the network that `told`; its backbone may be absent.
    """
    levels = (*told.levels, *filter(None, [told.runner_up]))
    known = {row.prototype: row for level in levels for row in level.evidence}
    similarities = torch.tensor([told.similarities], device=model.device)
    output = model.read(similarities)
    said = _said(model, similarities, output, told.threshold, lambda ranked: [known[j] for j in ranked if j in known])
    owning = {model.hierarchy.nodes[node] for node in model.prototypes.owners.tolist()}
    steps = (*said["levels"], *filter(None, [said["runner_up"]]))
    untold = any(level.node in owning and not level.evidence for level in steps)
    return None if untold else replace(told, **said)


def _said(model: HProtoPNet, similarities: Tensor, output: Output, threshold: float, seen: Seen) -> dict[str, Any]:
    """The fields of an explanation that follow from the similarities (1, P) of a clip, and what is `seen` of it."""
    hierarchy, contributions = model.hierarchy, _contributions(model, similarities, output)
    nodes, to_nodes = output.nodes[0].cpu().numpy(), output.distances[0].tolist()
    leaf = int(output.logits[0].argmax())
    second, answer = _second(output, leaf), back_off(nodes, hierarchy, threshold)

    def level(node: int, leaf: int) -> LevelExplanation:
        return _explain_level(model, node, leaf, contributions, similarities, output, seen)

    return {
        "probabilities": dict(zip(hierarchy.nodes, nodes.tolist(), strict=True)),
        "distances": dict(zip(hierarchy.nodes, to_nodes, strict=True)) if to_nodes else {},
        "path": tuple(hierarchy.nodes[node] for node in reversed(hierarchy.lineage[leaf])),
        "threshold": threshold,
        "answer": hierarchy.nodes[answer] if answer >= 0 else None,
        "nearest": _nearest_ancestor(hierarchy, to_nodes),
        "levels": tuple(level(node, leaf) for node in reversed(hierarchy.lineage[leaf].tolist())),
        "runner_up": level(second, second) if second is not None else None,
        "similarities": tuple(similarities[0].tolist()),
        "completeness": _completeness(contributions, output, model),
    }


def model_input(model: HProtoPNet, images: np.ndarray) -> Tensor:
    """A clip (1, 3, T, H, W) as the backbone asks for it, of uint8 images (T, H, W, 3)."""
    norm, device = model.backbone.normalisation, model.device
    return normalise(torch.from_numpy(np.ascontiguousarray(images)).to(device), norm.mean, norm.std)[None]


def mute(model: HProtoPNet, similarities: Sequence[float], muted: Sequence[int]) -> Output:
    """What the head would say were some prototypes absent (similarity 0)."""
    a = torch.tensor([list(similarities)], device=model.device)
    a[:, list(muted)] = 0
    with torch.inference_mode():
        return model.read(a)


@torch.inference_mode()
def weights_towards(model: HProtoPNet, node: int, output: Output) -> Tensor:
    """What a similarity of 1 with each prototype contributes to a node against its rival, float64 of shape (P,).

    The rival is what it is for this output, and the node need not be on the likeliest path. With these weights kept, a
    change of the clip changes what prototypes contribute by nothing but their similarities.
    """
    return _decisive(model.class_weights(), node, node, output, model.hierarchy)[0]


def rebuild_logits(model: HProtoPNet, contributions: Tensor, output: Output) -> Tensor:
    """Leaf scores (K,) before the temperature, from contributions (K, P) alone and the clip's radius."""
    if model.config.head == "fc":
        return contributions.sum(1)
    origin = torch.zeros_like(model.points[:1])
    leaf_radius = float(distances(origin, model.points[:1], model.config.curvature))
    radius = output.embedding.norm(dim=1)
    return -distances_from_contributions(contributions[None], radius, leaf_radius, model.config.curvature)[0]


def _second(output: Output, leaf: int) -> int | None:
    order = output.logits[0].argsort(descending=True, stable=True).tolist()
    return next((other for other in order if other != leaf), None)


def _contributions(model: HProtoPNet, similarities: Tensor, output: Output) -> Tensor:
    """a_j times the weight of prototype j towards leaf k, float64 of shape (K, P)."""
    return similarities[0].double() * model.class_weights()[:, : similarities.shape[1]]


def _explain_level(
    model: HProtoPNet,
    node: int,
    leaf: int,
    contributions: Tensor,
    similarities: Tensor,
    output: Output,
    seen: Seen,
) -> LevelExplanation:
    hierarchy, owners = model.hierarchy, model.prototypes.owners
    towards, rival = _decisive(contributions, node, leaf, output, hierarchy)
    own = torch.nonzero(owners == node)[:, 0]
    ranked = seen(own[towards[own].argsort(descending=True, stable=True)].tolist())
    muted = _muted(model, similarities, own, [row.prototype for row in ranked]) if len(own) else None
    level = hierarchy.levels[node]
    return LevelExplanation(
        level=hierarchy.level_names[level],
        node=hierarchy.nodes[node],
        probability=float(output.nodes[0, node]),
        rival=rival,
        log_odds=_log_odds(output, hierarchy, node),
        log_odds_muted=_log_odds(muted, hierarchy, node) if muted else None,
        shares=_shares(towards, owners, node, leaf, hierarchy),
        evidence=_evidence(ranked, towards, muted.nodes[1:, node].tolist()) if muted else (),
        speaking=speaking(towards.cpu().numpy()),
    )


def _decisive(contributions: Tensor, node: int, leaf: int, output: Output, hierarchy: Hierarchy) -> tuple[Tensor, str]:
    """What each prototype contributes to a node against its rival, shape (P,), and the rival's name."""
    probabilities = output.nodes[0, : len(hierarchy.classes)]
    if hierarchy.levels[node] == 0:
        others = output.logits[0].clone()
        others[leaf] = -torch.inf
        rival = int(others.argmax())
        return contributions[leaf] - contributions[rival], hierarchy.nodes[rival]
    inside = torch.from_numpy(hierarchy.covers[node]).to(contributions.device)
    if inside.all():
        return contributions[inside].mean(0) * 0, "nothing"
    return _mean(contributions, probabilities, inside) - _mean(contributions, probabilities, ~inside), "all others"


def _mean(contributions: Tensor, probabilities: Tensor, chosen: Tensor) -> Tensor:
    weights = probabilities[chosen].clamp_min(1e-300)
    return (weights[:, None] * contributions[chosen]).sum(0) / weights.sum()


def _log_odds(output: Output, hierarchy: Hierarchy, node: int) -> float | None:
    """log p / (1 - p), from the logits: sure nodes would round to infinity otherwise. None where nothing is outside."""
    inside = torch.from_numpy(hierarchy.covers[node]).to(output.logits.device)
    if inside.all():
        return None
    logits = output.logits[0]
    return float(logits[inside].logsumexp(0) - logits[~inside].logsumexp(0))


def _shares(towards: Tensor, owners: Tensor, node: int, leaf: int, hierarchy: Hierarchy) -> dict[str, float]:
    path = torch.isin(owners, torch.from_numpy(hierarchy.lineage[leaf]).to(owners.device))
    own = owners == node
    parts = {"own": own, "path": path & ~own, "others": ~path}
    return {name: float(towards[mask].sum()) for name, mask in parts.items()}


def _evidence(
    ranked: Sequence[PrototypeEvidence], towards: Tensor, muted: Sequence[float]
) -> tuple[PrototypeEvidence, ...]:
    """What was seen of some prototypes, with what they do to the node.

    Args:
        muted: probability of the node without each of them.
    """
    return tuple(
        replace(row, contribution=float(towards[row.prototype]), probability_muted=probability)
        for row, probability in zip(ranked, muted, strict=True)
    )


def _seen(
    model: HProtoPNet, ranked: list[int], similarities: Tensor, maps: Tensor, shape: tuple[int, ...]
) -> list[PrototypeEvidence]:
    """Where in a clip some prototypes of a node are; what they do to it is not known yet."""
    if not ranked:
        return []
    distances = maps[ranked]
    activations = model.prototypes.similarity(distances).cpu().numpy()
    nearest, cells = distances.flatten(1).min(1)
    places = np.stack(np.unravel_index(cells.cpu().numpy(), distances.shape[1:]), axis=1).tolist()
    offset = model.offsets[model.prototypes.views[ranked[0]]]  # all prototypes of a node look alike
    boxes = tubes(activations, *shape[:2], offset)
    found = zip(ranked, nearest.tolist(), places, activations, boxes, strict=True)
    return [
        PrototypeEvidence(
            prototype=j,
            similarity=float(similarities[0, j]),
            distance=distance,
            contribution=0.0,
            cell=tuple(cell),
            activation=activation,
            boxes=tube,
            offset=offset,
        )
        for j, distance, cell, activation, tube in found
    ]


def _muted(model: HProtoPNet, similarities: Tensor, own: Tensor, alone: Sequence[int]) -> Output:
    """What the head would say were all prototypes of a node absent, first row, and then each of some of them alone."""
    a = similarities.repeat(1 + len(alone), 1)
    a[0, own] = 0
    a[range(1, 1 + len(alone)), list(alone)] = 0
    return model.read(a)


def _completeness(contributions: Tensor, output: Output, model: HProtoPNet) -> float:
    if not contributions.shape[1]:
        return 0.0
    scores = output.logits[0] * model.temperature
    return float((rebuild_logits(model, contributions, output) - scores).abs().max())


def _strangeness(model: HProtoPNet, features: Tensor) -> float | None:
    known = model.familiarity
    return float(known.strangeness(pooled(features).cpu().numpy())[0]) if known else None


def _nearest_ancestor(hierarchy: Hierarchy, distances: list[float]) -> str | None:
    above = [
        (distances[node], name) for node, name in enumerate(hierarchy.nodes) if distances and hierarchy.levels[node]
    ]
    return min(above)[1] if above else None
