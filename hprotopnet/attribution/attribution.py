"""What an attribution is: data that pages, exports and scores read. Reading one needs no torch."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hprotopnet.arrays import read_arrays
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, to_json, visible
from hprotopnet.structure import structure

Rivals = Literal["all", "siblings"]  # what a node of a tree is held against
AGAIN = "make it again with python -m hprotopnet attribute"


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each pixel of each frame of a clip bears on one target of one network, as one method has it.

    Attributes:
        method: name of the method, see `methods`.
        network: name of the network.
        target: what was asked about: a class, or a node of a tree.
        values: shape (T, H, W), float32, at the size of the clip that the network saw.
        signed: whether values below 0 mean "speaks against"; otherwise none is below 0.
        resolution: how many values apart in time, height and width the method really tells, (t, h, w): maps of a
            7 x 7 grid laid over the clip say so here, and drawing repeats it.
        settings: of the method, by name.
        seconds: that it took.
        score: of the target for the clip as it is, on the scale of the subject's `forward`.
        log_probability: of the target for the clip as it is.
        figures: what a method knows besides, by name, such as the score that is preserved at each area.
        rivals: of the target in a tree, see `subject.PrototypeSubject`.
    """

    method: str
    network: str
    target: str
    values: NDArray[np.float32]
    signed: bool
    resolution: tuple[int, int, int]
    settings: dict[str, Any]
    seconds: float
    score: float
    log_probability: float
    figures: dict[str, Any] = field(default_factory=dict)
    rivals: Rivals = "all"

    def __post_init__(self) -> None:
        sound = self.values.ndim == 3 and self.values.size and np.isfinite(self.values).all()
        if not sound or not (self.signed or self.values.min() >= 0):
            raise InputError(f"{self._said}: its values are none; {AGAIN}")
        if not all(1 <= told <= size for told, size in zip(self.resolution, self.values.shape, strict=True)):
            raise InputError(f"{self._said}: it tells {self.resolution} of {self.values.shape} values apart; {AGAIN}")

    @property
    def _said(self) -> str:
        return visible(f"attribution by {self.method[:100]} of {self.target[:100]}")

    @property
    def supporting(self) -> NDArray[np.float32]:
        """What speaks for the target, none below 0, shape (T, H, W)."""
        return np.maximum(self.values, 0)


def save_attribution(path: str | Path, own: Attribution) -> None:
    """Write an attribution as an .npz file, atomically: its values, and all else as JSON text."""
    about = {name: value for name, value in vars(own).items() if name != "values"}
    with atomic_write(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, values=own.values.astype(np.float32), about=np.array(to_json(about)))


def load_attribution(path: str | Path) -> Attribution:
    """Read what `save_attribution` wrote; raises `InputError` for anything else."""
    arrays = read_arrays(path, {"values": "f3", "about": "U0"}, "an attribution", AGAIN)
    try:
        about = json.loads(str(arrays["about"]))
        json.dumps(about, allow_nan=False)  # what is no number, in settings and figures as anywhere
        return structure({**about, "values": arrays["values"]}, Attribution, path, AGAIN)
    except InputError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not a file of an attribution ({visible(str(error)[:200])}); {AGAIN}") from error
