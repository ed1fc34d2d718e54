"""Networks of a few numbers for methods of attribution, so that what they should find can be worked by hand."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from hprotopnet.attribution.subject import Classifier, PrototypeSubject
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.transforms import Normalisation

UNEVEN = Normalisation((0.5, 0.25, 0.0), (0.5, 0.25, 1.0))  # black is (-1, -1, 0), white (1, 3, 1)
PLAIN = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class Weighted(nn.Module):
    """Score k is the sum of x ** power, weighted by w_k, of shape (3, T, H, W)."""

    def __init__(self, weights: Tensor, power: int = 1):
        super().__init__()
        self.weights, self.power = nn.Parameter(weights), power

    def forward(self, clips: Tensor) -> Tensor:
        return torch.einsum("bcthw,kcthw->bk", clips**self.power, self.weights)


class Pooling(nn.Module):
    """The grid of a toy network: means of red, and of green, over blocks of 2 x 2 x 2 pixels."""

    def forward(self, clips: Tensor) -> Tensor:
        return nn.functional.avg_pool3d(clips, 2)[:, :2]


class Frames(nn.Module):
    """A grid of frames looked at one by one: time lies in the batch and comes out of it, (B, 2, T, h, w)."""

    def forward(self, clips: Tensor) -> Tensor:
        folded = clips.transpose(1, 2).flatten(0, 1)  # (B T, 3, H, W)
        return nn.functional.avg_pool2d(folded, 2)[:, :2].unflatten(0, (len(clips), -1)).transpose(1, 2)


class Gridded(nn.Module):
    """Scores from a grid: score k is the sum over features and cells, weighted by w_k, of shape (2, t, h, w)."""

    def __init__(self, grid: nn.Module, weights: Tensor):
        super().__init__()
        self.grid, self.weights = grid, nn.Parameter(weights)

    def forward(self, clips: Tensor) -> Tensor:
        return torch.einsum("bcthw,kcthw->bk", self.grid(clips), self.weights)


def classifier(net: nn.Module, normalisation: Normalisation = UNEVEN, labels: Sequence[str] = ("dunk", "throw")):
    grid = net.grid if hasattr(net, "grid") else net
    return Classifier(net, labels, ClipConfig(frames=4, size=8), normalisation, grid, "toy")


def prototype_subject(model: nn.Module) -> PrototypeSubject:
    return PrototypeSubject(model, ClipConfig(frames=16, size=40), "toy network")


def a_clip(shape: Sequence[int] = (4, 6, 8), seed: int = 0) -> Clip:
    """Noise of T frames of H x W pixels."""
    images = np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)
    return Clip("v", 0.0, images, np.arange(shape[0]) / 12.5)


def numbers(shape: Sequence[int], seed: int = 0) -> Tensor:
    return torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed))


def state(subject: nn.Module) -> list[tuple]:
    """What methods may not change of a network: modes, hooks, and which parameters ask for gradients."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    modules = [(name, own.training, *(len(getattr(own, hook)) for hook in hooks)) for name, own in named(subject)]
    return modules + [(name, own.requires_grad, own.grad) for name, own in subject.named_parameters()]


def named(subject: nn.Module) -> list[tuple[str, nn.Module]]:
    return list(subject.named_modules())


# Settings under which the methods that take hundreds of passes take a few.
EXTREMAL = {name: {"iterations": 2, "areas": (0.2, 0.1)} for name in ("ep2d", "ep3d", "step")}
