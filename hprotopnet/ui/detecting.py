"""A video of the user's in which actions are detected behind the pages: features, then segments, and a film to show.

One at a time for each session, and a few for all of them together. Nothing of it is kept but in the session's memory.
"""

import threading
from typing import Any

import numpy as np
import streamlit as st

from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import printable
from hprotopnet.temporal.annotations import long_video
from hprotopnet.temporal.card import Card
from hprotopnet.ui.behind import Behind
from hprotopnet.ui.cases import Choice
from hprotopnet.ui.detectors import stamp_of
from hprotopnet.views.detected import Detected
from hprotopnet.views.film import Film
from hprotopnet.views.recoded import recoded

DETECTING = "detecting"  # key
AT_ONCE = threading.BoundedSemaphore(2)  # videos at once on this machine
MOST_SECONDS = 600.0  # of a video


class Detecting(Behind):
    """A video that is looked through, and made fit for the player, by two threads.

    Attributes:
        key: what makes it this one.
        card: the detector.
        choice: the video.
        done, total: clips whose features are made, and that there are; 0 before that is known.
        detected: what was found; None before.
        film: what the player shows; None before it is there.
    """

    def __init__(self, key: tuple, card: Card, choice: Choice):
        super().__init__(choice.video)
        self.key, self.card, self.choice = key, card, choice
        self.done, self.total = 0, 0
        self.detected: Detected | None = None
        self.film: Film | None = None

    def start(self) -> None:
        """Begin, or begin again."""
        self._restart()
        self.done = 0
        self._begin(self._detect)
        if self.film is None:
            self._begin(self._prepare)

    def _in_a_line(self, error: InputError) -> str:
        return f"{self.choice.video}: {str(error).split(': ', 1)[-1]}"  # where it lies is not everybody's business

    def _detect(self) -> None:
        from hprotopnet.temporal.clips import FeatureArrays
        from hprotopnet.temporal.detector import load_detector, setting_of
        from hprotopnet.temporal.extract import cells, features_along
        from hprotopnet.temporal.training import concepts_of, scores_of

        with self.choice.file() as path, self._turn(AT_ONCE):
            duration = probe(path).duration
            if duration > MOST_SECONDS:
                raise InputError(f"{self.subject}: lasts {duration:.0f} s, at most {MOST_SECONDS:.0f}; cut the video")
            stored = load_detector(self.card.folder)
            setting = setting_of(stored.source)
            source = _extractor(repr(setting), setting)
            self.total, parts = cells(duration, source.setting.stride), []
            for part in features_along(source, path):
                self._check()
                parts.append(part)
                self.done += len(part)
        held = FeatureArrays({"": np.concatenate(parts)})
        (scores,), (concepts,) = (list(ask(stored.network, held, [""])) for ask in (scores_of, concepts_of))
        video = long_video(self.subject, self.subject, len(scores), len(scores) / duration, [], [], duration=duration)
        self.detected = Detected(self.card.hierarchy, video, scores, concepts, known=False)

    def _prepare(self) -> None:
        with self.choice.file() as path:
            self.film = recoded(path, seconds=MOST_SECONDS, tell=lambda share: self._check())


def detecting_of(card: Card, choice: Choice) -> Detecting:
    """The looking through of a video in this session, begun if it is another one than before."""
    key = (printable(str(card.folder)), stamp_of(card.folder), choice.identity)
    before: Detecting | None = st.session_state.get(DETECTING)
    if before and before.key == key:
        return before
    if before:
        before.cancel()
    found = st.session_state[DETECTING] = Detecting(key, card, choice)
    found.start()
    return found


@st.cache_resource(max_entries=2, show_spinner=False)  # threads behind the pages ask
def _extractor(known: str, _setting: Any) -> Any:
    from hprotopnet.temporal.extract import again

    return again(_setting)
