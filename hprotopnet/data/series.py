"""Which pictures of a folder are the frames of a film, and in which order: told by their names alone.

Beside its frames a folder may hold what was computed from them (optical flow, depth, masks), a second view, thumbnails.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from hprotopnet.errors import InputError

# Words of pictures that are computed from frames, or made for a menu, where not all names of a folder have them.
_FLOW = r"flows?|opticalflow|optflow|flow[xyuv]|[xy]flow|tvl1"
_DERIVED = re.compile(
    rf"{_FLOW}|depths?|disp|disparity|masks?|seg[ms]?|segmentation|semantics?|instances?|labels?|annotations?|gt"
    r"|groundtruth|edges?|contours?|normals?|heatmap|saliency|matte|trimap|alpha|pose|skeleton|infrared|ir|thermal"
    r"|thumb(?:nail)?s?|cover|poster|preview|icon|folder|contactsheet|sheet|montage|storyboard"
)
_AXIS = re.compile("[xyuv]")  # parts of optical flow; "v" also begins the names of videos
_IS_FLOW, _OF_FLOW = re.compile(_FLOW), re.compile(rf"{_FLOW}|[xyuv]|optical|horizontal|vertical|img|image|frame")

_VIEW = re.compile(r"(?<![^\W\d_])(?:camera|cam|view|angle|sensor|kinect|eye)[-_ ]?\d+")
_TOKEN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"\d*([^\W\d_]+)\d*")
_HASH = re.compile(r"(?<![^\W_])(?!(?:[a-f]*\d+|\d+[a-f]*)(?![^\W_]))[0-9a-f]{6,}(?![^\W_])")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLOCK = re.compile(r"(?<![^\W_])(\d{1,2})([-_:.])([0-5]\d)\2([0-5]\d)(?!\d)")
_FRACTION = re.compile(r"(?<![\d.,])(?<!cam)(?<!view)\d+[.,](\d+)(?![.,]?\d)")
_WHOLE = re.compile(r"\d+")
_EITHER = re.compile(f"{_FRACTION.pattern}|\\d+")


class Series(NamedTuple):
    """The frames of a folder in their order, and its other pictures by the reason why they are none."""

    frames: list[Path]
    left_out: dict[str, list[Path]]


def find_series(pictures: Iterable[Path]) -> Series:
    """The pictures of one folder parted into the frames of its film, in order, and the rest.

    The order is that of the one number in the names, counted from either end of them, which differs in all and runs
    with the fewest gaps; where there is none, that of people: "2" before "10", part by part. Of series side by side
    the one is taken that is not called flow, depth, masks or the like.

    Raises `InputError` where several may be the film, or none is.
    """
    frames = sorted(pictures)
    left_out: dict[str, list[Path]] = {}
    numbered = [path for path in frames if _WHOLE.search(_plain(path))]
    if len(numbered) > max(1, len(frames) / 2):
        _set_aside("no number in its name", set(frames) - set(numbered), left_out)
        frames = _without_derived(numbered, left_out)
    frames = _without_twins(frames, left_out)
    if frames and all(map(_is_flow, frames)):
        raise InputError(f"{frames[0].parent}: holds optical flow and no frames; put the frames in it")
    return Series(_ordered(frames) or _sorted(_the_film(frames, left_out)), left_out)


def _set_aside(reason: str, pictures: Iterable[Path], left_out: dict[str, list[Path]]) -> None:
    if found := sorted(pictures):
        left_out[reason] = sorted([*left_out.get(reason, []), *found])


def _plain(path: Path) -> str:
    """A name without suffix, upper case and what only looks like words and numbers."""
    return _HASH.sub("", _UUID.sub("", path.stem.casefold()))


def _words(path: Path) -> frozenset[str]:
    tokens = map(_WORD.fullmatch, _TOKEN.findall(_plain(path)))
    return frozenset(token[1] for token in tokens if token)


def _is_flow(path: Path) -> bool:
    words = _words(path)
    return any(map(_IS_FLOW.fullmatch, words)) and all(map(_OF_FLOW.fullmatch, words))


def _without_derived(pictures: list[Path], left_out: dict[str, list[Path]]) -> list[Path]:
    """Pictures whose names do not say that they are none of the film's; a word that all of them have says nothing.

    A single letter says something only where enough remains: two parts of optical flow are twice as many as frames.
    """
    for pattern, share in ((_DERIVED, 0), (_AXIS, 0.25)):
        words = {path: _words(path) for path in pictures}
        some, common = frozenset.union(*words.values()), frozenset.intersection(*words.values())
        telling = set(filter(pattern.fullmatch, some - common))
        derived = {path: min(words[path] & telling) for path in pictures if words[path] & telling}
        rest = [path for path in pictures if path not in derived]
        if len(rest) >= max(min(2, len(derived)), share * len(derived)):
            for path, word in derived.items():
                _set_aside(f"'{word}' in its name", [path], left_out)
            pictures = rest
    return pictures


def _without_twins(pictures: list[Path], left_out: dict[str, list[Path]]) -> list[Path]:
    """Pictures without PNGs that are called like a JPEG, which are masks."""
    bare = {path: re.sub(r"0*(\d+)", r"\1", path.stem.casefold()) for path in pictures}
    is_png = {path: path.suffix.lower() == ".png" for path in pictures}
    jpegs = {bare[path] for path in pictures if not is_png[path]}
    twins = {path for path in pictures if is_png[path] and bare[path] in jpegs}
    _set_aside("a PNG beside a JPEG of the same name", twins, left_out)
    return [path for path in pictures if path not in twins]


def _the_film(pictures: list[Path], left_out: dict[str, list[Path]]) -> list[Path]:
    """Of series that run side by side, with the same numbers, the longest; all pictures where none do.

    Raises `InputError` where another one is at least half as long.
    """
    series = defaultdict(list)
    for path in pictures:
        series[_words(path), tuple(_VIEW.findall(_plain(path)))].append(path)
    film, *others = sorted(series.values(), key=lambda own: (-len(own), own))
    rivals = [film]
    for own in others:
        if not _side_by_side(film, own):
            film = film + own
        elif 2 * len(own) < len(film):
            _set_aside("a second, shorter series", own, left_out)
        else:
            rivals.append(own)
    if len(rivals) > 1:
        named = " and ".join(f"'{own[0].name}'" for own in rivals)
        raise InputError(
            f"{film[0].parent}: holds several series of pictures, those of {named}; keep one of them in it"
        )
    return film


def _side_by_side(one: Sequence[Path], other: Sequence[Path]) -> bool:
    """Whether at least half of the shorter series has its numbers in the other one, too."""

    def numbers(series: Sequence[Path]) -> Counter:
        found = (tuple(map(int, _WHOLE.findall(_VIEW.sub("", _plain(path))))) for path in series)
        return Counter(filter(None, found))

    return 2 * (numbers(one) & numbers(other)).total() >= min(len(one), len(other))


def _sorted(pictures: Sequence[Path]) -> list[Path]:
    return _ordered(pictures) or _natural(pictures)


def _ordered(pictures: Sequence[Path]) -> list[Path]:
    """Pictures in the order of their running number; empty where the names have none."""
    names = [_plain(path) for path in pictures]
    rows = [candidate for pattern in _patterns(names) for candidate in _candidates(names, pattern)]
    if not rows:
        return []
    order = min(rows, key=_mean_gap)
    return [path for _, path in sorted(zip(order, pictures, strict=True))]


def _patterns(names: Sequence[str]) -> list[re.Pattern]:
    """How to read numbers: with decimals first, unless they look like two numbers, say 1.9 and 1.10."""
    fractions = [found for name in names for found in _FRACTION.findall(name)]
    exact = len(set(map(len, fractions))) == 1 or not any(own.endswith("0") and own != "0" for own in fractions)
    return [_EITHER, _WHOLE] if fractions and exact else [_WHOLE]


def _numbers(name: str, pattern: re.Pattern) -> list[Decimal]:
    """The numbers in a name; the time of day is one, in seconds."""

    def seconds(match: re.Match) -> str:
        return str((int(match[1]) * 60 + int(match[3])) * 60 + int(match[4]))

    found = pattern.finditer(_CLOCK.sub(seconds, name))
    return [Decimal(match[0].replace(",", ".")) for match in found]


def _candidates(names: Sequence[str], pattern: re.Pattern) -> Iterator[tuple[Decimal, ...]]:
    """Numbers that stand at one place of all names, from the left or from the right, and differ in all."""
    rows = [_numbers(name, pattern) for name in names]
    fewest = min(map(len, rows), default=0)
    for place in (*range(fewest), *range(-fewest, 0)):
        column = tuple(row[place] for row in rows)
        if len(set(column)) == len(column) and not _starts_again(rows, place):
            yield column


def _starts_again(rows: Sequence[Sequence[Decimal]], place: int) -> bool:
    """Whether a number only counts on within a larger one before it, as minutes do within hours."""
    ordered = sorted(rows, key=lambda row: row[place])
    before = [tuple(row[: len(row) + place if place < 0 else place]) for row in ordered]
    blocks, values = len([key for key, _ in groupby(before)]), len(set(before))
    return 1 < blocks == values < len(rows) and _mean_gap([row[place] for row in rows]) != 1


def _mean_gap(column: Sequence[Decimal]) -> Decimal:
    """Mean distance from one number to the next, in units of the last decimal place: 1 where none is left out."""
    digits = max(-number.as_tuple().exponent for number in column)
    return (max(column) - min(column)).scaleb(digits) / max(len(column) - 1, 1)


def _natural(pictures: Iterable[Path]) -> list[Path]:
    """Pictures by their whole names, numbers by their values."""

    def parts(path: Path) -> tuple[list[str | int], str]:
        found = re.split(r"(\d+)", path.stem.casefold())
        return [int(part) if i % 2 else part for i, part in enumerate(found)], path.name

    return sorted(pictures, key=parts)
