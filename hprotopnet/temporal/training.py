"""From long videos to a trained detector, told which actions each training video holds and not when.

A share of the training videos is held out, and the epoch with the greatest average mAP on them is kept: of their
segments the times are used for that, and for nothing else. (The published code chooses by the test videos.) Everything
is drawn from the seed, and a training that was stopped goes on from its last epoch to the same figures.
"""

import copy
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from hprotopnet.errors import InputError
from hprotopnet.evaluation.detection import detection_map
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.loading import load_strictly
from hprotopnet.temporal.annotations import TRAINING, LongVideo, LongVideos, truth_of
from hprotopnet.temporal.clips import Features
from hprotopnet.temporal.concepts import aligned, cluster, nearest
from hprotopnet.temporal.config import DetectorConfig
from hprotopnet.temporal.detection import detect_all
from hprotopnet.temporal.losses import Balance, Batch, Terms, class_balance, concept_balance, losses
from hprotopnet.temporal.network import Detector, class_directions
from hprotopnet.temporal.state import AGAIN, EpochRow, Record, State


@dataclass(frozen=True)
class TrainedDetector:
    """A detector, the classes that it finds, and how it came about."""

    network: Detector
    config: DetectorConfig
    hierarchy: Hierarchy
    record: Record


def train_detector(
    data: LongVideos,
    config: DetectorConfig,
    folder: Path | None = None,
    on_epoch: Callable[[EpochRow], None] = lambda row: None,
    device: torch.device | str = "cpu",
    subset: str = TRAINING,
) -> TrainedDetector:
    """Train on the videos of a subset, from wherever `folder` says that an earlier start was stopped.

    Raises `InputError` for features that cannot be read or are not as wide as the configuration says, and for a folder
    that holds another training.
    """
    check_width(data, config)
    training, held_out = part(data, config, subset)
    run = _Run(data, config, training, held_out, device)
    state = State(folder, _identity(data, config, training, held_out))
    record, kept = state.restore(run.network, run.optimizer)
    run.take_up(kept, folder)
    begun = len(record.epochs)
    with tqdm(total=config.epochs, initial=begun, desc=f"detector {config.name}", unit="epoch", delay=2) as bar:
        for epoch in range(begun, config.epochs):
            row = run.epoch(epoch)
            record = record.after(row)
            if record.best == row.epoch:
                run.keep_best()
            state.save(record, run.network, run.optimizer, run.kept)
            bar.update()
            bar.set_postfix({"validation mAP": "-" if row.validation is None else f"{100 * row.validation:.1f}"})
            on_epoch(row)
    return TrainedDetector(run.best_network(), config, data.hierarchy, record)


def check_width(data: LongVideos, config: DetectorConfig) -> None:
    """Raise `InputError` where features are not as wide as a detector wants them."""
    if data.features.width != config.width:
        raise InputError(
            f"features are {data.features.width} wide and detector '{config.name}' takes {config.width}; give others"
        )


def part(
    data: LongVideos, config: DetectorConfig, subset: str = TRAINING
) -> tuple[tuple[LongVideo, ...], tuple[LongVideo, ...]]:
    """Training videos that are trained on, and those that choose the epoch, in the order of the data.

    Groups are drawn at random until their videos are the share asked for; one goes back that is the last to show a
    class. So the second part may be smaller, or empty.
    """
    videos = data.of(subset)
    present = data.present(videos)
    names = np.array([video.group or video.name for video in videos])
    order = np.random.default_rng(config.seed).permutation(np.unique(names))
    held, left = np.zeros(len(videos), bool), present.sum(0)
    for group in order:
        own = names == group
        held_here = present[own].sum(0)
        fits = held.sum() + own.sum() <= config.validation_share * len(videos)
        if fits and not ((left == held_here) & (held_here > 0)).any():
            held, left = held | own, left - held_here
    sides = ([video for video, is_held in zip(videos, held, strict=True) if is_held == side] for side in (False, True))
    return tuple(map(tuple, sides))


@torch.no_grad()
def scores_of(network: Detector, features: Features, names: Sequence[str]) -> Iterator[np.ndarray]:
    """Scores of fine classes of each video's clips, (T, K)."""
    network.eval()
    device = network.concepts.device
    for name in names:
        yield network(torch.from_numpy(features.read(name)).to(device)).scores.cpu().numpy()


