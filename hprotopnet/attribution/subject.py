"""A network as methods of attribution see it, whatever it is: clips in, a score for every target out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.attribution.attribution import Rivals
from hprotopnet.config import ClipConfig
from hprotopnet.data.transforms import Normalisation, normalise
from hprotopnet.errors import InputError
from hprotopnet.models.network import HProtoPNet


class Subject(nn.Module):
    """A network and the targets that can be asked about.

    Args:
        name: of the network, as people know it.
        targets: names, in the order of the columns of `forward`.
        clip: which clips it sees.
        normalisation: what its input is normalised by.
        grid: the module whose output is the grid of features (B, C, t, h, w) that Grad-CAM reads.

    Attributes:
        rivals: what a target is held against, see `PrototypeSubject`.
    """

    rivals: Rivals = "all"

    def __init__(
        self, name: str, targets: Sequence[str], clip: ClipConfig, normalisation: Normalisation, grid: nn.Module
    ):
        super().__init__()
        self.name, self.targets, self.clip, self.normalisation = name, tuple(targets), clip, normalisation
        self.grid = grid

    def logits(self, clips: Tensor) -> Tensor:
        """What the network says (B, K) of clips (B, 3, T, H, W), normalised."""
        raise NotImplementedError

    def scores_of(self, logits: Tensor) -> Tensor:
        """Score of every target (B, targets); larger is more of the target, in any unit."""
        raise NotImplementedError

    def log_probabilities_of(self, logits: Tensor) -> Tensor:
        """Log of the probability of every target, (B, targets)."""
        raise NotImplementedError

    def forward(self, clips: Tensor) -> Tensor:
        """Scores (B, targets) of clips (B, 3, T, H, W), normalised."""
        return self.scores_of(self.logits(clips))

    def log_probabilities(self, clips: Tensor) -> Tensor:
        """Log of the probability of every target (B, targets), of clips (B, 3, T, H, W), normalised."""
        return self.log_probabilities_of(self.logits(clips))

    def index(self, target: str) -> int:
        """Column of a target; raises `InputError` with what comes near for one that is not known."""
        if target in self.targets:
            return self.targets.index(target)
        from difflib import get_close_matches

        near = get_close_matches(target, self.targets, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {len(self.targets)}, such as {self.targets[0]!r}"
        raise InputError(f"{self.name} knows no target {target!r}; {hint}")

    def inputs(self, images: np.ndarray) -> Tensor:
        """A clip (1, 3, T, H, W) as the network asks for it, of uint8 images (T, H, W, 3)."""
        device = next(self.parameters()).device
        clip = normalise(torch.from_numpy(np.ascontiguousarray(images)).to(device), *vars(self.normalisation).values())
        return clip[None].contiguous()


class PrototypeSubject(Subject):
    """A network of this project, asked about any node of its tree.

    The score of a node is its log-odds against its rivals, log p / q, which is what decides at every level: by scores
    of leaves alone "why sports?" could not be asked. Where a node has no rival, nothing decides, and its score is 0.

    Args:
        rivals: "all" that is not under the node: why rafting, and nothing else? Or its "siblings" alone: why rafting,
            given that it is a water sport? Then probabilities are those within the node's parent. The first asks for
            all of the path at once, the second for what the node's own level adds.
    """

    def __init__(self, model: HProtoPNet, clip: ClipConfig, name: str, rivals: Rivals = "all"):
        super().__init__(name, model.hierarchy.nodes, clip, model.backbone.normalisation, model.backbone)
        self.model, self.rivals = model, rivals
        covers = torch.from_numpy(model.hierarchy.covers)
        among = torch.ones_like(covers)
        for node, parent in enumerate(model.hierarchy.parents):
            if rivals == "siblings" and parent >= 0:
                among[node] = covers[parent]
        self.register_buffer("covered", covers, persistent=False)
        self.register_buffer("among", among, persistent=False)

    def logits(self, clips: Tensor) -> Tensor:
        return self.model(clips).output.logits

    def scores_of(self, logits: Tensor) -> Tensor:
        outside = self.among & ~self.covered
        odds = self._within(logits, self.covered) - self._within(logits, outside)
        return torch.where(outside.any(1), odds, torch.zeros_like(odds))

    def log_probabilities_of(self, logits: Tensor) -> Tensor:
        return self._within(logits, self.covered) - self._within(logits, self.among)

    @staticmethod
    def _within(logits: Tensor, chosen: Tensor) -> Tensor:
        """Log of the summed exponentials of the chosen leaves (N, K) of logits (B, K), shape (B, N)."""
        lowest = torch.finfo(logits.dtype).min / 4  # -inf would make NaN of its gradient
        return logits[:, None].where(chosen, lowest).logsumexp(2)


class Classifier(Subject):
    """A network that ends in one logit a class; the score of a class is its logit, as is customary."""

    def __init__(
        self,
        net: nn.Module,
        labels: Sequence[str],
        clip: ClipConfig,
        normalisation: Normalisation,
        grid: nn.Module,
        name: str,
    ):
        super().__init__(name, labels, clip, normalisation, grid)
        self.net = net

    def logits(self, clips: Tensor) -> Tensor:
        return self.net(clips)

    def scores_of(self, logits: Tensor) -> Tensor:
        return logits

    def log_probabilities_of(self, logits: Tensor) -> Tensor:
        return logits.log_softmax(1)


@contextmanager
def undisturbed(subject: nn.Module) -> Iterator[None]:
    """A network in evaluation mode without gradients of its own, and as it was before afterwards, whatever happens.

    Hooks that were added within are not removed here: who adds one removes it.
    """
    modes = {module: module.training for module in subject.modules()}
    asked = {parameter: parameter.requires_grad for parameter in subject.parameters()}
    subject.eval().requires_grad_(False)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for parameter, wanted in asked.items():
            parameter.requires_grad_(wanted)
