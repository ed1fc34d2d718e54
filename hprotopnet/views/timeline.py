"""A traced film as one picture for papers and slides: answers over time, and below them probabilities level by level.

It is an SVG of its own, on paper; every browser opens it. Names come from outside and are escaped.
"""

import html
from collections.abc import Sequence
from itertools import groupby

from hprotopnet.disk.text import text_width
from hprotopnet.views.film import Lane, Range
from hprotopnet.views.traced import Under

WIDTH, LEFT, RIGHT = 1200, 24, 24  # pixels
BAND, PLOT, GAP, HEAD = 34, 120, 34, 56  # heights of answers, of a level's plot, between them, above all of them
LETTERS = 14
INK, SOFT, LINE = "#1f2733", "#5a6473", "#d8dee6"
MARKS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)  # seconds from one mark of the axis to the next
MOST_MARKS = 16


def timeline(title: str, under: Under, begin: float, end: float, threshold: float) -> str:
    """The picture of a film from `begin` to `end`, in seconds."""
    groups = [(name, list(own)) for name, own in groupby(under.lanes, key=lambda lane: lane.group)]
    height = HEAD + BAND + GAP + len(groups) * (PLOT + GAP) + 30
    scale = _Scale(begin, end)
    parts = [_text(LEFT, 26, title, 18, INK, weight=600), *(_band(own, scale) for own in under.ranges)]
    top = HEAD + BAND + GAP
    for name, lanes in groups:
        parts += _plot(name, lanes, scale, top, threshold)
        top += PLOT + GAP
    parts += _axis(scale, top - GAP + 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' font-family="Source Sans 3, Source Sans Pro, Arial, sans-serif" role="img"'
        f' aria-label="{html.escape(title)}"><defs><pattern id="unsure" width="7" height="7"'
        f' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#eceff3"/>'
        f'<rect width="2" height="7" fill="#b3bbc6"/></pattern></defs>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


class _Scale:
    """Seconds across the picture."""

    def __init__(self, begin: float, end: float):
        self.begin, self.seconds = begin, max(end - begin, 1e-6)

    def __call__(self, time: float) -> float:
        share = min(max((time - self.begin) / self.seconds, 0), 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _band(own: Range, scale: _Scale) -> str:
    left, right = scale(own.start), scale(own.end)
    fill = own.hue or "url(#unsure)"
    box = f'<rect x="{left}" y="{HEAD}" width="{max(right - left, 0.5):.1f}" height="{BAND}" fill="{fill}"'
    told = f"<title>{html.escape(f'{own.name}, {own.start:.1f} to {own.end:.1f} s')}</title>"
    shown = f'{box} fill-opacity="{0.32 if own.hue else 1}" stroke="#ffffff">{told}</rect>'
    fits = text_width(own.name, LETTERS) + 10 < right - left
    return shown + (_text(left + 5, HEAD + BAND / 2 + 5, own.name, LETTERS, INK) if fits else "")


def _plot(name: str, lanes: Sequence[Lane], scale: _Scale, top: float, threshold: float) -> list[str]:
    def high(value: float) -> float:
        return round(top + PLOT * (1 - value), 1)

    wide, floor = WIDTH - LEFT - RIGHT, top + PLOT
    parts = [f'<rect x="{LEFT}" y="{top}" width="{wide}" height="{PLOT}" fill="#f5f7f9"/>']
    parts.append(_rule(LEFT, WIDTH - RIGHT, high(threshold)))
    for lane in lanes:
        points = [f"{scale(time)} {high(value)}" for time, value in zip(lane.times, lane.values, strict=True)]
        line = "L".join(points if len(points) > 1 else [*points, f"{WIDTH - RIGHT} {points[0].split()[1]}"])
        if lane.filled:
            closed = f"M{line}L{scale(lane.times[-1])} {floor}L{scale(lane.times[0])} {floor}Z"
            parts.append(f'<path d="{closed}" fill="{SOFT}" fill-opacity=".22"/>')
        else:
            dash = f' stroke-dasharray="{lane.dash}"' if lane.dash else ""
            parts.append(f'<path d="M{line}" fill="none" stroke="{lane.hue}" stroke-width="2.2"{dash}/>')
    return [*parts, *_legend(name, lanes, top - 8)]


def _legend(name: str, lanes: Sequence[Lane], base: float) -> list[str]:
    """What the level is called, and each of its curves."""
    parts, left = [_text(LEFT, base, name, LETTERS, INK, weight=600)], LEFT + text_width(name, LETTERS, True) + 20
    for lane in lanes:
        if left + 34 + text_width(lane.name, LETTERS) > WIDTH - RIGHT:
            break
        dash = f' stroke-dasharray="{lane.dash}"' if lane.dash else ""
        colour, wide = (SOFT, 9) if lane.filled else (lane.hue, 2.2)
        style = f'stroke="{colour}" stroke-width="{wide}" stroke-opacity="{0.35 if lane.filled else 1}"{dash}'
        parts.append(f'<path d="M{left:.1f} {base - 5}H{left + 26:.1f}" {style}/>')
        parts.append(_text(left + 32, base, lane.name, LETTERS, SOFT))
        left += 32 + text_width(lane.name, LETTERS) + 18
    return parts


def _axis(scale: _Scale, top: float) -> list[str]:
    step = next((own for own in MARKS if scale.seconds / own <= MOST_MARKS), MARKS[-1])
    count = int((scale.begin + scale.seconds) / step + 1e-9)
    marks = [number * step for number in range(count + 1) if number * step >= scale.begin]
    return [_text(scale(mark), top + 14, clock(mark), 12, SOFT, anchor="middle") for mark in marks]


def clock(time: float) -> str:
    """A moment of a film: seconds, from a minute on with minutes."""
    if time < 60:
        return f"{time:g} s"
    minutes, seconds = divmod(round(time), 60)
    return f"{minutes}:{seconds:02d}"


def _rule(left: float, right: float, y: float) -> str:
    return f'<path d="M{left} {y}H{right}" stroke="{SOFT}" stroke-dasharray="4 4" stroke-width="1"/>'


def _text(x: float, y: float, text: str, size: int, colour: str, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" font-weight="{weight}"'
        f' text-anchor="{anchor}">{html.escape(text)}</text>'
    )
