"""Any video that the project reads, AVI or MKV or of odd pixels, as a film that every browser plays."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from hprotopnet.data.video import probe, read_frames, reading, write_video
from hprotopnet.files import private_folder
from hprotopnet.views.film import KEY_EVERY, MOST_FRAMES, MOST_PIXELS, THUMBS, Film, film_of, thumbs_of

MOST_SECONDS, MOST_FPS, MOST_SIDE = 120.0, 30.0, 360  # of what is shown: the shorter side, in pixels
LONG_FPS, LONG_SIDE = 12.5, 240  # of what is longer than `MOST_SECONDS`, where somebody asks for more
BATCH = 192  # frames that are held at once


def recoded(
    path: str | Path,
    begin: float = 0.0,
    seconds: float = MOST_SECONDS,
    tell: Callable[[float], None] = lambda share: None,
) -> Film:
    """A video from `begin` on, in seconds, some of it at most, at its own rate and size within bounds.

    It is read as for the network, in the process that decodes, and where it is too long for a sheet it is encoded anew:
    then frame i is known to stand from i / fps on, whatever the clock of the file. Raises `InputError` where it is no
    video.

    Args:
        seconds: at most; of more than `MOST_SECONDS` frames are fewer and smaller.
        tell: called now and then with the share that is done; what it raises ends the work.
    """
    info = probe(path)
    lasts = min(info.duration - begin, seconds)
    long = lasts > MOST_SECONDS
    fps = min(info.fps, LONG_FPS if long else MOST_FPS)
    side = min(info.width, info.height, LONG_SIDE if long else MOST_SIDE)
    count = max(1, round(lasts * fps))
    times = tuple(begin + i / fps for i in range(count))
    pixels = count * side**2 * max(info.width, info.height) / min(info.width, info.height)
    if count <= MOST_FRAMES and pixels <= MOST_PIXELS:
        return film_of(read_frames(path, times, side).images, fps, times)
    wanted = {round(place) for place in np.linspace(0, count - 1, THUMBS)}
    kept: dict[int, np.ndarray] = {}
    with private_folder() as folder:
        file = folder / "film.mp4"
        write_video(file, _frames(path, times, side, wanted, kept, tell), fps, key_every=KEY_EVERY)
        video = file.read_bytes()
    height, width = next(iter(kept.values())).shape[:2]
    return Film(width, height, fps, times, thumbs_of(list(kept.values()), list(kept)), video)


def _frames(
    path: str | Path,
    times: tuple[float, ...],
    side: int,
    wanted: set[int],
    kept: dict[int, np.ndarray],
    tell: Callable[[float], None],
) -> Iterator[np.ndarray]:
    """Frames one by one; those that are `wanted` are `kept`."""
    with reading(path, side) as read:
        for first in range(0, len(times), BATCH):
            tell(first / len(times))
            for number, image in enumerate(read(times[first : first + BATCH]).images, start=first):
                if number in wanted:
                    kept[number] = image.copy()  # or it would keep all that were read with it
                yield image
