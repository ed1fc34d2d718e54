"""Charts of detectors: how well each finds when something happens, of classes and of their parents."""

from typing import Any

from hprotopnet.studies.detector_tables import NAMES
from hprotopnet.views.dots import Dot, Panel, Series, draw_dots
from hprotopnet.views.findings import Detected, Detectors, Spread
from hprotopnet.views.scores import Rows

LEVELS = {"fine": "class", "coarse": "parent"}
AVERAGE = "average"


def detector_rows(found: Detectors) -> Rows:
    """A row for each detector and level: mAP, on average over overlaps, with what is known of it."""
    return [
        {
            **{"detector": NAMES.get(name, name), "level": called, "runs": own.runs},
            **_spread(own.figures[f"{level} {AVERAGE}"]),
            "beyond, points": _points(own, level),
        }
        for name, own in found.rows.items()
        for level, called in LEVELS.items()
    ]


def _points(own: Detected, level: str) -> float | None:
    gap = own.against and own.against[f"{level} {AVERAGE}"].mean
    return None if gap is None else 100 * gap


def _spread(own: Spread) -> dict[str, Any]:
    low, high = own.interval or (None, None)
    return {"share": own.mean, "std": own.std, "low": low, "high": high}


def draw_detectors(rows: Rows, dark: bool = False, width: int = 700, across: int = 2) -> dict[str, Any]:
    """A panel a level, a line a detector."""
    panels = [Panel(level, "mAP over overlaps of .1 to .9") for level in dict.fromkeys(row["level"] for row in rows)]
    dots = {panel.title: tuple(_dot(row) for row in rows if row["level"] == panel.title) for panel in panels}
    places = list(dict.fromkeys(row["detector"] for row in rows))
    return draw_dots(panels, [Series("detectors", dots, 0)], places, dark, width, across)


def _dot(row: dict[str, Any]) -> Dot:
    spread = "" if row["std"] is None else f", deviation over runs {100 * row['std']:.1f} points"
    return Dot(row["detector"], row["share"], row["low"], row["high"], f"{row['runs']} runs{spread}")


def concept_rows(found: Detectors) -> Rows:
    """A row for each detector and what its concepts were held against, in shares of 1."""
    return [
        {
            **{"detector": NAMES.get(name, name), "concepts and": what},
            **{measure: own.mean for measure, own in agreed.items()},
        }
        for name, detected in found.rows.items()
        for what, agreed in detected.concepts.items()
    ]
