"""What is read of `model.json` besides configuration and tree; whatever else stands there tells how it was made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hprotopnet.errors import InputError

MOST_CLIPS = 10**9  # of a test set
MOST_NAME = 100  # letters
MOST_EPOCHS = 10_000
MOST_SIGHT = 2 * 4096  # pixels or frames: twice the largest clip


def _check(holds: bool, said: str) -> None:
    if not holds:
        raise InputError(f"{said}; copy the bundle again")


@dataclass(frozen=True)
class Count:
    """How many clips of how many videos were measured on."""

    clips: int
    videos: int

    def __post_init__(self) -> None:
        _check(0 <= self.videos <= self.clips <= MOST_CLIPS, f"figures of {self.clips} clips of {self.videos} videos")


@dataclass(frozen=True)
class Accuracy:
    """How often it is right, see `metrics.hierarchical_accuracy`; None where nothing was measured."""

    accuracy: float | None
    mistake_severity: float | None = None
    sibling: float | None = None
    cousin: float | None = None

    def __post_init__(self) -> None:
        for share in (self.accuracy, self.sibling, self.cousin):
            _check(share is None or 0 <= share <= 1, f"an accuracy of {share}")
        severity = self.mistake_severity
        _check(severity is None or 0 <= severity <= 100, f"a mistake_severity of {severity}")


@dataclass(frozen=True)
class Figures:
    """What was measured on the test side."""

    n: Count
    clip: Accuracy
    video_mean_softmax: Accuracy
    ece: float | None

    def __post_init__(self) -> None:
        _check(self.ece is None or 0 <= self.ece <= 1, f"a calibration error, ece, of {self.ece}")


@dataclass(frozen=True)
class TemperatureFit:
    """What became of the temperature, see `calibration.TemperatureFit`."""

    fitted: bool
    clips: int
    groups: int

    def __post_init__(self) -> None:
        sound = 0 <= self.groups <= MOST_CLIPS and 0 <= self.clips <= MOST_CLIPS
        _check(sound, f"a temperature_fit on {self.clips} clips of {self.groups} groups")


@dataclass(frozen=True)
class Side:
    """Videos of one side of the split, by a hash of their names."""

    names_sha256: str

    def __post_init__(self) -> None:
        _check(bool(re.fullmatch("[0-9a-f]{64}", self.names_sha256)), "names_sha256 is no hash")


@dataclass(frozen=True)
class Split:
    """How the videos were split for training."""

    train: Side
    test: Side
    validation: Side | None = None


@dataclass(frozen=True)
class BackboneName:
    """Which backbone the network was trained on."""

    name: str
    cut: str | None = None
    weights_id: str | None = None

    def __post_init__(self) -> None:
        for name in filter(None, (self.name, self.cut, self.weights_id)):
            _check(len(name) <= MOST_NAME and name.isprintable(), f"backbone has a name of {len(name)} odd letters")


@dataclass(frozen=True)
class Colours:
    """How the backbone wants its pixels."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        _check(min(self.std) > 0, f"normalisation has a std of {self.std}")


@dataclass(frozen=True)
class Epoch:
    """One round of training; None where a number was not finite."""

    stage: str
    cross_entropy: float | None = None
    train_accuracy: float | None = None

    def __post_init__(self) -> None:
        _check(len(self.stage) <= MOST_NAME and self.stage.isprintable(), "the name of a stage cannot be shown")


@dataclass(frozen=True)
class Record:
    """How training went."""

    epochs: tuple[Epoch, ...] = ()

    def __post_init__(self) -> None:
        _check(len(self.epochs) <= MOST_EPOCHS, f"a record of {len(self.epochs)} epochs")


@dataclass(frozen=True)
class Milestone:
    """What was measured on one side when a stage of training had ended."""

    clip: Accuracy


@dataclass(frozen=True)
class Sight:
    """What a cell of the grid has really seen around its middle, in pixels and frames, see `explain.sight`."""

    pixels: int
    frames: int

    def __post_init__(self) -> None:
        sound = 1 <= self.pixels <= MOST_SIGHT and 1 <= self.frames <= MOST_SIGHT
        _check(sound, f"a sight of {self.pixels} pixels and {self.frames} frames")


@dataclass(frozen=True)
class Sights:
    """What cells have really seen that prototypes are compared with, by the prototypes' level.

    Attributes:
        share: of what a cell has seen that lies within its sight.
        clips: on how many it was measured.
    """

    share: float
    clips: int
    levels: Mapping[str, Sight]

    def __post_init__(self) -> None:
        _check(0 < self.share < 1 and 1 <= self.clips <= MOST_CLIPS, f"a sight of {self.share} on {self.clips} clips")


@dataclass(frozen=True)
class Corrected:
    """Which network it was made from, and which of its prototypes are silent, see `hprotopnet.corrections`."""

    of: str
    without: tuple[int, ...]

    def __post_init__(self) -> None:
        sound = len(self.of) <= 10 * MOST_NAME and self.of.isprintable() and min(self.without, default=0) >= 0
        _check(sound, "corrections name no network, or prototypes that there are not")


@dataclass(frozen=True)
class Description:
    """What is read of `model.json`."""

    backbone: BackboneName
    normalisation: Colours
    figures: Figures
    split: Split | None = None
    temperature_fit: TemperatureFit | None = None
    record: Record | None = None
    milestones: Mapping[str, Mapping[str, Milestone]] = field(default_factory=dict)  # by stage and side
    sight: Sights | None = None
    corrections: Corrected | None = None
