"""Processes that decode (`worker`), started when they are needed and kept: who asks waits for a while, then kills.

A hostile file may hang a decoder, fill the memory or stop the process; all of that comes back as `Failed`. They share
nothing with this process but two pipes, and no pickles pass through them.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore, Lock, Timer
from typing import Any, TypeVar

import numpy as np

from hprotopnet.data.messages import ERROR, OUT_OF_MEMORY, receive, receive_images, send
from hprotopnet.errors import InputError

MEMORY = 1536 * 2**20  # bytes that a worker may take
MOST = 4  # workers at once
COMMAND = (sys.executable, "-P", "-m", "hprotopnet.data.worker")
ROOT = Path(__file__).resolve().parents[2]

Found = TypeVar("Found")
Parse = Callable[[dict[str, Any], np.ndarray], Found]  # what an answer with images, uint8 RGB (T, H, W, 3), says


class Failed(Exception):
    """A worker gave no answer: it stopped, or said what makes no sense."""


class OutOfTime(Failed):
    """It was killed, since it took too long."""


class OutOfMemory(Failed):
    """It needed more than it may take."""


def _environment() -> dict[str, str]:
    """Of a worker: memory that an allocator only reserves, for itself or for many threads, counts as taken, too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return kept | threads | {"PYTHONPATH": path}


class Worker:
    """A process that answers one request at a time.

    Attributes:
        process: it, with pipes to its input and from its output.
        used: whether it has answered before.
        late: whether it was killed, since it took too long.
    """

    def __init__(self) -> None:
        self.used = self.late = False
        self.process = subprocess.Popen(
            [*COMMAND, str(MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            pipesize=2**20,
        )

    @property
    def alive(self) -> bool:
        """Whether it may be asked; it may still end at any moment."""
        return not self.late and self.process.poll() is None

    def ask(self, request: dict[str, Any], parse: Parse[Found], most: int) -> Found:
        """What the answer to a request says; raises `InputError` where it is that the video cannot be used.

        Raises `Failed` where there is none, after which the worker is of no use.

        Args:
            request: among others the `seconds` within which an answer must come.
            most: bytes that images may have.
        """
        limit = Timer(request["seconds"], self._stop)
        limit.daemon = True
        limit.start()
        try:
            send(self.process.stdin, request)
            answer = receive(self.process.stdout)
            if OUT_OF_MEMORY in answer:
                raise OutOfMemory
            self.used = True
            if ERROR in answer:
                raise InputError(str(answer[ERROR]))
            return parse(answer, receive_images(self.process.stdout, _shape(answer, most)))
        except InputError:
            raise
        except (OSError, EOFError, ValueError, TypeError, LookupError, RecursionError) as error:
            raise (OutOfTime if self.late else Failed) from error
        finally:
            limit.cancel()
            limit.join()

    def _stop(self) -> None:
        self.late = True
        self.process.kill()

    def end(self) -> None:
        """Kill the process: it holds nothing that would be lost."""
        self.process.kill()
        self.leave()
        self.process.wait()

    def leave(self) -> None:
        """Close the pipes, without what may still wait to be sent."""
        self.process.stdin.raw.close()
        self.process.stdout.raw.close()


def _shape(answer: dict[str, Any], most: int) -> tuple[int, int, int, int]:
    """Shape of the images behind an answer; raises `ValueError` for what cannot be one."""
    count, height, width, channels = map(int, answer.get("shape", (0, 0, 0, 3)))
    if min(count, height, width) < 0 or channels != 3 or count * height * width * channels > most:
        raise ValueError("no shape of images")
    return count, height, width, channels


class Pool:
    """Workers that are kept; the one that was used last is taken first, since it knows what it has measured."""

    def __init__(self) -> None:
        self.lock, self.places = Lock(), BoundedSemaphore(MOST)
        self.idle: list[Worker] = []
        self.workers: set[Worker] = set()

    def ask(self, request: dict[str, Any], parse: Parse[Found], most: int = 0) -> Found:
        """What a worker answers, see `Worker.ask`.

        Where one fails that was used before, a new one is asked: it may have been killed meanwhile, or its memory be in
        pieces.
        """
        with self.places:
            worker = self._take()
            used = worker.used
            try:
                return self._answer(worker, request, parse, most)
            except OutOfTime:
                raise
            except Failed:
                if not used:
                    raise
            return self._answer(self._start(), request, parse, most)

    def _answer(self, worker: Worker, request: dict[str, Any], parse: Parse[Found], most: int) -> Found:
        """What a worker answers; it is kept if it does."""
        sane = False
        try:
            found, sane = worker.ask(request, parse, most), True
            return found
        except InputError:
            sane = True
            raise
        finally:  # after Ctrl-C, too, it would answer the next request with what was asked before
            (self._keep if sane else self._drop)(worker)

    def _keep(self, worker: Worker) -> None:
        with self.lock:
            self.idle.append(worker)

    def _take(self) -> Worker:
        while True:
            with self.lock:
                worker = self.idle.pop() if self.idle else None
            if worker is None:
                return self._start()
            if worker.alive:
                return worker
            self._drop(worker)

    def _start(self) -> Worker:
        worker = Worker()
        with self.lock:
            self.workers.add(worker)
        return worker

    def _drop(self, worker: Worker) -> None:
        worker.end()
        with self.lock:
            self.workers.discard(worker)

    def prepare(self) -> None:
        """Have a worker at hand, which takes a while to start, before it is asked."""
        if not self.idle:
            self._keep(self._start())

    def close(self) -> None:
        """End all workers; new ones are started when they are needed."""
        with self.lock:
            workers, self.workers, self.idle = self.workers, set(), []
        for worker in workers:
            worker.end()

    def forget(self) -> None:
        """Leave the workers to the process that this one was forked from."""
        for worker in self.workers:
            worker.leave()
            worker.process.returncode = 0  # no child of this process, which must not wait for it
        self.__init__()


POOL = Pool()
atexit.register(POOL.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget)
