"""Small networks that are to tell twins apart, all trained alike.

Each takes about as much work a clip as the others, by its width. Those with hourglasses are given the neighbours of
each moment, too; `h2cn-narrow` is the same network with filters over neighbours that are a point wide.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hprotopnet.data.transforms import normalise
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.frames import FrameResNet
from hprotopnet.models.backbones.i3d import I3D, Unit
from hprotopnet.models.backbones.resnet3d import r2plus1d_18, r3d_18
from hprotopnet.studies import twins
from hprotopnet.studies.twins import LABELS
from hprotopnet.studies.work import multiply_adds

NARROWEST = 4  # channels
AT_ONCE = 32  # clips of a pass that is not trained by
Side = tuple[np.ndarray, np.ndarray, np.ndarray]  # clips, their classes, their looks


class Contestant(NamedTuple):
    """A network of a width, and whether it is given the neighbours of each moment."""

    make: Callable[[int], Backbone]
    every: bool = False


def _normalised_i3d(width: int) -> I3D:
    """The I3D with the normalisations that lie in its convolutions, see `i3d`: without any it would start blind."""
    net = I3D(width=width)
    for module in net.modules():
        if isinstance(module, Unit):
            module.relu = nn.Sequential(nn.BatchNorm3d(module.out_channels), module.relu)
    return net


def _frames(name: str, hourglasses: bool = False, **how: Any) -> Callable[[int], Backbone]:
    return lambda width: FrameResNet(name, 18, hourglasses, width=width, **how)


CONTESTANTS = {
    "h2cn": Contestant(_frames("h2cn_r18", True), every=True),
    "h2cn-narrow": Contestant(_frames("h2cn_r18", True, reach=1), every=True),
    "tsm": Contestant(_frames("tsm_r18")),
    "frames": Contestant(_frames("frames", shifts=False)),
    "r3d": Contestant(lambda width: r3d_18(width=width)),
    "r2plus1d": Contestant(lambda width: r2plus1d_18(width=width)),
    "i3d": Contestant(_normalised_i3d),
}


@dataclass(frozen=True)
class Regime:
    """How networks are trained, all alike.

    Attributes:
        work: multiplications of a pass over a clip that a width is sought for.
        crop: side of what is seen of a frame, in pixels; while training at random places.
        learning_rates: to choose from, of AdamW, along half a cosine.
    """

    work: float = 45e6
    crop: int = 56
    epochs: int = 24
    batch: int = 8
    learning_rates: tuple[float, ...] = (3e-3,)
    weight_decay: float = 0.01


class Job(NamedTuple):
    """One training."""

    network: str
    displacement: float
    learning_rate: float
    seed: int

    @property
    def file(self) -> str:
        return f"{self.network}-{self.displacement:g}x-{self.learning_rate:g}-seed{self.seed}.json"


class Classifier(nn.Module):
    """Features averaged over the grid, and a linear layer: (B, 3, T, H, W) -> (B, classes)."""

    def __init__(self, backbone: Backbone):
        super().__init__()
        self.backbone, self.fc = backbone, nn.Linear(backbone.channels, len(LABELS))

    def forward(self, clips: Tensor) -> Tensor:
        return self.fc(self.backbone(clips).mean((2, 3, 4)))


@cache
def width_of(network: str, work: float, crop: int, moments: int) -> int:
    """The width at which a network takes as much work as is nearest to what is asked for."""
    contestant, frames = CONTESTANTS[network], len(twins.neighbours(moments, CONTESTANTS[network].every))
    before, width = 0, NARROWEST
    while (here := multiply_adds(partial(contestant.make, width), frames, crop)) < work:
        before, width = here, width + 1
    return width if width == NARROWEST or here - work < work - before else width - 1


def train(job: Job, sides: Mapping[str, Side], asked: twins.Asked, regime: Regime) -> dict[str, Any]:
    """Train a network, and which clips of the other sides it is then right about, twin against twin (JSON)."""
    torch.manual_seed(job.seed)
    rng, began = np.random.default_rng(job.seed), process_time()
    contestant = CONTESTANTS[job.network]
    net = Classifier(contestant.make(width_of(job.network, regime.work, regime.crop, asked.moments)))
    net.to(memory_format=torch.channels_last_3d)
    frames = twins.neighbours(asked.moments, contestant.every)
    losses = list(_epochs(net, sides["train"], frames, job.learning_rate, regime, rng))
    right = {side: _right(net, own, frames, regime) for side, own in sides.items()}
    return {
        "losses": losses,
        "train": float(np.mean(right.pop("train"))),
        **{side: own.astype(int).tolist() for side, own in right.items()},
        "processor_seconds": process_time() - began,
    }


def _epochs(
    net: Classifier, side: Side, frames: Sequence[int], rate: float, regime: Regime, rng: np.random.Generator
) -> Iterator[float]:
    """Train, epoch by epoch; gives the mean loss of each."""
    clips, classes, _ = side
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=regime.weight_decay)
    steps = -(-len(clips) // regime.batch)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, regime.epochs * steps, pct_start=0.15)
    for _ in range(regime.epochs):
        net.train()
        found = []
        for chosen in np.array_split(rng.permutation(len(clips)), steps):
            batch = np.stack([_varied(clips[i], frames, regime.crop, rng) for i in chosen])
            loss = F.softplus(-_lead(net(_ready(batch, net.backbone)), torch.from_numpy(classes[chosen]))).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            falling.step()
            found.append(loss.item())
        yield float(np.mean(found))


def _varied(clip: np.ndarray, frames: Sequence[int], crop: int, rng: np.random.Generator) -> np.ndarray:
    """Frames of a clip at a random place, mirrored half the time and played backwards half the time: what moves in
    Pantomime goes to and fro, so that a class stays what it is."""
    top, left = rng.integers(clip.shape[1] - crop + 1, size=2)
    found = clip[:: -1 if rng.random() < 0.5 else 1][frames, top : top + crop, left : left + crop]
    return found[:, :, ::-1] if rng.random() < 0.5 else found


def _ready(batch: np.ndarray, backbone: Backbone) -> Tensor:
    norm = backbone.normalisation
    return normalise(torch.from_numpy(np.ascontiguousarray(batch)), norm.mean, norm.std)


@torch.inference_mode()
def _right(net: Classifier, side: Side, frames: Sequence[int], regime: Regime) -> np.ndarray:
    """Whether each clip is taken for what it is rather than for its twin, of shape (n,)."""
    clips, classes, _ = side
    net.eval()
    margin = (clips.shape[2] - regime.crop) // 2
    inside = slice(margin, margin + regime.crop)
    parts = np.array_split(np.arange(len(clips)), -(-len(clips) // AT_ONCE))
    logits = torch.cat([net(_ready(clips[own][:, frames, inside, inside], net.backbone)) for own in parts])
    return (_lead(logits, torch.from_numpy(classes)) > 0).numpy()


def _lead(logits: Tensor, classes: Tensor) -> Tensor:
    """By how much each clip's class leads its twin, which stands beside it: the cross-entropy between the two alone is
    softplus of its negative. Which pair it is nobody asks."""
    return logits.gather(1, classes[:, None])[:, 0] - logits.gather(1, classes[:, None] ^ 1)[:, 0]
