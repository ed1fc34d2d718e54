"""A traced film as it is watched: what lies under it in the player, and the disk on which its answer walks, in step.

Both go by the player's key, its channel, in the browser alone: no run of the page is needed for anything to move.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace
from hprotopnet.disk.poincare import centroid
from hprotopnet.disk.scene import Follow, Scene
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.studies.films import Segment
from hprotopnet.studies.stories import answers
from hprotopnet.ui.clip import anchors
from hprotopnet.ui.disk import draw
from hprotopnet.ui.player import lay_under
from hprotopnet.views.overlays import MOMENTS, track_layer
from hprotopnet.views.traced import name_of, under
from hprotopnet.views.words import probability

MOST_MARKED = 40  # moments that are marked on the disk


def watch_under(bundle: Bundle, trace: Trace, found: Sequence[Segment], threshold: float, channel: str) -> None:
    """Lay the answers of a trace and its curves under the film of a player."""
    lay_under(under(trace, bundle.hierarchy, found, threshold), channel)


def watch_note(trace: Trace, threshold: float) -> str:
    """What the player and the disk show, in words."""
    shown = " Grey: how much of the picture shows the true one's cue, the root of it." if trace.visible else ""
    return (
        f"Curves: the probability of the nodes that are the likeliest of their level at times.{shown} An answer takes"
        f" {probability(threshold)}; hatched is not sure. {how_placed(trace, bool(trace.distances.shape[1]))}"
    )


def watch_disk(bundle: Bundle, trace: Trace, threshold: float, channel: str, key: str, height: int) -> None:
    """The disk with the way of the answer over it, and a star that walks it while the film of a player plays.

    Args:
        channel: key of the player.
        key: of the disk.
    """
    hierarchy, base = bundle.hierarchy, anchors(bundle)
    points = stars(trace, hierarchy, base)
    said = answers(trace, hierarchy, threshold)
    every = max(MOMENTS, float(np.ceil((trace.times[-1] - trace.times[0]) / MOST_MARKED)))
    says, times = _said(trace, hierarchy, said), trace.times.tolist()[: len(points)]
    way = track_layer(points, times, "The film's way", says, every)
    chances = trace.columns(trace.probabilities, hierarchy.nodes)
    follow = Follow(channel, trace.times, points, [hierarchy.index(node) if node else -1 for node in said], chances)
    scene = Scene(
        hierarchy,
        base,
        label="Hyperbolic disk on which a star walks with the film. Arrows walk to parent, children and siblings.",
        probabilities=chances[0],
        path=follow.answers[0],
        layers=(replace(way, on=True),) if way else (),
        tools=("table",),
        height=height,
        follow=follow,
    )
    draw(scene, key)


def _said(trace: Trace, hierarchy: Hierarchy, said: Sequence[str | None]) -> list[str]:
    """What is said of each window where it is marked on the disk."""
    shares = (
        f", {probability(float(row[trace.nodes.index(node)]))}" if node else ""
        for row, node in zip(trace.probabilities, said, strict=True)
    )
    return [f"{name_of(node, hierarchy)}{share}" for node, share in zip(said, shares, strict=True)]


def stars(trace: Trace, hierarchy: Hierarchy, base: np.ndarray) -> np.ndarray:
    """Where each window stands on the disk, complex (W,), by the probabilities of the classes alone.

    Empty for a network without a ball.
    """
    if not trace.distances.shape[1]:
        return np.zeros(0, complex)
    leaves = base[: len(hierarchy.classes)]
    return centroid(leaves, trace.columns(trace.probabilities, hierarchy.classes))


def how_placed(trace: Trace, ball: bool) -> str:
    """What the points of a trace on the disk mean."""
    around = f"Each point is what the network says about {trace.span:.2f} s around that moment"
    if not ball:
        return f"{around}. This network has no hyperbolic space, so the film has no place on the disk."
    return f"{around}: the hyperbolic mean of all classes, each weighted by its probability."
