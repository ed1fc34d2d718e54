"""Clips for training a backbone: decoded anew each epoch, at random places in time and space."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hprotopnet.config import Augmentation, ClipConfig
from hprotopnet.data.clips import random_instants
from hprotopnet.data.dataset import Skipped, ahead
from hprotopnet.data.splits import Video
from hprotopnet.data.transforms import Normalisation, normalise
from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy

MARGIN = 1.15  # frames are scaled to this many crop sizes, so that crops can move
OF_SCALES = 240 / 224  # the same where crops have several sizes, as published
CLOSE = 3  # pixels by which a side of a crop may differ from what is asked for and is taken to be that
DISTORTED = 1  # sizes by which height and width of a crop may differ, in the order of sizes
# Where such crops lie: corners, middles of sides, centre, and half-way to the corners, in quarters of the room.
PLACES = (*product((0, 2, 4), (0, 2, 4)), *product((1, 3), (1, 3)))


class AugmentedClips:
    """Training videos as `features.Batches`: an epoch shows each one once, for one clip.

    Each clip starts at a random instant, or looks at a random place of each segment, is cropped at a random place and
    mirrored half the time, see `Augmentation`; which, depends on the epoch's generator only. Videos that cannot be read
    are named once on stderr and left out. Raises `InputError` where a class whose mirror image is another one is none.
    """

    def __init__(
        self,
        videos: Sequence[Video],
        clip: ClipConfig,
        hierarchy: Hierarchy,
        normalisation: Normalisation,
        device: torch.device,
        how: Augmentation | None = None,
    ):
        self.how = how or Augmentation()
        self.mirrors = _mirrors(self.how, hierarchy)
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
                images, label = future.result()
                waiting.append((images, self.leaves[label]))
            except InputError as error:
                self.skipped(video, error)
            if len(waiting) == batch_size:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def _clip(self, video: Video, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        """A clip and what it shows."""
        asked, size = random_instants(rng, probe(video.path).duration, self.clip), self.clip.size
        images = read_frames(video.path, asked, round(self.margin * size), threads=1).images
        if self.how == Augmentation():
            return random_crop(images, size, rng), video.label
        scales = self.how.scales
        crop = multi_scale_crop(images, size, scales, rng) if scales else _cropped(images, size, rng)
        seen = _mirrored_or_not(crop, rng)
        label = self.mirrors.get(video.label, video.label) if seen is not crop else video.label
        return np.ascontiguousarray(seen), label

    @property
    def margin(self) -> float:
        """Crop sizes that the shorter side of frames is scaled to."""
        return OF_SCALES if self.how.scales else MARGIN

    def _batch(self, items: Sequence[tuple[np.ndarray, int]]) -> tuple[Tensor, Tensor]:
        clips = torch.from_numpy(np.stack([images for images, _ in items])).to(self.device)
        leaves = torch.tensor([leaf for _, leaf in items], device=self.device)
        return normalise(clips, self.norm.mean, self.norm.std), leaves


def random_crop(images: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A square of `size` pixels of all frames (T, H, W, 3) at one random place, mirrored half the time."""
    return np.ascontiguousarray(_mirrored_or_not(_cropped(images, size, rng), rng))


def _mirrored_or_not(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mirror image half the time, else what was given itself."""
    return crop[:, :, ::-1] if rng.random() < 0.5 else crop


def _cropped(images: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    _, height, width, _ = images.shape
    top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
    return images[:, top : top + size, left : left + size]


def multi_scale_crop(images: np.ndarray, size: int, scales: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """A part of all frames (T, H, W, 3) scaled to `size` pixels a side: one of several sizes, at one of 13 places.

    As published (Wang et al., TSN, 2016): height and width are drawn together, of sizes that are neighbours at most.
    """
    _, height, width, _ = images.shape
    sizes = crop_sizes(min(height, width), size, scales)
    down, across = sizes[int(rng.integers(len(sizes)))]
    top, left = PLACES[int(rng.integers(len(PLACES)))]
    top, left = top * ((height - down) // 4), left * ((width - across) // 4)
    part = images[:, top : top + down, left : left + across]
    if (down, across) == (size, size):
        return part
    return np.stack([np.asarray(Image.fromarray(frame).resize((size, size), Image.BILINEAR)) for frame in part])


def crop_sizes(side: int, size: int, scales: Sequence[float]) -> list[tuple[int, int]]:
    """Heights and widths that a crop may have of frames whose shorter side is `side`."""
    sides = [own if abs(own - size) >= CLOSE else size for own in (int(side * scale) for scale in scales)]
    ranks = range(len(sides))
    return [(sides[i], sides[j]) for i in ranks for j in ranks if abs(i - j) <= DISTORTED]


def _mirrors(how: Augmentation, hierarchy: Hierarchy) -> dict[str, str]:
    """What a class becomes in a mirror, where that is another one."""
    found = {one: other for pair in how.swaps for one, other in (pair, pair[::-1])}
    for name in found:
        if name not in hierarchy.classes:
            raise InputError(
                f"'{name}' is to become another class in a mirror, but is no class of the tree; correct it"
            )
    return found
