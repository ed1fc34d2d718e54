"""Attributions made behind the page: quick ones by themselves, the others when somebody asks, one at a time for all.

What was made of a clip of this machine is kept in the user's cache, see `attribution.kept`, and is there at once when
it is asked for again, without a network. Of an upload nothing is written down; it stays in the memory of its session.
"""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import streamlit as st

from hprotopnet.attribution import kept
from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.attribution.prototypes import of_explanation
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.errors import InputError
from hprotopnet.studies.films import network_identity
from hprotopnet.ui.behind import Behind
from hprotopnet.ui.cases import Case, model_of
from hprotopnet.ui.networks import BY_PATH, stamp_of

MAKINGS = "attributions being made"  # key
QUICK = ("prototypes", "gradcam", "gradients", "gradient_input")  # a pass or two of the network
AT_ONCE, QUICK_AT_ONCE = BoundedSemaphore(1), BoundedSemaphore(1)  # that are made at once on this machine
MOST_HELD = 12  # in the memory of a session; one of the demo's clips takes 1.6 MB


class Making(Behind):
    """An attribution of one clip, being made or made.

    Attributes:
        key: under which it is kept.
        case, target, method, settings: what is asked.
        done: share of it that is, 0 to 1.
        result: None before it is there.
        lacking: whether it failed because the network's backbone is not on this machine.
    """

    def __init__(self, key: str, case: Case, target: str, method: str, settings: dict[str, Any]):
        super().__init__(METHODS[method].title)
        self.key, self.case, self.target, self.method, self.settings = key, case, target, method, settings
        self.done, self.result, self.lacking = 0.0, _known(self), False

    @property
    def quick(self) -> bool:
        """Whether it is made without being asked for."""
        return self.method in QUICK

    @property
    def waiting(self) -> bool:
        """Whether somebody has to ask for it."""
        return not (self.running or self.result or self.error) and (self.cancelled or not self.quick)

    @property
    def due(self) -> bool:
        """Whether it is to begin by itself."""
        return self.quick and not (self.running or self.result or self.error or self.cancelled)

    def start(self) -> None:
        """Begin, or begin again."""
        self._restart()
        self.done, self.lacking = 0.0, False
        self._begin(self._make)

    def _make(self) -> None:
        with self._turn(QUICK_AT_ONCE if self.quick else AT_ONCE):
            self.result = _known(self) or self._asked()  # another session may have asked meanwhile
        if self.case.choice.content is None:
            kept.keep(self.key, self.result)

    def _asked(self) -> Attribution:
        from hprotopnet.attribution.methods import attribute
        from hprotopnet.attribution.subject import PrototypeSubject
        from hprotopnet.data.clips import Clip

        self._check_backbone()
        told, bundle = self.case.explanation, self.case.bundle
        subject = PrototypeSubject(model_of(bundle), bundle.config.clip, bundle.name)
        clip = Clip(told.video, told.start, self.case.images, np.array(told.times))
        return attribute(subject, clip, self.target, self.method, self._tell, **self.settings)

    def _check_backbone(self) -> None:
        """Nothing is fetched unless somebody asks for it."""
        from hprotopnet.models.backbones.weights import absence

        config = self.case.bundle.config
        self.lacking = not config.stores_backbone and bool(absence(config.model.backbone))
        if self.lacking:
            raise InputError(f"{self.subject}: the backbone of the network is not on this machine; fetch it here")

    def _tell(self, share: float) -> None:
        self.done = share
        self._check()


def _known(making: Making) -> Attribution | None:
    """What is there without asking a network: steps of an explanation hold the map of their prototypes."""
    explanation = making.case.explanation
    if making.method == "prototypes":
        level = next((own for own in explanation.levels if own.node == making.target), None)
        found = level and of_explanation(level, making.case.images.shape[:3], making.case.bundle.name)
        if found:
            return found
    return kept.find(making.key) if making.case.choice.content is None else None


def makings_of(case: Case, target: str, methods: Sequence[str], both: bool) -> list[Making]:
    """What is asked of a clip, as far as this session has it; what it asked before of another one is stopped.

    Args:
        both: whether methods that can are to say what speaks against the target, too.
    """
    held: dict[str, Making] = st.session_state.setdefault(MAKINGS, {})
    wanted = [_asked_of(case, target, method, both, held) for method in methods]
    for other in held.values():
        if other not in wanted and other.running:
            other.cancel()
    for old in [key for key, own in held.items() if own not in wanted and not own.running][:-MOST_HELD]:
        del held[old]
    return wanted


def _asked_of(case: Case, target: str, method: str, both: bool, held: dict[str, Making]) -> Making:
    settings = {"polarity": "both"} if both and signs(method) else {}
    key = kept.key_of(_identity(case.bundle), case.images, target, method, settings)
    found = held.pop(key, None) or Making(key, case, target, method, settings)
    held[key] = found  # the last of all: the first is let go first
    return found


def signs(method: str) -> bool:
    """Whether a method can say what speaks against a target."""
    return "polarity" in {own.name for own in fields(METHODS[method].settings)}


def _identity(bundle: Bundle) -> str:
    return _hash(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_PATH)
def _hash(folder: Path, stamp: int, _bundle: Bundle) -> str:
    return network_identity(_bundle)
