"""Backbone features of clips, computed once and kept: what a frozen backbone makes of them never changes.

A store is a folder in the user's cache, named after the backbone's weights and the way clips are cut. Videos are added
as they are first asked for, so that runs, splits and seeds share it, and an interrupted extraction goes on.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor
from tqdm import tqdm

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import ClipSampling
from hprotopnet.data.dataset import Video, decode_clips
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.network import Evidence, HProtoPNet
from hprotopnet.training.projection import Clip

ENCODE_BATCH = 64  # clips whose features are looked at together
BATCH = 4  # clips a forward pass while extracting: more gains nothing on two cores


class FeatureSet:
    """Clips as the backbone sees them, with what is known of each.

    Attributes:
        names: video of each clip, n of them.
        groups: group of each clip's video.
        starts: start of each clip in its video, in seconds, shape (n,).
        leaves: true leaf of each clip, integers of shape (n,).
    """

    def __init__(
        self, videos: Sequence[Video], rows: Sequence["StoredVideo"], features: np.ndarray, leaves: Sequence[int]
    ):
        counts = np.array([len(row.starts) for row in rows], int)
        self.names = tuple(np.repeat([video.name for video in videos], counts).tolist())
        self.groups = tuple(np.repeat([f"{video.label}/{video.group}" for video in videos], counts).tolist())
        self.starts = np.array([start for row in rows for start in row.starts])
        self.leaves = np.repeat(np.asarray(leaves, dtype=np.int64), counts)
        spans = [np.arange(row.first, row.first + n) for row, n in zip(rows, counts, strict=True)]
        self._rows = np.concatenate([np.zeros(0, int), *spans])
        self._features = features

    def __len__(self) -> int:
        return len(self.names)

    def batch(self, clips: Sequence[int]) -> Tensor:
        """Features (B, C, t, h, w) of some clips, float32."""
        return torch.from_numpy(self._features[self._rows[np.asarray(clips)]])

    def __iter__(self) -> Iterator[tuple[Clip, int, Tensor]]:
        """Each clip with its leaf and features, as projection wants them."""
        for i, (name, start) in enumerate(zip(self.names, self.starts.tolist(), strict=True)):
            yield Clip(name, start), int(self.leaves[i]), self.batch([i])[0]

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All clips once in random order, as (features, leaves); see `training.Batches`."""
        for chosen in torch.randperm(len(self), generator=generator).split(batch_size):
            yield self.batch(chosen.numpy()), torch.from_numpy(self.leaves[chosen.numpy()])

    def evidence(self, model: HProtoPNet, inputs: Tensor) -> Evidence:
        """The model's evidence from features; see `training.Batches`."""
        return model.evidence(inputs.to(model.head.weight.device))


class HeadSet:
    """What the head reads of each clip, computed once: for stages in which everything before the head stands still.

    As `training.Batches` its inputs are distances to the nearest patches (B, P), or pooled features where P = 0.
    """

    @torch.no_grad()
    def __init__(self, model: HProtoPNet, clips: FeatureSet):
        device = model.head.weight.device
        rows = torch.arange(len(clips)).split(ENCODE_BATCH)
        bar = tqdm(rows, desc="head inputs", unit="batch", delay=2)
        parts = [model.head_inputs(clips.batch(chosen.numpy()).to(device)) for chosen in bar]
        self.inputs = torch.cat(parts)
        self.leaves = torch.from_numpy(clips.leaves)

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All clips once in random order, as (inputs, leaves)."""
        for chosen in torch.randperm(len(self.leaves), generator=generator).split(batch_size):
            yield self.inputs[chosen.to(self.inputs.device)], self.leaves[chosen]

    def evidence(self, model: HProtoPNet, inputs: Tensor) -> Evidence:
        """Evidence without patches and maps, which are not needed."""
        return model.head_evidence(inputs)


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
    backbone: Backbone, videos: Sequence[Video], clip: ClipConfig, hierarchy: Hierarchy, cache: Path
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


def _fill(store: FeatureStore, backbone: Backbone, videos: Sequence[Video], clip: ClipConfig) -> None:
    device = next(backbone.parameters()).device
    torch.backends.cudnn.allow_tf32 = False  # a GPU is to give the features a CPU gives, to 1e-5
    norm = backbone.normalisation
    decoded = decode_clips(videos, clip_sampling(clip), clip.size, clip.per_video, norm.mean, norm.std)
    with tqdm(total=len(videos), desc="features", unit="video") as bar:
        for video, clips in groupby(decoded, key=lambda item: item.video):
            items = list(clips)
            batches = torch.stack([item.clip for item in items]).split(BATCH)
            features = torch.cat([backbone(batch.to(device)).float().cpu() for batch in batches])
            store.append(_file_key(video.path), [item.start for item in items], features.numpy())
            bar.update()


def clip_sampling(clip: ClipConfig) -> ClipSampling:
    """How the instants of a clip are chosen."""
    return ClipSampling(clip.frames, clip.fps)


def _fingerprint(backbone: Backbone, clip: ClipConfig) -> str:
    weights = backbone.weights_id or _state_hash(backbone)
    return hashlib.sha256(repr((backbone.name, backbone.cut, weights, clip)).encode()).hexdigest()[:16]


def _state_hash(backbone: Backbone) -> str:
    digest = hashlib.sha256()
    for name, tensor in backbone.state_dict().items():
        digest.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def _file_key(path: Path) -> str:
    """Names a file as it is now: a changed file is another one."""
    stat = path.stat()
    return f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
