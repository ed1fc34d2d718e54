"""Clips to begin with: of those stored with networks the ones that teach most, each with the rule that chose it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import Stored
from hprotopnet.evaluation.teaching import Seen, picks
from hprotopnet.ui.cases import shared_rows


@dataclass(frozen=True)
class Lesson:
    """A clip to begin with.

    Attributes:
        name: what it shows, as a choice.
        row: the clip, as the first network explains it.
        why: by which rule it was chosen.
    """

    name: str
    row: Stored
    why: str


def lessons(bundles: Sequence[Bundle]) -> list[Lesson]:
    """The stored clips of these networks that teach most, the one to open on first; empty where none is shared.

    Raises `InputError` for a stored explanation that cannot be read.
    """
    rows = shared_rows(bundles)
    clips = [[_seen(row) for row in own] for own in rows]
    names = ("They differ", "Both right", "A failure") if len(bundles) > 1 else ("", "It is right", "A failure")
    told = zip(names, (_why_differ, _why_right, _why_failure), picks(clips), strict=True)
    return [Lesson(name, rows[number][0], why(clips[number])) for name, why, number in told if number is not None]


def _seen(row: Stored) -> Seen:
    """A stored clip as its network sees it."""
    said, classes = row.explanation, row.bundle.hierarchy.classes
    others = (said.probabilities[name] for name in classes if name != row.label)
    margin = said.probabilities[row.label] - max(others, default=0.0)
    known = [flag for flag in row.on_cue if flag is not None]
    return Seen(said.path[-1], row.label, margin, all(known) if known else None)


def _why_differ(seen: Sequence[Seen]) -> str:
    return "Chosen by rule: one network is right, one is wrong, and of all such stored clips they are furthest apart."


def _why_right(seen: Sequence[Seen]) -> str:
    who = "both networks are" if len(seen) > 1 else "the network is"
    flags = [own.placed for own in seen]
    if all(flags):
        cue = " with the strongest prototype of each level on the cue of that level"
        return f"Chosen by rule: {who} right{cue}, and of all such stored clips surest here."
    unplaced = "" if None in flags and False not in flags else "; not all of the strongest prototypes lie on their cues"
    return f"Chosen by rule: {who} right, and of all such stored clips surest here{unplaced}."


def _why_failure(seen: Sequence[Seen]) -> str:
    if len(seen) == 1:
        return "Chosen by rule: the network is wrong, and of all its mistakes on stored clips surest of this one."
    who = "the second network is wrong" if any(own.right for own in seen) else "both networks are wrong"
    return f"Chosen by rule: {who}, and of all such stored clips the second is surest of its mistake here."
