"""What makes a run this run and no other, compared before anything is computed when it is started again."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hprotopnet.config import OF_SEGMENTS, Augmentation, ClipConfig, Config, Descent
from hprotopnet.data.splits import Split, Video
from hprotopnet.data.versions import versions
from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json, writing
from hprotopnet.hierarchy.tree import Hierarchy

OTHERWISE = "choose another --name or --out, or add --again"
MOST_SAID = 4  # differences, and names in one of them
_STAMP = re.compile(r"\d+ bytes of ")
NOTED = ("damaged", "left_out", "unreadable")  # in the record of a split, for readers
USUAL = {"dropout": 0.0, "descent": asdict(Descent()), "augmentation": asdict(Augmentation())}  # of a stage
USUAL = json.loads(json.dumps(USUAL))
LONGEST_SAID = 60  # characters of a value; hashes are longer


def run_parts(config: Config, hierarchy: Hierarchy, split: Split, contents: Mapping[Video, str]) -> dict[str, Any]:
    """What decides a run, as named parts of plain data; `contents` are the hashes of the videos that can be read."""
    videos = {video.name: contents[video] for video in (*split.train, *split.validation) if video in contents}
    parts = {
        "config": asdict(config),
        "hierarchy": hierarchy.to_dict(),
        "split": split.record,
        "videos": videos,
        "versions": versions(),
    }
    return json.loads(json.dumps(parts))


def state_folder(folder: Path, parts: dict[str, Any], again: bool, remedy: str = OTHERWISE) -> Path:
    """Where a run keeps its state.

    Raises `InputError` that says what differs where `folder` holds the state of a run of other parts; with `again`
    that state is forgotten.
    """
    state = folder / "state"
    if again and state.is_dir():
        with writing(state):
            shutil.rmtree(state)
    if (state / "config.json").exists():
        before = _before(state / "config.json", parts)
        found = list(differences(_deciding(before), _deciding(parts)))
        if found:
            said = _first(found, "; ")
            raise InputError(f"{folder}: holds a run that differs: {said}; {remedy}")
    write_json(state / "config.json", parts)
    return state


def _before(file: Path, parts: dict[str, Any]) -> dict[str, Any]:
    """Parts of the run that a file notes; what its version did not note of them is taken to be as it is now.

    Videos were noted by size and time of writing, which tell nothing of a copy.
    """
    before = read_json(file)
    if not isinstance(before, dict):
        raise InputError(f"{file}: holds no run; start with --again")
    before = {name: parts[name] for name in ("videos", "versions")} | before
    if isinstance(before["videos"], dict):
        now = parts["videos"]
        videos = {name: now.get(name, own) if _STAMP.match(str(own)) else own for name, own in before["videos"].items()}
        before["videos"] = videos
    return before


def _deciding(parts: dict[str, Any]) -> dict[str, Any]:
    """Parts without what decides nothing: the name of the run, and what was found out about videos or not used.

    Earlier versions, which noted nothing of segments, had none; nor other descents and augmentations than the usual.
    """
    config = {key: value for key, value in parts.get("config", {}).items() if key != "name"}
    if isinstance(config.get("clip"), dict):
        config["clip"] = {name: getattr(ClipConfig(), name) for name in OF_SEGMENTS} | config["clip"]
    if isinstance(config.get("stages"), list):
        config["stages"] = [USUAL | own if isinstance(own, dict) else own for own in config["stages"]]
    split = {key: value for key, value in parts.get("split", {}).items() if key not in NOTED}
    return parts | {"config": config, "split": split}


def differences(before: Any, now: Any, where: str = "") -> Iterator[str]:
    """In words, each place in which plain data is not what it was; rows with a name are told apart by it."""
    if before == now:
        return
    old, new = _by_name(before), _by_name(now)
    if not (isinstance(old, dict) and isinstance(new, dict)):
        long = max(len(repr(new)), len(repr(old))) > LONGEST_SAID
        yield f"{where}: {'not what it was' if long else f'{new!r}, was {old!r}'}"
        return
    added, removed = [key for key in new if key not in old], [key for key in old if key not in new]
    for names, what in ((added, "added"), (removed, "removed")):
        if names:
            quoted = [f"'{name}'" for name in names]
            yield f"{where or 'the run'}: {_first(quoted, ', ')} {what}"
    for key in new:
        if key in old:
            yield from differences(old[key], new[key], f"{where} {key}".lstrip())
    if old == new:
        yield f"{where}: in another order"


def _by_name(value: Any) -> Any:
    """A list of rows that have names as a mapping by name, anything else as it is."""
    for key in ("class", "name"):
        if isinstance(value, list) and all(isinstance(row, dict) and key in row for row in value):
            named = {row[key]: row for row in value}
            return named if len(named) == len(value) else value
    return value


def _first(parts: list[str], separator: str) -> str:
    more = len(parts) - MOST_SAID
    return separator.join(parts[:MOST_SAID]) + (f" and {more} more" if more > 0 else "")
