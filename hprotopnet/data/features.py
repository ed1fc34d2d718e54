"""Backbone features of clips, computed once and kept for as long as the same would come out again.

A store is a folder in the user's cache, named after all that features depend on but the videos: the backbone with its
weights and its normalisation, the way clips are cut, and the versions of the code on the way. Videos are found in it by
the hash of their content, so that one written over is another one, and one moved or copied is not. To hash takes some
two seconds a gigabyte at every start, less than to read the features. Videos are added as they are first asked for, so
that runs, splits and seeds share a store, and an interrupted extraction goes on. What is asked for is compared with its
checksum, and made again where it is not what was stored.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import ClipKey
from hprotopnet.data.dataset import Skipped, contents, decode_clips
from hprotopnet.data.pictures import sha256
from hprotopnet.data.splits import Video
from hprotopnet.data.store import FeatureStore, StoredVideo
from hprotopnet.data.transforms import Normalisation, normalise
from hprotopnet.data.versions import versions
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy

VERSION = 2  # of what lies in a store, float32, and how it is computed from network input
BATCH = 4  # clips a forward pass while extracting: more gains nothing on two cores


class Encoder(Protocol):
    """What is asked of a backbone here; see `models.backbones.base.Backbone`."""

    name: str
    cut: str
    channels: int
    normalisation: Normalisation
    weights_id: str | None
    version: int

    def grid(self, frames: int, size: int) -> tuple[int, int, int]: ...

    def parameters(self) -> Iterator[Tensor]: ...

    def state_dict(self) -> dict[str, Tensor]: ...

    def __call__(self, clips: Tensor) -> Tensor: ...


class Batches(Protocol):
    """What a stage trains on: an epoch is an iterator of inputs and leaves, in an order drawn from the generator."""

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]: ...


@dataclass(frozen=True)
class TensorBatches:
    """Clips of which everything that is needed lies in one tensor: inputs (n, ...) and leaves (n,)."""

    inputs: Tensor
    leaves: Tensor

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All clips once in random order, as (inputs, leaves)."""
        for chosen in torch.randperm(len(self.leaves), generator=generator).split(batch_size):
            yield self.inputs[chosen.to(self.inputs.device)], self.leaves[chosen]


@dataclass(frozen=True)
class SomeCells:
    """Batches of which each sees a share of the feature grid, drawn anew, as (B, C, n, 1, 1).

    Whatever decides must then be found in many places, or be missed; a few cells that happen to give a clip away are
    mostly not there. The same cells for all clips of a batch.
    """

    batches: Batches
    share: float

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All clips once, as (features, leaves)."""
        for features, leaves in self.batches.epoch(batch_size, generator):
            cells = features.flatten(2)
            kept = max(1, round(self.share * cells.shape[2]))
            chosen = torch.randperm(cells.shape[2], generator=generator)[:kept].sort().values
            yield cells[:, :, chosen, None, None], leaves


class FeatureSet:
    """Clips as the backbone sees them, with what is known of each.

    Attributes:
        names: video of each clip, n of them.
        groups: group of each clip's video.
        keys: which clip of which video each is.
        leaves: true leaf of each clip, integers of shape (n,).
        damaged: what is wrong with each video that is damaged, in words, by its name.
    """

    def __init__(
        self, videos: Sequence[Video], rows: Sequence[StoredVideo], features: np.ndarray, leaves: Sequence[int]
    ):
        counts = np.array([len(row.starts) for row in rows], int)
        self.names = tuple(np.repeat([video.name for video in videos], counts).tolist())
        self.groups = tuple(np.repeat([f"{video.label}/{video.group}" for video in videos], counts).tolist())
        starts = [start for row in rows for start in row.starts]
        self.keys = tuple(map(ClipKey, self.names, starts))
        self.leaves = np.repeat(np.asarray(leaves, dtype=np.int64), counts)
        self.damaged = {video.name: row.damage for video, row in zip(videos, rows, strict=True) if row.damage}
        spans = [np.arange(row.first, row.first + n) for row, n in zip(rows, counts, strict=True)]
        self._rows = np.concatenate([np.zeros(0, int), *spans])
        self._features = features

    def __len__(self) -> int:
        return len(self.names)

    def batch(self, clips: Sequence[int]) -> Tensor:
        """Features (B, C, t, h, w) of some clips, float32."""
        return torch.from_numpy(self._features[self._rows[np.asarray(clips)]])

    def __iter__(self) -> Iterator[tuple[ClipKey, int, Tensor]]:
        """Each clip with its leaf and features, as projection wants them."""
        for i, key in enumerate(self.keys):
            yield key, int(self.leaves[i]), self.batch([i])[0]

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All clips once in random order, as (features, leaves); see `Batches`."""
        for chosen in torch.randperm(len(self), generator=generator).split(batch_size):
            yield self.batch(chosen.numpy()), torch.from_numpy(self.leaves[chosen.numpy()])


