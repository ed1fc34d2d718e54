"""One clip of Pantomime, one explainer, all that is asked of it: plain figures, to be kept and added up later.

What is asked comes in parts, each of which can be asked for later, too:

map         of each level's true node the map, on cells that all methods share, and where it lies, beside two maps with
            the same values that know nothing: laid out from the centre, and at random
curves      what becomes of the node's probability while these cells are hidden, and shown, in the map's order, at
            `early_shares`
noise       how far the map of the clip with noise puts them in the same order
randomised  the same for a network with the same weights in another order
causal      whether the map goes to where a cue was put: the clip is rendered again with the level's cue swapped for
            another branch's, the node of that cue is asked for, in this clip and in the one as it was, and of both maps
            the share is taken that lies where the cue is in this one
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from time import perf_counter
from typing import Any
from zlib import crc32

import numpy as np
import torch

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.gradcam import offset
from hprotopnet.attribution.methods import METHODS, attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.data.clips import Clip
from hprotopnet.data.dataset import middle_clip
from hprotopnet.data.splits import Video
from hprotopnet.evaluation.attributions import (
    flicker,
    gini,
    in_time,
    on_cells,
    order_of,
    over_pixels,
    overlap,
    peak_time,
    pointing,
    rank_correlation,
)
from hprotopnet.evaluation.curves import early_shares
from hprotopnet.evaluation.evidence import energy_inside, from_centre, laid_out
from hprotopnet.pantomime.conditions import LEVELS, Condition, Key, foreign, seen_of
from hprotopnet.pantomime.truth import SEEN, at_clip, load_truth
from hprotopnet.studies.faithfulness import Fill, along, background
from hprotopnet.studies.sightings import with_noise

PLACED: dict[str, Callable[..., float]] = {
    "pointing": pointing,
    "energy": energy_inside,
    "iou": overlap,
    "in_time": in_time,
}
ORDERS = ("centre", "random")  # that know nothing, and of which only curves are asked
DIGITS = 6  # of the values of cells that are kept: everything is worked out from those


@dataclass(frozen=True)
class Network:
    """A network that is asked, and the cells on which maps of it are compared."""

    name: str
    subject: PrototypeSubject
    seed: int

    @cached_property
    def grid(self) -> tuple[int, int, int]:
        return self.subject.model.backbone.grid(self.subject.clip.frames, self.subject.clip.size)

    @cached_property
    def offset(self) -> tuple[float, float, float]:
        """Where cells look, see `evaluation.evidence`."""
        return offset(self.subject.grid)

    @cached_property
    def twin(self) -> PrototypeSubject:
        """A network with the same weights, those of each layer in another order; nothing else is changed.

        Departure from Adebayo et al. (2018), who draw weights anew: so scales stay as they were, and no map vanishes.
        """
        twin, rng = deepcopy(self.subject), torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            for weights in twin.parameters():
                order = torch.randperm(weights.numel(), generator=rng).to(weights.device)
                weights.copy_(weights.flatten()[order].view_as(weights))
        return twin

    def answers(self, method: str, node: str) -> bool:
        """Whether a method makes sense for a node: only owners of prototypes have some to show."""
        if node not in self.subject.targets:
            return False
        column, owners = self.subject.index(node), self.subject.model.prototypes.owners
        return method in ORDERS or not METHODS[method].prototypes_only or bool((owners == column).any())


@dataclass
class Scene:
    """A clip and its truth; what several explainers need of it is made once.

    Attributes:
        key: what the clip was drawn from, where it may be rendered again.
    """

    video: Video
    clip: Clip
    masks: np.ndarray
    key: Key | None
    fill: Fill
    seed: int
    made: dict[Any, Any] = field(default_factory=dict)

    def rng(self, *salt: int) -> np.random.Generator:
        """The same draws for this clip, whichever others there are."""
        return np.random.default_rng((self.seed, crc32(self.video.name.encode()), *salt))

    def mask(self, level: str) -> np.ndarray:
        return shown(self.masks, level)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]


def open_scene(video: Video, network: Network, key: Key | None, fill: Fill, seed: int) -> Scene:
    """The middle clip of a video with its truth; raises `InputError` where one of them cannot be read."""
    config = network.subject.clip
    clip = middle_clip(video, config)
    return Scene(video, clip, at_clip(load_truth(video.path), clip.times, config.size), key, fill, seed)


@dataclass(frozen=True)
class Case:
    """One question: why this node, of this clip, to this method. `cells` are those of its map, once there is one."""

    scene: Scene
    network: Network
    method: str
    level: str
    node: str
    cells: np.ndarray | None = None

    def ask(
        self, clip: Clip | None = None, subject: PrototypeSubject | None = None, node: str | None = None
    ) -> Attribution:
        return attribute(subject or self.network.subject, clip or self.scene.clip, node or self.node, self.method)

    def on_cells(self, found: Attribution) -> np.ndarray:
        """A map on the common cells, as it is kept."""
        cells = on_cells(found.supporting, self.network.grid, self.network.offset)
        return np.array([float(f"{value:.{DIGITS}g}") for value in cells.ravel()]).reshape(cells.shape)


def map_part(case: Case) -> dict[str, Any]:
    """The map on common cells, where it lies on these and as it is, and what it took."""
    scene, net, mask = case.scene, case.network, case.scene.mask(case.level)
    found = case.ask()
    cells = case.on_cells(found)
    laid = {name: over_pixels(own, mask.shape, net.offset) for name, own in _beside(cells, scene.rng(1)).items()}
    fine = _beside(found.supporting, scene.rng(2))
    placed = {"placed": _placed(laid, mask), "placed_as_is": _placed(fine, mask)} if seen(mask) else {}
    return {
        **{name: getattr(found, name) for name in ("target", "score", "log_probability", "resolution", "settings")},
        "seconds": found.seconds,
        "pass": scene.once((net.name, "pass"), lambda: seconds_of_a_pass(net.subject, scene.clip)),
        "cells": cells.ravel().tolist(),
        **placed,
        "gini": gini(cells),
        "flicker": flicker(cells),
        "peak_time": peak_time(laid["method"], scene.clip.times),
        "figures": found.figures,
    }


def _beside(values: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A map, and two with the same values that know nothing."""
    orders = {"centre": _from_centre(values.shape), "random": rng.permutation(values.size)}
    return {"method": values} | {name: laid_out(values, order) for name, order in orders.items()}


