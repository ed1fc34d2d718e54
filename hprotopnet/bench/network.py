"""Speed as ratios to work that cannot be avoided, measured in turn in one run, each beside its bound.

The app's own times are in `bench_app`.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from hprotopnet.config import Config, ModelConfig
from hprotopnet.data.clips import Clip, ClipKey
from hprotopnet.disk.fidelity import compare_layouts
from hprotopnet.explain.prototypes import explain, model_input
from hprotopnet.hierarchy.points import embed, start_points
from hprotopnet.hierarchy.tree import Hierarchy, load_hierarchy
from hprotopnet.models.backbones.cpu import bfloat16_autocast
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.network import HProtoPNet
from hprotopnet.recipes import NINE
from hprotopnet.training.losses import losses
from hprotopnet.training.projection import project
from hprotopnet.training.stages import forward_from_clips, set_trainable, step_is_finite

Row = dict[str, Any]
ROUNDS = 7
CLIPS = 27  # of a projection round, three a class
BATCH = 4  # clips of a training step


def bench() -> list[Row]:
    """Rows as `row` makes them, with the defaults of a recipe; on random weights, which are as fast as any."""
    config = Config(classes=NINE, model=ModelConfig(pretrained=False))
    model = network_of(config)
    measures = {
        "explain": lambda: _explain_rows(model, config),
        "projection": lambda: _projection_rows(model, config),
        "training": lambda: _training_rows(model, config),
        "class points and disk": lambda: _tree_rows(load_hierarchy("ucf101")),
    }
    rows = []
    with tqdm(measures, desc="bench") as bar:
        for name in bar:
            bar.set_postfix_str(name)
            rows += measures[name]()
    return rows


def row(
    work: str, value: float | None, unit: str, bound: float | None = None, reason: str | None = None
) -> dict[str, Any]:
    """What was measured, beside what it may be at most; `holds` is None without a value or a bound.

    Args:
        reason: why there is no value.
    """
    holds = None if value is None or bound is None else value <= bound
    found = {"work": work, "value": value, "unit": unit, "bound": bound, "holds": holds}
    return found | ({"reason": reason} if reason else {})


def line(found: Row) -> str:
    """A row as it is printed."""
    bound = "" if found["bound"] is None else f"at most {found['bound']:.4g} {found['unit']}".rstrip()
    if found["value"] is None:
        return f"{found['work']:68} {'':8} {'':3} {bound:16} not measured: {found['reason']}"
    verdict = {True: "ok", False: "over", None: ""}[found["holds"]]
    return f"{found['work']:68} {found['value']:8.3f} {found['unit']:3} {bound:16} {verdict}".rstrip()


def ratio(work: Callable[[], Any], floor: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median over rounds of the time of `work` over that of `floor`, the two in turn, after one round unmeasured."""
    work(), floor()
    ratios = []
    for _ in tqdm(range(rounds), desc="rounds", leave=False):
        _, above = timed(work)
        _, below = timed(floor)
        ratios.append(above / below)
    return statistics.median(ratios)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` gives, and the seconds it took."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def network_of(config: Config) -> HProtoPNet:
    """The network as `experiment.prepare` and `train` set it up."""
    hierarchy, model = load_hierarchy(config.hierarchy).restrict(config.classes), config.model
    backbone = create_backbone(model.backbone, cut=model.cut, width=model.width, pretrained=model.pretrained)
    points = start_points(hierarchy, model.embedding_width, model.curvature).points_for(hierarchy)
    return HProtoPNet(model, hierarchy, points, backbone).eval()


def images_of(config: Config, count: int) -> list[np.ndarray]:
    """Clips of noise, each (T, S, S, 3)."""
    rng, clip = np.random.default_rng(0), config.clip
    shape = (clip.frames, clip.size, clip.size, 3)
    return [rng.integers(256, size=shape, dtype=np.uint8) for _ in range(count)]


def _explain_rows(model: HProtoPNet, config: Config) -> list[Row]:
    """Both start from the same decoded clip; the floor gets it normalised and in the backbone's own layout."""
    images = images_of(config, 1)[0]
    clip = Clip("bench", 0.0, images, np.arange(len(images)) / config.clip.fps)
    bare = model_input(model, images)

    @torch.inference_mode()
    def forward() -> None:
        model.backbone(bare)

    found = ratio(lambda: explain(model, clip, config.threshold), forward)
    return [row("explain a clip, all levels, against a forward pass of the backbone", found, "x", 1.3)]


def _projection_rows(model: HProtoPNet, config: Config) -> list[Row]:
    """The work encodes the clips and projects on what was encoded, as training does; the floor only encodes."""
    clips = [model_input(model, images) for images in images_of(config, CLIPS)]
    leaves = len(model.hierarchy.classes)

    @torch.inference_mode()
    def encoded() -> list[tuple[ClipKey, int, Tensor]]:
        return [(ClipKey(f"v{i:02d}", 0.0), i % leaves, model.backbone(clip)[0]) for i, clip in enumerate(clips)]

    found = ratio(lambda: project(model, encoded()), encoded, rounds=3)
    return [row(f"project on {CLIPS} clips, against forward passes over them", found, "x", 1.15)]


def _training_rows(model: HProtoPNet, config: Config) -> list[Row]:
    """A joint step as `training` makes it, against the backbone alone; both under the same autocast."""
    forward = forward_from_clips(model)
    clips = torch.cat([model_input(model, images) for images in images_of(config, BATCH)])
    leaves = torch.arange(BATCH) % len(model.hierarchy.classes)
    parameters = set_trainable(model.train(), ("backbone", "addon", "prototypes", "head"))
    optimizer = torch.optim.AdamW(parameters, lr=0.0)

    def step() -> None:
        total = losses(model, forward(clips), leaves, config.loss).total
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        if step_is_finite(parameters):
            optimizer.step()

    def bare() -> None:
        with bfloat16_autocast():
            features = model.backbone(clips)
        model.backbone.zero_grad(set_to_none=True)
        features.float().mean().backward()

    found = ratio(step, bare, rounds=5)
    return [row(f"a joint training step on {BATCH} clips, against forward and backward", found, "x", 1.15)]


def _tree_rows(hierarchy: Hierarchy) -> list[Row]:
    (points, report), seconds = timed(lambda: embed(hierarchy))
    layouts = compare_layouts(hierarchy, points)
    return [*_point_rows(report["variants"][report["kept"]], seconds), *_layout_rows(layouts)]


def _point_rows(figures: dict[str, Any], seconds: float) -> list[Row]:
    """Seconds for the class points, and whether they are as good as they are to be: what is missing, so less is better.

    Ranks and MAP are to be 1 in all digits that are usually printed; the classes' mean distances are to grow by 5 % at
    least from siblings to cousins to strangers.
    """
    apart = figures["mean_distance"]
    growth = max(apart["sibling"] / apart["cousin"], apart["cousin"] / apart["unrelated"])
    return [
        row("class points of UCF-101", seconds, "s", 10.0),
        row("their mean rank of a parent among all nodes", figures["parent_edge_mean_rank"], "", 1.005),
        row("their tree edges out of order (1 - MAP)", 1 - figures["parent_edge_map"], "", 0.0005),
        row("their classes nearest to a wrong grandparent", 1 - figures["leaf_to_grandparent_top1"], "", 0.005),
        row("their siblings against cousins, cousins against strangers", growth, "", 1 / 1.05),
        row("their leaves' radii, greatest less smallest", figures["leaf_radius_spread"], "", 0.01),
    ]


def _layout_rows(layouts: dict[str, dict[str, float]]) -> list[Row]:
    """The disk and every other layout of the same points; bounds of the first are the figures of the others."""
    found = layouts["learned"]
    rows = [row("disk layout of UCF-101", found["seconds"], "s", 3.0)]
    for name in ("plain wedge, same radius", "tangent PCA", "Euclidean PCA"):
        other = layouts[name]
        rows.append(row(f"distortion of the disk, against {name}", found["distortion"], "", other["distortion"]))
        lost = [1 - figures["edge_map"] for figures in (found, other)]
        rows.append(row(f"tree edges out of order (1 - MAP), against {name}", lost[0], "", lost[1]))
    for name, figures in layouts.items():
        rows.append(row(f"layout '{name}': distortion", figures["distortion"], ""))
        rows.append(row(f"layout '{name}': tree edges in order (MAP)", figures["edge_map"], ""))
        rows.append(row(f"layout '{name}': classes nearest to a sibling", figures["sibling_nearest"], ""))
    return rows
