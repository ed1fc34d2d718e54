"""A hierarchy file as rows of text: its separator, its header, and what people save by mistake."""

import csv
import io
from pathlib import Path

from hprotopnet.errors import InputError
from hprotopnet.files import read_text

SEPARATORS = ",;\t"  # of spreadsheets; no level name holds one of them
HEADER = "class,parent[,grandparent,...][,display][,note]"


def read_rows(path: str | Path) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """Rows and level names of a hierarchy file, unchecked.

    Separated by commas, semicolons or tabs, whichever the first line has most of; any line ends; in the encodings of
    `read_text`. Raises `InputError` for a file that is no table with a header.
    """
    text = read_text(path)
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    separator = max(SEPARATORS, key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = [dict(row) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file ({error}); save it as one") from error
    header = reader.fieldnames or []
    level_names = tuple(column for column in header if column not in ("display", "note"))
    if len(level_names) < 2 or level_names[0] != "class" or len(set(header)) < len(header):
        raise InputError(f"{path}: {_without_header(first, header)}")
    for name in level_names:
        if not name or not all(character.isalnum() or character in " _-" for character in name):
            raise InputError(f"{path}: level name {name!r} must be made of letters, digits, blanks, - and _ only")
    return rows, level_names


def _without_header(first: str, header: list[str]) -> str:
    """What is wrong with the first line of a file, and the remedy."""
    if not header:
        return f"the file is empty; its first line must read {HEADER}"
    known = {column.strip().casefold() for column in header} & {"class", "parent", "display", "note"}
    remedy = "correct it" if known else "add it above"
    shown = first if len(first) <= 60 else first[:60] + "..."
    return f"the first line reads {shown}; it must read {HEADER}: {remedy}"
