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
    said, classes = row.told, row.bundle.hierarchy.classes
    others = (said.probabilities[name] for name in classes if name != row.label)
    margin = said.probabilities[row.label] - max(others, default=0.0)
    return Seen(said.path[-1], row.label, margin, row.on_cue)


def _why_differ(seen: Sequence[Seen]) -> str:
    return "Chosen by rule: one network is right, one is wrong, and of all such stored clips they are furthest apart."


def _why_right(seen: Sequence[Seen]) -> str:
    who = "both networks are" if len(seen) > 1 else "the network is"
    return f"Chosen by rule: {who} right{_where(seen)}, and of all such stored clips surest here."


def _where(seen: Sequence[Seen]) -> str:
    """Where the strongest prototypes lie, as far as it is known of all networks."""
    astray = [own.astray for own in seen]
    if None in astray:
        return ""
    if not any(astray):
        return ", the strongest prototype of each level lies on the cue of that level"
    known = sum(flag is not None for own in seen for flag in own.placed)
    return f", {known - sum(astray)} of the {known} strongest prototypes lie on their cues and nowhere more"


def _why_failure(seen: Sequence[Seen]) -> str:
    if len(seen) == 1:
        return "Chosen by rule: the network is wrong, and of all its mistakes on stored clips surest of this one."
    who = "the second network is wrong" if any(own.right for own in seen) else "both networks are wrong"
    return f"Chosen by rule: {who}, and of all such stored clips the second is surest of its mistake here."
