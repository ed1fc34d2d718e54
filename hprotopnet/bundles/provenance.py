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
from hprotopnet.data.clips import Clip, ClipKey, Source
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
    described, files, times = [], {}, {}
    for j, source in enumerate(tqdm(sources, desc="prototypes", unit="prototype")):
        if source.key not in times and (excerpts is not None or clip.per_segment):
            found = read_clip(paths[source.video], source.start, clip)
            times[source.key] = found.times
            files |= {source.key: _write_excerpt(found, clip, excerpts)} if excerpts is not None else {}
        activation = _activation(model, train, rows[source.key], j)
        offset = model.offsets[model.prototypes.views[j]]
        begin = cell_place(source, activation.shape[0], offset[0])
        described.append(
            Prototype(
                **vars(source),
                node=model.hierarchy.nodes[model.prototypes.owners[j]],
                sha256=hashes[source.video],
                interval=cell_interval(source, clip, activation.shape[0], begin, times.get(source.key)),
                boxes=boxes(activation, clip.frames, clip.size, offset),
                excerpt=files.get(source.key),
                frame=(begin + 0.5) * clip.frames / activation.shape[0] if clip.per_segment else None,
            )
        )
    return described


def cell_place(source: Source, t: int, offset: float = 0.0) -> float:
    """Where a step around the middle of what a cell sees begins, in steps of a grid that has t, all of it in the clip.

    `offset` is that of `models.addon`, in time.
    """
    return min(max(source.cell[0] + offset, 0), t - 1)


def cell_interval(
    source: Source, clip: ClipConfig, t: int, begin: float, times: np.ndarray | None = None
) -> tuple[float, float]:
    """Seconds of the video in a step of a grid with t steps that begins at a `cell_place`, [from, to).

    They are as many as fall to a cell; the network saw more. By segments they go from the first of the cell's frames
    to the end of the last, whatever lies between.

    Args:
        times: of the frames of the clip, asked for by segments only.
    """
    if not clip.per_segment:
        step = clip.span / t
        return source.start + begin * step, source.start + (begin + 1) * step
    first, after = begin * clip.frames / t, (begin + 1) * clip.frames / t
    low, high = np.interp([first, after - 1], np.arange(clip.frames), times).tolist()
    return low, high + 1 / clip.fps


@torch.inference_mode()
def _activation(model: HProtoPNet, train: FeatureSet, row: int, prototype: int) -> np.ndarray:
    distances = model.evidence(train.batch([row]).to(model.device)).distances[0, prototype]
    return model.prototypes.similarity(distances).cpu().numpy()


def _write_excerpt(found: Clip, clip: ClipConfig, folder: Path) -> str:
    name = hashlib.sha256(f"{found.video}|{found.start}".encode()).hexdigest()[:16] + ".mp4"
    write_video(folder / name, found.images, clip.pace, crf=QUALITY)
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
