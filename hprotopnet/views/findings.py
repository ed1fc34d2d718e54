"""Result files: what `study`, `truth` and their like write with `--json`, told apart, checked and read.

A file says what it is by its `kind`, or by the fields that it has. Whatever else stands in it is left alone.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, printable, read_json
from hprotopnet.structure import structure

AGAIN = "make it again with this version"
MOST_FILES, MOST_BYTES = 200, 16 * 2**20
TRIALS = "trials.json"  # a table of the README, no study


@dataclass(frozen=True)
class Spread:
    """A figure over several trainings: None where it is undefined."""

    mean: float | None
    std: float | None = None
    values: tuple[float | None, ...] = ()
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Gap:
    """By how much the clip accuracy of a row differs from another's."""

    row: str
    against: str
    difference: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Study:
    """Rows of the paper's tables on the same clips: by row, stage, kind of answer and figure."""

    dataset: str
    side: str
    rows: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Spread]]]]
    pairs: tuple[Gap, ...] = ()
    command: str | None = None


@dataclass(frozen=True)
class Estimate:
    """A mean of n values, None of none."""

    n: int
    mean: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class TrueLevel:
    """Evidence of one level: each figure by who points, the network or one that knows nothing."""

    pointing: Mapping[str, Estimate]
    weighted: Mapping[str, Estimate]
    energy: Mapping[str, Estimate]
    iou: Mapping[str, Estimate]
    own_share: Estimate
    prototypes: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """What each cue moves of a level's evidence."""

    own_moves_most: Estimate
    shares: Mapping[str, Estimate]


@dataclass(frozen=True)
class Moment:
    """Whether a level's evidence has its peak while its cue is seen, and how often that would be so by chance."""

    network: Estimate
    chance: float | None


@dataclass(frozen=True)
class TrueBundle:
    """What was found of one bundle."""

    levels: Mapping[str, TrueLevel]
    causes: Mapping[str, Mapping[str, Cause]] = field(default_factory=dict)
    moments: Mapping[str, Moment] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """Whether explanations are true, see `hprotopnet.studies.truth`."""

    side: str
    clips: int
    groups: int
    bundles: Mapping[str, TrueBundle]
    command: str | None = None


@dataclass(frozen=True)
class Pair:
    """How far two explainers agree: rank correlation of their maps, and overlap of their highest tenths."""

    one: str
    other: str
    rank: Estimate
    top: Estimate


@dataclass(frozen=True)
class Explained:
    """What explainers of one network are worth: by method, level and figure what each pointer has."""

    explainers: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Estimate]]]]
    agreement: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Attributions:
    """Whether attributions are true, see `hprotopnet.studies.attribution`."""

    side: str
    clips: int
    groups: int
    networks: Mapping[str, Explained]
    command: str | None = None


@dataclass(frozen=True)
class Valued:
    """A figure over looks; None where it is undefined."""

    value: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Seen:
    """Figures of one kind of network where so much is seen."""

    n: int
    accuracy: Valued
    parent_given_wrong: Valued
    severity: Valued


@dataclass(frozen=True)
class Against:
    """Differences of the first kind to another one."""

    kind: str
    other: str
    rival: str
    parent_given_wrong: Valued
    accuracy: Valued


@dataclass(frozen=True)
class Pays:
    """Where a hierarchy pays, see `hprotopnet.studies.paying`: figures by level of evidence, kind and rival."""

    clips: int
    looks: int
    levels: Mapping[str, Mapping[str, Mapping[str, Seen]]]
    against: tuple[Against, ...] = ()
    verdict: str | None = None
    verdict_beyond_what_costs_nothing: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Kept:
    """How probable the class is where just this share of a clip is kept, with the masks of either schedule."""

    area: float
    levels: Estimate
    published: Estimate


@dataclass(frozen=True)
class Scheduled:
    """Both schedules over clips.

    Attributes:
        time_share: of the processor's time of the published schedule, what ours takes.
    """

    clips: int
    areas: tuple[Kept, ...]
    time_share: Estimate


@dataclass(frozen=True)
class Sought:
    """Which masks were sought, in which network."""

    network: str
    method: str


@dataclass(frozen=True)
class Schedules:
    """Does the project's schedule of masks lose anything, see `hprotopnet.studies.schedules`."""

    about: Sought
    summary: Scheduled
    command: str | None = None


