"""Films traced behind the pages: one at a time for each session, and a few for all of them together.

What is said of a video on this machine is written into the user's cache, window by window, found by content, network
and settings: whoever stops goes on there, and whoever comes back finds it done. Of an upload nothing is written down;
it is kept in the memory of its session. A session that has gone takes its tracing with it.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import streamlit as st

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import printable
from hprotopnet.studies.films import MOST_SECONDS, Plan, Record, follow_film, plan_of, trace_of
from hprotopnet.ui.behind import Behind
from hprotopnet.ui.cases import Choice
from hprotopnet.ui.networks import stamp_of
from hprotopnet.views.film import Film
from hprotopnet.views.recoded import recoded
from hprotopnet.writers import sole_writer

TRACING = "tracing"  # key
AT_ONCE = threading.BoundedSemaphore(2)  # films that are traced at once on this machine
MOST_KEPT = 100  # records in the cache; the oldest go
SHOWN = 600.0  # seconds of a film that the player is given at once


class Tracing(Behind):
    """A film that is traced, and made fit for the player, by two threads.

    Attributes:
        key: what makes it this one.
        choice: the film.
        bundle: the network.
        record: what was said so far; None before it is known what is to be asked.
        part: from where on the player shows it, in seconds.
        film: what the player shows; None before it is there.
        prepared: share of it that is, 0 to 1.
    """

    def __init__(self, key: tuple, bundle: Bundle, model: object, choice: Choice, stride: float | None):
        super().__init__(choice.video)
        self.key, self.bundle, self.model, self.choice, self.stride = key, bundle, model, choice, stride
        self.part = 0.0
        self.record: Record | None = None
        self.film: Film | None = None
        self.prepared = 0.0

    def start(self) -> None:
        """Begin, or go on where it was."""
        self._restart()
        self._begin(self._trace)
        if self.film is None:
            self._begin(self._prepare)

    def show(self, part: float) -> None:
        """Let the player show the film from so many seconds on."""
        if part != self.part:
            self.part, self.film, self.prepared = part, None, 0.0
            self._begin(self._prepare)

    @property
    def done(self) -> int:
        """Windows that were answered."""
        return self.record.done if self.record else 0

    @property
    def total(self) -> int:
        """Windows that there are; 0 before that is known."""
        return len(self.record.starts) if self.record else 0

    def look(self) -> Trace | None:
        """What was said so far; None where nothing was."""
        if not self.done:
            return None
        return trace_of(self.record, self.bundle.hierarchy, self.choice.path, self.choice.video)

    def _in_a_line(self, error: InputError) -> str:
        return f"{self.choice.video}: {str(error).split(': ', 1)[-1]}"  # where it lies is not everybody's business

    def _trace(self) -> None:
        with self.choice.file() as path, self._turn(AT_ONCE), ExitStack() as held:
            if self.record is None or self.record.file:
                self.record = self._record(path, held)
            for _ in follow_film(self.model, path, self.bundle.config.clip, self.record):
                self._check()

    def _record(self, path: Path, held: ExitStack) -> Record:
        """What is known already, and where the rest is written; in memory alone where that cannot be."""
        plan = plan_of(self.bundle, path, 0.0, min(probe(path).duration, MOST_SECONDS), self.stride)
        nodes, ball = len(self.bundle.hierarchy.nodes), self.bundle.config.model.head != "fc"
        if self.choice.content is None:
            with suppress(InputError):  # somebody else writes it, or nobody can
                file = _cached(plan)
                held.enter_context(sole_writer(file))
                return Record(plan, nodes, ball, file)
        return Record(plan, nodes, ball)

    def _prepare(self) -> None:
        part, film = -1.0, None

        def tell(share: float) -> None:
            self.prepared = share
            self._check()

        with self.choice.file() as path:
            while part != self.part:  # another one may be asked for meanwhile
                part = self.part
                film = recoded(path, part, SHOWN, tell)
        self.film = film


def tracing_of(bundle: Bundle, model: Callable[[], object], choice: Choice, stride: float | None) -> Tracing:
    """The tracing of a film in this session, begun if it is another one than before.

    Args:
        model: gives the network, which is not asked where the film is the same.
        stride: seconds from window to window; the usual ones if None.
    """
    key = (printable(str(bundle.folder)), stamp_of(bundle.folder), choice.identity, stride)
    before: Tracing | None = st.session_state.get(TRACING)
    if before and before.key == key:
        return before
    if before:
        before.cancel()
    found = st.session_state[TRACING] = Tracing(key, bundle, model(), choice, stride)
    found.start()
    return found


def _cached(plan: Plan) -> Path:
    """Where the record of a plan lies in the user's cache; the oldest of too many go."""
    from hprotopnet.models.backbones.weights import cache_dir

    folder = cache_dir() / "films"
    kept = sorted(folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime) if folder.is_dir() else []
    for file in kept[: max(0, len(kept) - MOST_KEPT)]:
        with suppress(OSError):
            file.unlink()
    return folder / f"{plan.key}.jsonl"
