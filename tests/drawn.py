"""What hypothesis draws for laws: trees of any shape, points of the disk, vectors."""

import cmath
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy, from_rows

# Names as people write them: any script, digits, signs; no blanks at the ends and nothing that cannot be printed.
WRITTEN = st.text(min_size=1, max_size=12).map(lambda name: unicodedata.normalize("NFC", name).strip())
NAMES = WRITTEN.filter(lambda name: name and name.isprintable())


@st.composite
def hierarchies(draw, names: st.SearchStrategy[str] = NAMES, most_leaves: int = 12) -> Hierarchy:
    """A tree of 2 to 4 levels in which every node has a name of its own; single children among them."""
    depth = draw(st.integers(2, 4))
    levels = ("class", "parent", "grandparent", "greatgrandparent")[:depth]
    count = draw(st.integers(1, most_leaves))
    paths = [[leaf] for leaf in range(count)]
    for _ in levels[1:]:  # parents of neighbours are the same or follow each other
        number, seen = 0, paths[0][-1]
        for path in paths:
            if path[-1] != seen:
                number, seen = number + draw(st.integers(0, 1)), path[-1]
            path.append(number)
    nodes = sorted({(level, node) for path in paths for level, node in enumerate(path)})
    drawn = draw(st.lists(names, min_size=len(nodes), max_size=len(nodes), unique=True))
    called = dict(zip(nodes, drawn, strict=True))
    rows = [{name: called[i, path[i]] for i, name in enumerate(levels)} for path in paths]
    return from_rows(rows, levels, "drawn tree")


def refused(work: Callable[[], object]) -> str | None:
    """What `work` is refused with, None where it is not; anything but `InputError` is a failure."""
    try:
        work()
    except InputError as error:
        return str(error)
    return None


@st.composite
def disk_points(draw, most: float = 0.999) -> complex:
    """A point of the Poincare disk."""
    radius, angle = draw(st.floats(0, most)), draw(st.floats(0, 6.2832))
    return complex(radius * cmath.exp(1j * angle))


def damaged(path: Path, **arrays: Any) -> Iterator[bytes]:
    """An .npz file with each byte of its first member turned over that makes it unreadable."""
    np.savez_compressed(path, **arrays)
    whole = path.read_bytes()
    for place in range(30, whole.index(b"PK\x03\x04", 30)):
        content = bytearray(whole)
        content[place] ^= 0xFF
        path.write_bytes(content)
        with suppress(Exception), np.load(path) as file:
            assert all(np.array_equal(file[name], own) for name, own in arrays.items())
            continue
        yield bytes(content)
