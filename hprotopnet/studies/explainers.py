"""What explainers are worth, of what was kept of them: figures with intervals in which whole groups are drawn."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from hprotopnet.evaluation.attributions import rank_correlation, top_overlap
from hprotopnet.evaluation.curves import area
from hprotopnet.evaluation.metrics import estimate, estimate_ratio
from hprotopnet.studies.explained import ORDERS, PLACED

POINTERS = ("method", *ORDERS)
Kept = tuple[str, str, int, Mapping[str, Any]]  # network, explainer, number of the clip, parts by level
Parts = Mapping[int, Mapping[str, Any]]  # parts of one explainer and level, by number of the clip
WAYS = {"insertion": 1, "deletion": -1}  # what is better: a large area, or a small one


def report(kept: Sequence[Kept], groups: Sequence[str], levels: Sequence[str]) -> dict[str, Any]:
    """By network, `explainers`: by method and level the figures of `figures_of`; and `agreement`: by level a row for
    each two methods (JSON).

    Args:
        groups: of all clips.
    """
    found: dict[str, Any] = {}
    for network in dict.fromkeys(row[0] for row in kept):
        rows = [row for row in kept if row[0] == network]
        methods = list(dict.fromkeys(method for _, method, *_ in rows if method not in ORDERS))
        of = {(name, level): _parts(rows, name, level) for name in (*methods, *ORDERS) for level in levels}
        explainers = {
            method: {
                level: figures_of(of[method, level], {order: of[order, level] for order in ORDERS}, groups)
                for level in levels
                if of[method, level]
            }
            for method in methods
        }
        agreement = {level: agreements({name: of[name, level] for name in methods}, groups) for level in levels}
        found[network] = {"explainers": explainers, "agreement": agreement}
    return found


def _parts(rows: Sequence[Kept], method: str, level: str) -> dict[int, Mapping[str, Any]]:
    return {number: own[level] for _, name, number, own in rows if name == method and level in own}


def figures_of(own: Parts, orders: Mapping[str, Parts], groups: Sequence[str]) -> dict[str, Any]:
    """Each figure by who points, `method`, or `centre` and `random`, which know nothing; some have the first alone.

    pointing, energy, iou, in_time   where the map lies, on common cells; with `_as_is` behind it as it was made
    gini, flicker, empty             what the map is like; whether it is 0 throughout
    noise, randomised                rank correlation with the map of the clip with noise, and of random weights
    insertion, deletion              areas; `_gain` is by how much the method's is better, clip by clip
    moved                            share of the map on the place of a swapped cue, `before` and `after` it was put
                                     there, and the difference
    seconds                          that a map takes, as a ratio to a pass of the network
    """
    found = {
        f"{figure}{form}": {who: _mean(own, groups, "map", f"placed{form}", figure, who) for who in POINTERS}
        for form in ("", "_as_is")
        for figure in PLACED
    }
    for name in ("gini", "flicker"):
        found[name] = {"method": _mean(own, groups, "map", name)}
    empty = [float(not np.any(parts["map"]["cells"])) if "map" in parts else np.nan for parts in _each(own, groups)]
    found["empty"] = {"method": estimate(np.array(empty), groups)}
    for part in ("noise", "randomised"):
        found[part] = {"method": _mean(own, groups, part, "rank")}
    for way, sign in WAYS.items():
        areas = {"method": _areas(own, groups, way)} | {name: _areas(row, groups, way) for name, row in orders.items()}
        found[way] = {who: estimate(values, groups) for who, values in areas.items()}
        gains = {who: sign * (areas["method"] - areas[who]) for who in orders}
        found[f"{way}_gain"] = {who: estimate(values, groups) for who, values in gains.items()}
    before, after = (_values(own, groups, "causal", name) for name in ("before", "after"))
    moved = {"method": after - before, "before": before, "after": after + 0 * before}
    found["moved"] = {who: estimate(values, groups) for who, values in moved.items()}
    seconds, passes = (np.nan_to_num(_values(own, groups, "map", name)) for name in ("seconds", "pass"))
    found["seconds"] = {"method": estimate_ratio(seconds, passes, groups)}
    return found


def agreements(methods: Mapping[str, Parts], groups: Sequence[str]) -> list[dict[str, Any]]:
    """How far each two methods' maps order common cells alike, and share their highest tenth."""
    found = []
    for one, other in combinations([name for name, own in methods.items() if own], 2):
        pairs = [_both(*pair) for pair in zip(*(_each(methods[name], groups) for name in (one, other)), strict=True)]
        ranks, tops = ([np.nan if pair is None else figure(*pair) for pair in pairs] for figure in FIGURES)
        named = {"rank": estimate(np.array(ranks), groups), "top": estimate(np.array(tops), groups)}
        found.append({"one": one, "other": other, **named})
    return found


