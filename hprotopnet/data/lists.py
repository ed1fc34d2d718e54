"""List files that say which videos are on one side of a split, in the forms in which people have them.

A line reads `Class/video.avi`, as in UCF-101, after it perhaps a label number or the numbers of frames and label, which
are not believed. Folders above the class are passed over. A table with a header is read by its columns.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from hprotopnet.data.groups import SUFFIXES, without_suffix
from hprotopnet.errors import InputError
from hprotopnet.files import printable, read_text, split_lines, visible
from hprotopnet.hierarchy.names import composed, fold, normal

MOST_LINES = 1_000_000  # of a list: no data set of videos has more
LONGEST_LINE = 5000  # characters: no path has more
MOST_NUMBERS = 2  # behind a name: of its frames, of its label
_SIDE = re.compile(r"(train|test)(?=list)|(?<![^\W_])(train|test)(?![^\W_])|(train|test)", re.IGNORECASE)
_BEHIND = r"(?:[\s,;]+(?P<rest>.*))?"
_WITH_SUFFIX = re.compile(rf"(?P<name>.*(?:{'|'.join(map(re.escape, SUFFIXES))})){_BEHIND}", re.IGNORECASE)
_QUOTED = re.compile(rf"""(?P<quote>["'])(?P<name>(?:(?!(?P=quote)).|(?P=quote)(?P=quote))*)(?P=quote){_BEHIND}""")
# A run of blanks is tried from its beginning only, or long ones would take for ever.
_NUMBER = re.compile(r"(?<![\s,;])[\s,;]+\d+$")
_LAST = re.compile(r"(.*?)(?<![\s,;])[\s,;]+([^\s,;]+)")
_KINETICS = re.compile(r"[^/]*,\s*[\w-]{11},\s*\d+,\s*\d+(,.*)?")  # label, clip on YouTube, seconds
# Columns of tables, by what they hold.
_VIDEO = ("path", "video", "video_path", "video_name", "file", "filename", "file_name", "name", "clip", "clip_name")
_LABEL = ("label", "class", "class_name", "category", "action")
_YOUTUBE = {"youtube_id", "yt_id", "ytid", "youtube"}
_PART = {"start", "end", "stop", "time_start", "time_end", "start_time", "end_time", "start_frame", "end_frame"}
_WORDS = {*_VIDEO, *_LABEL, "frames", "num_frames", "total_frames"}  # of a header between blanks


class Entry(NamedTuple):
    """A line of a list: what it may name, "Class/video", by how many of the numbers at its end are none of the name."""

    line: int
    names: tuple[str, ...]
    certain: bool  # whether every reading is as likely, because a suffix or quotes end the name


class Listed(NamedTuple):
    """What a list names: videos that are there, each with its line, names that are not, and how many came again."""

    found: dict[str, int]
    absent: list[str]
    repeated: int


def find_lists(split_file: str | Path | None, root: Path) -> tuple[Path, Path] | None:
    """Train and test list: the given file and its partner, else the pair of lowest number in `root`, if any."""
    if split_file is None:
        pairs = [(path, _partner(path)) for path in sorted(root.glob("trainlist*.txt"), key=_number)]
        return next((pair for pair in pairs if pair[1].is_file()), None)
    given = Path(split_file)
    side = _side(given)
    if side is None:
        raise InputError(f"{given}: not named as a list file; name the pair trainlist01.txt and testlist01.txt")
    partner = _partner(given)
    for path in (given, partner):
        if not path.is_file():
            raise InputError(f"{path}: there is no such list file; a split is a pair, train and test, in one folder")
    return (given, partner) if side[0].lower() == "train" else (partner, given)


def _number(path: Path) -> tuple[int, str]:
    digits = re.findall(r"\d+", path.stem)
    return int(digits[-1]) if digits else 0, path.name


def _side(path: Path) -> re.Match | None:
    """Where the name of a list says its side: before "list", else as a word of its own, else anywhere."""
    found = list(_SIDE.finditer(path.name))
    return next((match for kind in (1, 2, 3) for match in found if match[kind]), None)


def _partner(path: Path) -> Path:
    side = _side(path)
    other = {"train": "test", "test": "train"}[side[0].lower()]
    other = other.upper() if side[0].isupper() else other.title() if side[0][0].isupper() else other
    return path.with_name(path.name[: side.start()] + other + path.name[side.end() :])


def read_list(path: Path, names: Iterable[str]) -> Listed:
    """Which of some videos, by name, a list file names.

    Names are the same exactly, or else when their classes share letters and digits, or else when the videos differ
    in upper and lower case only. Raises `InputError` with the number of a line that cannot be understood, or that may
    name several videos.
    """
    known, entries = _Names(names), list(tqdm(_entries(path), path.name, unit="line", delay=2))
    usual = _usual_numbers(entries, known)
    found, absent, repeated = {}, {}, 0
    for entry in entries:
        name = _meant(entry, usual, known)
        own = known.find(name)
        if len(own) > 1:
            several = " or ".join(f"'{visible(other)}'" for other in own)
            raise InputError(f"{path}: line {entry.line} may name {several}; write it as the file is called")
        repeated += bool(own) and own[0] in found
        absent |= {} if own else {_keys(name)[-1]: name}
        found |= {other: entry.line for other in own if other not in found}
    return Listed(found, [*absent.values()], repeated)


class _Names:
    """Names of videos, found by other spellings."""

    def __init__(self, names: Iterable[str]):
        self.tables: list[dict[str, list[str]]] = [{}, {}, {}]
        for name in names:
            for table, key in zip(self.tables, _keys(name), strict=True):
                table.setdefault(key, []).append(name)

    def find(self, name: str) -> list[str]:
        """The videos that a name may mean, by the strictest comparison that finds any."""
        hits = (table.get(key) for table, key in zip(self.tables, _keys(name), strict=True))
        return next(filter(None, hits), [])


def _keys(name: str) -> tuple[str, str, str]:
    label, _, video = name.partition("/")
    return composed(name), f"{fold(label)}/{composed(video)}", f"{fold(label)}/{normal(video)}"


def _usual_numbers(entries: Iterable[Entry], known: _Names) -> int:
    """How many numbers stand behind the names of a list, by how many videos it then names; one where it names none."""
    named: dict[int, set[str]] = {}
    for entry in entries:
        for count, name in enumerate(() if entry.certain else entry.names):
            named.setdefault(count, set()).update(known.find(name)[:1])
    return max(named, key=lambda count: (len(named[count]), -count)) if any(named.values()) else 1


def _meant(entry: Entry, usual: int, known: _Names) -> str:
    """The first reading that names a known video, beginning with the usual one; that one where none does."""
    first = 0 if entry.certain else min(usual, len(entry.names) - 1)
    readings = [entry.names[first], *entry.names]
    return next((name for name in readings if known.find(name)), readings[0])


def _entries(path: Path) -> Iterator[Entry]:
    lines = split_lines(read_text(path))
    _check_size(path, lines)
    first = next(filter(str.strip, lines), "")
    header = [] if re.search(r"[/\\]", first) else [field.strip("\"' ").lower() for field in re.split("[,;\t]", first)]
    clips = _YOUTUBE.intersection(header) or _KINETICS.fullmatch(first)
    if clips or (len(header) > 1 and _PART.intersection(header)):
        form = "YouTube clips, as of Kinetics" if clips else "parts of videos"
        raise InputError(f"{path}: lists {form} ({visible(first[:60])}); list files instead, a line Class/video.avi")
    if set(header).intersection(_VIDEO + _LABEL):
        return _table_entries(path, lines, header)
    start = lines.index(first) + 1 if first and set(first.lower().split()) <= _WORDS else 0
    rows = enumerate(lines[start:], start=start + 1)
    return (_entry(path, number, line.strip()) for number, line in rows if line.strip())


def _check_size(path: Path, lines: list[str]) -> None:
    if len(lines) > MOST_LINES:
        raise InputError(f"{path}: has {len(lines)} lines, at most {MOST_LINES} can be used; give a smaller list")
    long = next((number for number, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE), None)
    if long:
        raise InputError(f"{path}: line {long} has more than {LONGEST_LINE} characters; correct it")


def _table_entries(path: Path, lines: list[str], header: list[str]) -> Iterator[Entry]:
    """Lines of a table with a header: the column of the video, with that of the class where it does not name one."""
    start = next(number for number, line in enumerate(lines) if line.strip())
    separator = max(",;\t", key=lines[start].count)
    video = next((i for i, own in enumerate(header) if own in _VIDEO), None)
    label = next((i for i, own in enumerate(header) if own in _LABEL), None)
    if video is None:
        raise InputError(f"{path}: its header names no column of videos; call it video")
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        fields = _fields(path, number, line, separator)
        name = fields[video].replace("\\", "/") if video < len(fields) else ""
        if "/" not in name and label is not None and label < len(fields):
            name = f"{fields[label]}/{name}"
        if line.strip():
            yield Entry(number, _readings(path, number, name), True)


def _fields(path: Path, number: int, line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        raise InputError(f"{path}: line {number} cannot be read ({error}); correct it") from error


def _entry(path: Path, number: int, line: str) -> Entry:
    """A line that is no row of a table; where neither suffix nor quotes end the name, numbers may belong to it."""
    ended = _QUOTED.fullmatch(line) or _WITH_SUFFIX.fullmatch(line)
    if not ended:
        cut = [line]
        while len(cut) <= MOST_NUMBERS and _NUMBER.search(cut[-1]):
            cut.append(_NUMBER.sub("", cut[-1]))
        named = _readings(path, number, line)[-1].split("/")[0]
        last = _LAST.fullmatch(line)
        cut += [last[1]] if last and fold(last[2]) == fold(named) else []
        return Entry(number, tuple(_readings(path, number, reading)[-1] for reading in cut), False)
    quote = ended.groupdict().get("quote")
    readings = _readings(path, number, ended["name"].replace(2 * quote, quote) if quote else ended["name"])
    rest = (ended["rest"] or "").strip("\"' ,;")
    fields = re.split(r"[\s,;]+", rest) if rest else []
    numbers = len(fields) <= MOST_NUMBERS and all(map(str.isdigit, fields))
    if not numbers and fold(rest) != fold(readings[0].split("/")[0]):
        said = f"line {number} has '{visible(rest[:40])}' behind the name"
        raise InputError(f"{path}: {said}; write Class/video.avi, and a label at most")
    return Entry(number, readings, True)


def _readings(path: Path, number: int, name: str) -> tuple[str, ...]:
    """Class and video of a path, without the suffix and with it: it may have been put before another."""
    parts = [part.strip() for part in name.replace("\\", "/").split("/") if part.strip() not in ("", ".")]
    if len(parts) < 2:
        raise InputError(f"{path}: line {number} does not read Class/video.avi; correct it")
    listed = "/".join(map(printable, parts[-2:]))
    return tuple(dict.fromkeys([without_suffix(listed), listed]))
