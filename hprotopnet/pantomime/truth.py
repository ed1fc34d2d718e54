"""What is true of a rendered video, frame by frame: which pixels show the cue of which level.

Beside `v_Rafting_g01_c01.mp4` lies `v_Rafting_g01_c01.truth.npz`. Its masks are bit planes, one a cue, eight rows of a
column to the byte, so that the camera's way along the picture leaves bytes as they are; the child's plane is XORed with
the actor's, which mostly repeats it. All frames are one bzip2 stream, packed as they come.
"""

import bz2
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.arrays import read_arrays
from hprotopnet.data.pictures import crop_corner, resize_shape
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write
from hprotopnet.pantomime.stage import CUES

# Share of the picture from which on a cue counts as seen: a square of 9 pixels in 320 x 240.
SEEN = 0.001

MOST_PIXELS = 2**29  # of all frames: half a gigabyte of masks
# What a description that is none, or masks of another size than it says, can raise.
_BROKEN = (LookupError, ValueError, TypeError, OSError, EOFError, RuntimeError, OverflowError)
_KINDS = {"masks": "u1", "times": "f1", "visible": "f2", "about": "u1"}
_BITS = np.array([1 << bit for bit in range(len(CUES))], dtype=np.uint8)
_CHILD, _ACTOR = CUES.index("child"), CUES.index("actor")


@dataclass(frozen=True)
class Truth:
    """The truth of one video.

    Attributes:
        masks: uint8 (T, H, W), the bits of the cues that each pixel shows, see `stage.CUES`.
        times: float64 (T,), when each frame is first shown, in seconds.
        visible: float32 (T, cues), share of the picture that shows each of `stage.CUES`.
        films: the spec of each shot, as plain data of a `Spec`, see `structure.structure`.
        segments: (start, stop, label), in seconds, of each stretch in which a class is acted and can be seen.
        seed: what the data set was drawn from.
    """

    masks: np.ndarray
    times: np.ndarray
    visible: np.ndarray
    films: tuple[dict[str, Any], ...]
    segments: tuple[tuple[float, float, str], ...]
    seed: int


class TruthWriter:
    """Takes the masks of a video one by one, keeps them packed, and writes its truth at the end."""

    def __init__(self, fps: float):
        self.fps = fps
        self.visible: list[np.ndarray] = []
        self.films: list[dict[str, Any]] = []
        self.segments: list[tuple[float, float, str]] = []
        self._shape: tuple[int, int] = (0, 0)
        self._begun = 0  # frame at which the present shot began
        self._packer = bz2.BZ2Compressor()
        self._packed = bytearray()

    def add(self, mask: np.ndarray) -> None:
        """The next frame's mask, uint8 (H, W)."""
        planes = (mask & _BITS[:, None, None]).astype(bool)
        self.visible.append((np.count_nonzero(planes, axis=(1, 2)) / mask.size).astype(np.float32))
        self._shape = mask.shape
        packed = np.packbits(planes, axis=1)
        packed[_CHILD] ^= packed[_ACTOR]
        self._packed += self._packer.compress(packed.tobytes())

    def end_shot(self, film: dict[str, Any], label: str | None) -> None:
        """Close the shot that the last frames make; a label gives the stretch in which the child's cue is seen."""
        seen = [i for i in range(self._begun, len(self.visible)) if self.visible[i][_CHILD] >= SEEN]
        if label is not None and seen:
            self.segments.append((seen[0] / self.fps, (seen[-1] + 1) / self.fps, label))
        self.films.append(film)
        self._begun = len(self.visible)

    def save(self, video: str | Path, seed: int) -> None:
        """Write the truth beside its video, once; it appears whole or not at all."""
        about = {"shape": self._shape, "seed": seed, "segments": self.segments, "films": self.films}
        packed = bytes(self._packed) + self._packer.flush()
        with atomic_write(truth_path(video)) as temporary:
            np.savez(
                temporary,
                masks=np.frombuffer(packed, np.uint8),
                times=np.arange(len(self.visible)) / self.fps,
                visible=np.stack(self.visible),
                about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            )


