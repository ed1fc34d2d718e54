"""What one explainer says of one clip, kept as a file that grows part by part; and what it takes to fill such files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.attribution.methods import METHODS
from hprotopnet.data.clips import Clip
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.curves import STEPS
from hprotopnet.files import read_json, write_json
from hprotopnet.studies.explained import ORDERS, PARTS, Case, Network, Scene, seconds_of_a_pass

BACK = 3  # passes that one with gradients takes as long as
AGAIN = "give another folder to keep figures in, or delete this file"


@dataclass(frozen=True)
class Page:
    """What one explainer says of one clip: a file, and which of its parts are asked."""

    path: Path
    network: Network
    method: str
    video: Video
    number: int
    nodes: dict[str, str]
    parts: tuple[str, ...]
    identity: dict[str, Any]

    @cached_property
    def levels(self) -> dict[str, dict[str, Any]]:
        """Parts by level, as far as they are kept; raises `InputError` for what was found of something else."""
        found: dict[str, dict[str, Any]] = {level: {} for level in self.nodes}
        if not self.path.exists():
            return found
        kept = read_json(self.path)
        sound = isinstance(kept, dict) and isinstance(kept.get("levels"), dict)
        if not sound or not all(isinstance(own, dict) for own in kept["levels"].values()):
            raise InputError(f"{self.path}: holds no figures of an explainer; {AGAIN}")
        other = [name for name, value in self.identity.items() if kept.get("identity", {}).get(name) != value]
        if other:
            raise InputError(f"{self.path}: was found with another {' and '.join(other)}; {AGAIN}")
        return found | kept["levels"]

    @property
    def missing(self) -> list[tuple[str, str]]:
        return [(level, part) for level in self.nodes for part in self.parts if part not in self.levels[level]]

    def answer(self, scene: Scene) -> Iterator[None]:
        """Find what is missing and keep it, one after the other."""
        for level, part in self.missing:
            cells = self.levels[level].get("map", {}).get("cells")
            cells = None if cells is None else np.reshape(cells, self.network.grid)
            case = Case(scene, self.network, self.method, level, self.nodes[level], cells)
            self.levels[level][part] = PARTS[part](case)
            write_json(self.path, {"identity": self.identity, "video": self.video.name, "levels": self.levels})
            yield


def plan(pages: Sequence[Page], clips: int, side: str) -> str:
    """What is to be done, in passes of a network, and how long that may take."""
    missing = [(page, level, part) for page in pages for level, part in page.missing]
    every = sum(len(page.nodes) * len(page.parts) for page in pages)
    passes = sum(_passes(page, level, part) for page, level, part in missing)
    said = f"{clips} {side} clips: {every} questions, {every - len(missing)} of them answered already"
    if not missing:
        return said
    counts = {part: sum(own == part for *_, own in missing) for part in PARTS}
    what = ", ".join(f"{part} {count}" for part, count in counts.items() if count)
    return f"{said}; {what}: about {passes} passes, {passes * _seconds(missing[0][0].network) / 60:.1f} minutes or more"


def _passes(page: Page, level: str, part: str) -> int:
    """About how many passes of a network a question takes; of orders that know nothing one serves all levels."""
    if part == "curves":
        return 2 * STEPS if page.method not in ORDERS or level == next(iter(page.nodes)) else 0
    return {"map": 1, "noise": 1, "randomised": 1, "causal": 2}[part] * passes_of(page.method) + (part == "map")


def passes_of(method: str) -> int:
    """About how many passes a map takes, with those that its score and probability take."""
    settings = METHODS[method].settings()
    if METHODS[method].prototypes_only:
        return 3
    each = getattr(settings, "steps", None) or getattr(settings, "samples", None) or 1
    areas = getattr(settings, "areas", ())
    return 2 + BACK * (len(areas) * (getattr(settings, "iterations", 0) or 35) if areas else each)


def _seconds(network: Network) -> float:
    config = network.subject.clip
    blank = Clip("", 0.0, np.zeros((config.frames, config.size, config.size, 3), np.uint8), np.zeros(config.frames))
    return min(seconds_of_a_pass(network.subject, blank) for _ in range(2))
