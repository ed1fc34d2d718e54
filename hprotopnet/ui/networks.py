"""Where the app finds networks, and what it calls them."""

from collections.abc import Iterator
from pathlib import Path

from hprotopnet.bundles.bundle import find_bundles
from hprotopnet.files import stamp
from hprotopnet.hierarchy.tree import SHIPPED

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))
# What pages read of a bundle.
READ = ("model.json", "weights.safetensors", "points.npz", "prototypes.json", "excerpts", "showcase", "showcase/traces")
COME_WITH = ("pantomime-cpg10", "pantomime-protopnet10")  # bundles of the project itself


def available_bundles() -> dict[str, Path]:
    """Folders of the bundles found, by what pages and links call them.

    That is the folder's name; of several with one name it is that of the first, the project's own, and the others have
    the folder that they lie in behind it, "name (runs)".
    """
    found: dict[str, Path] = {}
    for folder in find_bundles(*dict.fromkeys(folder.resolve() for folder in FOLDERS)):
        found[next(name for name in _names(folder) if name not in found)] = folder
    return found


def _names(folder: Path) -> Iterator[str]:
    yield folder.name
    above = folder.parent.parts
    yield from (f"{folder.name} ({'/'.join(above[-count:])})" for count in range(1, len(above) + 1))


def name_of(folder: Path) -> str:
    """What pages call the bundle in a folder."""
    return next((name for name, own in available_bundles().items() if own == folder), folder.name)


def came_with_project(folder: Path) -> bool:
    """Whether the bundle in a folder is one of the project's, not one of the user's own."""
    return folder.name in COME_WITH and folder.parent == (PROJECT / "checkpoints").resolve()


def stamp_of(folder: Path) -> int:
    """Stands for a bundle as it is now, so that what is cached of it goes when anything in it is written anew.

    Folders count too: stored explanations may come after the network, and each file that does changes its folder.
    """
    return stamp(*(folder / part for part in READ))
