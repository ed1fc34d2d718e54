"""What a detector's folder says of it, read without torch: configuration and tree; `detector` reads all of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hprotopnet.bundles.inside import part
from hprotopnet.errors import InputError
from hprotopnet.files import read_json
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.structure import structure
from hprotopnet.temporal.config import DetectorConfig

FORMAT = 1
JSON, WEIGHTS = "detector.json", "detector.safetensors"
AGAIN = "copy the folder again, or train the detector again"
MOST_JSON, MOST_WEIGHTS = 16 * 2**20, 2 * 2**30  # bytes


@dataclass(frozen=True)
class Card:
    """A detector that was found, none of whose weights are read.

    Attributes:
        backbone: name of the network that makes its features, or of whoever published them; empty if nobody says.
    """

    folder: Path
    config: DetectorConfig
    hierarchy: Hierarchy
    backbone: str = ""


def read_card(folder: str | Path) -> Card:
    """Card of a detector; raises `InputError` in one line for a folder that holds none."""
    folder = Path(folder)
    file_of(folder, WEIGHTS, MOST_WEIGHTS)
    path, content = read_head(folder)
    config = structure(content.get("config"), DetectorConfig, path, AGAIN)
    features = content.get("features")
    backbone = features.get("backbone") if isinstance(features, dict) else ""
    return Card(folder, config, tree_of(path, content), backbone if isinstance(backbone, str) else "")


def read_head(folder: Path) -> tuple[Path, dict[str, Any]]:
    """`detector.json` and what it holds, as it is; raises `InputError` for what is none of this format."""
    path = file_of(folder, JSON, MOST_JSON)
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT or "hierarchy" not in content:
        raise InputError(f"{path}: not a detector of format {FORMAT}; {AGAIN}")
    return path, content


def tree_of(path: Path, content: dict[str, Any]) -> Hierarchy:
    """The tree in what `detector.json` holds; raises `InputError` for one without coarse classes."""
    hierarchy = Hierarchy.from_dict(content["hierarchy"], f"{path}, hierarchy")
    if hierarchy.depth < 2:
        raise InputError(f"{path}: its tree has a single level; {AGAIN}")
    return hierarchy


def file_of(folder: Path, name: str, most: int) -> Path:
    """A file of a detector; raises `InputError` where it is absent or larger than `most` bytes."""
    found = part(folder, name, most)
    if found is None:
        raise InputError(f"{folder}: no detector (it has no {name}); {AGAIN}")
    return found
