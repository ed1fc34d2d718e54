"""Who writes a folder: one process at a time, and the next one is told which."""

import json
import math
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from hprotopnet.errors import InputError
from hprotopnet.files import visible, writing
from hprotopnet.locks import hold, release

PATIENCE = 2.0  # seconds after which it is said what is waited for
LONGEST = 80  # characters of a command that are said
MOST_BYTES = 4096  # of a lock that are read


@contextmanager
def sole_writer(folder: str | Path, wait: bool = False) -> Iterator[None]:
    """Nobody else writes a folder during the block.

    The lock lies beside the folder, which may be replaced meanwhile, and is gone afterwards. One that a killed process
    left counts no more. Where none can be made the block runs all the same, and that is said on stderr.
    Raises `InputError` that says who writes it, or with `wait` says so and waits.
    """
    place = Path(folder).resolve()
    lock = place.parent / f".{place.name}.lock"
    handle = _acquired(lock, folder, wait)
    try:
        yield
    finally:
        if handle is not None:
            lock.unlink(missing_ok=True)
        release(handle)


def _acquired(lock: Path, folder: str | Path, wait: bool) -> int | None:
    """A handle of the lock, signed; None where no lock can be made, which is said."""
    with writing(folder):
        lock.parent.mkdir(parents=True, exist_ok=True)
    patient_until = time.monotonic() + PATIENCE
    try:
        while (handle := _opened(lock)) is None:
            holder = _holder(lock)
            if holder and not wait:
                raise InputError(f"{folder}: {holder}; wait for it or choose another --out")
            if holder and time.monotonic() > patient_until:
                print(visible(f"waiting for {folder}: {holder}"), file=sys.stderr)
                patient_until = math.inf
            time.sleep(0.05)
    except OSError as error:
        with writing(folder):
            if not os.access(folder if os.path.exists(folder) else lock.parent, os.W_OK):
                raise
        print(
            visible(f"note: {folder}: cannot be locked ({error.strerror}); start nothing else there"), file=sys.stderr
        )
        return None
    _sign(handle)
    return handle


def _opened(lock: Path) -> int | None:
    os.close(os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666))
    try:
        return hold(lock)
    except OSError:  # there are no locks here
        lock.unlink(missing_ok=True)
        raise


def _sign(handle: int) -> None:
    """Write down who holds a lock; on a full disk nobody will know."""
    command = shlex.join([_program(sys.argv[0]), *sys.argv[1:]])
    own = {"process": os.getpid(), "host": socket.gethostname(), "since": time.time(), "command": command}
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(own).encode()[:MOST_BYTES], 0)


def _program(path: str) -> str:
    own = Path(path)
    return own.parent.name if own.name == "__main__.py" else own.name


def _holder(lock: Path) -> str | None:
    """In words, who holds a lock; None once it is gone."""
    try:
        with open(lock, "rb") as file:
            found = json.loads(file.read(MOST_BYTES))
        since = datetime.fromtimestamp(found["since"])
        when = since.strftime("%H:%M" if since.date() == datetime.now().date() else "%Y-%m-%d %H:%M")
        command = found["command"] if len(found["command"]) <= LONGEST else f"{found['command'][:LONGEST]} ..."
        who = f"process {int(found['process'])} on {found['host']}"
        return f"{who} has been writing to it since {when} ({command})"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return "another process is writing to it"
