"""Work shared between processes that come and go with the one that asked for it."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any

from hprotopnet.errors import InputError


def in_processes(work: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[tuple[Any, Any]]:
    """Each job with its result, in the order they are done; at most two jobs a worker are under way.

    With one worker all is done in this process. On Ctrl-C, or an error, workers finish what they are at and end; they
    end as well when this process dies. Raises `InputError` when a worker is killed.
    """
    if workers == 1:
        yield from ((job, work(job)) for job in jobs)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_enlist)
    under_way: dict[Future, Any] = {}
    try:
        for job in jobs:
            under_way[pool.submit(work, job)] = job
            if len(under_way) >= 2 * workers:
                yield from _finished(under_way)
        while under_way:
            yield from _finished(under_way)
    except BrokenProcessPool as error:
        raise InputError("a worker was killed, for want of memory perhaps; go on with fewer --workers") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _finished(under_way: dict[Future, Any]) -> list[tuple[Any, Any]]:
    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
    return [(under_way.pop(future), future.result()) for future in done]


def _enlist() -> None:
    """Make this process a worker that the terminal's Ctrl-C does not reach and that never outlives its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent_process().join()
    os._exit(1)
