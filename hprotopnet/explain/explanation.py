"""What an explanation is: data that pages and exports read, made by `explain` and stored as JSON.

Reading one needs no torch, so that a first screen does not wait for it.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SILENT = 0.005  # share of all that speaks for a node, below which a prototype is said to have no say


@dataclass(frozen=True)
class PrototypeEvidence:
    """How one prototype bears on one node.

    Attributes:
        prototype: its number in the bundle.
        similarity: a_j, at its nearest patch.
        distance: squared distance to that patch.
        contribution: to the node against its rival.
        cell: the nearest patch, (t, h, w).
        activation: similarity of every patch, shape (t, h, w), at grid size.
        boxes: for each frame (left, top, right, bottom) in pixels of the crop, None where the evidence is not there.
        probability_muted: of the node when this prototype alone is muted; None in files of earlier versions.
        offset: by how many cells the middle of what a cell sees lies behind the middle of its place, (t, h, w).
    """

    prototype: int
    similarity: float
    distance: float
    contribution: float
    cell: tuple[int, int, int]
    activation: NDArray[np.float32]
    boxes: tuple[tuple[int, int, int, int] | None, ...]
    probability_muted: float | None = None
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def moment(self) -> float:
        """When the middle of what the nearest cell sees is shown, as a share of the clip."""
        return (self.cell[0] + 0.5 + self.offset[0]) / self.activation.shape[0]


@dataclass(frozen=True)
class LevelExplanation:
    """One step on the way from grandparent to child.

    Attributes:
        level: name of the level.
        node: ancestor of the top leaf at this level.
        probability: sum of its leaves'.
        rival: the runner-up at the leaf level, "all others" above it.
        log_odds: of the node; None where the whole tree lies under it.
        log_odds_muted: the same when the node's own prototypes are muted; None where it has none.
        shares: what own prototypes, those of other nodes on the path and all others contribute; sums to the difference.
        evidence: the node's own prototypes, the largest contribution first.
        speaking: all that speaks for the node against its rival, by which contributions become shares, see `shares`;
            None in files of earlier versions.
    """

    level: str
    node: str
    probability: float
    rival: str
    log_odds: float | None
    log_odds_muted: float | None
    shares: dict[str, float]
    evidence: tuple[PrototypeEvidence, ...]
    speaking: float | None = None

    def telling(self, count: int) -> tuple[PrototypeEvidence, ...]:
        """Of the first `count` of the evidence those that have a say, and the first one in any case.

        A head tied to the tree leaves some prototypes without a weight: however similar, they are no reason.
        """
        least = SILENT * (self.speaking or 0.0)
        return tuple(row for i, row in enumerate(self.evidence[:count]) if i == 0 or abs(row.contribution) > least)


@dataclass(frozen=True)
class Explanation:
    """Everything the pages and exports say about one clip.

    Attributes:
        video, start, times: the clip.
        probabilities: of every node, by name.
        distances: ball distance to every node's point, by name; empty for a network without a ball.
        path: ancestors of the top leaf, topmost first, the leaf last.
        answer: deepest node at least as probable as `threshold`; None is the root, "not sure".
        nearest: nearest node in the ball above the leaf level, None without a ball.
        levels: one explanation a level, topmost first.
        runner_up: the same of the second likeliest leaf, whose rival is the top leaf; None where there is one leaf.
        similarities: of all prototypes, for muting.
        completeness: largest absolute gap between summed contributions and the scores they explain.
        grid: (t, h, w); with t = 1 there is no temporal localisation.
        strangeness: how far the clip is from the nearest training clip, in thresholds, see `models.familiarity`; None
            where the network cannot tell.
        damage: what is wrong with the video, in words; empty where nothing is known to be.
        held: longest time that one frame is shown in the clip, in seconds.
    """

    video: str
    start: float
    times: tuple[float, ...]
    probabilities: dict[str, float]
    distances: dict[str, float]
    path: tuple[str, ...]
    threshold: float
    answer: str | None
    nearest: str | None
    levels: tuple[LevelExplanation, ...]
    runner_up: LevelExplanation | None
    similarities: tuple[float, ...]
    completeness: float
    grid: tuple[int, int, int]
    strangeness: float | None = None
    damage: str = ""
    held: float = 0.0

    @property
    def time_resolved(self) -> bool:
        """Whether evidence is placed in time at all."""
        return self.grid[0] > 1

    @property
    def unlike(self) -> bool:
        """Whether the clip is unlike anything that the network was trained on, as far as it can tell."""
        return self.strangeness is not None and self.strangeness > 1

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, read by `structure`; activation maps to four decimals, more than a picture shows."""
        data = asdict(self)
        for level in (*data["levels"], data["runner_up"] or {"evidence": ()}):
            for row in level["evidence"]:
                row["activation"] = np.round(row["activation"].astype(np.float64), 4)
        return data
