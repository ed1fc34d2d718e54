"""What lies in a folder of class folders, and why some of it is not used."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from hprotopnet.data.groups import SUFFIXES
from hprotopnet.data.pictures import is_picture, list_series
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import MOST_SAID, some

FEWEST_PICTURES = 8  # of a folder that is a video: a third of a second
SAME_NAME = "of the same name as another"
BESIDE = "beside the class folders"
NO_LIST = "folders that cannot be listed"
_DEEPER = "folders deeper than a video"
_THUMBNAILS = re.compile(r"(thumb(nail)?|preview|cover|poster)s?|@eadir|__macosx", re.IGNORECASE)
_TRUTH = ".truth.npz"  # what Pantomime writes beside a video and reads with it
# Lists, words about the data, and what Pantomime writes: they are known, and no videos of classes.
_KNOWN_BESIDE = re.compile(
    r".*(train|test|val)list.*\.txt|classind.*|(readme|licen[cs]e|copying|notice|citation|changelog)\b.*|pantomime\.json"
    r"|films",
    re.IGNORECASE,
)


class LeftOut(NamedTuple):
    """Files and folders that are not used for one reason: how many, and the first few, below the root."""

    count: int
    examples: tuple[str, ...]


class Unused:
    """Collects what is not used below a root, by reason."""

    def __init__(self, root: Path):
        self.root, self.found = root, {}

    def add(self, reason: str, path: Path) -> None:
        """One more that is not used."""
        count, examples = self.found.get(reason, (0, ()))
        if len(examples) < MOST_SAID:
            examples = (*examples, str(path.relative_to(self.root)))
        self.found[reason] = LeftOut(count + 1, examples)


def left_out_notes(left_out: dict[str, LeftOut]) -> list[str]:
    """A line a reason; those whose suffix no video has share one."""
    suffixes = {reason: own for reason, own in left_out.items() if "suffix" in reason}
    notes = [_note(f"not used, {reason}", own) for reason, own in left_out.items() if reason not in suffixes]
    if suffixes:
        counts = sorted(suffixes.items(), key=lambda item: -item[1].count)
        said = ", ".join(f"{own.count} of {reason}" for reason, own in counts[:MOST_SAID])
        more = f" and {len(counts) - MOST_SAID} suffixes more" if len(counts) > MOST_SAID else ""
        examples = tuple(example for _, own in counts for example in own.examples)[:MOST_SAID]
        total = LeftOut(sum(own.count for own in suffixes.values()), examples)
        notes.append(_note(f"not used, no video by name ({said}{more})", total))
    return notes


def _note(what: str, own: LeftOut) -> str:
    more = f" and {own.count - len(own.examples)} more" if own.count > len(own.examples) else ""
    return f"{own.count} {what}: {some(own.examples)}{more}"


def entries(folder: Path) -> list[Path]:
    """What a folder lists, sorted, without hidden files."""
    return sorted(folder / name for name in os.listdir(folder) if not name.startswith("."))


def known_beside(path: Path) -> bool:
    """Whether a file or folder beside the class folders is one that data sets come with."""
    return _KNOWN_BESIDE.fullmatch(path.name) is not None


def videos_in(folder: Path, unused: Unused) -> list[Path]:
    """The videos of a class folder, files and folders of pictures; everything else in it is added to `unused`."""
    found = []
    for path in _listed(folder, unused):
        try:
            reason = _why_no_folder(path, unused) if path.is_dir() else _why_no_file(path)
        except OSError:
            reason = "unreadable"
        if reason:
            unused.add(reason, path)
        else:
            found.append(path)
    return found


def _listed(folder: Path, unused: Unused) -> list[Path]:
    try:
        return [path for path in entries(folder) if not path.name.endswith(_TRUTH)]
    except OSError:
        unused.add(NO_LIST, folder)
        return []


def _why_no_file(path: Path) -> str:
    """Why a file is no video, or nothing."""
    if path.is_symlink() and not path.exists():
        return "dead links"
    if not path.is_file():
        return "neither files nor folders"
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        return f"suffix {suffix}" if re.fullmatch(r"\.[a-z][a-z0-9]{0,7}", suffix) else "no suffix"
    return "" if os.access(path, os.R_OK) else "unreadable"


def _why_no_folder(folder: Path, unused: Unused) -> str:
    """Why a folder is no video, or nothing; of one that is a video, what it holds beside pictures is added."""
    if _THUMBNAILS.fullmatch(folder.name):
        return "folders of thumbnails"
    try:
        inside = [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError:
        return NO_LIST
    others = sorted(folder / name for name in inside if not is_picture(Path(name)))
    if len(inside) - len(others) >= FEWEST_PICTURES:
        for reason, pictures in _beside_frames(folder).items():
            for path in pictures:
                unused.add(f"pictures that are no frames ({reason})", path)
        for path in others:
            unused.add(_DEEPER if path.is_dir() else _why_no_file(path) or "videos deeper than a video", path)
        return ""
    if len(others) < len(inside):
        return f"folders of fewer than {FEWEST_PICTURES} pictures"
    deeper = any(path.is_dir() or path.suffix.lower() in SUFFIXES for path in others)
    return _DEEPER if deeper else "folders without pictures"


def _beside_frames(folder: Path) -> dict[str, list[Path]]:
    """Pictures of a folder that are not those of its film, by reason."""
    try:
        return list_series(folder).left_out
    except InputError:  # said when it is read
        return {}
