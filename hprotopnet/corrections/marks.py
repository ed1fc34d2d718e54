"""Marks: which prototypes a person wants left out, why, and since when; a log as JSON or CSV, read as from a stranger.

A mark names its prototype by number, and by node and source as well, so that a log of another network is told.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.bundles.laws import MOST_LETTERS
from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, read_json, read_text, to_json, visible, write_bytes
from hprotopnet.structure import structure

Why = Literal["beside the point", "wrong place"]
WHYS: tuple[str, ...] = get_args(Why)
AGAIN = "export the log again"
MOST_NOTE = 300  # letters
MOST_MARKS = 20_000
MOST_LOG = 4 * 2**20  # bytes
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how text begins that a spreadsheet takes for a formula


@dataclass(frozen=True)
class Mark:
    """A prototype that a person wants left out.

    Attributes:
        prototype: its number in the bundle.
        node: that owns it.
        video, start: where it comes from.
        why: what is wrong with it.
        note: in the person's own words; may be empty.
        when: time of marking, UTC, as "2026-01-31T12:00:00Z".
    """

    prototype: int
    node: str
    video: str
    start: float
    why: Why
    note: str = ""
    when: str = ""

    def __post_init__(self) -> None:
        texts = {"node": self.node, "video": self.video, "note": self.note, "when": self.when}
        limits = {"node": MOST_LETTERS, "video": MOST_LETTERS, "note": MOST_NOTE, "when": 40}
        for name, text in texts.items():
            if len(text) > limits[name] or visible(text) != text:
                raise InputError(f"the {name} of a mark is too long, or cannot be shown; {AGAIN}")

    def is_of(self, prototype: Prototype) -> bool:
        """Whether this prototype is the one that was marked."""
        same = self.node == prototype.node and self.video == prototype.video
        return same and abs(self.start - prototype.start) < 1e-6


COLUMNS = ("network", "weights", *Mark.__dataclass_fields__)  # of a log as CSV


@dataclass(frozen=True)
class Log:
    """Marks of a network, the oldest first, one at most of a prototype.

    Attributes:
        network: what it was called.
        weights: its `identity`, see `bundles.similarities`.
    """

    network: str
    weights: str
    marks: tuple[Mark, ...] = ()


def mark(bundle: Bundle, prototype: int, why: Why, note: str = "") -> Mark:
    """A mark of now; what cannot be shown of the note goes, and what is too long of it."""
    own = bundle.prototypes[prototype]
    kept = "".join(letter for letter in " ".join(note.split()) if visible(letter) == letter)[:MOST_NOTE]
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Mark(prototype, own.node, own.video, own.start, why, kept, when)


def added(marks: Sequence[Mark], new: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks with more of them; of two of a prototype the later counts."""
    found = {own.prototype: own for own in marks}
    for own in new:
        found.pop(own.prototype, None)
        found[own.prototype] = own
    return tuple(found.values())


def without(marks: Sequence[Mark], prototype: int) -> tuple[Mark, ...]:
    """Marks without that of a prototype."""
    return tuple(own for own in marks if own.prototype != prototype)


def numbers(marks: Iterable[Mark]) -> tuple[int, ...]:
    """Numbers of the marked prototypes, ascending."""
    return tuple(sorted({own.prototype for own in marks}))


def as_json(log: Log) -> str:
    """A log as JSON, which `read_log` reads."""
    return to_json(asdict(log))


def as_csv(log: Log) -> str:
    """A log as CSV, a mark a row, which `read_log` reads; what would be a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    for own in log.marks:
        row = {"network": log.network, "weights": log.weights, **asdict(own)}
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return file.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith((*FORMULAS, "'")) else value


def _harmful(text: str) -> str:
    """What was written before an apostrophe made it harmless."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULAS, "'")) else text


def write_log(path: Path, log: Log) -> None:
    """Write a log as JSON, whole or not at all."""
    write_bytes(path, as_json(log).encode())


def read_log(path: str | Path, bundle: Bundle) -> Log:
    """A log of marks of this network's prototypes, from a JSON or a CSV file.

    Raises `InputError` for a file that is none, or that marks what this network has not.
    """
    if check_regular(path) > MOST_LOG:
        raise InputError(f"{path}: is larger than {MOST_LOG // 2**20} MB, no log of marks; {AGAIN}")
    data = _rows(path) if Path(path).suffix.lower() == ".csv" else read_json(path)
    log = structure(data, Log, path, AGAIN)
    if len(log.marks) > MOST_MARKS:
        raise InputError(f"{path}: holds {len(log.marks)} marks, at most {MOST_MARKS} are read; {AGAIN}")
    _check(path, log, bundle)
    return Log(log.network, log.weights, added((), log.marks))


def _rows(path: str | Path) -> dict[str, Any]:
    """A CSV file as the JSON would have it."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path)), strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: not a table of commas ({error}); {AGAIN}") from error
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise InputError(f"{path}: no log of marks, its columns are not {', '.join(COLUMNS)}; {AGAIN}")
    return {"network": rows[0]["network"], "weights": rows[0]["weights"], "marks": [_typed(row) for row in rows]}


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: _harmful(row[name] or "") for name in Mark.__dataclass_fields__}
    for name, kind in (("prototype", int), ("start", float)):
        try:
            found[name] = kind(found[name])
        except ValueError:  # which is said as what it is
            continue
    return found


def _check(path: str | Path, log: Log, bundle: Bundle) -> None:
    rows = bundle.prototypes
    for own in log.marks:
        if not 0 <= own.prototype < len(rows) or not own.is_of(rows[own.prototype]):
            raise InputError(
                f"{path}: marks prototype {own.prototype} of '{own.node[:80]}', which {bundle.name} has not; give a log"
                " of this network"
            )


def parse_numbers(text: str, bundle: Bundle) -> tuple[int, ...]:
    """Numbers of prototypes from "12,57"; raises `InputError` for what is none of this network's."""
    count, found = len(bundle.prototypes), set()
    for word in filter(None, (word.strip() for word in text.split(","))):
        if not (word.isascii() and word.isdigit() and int(word[:9]) < count and len(word) < 9):
            raise InputError(
                f"'{visible(word[:40])}' is no prototype of {bundle.name}; give numbers from 0 to {count - 1}",
                "--without 12,57",
            )
        found.add(int(word))
    return tuple(sorted(found))
