"""From a folder of long videos to a detector's folder, with what it comes to on the videos that are tested on.

    python train.py --recipe pantomime-haan
    python -m hprotopnet detector --annotations FILE --features DIR --hierarchy TREE.csv --out DIR

OUT/detector.json, detector.safetensors  the detector
OUT/figures.json                         what it comes to
OUT/showcase/                            of Pantomime: what the page Timeline shows of it, see `showcase`
OUT/training/                            from which an interrupted training goes on
"""

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, read_json, write_json
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.pantomime.annotating import ANNOTATIONS, ATOMS
from hprotopnet.pantomime.rendered import Films
from hprotopnet.pantomime.spec import tree
from hprotopnet.pantomime.writing import MANIFEST
from hprotopnet.structure import structure
from hprotopnet.temporal.activitynet import read_activitynet
from hprotopnet.temporal.annotations import TRAINING, LongVideos
from hprotopnet.temporal.atoms import Atom, read_atoms
from hprotopnet.temporal.config import DetectorConfig, LossWeights, Rule, twentieths
from hprotopnet.temporal.detector import FeatureSource, save_detector, source_of
from hprotopnet.temporal.extract import (
    BATCH,
    SECONDS,
    Extractor,
    cells,
    extractor,
    frames_of,
    long_videos_in,
    read_setting,
    write_features,
)
from hprotopnet.temporal.measured import agreements, figures, found_in
from hprotopnet.temporal.state import EpochRow
from hprotopnet.temporal.storing import Sources, films_in, write_showcase
from hprotopnet.temporal.training import train_detector
from hprotopnet.writers import sole_writer

TESTING = "testing"
FIGURES = "figures.json"
FILMS = Films(seed=0, count=200)
HAAN = DetectorConfig(
    name="pantomime-haan",
    width=1024,  # of the Kinetics I3D
    encoded=256,
    dropout=0.3,
    concepts=60,
    top=3,
    pooling="max",
    loss=LossWeights(),
    rule=Rule(alpha=0.2, kmax=16.0),  # as good as any of 2 to 32 and -.4 to .6 on validation videos, three seeds
    tious=twentieths(2, 18),
    batch_size=8,
    learning_rate=3e-4,  # on the same 45.4 mAP, 40.4 at .001
    epochs=60,
    sample=0.5,
)
RECIPES = {HAAN.name: HAAN}

Say = Callable[[str], None]


def on_pantomime(
    config: DetectorConfig, data: Path | None, out: Path, cache: Path, again: bool = False, say: Say = print
) -> dict[str, Any]:
    """Train a detector on untrimmed videos of Pantomime, which are rendered where no folder is given.

    Before anything is rendered or extracted it is said what, and about how long it takes. Raises `InputError` for a
    folder without untrimmed videos.
    """
    films = data / "films" if data else FILMS.rendered(cache, say) / "films"
    features = pantomime_features(films, cache, say)
    held, atoms = read_activitynet(films / ANNOTATIONS, tree(), features), read_atoms(films / ATOMS)
    found = detector_run(config, held, features, out, atoms, again=again)
    if any(video.subset == TESTING for video in held.videos):
        files = films_in(films / "untrimmed", [video.name for video in held.videos])
        write_showcase(out, Sources(held, files, atoms), TRAINING, TESTING)
    return found


def pantomime_features(films: Path, cache: Path, say: Say = print) -> Path:
    """The folder in the cache with the Kinetics I3D's features of untrimmed videos, which are made where they lack.

    It is named after the seed of the videos and the setting, so that those of a smaller set serve a larger one.
    """
    manifest = films.parent / MANIFEST
    if not (films / ANNOTATIONS).is_file() or not manifest.is_file():
        raise InputError(f"{films}: holds no untrimmed videos; render some", "python -m hprotopnet pantomime")
    about, source = structure(read_json(manifest), _Drawn, manifest, others=True), kinetics()
    made = hashlib.sha256(repr(source.setting).encode()).hexdigest()[:8]
    videos, out = long_videos_in(films / "untrimmed"), cache / f"long-v{about.version}-seed{about.seed}-{made}"
    say(planned(source, videos, out))
    write_features(source, videos, out, wait=True)
    return out


