"""Data as the authors ship it: arrays of lists, one entry a video, joined by position.

fine_to_coarse_mappings.json  number of each fine class -> number of its coarse one
video_names.npy               name of each video
labels.npy                    of each video its segments' (coarse, fine) numbers, or fine ones alone
segments.npy                  of each video its segments' start and end in seconds
sec2clip_ratios.npy           of each video its clips per second
fine_id2label.json, coarse_id2label.json
                              names of classes, where they are known

Features come as one file a video, see `clips`; the authors' single file of all videos must be parted by name.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hprotopnet.errors import InputError
from hprotopnet.files import read_json, visible
from hprotopnet.hierarchy.tree import Hierarchy, from_rows
from hprotopnet.structure import structure
from hprotopnet.temporal.annotations import TRAINING, LongVideo, LongVideos, check_names, long_video
from hprotopnet.temporal.clips import Features, features_in
from hprotopnet.temporal.lists import read_lists

MAPPING = "fine_to_coarse_mappings.json"
FILES = ("video_names.npy", "labels.npy", "segments.npy", "sec2clip_ratios.npy")
LEVELS = ("class", "parent")


def read_published(folder: str | Path, features: str | Path, training: int, width: int | None = None) -> LongVideos:
    """Read a data set in the authors' form.

    Args:
        features: folder of one `.npy` file a video.
        training: how many videos, from the first, are trained on; the others are tested on.
        width: D of the features, or that of the first video's.

    Raises `InputError`, one line that names the file, for whatever does not fit.
    """
    folder = Path(folder)
    mapping = _read_mapping(folder / MAPPING)
    hierarchy = _tree(mapping, folder)
    names, labels, segments, ratios = (read_lists(folder / name) for name in FILES)
    for name, rows in zip(FILES, (names, labels, segments, ratios), strict=True):
        if len(rows) != len(names):
            raise InputError(f"{folder / name}: has {len(rows)} entries for {len(names)} videos; get the files again")
    names = [str(name) for name in names]
    check_names(str(folder / FILES[0]), names)
    if not 0 < training <= len(names):
        raise InputError(f"{folder}: {training} of {len(names)} videos cannot be trained on; give another number")
    clips = features_in(features, names, width)
    videos = [
        _video(folder, mapping, clips, *row, TRAINING if number < training else "testing")
        for number, row in enumerate(zip(names, labels, segments, ratios, strict=True))
    ]
    return LongVideos(hierarchy, tuple(videos), clips)


def _read_mapping(path: Path) -> list[int]:
    """Number of the coarse class of each fine one."""
    found = structure(read_json(path), dict[str, int], path)
    try:
        numbers = {int(fine): coarse for fine, coarse in found.items()}
    except ValueError as error:
        raise InputError(f"{path}: names a fine class that is no number; get the file again") from error
    coarse = set(numbers.values())
    if sorted(numbers) != list(range(len(found))) or sorted(coarse) != list(range(len(coarse))) or not found:
        raise InputError(f"{path}: its classes are not numbered 0, 1, 2 ... without a gap; get the file again")
    return [numbers[fine] for fine in range(len(numbers))]


def _tree(mapping: Sequence[int], folder: Path) -> Hierarchy:
    """The tree with the names that lie beside it, else with numbers; a coarse class never has the name of a fine one.

    Coarse classes are numbered in the tree as they first appear, which may not be as in the files: none is read there.
    """
    fine = _names(folder / "fine_id2label.json", len(mapping), "class")
    coarse = _names(folder / "coarse_id2label.json", max(mapping) + 1, "group")
    coarse = [f"{name} (all)" if name in fine else name for name in coarse]
    rows = [dict(zip(LEVELS, (name, coarse[own]), strict=True)) for name, own in zip(fine, mapping, strict=True)]
    return from_rows(rows, LEVELS, str(folder / MAPPING))


def _names(path: Path, count: int, otherwise: str) -> list[str]:
    if not path.exists():
        return [f"{otherwise} {number}" for number in range(count)]
    found = structure(read_json(path), dict[str, str], path)
    if found.keys() != set(map(str, range(count))):
        raise InputError(f"{path}: does not name the classes 0 to {count - 1}, as {MAPPING} has them; get it again")
    return [" ".join(found[str(number)].split()) for number in range(count)]


def _video(
    folder: Path, mapping: Sequence[int], clips: Features, name: str, labels: Any, times: Any, ratio: Any, subset: str
) -> LongVideo:
    where = f"video '{visible(name)}'"
    fine = [_fine(own, mapping, f"{folder / FILES[1]}: {where}") for own in _rows(labels, folder / FILES[1], where)]
    pairs = _rows(times, folder / FILES[2], where)
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair))):
            raise InputError(f"{folder / FILES[2]}: {where} has a segment that is no start and end; correct it")
    if len(pairs) != len(fine):
        raise InputError(f"{folder / FILES[2]}: {where} has {len(pairs)} segments and {len(fine)} labels; correct it")
    if not _is_number(ratio):
        raise InputError(f"{folder / FILES[3]}: {where} has no number of clips a second; give one above 0")
    source = folder / (FILES[2] if ratio > 0 else FILES[3])
    return long_video(str(source), name, clips.count(name), ratio, pairs, fine, subset)


def _rows(value: Any, path: Path, where: str) -> list:
    if not isinstance(value, list):
        raise InputError(f"{path}: {where} has a single value where a list belongs; correct it")
    return value


def _fine(label: Any, mapping: Sequence[int], where: str) -> int:
    """The fine class of a segment, of its number alone or of those of both levels, which must fit each other."""
    coarse, fine = label if isinstance(label, list) and len(label) == 2 else (None, label)
    if not isinstance(fine, int) or not 0 <= fine < len(mapping):
        raise InputError(f"{where}: there is no fine class {str(fine)[:50]}; give one of 0 to {len(mapping) - 1}")
    if coarse is not None and coarse != mapping[fine]:
        raise InputError(f"{where}: class {fine} lies in {mapping[fine]}, not {str(coarse)[:50]}; correct it")
    return fine


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
