"""Single pictures: what sizes are accepted, how they scale and are cropped, and folders of numbered ones as videos."""

import hashlib
import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from hprotopnet import files
from hprotopnet.errors import InputError

VERSION = 1  # of the pixels that a picture gives, its scale and its crop; raise it when they change
PICTURES = (".jpg", ".jpeg", ".png")
MAX_SIDE = 8192  # pixels; larger frames are refused before they fill the memory
MAX_ASPECT = 10  # long side over short side


def resize_shape(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Width and height after scaling the short side to `short_side`, the aspect kept to the nearest pixel."""
    scale = short_side / min(width, height)
    return max(short_side, round(width * scale)), max(short_side, round(height * scale))


def crop_corner(height: int, width: int, size: int) -> tuple[int, int]:
    """Top and left of the centred square of `size` pixels; raises `ValueError` when it does not fit."""
    if size > min(height, width):
        raise ValueError(f"a square of {size} pixels does not fit into {width} x {height}")
    return (height - size) // 2, (width - size) // 2


def centre_crop(images: np.ndarray, size: int) -> np.ndarray:
    """The centred square of images of shape (..., H, W, 3), a view of shape (..., size, size, 3)."""
    top, left = crop_corner(images.shape[-3], images.shape[-2], size)
    return images[..., top : top + size, left : left + size, :]


def check_size(width: int, height: int, path: str | Path) -> None:
    """Raise `InputError`, naming the file, for frames that are empty, huge or far from square."""
    if min(width, height) < 1:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    if max(width, height) > min(MAX_SIDE, MAX_ASPECT * min(width, height)):
        raise InputError(
            f"{path}: frames of {width} x {height} pixels are refused (at most {MAX_SIDE} a side and {MAX_ASPECT}:1);"
            " scale them"
        )


def is_picture(path: Path) -> bool:
    """Whether a file counts as a frame of its folder, by its name."""
    return path.suffix.lower() in PICTURES and not path.name.startswith(".")


def list_pictures(folder: str | Path) -> list[Path]:
    """Pictures of a folder in the order of the last number in their names; raises `InputError` when there is none."""
    found = [file for file in Path(folder).iterdir() if is_picture(file)]
    if not found:
        raise InputError(f"{folder}: the folder holds no frames; put {', '.join(PICTURES)} files in it")
    return sorted(found, key=lambda file: ([int(digits) for digits in re.findall(r"\d+", file.stem)][-1:], file.name))


def sha256(path: str | Path) -> str:
    """Hash of a video's content: of a file, or of a folder of pictures over their names and contents in order.

    Raises `InputError` when it cannot be read.
    """
    try:
        if not Path(path).is_dir():
            return files.sha256(path)
        pictures = sorted(filter(is_picture, Path(path).iterdir()))
        lines = [f"{files.sha256(picture)}  {picture.name}\n" for picture in pictures]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path, or copy it again") from error
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def written(path: str | Path) -> int:
    """Another number once a video was written again, a file or the pictures of a folder; see `files.stamp`."""
    return files.stamp(path, *(filter(is_picture, Path(path).iterdir()) if Path(path).is_dir() else ()))


def load_picture(path: Path) -> np.ndarray:
    """A picture as uint8 RGB of shape (H, W, 3); raises `InputError` when it cannot be read."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            check_size(*image.size, path)
            return np.asarray(image.convert("RGB"))
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read as a picture; replace or remove it") from error
