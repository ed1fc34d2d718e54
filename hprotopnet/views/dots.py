"""Dots with intervals, one line for each place, one panel for each figure: the chart for all that has an interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hprotopnet.views.charts import axis, between, hue, ink_of, layout, percent, shown, sign

ROW, FEWEST = 32, 2  # height of a line in pixels, and how many lines there is room for at least
APART = 0.3  # most that two dots of one line stand apart, in lines
TITLE, FOOT, GAP = 26, 66, 0.05  # pixels above a panel with a title and below one; room between panels
PADDING = 0.06  # room around what is shown, as a share of it
NARROWEST = 0.1  # span of an axis of shares


@dataclass(frozen=True)
class Dot:
    """A value at one place, and how far it may be trusted.

    Attributes:
        place: line that it stands on.
        value: None where there is nothing to show.
        low, high: of its interval, None without one.
        about: what else is told of it, by the mouse, not escaped.
        small: further values, such as one for each training seed.
    """

    place: str
    value: float | None
    low: float | None = None
    high: float | None = None
    about: str = ""
    small: tuple[float, ...] = ()


@dataclass(frozen=True)
class Series:
    """Dots of one thing.

    Attributes:
        name: as the legend has it.
        dots: by the panel they stand in.
        number: what colour and symbol it has.
        filled: what was published by others is drawn hollow.
    """

    name: str
    dots: dict[str, tuple[Dot, ...]]
    number: int
    filled: bool = True


@dataclass(frozen=True)
class Panel:
    """A figure with an axis of its own, titled where that says more than the label of the axis.

    `share` where it lies between 0 and 1 and is shown in percent.
    """

    title: str
    label: str
    share: bool = True
    numbers: bool = False  # whether values stand beside their dots


def draw_dots(
    panels: Sequence[Panel],
    series: Sequence[Series],
    places: Sequence[str],
    dark: bool = False,
    width: int = 700,
    across: int = 3,
) -> dict[str, Any]:
    """Panels side by side, `across` of them in a row, that share their lines; the first place is uppermost.

    Args:
        width: of the place, in pixels.
    """
    rows = [panels[first : first + across] for first in range(0, len(panels), across)]
    roomy = 1 + 0.25 * (len(series) > 2) + 0.5 * any(panel.numbers for panel in panels)
    one, names = ROW * max(len(places), FEWEST) * roomy, [own.name for own in series]
    high = len(rows) * (one + TITLE + FOOT)
    drawn: dict[str, Any] = {"data": [], "layout": layout(dark, 0, names, width)}
    drawn["layout"]["margin"]["b"] = 0
    drawn["layout"]["height"] = round(high) + drawn["layout"]["margin"]["t"]
    drawn["layout"]["annotations"] = []
    for i, row in enumerate(rows):
        top = 1 - (i * (one + TITLE + FOOT) + TITLE) / high
        for j, panel in enumerate(row):
            _add_panel(drawn, panel, series, places, (i * across + j + 1, j, across), (top - one / high, top), dark)
    return drawn


def _add_panel(
    drawn: dict[str, Any],
    panel: Panel,
    series: Sequence[Series],
    places: Sequence[str],
    at: tuple[int, int, int],
    domain: tuple[float, float],
    dark: bool,
) -> None:
    number, column, across = at
    suffix = "" if number == 1 else str(number)
    wide = (1 - GAP * (across - 1)) / across
    left = column * (wide + GAP)
    found = [dot for own in series for dot in own.dots.get(panel.title, ())]
    lines = {"tickvals": [-i for i in range(len(places))], "ticktext": [shown(name) for name in places]}
    drawn["layout"][f"xaxis{suffix}"] = axis(
        panel.label, range=_span(found, panel.share), domain=[left, left + wide], anchor=f"y{suffix}", nticks=6
    ) | ({"tickformat": ".0%"} if panel.share else {})
    drawn["layout"][f"yaxis{suffix}"] = axis(
        "", range=[0.6 - len(places), 0.6], domain=list(domain), anchor=f"x{suffix}", showticklabels=column == 0
    ) | (lines if places else {})
    if panel.title and panel.title != panel.label:
        place = {"x": left, "y": domain[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        text = {"text": f"<b>{shown(panel.title)}</b>", "showarrow": False, "font": {"color": ink_of(dark).text}}
        drawn["layout"]["annotations"].append(place | text)
    apart = min(APART, 0.66 / max(len(series), 1))
    for k, own in enumerate(series):
        offset = (k - (len(series) - 1) / 2) * apart
        drawn["data"] += _traces(own, panel, places, offset, suffix, dark, legend=number == 1)


def _traces(
    own: Series, panel: Panel, places: Sequence[str], offset: float, suffix: str, dark: bool, legend: bool
) -> list[dict[str, Any]]:
    dots = [dot for dot in own.dots.get(panel.title, ()) if dot.value is not None]
    colour, axes = hue(own.number, dark), {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    heights = [-places.index(dot.place) - offset for dot in dots]
    marker = {
        "symbol": sign(own.number, own.filled),
        "size": 10,
        "color": colour,
        "line": {"width": 1.6, "color": colour},
    }
    main = {
        "type": "scatter",
        "mode": "markers+text" if panel.numbers else "markers",
        "texttemplate": "%{customdata}",
        "customdata": [percent(dot.value) if panel.share else f"{dot.value:.2f}" for dot in dots],
        "textposition": "top center",
        "name": shown(own.name),
        "legendgroup": own.name,
        "showlegend": legend,
        "x": [dot.value for dot in dots],
        "y": heights,
        "marker": marker,
        "error_x": _whiskers(dots, colour),
        "hovertext": [_told(own, panel, dot) for dot in dots],
        "hoverinfo": "text",
        **axes,
    }
    small = [(value, height) for dot, height in zip(dots, heights, strict=True) for value in dot.small]
    return [main, *([_small(small, colour, axes)] if small else [])]


def _whiskers(dots: Sequence[Dot], colour: str) -> dict[str, Any]:
    ends = [(dot.value, dot.low, dot.high) for dot in dots]
    up = [0 if high is None else high - value for value, _, high in ends]
    down = [0 if low is None else value - low for value, low, _ in ends]
    shape = {"symmetric": False, "thickness": 2, "width": 4, "color": colour}
    return {"type": "data", "array": up, "arrayminus": down, "visible": any(up + down), **shape}


def _small(points: Sequence[tuple[float, float]], colour: str, axes: dict[str, str]) -> dict[str, Any]:
    values, heights = zip(*points, strict=True)
    marker = {"symbol": "line-ns-open", "size": 9, "color": colour, "line": {"width": 1}}
    style = {"type": "scatter", "mode": "markers", "marker": marker, "hoverinfo": "skip", "showlegend": False}
    return {"x": list(values), "y": list(heights), **style, **axes}


def _told(own: Series, panel: Panel, dot: Dot) -> str:
    value = percent(dot.value) if panel.share else f"{dot.value:.2f}"
    ends = between(dot.low, dot.high) if panel.share else _plain_between(dot.low, dot.high)
    about = f"<br>{shown(dot.about, 200)}" if dot.about else ""
    where = " · ".join(filter(None, [shown(own.name), shown(dot.place)]))
    return f"<b>{where}</b><br>{shown(panel.label)}: {value}{ends}{about}"


def _plain_between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"<br>95 % interval {low:.2f} to {high:.2f}"


def _span(dots: Sequence[Dot], share: bool) -> list[float]:
    """What an axis shows: all values and intervals with some room, and shares never so closely that noise looks big."""
    ends = [end for dot in dots for end in (dot.value, dot.low, dot.high, *dot.small) if end is not None] or [0.0, 1.0]
    low, high = min(ends), max(ends)
    least = NARROWEST if share else 1e-6
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    room = PADDING * (high - low)
    low, high = low - room, high + room
    return [max(low, -0.02), min(high, 1.02)] if share and min(ends) >= 0 and max(ends) <= 1 else [low, high]
