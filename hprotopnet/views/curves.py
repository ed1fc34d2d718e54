"""Lines and bars over an axis of numbers: back-off curves, reliability, training, severity of mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hprotopnet.views.charts import DASHES, GRID, axis, between, hue, ink_of, layout, percent, shown, sign
from hprotopnet.views.scores import Rows

HEIGHT, TALL = 340, 480  # of one plot, and of two above each other
LINE_FROM, MOST_MARKED = 2, 40  # points that a line has dots on
MOST_POINTS = 1000  # of a line that are drawn: each is a text for the mouse, too
BROAD = 1.04  # how far an axis of shares reaches, so that a point at 1 is whole
SHARES = {"range": [0, BROAD], "tickformat": ".0%"}


@dataclass(frozen=True)
class Line:
    """A line with its name; `told` says of each point what the mouse tells, escaped."""

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    told: tuple[str, ...]
    number: int = 0
    points: bool = False  # dots alone, or on the line where they are few
    joined: bool = True


def draw_risk(rows: Rows, dark: bool = False, width: int = 700) -> dict[str, Any]:
    """Risk against coverage: what is gained by answering only the clips it is surest of."""
    rows = _thinned(rows)
    told = tuple(
        f"answers {percent(row['answered'])} of clips<br>of these {percent(row['wrong'])} wrong"
        f"<br>confidence at least {row['confidence']:.2f}"
        for row in rows
    )
    line = Line("risk", *_columns(rows, "answered", "wrong"), told)
    highest = max((row["wrong"] for row in rows), default=0)
    y = axis("wrong, of those answered", tickformat=".0%", range=[0, max(0.1, 1.1 * highest)])
    return _drawn([line], axis("clips answered, surest first", **SHARES), y, dark, width)


def draw_specificity(
    curves: dict[str, Rows], marked: dict[str, dict[str, float]], threshold: float, dark: bool = False, width: int = 700
) -> dict[str, Any]:
    """Accuracy against specificity of back-offs, and where each stands at a threshold."""
    lines = []
    for number, (name, every) in enumerate(curves.items()):
        rows = _thinned(every)
        told = tuple(
            f"<b>{shown(name)}</b><br>right {percent(row['right'])}<br>specificity {row['specificity']:.2f}"
            f"<br>threshold {row['threshold']:.2f}"
            for row in rows
        )
        lines.append(Line(name, *_columns(rows, "specificity", "right"), told, number))
    for number, (name, at) in enumerate(marked.items()):
        told = (f"<b>{shown(name)}</b><br>at {threshold:.2f}: right {percent(at['right'])}",)
        called = f"at {threshold:.2f}"
        lines.append(Line(called, (at["specificity"],), (at["right"],), told, number, points=True, joined=False))
    lowest = min((row["right"] for rows in curves.values() for row in rows), default=0)
    y = axis("right, class or ancestor", tickformat=".0%", range=[max(0, lowest - 0.1), 1.01])
    x = axis("specificity: 0 says nothing, 1 always a class", range=[0, BROAD])
    return _drawn(lines, x, y, dark, width)


def draw_reliability(rows: Rows, dark: bool = False, width: int = 700) -> dict[str, Any]:
    """How often it is right against how sure it is; on the diagonal it may be believed. Larger dots are more clips."""
    told = tuple(
        f"sure {percent(row['confidence'])}<br>right {percent(row['right'])}<br>{row['clips']} clips" for row in rows
    )
    line = Line("this network", *_columns(rows, "confidence", "right"), told, points=True)
    drawn = _drawn([line], axis("how sure it is", **SHARES), axis("how often it is right", **SHARES), dark, width)
    most = max((row["clips"] for row in rows), default=1)
    sizes = [7 + 17 * (row["clips"] / most) ** 0.5 for row in rows]
    drawn["data"][0]["marker"] |= {"size": sizes, "opacity": 1}
    drawn["data"].insert(0, _rule([0, 1], [0, 1], dark))
    return drawn


def draw_severity(rows: Rows, dark: bool = False, width: int = 700) -> dict[str, Any]:
    """Bars of how far off mistakes are, mildest first, beside what answers drawn from all other classes would be."""
    names = ["mistakes of this network", "wrong answers drawn by chance"]
    x = [f"{row['levels off']}: {shown(row['meaning'])}" for row in rows]
    up, down = ([_gap(row, end) for row in rows] for end in ("high", "low"))
    bars = {
        "type": "bar",
        "name": names[0],
        "x": x,
        "y": [row["share"] for row in rows],
        "marker": {"color": hue(0, dark)},
        "width": 0.55,
        "error_y": {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": ink_of(dark).text},
        "text": [
            f"{row['mistakes']} mistakes, {percent(row['share'])}{between(row['low'], row['high'])}"
            f"<br>by chance {percent(row['by chance'])}"
            for row in rows
        ],
        "textposition": "none",
        "hoverinfo": "text",
    }
    marker = {"symbol": "diamond-open", "size": 11, "color": hue(1, dark), "line": {"width": 2}}
    chance = {"type": "scatter", "mode": "markers", "name": names[1], "x": x, "marker": marker, "hoverinfo": "skip"}
    chance["y"] = [row["by chance"] for row in rows]
    found = layout(dark, HEIGHT, names, width)
    found["xaxis"], found["yaxis"] = axis("levels off", type="category"), axis("share of its mistakes", **SHARES)
    return {"data": [bars, chance], "layout": found}


def draw_training(rows: Rows, dark: bool = False, width: int = 700) -> dict[str, Any]:
    """Accuracy above and cross-entropy below, over all epochs; a dotted line where a stage begins."""
    shares = ("right, training", "right, validation")
    lines = [_over_epochs(rows, name, number) for number, name in enumerate(shares)]
    loss = _over_epochs(rows, "cross-entropy", 2)
    names = [own.name for own in (*lines, loss)]
    found = layout(dark, TALL, names, width)
    reach = [0.5, max(len(rows), 1) + 0.5]
    found["xaxis"] = axis("", range=reach, anchor="y", showticklabels=False)
    found["xaxis2"] = axis("epoch", range=reach, anchor="y2")
    found["yaxis"] = axis("right", domain=[0.55, 0.95], anchor="x", **SHARES)
    found["yaxis2"] = axis("cross-entropy", domain=[0, 0.48], anchor="x2", rangemode="tozero")
    below = _trace(loss, dark) | {"xaxis": "x2", "yaxis": "y2"}
    found["shapes"], found["annotations"] = _stages(rows, dark)
    return {"data": [*(_trace(own, dark) for own in lines), below], "layout": found}


def _over_epochs(rows: Rows, name: str, number: int) -> Line:
    own = [row for row in rows if row[name] is not None]
    told = tuple(f"{shown(row['stage'])}, epoch {row['epoch']}<br>{name} {row[name]:.3f}" for row in own)
    return Line(name, *_columns(own, "epoch", name), told, number, points=len(own) <= MOST_MARKED // 4)


def _stages(rows: Rows, dark: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A dotted line before the first epoch of each stage, and the stage's name above."""
    starts = [row for i, row in enumerate(rows) if i == 0 or rows[i - 1]["stage"] != row["stage"]]
    line = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": GRID, "dash": "dot"}}
    text = {"xref": "x", "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left", "showarrow": False}
    lines = [line | {"x0": row["epoch"] - 0.5, "x1": row["epoch"] - 0.5} for row in starts]
    names = [text | {"x": row["epoch"] - 0.5, "text": f"<i>{shown(row['stage'])}</i>"} for row in starts]
    return lines, [own | {"font": {"color": ink_of(dark).text}} for own in names]


