"""True atomic actions of long videos, where somebody knows them: what visual concepts are compared with.

{"atoms": {NAME: [{"segment": [1.2, 3.4], "label": "twist", "phase": "out"}]}}

Several may happen at once; of an action the one that shows most is listed first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hprotopnet.files import read_json
from hprotopnet.structure import structure

NOTHING = ""  # of a clip in which there is no atom most of the time


@dataclass(frozen=True)
class Atom:
    """An atomic action in one phase, from when to when in seconds."""

    segment: tuple[float, float]
    label: str
    phase: str = ""


@dataclass(frozen=True)
class _Atoms:
    atoms: dict[str, tuple[Atom, ...]]


def read_atoms(path: str | Path) -> dict[str, tuple[Atom, ...]]:
    """Atoms of videos by name; raises `InputError` for a file that holds none."""
    return structure(read_json(path), _Atoms, path, others=True).atoms


def atoms_of_clips(atoms: Sequence[Atom], clips: int, duration: float, phases: bool = False) -> list[str]:
    """The atom that fills most of each clip of a video, the first listed of equal ones; `NOTHING` below half of it.

    Args:
        clips: T, into how many equal parts the video is cut.
        phases: whether phases of one atom are told apart.
    """
    edges = np.linspace(0, duration, clips + 1)
    times = np.array([own.segment for own in atoms]).reshape(-1, 2)
    shared = np.minimum(times[:, 1, None], edges[1:]) - np.maximum(times[:, 0, None], edges[:-1])  # (n, T)
    totals: dict[str, np.ndarray] = {NOTHING: np.full(clips, duration / clips / 2)}
    for own, part in zip(atoms, shared.clip(min=0), strict=True):
        name = f"{own.label}, {own.phase}" if phases else own.label
        totals[name] = totals.get(name, 0) + part
    return [_fullest(totals, clip) for clip in range(clips)]


def _fullest(totals: dict[str, np.ndarray], clip: int) -> str:
    """Which fills a clip most, to a hundredth of a second."""
    return max(totals, key=lambda name: round(float(totals[name][clip]), 2))
