"""A scene: what the disk that can be clicked on shows, as plain data that Python makes and its script draws.

The script, in the folder `script`, needs neither streamlit nor a network: `whole_page` is a file that can be sent. It
moves views, draws geodesics and places names itself, by the formulas of `poincare` and `layouts`. One scene knows one
layout; names from outside stay text, as the script never makes markup of them.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.disk.drawing import hues, sectors
from hprotopnet.disk.svg import symbol
from hprotopnet.hierarchy.tree import Hierarchy

SCRIPT = Path(__file__).with_name("script")
PARTS = ("geometry", "labels", "picture", "disk", "tools")  # of the script, in the order in which they are joined
EVERYTHING = ("search", "path", "layers", "table")  # tools around the disk
DIGITS = 7  # of coordinates: far finer than the screen


@dataclass(frozen=True)
class Layer:
    """Something to switch on over the tree.

    Attributes:
        key: what it is called in events.
        label: and for people.
        legend: what its marks mean, in a sentence.
        kind: "points" (items with `at`, `kind`, `title`, and `id` where a click is to be told), "arcs" (`from` and
            `to`, nodes, `weight`, 0 to 1) or "track" (`at` one after the other; those with a `title` are marked).
        items: plain data; see `mark`, `mistake_arc` and `moment`.
        on: whether it is shown to begin with.
    """

    key: str
    label: str
    legend: str
    kind: str
    items: tuple[dict[str, Any], ...]
    on: bool = False


@dataclass(frozen=True, eq=False)
class Follow:
    """What moves on the disk while a film plays: a star from window to window, the answer, and how probable nodes are.

    Attributes:
        channel: of the player that it goes by, see `ui.player`.
        times: middle of each window, (W,), ascending, in seconds.
        points: where the star is then, complex, (W,); (0,) for none. A layer of kind "track" with as many items is its
            trail.
        answers: the node that is answered, -1 for "not sure".
        chances: of every node, (W, N).
    """

    channel: str
    times: np.ndarray
    points: np.ndarray
    answers: Sequence[int]
    chances: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the script; probabilities in whole percent, as there may be many."""
        return {
            "channel": self.channel,
            "times": self.times.tolist(),
            "points": [pair(point) for point in self.points],
            "answers": list(self.answers),
            "chances": np.round(100 * self.chances).astype(int).tolist(),
        }


@dataclass(frozen=True, eq=False)
class Scene:
    """What a disk shows. Points are of the layout, complex.

    Attributes:
        hierarchy: the tree.
        base: the layout, (N,).
        node: the node in focus, -1 the root.
        label: what the picture is, for those who do not see it.
        probabilities: of every node, (N,), by which marks are larger or smaller; None for sizes by place.
        path, second: nodes down to which a path is drawn, the second dotted; -1 for none.
        star: where a clip stands.
        layers: what can be switched on.
        columns: more columns of the table, a text for each node.
        tools: which of `EVERYTHING` stand around the disk.
        height: pixels at most; it is lower where its place is narrow.
        follow: what moves on it while a film plays.
    """

    hierarchy: Hierarchy
    base: np.ndarray
    node: int = -1
    label: str = "The hierarchy on the hyperbolic disk"
    probabilities: np.ndarray | None = None
    path: int = -1
    second: int = -1
    star: complex | None = None
    layers: tuple[Layer, ...] = ()
    columns: dict[str, Sequence[str]] = field(default_factory=dict)
    tools: tuple[str, ...] = EVERYTHING
    height: int = 660
    follow: Follow | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the script."""
        tree = self.hierarchy
        known = None if self.probabilities is None else np.round(self.probabilities, 4).tolist()
        shapes = [symbol(tree, tree.at_level(level)[0]) for level in range(tree.depth)]
        return {
            "names": list(tree.nodes),
            "labels": list(tree.display),
            "levels": list(tree.levels),
            "parents": list(tree.parents),
            "levelNames": list(tree.level_names),
            "hues": hues(tree),
            "shapes": shapes,
            "sectors": [{"from": start, "to": end, "hue": hue} for start, end, hue in sectors(tree, self.base)],
            "points": [pair(point) for point in self.base],
            "node": self.node,
            "label": self.label,
            "probabilities": known,
            "path": self.path,
            "second": self.second,
            "star": None if self.star is None else pair(self.star),
            "layers": [vars(layer) | {"items": list(layer.items)} for layer in self.layers],
            "columns": [{"name": name, "values": list(values)} for name, values in self.columns.items()],
            "tools": list(self.tools),
            "height": self.height,
            "follow": self.follow.to_dict() if self.follow else None,
        }


def pair(point: complex) -> list[float]:
    """A point as the script has it."""
    return [round(float(point.real), DIGITS), round(float(point.imag), DIGITS)]


@cache
def script() -> str:
    """The script as one module, whose `mount(root, data, events)` draws a scene into an element."""
    return "\n".join((SCRIPT / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)


@cache
def style() -> str:
    """Its style sheet."""
    return (SCRIPT / "disk.css").read_text(encoding="utf-8")


def whole_page(scene: Scene, title: str) -> str:
    """A page of its own, in one file that needs no server."""
    data = json.dumps(scene.to_dict(), separators=(",", ":")).replace("<", "\\u003c")  # or a name could end the script
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><style>:root { color-scheme: light dark; }'
        " body { margin: 12px; background: var(--st-background-color, #fff); }"
        " @media (prefers-color-scheme: dark) { :root { --st-text-color: #e8ecf2; --st-background-color: #0f131a;"
        " --st-secondary-background-color: #1a212b; --st-border-color: #3a4453; --st-primary-color: #56b4e9; } }"
        f'{style()}</style><main id="disk"></main><script type="application/json" id="scene">{data}</script>'
        f'<script type="module">{script()}\n'
        'globalThis.disk = mount(document.getElementById("disk"),'
        ' JSON.parse(document.getElementById("scene").textContent));</script></html>'
    )
