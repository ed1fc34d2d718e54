"""A correction: what becomes of a network without some prototypes, in figures, and as a new bundle."""

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hprotopnet.bundles.answers import write_answers
from hprotopnet.bundles.bundle import MOST_VIDEO, SIMILARITIES, Bundle, open_bundle, replacing_bundle
from hprotopnet.bundles.inside import AGAIN, part
from hprotopnet.bundles.showcase import write_retold
from hprotopnet.bundles.similarities import (
    MOST_KEPT,
    SIDES,
    Similarities,
    cached,
    collect,
    identity,
    write_similarities,
)
from hprotopnet.corrections.figures import Measured, changed, emptied, measure, node_rows
from hprotopnet.corrections.marks import Mark, numbers
from hprotopnet.corrections.tuning import head_stage, silence, silent, tune
from hprotopnet.data.dataset import list_videos
from hprotopnet.data.features import extract
from hprotopnet.data.splits import make_split
from hprotopnet.errors import InputError
from hprotopnet.evaluation.calibration import TemperatureFit, fit_temperature
from hprotopnet.evaluation.predictions import figures
from hprotopnet.files import cache_dir, visible, write_json, writing
from hprotopnet.models.loading import read_tensors, save_tensors
from hprotopnet.models.network import HProtoPNet
from hprotopnet.writers import sole_writer

Progress = Callable[[float, str], None]  # share of the work that is done, and what is being done
STATES = ("before", "muted", "after", "control")
HELD_OUT = SIDES[1:]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a correction came to.

    Attributes:
        model: the tuned network, without a backbone.
        without: prototypes that are silent in it, those of earlier corrections among them.
        new: those that were not silent before.
        measured: by held-out side and state: "before"; "muted", without the prototypes but not tuned; "after"; and
            "control", tuned as long with all of them.
        fit: what became of the temperature.
        epochs: how tuning went, a row an epoch.
        seconds: that tuning took.
    """

    model: HProtoPNet
    without: tuple[int, ...]
    new: tuple[int, ...]
    measured: dict[str, dict[str, Measured]]
    fit: TemperatureFit
    epochs: tuple[dict[str, Any], ...]
    seconds: float

    def to_dict(self, bundle: Bundle) -> dict[str, Any]:
        """Plain data for JSON: figures by side and state, nodes that are concerned, clips that change their answer."""
        sides = {side: {state: own.figures for state, own in states.items()} for side, states in self.measured.items()}
        concerned = list(dict.fromkeys(bundle.prototypes[number].node for number in self.new))
        pairs = {side: (states["before"].predictions, states["after"].predictions) for side, states in self.pairs}
        tree = bundle.hierarchy
        return {
            "without": list(self.without),
            "new": list(self.new),
            "figures": sides,
            "nodes": {side: node_rows(*pair, tree, concerned) for side, pair in pairs.items()},
            "changed": {side: changed(*pair, tree) for side, pair in pairs.items()},
            "emptied": emptied([own.node for own in bundle.prototypes], self.without),
            "temperature": float(self.model.temperature),
            "seconds": self.seconds,
        }

    @property
    def pairs(self) -> list[tuple[str, dict[str, Measured]]]:
        """The sides that have clips."""
        return [(side, states) for side, states in self.measured.items() if states["before"].figures["clips"]]


def correct(
    bundle: Bundle, found: Similarities, without: Sequence[int], progress: Progress = lambda share, what: None
) -> Outcome:
    """Tune the head of a network again without some prototypes; nothing is written.

    Raises `InputError` where there is nothing to tune on, or nothing would be left.
    """
    trained = found.on("train")
    if not trained.names:
        raise InputError(f"{bundle.folder}: there is no training clip to tune on; give a folder with such", "--data")
    progress(0.0, "what the network answers now")
    model = bundle.load_head()
    before = silent(model)
    gone = tuple(sorted({*without, *before}))
    if len(gone) >= len(bundle.prototypes):
        raise InputError(f"{bundle.folder}: no prototype would be left; leave out fewer")
    measured = {side: {"before": measure(model, found.on(side))} for side in HELD_OUT}
    control = _tuned(bundle, trained, tuple(sorted(before)), lambda share: progress(share / 2, "tuning with all"))
    _add(measured, "control", control[0], found)
    silence(model, gone)
    _add(measured, "muted", model, found)
    began = time.perf_counter()
    tuned, epochs = _tuned(bundle, trained, gone, lambda share: progress(0.5 + share / 2, "tuning without them"))
    seconds = time.perf_counter() - began
    held = measure(tuned, found.on("validation")).predictions
    fit = fit_temperature(held.logits, held.leaves, held.groups)
    tuned.temperature.mul_(fit.factor)
    _add(measured, "after", tuned, found)
    progress(1.0, "done")
    return Outcome(tuned, gone, tuple(sorted(set(gone) - before)), measured, fit, epochs, seconds)


def _add(measured: dict[str, dict[str, Measured]], state: str, model: HProtoPNet, found: Similarities) -> None:
    for side in HELD_OUT:
        measured[side][state] = measure(model, found.on(side))


def _tuned(
    bundle: Bundle, trained: Similarities, without: Sequence[int], on_share: Callable[[float], None]
) -> tuple[HProtoPNet, tuple[dict[str, Any], ...]]:
    """The head of a bundle tuned again, and how that went."""
    torch.manual_seed(bundle.config.seed)
    model, rows = bundle.load_head(), []
    leaves = np.array([bundle.hierarchy.index(name) for name in trained.truth], int)
    last = head_stage(bundle.config).epochs

    def on_epoch(row: dict[str, Any]) -> None:
        rows.append(row | {"stage": "corrected"})
        on_share(len(rows) / last)

    tune(model, bundle.config, trained.values, leaves, without, on_epoch)
    return model, tuple(rows)


def compute(bundle: Bundle, data: Path, split_file: Path | None = None) -> Similarities:
    """Similarities of a network to a folder of videos, parted as in training, kept in the user's cache.

    Whatever else than its training videos lies there is said on stderr.
    """
    if not bundle.prototypes:
        raise InputError(f"{bundle.folder}: its network has no prototypes, so there is nothing to leave out")
    listing = list_videos(data, bundle.hierarchy)
    split = make_split(listing.videos, split_file, data, bundle.config.validation_share)
    for note in (*listing.notes(), *split.notes, *_other_videos(bundle, split.record)):
        print(f"note: {visible(note)}", file=sys.stderr)
    model = bundle.load_model()
    clip, tree = bundle.config.clip, bundle.hierarchy
    sets = {side: extract(model.backbone, getattr(split, side), clip, tree, cache_dir()) for side in SIDES}
    found = collect(model, sets)
    write_similarities(cached(bundle), found, identity(bundle))
    return found


def _other_videos(bundle: Bundle, record: dict[str, Any]) -> list[str]:
    """A line where the training side is not that of the network's run."""
    known = bundle.description.split
    if known and known.train.names_sha256 == record["train"]["names_sha256"]:
        return []
    return ["these are not the training videos of the network's run, or not all: it is tuned on what is here"]