FIGURES = (rank_correlation, top_overlap)


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray] | None:
    return (np.array(one["map"]["cells"]), np.array(other["map"]["cells"])) if "map" in one and "map" in other else None


def _each(own: Parts, groups: Sequence[str]) -> list[Mapping[str, Any]]:
    """Parts of every clip, none where nothing was asked."""
    return [own.get(number, {}) for number in range(len(groups))]


def _mean(own: Parts, groups: Sequence[str], *path: str) -> dict[str, Any]:
    return estimate(_values(own, groups, *path), groups)


def _values(own: Parts, groups: Sequence[str], *path: str) -> np.ndarray:
    """What stands at a path, NaN where there is nothing, shape (clips,)."""
    return np.array([_at(parts, path) for parts in _each(own, groups)], float)


def _at(parts: Any, path: Sequence[str]) -> float:
    for name in path:
        parts = (parts or {}).get(name)
    return np.nan if parts is None else parts


def _areas(own: Parts, groups: Sequence[str], way: str) -> np.ndarray:
    curves = [parts.get("curves", {}).get(way) for parts in _each(own, groups)]
    return np.array([np.nan if curve is None else area(np.array(curve)) for curve in curves])


# --- words ------------------------------------------------------------------------------------------------------------

SHOWN = ("pointing", "energy", "iou", "insertion_gain", "deletion_gain", "noise", "randomised", "moved")


def print_attribution(found: Mapping[str, Any]) -> None:
    """Print a report as tables, a row an explainer and a column a level; percent, with intervals in brackets."""
    print(f"{found['clips']} {found['side']} clips of {found['groups']} groups")
    for name, own in found["networks"].items():
        levels = list(own["agreement"])
        for figure in SHOWN:
            who = "random" if figure.endswith("_gain") else "method"
            rows = {
                method: [by_level.get(level, {}).get(figure, {}).get(who) for level in levels]
                for method, by_level in own["explainers"].items()
            }
            if any(cell and cell["mean"] is not None for cells in rows.values() for cell in cells):
                print(f"\n{f'{name}, {figure}':44}" + "".join(f"{level:>22}" for level in levels))
                for method, cells in (rows | _chance(own, levels, figure)).items():
                    print(f"{method:44}" + "".join(f"{_cell(cell):>22}" for cell in cells))


def _chance(own: Mapping[str, Any], levels: Sequence[str], figure: str) -> dict[str, list[Any]]:
    """What knows nothing scores, with the values of the first explainer that has any."""
    if figure not in PLACED:
        return {}
    first = {level: next((row[level] for row in own["explainers"].values() if level in row), {}) for level in levels}
    return {f"({who})": [first[level].get(figure, {}).get(who) for level in levels] for who in ORDERS}


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None or cell["mean"] is None:
        return "-"
    interval = " [{:.1f}, {:.1f}]".format(*(100 * end for end in cell["interval"])) if cell["interval"] else ""
    return f"{100 * cell['mean']:.1f}{interval}"