def truth_path(video: str | Path) -> Path:
    """Where the truth of a video lies."""
    return Path(video).with_suffix(".truth.npz")


def load_truth(video: str | Path) -> Truth:
    """Read the truth of a video; raises `InputError` when it is missing, damaged, or that of another video."""
    path = truth_path(video)
    with _opened(path, *_KINDS) as (stored, about):
        truth = Truth(
            masks=_unpacked(stored["masks"], tuple(about["shape"]), len(stored["times"])),
            times=stored["times"],
            visible=stored["visible"],
            films=tuple(about["films"]),
            segments=tuple((start, stop, label) for start, stop, label in about["segments"]),
            seed=about["seed"],
        )
    info, (frames, height, width) = probe(video), truth.masks.shape
    if (info.frames, info.height, info.width) != (frames, height, width):
        raise InputError(
            f"{path}: is the truth of another video ({frames} frames of {width} x {height}, not {info.frames} of"
            f" {info.width} x {info.height}); copy video and truth together, or render them again"
        )
    return truth


def load_summary(video: str | Path) -> tuple[np.ndarray, dict[str, Any]]:
    """What is read at once: `Truth.visible`, and a dictionary of seed, segments, films and the shape of a frame.

    Raises `InputError` when the truth is missing or damaged.
    """
    with _opened(truth_path(video), "visible", "about") as (stored, about):
        return stored["visible"], about


def at_clip(truth: Truth, times: Sequence[float], size: int) -> np.ndarray:
    """Masks as a network sees their frames, uint8 (T, size, size).

    Those of the frames nearest to `times`, with the short side scaled to `size` by taking the nearest pixel, and the
    centred square of that: pixel for pixel as `pictures.centre_crop` crops the pictures.
    """
    frames = np.abs(truth.times - np.asarray(times, dtype=np.float64)[:, None]).argmin(axis=1)
    return cropped(truth.masks[frames], size)


def cropped(masks: np.ndarray, size: int) -> np.ndarray:
    """Masks (T, H, W) with the short side scaled to `size`, and the centred square of that, see `at_clip`."""
    height, width = masks.shape[1:]
    scaled_width, scaled_height = resize_shape(width, height, size)
    top, left = crop_corner(scaled_height, scaled_width, size)
    rows = _nearest(top, size, height / scaled_height)
    columns = _nearest(left, size, width / scaled_width)
    return masks[:, rows[:, None], columns]


def _nearest(start: int, count: int, scale: float) -> np.ndarray:
    """Pixels in which the middles of `count` scaled pixels lie."""
    return ((np.arange(start, start + count) + 0.5) * scale).astype(int)


def _unpacked(packed: np.ndarray, shape: tuple[int, int], frames: int) -> np.ndarray:
    height, width = shape
    size = frames * len(CUES) * -(-height // 8) * width
    if min(height, width) < 1 or frames * height * width > MOST_PIXELS:
        raise ValueError("no masks are as large")
    planes = bz2.BZ2Decompressor().decompress(packed.tobytes(), size + 1)
    planes = np.frombuffer(bytearray(planes), np.uint8).reshape(frames, len(CUES), -1, width)
    planes[:, _CHILD] ^= planes[:, _ACTOR]
    masks = np.zeros((frames, *shape), np.uint8)
    for cue, bit in enumerate(_BITS):
        masks |= np.unpackbits(planes[:, cue], axis=1, count=shape[0]) * bit
    return masks


@contextmanager
def _opened(path: Path, *names: str) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """Arrays in a truth, and its description; whatever goes wrong inside the block becomes `InputError`."""
    if not os.path.lexists(path):
        raise InputError(
            f"{path}: there is no truth beside the video; copy both, or render them with python -m hprotopnet pantomime"
        )
    try:
        stored = read_arrays(path, {name: _KINDS[name] for name in names}, "masks", "copy it again")
        yield stored, json.loads(stored["about"].tobytes())
    except _BROKEN as error:
        raise InputError(f"{path}: is damaged; copy it again, or delete it and render it again") from error