def check_free(folder: Path) -> None:
    """Raise `InputError` where something is in the place of a new bundle."""
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder}: is there already; a correction is a new bundle, choose another name", "--out")


def keep(bundle: Bundle, outcome: Outcome, found: Similarities, marks: Sequence[Mark], folder: Path) -> Bundle:
    """Write a corrected network as a new bundle; the old one stays as it is.

    Everything that does not depend on the head is copied. Stored explanations are told anew; those of which nothing is
    known of the prototypes of the new answer, and followed films, are left out.
    Raises `InputError` where something is there already.
    """
    check_free(folder)
    with sole_writer(folder):
        check_free(folder)
        with replacing_bundle(folder) as draft:
            _write_weights(bundle, outcome.model, draft)
            _copy(bundle, draft)
            test = outcome.measured["test"]["after"].predictions
            write_answers(draft, test, bundle.hierarchy, bundle.config)
            write_json(draft / "model.json", _meta(bundle, outcome, marks))
            new = open_bundle(draft)
            if 2 * found.values.size <= MOST_KEPT:
                write_similarities(draft / SIMILARITIES, found, identity(new))
            write_retold(bundle, outcome.model, draft)
    return open_bundle(folder)


def _write_weights(bundle: Bundle, model: HProtoPNet, draft: Path) -> None:
    """All weights of a bundle, but those of the head and the temperature of the tuned network."""
    own = {name: value for name, value in model.state_dict().items() if name.startswith(("head.", "temperature"))}
    held = read_tensors(bundle.part("weights.safetensors", sys.maxsize), AGAIN)
    new = {name: value.detach().cpu().contiguous() for name, value in own.items()}
    save_tensors(draft / "weights.safetensors", held | new)


def _copy(bundle: Bundle, draft: Path) -> None:
    """What does not depend on the head, and of excerpts those that prototypes name."""
    excerpts = {own.excerpt for own in bundle.prototypes if own.excerpt}
    for name in ("points.npz", "prototypes.json", "familiarity.npz", *sorted(excerpts)):
        source = part(bundle.folder, name, max(MOST_VIDEO, 2**30))
        if source:
            with writing(draft / name):
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, draft / name)


def _meta(bundle: Bundle, outcome: Outcome, marks: Sequence[Mark]) -> dict[str, Any]:
    """What `model.json` says of the corrected network: as before, with its own figures, and what it was made from."""
    tree, threshold, told = bundle.hierarchy, bundle.config.threshold, outcome.to_dict(bundle)
    after = {side: figures(states["after"].predictions, tree, threshold) for side, states in outcome.measured.items()}
    record = bundle.meta.get("record") or {}
    epochs = [*record.get("epochs", ()), *outcome.epochs]
    chosen, earlier = set(numbers(marks)), bundle.meta.get("corrections")
    return bundle.meta | {
        "figures": after["test"],
        "temperature": told["temperature"],
        "temperature_fit": vars(outcome.fit),
        "record": record | {"epochs": epochs},
        "milestones": (bundle.meta.get("milestones") or {}) | {"corrected": after},
        "corrections": {
            "of": bundle.name,
            "weights_sha256": identity(bundle),
            "earlier": earlier,
            "marks": [asdict(own) for own in marks],
            "unmarked": [number for number in outcome.new if number not in chosen],
        }
        | {name: value for name, value in told.items() if name != "changed"},
    }
