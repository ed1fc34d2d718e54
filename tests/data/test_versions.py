"""One version, one result: a clip whose pixels are known gives the same network input until a version is raised.

A failure means that features in users' caches no longer are what would be computed. If the change is meant, raise
VERSION in the module that is named and write down what comes out now; if not, the change is wrong.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from footage import moving_block, write_lossless, write_planes
from PIL import Image

from hprotopnet.config import ClipConfig
from hprotopnet.data import clips, pictures, transforms, video
from hprotopnet.data.dataset import decode_clips
from hprotopnet.data.splits import Video
from hprotopnet.data.transforms import normalise
from hprotopnet.data.versions import versions
from hprotopnet.data.video import FOLDER_FPS, read_windows

MEANT = "if this change is meant, raise VERSION in hprotopnet/data/{}.py, and write {} here"
WINDOWS = [[0.0, 0.1, 0.35], [0.9, 0.41]]
# Hash of the pixels of both windows, by the version of video.py and pictures.py.
EXACT = {(2, 2): "35f1c2d244343a3a"}
PIXELS = {"pictures": EXACT, "rgb": EXACT, "yuv": {(2, 2): "8fec423321f63d61"}}
# Starts, times and hash of the pixels of the clips of a video, by the version of clips.py.
CLIPS = {1: "81a87e4f53540ceb"}
# What some values become, by the version of transforms.py.
VALUES = {1: (-1.4118, -1.0431, 0.5804, 3.0)}


def images() -> np.ndarray:
    """A second and a fifth of a picture without symmetry that is not as wide as it will be shown."""
    return moving_block(30, 54, 70)


def written(kind: str, folder: Path) -> Path:
    if kind == "pictures":
        for number, image in enumerate(images()):
            Image.fromarray(image).save(folder / f"img_{number:05d}.png")
        return folder
    if kind == "rgb":
        return write_lossless(folder / "rgb.mkv", images(), 25)
    return write_planes(folder / "yuv.mkv", moving_block(30, 54 * 3 // 2, 70).max(axis=3), 25)


def digest(*arrays: np.ndarray) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


@pytest.mark.parametrize("kind", PIXELS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_known_video_gives_the_pixels_of_this_version(kind, threads, tmp_path):
    found = digest(*(frames.images for frames in read_windows(written(kind, tmp_path), WINDOWS, 32, threads=threads)))
    known = PIXELS[kind].get((video.VERSION, pictures.VERSION))
    assert found == known, MEANT.format("video.py or pictures", found)


def test_a_known_video_gives_the_clips_of_this_version(tmp_path):
    known_video = Video("a/b", written("pictures", tmp_path), "a", "a/b")
    cut = decode_clips([known_video], ClipConfig(frames=6, fps=12.5, size=32, per_video=3))
    parts = [(own.images, own.times.round(6), np.array(own.start).round(6)) for _, own in cut]
    found = digest(*(array for part in parts for array in part))
    assert found == CLIPS.get(clips.VERSION), MEANT.format("clips", found)
    assert FOLDER_FPS == 25.0, "raise VERSION in hprotopnet/data/video.py: folders of pictures are shown otherwise"


def test_known_pixels_become_the_input_of_this_version():
    ramp = np.arange(2 * 6 * 8 * 3, dtype=np.uint8).reshape(2, 6, 8, 3)
    square = np.ascontiguousarray(pictures.centre_crop(ramp, 4))
    clip = normalise(torch.from_numpy(square), (0.4, 0.5, 0.6), (0.2, 0.25, 0.5))
    assert clip.shape == (3, 2, 4, 4)
    found = tuple(round(float(value), 4) for value in clip[[0, 1, 2, 0], [0, 0, 1, 1], [0, 1, 2, 3], [0, 2, 1, 3]])
    torch.testing.assert_close(
        torch.tensor(found),
        torch.tensor(VALUES.get(transforms.VERSION, ())),
        atol=2e-4,
        rtol=0,
        msg=MEANT.format("transforms", found),
    )


def test_all_modules_on_the_way_have_a_version():
    assert versions() == {
        "clips": clips.VERSION,
        "pictures": pictures.VERSION,
        "video": video.VERSION,
        "transforms": transforms.VERSION,
    }
