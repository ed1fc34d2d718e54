"""A hierarchy file as rows of text: its separator, its header, and what people save by mistake."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from hprotopnet.errors import InputError
from hprotopnet.files import read_text, split_lines
from hprotopnet.hierarchy.names import composed, is_plain

SEPARATORS = ",;\t"  # of spreadsheets; no level name holds one of them
MOST_ROWS = 10_000  # more than any tree can have, as are the following
MOST_COLUMNS = 34
MOST_CHARACTERS = 2000  # of a field
HEADER = "class,parent[,grandparent,...][,display][,note]"
_BEGINNING = 100_000  # characters in which the first line is looked for


def read_rows(path: str | Path) -> tuple[list[dict[str, str]], tuple[str, ...], list[int]]:
    """Rows and level names of a hierarchy file, unchecked, and the line of the file on which each row begins.

    Separated by commas, semicolons or tabs, whichever the first line has most of; any line ends; in the encodings of
    `read_text`. Blank lines are no rows. Raises `InputError` for a file that is no table with a header, or is larger
    than any tree: so many rows, columns or characters of a field.
    """
    text = composed(read_text(path))
    first = split_lines(text.lstrip()[:_BEGINNING])[0]
    records = list(_records(text, max(SEPARATORS, key=first.count), path))
    header = records[0][1] if records else []
    level_names = tuple(column for column in header if column not in ("display", "note"))
    if len(level_names) < 2 or level_names[0] != "class" or len(set(header)) < len(header):
        raise InputError(f"{path}: {_without_header(first, header)}")
    for name in level_names:
        if not is_plain(name):
            raise InputError(f"{path}: level name {name!r} must be made of letters, digits, blanks, - and _ only")
    return [_row(header, fields) for _, fields in records[1:]], level_names, [line for line, _ in records[1:]]


def _records(text: str, separator: str, path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Fields of each row that is not blank, after the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        rows = 0
        for fields in reader:
            if len(fields) > 1 or "".join(fields).strip():
                _check_size(fields, rows, f"{path}: line {line}")
                yield line, fields
                rows += 1
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file (from line {line} on: {error}); save it as one") from error


def _check_size(fields: list[str], rows: int, where: str) -> None:
    """Raise `InputError` for more than a tree may have, before it is kept; `rows` come before, the header first."""
    if rows > MOST_ROWS:
        raise InputError(f"{where} comes after {MOST_ROWS} classes, and no more are read; give a smaller tree")
    if len(fields) > MOST_COLUMNS:
        raise InputError(f"{where} has {len(fields)} fields, and at most {MOST_COLUMNS} are read; give fewer levels")
    if max(map(len, fields)) > MOST_CHARACTERS:
        raise InputError(f"{where} has a field of more than {MOST_CHARACTERS} characters; shorten it")


def _row(header: list[str], fields: list[str]) -> dict[str, str]:
    """Fields by column, as `csv.DictReader` gives them: None for those that lack, under None those beyond."""
    row = dict.fromkeys(header) | dict(zip(header, fields, strict=False))
    return row | {None: fields[len(header) :]} if len(fields) > len(header) else row


def _without_header(first: str, header: list[str]) -> str:
    """What is wrong with the first line of a file, and the remedy."""
    if not header:
        return f"the file is empty; its first line must read {HEADER}"
    known = {column.strip().casefold() for column in header} & {"class", "parent", "display", "note"}
    remedy = "correct it" if known else "add it above"
    shown = first if len(first) <= 60 else first[:60] + "..."
    return f"the first line reads {shown}; it must read {HEADER}: {remedy}"
