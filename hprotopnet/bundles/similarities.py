"""How similar each prototype of a network is to each clip it was trained, chosen and tested on.

The head reads nothing else, so whoever has these can tune it again without a clip and without the backbone. They lie
in the bundle, or in the user's cache where the bundle is older or they would make it too large.
"""

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hprotopnet.arrays import MOST_BYTES, read_arrays
from hprotopnet.bundles.bundle import SIMILARITIES, Bundle
from hprotopnet.bundles.inside import AGAIN, part
from hprotopnet.bundles.laws import MOST_SECONDS, ROUNDING, naming, require, texts_of
from hprotopnet.files import atomic_write, cache_dir, sha256, visible

if TYPE_CHECKING:  # whoever looks at bundles must not wait for torch
    from hprotopnet.data.features import FeatureSet
    from hprotopnet.models.network import HProtoPNet

SIDES = ("train", "validation", "test")
MOST_KEPT = 16 * 2**20  # bytes of similarities that are kept in a bundle
BATCH = 64
KINDS = {
    "weights": "U0",
    "names": "U1",
    "starts": "f1",
    "groups": "U1",
    "truth": "U1",
    "sides": "U1",
    "similarities": "f2",
}
COMPUTE = "compute them again from the videos"


@dataclass(frozen=True, eq=False)
class Similarities:
    """What prototypes find in n clips.

    Attributes:
        names: video of each clip, "Class/video".
        starts: where each clip starts in it, in seconds.
        groups: group of each clip's video, the unit of intervals.
        truth: name of the true class of each clip.
        sides: of the split, that each clip lies on, one of `SIDES`.
        values: similarity of each prototype to each clip, float16 of shape (n, P): to three digits.
    """

    names: tuple[str, ...]
    starts: tuple[float, ...]
    groups: tuple[str, ...]
    truth: tuple[str, ...]
    sides: tuple[str, ...]
    values: np.ndarray

    def on(self, side: str) -> "Similarities":
        """Those of one side."""
        rows = [row for row, own in enumerate(self.sides) if own == side]
        listed = ([part[row] for row in rows] for part in (self.names, self.starts, self.groups, self.truth))
        return Similarities(*map(tuple, listed), (side,) * len(rows), self.values[rows])


def identity(bundle: Bundle) -> str:
    """SHA-256 of a network's weights, by which it is known wherever it lies."""
    return sha256(bundle.part("weights.safetensors", sys.maxsize))


def collect(model: "HProtoPNet", clips: Mapping[str, "FeatureSet"]) -> Similarities:
    """Similarities of a network to the clips of each side, by name of the side."""
    found: list[tuple] = []
    for side, own in clips.items():
        classes = (model.hierarchy.nodes[leaf] for leaf in own.leaves)
        found += zip(own.names, (key.start for key in own.keys), own.groups, classes, (side,) * len(own), strict=True)
    values = [rows for side in clips.values() for rows in _values(model, side)]
    return Similarities(*map(tuple, zip(*found, strict=True)), np.concatenate(values))


def _values(model: "HProtoPNet", clips: "FeatureSet") -> Iterator[np.ndarray]:
    import torch
    from tqdm import tqdm

    batches = np.array_split(np.arange(len(clips)), -(-len(clips) // BATCH)) if len(clips) else []
    for rows in tqdm(batches, desc="similarities", unit="batch", delay=2):
        with torch.inference_mode():
            yield model.evidence(clips.batch(rows).to(model.device)).similarities.half().cpu().numpy()


def write_similarities(path: Path, found: Similarities, weights: str) -> None:
    """Write similarities, whole or not at all; `weights` is the `identity` of their network."""
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            weights=np.array(weights),
            names=np.array([visible(name) for name in found.names]),
            starts=np.array(found.starts, dtype=np.float64),
            groups=np.array([visible(group) for group in found.groups]),
            truth=np.array(found.truth),
            sides=np.array(found.sides),
            similarities=found.values.astype(np.float16),
        )


def cached(bundle: Bundle) -> Path:
    """Where the similarities of a network lie in the user's cache, once they are computed."""
    return cache_dir() / "similarities" / f"{identity(bundle)[:32]}.npz"


def computing(bundle: Bundle) -> str:
    """The command that computes the similarities of a network and keeps them in the user's cache."""
    folder = f"{bundle.folder.parent.name}/{bundle.name}"
    return f"python -m hprotopnet correct --bundle {shlex.quote(folder)} --data DIR"


def load_similarities(bundle: Bundle) -> Similarities | None:
    """The similarities of a network, those in its bundle before those in the user's cache; None where there are none.

    Raises `InputError` for a file that is not sound or is another network's.
    """
    own = part(bundle.folder, SIMILARITIES, MOST_BYTES)
    path, remedy = (own, AGAIN) if own else (cached(bundle), COMPUTE)
    if not path.is_file():
        return None
    data = read_arrays(path, KINDS, "similarities", remedy)
    with naming(path, remedy):
        require(str(data["weights"]) == identity(bundle), "it is of other weights than those of the bundle")
        return _checked(data, bundle)


def _checked(data: dict[str, np.ndarray], bundle: Bundle) -> Similarities:
    values, starts = data["similarities"], data["starts"]
    texts = [texts_of(data[name], name) for name in ("names", "groups", "truth", "sides")]
    names, groups, truth, sides = texts
    require(len(names) > 0, "it holds no clip")
    require(len({*map(len, texts), len(starts), len(values)}) == 1, "its names, groups and clips are not as many")
    require(values.shape[1] == len(bundle.prototypes), f"it is of {values.shape[1]} prototypes")
    require(set(sides) <= set(SIDES), "a clip lies on a side that there is not")
    require(set(truth) <= set(bundle.hierarchy.classes), "a clip is of a class that the tree lacks")
    require(bool(((starts >= 0) & (starts <= MOST_SECONDS)).all()), "a clip starts before 0 or too late")
    highest = bundle.config.model.greatest_similarity * (1 + 10 * ROUNDING)  # of half precision
    sound = bool(np.isfinite(values).all()) and values.min() >= 0 and values.max() <= highest
    require(sound, "a similarity lies outside of its range")
    return Similarities(names, tuple(starts.tolist()), groups, truth, sides, values)
