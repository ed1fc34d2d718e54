"""Files and folders that a process holds until it ends, however it ends, so that others know what is left over.

Locks of the system (flock) go with their process. Where there are none, as on some systems and shares, nothing counts
as left over.
"""

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a system of Unix's kind
    fcntl = None


def hold(path: Path, wait: bool = False) -> int | None:
    """Lock what lies at a path, and return a handle that unlocks it once it is closed.

    None where somebody else holds it, unless `wait`, and where it is gone, or another one, by then.
    Raises `OSError` where it cannot be locked.
    """
    if fcntl is None:
        raise OSError(errno.ENOLCK, "this system has no such locks")
    try:  # shares want files that they lock opened for writing, which folders cannot be
        handle = os.open(path, (os.O_RDONLY if path.is_dir() else os.O_RDWR) | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        if os.path.samestat(os.fstat(handle), os.lstat(path)):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        os.close(handle)
        raise
    os.close(handle)
    return None


def make_held(make: Callable[[], str]) -> tuple[Path, int | None]:
    """Make a file or a folder by a function, and hold it; made again where a sweep came between the two.

    There is no handle where it cannot be locked.
    """
    while True:
        path = Path(make())
        try:
            handle = hold(path, wait=True)
        except OSError:
            return path, None
        if handle is not None:
            return path, handle


def release(handle: int | None) -> None:
    """Let go what `hold` gave."""
    if handle is not None:
        os.close(handle)


def sweep(folder: Path, pattern: str) -> None:
    """Remove the files and folders of a name that nobody holds."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            handle = hold(path)
            if handle is not None:
                _remove(path)
            release(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
