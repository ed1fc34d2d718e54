"""What all charts share: colours, axes, hover text, and the step from plain data to a plotly figure.

Charts are plain dicts of traces and a layout, as `disk.drawing` makes them; `figure` is the only door to plotly. Names
come from outside and are escaped, as plotly reads them as HTML. One hue stands for one thing throughout a page, and a
symbol or a dash says the same without colour.
"""

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from hprotopnet.disk.drawing import DARK, HUES, LIGHT, Ink
from hprotopnet.disk.text import FONT, text_width

SIGNS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon")  # one for each of `HUES`
DASHES = ("solid", "dash", "dot", "dashdot")
LIGHTER = "#4da3dd"
GRID = "rgba(128,138,150,.28)"
SIZE = 14  # of letters, in pixels
LINE, KEY = 26, 34  # height of a line of the legend, and width of its sign with room around it, in pixels
LONGEST = 40  # letters of a name at an axis or in a legend


def figure(drawn: dict[str, Any]) -> go.Figure:
    """A chart as plotly has it."""
    return go.Figure(drawn)


def ink_of(dark: bool) -> Ink:
    return DARK if dark else LIGHT


def hue(number: int, dark: bool) -> str:
    """Colour of the number-th thing; the darkest is lighter on a dark page."""
    own = HUES[number % len(HUES)]
    return LIGHTER if dark and own == HUES[0] else own


def sign(number: int, filled: bool = True) -> str:
    """Symbol of the number-th thing."""
    return SIGNS[number % len(SIGNS)] + ("" if filled else "-open")


def shown(name: str, longest: int = LONGEST) -> str:
    """A name for plotly, shortened and escaped."""
    return html.escape(name if len(name) <= longest else f"{name[: longest - 1]}…")


def percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def between(low: float | None, high: float | None) -> str:
    """An interval in words; empty where there is none."""
    return "" if low is None or high is None else f"<br>95 % interval {100 * low:.1f} to {100 * high:.1f} %"


def layout(dark: bool, height: int, names: Sequence[str] = (), width: int = 700, **more: Any) -> dict[str, Any]:
    """What every chart has: transparent ground, letters as the page's, and a legend of these names above.

    Args:
        height: of all of it, in pixels; see `legend_height` for what the legend takes of that.
        width: that the place is known to have, by which the legend is broken into lines.
    """
    ink, above = ink_of(dark), legend_height(names, width)
    return {
        "template": {},
        "height": height,
        "margin": {"l": 10, "r": 16, "t": 14 + above, "b": 44},
        "font": {"family": FONT, "size": SIZE, "color": ink.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"bgcolor": ink.halo, "bordercolor": ink.line, "font": {"color": ink.text}, "align": "left"},
        "showlegend": len(names) > 1,
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "x": 0,
            "itemclick": False,
            "itemdoubleclick": False,
        },
        **more,
    }


def legend_height(names: Sequence[str], width: int) -> int:
    """Pixels that a legend needs above a plot, none for a single name: plotly breaks it into lines of equal columns."""
    if len(names) < 2:
        return 0
    column = max(text_width(name[:LONGEST], SIZE) for name in names) + KEY
    per_line = max(1, int(width // column))
    return LINE * -(-len(names) // per_line)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its name; fixed, as nothing would bring back a plot that was dragged away."""
    return {
        "title": {"text": title, "standoff": 8},
        "fixedrange": True,
        "automargin": True,
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "",
        **more,
    }
