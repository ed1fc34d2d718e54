"""Clips for training a backbone: decoded anew each epoch, at random places in time and space."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import random_instants
from hprotopnet.data.dataset import Skipped, ahead
from hprotopnet.data.splits import Video
from hprotopnet.data.transforms import Normalisation, normalise
from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy

MARGIN = 1.15  # frames are scaled to this many crop sizes, so that crops can move


class AugmentedClips:
    """Training videos as `features.Batches`: an epoch shows each one once, for one clip.

    Each clip starts at a random instant, or looks at a random place of each segment, is cropped at a random place and
    mirrored half the time; which, depends on the epoch's generator only. Videos that cannot be read are named once on
    stderr and left out.
    """

    def __init__(
        self,
        videos: Sequence[Video],
        clip: ClipConfig,
        hierarchy: Hierarchy,
        normalisation: Normalisation,
        device: torch.device,
    ):
        self.videos, self.clip, self.norm, self.device = tuple(videos), clip, normalisation, device
        self.leaves = {label: hierarchy.index(label) for label in hierarchy.classes}
        self.skipped = Skipped()

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """All videos once in random order, as (clips (B, 3, T, H, W), leaves (B,)) on the device."""
        order = torch.randperm(len(self.videos), generator=generator).tolist()
        seeds = torch.randint(2**62, (len(order),), generator=generator).tolist()
        rng = {self.videos[i].name: np.random.default_rng(seed) for i, seed in zip(order, seeds, strict=True)}
        waiting = []
        decoded = ahead(lambda video: self._clip(video, rng[video.name]), [self.videos[i] for i in order], 4)
        for video, future in decoded:
            try:
                waiting.append((future.result(), self.leaves[video.label]))
            except InputError as error:
                self.skipped(video, error)
            if len(waiting) == batch_size:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def _clip(self, video: Video, rng: np.random.Generator) -> np.ndarray:
        asked = random_instants(rng, probe(video.path).duration, self.clip)
        images = read_frames(video.path, asked, round(MARGIN * self.clip.size), threads=1).images
        return random_crop(images, self.clip.size, rng)

    def _batch(self, items: Sequence[tuple[np.ndarray, int]]) -> tuple[Tensor, Tensor]:
        clips = torch.from_numpy(np.stack([images for images, _ in items])).to(self.device)
        leaves = torch.tensor([leaf for _, leaf in items], device=self.device)
        return normalise(clips, self.norm.mean, self.norm.std), leaves


def random_crop(images: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A square of `size` pixels of all frames (T, H, W, 3) at one random place, mirrored half the time."""
    _, height, width, _ = images.shape
    top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
    crop = images[:, top : top + size, left : left + size]
    return np.ascontiguousarray(crop[:, :, ::-1] if rng.random() < 0.5 else crop)