@torch.no_grad()
def concepts_of(network: Detector, features: Features, names: Sequence[str]) -> Iterator[np.ndarray]:
    """Number of the visual concept next to each of a video's clips, (T,)."""
    network.eval()
    for name in names:
        yield nearest(_encoded(network, features.read(name)), network.concepts.cpu())[0].numpy()


class _Run:
    """What moves while a detector is trained.

    `kept` holds what is stored beside network and optimiser: `concept`, pseudo-labels of all training clips, and
    `best.NAME`, the weights of the best epoch so far.
    """

    def __init__(
        self,
        data: LongVideos,
        config: DetectorConfig,
        training: Sequence[LongVideo],
        held_out: Sequence[LongVideo],
        device: torch.device | str,
    ):
        self.data, self.config, self.training, self.held_out = data, config, training, held_out
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = Detector(config, len(data.hierarchy.classes)).to(device)
        own = config.class_weights == "ball"
        self.fixed = class_directions(data.hierarchy, config.encoded).to(device) if own else None
        self._fix()
        self.optimizer = torch.optim.Adam(self.network.parameters(), config.learning_rate)
        self.kept: dict[str, Tensor] = {}
        self.counts = [data.features.count(video.name) for video in training]
        self.begins = np.concatenate([[0], np.cumsum(self.counts)])
        self.parents = torch.from_numpy(data.coarse).to(device)
        self.fine = torch.from_numpy(data.present(training)).float()
        self.coarse = _of_parents(self.fine, torch.from_numpy(data.coarse))
        self.device = device

    def take_up(self, kept: dict[str, Tensor], folder: Path | None) -> None:
        """Go on from what was stored; raises `InputError` where it is not what this training stores."""
        if not kept:
            return
        labels = kept.get("concept", torch.zeros(0, dtype=torch.int32))
        if labels.shape != (self.begins[-1],) or not ((labels >= 0) & (labels < self.config.concepts)).all():
            raise InputError(f"{folder}: its pseudo-labels are not those of the training clips; {AGAIN}")
        best = {name[5:]: tensor for name, tensor in kept.items() if name.startswith("best.")}
        load_strictly(copy.deepcopy(self.network), best, f"{folder}, its best epoch", AGAIN)
        self.kept = kept

    def epoch(self, epoch: int) -> EpochRow:
        """Train for an epoch, numbered from 0, and measure."""
        began = time.perf_counter()
        if epoch % self.config.redraw == 0:
            self.draw(epoch)
        balance = self._balance()
        sums, skipped = np.zeros(4), 0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_seed(self.config.seed, epoch))  # of dropout
            self.network.train()
            for batch in self._batches(epoch):
                terms = losses(self.network, self.network(batch.clips), batch, balance, self.parents, self.config)
                skipped += not self._step(terms)
                sums += [term.item() for term in terms]
        means = dict(zip(Terms._fields, (sums / len(self.training)).tolist(), strict=True))
        validation = self.validate()
        return EpochRow(epoch + 1, **means, validation=validation, seconds=time.perf_counter() - began, skipped=skipped)

    def _step(self, terms: Terms) -> bool:
        """Whether the network moved: a step with a gradient that is not finite would ruin it."""
        self.optimizer.zero_grad(set_to_none=True)
        terms.total(self.config.loss).backward()
        gradients = [own.grad for own in self.network.parameters() if own.grad is not None]
        finite = bool(torch.isfinite(torch.stack(torch._foreach_norm(gradients))).all())
        if finite:
            self.optimizer.step()
            self._fix()
        return finite

    @torch.no_grad()
    def _fix(self) -> None:
        """Weights of fine classes that are not learned are what they were."""
        if self.fixed is not None:
            self.network.fine.out.weight.copy_(self.fixed)

    def _balance(self) -> Balance:
        config = self.config
        concept = concept_balance(self.kept["concept"].long(), config.concepts, config.form)
        return Balance(
            *(own.to(self.device) for own in (class_balance(self.fine), class_balance(self.coarse), concept))
        )

    def _batches(self, epoch: int) -> Iterator[Batch]:
        """All training videos once, in an order drawn for the epoch."""
        generator = torch.Generator().manual_seed(_seed(self.config.seed, epoch))
        order = torch.randperm(len(self.training), generator=generator)
        for chosen in tqdm(order.split(self.config.batch_size), "batches", leave=False, delay=2):
            yield Batch(*(own.to(self.device) for own in self._batch(chosen.tolist())))

    def _batch(self, rows: Sequence[int]) -> Batch:
        clips = torch.cat([torch.from_numpy(self.data.features.read(self.training[row].name)) for row in rows])
        video = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([self.counts[row] for row in rows]))
        concept = torch.cat([self.kept["concept"][self.begins[row] : self.begins[row + 1]] for row in rows])
        chosen = torch.tensor(rows)
        return Batch(clips, video, concept.long(), self.fine[chosen], self.coarse[chosen])

    def draw(self, epoch: int) -> None:
        """Draw visual concepts anew from training clips as the encoder sees them now, and each clip's nearest one.

        Unless published they keep the numbers of those that they follow, which else would tell the pseudo-labels'
        network that everything is something else now.
        """
        config, network = self.config, self.network.eval()
        generator = torch.Generator().manual_seed(_seed(config.seed, epoch, 1))
        total = int(self.begins[-1])
        number = max(int(config.sample * total), min(total, config.concepts))
        chosen = torch.randperm(total, generator=generator)[:number].sort().values.numpy()
        points = torch.cat(list(self._sampled(chosen)))
        centres = cluster(points, config.concepts, generator)
        if epoch > 0 and config.form != "published":
            centres = aligned(centres, network.concepts.cpu())
        network.concepts.copy_(centres)
        names = [video.name for video in self.training]
        labels = concepts_of(network, self.data.features, tqdm(names, "pseudo-labels", leave=False, delay=2))
        self.kept["concept"] = torch.from_numpy(np.concatenate(list(labels))).int()

    @torch.no_grad()
    def _sampled(self, chosen: np.ndarray) -> Iterator[Tensor]:
        """Vectors of the training clips of these numbers, which ascend, video by video."""
        bounds = np.searchsorted(chosen, self.begins)
        for row, video in enumerate(tqdm(self.training, "clips sampled", leave=False, delay=2)):
            own = chosen[bounds[row] : bounds[row + 1]] - self.begins[row]
            if len(own):
                yield _encoded(self.network, self.data.features.read(video.name)[own])

    def validate(self) -> float | None:
        """Average mAP on the videos that were held out; None where none of them has a segment."""
        if not self.held_out:
            return None
        found = scores_of(self.network, self.data.features, [video.name for video in self.held_out])
        found = detect_all(list(found), [video.rate for video in self.held_out], self.config.rule)
        classes = len(self.data.hierarchy.classes)
        figure = detection_map(found, truth_of(self.held_out), classes, self.config.tious).average
        return None if isnan(figure) else figure

    def keep_best(self) -> None:
        """The network as it is now is the best so far."""
        state = self.network.state_dict()
        self.kept |= {f"best.{name}": tensor.detach().cpu().clone() for name, tensor in state.items()}

    def best_network(self) -> Detector:
        """The network of the best epoch, with concepts drawn once more, as its own encoder sees clips."""
        best = {name[5:]: tensor for name, tensor in self.kept.items() if name.startswith("best.")}
        network, labels = self.network, self.kept["concept"]
        self.network = copy.deepcopy(network)
        self.network.load_state_dict(best)
        self.draw(self.config.epochs)
        found, self.network, self.kept["concept"] = self.network, network, labels
        return found.eval().requires_grad_(False)


def _of_parents(fine: Tensor, parents: Tensor) -> Tensor:
    """Which coarse classes videos hold (V, G), of the fine ones (V, K)."""
    coarse = fine.new_zeros(len(fine), int(parents.max()) + 1)
    return coarse.index_add_(1, parents, fine).clamp(max=1)


def _encoded(network: Detector, clips: np.ndarray) -> Tensor:
    return network.encode(torch.from_numpy(clips).to(network.concepts.device)).cpu()


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def _identity(
    data: LongVideos, config: DetectorConfig, training: Iterable[LongVideo], held_out: Iterable[LongVideo]
) -> dict[str, str]:
    """Hashes of what decides a training, by what each is."""
    sides = [
        [
            (video.name, video.labels.tolist(), video.times.tolist(), video.rate, data.features.count(video.name))
            for video in side
        ]
        for side in (training, held_out)
    ]
    parts = {"configuration": asdict(config), "tree": data.hierarchy.to_dict(), "videos": sides}
    return {name: hashlib.sha256(json.dumps(own).encode()).hexdigest() for name, own in parts.items()}
