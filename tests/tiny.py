"""A tiny world, made by the same code as a real one: videos of moving shapes, a tree over them, trained networks.

Six classes are told apart by the shape, three parents by the colour, two grandparents by the ground.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hprotopnet.bundles.export import export
from hprotopnet.config import HEAD, PROJECT, WARM, ClipConfig, Config, ModelConfig
from hprotopnet.data.video import write_video
from hprotopnet.training.run import prepare, train

TREE = """class,parent,grandparent,display,note
RedDisc,Red things,Bright ground,Red disc,
RedBar,Red things,Bright ground,Red bar,
GreenDisc,Green things,Bright ground,Green disc,
GreenBar,Green things,Bright ground,Green bar,
BlueDisc,Blue things,Dark ground,Blue disc,
BlueBar,Blue things,Dark ground,Blue bar,
"""
COLOURS = {"Red": (220, 40, 40), "Green": (30, 180, 60), "Blue": (60, 90, 240)}
CLIP = ClipConfig(frames=16, fps=12.5, size=48, per_video=1)
MODEL = ModelConfig(
    backbone="r3d_18", cut=None, width=4, pretrained=False, per_node=2, prototype_width=8, embedding_width=16
)


def shape_video(label: str, seed: int, frames: int = 24, height: int = 48, width: int = 64) -> np.ndarray:
    """A disc or a bar of the class's colour that drifts over the ground of its grandparent, (T, H, W, 3)."""
    rng = np.random.default_rng(seed)
    colour = next(colour for name, colour in COLOURS.items() if label.startswith(name))
    rows, columns = np.mgrid[:height, :width]
    start, step = rng.uniform(14, 20, size=2), rng.uniform(-0.5, 0.9, size=2)
    ground = 35 if label.startswith("Blue") else 205
    images = np.full((frames, height, width, 3), ground, dtype=np.uint8)
    for i, image in enumerate(images):
        down, right = np.abs(rows - start[0] - i * step[0]), np.abs(columns - start[1] - i * step[1])
        inside = np.hypot(down, right) < 9 if label.endswith("Disc") else (down < 4) & (right < 14)
        image[inside] = colour
    noise = rng.integers(-12, 13, size=images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)


def write_world(folder: Path, groups: tuple[str, ...] = ("g01", "g02", "g08", "g09", "g10")) -> Path:
    """A tree and class folders with one video a group; groups up to g07 are tested on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tree.csv").write_text(TREE, encoding="utf-8")
    for row, label in enumerate(line.split(",")[0] for line in TREE.splitlines()[1:]):
        for number, group in enumerate(groups):
            path = folder / "videos" / label / f"v_{label}_{group}_c01.mp4"
            write_video(path, shape_video(label, 100 * row + number), 12.5)
    return folder


def config_for(world: Path, name: str, **model: object) -> Config:
    stages = (replace(WARM, epochs=2), PROJECT, replace(HEAD, epochs=1))
    stages = stages[2:] if model.get("prototypes") == "none" else stages
    return Config(name, str(world / "tree.csv"), clip=CLIP, model=replace(MODEL, **model), stages=stages, batch_size=6)


def train_bundle(
    world: Path, out: Path, name: str, frames: int = CLIP.frames, per_segment: int = 0, **model: object
) -> Path:
    """A bundle in `out`/`name`, trained and exported like any other; returns its folder."""
    config = replace(config_for(world, name, **model), clip=replace(CLIP, frames=frames, per_segment=per_segment))
    torch.manual_seed(0)
    run_data = prepare(config, world / "videos", None, world / "cache", torch.device("cpu"), allow_missing=True)
    export(config, train(config, run_data), out / name, True, 0.0)
    return out / name
