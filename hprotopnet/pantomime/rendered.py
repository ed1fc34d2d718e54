"""Videos that a recipe renders for itself where no folder is given."""

import hashlib
from pathlib import Path

from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.pantomime import writing


def rendered(config: Config, cache: Path) -> Path:
    """Folder of the videos of a recipe in the cache, rendered where they are not there yet.

    Those of another version of the renderer lie in another folder, and stay there.
    Raises `InputError` for a recipe that renders nothing.
    """
    if config.rendered is None:
        raise InputError(f"{config.name} works on videos of yours; add --data FOLDER")
    about = config.rendered
    folder = cache / f"pantomime-v{writing.VERSION}-seed{about.seed}-{about.per_class}{_suffix(config)}"
    writing.write_dataset(folder, about.seed, about.per_class, classes=config.classes or None, wait=True)
    return folder


def _suffix(config: Config) -> str:
    """What tells a part of the tree from others."""
    return f"-{hashlib.sha256(' '.join(sorted(config.classes)).encode()).hexdigest()[:8]}" if config.classes else ""
