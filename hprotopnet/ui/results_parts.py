"""Parts of the page Results that all its sections share: a chart, and behind it the numbers and the command."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.recipes import RECIPES
from hprotopnet.ui.below import once_open
from hprotopnet.ui.window import chart_width
from hprotopnet.views.charts import figure
from hprotopnet.views.scores import as_csv

PLACE = "place of the charts"
STILL = {"displayModeBar": False, "doubleClick": False, "scrollZoom": False}
NARROW = 560  # pixels, below which panels stand below each other
# Columns of shares, whatever stands behind a comma; other fractions have two decimals.
SHARES = ("right", "low", "high", "share", "by chance", "answered", "wrong", "confidence", "published", "std")
SHARES += ("accuracy", "parent_given_wrong")
Rows = Sequence[Mapping[str, Any]]


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def across(panels: int) -> int:
    """How many panels there is room for side by side."""
    return 1 if chart_width(PLACE) < NARROW else min(panels, 3)


def chart(drawn: dict[str, Any], key: str, alt: str, on_select: Callable[[], None] | str = "ignore") -> None:
    """A chart as wide as its place.

    Args:
        alt: what it shows, for those who do not see it.
        on_select: called after a click on a point, whose data then lie in the session under `key`.
    """
    more = {} if on_select == "ignore" else {"on_select": on_select, "selection_mode": "points"}
    st.plotly_chart(figure(drawn), theme=None, key=key, config=STILL, alt=alt, **more)


def behind(rows: Rows, name: str, command: str) -> None:
    """What a chart was drawn from, as a table and as a file, and the command that makes it."""
    once_open("Numbers and command", f"numbers of {name}", ":material/table:", _numbers_of, rows, name, command)


def _numbers_of(rows: Rows, name: str, command: str) -> None:
    table(rows, name)
    st.caption("Made by")
    st.code(command, language=None, wrap_lines=True)


def table(rows: Rows, name: str) -> None:
    """Rows as a table and as a CSV file."""
    names = dict.fromkeys(column for row in rows for column in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    formats = {column: st.column_config.NumberColumn(format=_format(column)) for column in _numbers(columns)}
    st.dataframe(columns, hide_index=True, column_config=formats)
    st.download_button(
        "Table as CSV",
        lambda: as_csv(rows),  # made only when it is asked for
        f"{name.replace(' ', '-')}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv of {name}",
    )


def _numbers(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Names of the columns that hold fractions."""
    return [name for name, values in columns.items() if any(isinstance(value, float) for value in values)]


def _format(column: str) -> str:
    return "%.2f" if column.split(",")[0] not in SHARES else "percent"


def evaluating(bundle: Bundle) -> str:
    """The command that asks a network again, and keeps what it answers in its bundle."""
    folder = f"{bundle.folder.parent.name}/{bundle.name}"
    return f"python -m hprotopnet evaluate --bundle {shlex.quote(folder)} --data DATA --keep"


def training(bundle: Bundle) -> str:
    """The command that trained a network, as far as the bundle tells."""
    name = bundle.config.name
    more = f"--recipe {name}" if name in RECIPES else "--data DATA --hierarchy TREE.csv"
    return f"python train.py {more}"
