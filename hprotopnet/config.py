"""What a training run is: one frozen dataclass for all six rows of the paper's tables.

It goes to JSON by `dataclasses.asdict` and comes back by `structure.structure`, to which every type below is law.
A recipe (see `recipes.py`) is a `Config` that says only what differs from the defaults below.
"""

import math
import reprlib
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from hprotopnet.errors import InputError

Group = Literal["backbone", "addon", "prototypes", "head"]
MOST_NUMBERS = 2**26  # of a clip and of a layer's weights: a configuration from elsewhere must not fill the memory
MOST_SPAN = 600.0  # seconds of a clip
OF_SEGMENTS = ("per_segment", "stretch")  # what a configuration says of segments
SEGMENTS_A_SECOND = 4.0  # shown where there is no clock: slow enough to look at each


def _check_range(config: Any, least: float, most: float, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        if not least <= value <= most:  # written so that NaN fails too
            above = " above 0" if value <= 0 < least else f" from {least:g} to {most:g}"
            raise InputError(f"{name} is {reprlib.repr(value)}, give a number{above}")


@dataclass(frozen=True)
class ClipConfig:
    """How clips are cut from videos: which pixels the network sees; training and explanation share it.

    A clip is a window of neighbouring frames, or it comes by segments: a whole video, up to a longest stretch, is cut
    into equal segments, and each gives a few neighbouring frames of its own.
    """

    frames: int = 16
    fps: float = 12.5  # every second frame of 25: 16 frames span 1.28 s, an action's worth
    size: int = 160  # short side and centre crop, in pixels
    per_video: int = 3  # windows spread evenly over a video, or looks at other places of its segments
    per_segment: int = 0  # neighbouring frames of each segment; 0 cuts windows
    stretch: float = 10.0  # seconds that segments may cover: a clip of Kinetics lasts so long, an hour is not one clip

    def __post_init__(self) -> None:
        _check_range(self, 1, 4096, "frames", "size", "per_video")
        _check_range(self, 1e-3, 1e4, "fps")
        _check_range(self, 1e-2, MOST_SPAN, "stretch")
        _check_range(self, 0, self.frames, "per_segment")
        if self.per_segment and self.frames % self.per_segment:
            raise InputError(f"{self.frames} frames are no whole number of segments of {self.per_segment}; give others")
        if self.frames * self.size**2 * 3 > MOST_NUMBERS or self.span > MOST_SPAN:
            raise InputError(f"clips of {self.frames} frames of {self.size} pixels, {self.span:g} s: give fewer")

    def __repr__(self) -> str:
        """All fields, those of segments where there are some: what was kept under the name of windows stays theirs."""
        names = [own.name for own in fields(self) if self.per_segment or own.name not in OF_SEGMENTS]
        return f"ClipConfig({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    @property
    def span(self) -> float:
        """Seconds that a clip covers; by segments at most, see `data.clips.covered`."""
        return self.stretch if self.per_segment else self.frames / self.fps

    @property
    def segments(self) -> int:
        """How many segments a clip has frames of; 0 where it is a window."""
        return self.frames // self.per_segment if self.per_segment else 0

    @property
    def pace(self) -> float:
        """Frames a second of clips that are stored or loop without a clock: a window's own rate."""
        return SEGMENTS_A_SECOND * self.per_segment if self.per_segment else self.fps


@dataclass(frozen=True)
class Pantomime:
    """Videos that are rendered for the occasion: a Pantomime of this seed, with so many clips a class."""

    seed: int = 0
    per_class: int = 50

    def __post_init__(self) -> None:
        _check_range(self, 0, 2**63 - 1, "seed")
        _check_range(self, 1, 10**6, "per_class")


@dataclass(frozen=True)
class ModelConfig:
    """The network. `head` x `prototypes` x `per_node` spans the rows of Tables 1 to 3 of the paper."""

    backbone: str = "i3d"
    cut: str | None = "Mixed_4f"  # layer whose output is the feature grid, or several, joined by "+"
    looks: tuple[str, ...] = ()  # layers of the cut that prototypes of each level look at, leaf first; none: all at all
    components: float = 1.0  # share of each layer's channels that are kept as principal components, of several layers
    width: int = 64  # channels of the first stage of the residual networks, 64 is the published size
    pretrained: bool = True  # with the Kinetics-400 weights that anybody can fetch
    weights: str | None = None  # or with those of a file, or "imagenet"; the bundle then holds the backbone
    head: Literal["fc", "embedding", "tree"] = "embedding"  # class scores, a point in the ball, one tied to the tree
    prototypes: Literal["none", "leaf", "all"] = "all"  # the levels whose nodes own prototypes
    per_node: int = 10
    form: Literal["unit", "published"] = "unit"  # unit-length features and one convolution, or the paper's two
    prototype_width: int = 128  # D
    similarity: Literal["exponential", "log"] = "exponential"
    bandwidth: float = 0.6  # squared distance at which the exponential similarity is 1/e
    epsilon: float = 1e-4  # of the log similarity, Eq. 5
    embedding_width: int = 300  # E
    curvature: float = 1.0  # c of a ball of curvature -c; 0 is flat space
    temperature: float = 1.0  # while training; what is exported is fitted on validation clips

    def __post_init__(self) -> None:
        for name in (self.backbone, self.cut or "", *self.looks):
            if len(name) > 100 or not name.isprintable():
                raise InputError(f"{reprlib.repr(name)} is the name of no backbone or layer; give a short one")
        _check_range(self, 1, 128, "width")
        _check_range(self, 1e-4, 1, "components")
        _check_range(self, 1, 4096, "per_node", "prototype_width", "embedding_width")
        _check_range(self, 1e-6, 1e6, "bandwidth", "temperature")
        _check_range(self, 1e-12, 0.5, "epsilon")
        if self.head == "tree" and not self.has_prototypes:
            raise InputError("a head tied to the tree reads prototypes; give some, or another head")
        if self.looks and (self.form == "published" or not self.has_prototypes):
            raise InputError("only prototypes of the form 'unit' look at layers of their own; leave out looks")
        if not 0 <= self.curvature <= 1e6:
            raise InputError(f"curvature is {self.curvature}, give 0 (flat space) or more; the ball's is its negative")

    @property
    def has_prototypes(self) -> bool:
        """Whether there are any; a network without them reads features averaged over the grid."""
        return self.prototypes != "none"

    @property
    def greatest_similarity(self) -> float:
        """Of a patch that is the prototype itself."""
        return math.log(1 / self.epsilon) if self.similarity == "log" else 1.0


@dataclass(frozen=True)
class LossConfig:
    """Weights of the objective, leaf level first; a deeper tree repeats the last weight."""

    cluster: tuple[float, ...] = (0.8, 0.5, 0.3)
    separation: tuple[float, ...] = (0.08, 0.11, 0.13)
    commonality: float = 0.0  # an ancestor's prototypes are to be found in clips of each of its children
    siblings: float = 0.0  # each level's own prototypes are to tell siblings apart
    head_l1: float = 1e-4


@dataclass(frozen=True)
class Descent:
    """How the parameters of a stage move; by default AdamW along half a cosine, whatever the kind of parameter."""

    method: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.9  # of SGD
    falls: tuple[int, ...] = ()  # epochs behind which all rates are a tenth of what they were; none: half a cosine
    most_gradient: float = 0.0  # norm to which the gradient of a step is cut; 0 leaves it as it is
    parted: bool = False  # biases move twice as fast and, like normalisations, do not decay

    def __post_init__(self) -> None:
        _check_range(self, 0, 1, "momentum")
        _check_range(self, 0, 1e6, "most_gradient")
        if list(self.falls) != sorted(set(self.falls)) or any(fall < 1 for fall in self.falls):
            raise InputError(f"falls are {reprlib.repr(self.falls)}, give ascending numbers of epochs, such as 30, 45")


@dataclass(frozen=True)
class Augmentation:
    """How training clips of a stage differ each time; by default crops at random places, mirrored half the time."""

    scales: tuple[float, ...] = ()  # sides of crops, as shares of the shorter side of a frame; none: crops of one size
    swaps: tuple[tuple[str, str], ...] = ()  # classes that are each other's mirror image, such as left and right
    mixes: float = 0.0  # share of steps on clips of which each is mixed of two, see `training.mixing`

    def __post_init__(self) -> None:
        if any(not 0.1 <= scale <= 1 for scale in self.scales):
            raise InputError(f"scales are {reprlib.repr(self.scales)}, give shares from 0.1 to 1")
        _check_range(self, 0, 1, "mixes")
        names = [name for pair in self.swaps for name in pair]
        if len(set(names)) < len(names):
            raise InputError(f"swaps are {reprlib.repr(self.swaps)}, name each class once")


@dataclass(frozen=True)
class Stage:
    """One row of the training regime: which parameters move, for how long, how fast."""

    name: str
    epochs: int
    trains: tuple[Group, ...]
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 1e-4
    weight_decay: float = 0.0
    cells: float = 1.0  # share of the feature grid that a batch sees, drawn anew for each batch
    dropout: float = 0.0  # share of what the head reads that is left out, drawn anew for each clip
    descent: Descent = field(default_factory=Descent)
    augmentation: Augmentation = field(default_factory=Augmentation)  # where it trains the backbone

    def __post_init__(self) -> None:
        _check_range(self, 0, 10**6, "epochs")
        _check_range(self, 0, 0.99, "dropout")
        _check_range(self, 0, 1e6, "learning_rate", "backbone_learning_rate", "weight_decay")
        _check_range(self, 1e-4, 1, "cells")
        if self.augmentation != Augmentation() and "backbone" not in self.trains:
            raise InputError(f"stage {self.name}: only one that trains the backbone sees clips; leave out augmentation")
        if self.cells < 1 and ("backbone" in self.trains or self.only_head):
            raise InputError(
                f"stage {self.name}: only one that trains on kept features can leave out cells; set cells to 1"
            )

    @property
    def only_head(self) -> bool:
        """Whether nothing but the head moves, so that what it reads can be computed once."""
        return self.trains == ("head",)


WARM = Stage("warm", 20, ("addon", "prototypes", "head"))
PROJECT = Stage("project", 0, ())  # prototypes move onto training patches and stay there
HEAD = Stage("head", 20, ("head",))


@dataclass(frozen=True)
class Config:
    """Everything that decides a training run."""

    name: str = "custom"
    hierarchy: str = "ucf101"  # a shipped tree by name, or a CSV file
    classes: tuple[str, ...] = ()  # of the tree; none means all that the data has
    rendered: Pantomime | None = None  # where no folder of videos is given
    clip: ClipConfig = field(default_factory=ClipConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    stages: tuple[Stage, ...] = (WARM, PROJECT, HEAD)
    batch_size: int = 64
    validation_share: float = 0.2  # of the training groups, for every choice that is made
    threshold: float = 0.8  # back-off: the deepest node at least this probable is the answer
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.model.has_prototypes and any(stage.name == "project" for stage in self.stages):
            raise InputError(f"{self.name}: a network without prototypes has nothing to project; drop that stage")
        if self.loss.siblings and self.model.head != "tree":
            raise InputError(
                f"{self.name}: siblings are told apart by a head tied to the tree alone; set their loss to 0"
            )
        if not 0.5 < self.threshold < 1:
            raise InputError(f"{self.name}: threshold is {self.threshold}, give one between .5 and 1")
        _check_range(self, 1, 2**16, "batch_size")
        _check_range(self, 0, 1, "validation_share")
        _check_range(self, 0, 2**63 - 1, "seed")

    @property
    def frozen_backbone(self) -> bool:
        """Whether no stage trains the backbone, so that its features can be computed once."""
        return not any("backbone" in stage.trains for stage in self.stages)

    @property
    def stores_backbone(self) -> bool:
        """Whether a bundle must hold the backbone, because it is not the one that anybody can fetch."""
        return not (self.model.pretrained and self.frozen_backbone)
