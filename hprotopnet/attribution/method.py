"""What every method of attribution is made of: one signature, settings as data, and what it found.

A method is a file of this room with a frozen dataclass of its settings, all of them plain JSON values with defaults,
and one function of the signature

    function(subject: Subject, clip: Tensor, target: int, settings, step: Step) -> Found

where `clip` is one clip (1, 3, T, H, W) as the subject asks for it, on the subject's device, and `target` a column of
`subject(clip)`. `methods.attribute` calls it alone on its subject: in evaluation mode, without gradients of parameters,
with gradients otherwise enabled, and with nobody else's pass at the same time. Hooks that it adds it removes, also where
it fails. It calls `step` with the share that is done, from 0 to 1, after each part of its work; what `step` raises ends
it, which is how people stop it, so that no part may take long. What it draws at random it draws by a seed of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, NamedTuple

import numpy as np

Step = Callable[[float], None]
Polarity = Literal["positive", "negative", "both"]


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
    """A method as pages list it; its file, and so torch, is loaded once its settings or its function are asked for.

    Attributes:
        name: by which it is asked for and stored.
        title: as its paper calls it.
        answers: the question that it answers, in a sentence.
        doubt: when not to trust it, in a sentence.
        file: module of this room that has `settings` and `function`, by these names.
        settings_name, function_name: of its class of settings, and of its function, in the file.
        prototypes_only: whether it makes sense for networks of this project alone.
    """

    name: str
    title: str
    answers: str
    doubt: str
    file: str
    settings_name: str
    function_name: str = "attribute"
    prototypes_only: bool = field(default=False, kw_only=True)

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


def polarised(values: np.ndarray, polarity: Polarity) -> np.ndarray:
    """What speaks for the target, what speaks against it (below 0), or both, of signed values of any shape."""
    if polarity == "both":
        return values
    return np.maximum(values, 0) if polarity == "positive" else np.minimum(values, 0)
