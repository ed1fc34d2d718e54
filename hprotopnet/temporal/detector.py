"""A trained detector on disk: a folder of two files, read strictly, and no pickle among them.

detector.json         configuration, tree with its classes, record of the training, where features come from
detector.safetensors  weights, and the visual concepts
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hprotopnet.bundles.replacing import replacing
from hprotopnet.errors import InputError
from hprotopnet.files import visible, write_json
from hprotopnet.models.loading import load_strictly, read_tensors, save_tensors
from hprotopnet.structure import structure
from hprotopnet.temporal.card import AGAIN, FORMAT, JSON, MOST_WEIGHTS, WEIGHTS, file_of, read_head, tree_of
from hprotopnet.temporal.config import DetectorConfig
from hprotopnet.temporal.extract import Setting
from hprotopnet.temporal.network import Detector
from hprotopnet.temporal.state import Record
from hprotopnet.temporal.training import TrainedDetector

MORE = 2**20  # bytes beyond those of the weights that are expected
MOST_NAME = 500  # letters


@dataclass(frozen=True)
class FeatureSource:
    """Where a detector's features come from, for whoever extracts more of them.

    Attributes:
        backbone: name of the network, or of whoever published the features.
        weights_id: hash of its weights, where it is one of this project's.
        settings: what else decides them, by name: size of pictures, frames of a clip, frames a second, cut.
        rate: clips per second; None where so many clips are spread over each video, however long it is.
    """

    backbone: str = ""
    weights_id: str | None = None
    settings: Mapping[str, str] | None = None
    rate: float | None = None

    def __post_init__(self) -> None:
        texts = [self.backbone, self.weights_id or "", *(own for pair in (self.settings or {}).items() for own in pair)]
        if any(len(text) > MOST_NAME or visible(text) != text for text in texts):
            raise InputError(f"its features have names that cannot be shown; {AGAIN}")
        if self.rate is not None and not 0 < self.rate <= 1e6:
            raise InputError(f"its features have {self.rate} clips a second; {AGAIN}")


def source_of(setting: Setting) -> FeatureSource:
    """What made features, as a detector keeps it."""
    rest = {name: str(value) for name, value in asdict(setting).items() if name not in ("backbone", "weights_id")}
    return FeatureSource(setting.backbone, setting.weights_id, rest, 1 / setting.stride)


def setting_of(source: FeatureSource) -> Setting:
    """The same read again; raises `InputError` where the features are none of this project's."""
    said = source.settings or {}
    try:
        numbers = {name: int(said[name]) for name in ("version", "frames", "size", "width")}
        rates = {name: float(said[name]) for name in ("fps", "stride")}
        return Setting(source.backbone, said["cut"], source.weights_id, **numbers, **rates)
    except (LookupError, ValueError) as error:
        own = f" ({source.backbone})" if source.backbone else ""
        raise InputError(f"the detector's features{own} were not made here; train one on such as were") from error


@dataclass(frozen=True)
class _Description:
    """What `detector.json` holds beside its format and tree."""

    config: DetectorConfig
    record: Record
    features: FeatureSource


@dataclass(frozen=True)
class StoredDetector(TrainedDetector):
    """A detector that was read, and where its features come from."""

    source: FeatureSource


def save_detector(folder: str | Path, trained: TrainedDetector, source: FeatureSource | None = None) -> None:
    """Write a detector, in the place of one that lies there, whole or not at all.

    Raises `InputError` when the file system refuses.
    """
    with replacing(Path(folder), (JSON, WEIGHTS)) as draft:
        save_tensors(draft / WEIGHTS, trained.network.state_dict())
        about = _Description(trained.config, trained.record, source or FeatureSource())
        head = {"format": FORMAT, "hierarchy": trained.hierarchy.to_dict()}
        write_json(draft / JSON, head | asdict(about))  # last, as it makes the folder a detector


def load_detector(folder: str | Path) -> StoredDetector:
    """Read a detector, in evaluation mode.

    Raises `InputError` in one line for a folder that holds none, and for files that do not fit each other or are not
    whole.
    """
    folder = Path(folder)
    path, content = read_head(folder)
    weights = file_of(folder, WEIGHTS, MOST_WEIGHTS)
    rest = {name: value for name, value in content.items() if name not in ("format", "hierarchy")}
    about = structure(rest, _Description, path, AGAIN)
    hierarchy = tree_of(path, content)
    network = Detector(about.config, len(hierarchy.classes))
    expected = sum(tensor.nbytes for tensor in network.state_dict().values())
    load_strictly(network, read_tensors(weights, AGAIN, most=expected + MORE), weights, AGAIN)
    network = network.eval().requires_grad_(False)
    return StoredDetector(network, about.config, hierarchy, about.record, about.features)
