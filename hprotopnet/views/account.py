"""What every export of an explanation shares: the data, what is said of them in words, and the training clips."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hprotopnet.bundles.bundle import Bundle, Prototype
from hprotopnet.bundles.showcase import source_images, stored_geometry
from hprotopnet.disk.fidelity import figures
from hprotopnet.disk.layouts import layout
from hprotopnet.disk.poincare import pairwise
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.views import words
from hprotopnet.views.overlays import clip_place
from hprotopnet.views.render import Box, peak_frame
from hprotopnet.views.sight import said, seen_around

TOLD = 3  # prototypes of each level
LIKELIEST = 5  # classes that are listed
NO_PROTOTYPES = "This network has no prototypes: it gives no reasons beyond its probabilities."
NO_PICTURE = "Its picture is not in the bundle."


@dataclass(frozen=True, eq=False)
class Account:
    """What a network says about a clip.

    Attributes:
        bundle: the network.
        explanation: what it says and why.
        images: frames of the clip, (T, S, S, 3).
        threshold: how sure it must be of an answer.
        base: where the nodes stand on the disk, complex (N,).
        label: the true class of the clip, None where it is not known.
    """

    bundle: Bundle
    explanation: Explanation
    images: np.ndarray
    threshold: float
    base: np.ndarray
    label: str | None = None

    @property
    def hierarchy(self) -> Hierarchy:
        return self.bundle.hierarchy

    @property
    def answer(self) -> str:
        """The answer at the threshold, as a title."""
        node = words.answer_at(self.explanation, self.hierarchy, self.threshold)
        return self.name(node) if node else "Not sure"

    @property
    def sentence(self) -> str:
        return words.sentence(self.explanation, self.hierarchy, self.threshold)

    @property
    def truth(self) -> str:
        """The true class as it stands beside the answer; empty where it is not known."""
        return words.truth(self.label, self.explanation, self.hierarchy)[0]

    @property
    def verdict(self) -> str:
        """Whether the likeliest class is the true one; empty where that is not known."""
        return words.truth(self.label, self.explanation, self.hierarchy)[1]

    def true_node(self, level: LevelExplanation) -> str:
        """The true node of a level as shown to people; empty where it is not known."""
        return words.true_node(self.label, level, self.hierarchy)

    @property
    def whence(self) -> str:
        """Which part of which video it is, and which network says so."""
        shown = words.covered(self.explanation, self.bundle.config.clip)
        return f"{self.explanation.video}, {shown}, by the network {self.bundle.name}"

    @property
    def likeliest(self) -> list[tuple[str, float]]:
        """The likeliest classes as shown to people, and how probable each is."""
        found = words.top_leaves(self.explanation, self.hierarchy, LIKELIEST)
        return [(self.name(leaf), self.explanation.probabilities[leaf]) for leaf in found]

    @cached_property
    def place(self) -> tuple[complex | None, str]:
        """Where the clip stands on the disk, None without a ball, and what is to be said about that."""
        return clip_place(self.explanation, self.hierarchy, self.base)

    @cached_property
    def fidelity(self) -> str:
        """How true the disk is to the space that it shows, in a sentence."""
        if not self.explanation.distances:
            return "The disk shows the tree, by points of its nodes that this network does not use."
        points, distances = self.bundle.stored_points.points, stored_geometry(self.bundle)[0]
        found = figures(pairwise(self.base), distances, self.hierarchy)
        return (
            f"The disk is a projection from {points.shape[1]} dimensions: distances on it differ from those between the"
            f" nodes' points there by {100 * found['distortion']:.0f} % on average."
        )

    def name(self, node: str) -> str:
        """A node as shown to people."""
        return words.display(self.hierarchy, node)

    def said(self, level: LevelExplanation) -> str:
        """A step of the way from grandparent to child, in words of probability."""
        return (
            f"The network is {words.probability(level.probability)} sure of {self.name(level.node)}. {self.why(level)}"
        )

    def why(self, level: LevelExplanation) -> str:
        """How much of that its own prototypes are, or why there are none."""
        name = self.name(level.node)
        if not self.bundle.prototypes:
            return NO_PROTOTYPES
        if not level.evidence:
            return f"This network has no prototypes for {name}: its probability is the sum of its classes'."
        own = words.weighed(level.shares["own"], level, name)
        rival = words.rival(self.hierarchy, level)
        return f"Prototypes of its own make up {own} against {rival}. {words.without_own(level, name)}"

    def source(self, row: PrototypeEvidence) -> Prototype:
        """Where a prototype comes from."""
        return self.bundle.prototypes[row.prototype]

    def number(self, row: PrototypeEvidence) -> int:
        """Number of a prototype among those of its node, from 1."""
        return self.bundle.number_of(row.prototype)

    def source_frames(self, row: PrototypeEvidence) -> np.ndarray | None:
        """Frames of the training clip that a prototype comes from, (T, S, S, 3); None where they are not there."""
        own = self.source(row)
        if own.excerpt not in self._read:
            self._read[own.excerpt] = source_images(own, self.bundle)
        return self._read[own.excerpt]

    @cached_property
    def _read(self) -> dict[str | None, np.ndarray | None]:
        return {None: None}

    def when(self, row: PrototypeEvidence) -> str:
        """When a prototype is strongest in the clip."""
        if not self.explanation.time_resolved:
            return f"This clip: where it is, and how strongly. {words.NO_TIME}"
        return f"This clip: {words.strongest(row, self.explanation.times, self.bundle.config.clip)}."

    def origin(self, row: PrototypeEvidence) -> str:
        """Which moment of which training clip a prototype is."""
        own = self.source(row)
        return f"Training clip {own.video} at {words.between(*own.interval)}."

    def weight(self, level: LevelExplanation, row: PrototypeEvidence) -> str:
        """How much a prototype counts."""
        return words.weighed(row.contribution, level, self.name(level.node))

    def similarity(self, row: PrototypeEvidence) -> str:
        most = self.bundle.config.model.greatest_similarity
        return f"Similarity {row.similarity:.2f} of at most {most:.2f}"

    def seen(self, level: LevelExplanation, row: PrototypeEvidence) -> tuple[Box | None, ...]:
        """In each frame of the clip, what the strongest cell has really seen."""
        return seen_around(self.bundle, level.level, row.cell, self.explanation.grid, row.offset)

    def seen_there(self, level: LevelExplanation, row: PrototypeEvidence) -> tuple[Box | None, ...]:
        """The same of the training clip."""
        return seen_around(self.bundle, level.level, self.source(row).cell, self.explanation.grid, row.offset)

    def peak_there(self, row: PrototypeEvidence) -> int:
        """The frame of the training clip to show where only one can be."""
        own = self.source(row)
        return peak_frame(own.boxes, own.moment(self.bundle.config.clip))

    def reading(self, level: LevelExplanation) -> str:
        """What the pictures of a level do not show."""
        t, h, w = self.explanation.grid
        sight = said(self.bundle, level.level) or "A cell has seen more of the clip than its place."
        return (
            f"Heat is stretched over the frames from a map of {t} x {h} x {w} cells (time, height, width), from its own"
            f" lowest value, dark, to its own highest, bright: compare strengths by the numbers. A box holds the"
            f" strongest 5 % around the peak. {sight}"
        )

    @property
    def cautions(self) -> list[str]:
        """What is to be known before anything is believed."""
        return words.notes(self.explanation)

    @property
    def counting(self) -> str:
        """What the numbers of prototypes are, and by how much they miss what they explain."""
        known = all(level.speaking is not None for level in self.explanation.levels)
        shares = (
            "Percent are shares of all that speaks for a node against its rival, summed over every prototype of the"
            " network; a minus speaks against it. "
        )
        return (
            f"{shares if known else ''}A prototype's contribution is its similarity to the clip times its learned"
            " weight for the node, less that for its rival. Contributions add up to the difference of scores, which"
            f" rounding makes them miss by {self.explanation.completeness:.0e}."
        )

    @property
    def trust(self) -> str:
        """How far probabilities may be believed, as far as the bundle says."""
        found = self.bundle.meta.get("temperature_fit")
        return words.how_calibrated(self.bundle.description.figures.ece, found)


def account_of(
    bundle: Bundle, explanation: Explanation, images: np.ndarray, threshold: float, label: str | None = None
) -> Account:
    """An account with the disk of its network, which a large tree takes seconds to lay out."""
    return Account(bundle, explanation, images, threshold, layout(bundle.hierarchy, *stored_geometry(bundle)), label)
