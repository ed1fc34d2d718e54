"""Frames of a video at given instants, and what it holds: asked of a process of its own, which a file may bring down.

Everybody speaks seconds from the first frame that decodes.
A folder of pictures (`img_00001.jpg`, `image_00001.jpg`, ...) counts as a video of a given rate, see `series`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hprotopnet.data.encoding import write_video
from hprotopnet.data.messages import VideoInfo
from hprotopnet.data.pictures import MAX_ASPECT
from hprotopnet.data.pool import MEMORY, POOL, Failed, Found, OutOfMemory, OutOfTime, Parse, Pool
from hprotopnet.errors import InputError
from hprotopnet.files import check_regular

__all__ = [
    "FOLDER_FPS",
    "VERSION",
    "Frames",
    "VideoInfo",
    "probe",
    "read_frames",
    "read_windows",
    "reading",
    "write_video",
]

VERSION = 2  # of the pixels that a video gives; raise it when they change
FOLDER_FPS = 25.0  # assumed rate of a folder of pictures, which has none of its own
PATIENCE = 15.0  # seconds that any video may take to be read, and
PER_MEGABYTE, PER_PICTURE = 1.0, 0.25  # so many more for each megabyte of a file, or picture that is asked for


class Frames(NamedTuple):
    """Frames of one window, in the order of the instants that were asked for."""

    images: np.ndarray  # uint8 RGB (T, H, W, 3)
    times: np.ndarray  # float64 (T,), when each frame is first shown, in seconds from the first frame of the video
    damaged: bool  # whether some of what was read does not decode; missing frames repeat the one before


def probe(path: str | Path, folder_fps: float = FOLDER_FPS, thorough: bool = False) -> VideoInfo:
    """Measure a video; raises `InputError` when it is none.

    Nothing is decoded but the first frame where packets follow one another as they should. Where they do not, and with
    `thorough`, all of it is: only then is it known which frames there are.
    A folder of pictures has no rate of its own and takes `folder_fps`.
    """
    return _ask(path, "measure", [float(folder_fps), thorough], lambda found, _: VideoInfo(**found))


def read_frames(
    path: str | Path, instants: Sequence[float], short_side: int, folder_fps: float = FOLDER_FPS, threads: int = 0
) -> Frames:
    """Read the frames shown at some instants, see `read_windows`."""
    return read_windows(path, [instants], short_side, folder_fps, threads)[0]


def read_windows(
    path: str | Path,
    windows: Sequence[Sequence[float]],
    short_side: int,
    folder_fps: float = FOLDER_FPS,
    threads: int = 0,
) -> list[Frames]:
    """Read the frames shown at the instants of several windows, decoding the file once for all of them.

    Each window lists its instants in seconds from the first frame, at least one, in any order. Frames are scaled
    to a short side of `short_side` pixels. A folder of pictures is shown at `folder_fps`. The decoder uses `threads`
    threads, 0 for one a processor, a few at most; the frames of an undamaged file do not depend on it.

    The frame shown at an instant is the last one that starts no later. Half a tick of the file's clock (at most half
    a millisecond) is forgiven, so that the instant 1/30 finds a frame stamped 0.033. Before the first frame
    that is the first, after the last the last.

    Raises `InputError`, naming the file, when not even one frame can be decoded. Of a damaged file
    the frames that still decode are used and `Frames.damaged` is set.
    """
    return _windows(path, windows, short_side, folder_fps, threads)


@contextmanager
def reading(
    path: str | Path, short_side: int, folder_fps: float = FOLDER_FPS
) -> Iterator[Callable[[Sequence[float]], Frames]]:
    """Read a video of any length from its beginning on, a part at a time, with one decoder, which goes on where it was.

    What is given reads the frames shown at some instants, see `read_windows`; asked for earlier ones than before, it
    begins again. `Frames.damaged` is that of all that was read so far. The file is open for as long as the block lasts.
    """
    own = Pool()
    try:
        yield lambda instants: _windows(path, [instants], short_side, folder_fps, 0, own)[0]
    finally:
        own.close()


def _windows(
    path: str | Path,
    windows: Sequence[Sequence[float]],
    short_side: int,
    folder_fps: float,
    threads: int,
    onwards: Pool | None = None,
) -> list[Frames]:
    """See `read_windows`; with a pool of its own it is to be read `onwards`."""
    wanted = sorted({float(instant) for window in windows for instant in window})
    most = len(wanted) * short_side * (MAX_ASPECT * short_side + 1) * 3

    def parted(found: dict[str, Any], images: np.ndarray) -> list[Frames]:
        times, row_of = np.array(found["times"], dtype=np.float64), dict(zip(wanted, found["rows"], strict=True))
        rows = [[row_of[float(instant)] for instant in window] for window in windows]
        return [Frames(images[own], times[own], found["damaged"]) for own in rows]

    options = [wanted, int(short_side), float(folder_fps), threads, onwards is not None]
    return _ask(path, "read", options, parted, most, len(wanted), onwards or POOL)


def _ask(
    path: str | Path,
    work: str,
    options: list[Any],
    parse: Parse[Found],
    most: int = 0,
    pictures: int = 1,
    pool: Pool = POOL,
) -> Found:
    """What a worker answers, see `pool`; whatever keeps it from that becomes `InputError`."""
    is_folder = Path(path).is_dir()
    seconds = PATIENCE + (PER_PICTURE * pictures if is_folder else PER_MEGABYTE * check_regular(path) / 2**20)
    place = {"path": os.fspath(path)} | ({} if os.path.isabs(path) else {"folder": os.getcwd()})
    remedy = "scale its pictures down" if is_folder else "cut it, scale it down or convert it to MP4 (H.264)"
    try:
        return pool.ask(place | {"work": work, "options": options, "seconds": seconds}, parse, most)
    except OutOfTime as error:
        raise InputError(f"{path}: takes more than {seconds:.0f} s to read; {remedy}") from error
    except OutOfMemory as error:
        raise InputError(f"{path}: needs more than {MEMORY / 2**30:.1f} GB of memory to read; {remedy}") from error
    except Failed as error:
        raise InputError(f"{path}: cannot be read as a video (the decoder stopped); {remedy}") from error
