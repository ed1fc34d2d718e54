"""Does the hourglass do what it claims? Small networks that are to tell twins apart, at normal and large displacement.

Hourglasses (Tan et al., 2022) look at neighbouring frames wide, so that what moves far is met there all the same. So
what they are worth is to be seen where things get far from frame to frame. All networks start at random, take about as
many multiplications a clip, and look at the same moments of the same clips, see `twins`; those with hourglasses see two
frames before and behind each moment as well, as published. Of these there is one more whose filters over neighbours are
a point wide: the same frames and layers without what is claimed. What is asked is which of two twins a clip shows, of
which chance knows half.

Of several learning rates one is chosen for each network and displacement by the validation side, with the first seed.
The only one there is, the epochs and the batch were chosen on validation clips, for TSM and R3D, before any test clip
was rendered. Each training is kept as a file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from hprotopnet.data.transforms import normalise
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.files import read_json, write_json
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.frames import FrameResNet
from hprotopnet.models.backbones.i3d import I3D, Unit
from hprotopnet.models.backbones.resnet3d import r2plus1d_18, r3d_18
from hprotopnet.studies import twins
from hprotopnet.studies.twins import LABELS
from hprotopnet.studies.work import multiply_adds, parameters, seconds

NARROWEST = 4  # channels
ROUNDS = 20  # passes that are timed
AT_ONCE = 32  # clips of a pass that is not trained by
FIRST = "h2cn"  # what the others are compared with


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


def displacement_study(
    keep: Path,
    seeds: int = 3,
    asked: twins.Asked | None = None,
    regime: Regime | None = None,
    networks: Sequence[str] = tuple(CONTESTANTS),
) -> dict[str, Any]:
    """Train every network with every seed at every displacement, and what it comes to (JSON), see `_summary`.

    Args:
        keep: folder of clips and trainings; a study that was stopped goes on from what lies there.

    Raises `InputError` for a network that is none, and where `keep` holds another study's.
    """
    asked, regime = asked or twins.Asked(), regime or Regime()
    unknown = [own for own in networks if own not in CONTESTANTS]
    if unknown:
        raise InputError(f"no network of the study is called {unknown[0]!r}; it has {', '.join(CONTESTANTS)}")
    about = {"asked": asdict(asked), "regime": asdict(regime), "labels": list(LABELS)}
    _claim(keep / "study.json", about)
    twins.render_all(asked, keep / "clips")
    sides = {at: _sides(asked, keep / "clips", at) for at in asked.displacements}
    runs: dict[Job, dict[str, Any]] = {}
    for job in _jobs(networks, seeds, asked, regime, runs):
        path = keep / "trainings" / job.file
        if not path.exists():
            write_json(path, train(job, sides[job.displacement], asked, regime))
        runs[job] = read_json(path)
    return _summary(runs, networks, seeds, asked, regime)


def _sides(asked: twins.Asked, folder: Path, displacement: float) -> dict[str, Side]:
    return {side: twins.kept(asked, folder, side, displacement) for side in asked.looks}


def _jobs(
    networks: Sequence[str],
    seeds: int,
    asked: twins.Asked,
    regime: Regime,
    runs: Mapping[Job, Mapping[str, Any]],
) -> Iterator[Job]:
    """Every learning rate with the first seed, then the best of each network and displacement with the others."""
    pairs = [(network, at) for network in networks for at in asked.displacements]
    every = len(pairs) * (len(regime.learning_rates) + seeds - 1)
    with tqdm(total=every, desc="displacement", unit="training") as bar:
        for job in (Job(*pair, rate, 0) for rate in regime.learning_rates for pair in pairs):
            yield job
            bar.update()
        for seed in range(1, seeds):
            for pair in pairs:
                yield _best(runs, *pair)._replace(seed=seed)
                bar.update()


def _claim(file: Path, about: Mapping[str, Any]) -> None:
    """Note what the folder is for; raises `InputError` where it is for something else."""
    about = {"about": about}
    if file.exists() and read_json(file) != _plain(about):
        raise InputError(f"{file}: was begun with other clips or another regime; give another folder")
    write_json(file, about)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    return [_plain(own) for own in value] if isinstance(value, list | tuple) else value


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


def _best(runs: Mapping[Job, Mapping[str, Any]], network: str, displacement: float) -> Job:
    """The first seed's training that did best on the validation side, the first of equals."""
    tried = [job for job in runs if (job.network, job.displacement, job.seed) == (network, displacement, 0)]
    return max(tried, key=lambda job: float(np.mean(runs[job]["validation"])))


