"""Which videos are trained on, which choose the settings, and which are tested on.

Footage of one group looks alike (the same scene filmed in one go), so a group never lies on two sides: that would
measure memory and not understanding.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from hprotopnet.data.groups import SUFFIXES
from hprotopnet.errors import InputError
from hprotopnet.files import read_text

TEST_GROUPS = tuple(f"g{number:02d}" for number in range(1, 8))  # those of the official split 01 of UCF-101
TEST_EVERY = 5  # of videos without groups, every fifth of a class is tested on


@dataclass(frozen=True)
class Video:
    """A video of a class.

    Attributes:
        name: "Class/video", the key that joins everything.
        path: where it lies now, a file or a folder of pictures.
        label: its class, as the hierarchy spells it.
        group: footage that looks alike and must stay on one side of a split: "g07" of `v_Archery_g07_c02`,
            for any other name the video alone.
    """

    name: str
    path: Path
    label: str
    group: str


class Split(NamedTuple):
    """Videos to learn from, to choose by and to test on, each by name; `record` says how they were parted (JSON)."""

    train: tuple[Video, ...]
    validation: tuple[Video, ...]
    test: tuple[Video, ...]
    record: dict[str, Any]


def present_classes(videos: Iterable[Video]) -> tuple[str, ...]:
    """Classes that some of the videos show, sorted; `Hierarchy.restrict` takes them."""
    return tuple(sorted({video.label for video in videos}))


def make_split(
    videos: Sequence[Video],
    split_file: str | Path | None,
    root: str | Path,
    validation_share: float = 0.2,
    test_groups: Sequence[str] = TEST_GROUPS,
    to_train: bool = True,
) -> Split:
    """Part videos into training, validation and test so that no group is on two sides.

    What is tested on is decided by the first of these that there is: `split_file`, one of a pair of list files in
    the form of UCF-101 (`trainlist01.txt`, `testlist01.txt`); the pair of lowest number in `root`; the groups
    `test_groups`; for videos without groups, every fifth of a class. Validation comes out of training: of its sorted
    groups, or of the videos of a class where they have none, every 1/`validation_share`-th from the first.

    Listed videos that are absent are counted in the record, present ones that no list names are left out and counted.
    Raises `InputError` when a list cannot be used, a group is on two sides, or nothing is left to train on; with
    `to_train` false, when nothing is left at all.
    """
    lists = _list_files(split_file, Path(root))
    if lists:
        learnt, tested, record = _split_by_lists(videos, lists)
    else:
        learnt, tested, record = _split_by_rule(videos, test_groups)
    held_out = _validation_groups(learnt, validation_share)
    sides = {
        "train": [video for video in learnt if video.group not in held_out],
        "validation": [video for video in learnt if video.group in held_out],
        "test": tested,
    }
    _check_sides(sides, record["source"])
    if not (learnt if to_train else learnt or tested):
        aim = "train on; give list files, or more groups" if to_train else "look at; give the list files of this data"
        raise InputError(f"{record['source']}: leaves no video to {aim}")
    for side, members in sides.items():
        missing = sorted(set(present_classes(videos)) - set(present_classes(members)))
        names = "\n".join(sorted(video.name for video in members))
        digest = hashlib.sha256(names.encode()).hexdigest()
        record[side] = {"videos": len(members), "names_sha256": digest, "classes_without": missing}
    return Split(*(tuple(sorted(members, key=lambda video: video.name)) for members in sides.values()), record)


def _list_files(split_file: str | Path | None, root: Path) -> tuple[Path, Path] | None:
    """Train and test list: the given file and its partner, else the pair of lowest number in `root`, if any."""
    if split_file is None:
        pairs = [(path, _partner(path)) for path in sorted(root.glob("trainlist*.txt"))]
        return next((pair for pair in pairs if pair[1].is_file()), None)
    given = Path(split_file)
    if not re.search("train|test", given.name):
        raise InputError(f"{given}: not named as a list file; name the pair trainlist01.txt and testlist01.txt")
    partner = _partner(given)
    for path in (given, partner):
        if not path.is_file():
            raise InputError(f"{path}: there is no such list file; a split is a pair, train and test, in one folder")
    return (given, partner) if "train" in given.name else (partner, given)


def _partner(path: Path) -> Path:
    swapped = {"train": "test", "test": "train"}
    return path.with_name(re.sub("train|test", lambda match: swapped[match[0]], path.name, count=1))


def _split_by_lists(
    videos: Sequence[Video], lists: tuple[Path, Path]
) -> tuple[list[Video], list[Video], dict[str, Any]]:
    by_key = {_key(video.name): video for video in videos}
    classes = {key.split("/")[0] for key in by_key}
    listed = [_read_list(path) for path in lists]
    sides = [[by_key[key] for key in keys if key in by_key] for keys in listed]
    absent = [key for keys in listed for key in keys if key not in by_key]
    if not any(sides):
        raise InputError(f"{lists[0]}: none of its videos lies in the data folder; give the list files of this data")
    return *sides, {
        "source": f"{lists[0].name}, {lists[1].name}",
        "files_sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lists},
        "absent": sum(key.split("/")[0] in classes for key in absent),
        "of_other_classes": sum(key.split("/")[0] not in classes for key in absent),
        "unlisted": len(by_key.keys() - set(listed[0]) - set(listed[1])),
    }


def _read_list(path: Path) -> list[str]:
    """Keys of the videos in a list file: `Class/video.avi`, after it perhaps a label number, which is not believed.

    The number may stand behind a blank, a comma or a semicolon, and the name in quotes.
    """
    keys = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        entry = re.sub(r"[\s,;]+\d+$", "", line.strip()).strip("\"'").replace("\\", "/")
        if "/" not in entry:
            raise InputError(f"{path}: line {number} does not read Class/video.avi; correct it")
        keys[_key(entry.removesuffix(Path(entry).suffix) if Path(entry).suffix.lower() in SUFFIXES else entry)] = number
    return list(keys)


def _key(name: str) -> str:
    """What a listed and a found video must share: class by letters and digits, video but for upper and lower case."""
    folder, video = name.casefold().split("/")[-2:]
    return "".join(filter(str.isalnum, folder)) + "/" + video


def _split_by_rule(
    videos: Sequence[Video], test_groups: Sequence[str]
) -> tuple[list[Video], list[Video], dict[str, Any]]:
    alone = {group for pool in _pools(video for video in videos if _is_alone(video)) for group in pool[1::TEST_EVERY]}
    held_out = alone | set(test_groups)
    sides = [[video for video in videos if (video.group in held_out) == side] for side in (False, True)]
    tested = sorted({video.group for video in sides[1] if not _is_alone(video)})
    rules = [f"test groups {', '.join(tested)}"] if tested else []
    rules += [f"one in {TEST_EVERY} videos of each class tested"] if alone else []
    return *sides, {"source": "rule: " + "; ".join(rules or ["nothing to test on"])}


def _validation_groups(learnt: Sequence[Video], share: float) -> set[str]:
    if not 0 <= share <= 0.5:
        raise InputError(f"a validation share of {share} is not possible; choose one from 0 to 0.5")
    every = round(1 / max(share, 1e-9)) if share else None  # the smallest floats have no reciprocal
    return {group for pool in _pools(learnt) if every and len(pool) > 1 for group in pool[::every]}


def _pools(videos: Iterable[Video]) -> list[list[str]]:
    """Sorted groups to choose from: those that classes share in one pool, videos without a group class by class."""
    pools: dict[str | None, set[str]] = {}
    for video in videos:
        pools.setdefault(video.label if _is_alone(video) else None, set()).add(video.group)
    return [sorted(pool) for pool in pools.values()]


def _is_alone(video: Video) -> bool:
    return video.group == video.name


def _check_sides(sides: dict[str, list[Video]], source: str) -> None:
    groups = {side: {video.group for video in members} for side, members in sides.items()}
    for one, other in combinations(groups, 2):
        for group in sorted(groups[one] & groups[other]):
            raise InputError(
                f"{source}: group '{group}' is in {one} and in {other}, and its footage looks alike;"
                " list all of it on one side"
            )
