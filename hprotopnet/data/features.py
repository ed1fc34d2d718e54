"""Backbone features of clips, computed once and kept: what a frozen backbone makes of them never changes.

A store is a folder in the user's cache, named after the backbone's weights and the way clips are cut. Videos are added
as they are first asked for, so that runs, splits and seeds share it, and an interrupted extraction goes on.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import ClipKey
from hprotopnet.data.dataset import decode_clips
from hprotopnet.data.splits import Video
from hprotopnet.data.transforms import Normalisation, normalise
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy

BATCH = 4  # clips a forward pass while extracting: more gains nothing on two cores


class Encoder(Protocol):
    """What is asked of a backbone here; see `models.backbones.base.Backbone`."""

    name: str
    cut: str
    channels: int
    normalisation: Normalisation
    weights_id: str | None

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


class FeatureSet:
    """Clips as the backbone sees them, with what is known of each.

    Attributes:
        names: video of each clip, n of them.
        groups: group of each clip's video.
        keys: which clip of which video each is.
        leaves: true leaf of each clip, integers of shape (n,).
    """

    def __init__(
        self, videos: Sequence[Video], rows: Sequence["StoredVideo"], features: np.ndarray, leaves: Sequence[int]
    ):
        counts = np.array([len(row.starts) for row in rows], int)
        self.names = tuple(np.repeat([video.name for video in videos], counts).tolist())
        self.groups = tuple(np.repeat([f"{video.label}/{video.group}" for video in videos], counts).tolist())
        starts = [start for row in rows for start in row.starts]
        self.keys = tuple(map(ClipKey, self.names, starts))
        self.leaves = np.repeat(np.asarray(leaves, dtype=np.int64), counts)
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


class StoredVideo(NamedTuple):
    """Where a video's clips stand in a store: first row, and the start of each clip in seconds."""

    first: int
    starts: tuple[float, ...]


class FeatureStore:
    """An append-only file of float32 features, and an index with one line a video, which is what counts.

    Args:
        folder: where the files lie; made if absent.
        shape: of one clip's features, (C, t, h, w).
    """

    def __init__(self, folder: Path, shape: tuple[int, ...]):
        self.folder, self.shape = folder, shape
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "features.bin").touch()
        (folder / "index.jsonl").touch()
        self.index = dict(_read_index(folder / "index.jsonl"))

    @property
    def rows(self) -> int:
        """Clips in the store."""
        return max((row.first + len(row.starts) for row in self.index.values()), default=0)

    def array(self) -> np.ndarray:
        """All rows, read from disk as they are touched; shape (rows, C, t, h, w)."""
        if not self.rows:
            return np.empty((0, *self.shape), np.float32)
        return np.memmap(self.folder / "features.bin", np.float32, "c", shape=(self.rows, *self.shape))

    def append(self, video: str, starts: Sequence[float], features: np.ndarray) -> None:
        """Add a video: first its rows, then the line that makes them count."""
        row = StoredVideo(self.rows, tuple(starts))
        with open(self.folder / "features.bin", "r+b") as file:
            file.seek(row.first * 4 * int(np.prod(self.shape)))
            file.write(np.ascontiguousarray(features, np.float32).tobytes())
        with open(self.folder / "index.jsonl", "a", encoding="utf-8") as file:
            # The line break comes first, so that a line cut short by an interruption spoils no other.
            file.write("\n" + json.dumps({"video": video, "first": row.first, "starts": row.starts}))
        self.index[video] = row


def _read_index(path: Path) -> Iterator[tuple[str, StoredVideo]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut short when an extraction was interrupted
        yield row["video"], StoredVideo(row["first"], tuple(row["starts"]))


@torch.no_grad()
def extract(
    backbone: Encoder, videos: Sequence[Video], clip: ClipConfig, hierarchy: Hierarchy, cache: Path
) -> FeatureSet:
    """Features of all clips of some videos, from the cache where it has them.

    Videos that cannot be read are named on stderr and left out; all of them failing raises `InputError`. No videos
    give an empty set.

    Args:
        backbone: frozen, in evaluation mode.
        videos: whose labels are leaves of `hierarchy`.
        clip: how clips are cut.
        cache: folder that holds the stores.
    """
    shape = (backbone.channels, *backbone.grid(clip.frames, clip.size))
    folder = cache / f"features-{_fingerprint(backbone, clip)}"
    with FileLock(cache / f"{folder.name}.lock"):
        store = FeatureStore(folder, shape)
        missing = [video for video in videos if _file_key(video.path) not in store.index]
        if missing:
            _fill(store, backbone, missing, clip)
    found = [(video, store.index[key]) for video in videos if (key := _file_key(video.path)) in store.index]
    if videos and not found:
        raise InputError(f"none of {len(videos)} videos can be read, {videos[0].path} the first; see the lines above")
    leaves = [hierarchy.index(video.label) for video, _ in found]
    return FeatureSet([video for video, _ in found], [row for _, row in found], store.array(), leaves)


def _fill(store: FeatureStore, backbone: Encoder, videos: Sequence[Video], clip: ClipConfig) -> None:
    device = next(backbone.parameters()).device
    norm = backbone.normalisation
    with tqdm(total=len(videos), desc="features", unit="video") as bar:
        for video, found in groupby(decode_clips(videos, clip), key=lambda pair: pair[0]):
            clips = [own for _, own in found]
            inputs = torch.from_numpy(np.stack([own.images for own in clips]))
            batches = (normalise(part.to(device), norm.mean, norm.std) for part in inputs.split(BATCH))
            features = torch.cat([backbone(batch).float().cpu() for batch in batches])
            store.append(_file_key(video.path), [own.start for own in clips], features.numpy())
            bar.update()


def _fingerprint(backbone: Encoder, clip: ClipConfig) -> str:
    weights = backbone.weights_id or _state_hash(backbone)
    return hashlib.sha256(repr((backbone.name, backbone.cut, weights, clip)).encode()).hexdigest()[:16]


def _state_hash(backbone: Encoder) -> str:
    digest = hashlib.sha256()
    for name, tensor in backbone.state_dict().items():
        digest.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def _file_key(path: Path) -> str:
    """Names a file as it is now: a changed file is another one."""
    stat = path.stat()
    return f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
