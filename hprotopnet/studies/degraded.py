"""What networks answer where less is seen: fresh Pantomime clips under every level of evidence, shown to all at once.

Clips are rendered straight to the networks' size, as in `cues`. Kinds of networks are compared, see `paying`; a kind is
all bundles that differ by their training seed alone.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.mistakes import FIGURES, Figures, mistakes, shared_mistakes
from hprotopnet.evaluation.resampling import DRAWS, Estimate, estimate, mean
from hprotopnet.evaluation.rivals import RIVALS, Answers
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import Key
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.degraded import LEVELS, seen_under
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies.passes import keys_to_test, same_clips, shared_features


@dataclass(frozen=True)
class Asked:
    """What networks say of n clips under every level of evidence.

    Attributes:
        keys: what the clips are drawn from.
        nodes: by level and bundle, probabilities of all nodes of `tree()`, shape (n, N).
        kinds: bundles of each kind of network, those of the first bundle's kind first.
    """

    keys: tuple[Key, ...]
    nodes: Mapping[str, Mapping[str, np.ndarray]]
    kinds: Mapping[str, tuple[str, ...]]

    @property
    def truth(self) -> np.ndarray:
        """True leaves, shape (n,)."""
        return np.array([tree().index(key.label) for key in self.keys])

    @property
    def looks(self) -> list[str]:
        """What the clips of one group of one seed share in all classes: the unit that is drawn for intervals."""
        return [f"{key.seed}/{key.group:02d}" for key in self.keys]

    def answers(self, level: str, bundle: str, rival: str) -> Answers:
        """How a network answers at a level of evidence, read as one of `RIVALS` does."""
        return RIVALS[rival](self.nodes[level][bundle], tree())


def ask_networks(bundles: Sequence[Bundle], seeds: Sequence[int], per_class: int, workers: int | None = None) -> Asked:
    """Render the test groups' clips of some data sets under every level of evidence, and ask all networks.

    Raises `InputError` for bundles that see clips differently, or know other classes.
    """
    clip, keys = same_clips(bundles, whole=True), keys_to_test(seeds, per_class)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    models = {str(bundle.folder): bundle.load_model().to(device) for bundle in bundles}
    columns = {name: [model.hierarchy.index(node) for node in tree().nodes] for name, model in models.items()}
    nodes = {name: {own: np.empty((len(keys), len(tree().nodes))) for own in models} for name in LEVELS}
    places = {key: place for place, key in enumerate(keys)}
    rendered = in_processes(partial(seen_under, clip=clip), keys, workers or os.cpu_count() or 1)
    for key, seen in tqdm(rendered, total=len(keys), desc="pays", unit="clip"):
        for own, found in _probabilities(models, list(seen.values())).items():
            for name, row in zip(seen, found, strict=True):
                nodes[name][own][places[key]] = row[columns[own]]
    return Asked(tuple(keys), nodes, kinds(bundles))


def kinds(bundles: Sequence[Bundle]) -> dict[str, tuple[str, ...]]:
    """Bundles that differ by their training seed and name alone, under the name of the first of them."""
    found: dict[Any, list[Bundle]] = {}
    for bundle in bundles:
        found.setdefault(replace(bundle.config, seed=0, name="any"), []).append(bundle)
    return {str(own[0].folder): tuple(str(bundle.folder) for bundle in own) for own in found.values()}


@torch.inference_mode()
def _probabilities(models: dict[str, HProtoPNet], clips: list[np.ndarray]) -> dict[str, np.ndarray]:
    shared = shared_features(models, clips)
    return {name: models[name].evidence(features).output.nodes.cpu().numpy() for name, features in shared}


class Table:
    """Figures of every kind of network at every level of evidence, with what they are in each draw of looks.

    Figures of a kind are means over its bundles.
    """

    def __init__(self, asked: Asked, draws: int = DRAWS):
        self.asked, self._truth, self._looks, self._draws = asked, asked.truth, asked.looks, draws
        rows = list(product(LEVELS, [own for members in asked.kinds.values() for own in members], RIVALS))
        bar = tqdm(rows, desc="intervals", unit="row", delay=2)
        self._found = {row: self._drawn(mistakes(asked.answers(*row), self._truth, tree())) for row in bar}

    def one(self, level: str, kind: str, rival: str, figure: str) -> Estimate:
        """A figure of a kind at one level."""
        return mean([self._found[level, own, rival][figure] for own in self.asked.kinds[kind]])

    def over(self, levels: Sequence[str], kind: str, rival: str, figure: str) -> Estimate:
        """Its mean over some levels, each with equal weight."""
        return mean([self.one(level, kind, rival, figure) for level in levels])

    def shared(self, levels: Sequence[str], kind: str, other: str, rival: str) -> Estimate:
        """By how much more often a kind as it is has the parent right than another read as a rival, where both are
        wrong; mean over levels, and over each two of their bundles."""
        pairs = product(levels, self.asked.kinds[kind], self.asked.kinds[other])
        return mean([self._gain(level, own, against, rival) for level, own, against in pairs])

    def _gain(self, level: str, own: str, against: str, rival: str) -> Estimate:
        answers = self.asked.answers(level, own, "as it is"), self.asked.answers(level, against, rival)
        return self._drawn(shared_mistakes(*answers, self._truth, tree()))["gain"]

    def _drawn(self, figures: Figures) -> dict[str, Estimate]:
        return estimate(figures, self._looks, self._draws)

    def rows(self) -> dict[str, Any]:
        """All of it (JSON), by level, kind and rival: value and interval of each figure, and the values of each
        bundle where a kind has several; `wrong` counts mistakes, of each bundle."""
        return {
            level: {kind: {rival: self._row(level, kind, rival) for rival in RIVALS} for kind in self.asked.kinds}
            for level in LEVELS
        }

    def _row(self, level: str, kind: str, rival: str) -> dict[str, Any]:
        members = self.asked.kinds[kind]
        wrong = [int((self.asked.answers(level, own, rival).leaves != self._truth).sum()) for own in members]
        found: dict[str, Any] = {"n": len(self._truth), "wrong": wrong}
        for figure in FIGURES:
            found[figure] = plain(self.one(level, kind, rival, figure))
            if len(members) > 1:
                found[figure]["bundles"] = [self._found[level, own, rival][figure].value for own in members]
        return found


def plain(own: Estimate) -> dict[str, Any]:
    """An estimate as plain data for JSON."""
    return {"value": own.value, "interval": own.interval()}
