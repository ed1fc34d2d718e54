"""What the process that decodes and the one that asks say to each other: a line of JSON, and pixels behind answers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

LONGEST = 32 * 2**20  # bytes of a line
ERROR, OUT_OF_MEMORY = "error", "out of memory"  # keys: the line that refuses the video, that memory ran out


@dataclass(frozen=True)
class VideoInfo:
    """What a video holds, by its packets, or by its frames where those are not regular: headers are not believed."""

    duration: float  # seconds from the start of the first frame that decodes to the end of the last
    width: int  # pixels as shown, after rotation and stretching to square pixels
    height: int
    frames: int  # coded frames; a decoder may drop a few of them
    fps: float  # frames a second on average
    damage: str = ""  # what is wrong with it, in words; empty where nothing is seen to be


def send(pipe: BinaryIO, message: dict[str, Any], images: Iterable[np.ndarray] = ()) -> None:
    """Write a message, and images behind it, none of which is copied as a whole before."""
    pipe.write(json.dumps(message).encode() + b"\n")  # in ASCII: names that are no UTF-8 have their escapes
    for image in images:
        pipe.write(np.ascontiguousarray(image).data)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any]:
    """The next message; raises `EOFError` at the end and `ValueError` for what is none."""
    line = pipe.readline(LONGEST)
    if not line:
        raise EOFError
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("no message")
    return message


def receive_images(pipe: BinaryIO, shape: tuple[int, int, int, int]) -> np.ndarray:
    """Frames (T, H, W, 3) behind a message; raises `EOFError` where they are cut short."""
    content = pipe.read(int(np.prod(shape)))
    if len(content) < np.prod(shape):
        raise EOFError
    return np.frombuffer(content, np.uint8).reshape(shape)
