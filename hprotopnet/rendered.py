"""Videos that a recipe renders for itself where no folder is given."""

from pathlib import Path

from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.pantomime.writing import write_dataset


def rendered(config: Config, cache: Path) -> Path:
    """Folder of the videos of a recipe in the cache, rendered where they are not there yet.

    Raises `InputError` for a recipe that renders nothing.
    """
    if config.rendered is None:
        raise InputError(f"{config.name} works on videos of yours; add --data FOLDER")
    about = config.rendered
    folder = cache / f"pantomime-seed{about.seed}-{about.per_class}{_suffix(config)}"
    write_dataset(folder, about.seed, about.per_class, classes=config.classes or None)
    return folder


def _suffix(config: Config) -> str:
    return f"-{len(config.classes)}of36" if config.classes else ""