@torch.no_grad()
def extract(
    backbone: Encoder,
    videos: Sequence[Video],
    clip: ClipConfig,
    hierarchy: Hierarchy,
    cache: Path,
    keys: Mapping[Video, str] | None = None,
) -> FeatureSet:
    """Features of all clips of some videos, from the cache where it has them.

    Videos that cannot be read are said on stderr and left out; all of them failing raises `InputError`. No videos
    give an empty set. What another process adds meanwhile is not computed again, and nobody waits for it.

    Args:
        backbone: frozen, in evaluation mode.
        videos: whose labels are leaves of `hierarchy`.
        clip: how clips are cut.
        cache: folder that holds the stores.
        keys: hash of the content of each video that can be read, as `contents` gives them, where they are known.
    """
    shape = (backbone.channels, *backbone.grid(clip.frames, clip.size))
    store = FeatureStore(cache / f"features-{_fingerprint(backbone, clip)}", shape)
    keys = contents(videos) if keys is None else {video: keys[video] for video in videos if video in keys}
    store.forget_spoilt(keys.values())
    missing = {video: key for video, key in keys.items() if key not in store.index}
    if missing:
        _fill(store, backbone, missing, clip)
    found = [(video, row) for video in videos if (row := store.index.get(keys.get(video)))]
    if videos and not found:
        raise InputError(f"none of {len(videos)} videos can be read, {videos[0].path} the first; see the lines above")
    leaves = [hierarchy.index(video.label) for video, _ in found]
    return FeatureSet([video for video, _ in found], [row for _, row in found], store.array(), leaves)


def _fill(store: FeatureStore, backbone: Encoder, keys: Mapping[Video, str], clip: ClipConfig) -> None:
    """Add videos to a store, each under its hash."""
    skipped = Skipped()
    with tqdm(total=len(keys), desc="features", unit="video") as bar:
        for video, found in groupby(decode_clips(list(keys), clip, on_bad=skipped), key=lambda pair: pair[0]):
            clips = [own for _, own in found]
            store.refresh()
            if keys[video] not in store.index:
                features = _features(backbone, np.stack([own.images for own in clips]))
                if sha256(video.path) == keys[video]:
                    store.append(keys[video], [own.start for own in clips], features, clips[0].damage)
                else:
                    skipped(video, InputError(f"{video.path}: was written over while it was read; start again"))
            bar.update()


def _features(backbone: Encoder, images: np.ndarray) -> np.ndarray:
    """Features (n, C, t, h, w) of clips (n, T, S, S, 3)."""
    device, norm = next(backbone.parameters()).device, backbone.normalisation
    parts = torch.from_numpy(images).split(BATCH)
    batches = (normalise(part.to(device), norm.mean, norm.std) for part in parts)
    return torch.cat([backbone(batch).float().cpu() for batch in batches]).numpy()


def _fingerprint(backbone: Encoder, clip: ClipConfig) -> str:
    weights, kind = backbone.weights_id or _state_hash(backbone), next(backbone.parameters()).dtype
    network = (backbone.name, backbone.cut, weights, kind, backbone.normalisation, backbone.version)
    return hashlib.sha256(repr((network, clip, versions(), VERSION)).encode()).hexdigest()[:16]


def _state_hash(backbone: Encoder) -> str:
    digest = hashlib.sha256()
    for name, tensor in backbone.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)}".encode() + tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()
