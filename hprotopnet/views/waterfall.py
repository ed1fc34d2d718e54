"""How contributions of prototypes add up to what decides, bar after bar: as data, and as HTML that needs no script."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.explain.shares import share
from hprotopnet.views import words

UP, DOWN, SUM = "#3d7fc4", "#c8661c", "#8b8f98"


@dataclass(frozen=True)
class Bar:
    """A step from `start` to `end`; the last one of a waterfall, from 0, is its `total`.

    Attributes:
        contribution: what the step adds in scores where the ends are shares; None where they are scores themselves.
    """

    name: str
    start: float
    end: float
    total: bool = False
    contribution: float | None = None

    @property
    def number(self) -> str:
        """What the step adds, as it is written beside it."""
        value = self.end - self.start
        return f"{value:+.2f}" if self.contribution is None else words.percent(value)

    @property
    def remark(self) -> str:
        """What is said of the step when it is pointed at."""
        return "" if self.contribution is None else f"{self.contribution:+.3f} in scores"


def waterfall(level: LevelExplanation, labels: Sequence[str], others: tuple[str, str, str, str]) -> list[Bar]:
    """A bar for each of the level's first prototypes, three for all the rest, and the sum.

    In shares of all that speaks for the node, see `explain.shares`; in scores where these are not known.

    Args:
        labels: of the first of the level's evidence, in its order.
        others: labels of the rest of its own (a bar that is left out where there is none), of the others on the path,
            of all others, and of the sum.
    """
    steps = [(name, row.contribution) for name, row in zip(labels, level.evidence, strict=False)]
    rest = level.shares["own"] - sum(value for _, value in steps)
    if len(level.evidence) > len(labels) or abs(rest) > 1e-9:
        steps.append((others[0], rest))
    steps += [(others[1], level.shares["path"]), (others[2], level.shares["others"])]
    bars, at = [], 0.0
    for name, value in steps:
        bars.append(_step(name, at, at + value, level.speaking))
        at += value
    return [*bars, _step(others[3], 0.0, at, level.speaking, total=True)]


def _step(name: str, start: float, end: float, speaking: float | None, total: bool = False) -> Bar:
    """A bar between two sums of contributions."""
    if not speaking:
        return Bar(name, start, end, total)
    return Bar(name, share(start, speaking), share(end, speaking), total, end - start)


def in_words(bars: Sequence[Bar]) -> str:
    """The bars for those who do not see them."""
    return ", ".join(f"{bar.name} {bar.number}" for bar in bars)


def waterfall_html(bars: Sequence[Bar], alt: str) -> str:
    """Bars from left to right along one scale, as wide as their place; names are escaped.

    Args:
        alt: what it shows, for those who do not see it.
    """
    ends = [0.0, *(bar.end for bar in bars)]
    low, reach = min(ends), max(max(ends) - min(ends), 1e-9)

    def place(value: float) -> float:
        return 100 * (value - low) / reach

    rows = "".join(
        f'<div style="text-align:right">{html.escape(bar.name)}</div>'
        f'<div title="{bar.remark}" style="position:relative;height:2rem;margin:0 3.6rem">'
        f"{_line(place(0), '0', '0', 2)}{_bar(bar, place)}"
        f"{'' if bar.total else _line(place(bar.end), '.4rem', '-2rem', 1)}</div>"
        for bar in bars
    )
    grid = "display:grid;grid-template-columns:fit-content(40%) 1fr;gap:0 .5rem;align-items:center;font-size:.875rem"
    return f'<div role="img" aria-label="{html.escape(alt)}" style="{grid}">{rows}</div>'


def _bar(bar: Bar, place: Callable[[float], float]) -> str:
    """A bar and beyond its end the number."""
    value = bar.end - bar.start
    left, right = sorted((place(bar.start), place(bar.end)))
    colour = SUM if bar.total else UP if value >= 0 else DOWN
    beside = f"left:calc({right:.2f}% + .3rem)" if value >= 0 else f"right:calc({100 - left:.2f}% + .3rem)"
    return (
        f'<div style="position:absolute;left:{left:.2f}%;width:{right - left:.2f}%;top:.4rem;bottom:.4rem;'
        f'background:{colour}"></div>'
        f'<div style="position:absolute;{beside};line-height:2rem;white-space:nowrap">{bar.number}</div>'
    )


def _line(at: float, top: str, bottom: str, width: int) -> str:
    style = f"position:absolute;left:{at:.2f}%;top:{top};bottom:{bottom};border-left:{width}px solid {SUM}"
    return f'<div style="{style}"></div>'
