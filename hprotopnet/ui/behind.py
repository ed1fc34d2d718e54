"""Work behind the pages: threads of a session that say how far they are, can be stopped, and end with their session.

Whatever goes wrong in one becomes one line. They go on when the page is left and are found again when it is opened; a
session that has gone takes them with it.
"""

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore

import streamlit as st

from hprotopnet.errors import InputError

OWNER = "owner of work behind the pages"  # key
WAIT = 0.5  # seconds from look to look whether one's turn has come
LONGEST = 200  # characters of what an error says
PATIENCE = 10.0  # seconds that a server that stops waits for the work behind its pages
_log = logging.getLogger(__name__)
_all: "weakref.WeakSet[Behind]" = weakref.WeakSet()


class _Owner:
    """Lives as long as a session does."""


class Ended(Exception):
    """Raised in a thread that was told to stop."""


class Behind:
    """What all such work has.

    Attributes:
        subject: what is worked on, as errors call it.
        error: what is wrong, in a line.
        cancelled: whether somebody stopped it.
    """

    def __init__(self, subject: str):
        self.subject, self.error, self.cancelled = subject, "", False
        self._stop, self._threads = threading.Event(), {}
        self._owner = weakref.ref(st.session_state.setdefault(OWNER, _Owner()))
        _all.add(self)

    @property
    def running(self) -> bool:
        """Whether anything is still to come by itself."""
        return any(thread.is_alive() for thread in self._threads.values())

    def cancel(self) -> None:
        """Stop soon; what is there stays."""
        self.cancelled = True
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Until nothing is at work any more, but no longer than so many seconds."""
        until = time.monotonic() + seconds
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def _restart(self) -> None:
        self.cancelled, self.error = False, ""
        self._stop.clear()

    def _begin(self, work: Callable[[], None]) -> None:
        """Let a thread do it, unless one does already."""
        if not (work in self._threads and self._threads[work].is_alive()):
            self._threads[work] = threading.Thread(target=self._guarded, args=(work,), daemon=True)
            self._threads[work].start()

    def _stopped(self) -> bool:
        return self._stop.is_set() or self._owner() is None

    def _check(self) -> None:
        if self._stopped():
            raise Ended

    @contextmanager
    def _turn(self, places: Semaphore) -> Iterator[None]:
        """One of some places that all sessions share, waited for; raises `Ended` if stopped meanwhile."""
        while not places.acquire(timeout=WAIT):
            self._check()
        try:
            yield
        finally:
            places.release()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Ended:
            pass
        except InputError as error:
            self.error = self._in_a_line(error)
        except Exception as error:
            _log.exception("work behind a page failed")
            self.error = f"{self.subject}: failed ({type(error).__name__}: {' '.join(str(error).split())[:LONGEST]})"

    def _in_a_line(self, error: InputError) -> str:
        return str(error)


@atexit.register
def end_all() -> None:
    """Stop all work and wait for it: a thread that is within torch while the interpreter goes ends the process."""
    at_work = [own for own in _all if own.running]
    for own in at_work:
        own.cancel()
    for own in at_work:
        own.wait(PATIENCE / len(at_work))
