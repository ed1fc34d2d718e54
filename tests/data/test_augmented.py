"""Training clips by the published recipe of frame networks: crops of several sizes, and classes that a mirror swaps."""

import numpy as np
import pytest
import torch
from tiny import CLIP

from hprotopnet.config import Augmentation
from hprotopnet.data.augmented import PLACES, AugmentedClips, crop_sizes, multi_scale_crop
from hprotopnet.data.dataset import list_videos
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.models.backbones.registry import Normalisation

PUBLISHED = (1, 0.875, 0.75, 0.66)
PLAIN = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def test_sizes_of_crops_are_those_of_the_published_code():
    assert crop_sizes(240, 224, PUBLISHED) == [
        (240, 240),
        (240, 210),
        (210, 240),
        (210, 210),
        (210, 180),
        (180, 210),
        (180, 180),
        (180, 158),
        (158, 180),
        (158, 158),
    ]
    assert crop_sizes(256, 224, (0.875,)) == [(224, 224)]
    assert crop_sizes(258, 224, (0.875,)) == [(224, 224)]  # 225 is close enough


def test_crops_lie_at_thirteen_places():
    assert len(set(PLACES)) == 13
    images = np.arange(100, dtype=np.uint8).reshape(1, 10, 10, 1).repeat(3, 3)
    seen = {multi_scale_crop(images, 6, (0.6,), np.random.default_rng(seed))[0, 0, 0, 0] for seed in range(200)}
    assert seen == {10 * top + left for top, left in PLACES}


def test_a_crop_of_another_size_is_scaled():
    images = np.zeros((2, 20, 30, 3), np.uint8)
    images[:, :, 15:] = 200
    for seed in range(20):
        assert multi_scale_crop(images, 8, PUBLISHED, np.random.default_rng(seed)).shape == (2, 8, 8, 3)


def test_a_mirrored_clip_of_a_class_is_one_of_its_mirror_image(tiny_world):
    tree = load_hierarchy(str(tiny_world / "tree.csv"))
    videos = [video for video in list_videos(tiny_world / "videos", tree).videos if video.label == "RedBar"]
    how = Augmentation(scales=(1, 0.75), swaps=(("RedDisc", "RedBar"),))
    clips = AugmentedClips(videos, CLIP, tree, PLAIN, torch.device("cpu"), how)
    plain = AugmentedClips(videos, CLIP, tree, PLAIN, torch.device("cpu"))
    found = [leaf for seed in range(4) for leaf in epoch(clips, seed)[1]]
    assert {tree.nodes[leaf] for leaf in found} == {"RedDisc", "RedBar"}
    assert {tree.nodes[leaf] for leaf in epoch(plain, 0)[1]} == {"RedBar"}
    assert epoch(clips, 0)[0].shape == (5, 3, 16, 48, 48)
    assert torch.equal(epoch(clips, 0)[0], epoch(clips, 0)[0])


def test_without_augmentation_clips_are_what_they_were(tiny_world):
    tree = load_hierarchy(str(tiny_world / "tree.csv"))
    videos = list_videos(tiny_world / "videos", tree).videos[:3]
    usual = [AugmentedClips(videos, CLIP, tree, PLAIN, torch.device("cpu"), how) for how in (None, Augmentation())]
    assert torch.equal(*(epoch(clips, 0)[0] for clips in usual))


def test_a_mirror_image_that_is_no_class_is_refused(tiny_world):
    tree = load_hierarchy(str(tiny_world / "tree.csv"))
    with pytest.raises(InputError, match="'RedBall' is to become another class"):
        AugmentedClips([], CLIP, tree, PLAIN, torch.device("cpu"), Augmentation(swaps=(("RedDisc", "RedBall"),)))


@pytest.mark.parametrize("settings", [{"scales": (1.2,)}, {"scales": (0,)}, {"swaps": (("a", "b"), ("b", "c"))}])
def test_what_is_no_augmentation_is_refused(settings):
    with pytest.raises(InputError):
        Augmentation(**settings)


def epoch(clips, seed):
    """All clips of an epoch as one batch."""
    return next(clips.epoch(8, torch.Generator().manual_seed(seed)))
