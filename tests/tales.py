"""Films and traces made up for tests of stories."""

from pathlib import Path

import numpy as np
from tiny import shape_video

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.showcase import stored_geometry
from hprotopnet.bundles.traces import Trace
from hprotopnet.data.pictures import sha256
from hprotopnet.data.video import write_video

SAID = (None, "Bright ground", "Bright ground", "Red things", "Red things", "RedDisc", "RedDisc")


def told(bundle: Bundle, film: Path, said=SAID, label: str = "RedDisc") -> Trace:
    """A trace in which these nodes are said half a second apart, each from its own point in the ball."""
    hierarchy = bundle.hierarchy
    apart, radii = stored_geometry(bundle)
    nodes = [hierarchy.index(name) if name else None for name in said]
    probabilities = np.full((len(said), len(hierarchy.nodes)), 0.05)
    for row, node in zip(probabilities, nodes, strict=True):
        row[list(hierarchy.ancestors(node)) if node is not None else []] = 0.9
    distances = np.stack([radii if node is None else apart[node] for node in nodes])
    times = 0.64 + 0.5 * np.arange(len(said))
    frames = np.arange(50) / 12.5
    visible = {"grandparent": np.full(50, 0.5), "parent": frames / 8, "child": (frames > 2) * 0.1}
    return Trace(
        film.stem, label, sha256(film), 1.28, times, hierarchy.nodes, probabilities, distances, frames, visible
    )


def write_film(path: Path, label: str = "RedDisc", seed: int = 1) -> Path:
    write_video(path, shape_video(label, seed, frames=54, height=96, width=128), 12.5)
    return path
