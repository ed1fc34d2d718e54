"""What a detector is and how it is trained: one frozen dataclass, and what differs for the published data sets.

Li, He and Xu, "Weakly-Supervised Temporal Action Detection for Fine-Grained Videos with Hierarchical Atomic Actions"
(ECCV 2022). The defaults are those of the published configuration for FineAction; `FINEGYM` says what it has otherwise.
"""

import reprlib
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from hprotopnet.errors import InputError

MOST_NUMBERS = 2**26  # of one layer's weights: a configuration from elsewhere must not fill the memory


def twentieths(first: int, last: int) -> tuple[float, ...]:
    """Overlaps in steps of .05, the first and the last given in twentieths."""
    return tuple(number / 20 for number in range(first, last + 1))


def _check_range(config: Any, least: float, most: float, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        if not least <= value <= most:  # written so that NaN fails too
            raise InputError(f"{name} is {reprlib.repr(value)}, give a number from {least:g} to {most:g}")


@dataclass(frozen=True)
class Rule:
    """How scores of clips become segments, see `detection`."""

    alpha: float = -0.8  # where between its mean and its range a class's threshold lies
    kmax: float = 4.0  # the best 1 / kmax of the clips make a video's score

    def __post_init__(self) -> None:
        _check_range(self, -100, 100, "alpha")
        _check_range(self, 1, 1e6, "kmax")


@dataclass(frozen=True)
class LossWeights:
    """Weights of the four terms, see `losses`."""

    mil: float = 1.0
    pseudo: float = 0.001
    concept: float = 0.01
    coarse: float = 1.0

    def __post_init__(self) -> None:
        _check_range(self, 0, 1e6, "mil", "pseudo", "concept", "coarse")


@dataclass(frozen=True)
class DetectorConfig:
    """Everything that decides a detector but the data.

    `form` "published" keeps what the published code does with the terms of the loss, for the comparison; "repaired"
    departs from it where `losses` says.
    """

    name: str = "custom"
    width: int = 4096  # D of a clip's features, RGB and flow side by side
    encoded: int = 1024  # E
    dropout: float = 0.3
    concepts: int = 500  # Q
    top: int = 5  # concepts that stand for a fine class in one video
    pooling: Literal["max", "mean"] = "max"  # of fine classes into their coarse one
    form: Literal["repaired", "published"] = "repaired"
    class_weights: Literal["learned", "ball"] = "learned"  # of fine classes; or those of the ball, which stay fixed
    loss: LossWeights = field(default_factory=LossWeights)
    rule: Rule = field(default_factory=Rule)
    tious: tuple[float, ...] = twentieths(10, 19)  # overlaps at which validation is measured
    batch_size: int = 2  # videos
    learning_rate: float = 3e-5
    epochs: int = 50
    redraw: int = 5  # epochs after which concepts are drawn anew
    sample: float = 0.03  # of all clips, from which they are drawn
    validation_share: float = 0.2  # of the training videos, for choosing the epoch
    seed: int = 1

    def __post_init__(self) -> None:
        _check_range(self, 1, 2**16, "width", "encoded", "batch_size")
        _check_range(self, 2, 2**16, "concepts")
        _check_range(self, 1, 2**10, "top")
        _check_range(self, 0, 0.99, "dropout")
        _check_range(self, 0, 1e3, "learning_rate")
        _check_range(self, 1, 10**6, "epochs", "redraw")
        _check_range(self, 1e-6, 1, "sample")
        _check_range(self, 0, 0.5, "validation_share")
        _check_range(self, 0, 2**63 - 1, "seed")
        if self.encoded * max(self.width, self.encoded, self.concepts) > MOST_NUMBERS:
            raise InputError(f"layers of {self.width} x {self.encoded} or {self.concepts} concepts: give fewer")
        if not self.tious or not all(0 < tiou <= 1 for tiou in self.tious):
            raise InputError(f"tious are {self.tious}, give numbers above 0 and up to 1")


FINEACTION = DetectorConfig(name="fineaction")
FINEGYM = replace(
    FINEACTION,
    name="finegym",
    width=2048,  # RGB alone
    encoded=2048,
    dropout=0.5,
    pooling="mean",
    loss=LossWeights(coarse=0.1),
    rule=Rule(alpha=0.1, kmax=2.0),
    tious=twentieths(2, 10),
    epochs=200,
    sample=0.1,
)
TRAINING_VIDEOS = {"fineaction": 8440, "finegym": 3775}  # the first ones of the published files; the rest are tested on
