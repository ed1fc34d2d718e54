"""Which clips teach most about networks: where they differ, where they are right for visible reasons, where they fail.

Chosen by a rule from all that there are, never by hand and never by the order of files, so that nobody need wonder what
was left out.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Seen(NamedTuple):
    """One clip as one network sees it.

    Attributes:
        answer, truth: the likeliest class and the true one.
        margin: probability of the true class less that of the likeliest other, below 0 where the network is wrong.
        placed: of each level whether its strongest own prototype lies on the level's cue; None where nobody knows.
    """

    answer: str
    truth: str
    margin: float
    placed: tuple[bool | None, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer is true."""
        return self.answer == self.truth

    @property
    def astray(self) -> int | None:
        """At how many levels the evidence is known to lie off its cue; None where nothing is known."""
        return self.placed.count(False) if set(self.placed) - {None} else None


class Picks(NamedTuple):
    """Numbers of the clips that were picked, None where there is none of the kind.

    Attributes:
        differ: some networks are right and some wrong; of such clips the one whose margins are furthest apart.
        right: all are right; with least evidence astray, which to know is better than not to know; of such clips the
            one whose smallest margin is largest.
        failure: all are wrong, or if that never happens the last network is; not the clip of `differ`; of such clips
            the one where the last network is surest of its mistake.
    """

    differ: int | None
    right: int | None
    failure: int | None


def picks(clips: Sequence[Sequence[Seen]]) -> Picks:
    """The clips that teach most, each given as every network sees it; of equals the first.

    One network alone differs from none, and its failure is any clip where it is wrong.
    """
    differ = _first(clips, lambda seen: len({own.right for own in seen}) > 1, lambda seen: -_apart(seen))
    right = _first(clips, lambda seen: all(own.right for own in seen), lambda seen: (_doubt(seen), -_least(seen)))
    others = [seen if number != differ else () for number, seen in enumerate(clips)]
    failure = _first(others, lambda seen: bool(seen) and not seen[-1].right, _failing)
    return Picks(differ, right, failure)


def _first(
    clips: Sequence[Sequence[Seen]], wanted: Callable[[Sequence[Seen]], bool], order: Callable[[Sequence[Seen]], object]
) -> int | None:
    """Number of the clip that comes first in an order, among those that are wanted."""
    found = [number for number, seen in enumerate(clips) if wanted(seen)]
    return min(found, key=lambda number: order(clips[number]), default=None)


def _apart(seen: Sequence[Seen]) -> float:
    margins = [own.margin for own in seen]
    return max(margins) - min(margins)


def _least(seen: Sequence[Seen]) -> float:
    return min(own.margin for own in seen)


def _doubt(seen: Sequence[Seen]) -> tuple[int, bool]:
    """How much evidence is astray in all networks together, and whether nothing is known of one of them."""
    astray = [own.astray for own in seen]
    return sum(filter(None, astray)), None in astray


def _failing(seen: Sequence[Seen]) -> tuple[bool, float]:
    return any(own.right for own in seen), seen[-1].margin
