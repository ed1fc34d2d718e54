"""What every method of attribution is made of: one signature, settings as data, and what it found.

A method is a file of this room with a frozen dataclass of its settings, all of them plain JSON values with defaults,
and one function of the signature

    attribute(subject: Subject, clip: Tensor, target: int, settings: Settings, step: Step) -> Found

where `clip` is one clip (1, 3, T, H, W) as the subject asks for it, on the subject's device, and `target` a column of
`subject(clip)`. `methods.attribute` calls it on a subject that nobody else has (`alone`), in evaluation mode, without
gradients of parameters, with gradients otherwise enabled. Hooks that it adds it removes, also where it fails. Before
each part of its work it calls `step` with the share that is done, from 0 to 1; what `step` raises ends it, which is how
people stop it, so that no part may take long. What it draws at random it draws from a generator of its own.

So that pages can list methods and their settings at once, a file of a method imports torch and captum where it is at
work, not when it is loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from hprotopnet.errors import InputError

Step = Callable[[float], None]


class Found(NamedTuple):
    """What a method found in a clip.

    Attributes:
        values: shape (T, H, W), at the size of the clip.
        resolution: how many values apart in time, height and width it really tells, (t, h, w).
        figures: what it knows besides, plain JSON values by name.
        signed: whether values below 0 mean "speaks against"; otherwise none is below 0.
    """

    values: np.ndarray
    resolution: tuple[int, int, int]
    figures: dict[str, Any]
    signed: bool = False


@dataclass(frozen=True)
class Method:
    """A method as pages list it; its file is loaded once its settings or its function are asked for.

    Attributes:
        name: by which it is asked for and stored.
        title: as people know it.
        answers: the question that it answers, in a sentence.
        doubt: when not to trust it, in a sentence.
        file: module of this room that holds it.
        settings_name, function_name: of its class of settings, and of its function, in that file.
        prototypes_only: whether it makes sense for networks of this project alone, not for any classifier.
        captum: whether it is captum's, which then is loaded before its time is taken.
    """

    name: str
    title: str
    answers: str
    doubt: str
    file: str
    settings_name: str = "Settings"
    function_name: str = "attribute"
    prototypes_only: bool = field(default=False, kw_only=True)
    captum: bool = field(default=False, kw_only=True)

    @property
    def settings(self) -> type:
        """Its class of settings: a frozen dataclass whose fields all have defaults."""
        return getattr(self._module, self.settings_name)

    @property
    def function(self) -> Callable[..., Found]:
        """Its function, of the signature above."""
        return getattr(self._module, self.function_name)

    @property
    def _module(self) -> Any:
        return import_module(f"hprotopnet.attribution.{self.file}")


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Raise `InputError` for a setting that does not lie between two bounds, which NaN does not."""
    if not least <= value <= most:
        raise InputError(f"{name} is {value:g}; give a number from {least:g} to {most:g}")
