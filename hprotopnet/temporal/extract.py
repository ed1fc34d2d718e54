"""Features of long videos through a backbone: `NAME.npy` a video, of shape (T, D), and `features.json`, what made them.

A video is parted into T cells of about `stride` seconds, all alike. A clip lies about the middle of each; where it is
longer it sees its neighbours, too, and at both ends of the video the first or last frame for longer. What the backbone
says of a clip is averaged over its grid.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.bundles.inside import is_plain
from hprotopnet.bundles.traces import clips_along
from hprotopnet.config import ClipConfig
from hprotopnet.data.folders import Unused, videos_in
from hprotopnet.data.transforms import normalise
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, check_writable, read_json, visible, write_json
from hprotopnet.models.backbones.registry import Backbone, create_backbone
from hprotopnet.models.precision import set_precision
from hprotopnet.structure import structure
from hprotopnet.temporal.clips import FeatureFolder
from hprotopnet.writers import sole_writer

JSON = "features.json"
FPS, SIZE = 12.5, 160  # frames a second and pixels, as the recipes of Pantomime have them
SECONDS, STRIDE = 1.28, 0.64
BATCH = 4  # clips a forward pass: more gains nothing on two cores
MOST = 16  # clips read at once, so that neither memory nor the time for them grows with the video
AGAIN = "give another folder, or delete this one"


@dataclass(frozen=True)
class Setting:
    """All that features depend on but the videos.

    Attributes:
        backbone, cut: name of the network, and of the layer whose output is averaged.
        weights_id: hash of its weights, see `Backbone`; None for random ones.
        version: of its code, see `Backbone`.
        frames, fps, size: of a clip, see `ClipConfig`.
        stride: seconds of a cell, about.
        width: D.
    """

    backbone: str
    cut: str
    weights_id: str | None
    version: int
    frames: int
    fps: float
    size: int
    stride: float
    width: int

    def __post_init__(self) -> None:
        _ = self.clip
        if not 0.01 <= self.stride <= 3600:
            raise InputError(f"a stride of {self.stride} s gives no features; give one from 0.01 to 3600")

    @property
    def clip(self) -> ClipConfig:
        """How a clip is cut."""
        return ClipConfig(self.frames, self.fps, self.size)


@dataclass(frozen=True)
class Extractor:
    """A backbone in evaluation mode, and what it is given."""

    setting: Setting
    backbone: Backbone


def frames_of(seconds: float, fps: float = FPS) -> int:
    """Frames of a clip that lasts about so long; raises `InputError` where it lasts no time at all."""
    if not 0 < seconds < float("inf"):
        raise InputError(f"clips of {seconds} s show nothing; give a number above 0")
    return max(1, round(seconds * fps))


def extractor(backbone: Backbone, frames: int, fps: float = FPS, size: int = SIZE, stride: float = STRIDE) -> Extractor:
    """A backbone with the clips that it is to be given; raises `InputError` for such as are none."""
    weights_id, version = backbone.weights_id, backbone.version
    about = (backbone.name, backbone.cut, weights_id, version, frames, fps, size, stride, backbone.channels)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Extractor(Setting(*about), backbone.to(device).eval())


def again(setting: Setting, weights: str | Path | None = None) -> Extractor:
    """The backbone of a setting, for more of the same features; raises `InputError` where it is another one by now."""
    set_precision()
    backbone = create_backbone(setting.backbone, cut=setting.cut, pretrained=weights is None, weights=weights)
    found = extractor(backbone, setting.frames, setting.fps, setting.size, setting.stride)
    other = differing(found.setting, setting)
    if other:
        raise InputError(
            f"backbone {setting.backbone} is there with another {other} than made the features; get that one"
        )
    return found


def differing(one: Setting, other: Setting) -> str:
    """In words, what tells two settings apart; nothing where they are the same."""
    return " and ".join(name for name, value in asdict(one).items() if asdict(other)[name] != value)


def cells(duration: float, stride: float) -> int:
    """T, into how many cells a video is parted."""
    return max(1, round(duration / stride))


def starts_of(duration: float, setting: Setting) -> list[float]:
    """Where the clip of each cell begins, in seconds: before the video, too, as far as clips are longer than cells."""
    return cell_starts(duration, cells(duration, setting.stride), setting.clip.span)


def cell_starts(duration: float, number: int, span: float) -> list[float]:
    """The same for so many cells and clips of `span` seconds."""
    return ((np.arange(number) + 0.5) * duration / number - span / 2).tolist()


@torch.inference_mode()
def features_along(source: Extractor, path: str | Path) -> Iterator[np.ndarray]:
    """Features of a video, some cells at a time, float32 (n, D); raises `InputError` when it cannot be read."""
    path, norm = Path(path), source.backbone.normalisation
    device = next(source.backbone.parameters()).device
    for clips in clips_along(path, starts_of(probe(path).duration, source.setting), source.setting.clip, MOST):
        for row in range(0, len(clips), BATCH):
            images = torch.from_numpy(np.stack(clips[row : row + BATCH])).to(device)
            said = source.backbone(normalise(images, norm.mean, norm.std)).float()
            yield said.flatten(2).mean(2).cpu().numpy()


def features_of(source: Extractor, path: str | Path) -> np.ndarray:
    """Features of a whole video, float32 (T, D)."""
    total = cells(probe(path).duration, source.setting.stride)
    with tqdm(total=total, desc=visible(Path(path).stem), unit="clip", delay=2) as bar:
        return np.concatenate(list(_counted(features_along(source, path), bar)))


def write_features(source: Extractor, videos: Sequence[Path], out: str | Path, wait: bool = False) -> dict[str, Any]:
    """Write the features of some videos, and return how many there are (JSON).

    What lies there whole is kept, so that an interrupted run goes on; delete the file of a video that has changed.
    Raises `InputError` for a folder with features of another setting, for a video that cannot be read, and unless
    `wait` for a folder that another process writes.
    """
    out, began = Path(out), perf_counter()
    names = _names(videos)
    with sole_writer(out, wait):
        _claim(out, source.setting)
        counts = {path: cells(probe(path).duration, source.setting.stride) for path in videos}
        missing = [path for path in videos if not _is_there(out, names[path], source.setting.width, counts[path])]
        with tqdm(total=sum(counts[path] for path in missing), desc="features", unit="clip", delay=2) as bar:
            for path in missing:
                found = np.concatenate(list(_counted(features_along(source, path), bar)))
                with atomic_write(out / f"{names[path]}.npy") as temporary, temporary.open("wb") as file:
                    np.save(file, found)
    return {
        "videos": len(videos),
        "made": len(missing),
        "clips": sum(counts.values()),
        "seconds": perf_counter() - began,
        "setting": asdict(source.setting),
    }


def read_setting(folder: str | Path) -> Setting | None:
    """What made the features in a folder; None where it does not say."""
    path = Path(folder) / JSON
    return structure(read_json(path), Setting, path, AGAIN) if path.exists() else None


def long_videos_in(folder: str | Path) -> list[Path]:
    """The videos that lie in a folder itself; raises `InputError` where there is none."""
    folder = Path(folder)
    found = videos_in(folder, Unused(folder)) if folder.is_dir() else []
    if not found:
        raise InputError(f"{folder}: no video lies in it; give a folder of video files")
    return found


def _counted(parts: Iterator[np.ndarray], bar: tqdm) -> Iterator[np.ndarray]:
    for part in parts:
        bar.update(len(part))
        yield part


def _names(videos: Sequence[Path]) -> dict[Path, str]:
    """Names of the videos' features; raises `InputError` for names that are none, or occur twice."""
    names = {path: path.name if path.is_dir() else path.stem for path in videos}
    counts = Counter(names.values())
    for path, name in names.items():
        if not is_plain(name) or counts[name] > 1:
            raise InputError(f"{path}: its features cannot have a file named after it, or another's are; rename it")
    return names


def _claim(out: Path, setting: Setting) -> None:
    """Say what the features in a folder are made by; raises `InputError` where it holds others."""
    known = read_setting(out)
    if known is None and any(out.glob("*.npy")):
        raise InputError(f"{out}: holds features, and not what made them ({JSON}); {AGAIN}")
    if known is not None and known != setting:
        raise InputError(f"{out}: holds features of another {differing(known, setting)}; {AGAIN}")
    check_writable(out / JSON)
    write_json(out / JSON, asdict(setting))


def _is_there(out: Path, name: str, width: int, count: int) -> bool:
    with suppress(InputError):  # whatever is wrong with it, it is made again
        return FeatureFolder(out, width).count(name) == count
    return False
