"""What a network answers to the test clips, one by one: kept in its bundle, so that every figure can be looked into."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hprotopnet.arrays import read_arrays
from hprotopnet.bundles.bundle import ANSWERS, Bundle
from hprotopnet.bundles.inside import AGAIN, part
from hprotopnet.bundles.laws import MOST_SECONDS, naming, require, texts_of
from hprotopnet.config import Config
from hprotopnet.files import atomic_write, visible
from hprotopnet.hierarchy.tree import Hierarchy

if TYPE_CHECKING:  # looking at figures must not wait for torch
    from hprotopnet.evaluation.predictions import Predictions

MOST_BYTES = 64 * 2**20
MOST_CLIPS, MOST_GROUPS = 100_000, 10_000  # whole groups are drawn 2000 times for an interval
KINDS = {"names": "U1", "starts": "f1", "groups": "U1", "truth": "U1", "classes": "U1", "logits": "f2"}


@dataclass(frozen=True, eq=False)
class ClipAnswers:
    """Answers to n clips.

    Attributes:
        hierarchy: tree of the network.
        names: video of each clip, "Class/video".
        starts: where each clip starts in it, in seconds.
        groups: clips of one group are drawn together for intervals.
        leaves: true leaf of each clip, shape (n,).
        logits: scores of the leaves at the network's temperature, float32 of shape (n, K).
    """

    hierarchy: Hierarchy
    names: tuple[str, ...]
    starts: tuple[float, ...]
    groups: tuple[str, ...]
    leaves: np.ndarray
    logits: np.ndarray

    @cached_property
    def nodes(self) -> np.ndarray:
        """Probability of every node, shape (n, N): the softmax over the leaves, summed up under each."""
        scores = np.exp(self.logits.astype(float) - self.logits.max(1, keepdims=True))
        return scores / scores.sum(1, keepdims=True) @ self.hierarchy.covers.T

    @property
    def answered(self) -> np.ndarray:
        """The likeliest leaf of each clip, shape (n,)."""
        return self.logits.argmax(1)

    @property
    def right(self) -> np.ndarray:
        """Whether it is the true one, shape (n,)."""
        return self.answered == self.leaves


def write_answers(folder: Path, predictions: "Predictions", hierarchy: Hierarchy, config: Config) -> None:
    """Write answers into a bundle's folder, whole or not at all; none where there are no clips, or too many to read."""
    groups = drawn_together(predictions.groups, config)
    if not 0 < len(groups) <= MOST_CLIPS or len(set(groups)) > MOST_GROUPS:
        return
    with atomic_write(folder / ANSWERS) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array([visible(name) for name in predictions.names]),
            starts=np.array(predictions.starts, dtype=np.float64),
            groups=np.array([visible(group) for group in groups]),
            truth=np.array([hierarchy.nodes[leaf] for leaf in predictions.leaves]),
            classes=np.array(hierarchy.classes),
            logits=predictions.logits.astype(np.float32),
        )


def drawn_together(groups: Sequence[str], config: Config) -> list[str]:
    """The group of each clip, "Class/g01"; of rendered videos "g01", as it has one look in all classes."""
    return [group.rsplit("/", 1)[-1] if config.rendered else group for group in groups]


def load_answers(bundle: Bundle) -> ClipAnswers | None:
    """The answers that lie in a bundle, None where there are none; raises `InputError` for a file that is not sound."""
    path = part(bundle.folder, ANSWERS, MOST_BYTES)
    if path is None:
        return None
    data = read_arrays(path, KINDS, "answers", AGAIN, MOST_BYTES)
    with naming(path, AGAIN):
        return _checked(data, bundle.hierarchy)


def _checked(data: dict[str, np.ndarray], hierarchy: Hierarchy) -> ClipAnswers:
    names, groups, truth, classes = (texts_of(data[name], name) for name in ("names", "groups", "truth", "classes"))
    starts, logits = data["starts"], data["logits"]
    require(0 < len(names) <= MOST_CLIPS, f"it holds {len(names)} clips, of 1 to {MOST_CLIPS} that are read")
    require(len(set(groups)) <= MOST_GROUPS, f"it holds {len(set(groups))} groups of clips, more than {MOST_GROUPS}")
    require(len(groups) == len(truth) == len(starts) == len(names), "its names, groups and clips are not as many")
    known = {name: leaf for leaf, name in enumerate(hierarchy.classes)}
    require(len(classes) == len(known) and set(classes) == set(known), "its classes are not those of the tree")
    require(set(truth) <= set(known), "a clip is of a class that the tree lacks")
    require(logits.shape == (len(names), len(classes)), f"its scores have the shape {logits.shape}")
    require(bool(np.isfinite(logits).all()), "a score is no finite number")
    require(bool(((starts >= 0) & (starts <= MOST_SECONDS)).all()), "a clip starts before 0 or too late")
    columns = np.argsort([known[name] for name in classes])  # joined by name
    leaves = np.array([known[name] for name in truth])
    return ClipAnswers(hierarchy, names, tuple(starts.tolist()), groups, leaves, logits[:, columns])
