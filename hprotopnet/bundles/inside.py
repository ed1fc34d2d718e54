"""Files of a bundle or a detector: they go from hand to hand, so nothing outside the folder is ever read for one."""

import os
import reprlib
from pathlib import Path, PurePosixPath

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, visible

MOST_NAME = 500  # letters of a name inside a bundle
AGAIN = "copy the folder again, or train it again with this version"


def is_plain(name: str) -> bool:
    """Whether a name that stands in a file leads down from a folder on any system, and can be shown."""
    return _leads_down(name) and visible(name) == name and not set(name) & set("\\:")


def _leads_down(name: str) -> bool:
    pure = PurePosixPath(name)
    down = pure.parts != () and not pure.is_absolute() and ".." not in pure.parts and str(pure) == name
    return down and "\0" not in name and len(name) <= MOST_NAME


def part(folder: Path, name: str, most: int) -> Path | None:
    """A file inside a bundle by its name from the folder on, None where it is absent.

    Raises `InputError` for a name that leads elsewhere, in itself or by a link, and for what is no file of at most
    `most` bytes. The folder itself may be a link.
    """
    if not _leads_down(name):
        raise InputError(f"{folder}: {reprlib.repr(name)} is no name of a file in it; {AGAIN}")
    path = folder / name
    if not os.path.lexists(path):
        return None
    home = os.path.realpath(folder)
    if os.path.commonpath([home, os.path.realpath(path)]) != home:
        raise InputError(f"{path}: leads out of its folder; {AGAIN}")
    if check_regular(path) > most:
        raise InputError(f"{path}: is larger than {most / 2**20:.0f} MB; {AGAIN}")
    return path


def listed(folder: Path, pattern: str, most: int) -> list[str]:
    """Names, from the folder on, of the files that a pattern such as "showcase/*.json" names, sorted."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern))
    if len(names) > most:
        raise InputError(f"{folder}: holds {len(names)} files {pattern}, at most {most} are read; take some out")
    return names
