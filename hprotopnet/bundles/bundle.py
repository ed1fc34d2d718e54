"""A bundle: a folder with everything a trained network needs to be explored, and no pickle in it.

model.json            configuration, hierarchy, normalisation, split, training record, figures
weights.safetensors   what was trained; a frozen pretrained backbone is named by its hash instead
points.npz            class points in the ball
prototypes.json       of each prototype its node and source: video, its hash, start, cell, box
excerpts/             short excerpts of those videos, for display only
familiarity.npz       directions of training clips, by which a clip that is like none of them is told; absent where
                      too few videos were held out to say how like they must be
showcase/             an explanation written by `explain`, so that a first screen needs no backbone
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hprotopnet.bundles.replacing import replacing
from hprotopnet.config import Config
from hprotopnet.data.clips import Source
from hprotopnet.errors import InputError
from hprotopnet.files import printable, read_json, write_json
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.familiarity import load_familiarity
from hprotopnet.models.owners import owner_table
from hprotopnet.structure import structure

if TYPE_CHECKING:  # browsing bundles must not wait for torch
    from torch import Tensor

    from hprotopnet.hierarchy.points import ClassPoints
    from hprotopnet.models.backbones.base import Backbone
    from hprotopnet.models.network import HProtoPNet

FORMAT = 1
PARTS = (
    "model.json",
    "weights.safetensors",
    "points.npz",
    "prototypes.json",
    "familiarity.npz",
    "excerpts",
    "showcase",
)
AGAIN = "copy the bundle again, or train it again with this version"


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
        return printable(self.folder.name)

    @cached_property
    def config(self) -> Config:
        return structure(self.meta["config"], Config, f"{self.folder / 'model.json'}, config", AGAIN)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        return Hierarchy.from_dict(self.meta["hierarchy"], f"{self.folder / 'model.json'}, hierarchy")

    @cached_property
    def prototypes(self) -> tuple[Prototype, ...]:
        path = self.folder / "prototypes.json"
        rows = structure(read_json(path), tuple[Prototype, ...], path, AGAIN)
        _check_owners(rows, self)
        return rows

    @cached_property
    def points(self) -> "ClassPoints":
        from hprotopnet.hierarchy.points import load_class_points

        return load_class_points(self.folder / "points.npz", curvature=self.config.model.curvature)

    def excerpt(self, prototype: Prototype) -> Path | None:
        """Video file that shows a prototype's source clip; None where it was not kept or was taken out since."""
        path = self.folder / prototype.excerpt if prototype.excerpt else None
        return path if path and path.is_file() else None

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
        return _loaded(model, weights, self, with_backbone=False)


def find_bundles(*folders: Path) -> list[Path]:
    """Folders below these that hold a bundle, by name."""
    return sorted((file.parent for folder in folders for file in folder.glob("*/model.json")), key=lambda f: f.name)


def open_bundle(folder: str | Path) -> Bundle:
    """Open a bundle; raises `InputError` naming what is wrong with it."""
    folder = Path(folder)
    if not (folder / "model.json").is_file():
        raise InputError(f"{folder}: no bundle (it has no model.json); train one", "train.py")
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
) -> Bundle:
    """Write a bundle into a folder; what is to take the place of another is written inside `replacing_bundle`.

    Args:
        model: the trained network, after projection.
        prototypes: their excerpts lie in the folder already.
        meta: what else `model.json` is to hold: split, record, figures.
    """
    from hprotopnet.models.loading import save_tensors
    from hprotopnet.models.network import trained_weights

    save_tensors(folder / "weights.safetensors", trained_weights(model, config.stores_backbone))
    points.save(folder / "points.npz")
    if model.familiarity:
        model.familiarity.save(folder / "familiarity.npz")
    write_json(folder / "prototypes.json", [asdict(prototype) for prototype in prototypes])
    head = {"format": FORMAT, "config": asdict(config), "hierarchy": model.hierarchy.to_dict()}
    # Last, as it makes the folder a bundle.
    write_json(folder / "model.json", head | _described(model.backbone) | meta)
    return open_bundle(folder)


def replacing_bundle(folder: Path) -> AbstractContextManager[Path]:
    """A folder to write a bundle into, which takes the place of `folder` in the end, see `replacing`."""
    return replacing(folder, PARTS)


def _load_model(bundle: Bundle) -> "HProtoPNet":
    from hprotopnet.models.backbones.registry import create_backbone
    from hprotopnet.models.network import HProtoPNet
    from hprotopnet.models.precision import set_precision

    set_precision()
    config = bundle.config.model
    fetch = config.pretrained and not bundle.config.stores_backbone
    backbone = create_backbone(config.backbone, cut=config.cut, width=config.width, pretrained=fetch)
    _check_backbone(backbone, bundle)
    model = HProtoPNet(config, bundle.hierarchy, bundle.points.points_for(bundle.hierarchy), backbone)
    model.familiarity = load_familiarity(bundle.folder / "familiarity.npz", backbone.channels, AGAIN)
    return _loaded(model, _weights(bundle), bundle, bundle.config.stores_backbone)


def _weights(bundle: Bundle) -> dict[str, "Tensor"]:
    from hprotopnet.models.loading import read_tensors

    return read_tensors(bundle.folder / "weights.safetensors", AGAIN)


def _loaded(model: "HProtoPNet", weights: dict[str, "Tensor"], bundle: Bundle, with_backbone: bool) -> "HProtoPNet":
    from hprotopnet.models.network import load_trained

    len(bundle.prototypes)  # reading them finds out if each has its source
    load_trained(model, weights, with_backbone, bundle.folder / "weights.safetensors", AGAIN)
    return model.eval().requires_grad_(False)


def _described(backbone: "Backbone") -> dict[str, dict[str, Any]]:
    """What `model.json` says of a backbone."""
    norm = backbone.normalisation
    return {
        "backbone": {"name": backbone.name, "cut": backbone.cut, "weights_id": backbone.weights_id},
        "normalisation": {"mean": list(norm.mean), "std": list(norm.std)},
    }


def _check_backbone(backbone: "Backbone", bundle: Bundle) -> None:
    """The backbone that the configuration asks for is the one that the network was trained on."""
    there = _described(backbone)
    if bundle.config.stores_backbone:  # its weights lie in the bundle
        del there["backbone"]["weights_id"]
    model_json = bundle.folder / "model.json"
    wanted = structure({part: bundle.meta[part] for part in there}, dict[str, dict[str, Any]], model_json, AGAIN)
    differing = [
        f"{key} {wanted[part].get(key)} for {value}"
        for part, own in there.items()
        for key, value in own.items()
        if wanted[part].get(key) != value
    ]
    if differing:
        listed = ", ".join(differing)
        raise InputError(f"{model_json}: trained on another backbone than is there, {listed}; {AGAIN}")


def _check_owners(prototypes: Sequence[Prototype], bundle: Bundle) -> None:
    """Prototypes are those of the configuration, in its order."""
    config, nodes = bundle.config.model, bundle.hierarchy.nodes
    owners = owner_table(bundle.hierarchy, config.prototypes, config.per_node).tolist()
    if len(prototypes) != len(owners):
        raise InputError(
            f"{bundle.folder}: {len(owners)} prototypes but {len(prototypes)} sources: it was not projected;"
            " train it again"
        )
    for j, (prototype, owner) in enumerate(zip(prototypes, owners, strict=True)):
        if prototype.node != nodes[owner]:
            raise InputError(
                f"{bundle.folder / 'prototypes.json'}: prototype {j} is of '{prototype.node}', where the configuration"
                f" has one of '{nodes[owner]}'; {AGAIN}"
            )
