"""Speed as ratios to work that cannot be avoided, measured in turn in one run, each beside its bound."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.backbones import create_backbone
from hprotopnet.config import Config, ModelConfig
from hprotopnet.disk import compare_layouts
from hprotopnet.embedding import embed
from hprotopnet.explain import ClipInput, explain, model_input
from hprotopnet.hierarchy import Hierarchy, load_hierarchy
from hprotopnet.losses import losses
from hprotopnet.model import HProtoPNet
from hprotopnet.projection import Clip, project
from hprotopnet.training import set_trainable

ROUNDS = 7
CLIPS = 16  # of a projection round
NINE = 9  # leaves of the network that is timed, as many as the first recipe has


def bench() -> list[dict[str, Any]]:
    """Rows of work, value, unit, bound and whether it holds; on random weights, which are as fast as any."""
    hierarchy = load_hierarchy("ucf101")
    points, seconds = _timed(lambda: embed(hierarchy)[0])
    layouts = compare_layouts(hierarchy, points)
    model, small = _network(hierarchy.restrict(hierarchy.classes[:NINE]))
    frames, size = small.clip.frames, small.clip.size
    images = np.random.default_rng(0).integers(256, size=(frames, size, size, 3), dtype=np.uint8)
    rows = [
        _row("explain one clip, against a forward pass", _explain_ratio(model, images), "x", 1.3),
        _row(f"project over {CLIPS} clips, against forward passes", _project_ratio(model, images), "x", 1.15),
        _row("a joint training step, against forward and backward", _step_ratio(model, images, small), "x", 1.15),
        _row("class points of UCF-101", seconds, "s", 10.0),
        _row("disk layout of UCF-101", layouts["learned"]["seconds"], "s", 3.0),
    ]
    return rows + _layout_rows(layouts)


def _network(hierarchy: Hierarchy) -> tuple[HProtoPNet, Config]:
    config = Config(model=ModelConfig(pretrained=False))
    points = embed(hierarchy)[0].points_for(hierarchy)
    backbone = create_backbone("i3d").to(memory_format=torch.channels_last_3d)
    return HProtoPNet(config.model, hierarchy, points, backbone).eval(), config


def _explain_ratio(model: HProtoPNet, images: np.ndarray) -> float:
    clip = ClipInput("bench", 0.0, images, np.arange(len(images)) / 12.5)
    bare = model_input(model, images)

    @torch.inference_mode()
    def forward() -> None:
        model.backbone(bare)

    return ratio(lambda: explain(model, clip, 0.8), forward)


def _project_ratio(model: HProtoPNet, images: np.ndarray) -> float:
    clip = model_input(model, images)
    leaves = len(model.hierarchy.classes)

    @torch.inference_mode()
    def encoded():
        for i in range(CLIPS):
            yield Clip(f"v{i:02d}", 0.0), i % leaves, model.backbone(clip)[0]

    class Clips:
        """Encodes in the first pass and keeps the features for the second, as training does."""

        def __init__(self):
            self.kept = []

        def __iter__(self):
            if not self.kept:
                self.kept = list(encoded())
            return iter(self.kept)

    return ratio(lambda: project(model, Clips()), lambda: list(encoded()), rounds=3)


def _step_ratio(model: HProtoPNet, images: np.ndarray, config: Config) -> float:
    clips = model_input(model, images).repeat(2, 1, 1, 1, 1)
    leaves = torch.tensor([0, 1])
    parameters = set_trainable(model, ("backbone", "addon", "prototypes", "head"))
    optimizer = torch.optim.AdamW(parameters, lr=0.0)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        losses(model, model(clips), leaves, config.loss).total.backward()
        optimizer.step()

    def bare() -> None:
        model.backbone.zero_grad(set_to_none=True)
        model.backbone(clips).mean().backward()

    return ratio(step, bare, rounds=3)


def ratio(work: Callable[[], Any], floor: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median over rounds of the time of `work` over that of `floor`, the two in turn, after one round unmeasured."""
    work(), floor()
    ratios = []
    for _ in tqdm(range(rounds), desc="bench", leave=False):
        _, above = _timed(work)
        _, below = _timed(floor)
        ratios.append(above / below)
    return statistics.median(ratios)


def _layout_rows(layouts: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """The disk against the other layouts of the same points: less distortion, more of the tree's edges in order."""
    found = layouts["learned"]
    others = ("plain wedge, same radius", "tangent PCA", "Euclidean PCA")
    rows = []
    for name in others:
        other = layouts[name]
        rows.append(_row(f"distortion of the disk, against {name}", found["distortion"], "", other["distortion"]))
        # Counted as what is lost, so that less is better in every row.
        lost = [1 - figures["edge_map"] for figures in (found, other)]
        rows.append(_row(f"tree edges out of order (1 - MAP), against {name}", lost[0], "", lost[1]))
    return rows


def _row(work: str, value: float, unit: str, bound: float) -> dict[str, Any]:
    return {"work": work, "value": value, "unit": unit, "bound": bound, "holds": value <= bound}


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
