"""Features on disk: a file that only grows, and an index with one line a video, which is what counts.

Several processes may read and add at the same time: only adding a video is locked.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from hprotopnet.files import atomic_write

PATIENCE = 2.0  # seconds of waiting for another process, after which the wait is said


class StoredVideo(NamedTuple):
    """Where a video's clips stand in a store: first row, and the start of each clip in seconds."""

    first: int
    starts: tuple[float, ...]


class FeatureStore:
    """An append-only file of float32 features and its index.

    Lines that are cut short, that are none of ours, or that name rows beyond the end of the features do not count:
    those videos are computed again.

    Args:
        folder: where the files lie; made if absent.
        shape: of one clip's features, (C, t, h, w).
    """

    def __init__(self, folder: Path, shape: tuple[int, ...]):
        self.folder, self.shape = folder, shape
        self.row_bytes = 4 * int(np.prod(shape))
        folder.mkdir(parents=True, exist_ok=True)
        for path in (self._features, self._index):
            path.touch()
        self.index: dict[str, StoredVideo] = {}
        self._read = -1  # bytes of the index that were there when it was last read
        if not self.refresh():
            with locked(folder):
                self._forget_what_is_lost()

    @property
    def _features(self) -> Path:
        return self.folder / "features.bin"

    @property
    def _index(self) -> Path:
        return self.folder / "index.jsonl"

    @property
    def rows(self) -> int:
        """Clips in the store."""
        return max((row.first + len(row.starts) for row in self.index.values()), default=0)

    def refresh(self) -> bool:
        """Read again what is there by now; false where lines name rows that are not."""
        size = self._index.stat().st_size
        if size == self._read:
            return True
        self._read, there = size, self._features.stat().st_size // self.row_bytes
        read = dict(_read_index(self._index))
        self.index = {video: row for video, row in read.items() if row.first + len(row.starts) <= there}
        return len(self.index) == len(read)

    def array(self) -> np.ndarray:
        """All rows, read from disk as they are touched; shape (rows, C, t, h, w)."""
        if not self.rows:
            return np.empty((0, *self.shape), np.float32)
        return np.memmap(self._features, np.float32, "c", shape=(self.rows, *self.shape))

    def append(self, video: str, starts: Sequence[float], features: np.ndarray) -> None:
        """Add a video: first its rows, then the line that makes them count; nothing if another process was faster."""
        with locked(self.folder):
            self.refresh()
            if video in self.index:
                return
            row = StoredVideo(self.rows, tuple(starts))
            with open(self._features, "r+b") as file:
                file.seek(row.first * self.row_bytes)
                file.write(np.ascontiguousarray(features, np.float32).tobytes())
            with open(self._index, "a", encoding="utf-8") as file:
                file.write(_line(video, row))
                self._read = file.tell()
            self.index[video] = row

    def _forget_what_is_lost(self) -> None:
        """Without this a line of rows that are lost would count again once other rows took their place."""
        self._read = -1
        self.refresh()
        with atomic_write(self._index) as temporary:
            temporary.write_text("".join(_line(video, row) for video, row in self.index.items()), encoding="utf-8")


def _line(video: str, row: StoredVideo) -> str:
    # The line break comes first, so that a line cut short by an interruption spoils no other.
    return "\n" + json.dumps({"video": video, "first": row.first, "starts": row.starts})


def _read_index(path: Path) -> Iterator[tuple[str, StoredVideo]]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            yield str(row["video"]), StoredVideo(int(row["first"]), tuple(map(float, row["starts"])))
        except (ValueError, TypeError, KeyError):
            continue  # cut short when an extraction was interrupted


@contextmanager
def locked(folder: Path, say: Callable[[str], None] = lambda line: tqdm.write(line, file=sys.stderr)) -> Iterator[None]:
    """Keep other processes from writing to a folder; a wait that takes long is said."""
    lock, owner = FileLock(folder / "lock"), folder / "lock.owner"
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        who = owner.read_text(encoding="utf-8") if owner.is_file() else "another process"
        say(f"note: waiting for {who} to finish writing to {folder}")
        lock.acquire()
    try:
        owner.write_text(f"process {os.getpid()}", encoding="utf-8")
        yield
    finally:
        lock.release()
