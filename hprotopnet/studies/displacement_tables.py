"""What `displacement` found as Markdown: a row a network, and what hourglasses have more than the others."""

from collections.abc import Callable, Mapping
from typing import Any

from hprotopnet.studies.cells import INTERVALS, asked, code, counted, figure, table, text, value

NAMES = {
    "frames": "plain frames (TSN)",
    "tsm": "TSM",
    "h2cn-narrow": "H2CN a point wide",
    "h2cn": "**H2CN**",
    "r3d": "R3D",
    "r2plus1d": "R(2+1)D",
    "i3d": "I3D",
}


def displacement_table(found: Mapping[str, Any]) -> str:
    """Of each network its size and work, and which of two twins it names right at each displacement."""
    head = ["network", "width", "frames", "parameters, thousands", "MMACs", "ms of the processor"]
    head += [_at(own) for own in found["displacements"]] + ["change, points", "of training clips"]
    rows = []
    for name, own in found["networks"].items():
        sizes = [str(own["width"]), str(own["frames"]), f"{own['parameters'] / 1e3:.0f}"]
        work = [f"{own['multiply_adds'] / 1e6:.0f}", f"{1e3 * own['processor_seconds']:.0f}"]
        right = [figure(row) for row in found["right"] if row["network"] == name]
        change = [value(row["mean"], row["interval"], sign="+") for row in found["change"] if row["network"] == name]
        learnt = " / ".join(f"{100 * own:.0f}" for own in own["train"])
        rows.append([called(name), *sizes, *work, *right, *change, learnt])
    said = "Which of two twins, percent (chance 50; of training clips with the first seed, at each displacement)"
    return f"{table(head, rows)}\n\n{_said(found, said)}"


def against_table(found: Mapping[str, Any]) -> str:
    """What the network with hourglasses has more than each other one, at each displacement."""
    others = dict.fromkeys(row["other"] for row in found["against"])
    rows = [
        [
            called(other),
            *(value(row["mean"], row["interval"], sign="+") for row in found["against"] if row["other"] == other),
        ]
        for other in others
    ]
    head = ["H2CN against", *(_at(own) for own in found["displacements"])]
    return f"{table(head, rows)}\n\n{_said(found, 'Differences in points, clip by clip')}"


def called(name: str) -> str:
    """A network of the study as text of a cell."""
    return NAMES.get(name) or text(name)


def _at(own: Mapping[str, Any]) -> str:
    return f"{own['times']:g} x, {own['pixels']:.1f} px a frame"


def _said(found: Mapping[str, Any], what: str) -> str:
    over = f"mean ± sample deviation over {counted(found['seeds'], 'seed')}"
    return (
        f"{asked(found)} {what}, {over}, {INTERVALS}; these know nothing of luck in training: {code(found['command'])}"
    )


VIEWS: dict[str | None, Callable[[Any], str]] = {None: displacement_table, "against": against_table}
