"""What `attribution` found as Markdown: where maps lie, whether they hold, and how far methods agree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hprotopnet.attribution.asked import PUBLISHED_ITERATIONS
from hprotopnet.attribution.methods import METHODS
from hprotopnet.studies.cells import INTERVALS, asked, by_recipe, code, mean_of, network, over_seeds, table, text, value

PLACED = {"pointing": "pointing", "energy": "energy", "iou": "IoU"}
POINTERS = ("method", "centre", "random")
OVER = f"mean ± sample deviation over seeds of training, of one seed {INTERVALS}"


def placed_table(found: Mapping[str, Any]) -> str:
    """Of each network, explainer and level: where maps lie, beside maps of the same values that know nothing."""
    rows = []
    for names, seeds in _levels(found):
        cells = [" / ".join(_pointed([own[figure] for own in seeds])) for figure in PLACED]
        rows.append([*names, str(seeds[0]["pointing"]["method"]["n"]), *cells])
    head = ["network", "explainer", "level", "clips", *PLACED.values()]
    said = f"Percent, the map's / laid out from the centre / at random, on cells common to all; {OVER}"
    return f"{table(head, rows)}\n\n{asked(found)} {said}: {code(found['command'])}"


def _pointed(seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    own, *others = POINTERS
    return [over_seeds([seed[own] for seed in seeds]), *(mean_of([seed[who] for seed in seeds]) for who in others)]


def checks_table(found: Mapping[str, Any]) -> str:
    """Of the same: whether the answer goes by the map, and what the map goes by."""
    rows = []
    for names, seeds in _levels(found):
        gains = [
            over_seeds([own[f"{way}_gain"]["random"] for own in seeds], sign="+") for way in ("insertion", "deletion")
        ]
        ranks = [_plain([own[name]["method"] for own in seeds]) for name in ("noise", "randomised")]
        moved = over_seeds([own["moved"]["method"] for own in seeds], sign="+")
        form = [_plain([own[name]["method"] for own in seeds]) for name in ("gini", "flicker")]
        rows.append([*names, *gains, *ranks, moved, *form, _plain([own["seconds"]["method"] for own in seeds], 1)])
    checks = ["insertion", "deletion", "noise", "random weights", "moved", "Gini", "flicker", "passes"]
    curves, noise, randomised, causal = (found["parts"][part] for part in ("curves", "noise", "randomised", "causal"))
    said = (
        "Insertion and deletion: by how many points of probability the area over early shares of the cells is better"
        f" than a random order's, over {curves} clips. Noise and random weights: rank correlation with the map of the"
        " clip with noise, and that of a network whose weights are shuffled, over"
        f" {noise} and {randomised} clips. Moved: points of the map that come to where another branch's cue is put,"
        f" over {causal} clips. Passes: time as a ratio to a forward pass."
        f" {OVER[0].upper()}{OVER[1:]}"
    )
    return f"{table(['network', 'explainer', 'level', *checks], rows)}\n\n{said}: {code(found['command'])}"


def schedules_table(found: Mapping[str, Any]) -> str:
    """Of each area what both schedules of masks preserve, see `schedules`."""
    about, short = found["about"], found["summary"]
    rows = [
        [
            f"{100 * row['area']:g} %",
            *(over_seeds([row[name]], sign) for name, sign in (("levels", ""), ("published", ""), ("difference", "+"))),
            *(str(row[name]) for name in ("close", "lower")),
        ]
        for row in short["areas"]
    ]
    head = ["area", "ours", "published", "difference, points", f"within {100 * short['close']:g}", "lower by more"]
    said = (
        f"{text(about['method'])} on {text(about['network'])}, {short['clips']} clips: how probable the true class is"
        f" where that area of the clip is kept; {INTERVALS}. Ours takes {over_seeds([short['time_share']])} % of the"
        f" processor's time of the published schedule's {about['iterations'] or PUBLISHED_ITERATIONS:,} iterations"
    )
    return f"{table(head, rows)}\n\n{said}: {code(found['command'])}"


def agreement_table(found: Mapping[str, Any]) -> str:
    """Of each network and two explainers: rank correlation of their maps, and overlap of their highest tenths."""
    levels = list(next(iter(found["networks"].values()))["agreement"])
    rows = [
        [network(name), *map(_title, pair), *(_agreed(own) for own in by_level)]
        for name, seeds in by_recipe(found["networks"]).items()
        for pair, by_level in _pairs(seeds, levels).items()
    ]
    said = f"Rank correlation on common cells / percent of their highest tenths that they share, by chance 5.3; {OVER}"
    return f"{table(['network', 'explainer', 'and', *map(text, levels)], rows)}\n\n{asked(found)} {said}"


def _pairs(seeds: Sequence[Any], levels: Sequence[str]) -> dict[tuple[str, str], list[list[Any]]]:
    """Of each two explainers, level by level, the rows of all seeds, of which there may be none."""
    found: dict[tuple[str, str], list[list[Any]]] = {}
    for number, level in enumerate(levels):
        for row in (row for own in seeds for row in own["agreement"][level]):
            found.setdefault((row["one"], row["other"]), [[] for _ in levels])[number].append(row)
    return found


def _agreed(seeds: Sequence[Any]) -> str:
    return f"{_plain([row['rank'] for row in seeds])} / {mean_of([row['top'] for row in seeds])}" if seeds else "-"


def _levels(found: Mapping[str, Any]) -> Iterator[tuple[list[str], list[Any]]]:
    """Names of each network, explainer and level, and their figures by seed."""
    for name, seeds in by_recipe(found["networks"]).items():
        for method, levels in seeds[0]["explainers"].items():
            for level in levels:
                yield [network(name), _title(method), text(level)], [own["explainers"][method][level] for own in seeds]


def _title(method: str) -> str:
    return METHODS[method].title if method in METHODS else text(method)


def _plain(seeds: Sequence[Mapping[str, Any]], digits: int = 2) -> str:
    """A number that is no share: its mean over seeds, and its interval where there is one."""
    means = [own["mean"] for own in seeds if own["mean"] is not None]
    interval = seeds[0]["interval"] if len(seeds) == 1 else None
    return value(float(np.mean(means)) if means else None, interval, 1, digits)


VIEWS: dict[str | None, Callable[[Any], str]] = {
    None: placed_table,
    "checks": checks_table,
    "agreement": agreement_table,
}
