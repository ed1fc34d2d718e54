"""Attributions of one clip side by side: what the player shows of them, how far they agree, and what a true cue says.

Every map has a scale of its own, since methods speak in different units: what is compared is where, not how much. Maps
are compared on cells that all of them have, see `evaluation.attributions`.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.disk.drawing import HUES
from hprotopnet.evaluation.attributions import on_cells, overlap, pointing, rank_correlation, top_overlap
from hprotopnet.evaluation.evidence import CENTRED, energy_inside
from hprotopnet.pantomime.truth import SEEN
from hprotopnet.views import words
from hprotopnet.views.charts import ink_of, layout, percent, shown
from hprotopnet.views.film import Film, Lane, Layer, Level, Outline, Scene
from hprotopnet.views.scenes import middles
from hprotopnet.views.traced import DASHES

HIGHEST = 99.9  # per cent of a map's values that its brightest colour stays above
SCALE = (
    f"Each map has its own scale: dark is its lowest value, bright what {HIGHEST} % of its values stay below. So maps"
    " tell where, not how much."
)
MASS, SHOWN = "Share of each map in a frame", "share of the picture that shows the true cue"
CHANCE_SHARED = 0.1 / 1.9  # that two maps share of their highest tenths when neither knows of the other
# What is said where rank correlation and the share of highest tenths in common are both at least so high.
WORDS = ((0.7, 0.4, "Largely"), (0.4, 0.15, "In part"))
LITTLE = (0.15, 0.1)  # of either, from which on it is "hardly", below "no"
ENDS = (("nothing", "nothing"), ("untouched", "all"))  # of what masks keep, as figures and as people say it
Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Cue:
    """The true cue of the level that is asked about.

    Attributes:
        name: what shows it, say "Parent".
        masks: booleans (T, H, W).
    """

    name: str
    masks: np.ndarray

    @property
    def seen(self) -> bool:
        return float(self.masks.mean()) >= SEEN


@dataclass(frozen=True)
class Pair:
    """How far two maps agree: rank correlation of their cells, and what they share of their highest tenths."""

    one: str
    other: str
    correlation: float
    shared: float


def title(own: Attribution) -> str:
    """What a method is called."""
    return METHODS[own.method].title if own.method in METHODS else own.method


def resolved(own: Attribution) -> str:
    """What a map can tell apart, in words, as in "told apart: a grid of 2 x 7 x 7 cells"."""
    if own.resolution == own.values.shape:
        return "every pixel of every frame"
    return f"a grid of {_times(own.resolution)} cells{'' if in_cells(own) else ', drawn smoothly'}"


def in_cells(own: Attribution) -> bool:
    """Whether a map has one value a cell, so that it is drawn in blocks, and none in between, as masks have."""
    changes = (np.diff(own.values, axis=axis).any(axis=tuple({0, 1, 2} - {axis})).sum() for axis in range(3))
    return all(change < cells for change, cells in zip(changes, own.resolution, strict=True))


def note(own: Attribution) -> str:
    """What stands under a map: what it can tell apart, and how long it took."""
    drawn = "drawn as " if in_cells(own) and own.resolution != own.values.shape else ""
    took = f"{own.seconds:.1f}\N{NO-BREAK SPACE}s" if own.seconds else "part of the explanation"
    return f"{drawn}{resolved(own)} · {took}"


def _times(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))


# --- for the player ---------------------------------------------------------------------------------------------------


def scene_beside(clip: str, film: Film, maps: Mapping[str, Attribution | None], cue: Cue | None = None) -> Scene:
    """Maps of one clip side by side over it, with the mass of each over time under it.

    Args:
        maps: by what they are called; None for one that is still to come, beside which the others stand already.
    """
    keys = [str(i) for i in range(len(maps))]
    outlined = zlib.compress(np.packbits(cue.masks).tobytes()) if cue else b""
    lanes = [lane_of(own, film, i) for i, own in enumerate(maps.values()) if own]
    first = next(filter(None, maps.values()), None)
    return Scene(
        title=f"The clip {clip}",
        film=film,
        levels=tuple(Level(key, "", name, "") for key, name in zip(keys, maps, strict=True)),
        lanes=(*([lane_of_cue(cue, film)] if cue and lanes else []), *on_one_scale(lanes)),
        layers=tuple(layer_of(own, key) for key, own in zip(keys, maps.values(), strict=True)),
        outlines=tuple(Outline(key, "True cue", outlined) for key in keys if cue),
        beside=tuple(keys),
        start=film.times[int(mass(first).argmax())] if first else None,
        scale=SCALE,
    )


def layer_of(own: Attribution | None, key: str) -> Layer:
    """A map as the player takes it, from its lowest value to what `HIGHEST` of its values stay below.

    Of a signed one 0 is in the middle, and both ways go as far.
    """
    if own is None:
        return Layer(key, "not there yet", b"")
    return Layer(key, note(own), zlib.compress(strengths(own).tobytes(), 6), own.signed)


def strengths(own: Attribution) -> np.ndarray:
    """How bright each pixel is drawn, uint8 (T, H, W), see `Layer`."""
    if own.signed:
        most = float(np.percentile(np.abs(own.values), HIGHEST)) or float(np.abs(own.values).max()) or 1.0
        return (128 + 127 * np.clip(own.values / most, -1, 1)).round().astype(np.uint8)
    low, high = float(own.values.min()), float(np.percentile(own.values, HIGHEST))
    high = high if high > low else float(own.values.max())
    return (255 * np.clip((own.values - low) / ((high - low) or 1.0), 0, 1)).round().astype(np.uint8)


def mass(own: Attribution) -> np.ndarray:
    """Share of what speaks for the target that lies in each frame, (T,); equal shares of nothing."""
    sums = own.supporting.sum((1, 2), dtype=float)
    return sums / sums.sum() if sums.sum() else np.full(len(sums), 1 / len(sums))


def lane_of(own: Attribution, film: Film, number: int) -> Lane:
    """The mass of a map over time; of a hue and a dash of its own."""
    shares = mass(own)
    return Lane(
        str(number),
        title(own),
        middles(film),
        tuple(shares.round(4).tolist()),
        0.0,
        float(shares.max()),
        MASS,
        HUES[number % len(HUES)],
        DASHES[number % len(DASHES)],
    )


def on_one_scale(lanes: Sequence[Lane]) -> list[Lane]:
    """Lanes from 0 to the highest of all."""
    high = max((lane.high for lane in lanes), default=1.0)
    return [Lane(**{**vars(lane), "high": high}) for lane in lanes]


def lane_of_cue(cue: Cue, film: Film) -> Lane:
    """How much of each frame shows the cue, as an area on a scale of its own."""
    shares = cue.masks.mean((1, 2))
    high = float(shares.max()) or 1.0
    return Lane("", SHOWN, middles(film), tuple(shares.round(4).tolist()), 0.0, high, MASS, filled=True)


# --- how far they agree -----------------------------------------------------------------------------------------------


def agreement(maps: Sequence[Attribution], grid: Sequence[int], offset: Sequence[float] = CENTRED) -> list[Pair]:
    """How far every two of some maps agree about where, by the cells of a grid, see `evaluation.attributions`."""
    cells = [on_cells(own.supporting, grid, offset) for own in maps]
    return [
        Pair(title(maps[i]), title(maps[k]), rank_correlation(cells[i], cells[k]), top_overlap(cells[i], cells[k]))
        for i, k in combinations(range(len(maps)), 2)
    ]


def verdict(pair: Pair, grid: Sequence[int]) -> str:
    """Whether two methods say the same, in a sentence with its figures and what they would be by chance."""
    names = f"{pair.one} and {pair.other}"
    if math.isnan(pair.correlation):
        return f"Cannot be said: of {names} one marks nothing."
    little = "Hardly" if pair.correlation >= LITTLE[0] or pair.shared >= LITTLE[1] else "No"
    word = next((word for ordered, top, word in WORDS if pair.correlation >= ordered and pair.shared >= top), little)
    return (
        f"{word}: over {_times(grid)} cells, {names} have a rank correlation of {pair.correlation:.2f} and share"
        f" {percent(pair.shared, 0)} of their highest tenths. Two that know nothing of each other have 0.00 and"
        f" {percent(CHANCE_SHARED, 0)}."
    )


def draw_agreement(
    names: Sequence[str], pairs: Sequence[Pair], figure: str, heading: str, dark: bool = False
) -> dict[str, Any]:
    """A matrix of one figure of every two maps, each cell with its number; what is compared with itself is left out.

    Args:
        figure: "correlation" or "shared".
    """
    size, ink = len(names), ink_of(dark)
    values: list[list[float | None]] = [[None] * size for _ in range(size)]
    for (i, k), pair in zip(combinations(range(size), 2), pairs, strict=True):
        value = getattr(pair, figure)
        values[i][k] = values[k][i] = None if math.isnan(value) else value
    labels = [f"{shown(name, 26)} {i + 1}" for i, name in enumerate(names)]
    numbers = [str(i + 1) for i in range(size)]
    cells = {
        "type": "heatmap",
        "z": values,
        "x": list(range(size)),
        "y": list(range(size)),
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, ink.halo], [1, "#56B4E9" if not dark else "#1f5f8b"]],
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": 2,
        "ygap": 2,
    }
    written = [[_said(value, figure) for value in row] for row in values]
    found = layout(dark, 66 + 42 * size)
    found["annotations"] = [
        {"x": k, "y": i, "text": written[i][k], "showarrow": False, "font": {"color": ink.text}}
        for i in range(size)
        for k in range(size)
    ]
    side = {"fixedrange": True, "showgrid": False, "zeroline": False, "automargin": True, "ticks": ""}
    side["tickvals"] = list(range(size))
    found["xaxis"] = {**side, "ticktext": numbers, "side": "top"}
    found["yaxis"] = {**side, "ticktext": labels, "autorange": "reversed"}
    found["title"] = {"text": shown(heading, 80), "font": {"size": 14, "color": ink.text}, "x": 0}
    found["margin"] |= {"t": 58, "b": 8}
    return {"data": [cells], "layout": found}


def _said(value: float | None, figure: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if figure == "correlation" else percent(value, 0)


# --- what is true -----------------------------------------------------------------------------------------------------


def scores(maps: Sequence[Attribution], cue: Cue) -> Rows:
    """How well each map lies on the true cue, a row each, with what a map that knows nothing would have."""
    share = float(cue.masks.mean())
    rows = [
        {
            "Method": title(own),
            "Highest place on it": pointing(own.supporting, cue.masks),
            "Share of the map on it": energy_inside(own.supporting, cue.masks),
            "Overlap at equal area": overlap(own.supporting, cue.masks),
        }
        for own in maps
    ]
    chance = ("A map that knows nothing", share, share, share / (2 - share))
    return [*rows, dict(zip(rows[0], chance, strict=True))] if rows else []


def preserved(own: Attribution) -> str:
    """How sure the network is where only so much is kept, in a sentence; empty of a method without masks."""
    rows = [row for row in own.figures.get("areas", ()) if "preserved" in row]
    if not rows:
        return ""
    told = [f"{percent(row['area'], 0)}: {words.probability(row['preserved'])}" for row in rows]
    ends = {name: own.figures[name] for name in ("nothing", "untouched") if name in own.figures}
    none, whole = ([f"{said}: {words.probability(ends[name])}"] if name in ends else [] for name, said in ENDS)
    return f"Probability by the share of the clip that is kept: {'; '.join([*none, *told, *whole])}."


# --- to take away -----------------------------------------------------------------------------------------------------


def by_frame(own: Attribution, times: Sequence[float], cue: Cue | None = None) -> Rows:
    """A map in numbers, a row a frame: its share of the whole, its highest value and where that lies, in pixels."""
    rows = []
    for i, (frame, share) in enumerate(zip(own.values, mass(own), strict=True)):
        y, x = np.unravel_index(int(frame.argmax()), frame.shape)
        row = {"frame": i + 1, "seconds": times[i], "share": float(share), "highest": float(frame.max())}
        row |= {"highest x": int(x), "highest y": int(y), "lowest": float(frame.min())}
        rows.append(row | ({"cue visible": float(cue.masks[i].mean())} if cue else {}))
    return rows


def about(own: Attribution) -> dict[str, Any]:
    """All that is known of a map but its values, plain data for JSON."""
    known = {name: value for name, value in vars(own).items() if name != "values"}
    return known | {"shape": list(own.values.shape), "probability": math.exp(own.log_probability)}
