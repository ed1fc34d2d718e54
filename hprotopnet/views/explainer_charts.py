"""Charts of explainers: what each of them is worth at each level, network beside network, chance marked."""

from typing import Any

from hprotopnet.attribution.methods import METHODS
from hprotopnet.views.dots import Dot, Panel, Series, draw_dots
from hprotopnet.views.findings import Attributions
from hprotopnet.views.scores import Rows

# Figures by name: in words, and whether they are shares.
FIGURES = {
    "pointing": ("highest place on the cue", True),
    "energy": ("map's sum on the cue", True),
    "iou": ("overlap with the cue", True),
    "insertion": ("probability while the clip is shown", True),
    "deletion": ("probability while the clip is hidden", True),
    "moved": ("map that goes with a cue", True),
    "noise": ("same order of places with noise", False),
    "randomised": ("same order of places with random weights", False),
    "gini": ("how sparse (Gini)", False),
    "flicker": ("how it flickers", False),
    "seconds": ("time, in passes of the network", False),
}
CHANCE = {"centre": "from the centre", "random": "at random"}


def figures_in(found: Attributions) -> list[str]:
    """The figures that anything was found of."""
    known = {
        name
        for network in found.networks.values()
        for levels in network.explainers.values()
        for figures in levels.values()
        for name, own in figures.items()
        if "method" in own and own["method"].mean is not None
    }
    return [name for name in FIGURES if name in known]


def explainer_rows(found: Attributions, figure: str) -> Rows:
    """A row for each level, explainer, network and who points: the explainer, or one that knows nothing."""
    return [
        {
            "level": level,
            "explainer": title(method),
            "network": network,
            "who points": CHANCE.get(who, "the explainer"),
            "n": own.n,
            "share" if FIGURES[figure][1] else "value": own.mean,
            **dict(zip(("low", "high"), own.interval or (None, None), strict=True)),
        }
        for network, explained in found.networks.items()
        for method, levels in explained.explainers.items()
        for level, figures in levels.items()
        for who, own in figures.get(figure, {}).items()
        if who in ("method", *CHANCE) and own.mean is not None
    ]


def draw_explainers(rows: Rows, figure: str, dark: bool = False, width: int = 700, across: int = 3) -> dict[str, Any]:
    """A panel a level, a line an explainer, a colour a network; what knows nothing hollow, of the first network."""
    label, share = FIGURES[figure]
    panels = [Panel(level, label, share) for level in dict.fromkeys(row["level"] for row in rows)]
    networks = list(dict.fromkeys(row["network"] for row in rows))
    series = [
        Series(network, _dots(rows, panels, network, "the explainer"), number)
        for number, network in enumerate(networks)
    ]
    for number, who in enumerate(CHANCE.values(), len(networks)):
        own = _dots(rows, panels, networks[0], who) if networks else {}
        if any(own.values()):
            series.append(Series(who, own, number, filled=False))
    return draw_dots(panels, series, list(dict.fromkeys(row["explainer"] for row in rows)), dark, width, across)


def _dots(rows: Rows, panels: list[Panel], network: str, who: str) -> dict[str, tuple[Dot, ...]]:
    chosen = [row for row in rows if row["network"] == network and row["who points"] == who]
    return {panel.title: tuple(_dot(row) for row in chosen if row["level"] == panel.title) for panel in panels}


def _dot(row: dict[str, Any]) -> Dot:
    return Dot(row["explainer"], row.get("share", row.get("value")), row["low"], row["high"], f"{row['n']} clips")


def agreement_rows(found: Attributions, network: str) -> Rows:
    """A row for each two explainers of a network, and each level."""
    return [
        {
            "explainer": title(row.one),
            "and": title(row.other),
            "level": level,
            "n": row.rank.n,
            "rank correlation": row.rank.mean,
            "share": row.top.mean,
        }
        for level, pairs in found.networks[network].agreement.items()
        for row in pairs
    ]


def title(method: str) -> str:
    """What people call a method."""
    return METHODS[method].title if method in METHODS else method
