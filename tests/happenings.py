"""Long videos of the tiny world, a detector trained on them in a moment, and what is stored of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from tiny import TREE, shape_video

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.data.video import write_video
from hprotopnet.files import write_json
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.temporal.activitynet import read_activitynet
from hprotopnet.temporal.atoms import read_atoms
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.detector import FeatureSource, save_detector
from hprotopnet.temporal.recipe import TESTING
from hprotopnet.temporal.storing import Sources, films_in, write_showcase
from hprotopnet.temporal.toy import TOY
from hprotopnet.temporal.training import train_detector

LABELS = [line.split(",")[0] for line in TREE.splitlines()[1:]]
WIDTH, CELL, SECONDS = 12, 0.5, 6.0
CONFIG = replace(
    TOY, name="tiny-haan", width=WIDTH, encoded=12, concepts=4, epochs=12, rule=Rule(0.1, 4.0), batch_size=4
)
NAMES = [f"film_{number}" for number in range(8)]
TESTED = NAMES[-3:]


def write_films(folder: Path) -> Path:
    """Films of three classes each, two seconds long, with annotations, atoms and features of half a second."""
    rng, directions = np.random.default_rng(0), 3 * np.eye(len(LABELS), WIDTH)
    database, atoms = {}, {}
    (folder / "features").mkdir(parents=True)
    (folder / "tree.csv").write_text(TREE, encoding="utf-8")
    for number, name in enumerate(NAMES):
        acted = [LABELS[(number + 2 * place) % 6] for place in range(3)]
        parts = [shape_video(label, number, frames=25) for label in acted]
        write_video(folder / "films" / f"{name}.mp4", np.concatenate(parts), 12.5)
        spans = [[2 * place, 2 * place + 2] for place in range(3)]
        rows = [{"segment": span, "label": label} for span, label in zip(spans, acted, strict=True)]
        side = TESTING if name in TESTED else "training"
        database[name] = {"duration": SECONDS, "subset": side, "annotations": rows}
        atoms[name] = [
            {"segment": span, "label": "roll" if label.endswith("Disc") else "slide", "phase": ""}
            for span, label in zip(spans, acted, strict=True)
        ]
        of_clips = directions[[LABELS.index(acted[clip // 4]) for clip in range(12)]]
        noisy = (of_clips + rng.normal(size=of_clips.shape) * 0.4).astype(np.float32)
        np.save(folder / "features" / f"{name}.npy", noisy)
    write_json(folder / "films.json", {"database": database})
    write_json(folder / "atoms.json", {"atoms": atoms})
    return folder


def sources_of(world: Path, bundle: Path | None = None, count: int = 2) -> Sources:
    data = read_activitynet(world / "films.json", load_hierarchy(world / "tree.csv"), world / "features")
    network = open_bundle(bundle) if bundle else None
    return Sources(data, films_in(world / "films", NAMES), read_atoms(world / "atoms.json"), network, count)


def write_detector(world: Path, folder: Path, bundle: Path | None = None, source: FeatureSource | None = None) -> Path:
    """A detector's folder with a showcase."""
    sources = sources_of(world, bundle)
    save_detector(folder, train_detector(sources.data, CONFIG), source)
    write_showcase(folder, sources, "training", TESTING)
    return folder
