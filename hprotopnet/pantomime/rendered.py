"""Videos that a recipe renders for itself where no folder is given."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.files import read_json
from hprotopnet.pantomime import writing
from hprotopnet.pantomime.rendering import render
from hprotopnet.pantomime.stories import untrimmed


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


@dataclass(frozen=True)
class Films:
    """Untrimmed videos of a seed that a recipe works on."""

    seed: int = 0
    count: int = 200

    def rendered(self, cache: Path, say: Callable[[str], None] = print) -> Path:
        """Their folder in the cache; where they are not all there, what will be rendered is said first."""
        folder = cache / f"pantomime-v{writing.VERSION}-films-seed{self.seed}-{self.count}"
        if not _is_finished(folder / writing.MANIFEST):
            say(self.planned())
        writing.write_dataset(folder, self.seed, 0, untrimmed=self.count, wait=True)
        return folder

    def planned(self) -> str:
        """What is to be rendered, in words, and about how long it takes, by the last second of one of them."""
        films = [untrimmed(self.seed, number) for number in range(1, self.count + 1)]
        seconds, began = sum(spec.seconds for film in films for spec in film), time.perf_counter()
        for _ in render(films[0][-1]):
            pass
        each = (time.perf_counter() - began) / films[0][-1].seconds
        minutes = seconds * each / (os.cpu_count() or 1) / 60
        return f"{self.count} videos of {seconds / 60:.0f} minutes are rendered first, about {minutes:.0f} minutes"


def _is_finished(manifest: Path) -> bool:
    return manifest.is_file() and bool(read_json(manifest).get("finished"))
