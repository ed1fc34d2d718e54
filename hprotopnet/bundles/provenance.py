"""Where prototypes come from: their description when a bundle is made, and the proof of it afterwards."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import ClipKey, Source
from hprotopnet.data.dataset import list_videos, read_clip
from hprotopnet.data.features import FeatureSet
from hprotopnet.data.pictures import sha256
from hprotopnet.data.splits import Video
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.explain.boxes import boxes
from hprotopnet.explain.prototypes import model_input
from hprotopnet.models.network import HProtoPNet

QUALITY = 30  # of excerpts, as a rate factor; they are looked at, never measured


def describe(
    model: HProtoPNet,
    sources: Sequence[Source],
    train: FeatureSet,
    videos: Iterable[Video],
    clip: ClipConfig,
    excerpts: Path | None,
) -> list[Prototype]:
    """What a bundle says of each prototype; writes excerpts of the source clips into a folder, if given."""
    paths = {video.name: video for video in videos}
    rows = {key: i for i, key in enumerate(train.keys)}
    hashes = {name: sha256(paths[name].path) for name in {source.video for source in sources}}
    described, files = [], {}
    for j, source in enumerate(tqdm(sources, desc="prototypes", unit="prototype")):
        if excerpts is not None and source.key not in files:
            files[source.key] = _write_excerpt(paths[source.video], source.start, clip, excerpts)
        activation = _activation(model, train, rows[source.key], j)
        offset = model.offsets[model.prototypes.views[j]]
        described.append(
            Prototype(
                **vars(source),
                node=model.hierarchy.nodes[model.prototypes.owners[j]],
                sha256=hashes[source.video],
                interval=cell_interval(source, clip, activation.shape[0], offset[0]),
                boxes=boxes(activation, clip.frames, clip.size, offset),
                excerpt=files.get(source.key),
            )
        )
    return described


def cell_interval(source: Source, clip: ClipConfig, t: int, offset: float = 0.0) -> tuple[float, float]:
    """Seconds of the video around the middle of what a cell of a grid with t steps sees, [from, to).

    They are as many as fall to a cell, and within the clip; the network saw more. `offset` is that of `models.addon`,
    in time.
    """
    step = clip.span / t
    begin = min(max(source.cell[0] + offset, 0), t - 1)
    return source.start + begin * step, source.start + (begin + 1) * step


@torch.inference_mode()
def _activation(model: HProtoPNet, train: FeatureSet, row: int, prototype: int) -> np.ndarray:
    distances = model.evidence(train.batch([row]).to(model.device)).distances[0, prototype]
    return model.prototypes.similarity(distances).cpu().numpy()


def _write_excerpt(video: Video, start: float, clip: ClipConfig, folder: Path) -> str:
    name = hashlib.sha256(f"{video.name}|{start}".encode()).hexdigest()[:16] + ".mp4"
    write_video(folder / name, read_clip(video, start, clip).images, clip.fps, crf=QUALITY)
    return f"excerpts/{name}"


@dataclass(frozen=True)
class Verification:
    """What `verify` found.

    Attributes:
        prototypes: how many there are.
        largest_difference: largest absolute difference of a prototype from the re-encoded patch of its source.
        changed: videos whose content is not what it was at training.
        absent: videos that were not found; their prototypes are not verified.
        shared_on_a_path: pairs of prototypes on one root-to-leaf path that show the same patch.
    """

    prototypes: int
    largest_difference: float | None
    changed: tuple[str, ...]
    absent: tuple[str, ...]
    shared_on_a_path: int

    @property
    def holds(self) -> bool:
        """Whether every prototype is the patch it claims to be, to 1e-5, and no path shows one twice."""
        found = self.largest_difference is not None and self.largest_difference <= 1e-5
        return found and not (self.changed or self.absent or self.shared_on_a_path)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return vars(self) | {"holds": self.holds}


@torch.inference_mode()
def verify(bundle: Bundle, data: Path) -> Verification:
    """Find each prototype's source by name and hash, encode its clip again in float32 and compare.

    Raises `InputError` for a bundle without prototypes.
    """
    if not bundle.prototypes:
        raise InputError(f"{bundle.folder}: its network has no prototypes, so there is nothing to verify")
    model = bundle.load_model()
    videos = {video.name: video for video in list_videos(data, bundle.hierarchy).videos}
    wanted: dict[ClipKey, list[int]] = defaultdict(list)
    for j, prototype in enumerate(bundle.prototypes):
        wanted[prototype.key].append(j)
    absent = sorted({name for name, _ in wanted} - set(videos))
    named = {prototype.video: prototype.sha256 for prototype in bundle.prototypes if prototype.video in videos}
    changed = sorted(name for name, digest in named.items() if sha256(videos[name].path) != digest)
    gaps = []
    for (name, start), owned in tqdm(sorted(wanted.items()), desc="verify", unit="clip"):
        if name in videos:
            patches = model(model_input(model, read_clip(videos[name], start, bundle.config.clip).images)).patches[0]
            gaps += [_gap(model, patches, j, bundle.prototypes[j].cell) for j in owned]
    shared = shared_on_a_path(bundle)
    return Verification(len(bundle.prototypes), max(gaps, default=None), tuple(changed), tuple(absent), shared)


def _gap(model: HProtoPNet, patches: torch.Tensor, j: int, cell: tuple[int, int, int]) -> float:
    return float((patches[(model.prototypes.views[j], slice(None), *cell)] - model.prototypes.vectors[j]).abs().max())


def shared_on_a_path(bundle: Bundle) -> int:
    """Pairs of prototypes, of nodes one of which is the other or above it, that come from one (clip, cell)."""
    hierarchy = bundle.hierarchy
    places: dict[tuple, list[int]] = defaultdict(list)
    for prototype in bundle.prototypes:
        places[prototype.key, prototype.cell].append(hierarchy.index(prototype.node))
    pairs = [(a, b) for nodes in places.values() for i, a in enumerate(nodes) for b in nodes[:i]]
    return sum(a in hierarchy.ancestors(b) or b in hierarchy.ancestors(a) for a, b in pairs)
