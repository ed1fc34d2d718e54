"""What `evaluate --json` wrote, read for the gallery: answers to videos, whichever folder they lie in."""

import json
from dataclasses import dataclass
from typing import Any

from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.structure import structure
from hprotopnet.views.gallery import Answer

AGAIN = "take the file that evaluate --json wrote for this network"


@dataclass(frozen=True)
class _Clip:
    video: str
    start: float
    answer: str
    answer_path: dict[str, float]
    severity: int


@dataclass(frozen=True)
class _Evaluated:
    clips: tuple[_Clip, ...]


def answers_of(content: bytes, name: str, hierarchy: Hierarchy, threshold: float) -> dict[str, Answer]:
    """The answer to the middle clip of each video, by the video's name.

    Args:
        content: of the file.
        name: of the file, for errors.
        threshold: below which a network is not sure of a class.

    Raises `InputError` for what `evaluate` does not write, or wrote for a network of other classes.
    """
    found = structure(_parsed(content, name), _Evaluated, name, AGAIN, others=True)
    clips: dict[str, list[_Clip]] = {}
    for clip in sorted(found.clips, key=lambda own: own.start):
        if clip.answer not in hierarchy.classes or clip.answer not in clip.answer_path:
            raise InputError(f"{name}: '{clip.answer}' is no class of this network; {AGAIN}")
        clips.setdefault(clip.video, []).append(clip)
    middle = {video: rows[len(rows) // 2] for video, rows in clips.items()}
    return {video: _answer(clip, hierarchy, threshold) for video, clip in middle.items()}


def _answer(clip: _Clip, hierarchy: Hierarchy, threshold: float) -> Answer:
    chance = clip.answer_path[clip.answer]
    return Answer(clip.answer, chance, min(max(clip.severity, 0), hierarchy.depth), chance < threshold)


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: not valid JSON; {AGAIN}") from None
