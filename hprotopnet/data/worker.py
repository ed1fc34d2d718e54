"""The process that decodes, `python -m hprotopnet.data.worker`: requests on its input, answers on its output.

It ends with its input, so that it never outlives whoever started it, and may be killed at any time. Its memory is
limited where the system can do so: Windows cannot, and macOS does not keep to it.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

from hprotopnet.data import decoding
from hprotopnet.data.messages import ERROR, OUT_OF_MEMORY, receive, send
from hprotopnet.errors import InputError

Reply = tuple[dict[str, Any], Iterable[np.ndarray]]


def main(memory: int) -> None:
    """Answer requests, one after the other; with no more than `memory` bytes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C means the command
    _limit(memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    gc.freeze()  # what is there by now stays
    for request in _requests():
        try:
            send(answers, *_reply(request))
        except MemoryError:
            send(answers, {OUT_OF_MEMORY: True})
        gc.collect()  # decoders hold threads, and all of their stacks count against the memory


def _limit(memory: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))


def _requests() -> Iterator[dict[str, Any]]:
    """Requests as they come; the process ends with them, even amid an answer that takes for ever."""
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def listen() -> None:
        with suppress(EOFError, ValueError):
            while True:
                waiting.put(receive(sys.stdin.buffer))
        os._exit(0)

    Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


def _reply(request: dict[str, Any]) -> Reply:
    path = request["path"]
    if not os.path.isabs(path):
        os.chdir(request["folder"])
    try:
        return (_measured if request["work"] == "measure" else _read)(path, *request["options"])
    except InputError as error:
        return {ERROR: str(error)}, ()
    except MemoryError:
        raise
    except Exception as error:  # readers raise whatever a broken file leads them to
        return {ERROR: f"{path}: cannot be read as a video ({error!r}); copy it again or convert it to MP4"}, ()


def _measured(path: str, folder_fps: float, thorough: bool) -> Reply:
    return vars(decoding.measure(path, folder_fps, thorough)), ()


def _read(path: str, wanted: list[float], short_side: int, folder_fps: float, threads: int, onwards: bool) -> Reply:
    """Each frame once, and which of them is shown at which instant."""
    shown, damaged = decoding.read(path, wanted, short_side, folder_fps, threads, onwards)
    frames = list({id(own): own for own in shown}.values())
    number = {id(own): row for row, own in enumerate(frames)}
    images = [image for _, image in frames]
    shape = (len(images), *images[0].shape) if images else (0, 0, 0, 3)
    times, rows = [float(time) for time, _ in frames], [number[id(own)] for own in shown]
    return {"shape": shape, "times": times, "rows": rows, "damaged": damaged}, images


if __name__ == "__main__":
    main(int(sys.argv[1]))
