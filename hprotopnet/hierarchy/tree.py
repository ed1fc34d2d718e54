"""A class hierarchy as data: nodes, levels, ancestors, and the CSV file that holds it.

The file has one row per leaf class, the leaf first and then its ancestors upwards::

    class,parent,grandparent,display,note
    BasketballDunk,Ball Sports,Sports,Basketball dunk,

`class` is the data set's own name and the key that joins everything; `display` and `note` are optional.
The columns between them are the levels, named as the file names them; any uniform depth works.
The root that unites the topmost nodes is implied and is no node.
"""

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.errors import InputError
from hprotopnet.files import visible
from hprotopnet.hierarchy.names import MOST_LOOKED_AT, composed, fold, grouped, is_plain, likely_typos, some, suggest
from hprotopnet.hierarchy.table import read_rows
from hprotopnet.structure import structure

MOST_NODES, MOST_LEVELS = 4000, 16  # what is held of each two nodes then takes some hundred megabytes
MOST_LETTERS = 1000  # of a name, or of what is shown or noted
MOST_SUGGESTED = 100  # names that are not known, for which near ones are looked up
SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "hierarchies"


@dataclass(frozen=True)
class Hierarchy:
    """A tree of uniform depth.

    Nodes are numbered leaves first, in the order of the file, then level by level upwards as they first appear.
    Numbers are for arrays inside one process only: files join by name.

    Attributes:
        nodes: name of each node, unique in the whole tree.
        levels: level of each node, 0 for leaves.
        parents: number of each node's parent, -1 at the top.
        level_names: what the levels are called, leaves first.
        display: name of each node as shown to people.
        notes: remark on each node, often empty.
    """

    nodes: tuple[str, ...]
    levels: tuple[int, ...]
    parents: tuple[int, ...]
    level_names: tuple[str, ...]
    display: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def depth(self) -> int:
        """L, the number of levels."""
        return len(self.level_names)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the K leaves, in node order."""
        return tuple(name for name, level in zip(self.nodes, self.levels, strict=True) if level == 0)

    @cached_property
    def lineage(self) -> np.ndarray:
        """Node of each leaf at each level, integers of shape (K, L); column 0 is the leaf itself."""
        columns = [np.arange(len(self.classes))]
        parents = np.asarray(self.parents)
        while len(columns) < self.depth:
            columns.append(parents[columns[-1]])
        return np.stack(columns, axis=1)

    @cached_property
    def covers(self) -> np.ndarray:
        """Whether a node is a leaf or one of its ancestors, booleans of shape (N, K)."""
        covers = np.zeros((len(self.nodes), len(self.classes)), dtype=bool)
        covers[self.lineage.T, np.arange(len(self.classes))] = True
        return covers

    @cached_property
    def leaf_heights(self) -> np.ndarray:
        """Height of the lowest common ancestor of each two leaves, shape (K, K): 0 same, 1 siblings, L strangers."""
        same = self.lineage[:, None, :] == self.lineage[None, :, :]
        return (~same).sum(axis=2)

    def index(self, name: str) -> int:
        """Number of the node called `name`; raises `InputError` with near misses."""
        node = self._index.get(name, self._index.get(composed(name)))
        if node is None:
            raise InputError(f"'{name}' is not in the hierarchy{suggest(name, self.nodes)}")
        return node

    def at_level(self, level: int) -> tuple[int, ...]:
        """Numbers of the nodes of one level."""
        return tuple(i for i, own in enumerate(self.levels) if own == level)

    def ancestors(self, node: int) -> tuple[int, ...]:
        """The node itself and its ancestors, upwards."""
        path = [node]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        return tuple(path)

    def children(self, node: int) -> tuple[int, ...]:
        """Numbers of the children of a node; of -1, the root, the topmost nodes."""
        return tuple(i for i, parent in enumerate(self.parents) if parent == node)

    def leaves_under(self, node: int) -> tuple[int, ...]:
        """Leaves at or below a node."""
        return tuple(np.flatnonzero(self.covers[node]).tolist())

    def restrict(self, classes: Iterable[str]) -> "Hierarchy":
        """The tree of these classes only, in this tree's order; raises `InputError` on a name it does not have."""
        wanted = set(classes)
        for name in sorted(wanted.difference(self.classes)):
            raise InputError(f"'{name}' is no class of the hierarchy{suggest(name, self.classes)}")
        keep = [leaf for leaf, name in enumerate(self.classes) if name in wanted]
        return from_rows([self._row(leaf) for leaf in keep], self.level_names, "restricted hierarchy")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, one row a leaf, as in the CSV file."""
        return {
            "levels": list(self.level_names),
            "rows": [self._row(leaf) for leaf in range(len(self.classes))],
        }

    @classmethod
    def from_dict(cls, data: Any, source: str = "stored hierarchy") -> "Hierarchy":
        """The inverse of `to_dict`; raises `InputError`, naming `source`, for anything else."""
        stored = structure(data, _Stored, source)
        return from_rows(stored.rows, stored.levels, source)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.nodes)}

    def _row(self, leaf: int) -> dict[str, str]:
        names = {level: self.nodes[node] for level, node in zip(self.level_names, self.lineage[leaf], strict=True)}
        return names | {"display": self.display[leaf], "note": self.notes[leaf]}


@dataclass(frozen=True)
class _Stored:
    """What `Hierarchy.to_dict` gives."""

    levels: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def load_hierarchy(name_or_path: str | Path) -> Hierarchy:
    """Read a hierarchy shipped with the project by name, or anybody's CSV file by path.

    Raises `InputError` with the first problem found, see `list_problems` for all of them.
    """
    path = _find(name_or_path)
    rows, level_names, lines = read_rows(path)
    return from_rows(rows, level_names, str(path), lines)


def list_problems(name_or_path: str | Path) -> list[str]:
    """Everything that is wrong with a hierarchy file, one sentence each; raises `InputError` if it is no table."""
    return find_problems(*read_rows(_find(name_or_path)))


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix or path.is_file():
        return path
    shipped = SHIPPED / f"{name_or_path}.csv"
    if shipped.exists():
        return shipped
    known = sorted(file.stem for file in SHIPPED.glob("*.csv"))
    raise InputError(f"no hierarchy is called '{name_or_path}'; known are {', '.join(known)}, or give a CSV file")


def from_rows(
    rows: Sequence[dict[str, str]], level_names: Sequence[str], source: str, lines: Sequence[int] | None = None
) -> Hierarchy:
    """Build a hierarchy from rows as `csv.DictReader` gives them; `source` names them in errors.

    For `lines` see `find_problems`.
    """
    problems = _size_problems(rows, level_names) or find_problems(rows, level_names, lines)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"{source}: {problems[0]}{more}")
    nodes, levels = [], []
    for level, column in enumerate(level_names):
        names = list(dict.fromkeys(row[column] for row in rows))
        nodes += names
        levels += [level] * len(names)
    if len(nodes) > MOST_NODES:
        raise InputError(f"{source}: {len(nodes)} nodes, at most {MOST_NODES} can be held; give fewer classes")
    parent_name = {row[low]: row[high] for row in rows for low, high in pairwise(level_names)}
    index = {name: i for i, name in enumerate(nodes)}
    leaves = {row[level_names[0]]: row for row in rows}
    return Hierarchy(
        nodes=tuple(nodes),
        levels=tuple(levels),
        parents=tuple(index[parent_name[name]] if name in parent_name else -1 for name in nodes),
        level_names=tuple(level_names),
        display=tuple(visible((leaves.get(name, {}).get("display") or "").strip()) or name for name in nodes),
        notes=tuple(_in_a_line(leaves.get(name, {}).get("note") or "") for name in nodes),
    )


def _in_a_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _size_problems(rows: Sequence[dict[str, str]], level_names: Sequence[str]) -> list[str]:
    """What is wrong with the levels, or too large to be looked at row by row; trees are not only made by people."""
    if not 0 < len(level_names) <= MOST_LEVELS or len(set(level_names)) < len(level_names):
        return [f"{len(level_names)} levels; give each a name of its own, at most {MOST_LEVELS}"]
    for name in level_names:
        if not is_plain(name) or len(name) > MOST_LETTERS or name in ("display", "note"):
            return [f"level name {reprlib.repr(name)} must be made of letters, digits, blanks, - and _ only"]
    if len(rows) > MOST_NODES:
        return [f"{len(rows)} classes, at most {MOST_NODES} can be held; give fewer"]
    long = (value for row in rows for value in row.values() if isinstance(value, str) and len(value) > MOST_LETTERS)
    return [f"{reprlib.repr(value)} has {len(value)} letters, at most {MOST_LETTERS} are shown" for value in long][:1]


def find_problems(
    rows: Sequence[dict[str, str]], level_names: Sequence[str], lines: Sequence[int] | None = None
) -> list[str]:
    """Everything that keeps rows from being a tree of uniform depth, one sentence each; empty when all is well.

    `lines` says on which line of its file each row begins; without it they follow a header of one line.
    """
    if not rows:
        return ["there is no class in it; add one row a class"]
    numbered = list(zip(lines or range(2, len(rows) + 2), rows, strict=True))
    problems = [problem for line, row in numbered for problem in _row_problems(row, level_names, f"line {line}")]
    return problems or _tree_problems(numbered, level_names)


def find_warnings(hierarchy: Hierarchy) -> list[str]:
    """What is allowed but worth knowing, a line a kind: single children, and names so alike that one may be a typo."""
    warnings = [_single_children(hierarchy)]
    typos: list[str] = []
    left = MOST_LOOKED_AT
    for level in range(hierarchy.depth):
        pairs, left = likely_typos([hierarchy.nodes[node] for node in hierarchy.at_level(level)], left)
        typos += [f"'{one}' and '{other}'" for one, other in pairs]
    if typos:
        more = f", {len(typos)} pairs in all" if len(typos) > 1 else ""
        warnings.append(f"{typos[0]} are nearly the same name{more}; is one a typo?")
    if not left:
        warnings.append("so many names are nearly the same that not all were compared; look for typos yourself")
    return list(filter(None, warnings))


def _single_children(hierarchy: Hierarchy) -> str:
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(hierarchy.parents):
        children.setdefault(parent, []).append(node)
    alone = {
        hierarchy.nodes[node]: hierarchy.display[children[node][0]]
        for node in range(len(hierarchy.nodes))
        if len(children.get(node, ())) == 1
    }
    if len(alone) == 1:
        ((name, child),) = alone.items()
        return f"'{name}' has a single child, '{child}': it can never earn credit for a near miss"
    said = f"{len(alone)} nodes have a single child and can never earn credit for a near miss: {some(list(alone))}"
    return said if alone else ""


def match_names(names: Iterable[str], hierarchy: Hierarchy) -> tuple[dict[str, str], list[str]]:
    """Match a data set's class names to leaves; returns the matches and one line for each name that has none.

    Names match exactly, or else when they differ in spaces, case and punctuation only, and in that from one class.
    """
    exact, folded = {composed(name): name for name in hierarchy.classes}, grouped(hierarchy.classes)
    exact |= {name: name for name in hierarchy.classes}
    matched, unmatched = {}, []
    for name in names:
        own = exact.get(name, exact.get(composed(name)))
        found = [own] if own else folded.get(fold(name), [])
        if len(found) == 1:
            matched[name] = found[0]
        elif found:
            meant = " or ".join(f"'{other}'" for other in found)
            unmatched.append(f"class '{name}' may be {meant}; call it exactly as the tree does")
        else:
            near = suggest(name, hierarchy.classes) if len(unmatched) < MOST_SUGGESTED else ""
            unmatched.append(f"class '{name}' is not in the hierarchy{near}")
    return matched, unmatched


def _row_problems(row: dict[str, str], level_names: Sequence[str], where: str) -> list[str]:
    if None in row or any(row.get(column) is None for column in (*level_names, *row)):
        return [f"{where} has not as many fields as the header; quote fields that hold commas"]
    problems = []
    for column in level_names:
        value = row[column]
        if not value.strip():
            problems.append(
                f"{where} has no {column}: every class needs one name at every level (a ragged tree is refused;"
                " repeat the level above under a name of its own)"
            )
        elif value != value.strip() or not value.isprintable():
            problems.append(f"{where}: {column} {value!r} has blanks around it or unprintable characters; remove them")
    return problems


def _tree_problems(rows: Sequence[tuple[int, dict[str, str]]], level_names: Sequence[str]) -> list[str]:
    problems, level_of, parent_of = [], {}, {}
    for number, row in rows:
        if level_of.get(row[level_names[0]]) == 0:
            problems.append(f"line {number} repeats the class '{row[level_names[0]]}'; keep one")
        for level, (column, above) in enumerate(zip(level_names, [*level_names[1:], None], strict=True)):
            name, parent = row[column], row.get(above)
            if level_of.setdefault(name, level) != level:
                other = level_names[level_of[name]]
                problems.append(f"line {number}: '{name}' is a {other} and a {column}; give one of them another name")
            elif parent_of.setdefault(name, parent) != parent:
                problems.append(
                    f"line {number}: '{name}' lies under '{parent}' and under '{parent_of[name]}'; choose one"
                )
    return problems
