"""How far a figure may be trusted: whole groups drawn again and again, because a group's clips are alike.

A figure is a function of how often each clip counts. Counted once each, it is the figure of the clips there are;
counted as often as their group was drawn, it is what it might have been. Figures drawn with the same seed from the same
groups are paired, draw by draw, so that their differences have intervals of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 2000
_AT_ONCE = 100  # draws whose counts, one a clip, are held at once


def draw_groups(groups: Sequence[str], draws: int = DRAWS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """How often each group is drawn, of shape (draws, G), and the group of each row, of shape (n,).

    As many groups are drawn as there are, with replacement.
    """
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    number = index.max() + 1
    drawn = np.random.default_rng(seed).integers(number, size=(draws, number))
    return np.stack([np.bincount(row, minlength=number) for row in drawn]), index


@dataclass(frozen=True)
class Estimate:
    """A figure, and what it was in each draw.

    Attributes:
        value: of the clips as they are; NaN where it is undefined.
        drawn: shape (draws,); NaN where it is undefined.
    """

    value: float
    drawn: np.ndarray

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.value - other.value, self.drawn - other.drawn)

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Percentile interval, see `percentiles`."""
        return percentiles(self.drawn, level)


def mean(estimates: Sequence[Estimate]) -> Estimate:
    """Their mean, draw by draw; undefined where one of them is."""
    return Estimate(float(np.mean([own.value for own in estimates])), np.mean([own.drawn for own in estimates], axis=0))


def estimate(
    figures: Callable[[np.ndarray], dict[str, np.ndarray]], groups: Sequence[str], draws: int = DRAWS, seed: int = 0
) -> dict[str, Estimate]:
    """Figures of n clips with what they were in each draw of whole groups; undefined where there is only one group.

    Args:
        figures: gives figures of shape (D,) for D countings of the clips, of shape (D, n).
        groups: of each clip.
    """
    own = figures(np.ones((1, len(groups))))
    if len(set(groups)) < 2:
        return {name: Estimate(float(own[name][0]), np.full(draws, np.nan)) for name in own}
    parts = [figures(counts) for counts in _countings(groups, draws, seed)]
    return {name: Estimate(float(own[name][0]), np.concatenate([part[name] for part in parts])) for name in own}


def centred(own: Estimate) -> Estimate:
    """The same with draws moved to have the figure as their mean, for figures that draws get wrong on average."""
    defined = own.drawn[~np.isnan(own.drawn)]
    return Estimate(own.value, own.drawn + own.value - defined.mean()) if len(defined) else own


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Of each draw; NaN where it is undefined."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def percentiles(drawn: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """The interval that holds this share of what was drawn; None where 5 % or more is undefined."""
    defined = drawn[~np.isnan(drawn)]
    if len(defined) <= 0.95 * len(drawn):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _countings(groups: Sequence[str], draws: int, seed: int) -> Iterator[np.ndarray]:
    counts, index = draw_groups(groups, draws, seed)
    for part in np.array_split(counts, -(-draws // _AT_ONCE)):
        yield part[:, index].astype(float)
