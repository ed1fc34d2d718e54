"""Where the app finds networks."""

from pathlib import Path

from hprotopnet.bundles.bundle import find_bundles
from hprotopnet.hierarchy.tree import SHIPPED

PROJECT = SHIPPED.parent.parent
# Where bundles are looked for: in the project, and where training started from another folder puts them.
FOLDERS = tuple(root / name for root in (PROJECT, Path()) for name in ("checkpoints", "runs"))


def available_bundles() -> dict[str, Path]:
    """Folders of the bundles found, by name; of two with one name the project's own."""
    found: dict[str, Path] = {}
    for folder in find_bundles(*dict.fromkeys(folder.resolve() for folder in FOLDERS)):
        found.setdefault(folder.name, folder)
    return found


def stamp_of(folder: Path) -> int:
    """When the network in a bundle's folder was written, so that what is cached of it goes with it."""
    return (folder / "model.json").stat().st_mtime_ns
