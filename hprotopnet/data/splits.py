"""Which videos are trained on, which choose the settings, and which are tested on.

Footage of one group looks alike (the same scene filmed in one go), so a group never lies on two sides: that would
measure memory and not understanding.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from hprotopnet.data.groups import unused_groups
from hprotopnet.data.lists import find_lists, read_list
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import fold, some

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
    """Videos to learn from, to choose by and to test on, each by name.

    `record` says how they were parted (JSON), `notes` what is odd about it, in sentences.
    """

    train: tuple[Video, ...]
    validation: tuple[Video, ...]
    test: tuple[Video, ...]
    record: dict[str, Any]
    notes: tuple[str, ...] = ()


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

    Listed videos that are absent are counted in the record, present ones that no list names are left out and counted;
    both are said in its notes.
    Raises `InputError` when a list cannot be used, a group is on two sides, or nothing is left to train on; with
    `to_train` false, when nothing is left at all.
    """
    lists = find_lists(split_file, Path(root))
    if lists:
        learnt, tested, record, notes = _split_by_lists(videos, lists)
    else:
        learnt, tested, record = _split_by_rule(videos, test_groups)
        notes = ungrouped_note(videos)
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
    parts = (tuple(sorted(members, key=lambda video: video.name)) for members in sides.values())
    return Split(*parts, record, tuple(notes))


def ungrouped_note(videos: Iterable[Video]) -> list[str]:
    """A line on videos without a group whose names seem to tell one, if there are any; see `unused_groups`."""
    line = unused_groups(video.name for video in videos if _is_alone(video))
    return [line] if line else []


def _split_by_lists(
    videos: Sequence[Video], lists: tuple[Path, Path]
) -> tuple[list[Video], list[Video], dict[str, Any], list[str]]:
    by_name = {video.name: video for video in videos}
    learnt, tested = listed = [read_list(path, by_name) for path in lists]
    for name in learnt.found.keys() & tested.found.keys():
        lines = f"line {tested.found[name]} names '{name}', as line {learnt.found[name]} of {lists[0].name} does"
        raise InputError(f"{lists[1]}: {lines}; list it on one side")
    if not (learnt.found or tested.found):
        raise InputError(f"{lists[0]}: none of its videos lies in the data folder; give the list files of this data")
    classes = {fold(video.label) for video in videos}
    missing = [name for own in listed for name in own.absent]
    absent = [name for name in missing if fold(name.split("/")[0]) in classes]
    unlisted = [name for name in by_name if name not in learnt.found and name not in tested.found]
    repeated = learnt.repeated + tested.repeated
    record = {
        "source": f"{lists[0].name}, {lists[1].name}",
        "files_sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lists},
        "absent": len(absent),
        "of_other_classes": len(missing) - len(absent),
        "unlisted": len(unlisted),
    }
    notes = [f"{len(absent)} listed videos of its classes are absent: {some(absent)}"] if absent else []
    notes += [f"{len(unlisted)} videos are in no list and left out: {some(unlisted)}"] if unlisted else []
    notes += [f"{len(missing) - len(absent)} listed videos are of other classes"] if len(missing) > len(absent) else []
    notes += [f"{repeated} lines name a video again"] if repeated else []
    sides = ([by_name[name] for name in own.found] for own in listed)
    return *sides, record, [f"{record['source']}: {note}" for note in notes]


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
