"""The same pixels as ever: features in caches are believed as long as no version was raised.

Where one of these fails and the change is meant, raise the version that the message names and put the new figures here.
"""

import hashlib

import numpy as np
import pytest
import torch
from footage import moving_block, write_lossless
from PIL import Image

from hprotopnet.data import transforms, video
from hprotopnet.data.pictures import centre_crop
from hprotopnet.data.transforms import normalise
from hprotopnet.data.video import read_windows
from hprotopnet.models.backbones.registry import create_backbone, list_backbones

INSTANTS = [[0.0, 0.08, 0.5], [0.9]]
PIXELS = {40: "be473784dc715c37", 90: "6001c477dc9fb71a", 135: "e531cfb69cef0740"}  # by the side scaled to
INPUTS = "8901a982ee41974a"
FEATURES = {  # mean and standard deviation, with weights that follow a sine
    "i3d": (5.8808, 7.62789),
    "mc3_18": (0.10099, 0.11645),
    "r2plus1d_18": (0.08754, 0.09368),
    "r3d_18": (0.09976, 0.1128),
}


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(f"{array.shape}{array.dtype}".encode() + array.tobytes()).hexdigest()[:16]


@pytest.fixture
def footage(tmp_path):
    """One clip as a file and as a folder of pictures."""
    images = moving_block(24, 90, 120)
    (tmp_path / "folder").mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "folder" / f"img_{number:05d}.png")
    return {"file": write_lossless(tmp_path / "clip.mp4", images), "folder": tmp_path / "folder"}


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("side", PIXELS)
def test_decoded_pixels(footage, kind, side):
    windows = read_windows(footage[kind], INSTANTS, side)
    found = digest(np.concatenate([centre_crop(frames.images, 40) for frames in windows]))
    assert (video.VERSION, found) == (1, PIXELS[side]), "pixels changed: hprotopnet.data.video.VERSION"


def test_network_input():
    clip = normalise(torch.from_numpy(moving_block(4, 8, 10)), (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)).numpy()
    found = digest(np.round(1000 * clip).astype(np.int32))
    assert (transforms.VERSION, found) == (1, INPUTS), "inputs changed: hprotopnet.data.transforms.VERSION"


@pytest.mark.parametrize("name", list_backbones())
@torch.no_grad()
def test_features(name):
    backbone = create_backbone(name, width=8).eval()
    for i, (key, tensor) in enumerate(sorted(backbone.state_dict().items())):
        if tensor.is_floating_point():
            wave = (0.7 * torch.arange(tensor.numel(), dtype=torch.float64) + i).sin().reshape(tensor.shape)
            tensor.copy_((0.2 if tensor.ndim > 1 else 0.1) * wave + ("running_var" in key))
    features = backbone(normalise(torch.from_numpy(moving_block(8, 32, 32)), (0.5,) * 3, (0.5,) * 3)[None]).float()
    found = features.mean().item(), features.std().item()
    assert backbone.version == 1
    assert found == pytest.approx(FEATURES[name], rel=0.02), f"features changed: the version of backbone {name}"
