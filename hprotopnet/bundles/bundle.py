"""A bundle: a folder with everything a trained network needs to be explored, and no pickle in it.

model.json            configuration, hierarchy, normalisation, split, training record, figures
weights.safetensors   what was trained; a frozen pretrained backbone is named by its hash instead
points.npz            class points in the ball
prototypes.json       of each prototype its node and source: video, its hash, start, cell, box
excerpts/             short excerpts of those videos, for display only
showcase/             an explanation written by `explain`, so that a first screen needs no backbone
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hprotopnet.config import Config, from_dict, to_dict
from hprotopnet.data.clips import Source
from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.tree import Hierarchy

if TYPE_CHECKING:  # browsing bundles must not wait for torch
    from hprotopnet.hierarchy.points import ClassPoints
    from hprotopnet.models.network import HProtoPNet

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Prototype(Source):
    """One prototype as the bundle describes it: its source, and what shows it.

    Attributes:
        node: name of the node that owns it.
        sha256: hash of the source video, by which it is found again.
        interval: seconds of the video that the cell lies over, [from, to).
        boxes: in each frame of the source clip, pixels of the crop where the prototype is most present on its own
            source, (left, top, right, bottom), or None; found as for any clip, see `explain.boxes`.
        excerpt: file in the bundle that shows the clip, or None where its licence forbids one.
    """

    node: str
    sha256: str
    interval: tuple[float, float]
    boxes: tuple[tuple[int, int, int, int] | None, ...]
    excerpt: str | None


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk; reading its metadata needs neither torch nor the backbone."""

    folder: Path
    meta: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the folder, by which pages and links call it."""
        return self.folder.name

    @cached_property
    def config(self) -> Config:
        return from_dict(Config, self.meta["config"])

    @cached_property
    def hierarchy(self) -> Hierarchy:
        return Hierarchy.from_dict(self.meta["hierarchy"])

    @cached_property
    def prototypes(self) -> tuple[Prototype, ...]:
        path = self.folder / "prototypes.json"
        try:
            return tuple(_prototype(row) for row in read_json(path))
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}: not a list of prototypes; copy the bundle again") from error

    @cached_property
    def points(self) -> "ClassPoints":
        from hprotopnet.hierarchy.points import load_class_points

        return load_class_points(self.folder / "points.npz", curvature=self.config.model.curvature)

    def excerpt(self, prototype: Prototype) -> Path | None:
        """Video file that shows a prototype's source clip, if the bundle has it."""
        return self.folder / prototype.excerpt if prototype.excerpt else None

    def load_model(self) -> "HProtoPNet":
        """The network, in evaluation mode.

        Raises `InputError` when the backbone is not the one the bundle was trained with, or the weights do not fit.
        """
        return _load_model(self)

    def load_head(self) -> "HProtoPNet":
        """The network without its backbone: it cannot look at a clip, but `read` similarities that are known."""
        from torch import nn

        from hprotopnet.models.network import HProtoPNet

        weights = {name: weight for name, weight in _weights(self).items() if not name.startswith("backbone.")}
        backbone = nn.Module()
        first = next((name for name in ("addon.weight", "addon.0.weight", "head.weight") if name in weights), None)
        backbone.channels = weights[first].shape[1] if first else 0
        model = HProtoPNet(self.config.model, self.hierarchy, self.points.points_for(self.hierarchy), backbone)
        _load_strictly(model, weights, self, with_backbone=False)
        return model.eval().requires_grad_(False)


def _prototype(row: dict[str, Any]) -> Prototype:
    boxes = tuple(tuple(box) if box else None for box in row["boxes"])
    return Prototype(**row | {"cell": tuple(row["cell"]), "interval": tuple(row["interval"]), "boxes": boxes})


def find_bundles(*folders: Path) -> list[Path]:
    """Folders below these that hold a bundle, by name."""
    return sorted((file.parent for folder in folders for file in folder.glob("*/model.json")), key=lambda f: f.name)


def open_bundle(folder: str | Path) -> Bundle:
    """Open a bundle; raises `InputError` naming what is wrong with it."""
    folder = Path(folder)
    if not (folder / "model.json").is_file():
        raise InputError(f"{folder}: no bundle (it has no model.json); train one")
    meta = read_json(folder / "model.json")
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise InputError(f"{folder}: not a bundle of format {FORMAT}; train it again with this version")
    lacking = [key for key in ("config", "hierarchy", "backbone", "normalisation", "figures") if key not in meta]
    if lacking:
        raise InputError(f"{folder / 'model.json'}: lacks {', '.join(lacking)}; copy the bundle again")
    missing = [
        name for name in ("weights.safetensors", "points.npz", "prototypes.json") if not (folder / name).is_file()
    ]
    if missing:
        raise InputError(f"{folder}: the bundle lacks {', '.join(missing)}; copy it again")
    return Bundle(folder, meta)