def _thinned(rows: Rows) -> Rows:
    """At most `MOST_POINTS` of some rows, evenly spread, the first and the last among them."""
    if len(rows) <= MOST_POINTS:
        return rows
    return [rows[round(i * (len(rows) - 1) / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def _columns(rows: Rows, x: str, y: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(row[x] for row in rows), tuple(row[y] for row in rows)


def _drawn(lines: Sequence[Line], x: dict[str, Any], y: dict[str, Any], dark: bool, width: int) -> dict[str, Any]:
    found = layout(dark, HEIGHT, [own.name for own in lines if own.joined], width)
    return {"data": [_trace(own, dark) for own in lines], "layout": found | {"xaxis": x, "yaxis": y}}


def _trace(own: Line, dark: bool) -> dict[str, Any]:
    colour, many = hue(own.number, dark), len(own.x) >= LINE_FROM
    dots = own.points or not many
    return {
        "type": "scatter",
        "mode": "+".join(["lines"] * (own.joined and many) + ["markers"] * dots),
        "name": shown(own.name),
        "showlegend": own.joined,
        "x": list(own.x),
        "y": list(own.y),
        "line": {"color": colour, "width": 2.4, "dash": DASHES[own.number % len(DASHES)]},
        "marker": {"color": colour, "size": 10, "symbol": sign(own.number)},
        "text": list(own.told),
        "hoverinfo": "text",
        "cliponaxis": False,
    }


def _rule(x: Sequence[float], y: Sequence[float], dark: bool) -> dict[str, Any]:
    """A thin line to compare with."""
    line = {"color": ink_of(dark).line, "width": 1.5, "dash": "dash"}
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "line": line, "hoverinfo": "skip"}


def _gap(row: dict[str, Any], end: str) -> float:
    return 0 if row[end] is None else abs(row[end] - row["share"])
