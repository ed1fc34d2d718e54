"""The numbers of an explanation as a table, a row for each prototype and level."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence
from hprotopnet.explain.shares import share
from hprotopnet.files import visible
from hprotopnet.views import words
from hprotopnet.views.account import Account

OF_LEVEL = ("network", "video", "start", "level", "node", "probability", "rival", "truth")
OF_PROTOTYPE = (
    *("prototype", "number", "similarity", "share", "contribution", "probability_without"),
    *("cell_t", "cell_y", "cell_x", "time"),
    *("source_video", "source_from", "source_to"),
)
FORMULA = ("=", "+", "-", "@")  # how texts begin that spreadsheets compute


def numbers_csv(account: Account) -> str:
    """A table with a head; a level without prototypes has a row whose last columns are empty.

    `prototype` is its number in the bundle and `number` that among those of its node; `share` is that of all that
    speaks for the node, 1 being all of it; `contribution` is in scores, and those of a level sum to what its own
    prototypes contribute; times are seconds of their videos, `time` that at which the clip is most similar, empty where
    evidence has no place in time; `truth` is the true node of the level, empty where it is not known. Names that a
    spreadsheet would compute begin with an apostrophe.
    """
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, (*OF_LEVEL, *OF_PROTOTYPE), lineterminator="\n")
    table.writeheader()
    for level in account.explanation.levels:
        table.writerows(_rows(account, level))
    return file.getvalue()


def _rows(account: Account, level: LevelExplanation) -> Iterator[dict[str, Any]]:
    found = account.explanation
    values = (account.bundle.name, found.video, found.start, level.level, account.name(level.node), level.probability)
    more = words.rival(account.hierarchy, level), account.true_node(level)
    head = dict(zip(OF_LEVEL, map(_cell, (*values, *more)), strict=True))
    for row in level.evidence:
        yield head | dict(zip(OF_PROTOTYPE, map(_cell, _values(account, level, row)), strict=True))
    if not level.evidence:
        yield head


def _values(account: Account, level: LevelExplanation, row: PrototypeEvidence) -> tuple[Any, ...]:
    own, found = account.source(row), account.explanation
    return (
        *(row.prototype, account.number(row), row.similarity, share(row.contribution, level.speaking)),
        *(row.contribution, row.probability_muted, *row.cell),
        words.peak_time(row, found.times, account.bundle.config.clip) if found.time_resolved else None,
        *(own.video, *own.interval),
    )


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(FORMULA) else text
