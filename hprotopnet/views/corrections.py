"""What a correction changed, as tables: better and worse told by sign and word, and by colour as well."""

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hprotopnet.hierarchy.tree import Hierarchy

LEAST = 5e-4  # of a share, below which nothing is said to have changed: a twentieth of a percent
GREEN, RED = "rgba(46,160,67,.2)", "rgba(248,81,73,.2)"  # behind text of the page's own colour


class Row(NamedTuple):
    """A line of a table.

    Attributes:
        name: what is measured.
        cells: values as text, in the order of the columns.
        change: in words, with its sign.
        better: whether it became better; None where nothing changed, or nobody can say.
    """

    name: str
    cells: tuple[str, ...]
    change: str
    better: bool | None


def figure_rows(states: Mapping[str, Mapping[str, Any]], tree: Hierarchy) -> list[Row]:
    """Rows of one held-out side, with columns before, without and tuned, see `corrections.correct`."""
    columns = [states[state] for state in ("before", "muted", "after")]
    rows = []
    for name in tree.level_names:
        rows.append(_row(f"Right {name}", [own["right"][name] for own in columns], "percent", up=True))
    for name in tree.level_names:
        values = [own["own"].get(name) for own in columns]
        if any(value is not None for value in values):
            rows.append(_row(f"Own share of {name}", values, "number", up=None))
    rows.append(_row("Severity of mistakes", [own["severity"] for own in columns], "number", up=False))
    rows.append(_row("Calibration error", [own["ece"] for own in columns], "percent", up=False))
    return rows


def node_table(rows: Sequence[Mapping[str, Any]], tree: Hierarchy) -> list[Row]:
    """Rows of the nodes that are concerned: clips found and answers right, before and after."""
    found = []
    for row in rows:
        name = tree.display[tree.index(row["node"])]
        for what, said in (("found", f"{name}: {row['clips']} clips, found"), ("precise", f"{name}: answers right")):
            found.append(_row(said, [row[f"{what} before"], row[f"{what} after"]], "percent", up=True))
    return found


def _row(name: str, values: Sequence[float | None], unit: str, up: bool | None) -> Row:
    cells = tuple(_text(value, unit) for value in values)
    first, last = values[0], values[-1]
    if first is None or last is None:
        return Row(name, cells, "", None)
    change = last - first
    if abs(change) < (LEAST if unit == "percent" else 5e-3):
        return Row(name, cells, "= same", None)
    sign = f"{100 * change:+.1f}" if unit == "percent" else f"{change:+.2f}"
    if up is None:
        return Row(name, cells, f"{sign} {'more' if change > 0 else 'less'}", None)
    better = (change > 0) == up
    return Row(name, cells, f"{sign} {'better' if better else 'worse'}", better)


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if unit == "percent" else f"{value:.2f}"


def table_html(columns: Sequence[str], rows: Sequence[Row], caption: str) -> str:
    """Rows as a table without a script, names escaped; a change has its sign and its word beside its colour."""
    head = "".join(
        f"<th scope='col' style='text-align:right;padding:.25rem .6rem'>{html.escape(own)}</th>" for own in columns
    )
    lines = "".join(_line(row) for row in rows)
    return (
        f"<div style='overflow-x:auto'><table style='border-collapse:collapse;font-size:.9rem'>"
        f"<caption style='text-align:left;padding:.25rem 0;font-weight:600'>{html.escape(caption)}</caption>"
        f"<thead><tr><th></th>{head}<th scope='col' style='text-align:left;padding:.25rem .6rem'>change</th></tr>"
        "</thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _line(row: Row) -> str:
    colour = {True: GREEN, False: RED, None: "transparent"}[row.better]
    style = "text-align:right;padding:.25rem .6rem;font-variant-numeric:tabular-nums;white-space:nowrap"
    cells = "".join(f"<td style='{style}'>{html.escape(cell)}</td>" for cell in row.cells)
    border = "border-top:1px solid rgba(128,140,155,.3)"
    return (
        f"<tr style='{border}'><th scope='row' style='text-align:left;font-weight:400;padding:.25rem .6rem .25rem 0'>"
        f"{html.escape(row.name)}</th>{cells}<td style='padding:.25rem .6rem;background:{colour};white-space:nowrap'>"
        f"{html.escape(row.change)}</td></tr>"
    )


def in_short(states: Mapping[str, Mapping[str, Any]], level: str) -> str:
    """What a correction came to, in sentences: beside what tuning as long with all prototypes comes to."""
    clips = states["before"]["clips"]
    before, after, control = (round(clips * states[own]["right"][level]) for own in ("before", "after", "control"))
    was = f"{_more(after - before)} of {clips} clips are right {'than' if after != before else 'as'} before"
    tuned = f"tuned as long with all prototypes it would be {_more(control - before)}"
    cost = control - after
    due = f"{'costs' if cost > 0 else 'gains'} {abs(cost)}" if cost else "costs nothing"
    return f"{was[:1].upper()}{was[1:]}; {tuned}: leaving them out {due}."


def _more(change: int) -> str:
    return f"{abs(change)} {'more' if change > 0 else 'fewer'}" if change else "as many"
