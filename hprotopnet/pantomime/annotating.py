"""What happens in untrimmed videos and when, in two files beside them.

untrimmed.json        which action is when, in ActivityNet's form, with the side that each video is on
untrimmed-atoms.json  which motion primitives it is made of, and in which phase each of them is
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hprotopnet.files import write_json
from hprotopnet.pantomime.actions.primitives import Stretch, stretches
from hprotopnet.pantomime.spec import Spec
from hprotopnet.pantomime.stage import FPS

ANNOTATIONS, ATOMS = "untrimmed.json", "untrimmed-atoms.json"


class Shown(NamedTuple):
    """A video that was rendered.

    Attributes:
        tested: whether it is one to test on.
        seconds: it lasts.
        specs: its shots.
        segments: (start, stop, label), in seconds, of each action, see `truth.Truth`.
    """

    tested: bool
    seconds: float
    specs: tuple[Spec, ...]
    segments: tuple[tuple[float, float, str], ...]


def write_annotations(folder: Path, videos: Mapping[str, Shown]) -> None:
    """Write both files for videos by name."""
    write_json(folder / ATOMS, {"atoms": {name: _rows(atoms(shown)) for name, shown in videos.items()}})
    write_json(folder / ANNOTATIONS, {"database": {name: _entry(shown) for name, shown in videos.items()}})


def atoms(shown: Shown) -> Iterator[Stretch]:
    """The primitives of each action, phase by phase, while the action is seen."""
    begun = 0.0
    for spec in shown.specs:
        stop = begun + round(spec.seconds * FPS) / FPS
        for start, end, label in shown.segments:
            if begun <= start < stop and not spec.idle:
                yield from _within(start, end, begun, stretches(label, spec.tempo, spec.phase, stop - begun))
        begun = stop


def _within(start: float, end: float, begun: float, found: Iterator[Stretch]) -> Iterator[Stretch]:
    """Stretches of a shot that begins at `begun`, in seconds of the video, as far as they lie in a segment."""
    for own in found:
        low, high = max(start, begun + own.start), min(end, begun + own.stop)
        if low < high:
            yield own._replace(start=low, stop=high)


def _rows(found: Iterator[Stretch]) -> list[dict[str, Any]]:
    return [
        {"segment": [round(own.start, 4), round(own.stop, 4)], "label": own.name, "phase": own.phase} for own in found
    ]


def _entry(shown: Shown) -> dict[str, Any]:
    rows = [{"segment": [start, stop], "label": label} for start, stop, label in shown.segments]
    return {"duration": shown.seconds, "subset": "testing" if shown.tested else "training", "annotations": rows}
