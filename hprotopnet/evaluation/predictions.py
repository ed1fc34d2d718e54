"""What a network is worth on clips with known answers: predictions once, every figure from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.data.features import FeatureSet
from hprotopnet.evaluation.metrics import (
    back_off_figures,
    by_video,
    expected_calibration_error,
    hierarchical_accuracy,
    majority_vote,
    mean_softmax,
)
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.network import HProtoPNet, pooled


@dataclass(frozen=True)
class Predictions:
    """Answers to n clips.

    Attributes:
        names: video of each clip.
        starts: where each clip starts in it, in seconds.
        groups: group of each clip, the unit of the bootstrap.
        leaves: true leaf, shape (n,).
        logits: shape (n, K).
        nodes: probability of every node, shape (n, N).
    """

    names: tuple[str, ...]
    starts: tuple[float, ...]
    groups: tuple[str, ...]
    leaves: np.ndarray
    logits: np.ndarray
    nodes: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """Of the leaves, shape (n, K)."""
        return self.nodes[:, : self.logits.shape[1]]


@torch.inference_mode()
def predict(model: HProtoPNet, clips: FeatureSet, batch_size: int = 64) -> Predictions:
    """Predictions of a network in evaluation mode, which is left as it is."""
    device = model.device
    batches = np.array_split(np.arange(len(clips)), max(1, -(-len(clips) // batch_size)))
    bar = tqdm(batches, desc="evaluation", unit="batch", delay=2)
    outputs = [model.evidence(clips.batch(rows).to(device)).output for rows in bar]
    logits = torch.cat([output.logits for output in outputs]).cpu().numpy()
    nodes = torch.cat([output.nodes for output in outputs]).cpu().numpy()
    starts = tuple(key.start for key in clips.keys)
    return Predictions(clips.names, starts, clips.groups, clips.leaves, logits, nodes)


def pool(clips: FeatureSet, batch_size: int = 64) -> np.ndarray:
    """Means of the features of n clips over the grid, shape (n, C)."""
    batches = np.array_split(np.arange(len(clips)), max(1, -(-len(clips) // batch_size)))
    bar = tqdm(batches, desc="familiarity", unit="batch", delay=2)
    return torch.cat([pooled(clips.batch(rows)) for rows in bar]).numpy()


def figures(predictions: Predictions, hierarchy: Hierarchy, threshold: float) -> dict[str, Any]:
    """Every figure of one set of predictions, as `evaluate` writes them.

    `clip`, `video_majority` and `video_mean_softmax` hold accuracies and mildness of errors; `ece` and `back_off` are
    of clips.
    """
    probabilities, leaves = predictions.probabilities, predictions.leaves
    videos = by_video(predictions.names)
    truth = np.array([leaves[rows[0]] for rows in videos.values()], int)
    votes = {
        "video_majority": [majority_vote(probabilities[rows]) for rows in videos.values()],
        "video_mean_softmax": [mean_softmax(probabilities[rows]) for rows in videos.values()],
    }
    answers = predictions.logits.argmax(1)
    return {
        "n": {"clips": len(leaves), "videos": len(videos)},
        "clip": hierarchical_accuracy(answers, leaves, hierarchy),
        **{name: hierarchical_accuracy(np.array(vote, int), truth, hierarchy) for name, vote in votes.items()},
        "ece": expected_calibration_error(probabilities.max(1), answers == leaves),
        "threshold": threshold,
        "back_off": back_off_figures(predictions.nodes, leaves, hierarchy, threshold),
    }


def clip_rows(predictions: Predictions, hierarchy: Hierarchy, threshold: float) -> list[dict[str, Any]]:
    """What is said of each clip, a row (JSON) a clip, from which the figures of clips can be made again.

    `answer` is the likeliest leaf, `back_off` the node that is answered at the threshold, None for the root.
    `group` is the footage that looks like it, the unit of intervals.
    `true_path` and `answer_path` hold the probabilities of truth and answer and of their ancestors, leaf first;
    `severity` is the height of the lowest common ancestor of answer and truth, 0 where the answer is right.
    """
    answers = predictions.logits.argmax(1)
    where = (predictions.names, predictions.starts, predictions.groups)
    clips = zip(*where, predictions.leaves, answers, predictions.nodes, strict=True)
    return [
        {
            "video": video,
            "start": start,
            "group": group,
            "truth": hierarchy.nodes[truth],
            "answer": hierarchy.nodes[answer],
            "back_off": _name(back_off(nodes, hierarchy, threshold), hierarchy),
            "true_path": _path(truth, nodes, hierarchy),
            "answer_path": _path(answer, nodes, hierarchy),
            "severity": int(hierarchy.leaf_heights[answer, truth]),
        }
        for video, start, group, truth, answer, nodes in clips
    ]


def _name(node: int, hierarchy: Hierarchy) -> str | None:
    return hierarchy.nodes[node] if node >= 0 else None


def _path(leaf: int, nodes: np.ndarray, hierarchy: Hierarchy) -> dict[str, float]:
    return {hierarchy.nodes[node]: float(nodes[node]) for node in hierarchy.lineage[leaf]}
