"""Single pictures: what sizes are accepted, how they are read, scaled and cropped, and folders of them as videos."""

import hashlib
import io
import os
import struct
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms

from hprotopnet import files
from hprotopnet.data.series import Series, find_series
from hprotopnet.errors import InputError

VERSION = 2  # of the pixels of pictures and folders of them, scale and crop; raise it when they change
PICTURES = (".jpg", ".jpeg", ".png")
# What a picture may be, whatever its name says: no programs (EPS), and nothing that is handed to one. Usual ones first.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "WEBP", "TIFF")
MAX_SIDE = 8192  # pixels; larger frames are refused before they fill the memory
MAX_ASPECT = 10  # long side over short side
DEEPEST = 65535  # the brightest value of 16 bits

# What a camera's note in a picture asks for before it is shown.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Kinds of pixels that a colour profile can speak of, by what it calls them.
_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


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


def side_crops(images: np.ndarray, size: int) -> np.ndarray:
    """The squares at both ends of the longer side and in its middle, of images of shape (..., H, W, 3) whose shorter
    side is `size`: of shape (3, ..., size, size, 3)."""
    top, left = crop_corner(images.shape[-3], images.shape[-2], size)
    places = [(down, across) for down, across in ((0, 0), (top, left), (2 * top, 2 * left))]
    return np.stack([images[..., down : down + size, across : across + size, :] for down, across in places])


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


def list_series(folder: str | Path) -> Series:
    """The frames of a folder in their order, and what else lies there, see `series.find_series`."""
    found = [file for file in Path(folder).iterdir() if is_picture(file)]
    if not found:
        raise InputError(f"{folder}: the folder holds no frames; put {', '.join(PICTURES)} files in it")
    return find_series(found)


def list_pictures(folder: str | Path) -> list[Path]:
    """The frames of a folder in their order; raises `InputError` when there are none, or several films."""
    return list_series(folder).frames


def sha256(path: str | Path) -> str:
    """Hash of a video's content: of a file, or of a folder over the names and contents of its frames in order.

    Raises `InputError` when it cannot be read.
    """
    try:
        if not Path(path).is_dir():
            return files.sha256(path)
        hashes = [(files.sha256(frame).encode(), os.fsencode(frame.name)) for frame in list_pictures(path)]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path, or copy it again") from error
    return hashlib.sha256(b"".join(b"%s  %s\n" % line for line in hashes)).hexdigest()


def written(path: str | Path) -> int:
    """Another number once a video was written again, a file or the frames of a folder; see `files.stamp`.

    Raises `InputError` when a folder holds no film.
    """
    return files.stamp(path, *(list_pictures(path) if Path(path).is_dir() else ()))


def load_picture(path: Path) -> np.ndarray:
    """A picture as it is meant to be seen: upright, in sRGB, uint8 of shape (H, W, 3), transparency left out.

    Raises `InputError` when it cannot be read. What is hostile may take for ever: see `worker`, which reads them.
    """
    files.check_regular(path)
    Image.preinit()  # the usual kinds alone: else all there are would be loaded
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=FORMATS) as image:
            check_size(*image.size, path)
            image.load()
            turn, profile = _turn(image), image.info.get("icc_profile")
            shown = _in_srgb(_eight_bits(image, path), profile)
            return np.asarray(shown if turn is None else shown.transpose(turn))
    except (InputError, MemoryError):
        raise
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to
        raise InputError(f"{path}: cannot be read as a picture; replace or remove it") from error


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How the picture's camera noted that it be turned or mirrored; a note that cannot be read asks for nothing."""
    with suppress(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, struct.error):
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return None


def _eight_bits(image: Image.Image, path: Path) -> Image.Image:
    """The picture with eight bits a channel: 16 are scaled, and so are fractions of 1, since Pillow would clip them."""
    if image.mode != "F" and image.mode.partition(";")[0] != "I":
        return image
    values, brightest = np.asarray(image), 1 if image.mode == "F" else DEEPEST
    if not ((values >= 0) & (values <= brightest)).all():  # false for what is no number, too
        raise InputError(f"{path}: holds values outside 0 to {brightest}; save it with 8 or 16 bits a channel")
    return Image.fromarray(np.rint(values * (255 / brightest)).astype(np.uint8))


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in RGB, its colours converted if it brings a profile of other ones; a broken profile is ignored."""
    kept = image if image.mode == "CMYK" else image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
    space, convert = (_conversion(profile) if profile else None) or ("", None)
    return convert(kept) if kept.mode == space else kept.convert("RGB")  # a profile may be of another picture


@lru_cache(maxsize=16)
def _conversion(profile: bytes) -> tuple[str, Callable[[Image.Image], Image.Image]] | None:
    """Kind of pixels that a profile speaks of, and the way to sRGB; None for a broken one, and for sRGB by any name.

    Frames of a folder share their profile: it is opened once.
    """
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES[opened.profile.xcolor_space]
        transform = ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), space, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
        return None

    def convert(image: Image.Image) -> Image.Image:
        return ImageCms.applyTransform(image, transform)

    colours = Image.fromarray(np.indices((9, 9, 9), np.uint8).reshape(3, 81, 9).transpose(1, 2, 0) * np.uint8(31))
    known = colours.convert(space)
    unchanged = np.abs(np.subtract(convert(known), known.convert("RGB"), dtype=int)).max() <= 2  # rounding only
    return None if unchanged else (space, convert)