@lru_cache(maxsize=4)
def _from_centre(shape: tuple[int, ...]) -> np.ndarray:
    return from_centre(shape)


def _placed(maps: dict[str, np.ndarray], mask: np.ndarray) -> dict[str, dict[str, float]]:
    return {name: {who: figure(own, mask) for who, own in maps.items()} for name, figure in PLACED.items()}


def curves_part(case: Case) -> dict[str, Any]:
    """How probable the node stays among its rivals while cells go in the map's order, and becomes while they come."""
    scene, net = case.scene, case.network
    column = net.subject.index(case.node)

    def ask() -> np.ndarray:
        order = {
            "centre": lambda: from_centre(net.grid),
            "random": lambda: scene.rng(3).permutation(int(np.prod(net.grid))),
        }.get(case.method, lambda: order_of(case.cells, scene.rng(4)))()
        hidden = scene.once("hidden", lambda: background(scene.clip.images, scene.fill))
        return along(net.subject.model, scene.clip.images, hidden, order, net.grid, net.offset, early_shares())

    nodes = scene.once((net.name, case.method), ask) if case.method in ORDERS else ask()  # one order for all levels
    parent = net.subject.model.hierarchy.parents[column]
    among = nodes[..., parent] if net.subject.rivals == "siblings" and parent >= 0 else 1.0
    deletion, insertion = (nodes[..., column] / among).tolist()
    return {"deletion": deletion, "insertion": insertion}


def noise_part(case: Case) -> dict[str, Any]:
    """Whether noise leaves the map as it is."""
    noisy = case.scene.once("noisy", lambda: with_noise(case.scene.clip.images, case.scene.rng(5)))
    cells = case.on_cells(case.ask(case.scene.clip._replace(images=noisy)))
    return {"rank": rank_correlation(case.cells, cells)}


def randomised_part(case: Case) -> dict[str, Any]:
    """Whether a network that has learnt nothing gets the same map."""
    return {"rank": rank_correlation(case.cells, case.on_cells(case.ask(subject=case.network.twin)))}


def causal_part(case: Case) -> dict[str, Any]:
    """Whether the map goes where the cue was put; nothing where that node is not known, or its cue is not seen."""
    scene, net, level = case.scene, case.network, case.level
    node = foreign(scene.key, level)
    if not net.answers(case.method, node):
        return {}
    images, masks = scene.once(level, lambda: seen_of(scene.key, net.subject.clip, Condition(swapped=level)))
    if not seen(mask := shown(masks, level)):
        return {}
    clips = {"before": scene.clip, "after": scene.clip._replace(images=images)}
    maps = {name: case.on_cells(case.ask(clip, node=node)) for name, clip in clips.items()}
    return {"node": node, **{name: energy_inside(own, mask, net.offset) for name, own in maps.items()}}


PARTS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "map": map_part,
    "curves": curves_part,
    "noise": noise_part,
    "randomised": randomised_part,
    "causal": causal_part,
}


def parts_of(method: str, asked: Sequence[str]) -> tuple[str, ...]:
    """The parts that are asked of a method, in their order: an order that knows nothing has no map."""
    return tuple(part for part in PARTS if part in asked and (method not in ORDERS or part == "curves"))


def shown(masks: np.ndarray, level: str) -> np.ndarray:
    """Which pixels show the cue of a level, of cue bits."""
    return (masks >> LEVELS.index(level) & 1).astype(bool)


def seen(mask: np.ndarray) -> bool:
    """Whether so much of a cue is there that it counts as seen."""
    return mask.mean() >= SEEN


def seconds_of_a_pass(subject: PrototypeSubject, clip: Clip) -> float:
    """How long the network looks at the clip once, without gradients."""
    inputs = subject.inputs(clip.images)
    begun = perf_counter()
    with torch.inference_mode():
        float(subject(inputs)[0, 0])  # what a device has not done yet is waited for
    return perf_counter() - begun
