"""Tables of the READMEs, made of the figures in `assets/results/`: JSON in, markdown out.

A table stands between two comments, `<!-- table NAME -->` and `<!-- end -->`, and shows `assets/results/NAME.json`.
What kind of study that is, its keys say; of some there is another view, `<!-- table NAME VIEW -->`:

rows    `study`: accuracies of clips after the last stage; views `stages` and `pairs`
truth   `truth`: where evidence lies, and whose it is; views `causes` and `prototypes`, see `truth_tables`
attribution  `attributions`: where maps lie; views `checks` and `agreement`, see `attribution_tables`
schedules  `schedules`: what masks preserve, by area
pays    `pays`: endpoints, differences and verdicts; view `levels`
displacement  `displacement`: twins told apart by small networks; view `against`, see `displacement_tables`
detectors  `detectors`: mAP of detectors that know more or less of the tree, view `short`, see `detector_tables`
trials  a list of trials (`trial`, `what`, `seeds`, figures): a column a key

Shares are shown in percent; in a list of trials numbers are shown as they are, and figures of `rows.study` in percent.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hprotopnet.errors import InputError
from hprotopnet.evaluation.published import DATASETS, published
from hprotopnet.files import read_json, read_text, write_bytes
from hprotopnet.studies.attribution_tables import VIEWS as ATTRIBUTION
from hprotopnet.studies.attribution_tables import schedules_table
from hprotopnet.studies.cells import (
    INTERVALS,
    anything,
    asked,
    code,
    counted,
    estimate,
    figure,
    network,
    table,
    text,
    value,
)
from hprotopnet.studies.detector_tables import VIEWS as DETECTORS
from hprotopnet.studies.displacement_tables import VIEWS as DISPLACEMENT
from hprotopnet.studies.truth_tables import VIEWS as TRUTH

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "assets/results/README.md")
RESULTS = "assets/results"
KEYS = {
    "rows": ("rows", "pairs"),
    "truth": ("bundles", "by"),
    "attribution": ("networks", "parts"),
    "schedules": ("about", "summary"),
    "pays": ("endpoints", "against"),
    "detectors": ("rows", "trained_on"),
    "displacement": ("displacements", "right"),
}
LEVELS = {"accuracy": "class", "sibling": "sibling", "cousin": "cousin"}
_OPENING, _END = re.compile(r"<!-- table (.*?) -->"), "<!-- end -->"
_NAME = re.compile(r"([\w-]+)(?: (\w+))?")


def refresh(root: Path, write: bool = True) -> list[str]:
    """Make all tables again; returns those that differed, as "PAGE: TABLE", and writes their pages only if asked to.

    Raises `InputError`, before anything is written, for a marker without its end or its figures, or of no such view.
    """
    differing, pages = [], {}
    for page in (root / name for name in PAGES):
        content = read_text(page)
        fresh = [(part, _fresh(part.table, root, page)) for part in _parts(content, page)]
        changed = [f"{page.relative_to(root)}: {part.table}" for part, new in fresh if part.content != new]
        if changed:
            pages[page] = _replaced(content, fresh)
        differing += changed
    if write:
        for page, content in pages.items():
            write_bytes(page, content.encode())
    return differing


class Part(NamedTuple):
    """What stands between the markers of a table: characters `start` to `stop` of a page."""

    table: str
    start: int
    stop: int
    content: str


def _parts(page_content: str, page: Path) -> Iterator[Part]:
    for opening in _OPENING.finditer(page_content):
        start, stop = opening.end(), page_content.find(_END, opening.end())
        if stop < 0 or _OPENING.search(page_content, start, stop):
            raise InputError(f"{page}: table '{opening[1]}' has no end; write {_END} behind it")
        yield Part(opening[1], start, stop, page_content[start:stop])


def _replaced(page_content: str, fresh: Sequence[tuple[Part, str]]) -> str:
    for part, new in reversed(fresh):
        page_content = page_content[: part.start] + new + page_content[part.stop :]
    return page_content


def _fresh(wanted: str, root: Path, page: Path) -> str:
    """What is to stand between the markers of a table, from its JSON file."""
    name = _NAME.fullmatch(wanted)
    if not name:
        raise InputError(f"{page}: '{wanted}' is the name of no table; write NAME or NAME VIEW")
    file = root / RESULTS / f"{name[1]}.json"
    if not file.exists():
        raise InputError(f"{page}: table '{wanted}' has no figures; make {file} or take the table out")
    found = read_json(file)
    views = VIEWS[_kind(found, file)]
    if name[2] not in views:
        known = ", ".join(filter(None, views)) or "none"
        raise InputError(f"{page}: table '{wanted}' is a view that {file} lacks; it has: {known}")
    try:
        return f"\n\n{views[name[2]](found)}\n\n"
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file}: lacks what table '{wanted}' shows ({error!r}); make it again") from error


def _kind(found: Any, file: Path) -> str:
    if isinstance(found, list):
        return "trials"
    for kind, keys in KEYS.items():
        if isinstance(found, dict) and all(key in found for key in keys):
            return kind
    raise InputError(f"{file}: holds no study that there is a table for; make it again")


def rows_table(found: Mapping[str, Any]) -> str:
    """Clips right after the last stage of each row, beside the published figures where the data set has any."""
    whole = DATASETS.get(found["dataset"])  # a part of a data set is another one
    beside = (
        {row: " / ".join(map(str, own.shares)) for row, own in published(found["dataset"], "clip").items()}
        if whole
        else {}
    )
    head = ["network", "clips", *LEVELS.values(), *(["published"] if beside else [])]
    rows = []
    for row, stages in found["rows"].items():
        clip = list(stages.values())[-1]["clip"]
        cells = [network(row), str(clip["accuracy"]["n"]), *(figure(clip[name]) for name in LEVELS)]
        rows.append(cells + ([beside.get(row, "-")] if beside else []))
    return f"{table(head, rows)}\n\n{asked(found)} {_over(found)}, {INTERVALS}: {code(found['command'])}"


def stages_table(found: Mapping[str, Any]) -> str:
    """Clips right, and videos by their mean softmax, after every stage of each row."""
    kinds = {"clip": "clips", "video_mean_softmax": "videos"}
    head = ["network", "after", *(f"{what}: {level}" for what in kinds.values() for level in LEVELS.values())]
    rows = [
        [network(row), text(stage), *(figure(own[kind][name]) for kind in kinds for name in LEVELS)]
        for row, stages in found["rows"].items()
        for stage, own in stages.items()
    ]
    return f"{table(head, rows)}\n\n{asked(found)} {_over(found)}, {INTERVALS}: {code(found['command'])}"


def pairs_table(found: Mapping[str, Any]) -> str:
    """Differences of each two rows, in points of class accuracy and of how mild mistakes are."""
    head = ["network", "against", "class, points", "severity of mistakes", "P(sibling given error), points"]
    rows = [
        [
            *(network(gap[own]) for own in ("row", "against")),
            value(gap["difference"], gap["interval"], sign="+"),
            value(gap["mistake_severity"]["difference"], gap["mistake_severity"]["interval"], 1, 2, "+"),
            value(gap["p_sibling_given_error"]["difference"], gap["p_sibling_given_error"]["interval"], sign="+"),
        ]
        for gap in found["pairs"]
    ]
    said = f"Differences of means over {counted(found['seeds'], 'seed')}, clip by clip"
    return f"{table(head, rows)}\n\n{asked(found)} {said}, {INTERVALS}: {code(found['command'])}"


def pays_table(found: Mapping[str, Any]) -> str:
    """Endpoints of each kind of network and rival, the differences that were fixed beforehand, and the verdicts."""
    shares = {"parent_given_wrong": "P(parent right, class wrong)", "accuracy": "class right"}
    ends = [
        [network(kind), text(rival), *(estimate(row[name]) for name in shares), estimate(row["severity"], 1, 2)]
        for kind, rivals in found["endpoints"]["kinds"].items()
        for rival, row in rivals.items()
    ]
    gaps = [
        [
            *(network(row[own]) for own in ("kind", "other")),
            text(row["rival"]),
            *(estimate(row[name], sign="+") for name in (*shares, "parent_given_both_wrong")),
            estimate(row["severity"], 1, 2, "+"),
        ]
        for row in found["against"]
    ]
    both = "P(parent right, both wrong)"
    verdicts = [found[name] or "none" for name in ("verdict", "verdict_beyond_what_costs_nothing")]
    return "\n\n".join(
        [
            table(["network", "read", *shares.values(), "severity"], ends),
            table(["network", "against", "read", *shares.values(), both, "severity"], gaps),
            f"Verdict: **{text(verdicts[0])}**; beyond what costs nothing: **{text(verdicts[1])}**. {_seen(found)}",
        ]
    )


def pays_levels_table(found: Mapping[str, Any]) -> str:
    """What each kind of network answers at each level of evidence, as it is."""
    shares = {
        "accuracy": "class right",
        "parent_given_wrong": "P(parent right, class wrong)",
        "grandparent_given_wrong": "P(grandparent right, class wrong)",
    }
    rows = []
    for level, kinds in found["levels"].items():
        for kind, rivals in kinds.items():
            row = rivals["as it is"]
            wrong = " / ".join(str(number) for number in row["wrong"])
            rows.append([text(level), network(kind), wrong, *(estimate(row[name]) for name in shares)])
            rows[-1].append(estimate(row["severity"], 1, 2))
    return f"{table(['shown', 'network', 'wrong', *shares.values(), 'severity'], rows)}\n\n{_seen(found)}"


def trials_table(found: Sequence[Mapping[str, Any]]) -> str:
    """A row a trial, and a column for each key that any of them has."""
    head = list(dict.fromkeys(key for trial in found for key in trial))
    return table(
        [text(key.replace("_", " ")) for key in head], [[anything(own.get(key)) for key in head] for own in found]
    )


VIEWS: dict[str, dict[str | None, Callable[[Any], str]]] = {
    "rows": {None: rows_table, "stages": stages_table, "pairs": pairs_table},
    "truth": TRUTH,
    "attribution": ATTRIBUTION,
    "schedules": {None: schedules_table},
    "pays": {None: pays_table, "levels": pays_levels_table},
    "detectors": DETECTORS,
    "displacement": DISPLACEMENT,
    "trials": {None: trials_table},
}


def _over(found: Mapping[str, Any]) -> str:
    return f"Percent, mean ± sample deviation over {counted(found['seeds'], 'seed')} of training"


def _seen(found: Mapping[str, Any]) -> str:
    looks = f"{found['clips']} clips of {counted(found['looks'], 'look')}"
    return f"{looks}, shares in percent, [95 % interval in which whole looks are drawn]: {code(found['command'])}"
