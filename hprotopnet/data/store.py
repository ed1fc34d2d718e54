"""Where features of clips are kept: an append-only file of numbers, and an index that says which of them count.

Several processes may add to a store at once: it is locked only while something is written, and readers need no lock.
"""

import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock, Timeout
from tqdm import tqdm

from hprotopnet.files import writing

PATIENCE = 2.0  # seconds after which it is said what is waited for
LONGEST_LINE = 2**20  # bytes of an index's last line, unless a video has tens of thousands of clips


class StoredVideo(NamedTuple):
    """Where a video's clips stand in a store: first row, and the start of each clip in seconds.

    `crc` is the checksum of its rows, None where an earlier version wrote them; `damage` is what is wrong with it, in
    words.
    """

    first: int
    starts: tuple[float, ...]
    crc: int | None = None
    damage: str = ""

    @property
    def end(self) -> int:
        """One past the last row."""
        return self.first + len(self.starts)


class FeatureStore:
    """An append-only file of float32 features, and an index with one line a video, which is what counts.

    Args:
        folder: where the files lie; made when something is added.
        shape: of one clip's features, (C, t, h, w).

    Attributes:
        index: where each video stands, by the hash of its content; as of the last `refresh`.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...]):
        self.folder, self.shape = folder, shape
        self.features, self.lines = folder / "features.bin", folder / "index.jsonl"
        self.index: dict[str, StoredVideo] = {}
        self._read = 0, 0  # size of the index when it was read, and when it was written
        self._spoilt: set[tuple[str, StoredVideo]] = set()
        self.refresh()

    @property
    def rows(self) -> int:
        """Clips in the store."""
        return max((row.end for row in self.index.values()), default=0)

    def array(self) -> np.ndarray:
        """All rows, read from disk as they are touched; shape (rows, C, t, h, w)."""
        if not self.rows:
            return np.empty((0, *self.shape), np.float32)
        return np.memmap(self.features, np.float32, "c", shape=(self.rows, *self.shape))

    def refresh(self) -> None:
        """See what other processes have added."""
        if (now := _stamp(self.lines)) != self._read:
            lines = self.lines.read_text(encoding="utf-8", errors="replace").splitlines()
            sound = _sound(filter(None, map(_parsed, lines)), _size(self.features) // self._bytes(1))
            self.index = {video: row for video, row in sound.items() if (video, row) not in self._spoilt}
            self._read = now

    def forget_spoilt(self, videos: Iterable[str]) -> None:
        """Let those of some videos count no more whose rows are not what was stored, as after a loss of power.

        Rows of an earlier version, which have no checksum, count unless some are not finite or a clip is all zeros.
        """
        features, wanted = self.array(), [video for video in videos if video in self.index]
        for video in tqdm(wanted, "stored features", unit="video", delay=2):
            row = self.index[video]
            if not _is_whole(features[row.first : row.end], row.crc):
                self._spoilt.add((video, row))
                del self.index[video]

    def append(self, video: str, starts: Sequence[float], features: np.ndarray, damage: str = "") -> None:
        """Add a video, unless another process has: first its rows, then the line that makes them count.

        Raises `InputError` when the file system refuses; then neither is longer than before.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with _sole_writer(self.folder):
                self.refresh()
                if video not in self.index:
                    content = np.ascontiguousarray(features, np.float32).tobytes()
                    row = StoredVideo(self.rows, tuple(starts), zlib.crc32(content), damage)
                    _write_at(self.features, self._bytes(row.first), content)
                    # A line break comes first, so that a line cut short by a loss of power spoils no other.
                    line = "\n" + json.dumps({"video": video} | row._asdict())
                    _drop_torn(self.lines)
                    _write_at(self.lines, _size(self.lines), line.encode())
                    self.index[video], self._read = row, _stamp(self.lines)

    def _bytes(self, rows: int) -> int:
        return rows * np.dtype(np.float32).itemsize * int(np.prod(self.shape))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of writing: a line may take the place of one that was cut short."""
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else (0, 0)


def _write_at(path: Path, start: int, content: bytes) -> None:
    """Write into a file, which on a full disk is no longer than before; shorter it never gets: others may read it."""
    path.touch()
    with open(path, "r+b", buffering=0) as file:
        before, left = file.seek(0, os.SEEK_END), memoryview(content)
        file.seek(start)
        try:
            while left:
                left = left[file.write(left) :]
        except BaseException:
            file.truncate(before)
            raise


def _drop_torn(lines: Path) -> None:
    """Cut off the last line of an index where a killed process left only a part of it."""
    if not _size(lines):
        return
    with open(lines, "r+b") as file:
        start = max(0, _size(lines) - LONGEST_LINE)
        file.seek(start)
        tail = file.read()
        last = tail.rfind(b"\n")
        if last >= 0 and not _is_json(tail[last:]):
            file.truncate(start + last)


def _is_json(content: bytes) -> bool:
    try:
        return json.loads(content) is not None
    except ValueError:
        return False


def _parsed(line: str) -> tuple[str, StoredVideo] | None:
    """A line of an index; nothing where it was cut short by an interruption, or is not one of ours."""
    try:
        found = json.loads(line)
        video, first, starts = (found[name] for name in ("video", "first", "starts"))
        row = StoredVideo(first, tuple(map(float, starts)), found.get("crc"), str(found.get("damage", "")))
    except (ValueError, TypeError, KeyError):
        return None
    ours = isinstance(video, str) and isinstance(first, int) and isinstance(row.crc, int | None)
    return (video, row) if ours and first >= 0 and row.starts else None


def _sound(lines: Iterable[tuple[str, StoredVideo]], rows: int) -> dict[str, StoredVideo]:
    """The lines that count, of a file of so many rows: it may have been cut off, and written on from there."""
    index, end = {}, 0
    for video, row in lines:
        if row.first < end:  # what stood here no longer counted when this was written
            index = {name: own for name, own in index.items() if own.end <= row.first}
        index[video], end = row, row.end
    return {video: row for video, row in index.items() if row.end <= rows}


def _is_whole(rows: np.ndarray, crc: int | None) -> bool:
    if not np.isfinite(rows).all():
        return False
    return rows.any(axis=tuple(range(1, rows.ndim))).all() if crc is None else zlib.crc32(rows) == crc


@contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    """Nobody else writes to a store during the block; a long wait for it is said on stderr."""
    lock, writer = FileLock(folder / "lock"), folder / "writer"
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        process = writer.read_text() if writer.exists() else "unknown"
        tqdm.write(f"waiting for {folder}: process {process} is writing to it", file=sys.stderr)
        lock.acquire()
    try:
        writer.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()
