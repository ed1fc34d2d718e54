"""Markdown of tables of figures: shares in percent, mean ± sample deviation over seeds, [intervals]."""

import html
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from hprotopnet.files import visible

NETWORKS = {
    "blackbox": "black box",
    "hyperbolic": "black box in the ball",
    "protopnet10": "flat ProtoPNet-10",
    "leaf10": "ProtoPNet-10 in the ball",
    "cpg5": "Hierarchical ProtoPNet CPG-5",
    "cpg10": "Hierarchical ProtoPNet CPG-10",
    "cpg10-tied": "**CPG-10 tied to the tree**",
    "protopnet10-tuned": "flat ProtoPNet-10, tuned alike",
}
INTERVALS = "[95 % interval in which whole groups are drawn]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are markdown already."""
    first, *others = (f"| {' | '.join(cells)} |" for cells in (head, *rows))
    return "\n".join([first, "|" + "---|" * len(head), *others])


def value(number: float | None, interval: Any = None, times: float = 100, digits: int = 1, sign: str = "") -> str:
    """A number, or "-" for none, and its interval where there is one."""
    if number is None:
        return "-"
    ends = ", ".join(f"{times * end:{sign}.{digits}f}" for end in interval) if interval else ""
    return f"{times * number:{sign}.{digits}f}" + (f" [{ends}]" if ends else "")


def figure(own: Mapping[str, Any]) -> str:
    """A figure of `rows.study`, percent: mean, deviation and interval, as far as they are known."""
    parts = [value(own["mean"]), deviation(own.get("std")), value(own["mean"], own.get("interval"))]
    return parts[0] + parts[1] + parts[2].removeprefix(parts[0])


def estimate(own: Mapping[str, Any], times: float = 100, digits: int = 1, sign: str = "") -> str:
    """A figure of `pays`: its value and interval."""
    return value(own["value"], own["interval"], times, digits, sign)


def over_seeds(found: Sequence[Mapping[str, Any]], sign: str = "") -> str:
    """Percent of what each seed has: mean and sample deviation, or of a single one its interval."""
    if len(found) == 1:
        return value(found[0]["mean"], found[0]["interval"], sign=sign)
    means = [own["mean"] for own in found if own["mean"] is not None]
    return mean_of(found, sign) + deviation(float(np.std(means, ddof=1)) if len(means) > 1 else None)


def mean_of(found: Sequence[Mapping[str, Any]], sign: str = "") -> str:
    """The same without deviation and interval."""
    means = [own["mean"] for own in found if own["mean"] is not None]
    return value(float(np.mean(means)) if means else None, sign=sign)


def deviation(std: float | None) -> str:
    """What stands behind a mean; nothing where there is none."""
    return "" if std is None else f" ± {100 * std:.1f}"


def anything(own: Any) -> str:
    """A number or words as they are, several of them one behind the other, a figure of `rows.study` in percent."""
    if own is None:
        return "-"
    if isinstance(own, dict):
        return figure(own)
    if isinstance(own, list):
        return " / ".join(map(anything, own))
    return f"{own:.4g}" if isinstance(own, float) else text(str(own))


def counted(number: int, what: str) -> str:
    """How many there are, in words."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def text(name: str) -> str:
    """A name as text of a cell that means nothing else."""
    return re.sub(r"([|`*\[\]\\])", r"\\\1", html.escape(visible(name), quote=False))


def code(command: str) -> str:
    """A command as code, which holds neither the end of code nor a comment; of absolute paths the names alone."""
    words = (PurePath(word).name if word.startswith("/") else word for word in shlex.split(command))
    plain = visible(shlex.join(words)).replace("`", "'").replace("<!--", "< !--")
    return f"`{plain}`"


def asked(found: Mapping[str, Any]) -> str:
    """What a study asked, in words."""
    clips = found["clips"] if isinstance(found["clips"], int) else found["clips"][found["side"]]
    return f"{clips} {text(found['side'])} clips in {counted(found['groups'], 'group')}."


def by_recipe(bundles: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Bundles that differ by their training seed alone, told by their folders: NAME or NAME-seedN."""
    found: dict[str, list[Any]] = {}
    for folder, own in bundles.items():
        found.setdefault(recipe_of(folder), []).append(own)
    return found


def recipe_of(folder: str) -> str:
    return re.sub(r"-seed\d+$", "", PurePath(folder).name)


def network(name: str) -> str:
    """What a row, or the folder of a bundle, is called."""
    own = recipe_of(name)
    return NETWORKS.get(own.removeprefix("pantomime-"), text(own))