@dataclass(frozen=True)
class _Drawn:
    """What decides how a rendered video of some name looks."""

    version: int
    seed: int


def kinetics() -> Extractor:
    """The Kinetics I3D with the clips that features are made of by default."""
    return extractor(create_backbone("i3d", pretrained=True), frames_of(SECONDS))


def planned(source: Extractor, videos: list[Path], out: Path) -> str:
    """What is to be extracted, in words, and about how long it takes by a pass on this machine."""
    missing = [path for path in videos if not (out / f"{path.stem}.npy").exists()]
    clips = sum(cells(probe(path).duration, source.setting.stride) for path in missing)
    said = f"features of {len(videos)} videos in {out.name}: {len(videos) - len(missing)} there already"
    return f"{said}, {clips} clips to go, about {clips * _pass(source) / 60:.0f} minutes" if missing else said


@torch.inference_mode()
def _pass(source: Extractor) -> float:
    """Seconds that the backbone takes for a clip, the better of two passes."""
    clip, device = source.setting.clip, next(source.backbone.parameters()).device
    batch, spent = torch.zeros(BATCH, 3, clip.frames, clip.size, clip.size, device=device), []
    for _ in range(2):
        began = time.perf_counter()
        source.backbone(batch)
        spent.append(time.perf_counter() - began)
    return min(spent) / BATCH


def detector_run(
    config: DetectorConfig,
    data: LongVideos,
    features: Path,
    out: Path,
    atoms: dict[str, tuple[Atom, ...]] | None = None,
    tested: str = TESTING,
    again: bool = False,
    on_epoch: Callable[[EpochRow], None] = lambda row: None,
) -> dict[str, Any]:
    """Train on one side and measure on the other, where there is one; writes the detector's folder.

    Args:
        features: folder that says what made the features of `data`, as far as that is known.
        tested: subset that is measured on.
        again: forget an earlier training in the folder.
    """
    setting, began = read_setting(features), time.perf_counter()
    with sole_writer(out):
        check_writable(out / FIGURES)
        if again:
            shutil.rmtree(out / "training", ignore_errors=True)
        trained = train_detector(data, config, out / "training", on_epoch)
        found = {"detector": config.name, "epoch": trained.record.best, "seconds": time.perf_counter() - began}
        videos = tuple(video for video in data.videos if video.subset == tested)
        if videos:
            found |= figures(found_in(trained.network, config.rule, data, videos), data, videos)
        if videos and atoms:
            own = agreements(trained.network, data, videos, atoms)
            found["concepts"] = {what: one._asdict() for what, one in own.items()}
        save_detector(out, trained, source_of(setting) if setting else FeatureSource())
        write_json(out / FIGURES, found | {"config": asdict(config)})
    return found


def sized(config: DetectorConfig, data: LongVideos) -> DetectorConfig:
    """A configuration for features as wide as those that are there."""
    return replace(config, width=data.features.width)


def described(found: dict[str, Any]) -> list[str]:
    """What `detector_run` found, as lines to read."""
    lines = [f"epoch {found['epoch']} was kept, after {found['seconds'] / 60:.1f} minutes"]
    if "fine" not in found:
        return [*lines, "no video is tested on"]
    lines.append(f"{found['found']} segments found in {found['videos']} videos, which have {found['segments']}")
    for level in ("fine", "coarse"):
        at = ", ".join(_percent(own["value"]) for name, own in found[level].items() if name != "average")
        lines.append(f"{level} mAP at overlaps of .1 to .9: {at}; average {_interval(found[level]['average'])}")
    own = ", ".join(f"{name} {_percent(value)}" for name, value in found["of_coarse"].items())
    lines.append(f"average mAP of the classes of each coarse one: {own}")
    for what, agreement in found.get("concepts", {}).items():
        purity, nmi = agreement.values()
        lines.append(f"concepts and {what}: purity {_percent(purity)}, mutual information {_percent(nmi)} of 100")
    return lines


def _percent(value: float | None) -> str:
    return "-" if value is None or value != value else f"{100 * value:.1f}"


def _interval(own: dict[str, Any]) -> str:
    ends = f" [{', '.join(_percent(end) for end in own['interval'])}]" if own["interval"] else ""
    return _percent(own["value"]) + ends