def save_bundle(
    folder: Path,
    model: "HProtoPNet",
    points: "ClassPoints",
    prototypes: Sequence[Prototype],
    meta: dict[str, Any],
    config: Config,
    excerpts: Path | None = None,
) -> Bundle:
    """Write a bundle whole or not at all, in place of one that may be there.

    Args:
        model: the trained network, after projection.
        meta: what else `model.json` is to hold: split, record, figures.
        excerpts: folder of excerpt files that `prototypes` name.
    """
    from safetensors.torch import save_file

    from hprotopnet.models.network import trained_weights

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        draft = Path(name) / folder.name
        draft.mkdir()
        save_file(trained_weights(model, config.stores_backbone), draft / "weights.safetensors")
        points.save(draft / "points.npz")
        write_json(draft / "prototypes.json", [asdict(prototype) for prototype in prototypes])
        if excerpts:
            shutil.copytree(excerpts, draft / "excerpts")
        backbone = {"name": model.backbone.name, "cut": model.backbone.cut, "weights_id": model.backbone.weights_id}
        head = {"format": FORMAT, "config": to_dict(config), "hierarchy": model.hierarchy.to_dict()}
        head |= {"backbone": backbone, "normalisation": asdict(model.backbone.normalisation)}
        write_json(draft / "model.json", head | meta)
        _replace_folder(draft, folder)
    return open_bundle(folder)


def _replace_folder(draft: Path, folder: Path) -> None:
    for old in ("model.json", "weights.safetensors", "points.npz", "prototypes.json", "excerpts", "showcase"):
        path = folder / old
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    folder.mkdir(exist_ok=True)
    for file in sorted(draft.iterdir(), key=lambda file: file.name == "model.json"):
        file.replace(folder / file.name)  # model.json last: it makes the folder a bundle


def _load_model(bundle: Bundle) -> "HProtoPNet":
    from hprotopnet.models.backbones.registry import create_backbone
    from hprotopnet.models.network import HProtoPNet

    config, wanted = bundle.config.model, bundle.meta["backbone"]
    fetch = config.pretrained and not bundle.config.stores_backbone
    backbone = create_backbone(config.backbone, cut=config.cut, width=config.width, pretrained=fetch)
    if fetch and backbone.weights_id != wanted["weights_id"]:
        raise InputError(
            f"{bundle.folder}: trained on other weights of {wanted['name']} ({wanted['weights_id']}) than the cached"
            f" ones ({backbone.weights_id}); fetch those or train again"
        )
    model = HProtoPNet(config, bundle.hierarchy, bundle.points.points_for(bundle.hierarchy), backbone)
    _load_strictly(model, _weights(bundle), bundle, bundle.config.stores_backbone)
    return model.eval().requires_grad_(False)


def _weights(bundle: Bundle) -> dict[str, Any]:
    from safetensors.torch import load_file

    path = bundle.folder / "weights.safetensors"
    try:
        return load_file(path)
    except Exception as error:  # whatever a broken file makes of the reader
        raise InputError(f"{path}: cannot be read ({error}); copy it again") from error


def _load_strictly(model: "HProtoPNet", weights: dict[str, Any], bundle: Bundle, with_backbone: bool) -> None:
    """Load weights that must fit to the letter, and check that every prototype has its source."""
    own = model.state_dict()
    expected = {name for name in own if with_backbone or not name.startswith("backbone.")}
    problems = [f"-{name}" for name in sorted(expected - set(weights))]
    problems += [f"+{name}" for name in sorted(set(weights) - expected)]
    problems += [
        f"{name} {tuple(weights[name].shape)} for {tuple(own[name].shape)}"
        for name in sorted(expected & set(weights))
        if weights[name].shape != own[name].shape
    ]
    if problems:
        listed = ", ".join(problems)
        raise InputError(f"{bundle.folder}: weights and configuration differ, missing (-), unexpected (+): {listed}")
    model.load_state_dict(weights, strict=False)
    sources, prototypes = len(bundle.prototypes), len(model.prototypes.owners)
    if sources != prototypes:
        raise InputError(
            f"{bundle.folder}: {prototypes} prototypes but {sources} sources: it was not projected; train it again"
        )