def _summary(
    runs: Mapping[Job, Mapping[str, Any]], networks: Sequence[str], seeds: int, asked: twins.Asked, regime: Regime
) -> dict[str, Any]:
    """What trainings came to, on the test side (JSON).

    `right`: of each network and displacement the share of clips taken for what they are rather than for their twin,
    over seeds, with an interval in which whole looks are drawn; `against`: what `FIRST` has more than each other one;
    `change`: what a network has more at each displacement than at the first. All clips of a displacement are those of
    the others but for how fast they go.
    """
    looks = [str(look) for look in asked.looks["test"] for _ in LABELS]
    answers = {
        (network, displacement): _answers(runs, network, displacement, seeds)
        for displacement in asked.displacements
        for network in networks
    }
    first, *others = asked.displacements
    return {
        "kind": "displacement",
        "side": "test",
        "seeds": seeds,
        "clips": len(looks),
        "groups": len(set(looks)),
        "classes": list(LABELS),
        "displacements": [
            {"times": times, "pixels": pixels}
            for times, pixels in zip(asked.displacements, twins.travel(asked), strict=True)
        ],
        "networks": {own: _known(own, runs, asked, regime) for own in networks},
        "right": [
            {"network": network, "displacement": displacement, **_spread(own, looks)}
            for (network, displacement), own in answers.items()
        ],
        "against": [
            {"network": FIRST, "other": other, "displacement": at, **_gap(answers[FIRST, at], own, looks)}
            for (other, at), own in answers.items()
            if FIRST in networks and other != FIRST
        ],
        "change": [
            {"network": network, "displacement": at, **_gap(answers[network, at], answers[network, first], looks)}
            for at in others
            for network in networks
        ],
    }


def _answers(runs: Mapping[Job, Mapping[str, Any]], network: str, displacement: float, seeds: int) -> np.ndarray:
    """Whether each test clip is taken for what it is, at the learning rate that was chosen, of shape (seeds, n)."""
    best = _best(runs, network, displacement)
    return np.asarray([runs[best._replace(seed=seed)]["test"] for seed in range(seeds)], float)


def _spread(answers: np.ndarray, looks: Sequence[str]) -> dict[str, Any]:
    values = answers.mean(1).tolist()
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"values": values, "std": std, **estimate(answers.mean(0), looks)}


def _gap(one: np.ndarray, other: np.ndarray, looks: Sequence[str]) -> dict[str, Any]:
    return estimate(one.mean(0) - other.mean(0), looks)


def _known(network: str, runs: Mapping[Job, Mapping[str, Any]], asked: twins.Asked, regime: Regime) -> dict[str, Any]:
    """Size, work and time of a network, and what its trainings were: chosen rates, and the share of training clips that
    the chosen one knows."""
    contestant, width = CONTESTANTS[network], width_of(network, regime.work, regime.crop, asked.moments)
    frames = len(twins.neighbours(asked.moments, contestant.every))
    net = Classifier(contestant.make(width)).to(memory_format=torch.channels_last_3d).eval()
    best = [_best(runs, network, at) for at in asked.displacements]
    return {
        "width": width,
        "frames": frames,
        "parameters": parameters(net),
        "multiply_adds": multiply_adds(partial(contestant.make, width), frames, regime.crop),
        "processor_seconds": seconds(net, torch.randn(1, 3, frames, regime.crop, regime.crop), ROUNDS, process_time),
        "learning_rates": [job.learning_rate for job in best],
        "train": [runs[job]["train"] for job in best],
    }
