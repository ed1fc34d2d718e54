"""What a head is worth on clips of which the similarities are known: answers, right by level, and whose say it is."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.bundles.similarities import Similarities
from hprotopnet.evaluation.metrics import expected_calibration_error
from hprotopnet.evaluation.predictions import Predictions
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.network import HProtoPNet


class Measured(NamedTuple):
    """Answers to the clips of one side, and figures of them (JSON).

    `figures` holds the number of clips, by level the share answered rightly and the own share, see `own_shares`, the
    mean severity of mistakes (None without one) and the calibration error.
    """

    predictions: Predictions
    figures: dict[str, Any]


@torch.inference_mode()
def measure(model: HProtoPNet, found: Similarities) -> Measured:
    """What a head answers to clips, and what that is worth."""
    similarities = torch.from_numpy(found.values).to(model.device, torch.float32)
    output = model.read(similarities)
    leaves = np.array([model.hierarchy.index(name) for name in found.truth], int)
    logits, nodes = output.logits.cpu().numpy(), output.nodes.cpu().numpy()
    predictions = Predictions(found.names, found.starts, found.groups, leaves, logits, nodes)
    return Measured(predictions, _figures(predictions, model.hierarchy) | {"own": own_shares(model, similarities)})


def _figures(predictions: Predictions, hierarchy: Hierarchy) -> dict[str, Any]:
    answers = predictions.logits.argmax(1)
    heights = hierarchy.leaf_heights[answers, predictions.leaves]
    wrong = heights[heights > 0]
    return {
        "clips": len(answers),
        "right": {name: _mean(heights <= level) for level, name in enumerate(hierarchy.level_names)},
        "severity": _mean(wrong),
        "ece": expected_calibration_error(predictions.probabilities.max(1), heights == 0),
    }


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


@torch.inference_mode()
def own_shares(model: HProtoPNet, similarities: Tensor) -> dict[str, float | None]:
    """Of what decides the answered node of each level, over all clips, how much comes from the node's own prototypes.

    As `explain` counts it: against the runner-up for a class, against all others for a node above. By name of the
    level; None where it has no prototypes, or nothing decides. More than 1 where rivals' prototypes speak against it.

    Args:
        similarities: shape (n, P).
    """
    tree, owners, found = model.hierarchy, model.prototypes.owners, {}
    output, weights = model.read(similarities), model.class_weights()
    answered = output.logits.argmax(1)
    probabilities = output.nodes[:, : len(tree.classes)]
    lineage = torch.from_numpy(tree.lineage).to(owners.device)[answered]  # (n, L)
    for level, name in enumerate(tree.level_names):
        node = lineage[:, level]
        if level == 0:
            others = output.logits.clone().scatter_(1, answered[:, None], -torch.inf)
            towards = weights[answered] - weights[others.argmax(1)]
        else:
            inside = model.covers[node]
            towards = (_normal(probabilities * inside) - _normal(probabilities * (1 - inside))) @ weights
        spoken = similarities.double() * towards
        own = owners == node[:, None]
        total = float(spoken.sum())
        found[name] = float(spoken[own].sum()) / total if own.any() and total else None
    return found


def _normal(weights: Tensor) -> Tensor:
    return nn.functional.normalize(weights.clamp_min(0), p=1, dim=1, eps=1e-300)


def node_rows(before: Predictions, after: Predictions, tree: Hierarchy, names: Iterable[str]) -> list[dict[str, Any]]:
    """Of some nodes, a row each: how many clips there are, and which shares of them are answered within the node, and
    of the answers within it are of it, before and after; None where there is nothing to share."""
    rows = []
    for name in names:
        covers = tree.covers[tree.index(name)]
        own, row = covers[before.leaves], {"node": name, "clips": int(covers[before.leaves].sum())}
        for when, said in (("before", before), ("after", after)):
            claimed = covers[said.logits.argmax(1)]
            row |= {f"found {when}": _mean(claimed[own]), f"precise {when}": _mean(own[claimed])}
        rows.append(row)
    return rows


def changed(before: Predictions, after: Predictions, tree: Hierarchy) -> list[dict[str, Any]]:
    """Clips that get another answer: name, start, truth, what was said and is said, and by how many levels each is off;
    those that become right first."""
    said, now = before.logits.argmax(1), after.logits.argmax(1)
    rows = [
        {
            "video": before.names[row],
            "start": before.starts[row],
            "truth": tree.nodes[before.leaves[row]],
            "before": tree.nodes[said[row]],
            "after": tree.nodes[now[row]],
            "off before": int(tree.leaf_heights[said[row], before.leaves[row]]),
            "off after": int(tree.leaf_heights[now[row], before.leaves[row]]),
        }
        for row in np.flatnonzero(said != now)
    ]
    return sorted(rows, key=lambda row: (row["off after"] - row["off before"], row["video"]))


def emptied(owners: Sequence[str], without: Iterable[int]) -> list[str]:
    """Nodes of which every prototype is left out."""
    gone = set(without)
    kept = {owner for number, owner in enumerate(owners) if number not in gone}
    return [owner for owner in dict.fromkeys(owners) if owner not in kept]