@dataclass(frozen=True)
class Detected:
    """What detectors of one kind are worth.

    Attributes:
        runs: how many were trained.
        figures: mAP by level and overlap, such as "fine average" and "coarse map@0.5".
        against: the same, less those of the reference; None of itself.
        siblings: of wrong labels in the right place, the share that are siblings of the truth.
        concepts: purity and mutual information (NMI) of concepts, by what they are held against.
    """

    runs: int
    figures: Mapping[str, Spread]
    against: Mapping[str, Spread] | None
    siblings: Spread
    concepts: Mapping[str, Mapping[str, Spread]] = field(default_factory=dict)


@dataclass(frozen=True)
class Detectors:
    """Does the tree help a detector of actions in long videos, see `hprotopnet.studies.detectors`."""

    videos: int
    segments: int
    trained_on: int
    rows: Mapping[str, Detected]
    command: str | None = None


@dataclass(frozen=True)
class Step:
    """How many times as far actions get from frame to frame, and how far that is in pixels."""

    times: float
    pixels: float


@dataclass(frozen=True)
class Small:
    """A small network: its size, its work for a clip, and how long that takes."""

    width: int
    frames: int
    parameters: int
    multiply_adds: int
    processor_seconds: float


@dataclass(frozen=True)
class Told:
    """How often a network tells twins apart at a displacement."""

    network: str
    displacement: float
    mean: float | None
    std: float | None = None
    values: tuple[float | None, ...] = ()
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class More:
    """By how much a network is right more often than another one, on the same clips."""

    network: str
    other: str
    displacement: float
    mean: float | None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Displacement:
    """Whether hourglasses do what they claim, see `hprotopnet.studies.displacement`."""

    side: str
    clips: int
    groups: int
    displacements: tuple[Step, ...]
    networks: Mapping[str, Small]
    right: tuple[Told, ...]
    against: tuple[More, ...] = ()
    command: str | None = None


Finding = Study | Truth | Attributions | Pays | Schedules | Detectors | Displacement
KINDS: dict[str, type] = {
    "study": Study,
    "truth": Truth,
    "attribution": Attributions,
    "pays": Pays,
    "schedules": Schedules,
    "detectors": Detectors,
    "displacement": Displacement,
}
TOLD_BY = {
    "study": {"dataset", "rows"},
    "truth": {"bundles", "side"},
    "attribution": {"networks", "parts"},
    "pays": {"levels", "looks"},
    "schedules": {"about", "summary"},
    "detectors": {"rows", "trained_on"},
    "displacement": {"displacements", "right"},
}


def read_findings(folders: Sequence[Path]) -> tuple[dict[str, Finding], list[str]]:
    """Findings by the names of their files, and a line for each file that cannot be understood."""
    found: dict[str, Finding] = {}
    refused = []
    for path in sorted({path.resolve(): path for folder in folders for path in result_files(folder)}):
        try:
            found.setdefault(printable(path.name), read_finding(path))
        except InputError as error:  # to others it is no matter where the folder lies
            refused.append(str(error).replace(f"{path.parent}/", ""))
    return found, refused


def result_files(folder: Path) -> list[Path]:
    """The files of a folder that may be results, at most `MOST_FILES`; `TRIALS` are none."""
    try:
        listed = os.listdir(folder)
    except OSError:  # there is none
        return []
    names = sorted(name for name in listed if name.endswith(".json") and name != TRIALS)
    return [folder / name for name in names[:MOST_FILES]]


def read_finding(path: Path) -> Finding:
    """Read one file; raises `InputError` naming it where it is no result, or not as this version writes it."""
    if check_regular(path) > MOST_BYTES:
        raise InputError(f"{path}: is larger than {MOST_BYTES / 2**20:.0f} MB, so none of the results; take it out")
    data = read_json(path)
    kind = kind_of(data)
    if kind is None:
        raise InputError(f"{path}: is nothing that a study writes; take it out, or {AGAIN}")
    return structure(data, KINDS[kind], path, AGAIN, others=True)


def kind_of(data: Any) -> str | None:
    """What a file's content is, None where it is nothing known."""
    if not isinstance(data, dict):
        return None
    named = data.get("kind")
    if isinstance(named, str) and named in KINDS:
        return named
    return next((kind for kind, fields in TOLD_BY.items() if fields <= data.keys()), None)
