"""A bundle: a folder with everything a trained network needs to be explored, and no pickle in it.

Bundles go from hand to hand. Opening one looks at all that anybody reads of it but weights, videos and stored
explanations, which are looked at when they are read; what does not fit is refused in one line that names the file.

model.json            configuration, hierarchy, normalisation, split, training record, figures
weights.safetensors   what was trained; a frozen pretrained backbone is named by its hash instead
points.npz            class points in the ball
prototypes.json       of each prototype its node and source: video, its hash, start, cell, box
excerpts/             short excerpts of those videos, for display only
familiarity.npz       directions of training clips, by which a clip that is like none of them is told; absent where
                      too few videos were held out to say how like they must be
answers.npz           what it answers to each test clip, see `answers`; absent in bundles of earlier versions
similarities.npz      what its prototypes find in all clips, by which its head can be tuned again, see `similarities`;
                      absent in bundles of earlier versions, and where there are very many
showcase/             explanations written by `explain`, so that a first screen needs no backbone, and a list of them,
                      so that it reads none but the one it shows; bundles of earlier versions have no list
"""

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hprotopnet.arrays import MOST_BYTES
from hprotopnet.bundles.description import Description
from hprotopnet.bundles.inside import AGAIN, part
from hprotopnet.bundles.laws import check_prototypes, naming, require
from hprotopnet.bundles.replacing import replacing
from hprotopnet.config import ClipConfig, Config
from hprotopnet.data.clips import Source
from hprotopnet.errors import InputError
from hprotopnet.files import printable, read_json, write_json
from hprotopnet.hierarchy.geometry import StoredPoints, read_points, rows_of
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.familiarity import load_familiarity
from hprotopnet.models.owners import check_size
from hprotopnet.structure import structure

if TYPE_CHECKING:  # browsing bundles must not wait for torch
    from hprotopnet.hierarchy.points import ClassPoints
    from hprotopnet.models.backbones.base import Backbone
    from hprotopnet.models.network import HProtoPNet

FORMAT = 1
ANSWERS, SIMILARITIES = "answers.npz", "similarities.npz"
NEEDED = ("weights.safetensors", "points.npz", "prototypes.json")
PARTS = (
    "model.json",
    "weights.safetensors",
    "points.npz",
    "prototypes.json",
    "familiarity.npz",
    ANSWERS,
    SIMILARITIES,
    "excerpts",
    "showcase",
)
MOST_META, MOST_ROWS, MOST_VIDEO = 8 * 2**20, 32 * 2**20, 64 * 2**20  # bytes of model.json, prototypes.json, a video
MORE = 64 * 2**20  # bytes that weights may take beyond those expected, to say what is unexpected about them
MOST_CHANNELS = 2**14  # of a backbone
MOST_SAID = 300  # letters of what is wrong


@dataclass(frozen=True, kw_only=True)
class Prototype(Source):
    """One prototype as the bundle describes it: its source, and what shows it.

    Attributes:
        node: name of the node that owns it.
        sha256: hash of the source video, by which it is found again.
        interval: seconds of the video around the middle of what the cell sees, [from, to), as long as a cell's share;
            by segments from the first frame of that share to the end of the last.
        boxes: in each frame of the source clip, pixels of the crop where the prototype is most present on its own
            source, (left, top, right, bottom), or None; found as for any clip, see `explain.boxes`.
        excerpt: file in the bundle that shows the clip, or None where its licence forbids one.
        frame: where among the frames of the clip that middle lies, .5 in the middle of the first; None of a window, of
            which the interval tells it.
    """

    node: str
    sha256: str
    interval: tuple[float, float]
    boxes: tuple[tuple[int, int, int, int] | None, ...]
    excerpt: str | None
    frame: float | None = None

    def moment(self, clip: ClipConfig) -> float:
        """When the middle of what its cell sees is shown, as a share of the source clip."""
        if self.frame is not None:
            return self.frame / clip.frames
        return (sum(self.interval) / 2 - self.start) / clip.span


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
    def description(self) -> Description:
        """What else is read of `model.json`."""
        return structure(self.meta, Description, self.folder / "model.json", AGAIN, others=True)

    @cached_property
    def prototypes(self) -> tuple[Prototype, ...]:
        path = self.part("prototypes.json", MOST_ROWS)
        rows = structure(read_json(path), tuple[Prototype, ...], path, AGAIN)
        with naming(path, AGAIN):
            check_prototypes(rows, self.hierarchy, self.config)
        for name in {row.excerpt for row in rows if row.excerpt is not None}:
            part(self.folder, name, MOST_VIDEO)
        return rows

    @cached_property
    def stored_points(self) -> StoredPoints:
        """Class points, in node order, without torch."""
        path, config = self.part("points.npz", MOST_BYTES), self.config.model
        found = read_points(path, config.curvature)
        with naming(path, AGAIN):
            rows = rows_of(found, self.hierarchy.nodes, self.hierarchy.levels)
            width = found.points.shape[1]
            require(width == config.embedding_width, f"points of width {width}, not {config.embedding_width}")
        return StoredPoints(self.hierarchy.nodes, self.hierarchy.levels, found.points[rows], found.curvature)

    @cached_property
    def points(self) -> "ClassPoints":
        import torch

        from hprotopnet.hierarchy.points import class_points

        with torch.inference_mode(False):  # they are kept, for networks that train as well as for those that answer
            return class_points(self.stored_points)

    def part(self, name: str, most: int) -> Path:
        """A file of the bundle; raises `InputError` where it is absent, no file of at most `most` bytes, or outside."""
        found = part(self.folder, name, most)
        if found is None:
            raise InputError(f"{self.folder}: the bundle lacks {name}; copy it again")
        return found

    def number_of(self, prototype: int) -> int:
        """Number of a prototype among those of its node, from 1; `prototype` is its number in the bundle."""
        node = self.prototypes[prototype].node
        return sum(other.node == node for other in self.prototypes[: prototype + 1])

    def excerpt(self, prototype: Prototype) -> Path | None:
        """Video file that shows a prototype's source clip; None where it was not kept or was taken out since."""
        return part(self.folder, prototype.excerpt, MOST_VIDEO) if prototype.excerpt is not None else None

    def load_model(self) -> "HProtoPNet":
        """The network, in evaluation mode.

        Raises `InputError` when the backbone is not the one the bundle was trained with, or the weights do not fit.
        """
        return _load_model(self)

    def load_head(self) -> "HProtoPNet":
        """The network without its backbone: it cannot look at a clip, but `read` similarities that are known."""
        from torch import nn

        from hprotopnet.models.network import HProtoPNet

        config, backbone = self.config.model, nn.Module()
        if config.has_prototypes:  # of any width: the add-on, which alone would read them, is dropped
            backbone.parts = dict.fromkeys("+".join(config.looks).split("+"), 1)
        else:
            backbone.parts = {"pooled": _head_channels(self)}
        model = HProtoPNet(config, self.hierarchy, self.points.points, backbone)
        model.addon = nn.Identity()
        return _loaded(model, self, with_backbone=False, without=("backbone.", "addon."))


def find_bundles(*folders: Path) -> list[Path]:
    """Folders below these that hold a bundle, by name."""
    found = (file for folder in folders for file in folder.glob("*/model.json") if os.path.isfile(file))
    return sorted((file.parent for file in found), key=lambda folder: folder.name)


def open_bundle(folder: str | Path) -> Bundle:
    """Open a bundle; raises `InputError` naming what is wrong with it."""
    folder = Path(folder)
    if not os.path.lexists(folder / "model.json"):
        raise InputError(f"{folder}: no bundle (it has no model.json); train one", "train.py")
    bundle = Bundle(folder, _read_meta(folder))
    missing = [name for name in NEEDED if not os.path.lexists(folder / name)]
    if missing:
        raise InputError(f"{folder}: the bundle lacks {', '.join(missing)}; copy it again")
    with naming(folder / "model.json", AGAIN):
        check_size(bundle.hierarchy, bundle.config.model)
    for name in ("description", "prototypes", "stored_points"):
        getattr(bundle, name)
    return bundle


def _read_meta(folder: Path) -> dict[str, Any]:
    path = part(folder, "model.json", MOST_META)
    meta = read_json(path)
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise InputError(f"{path}: not a bundle of format {FORMAT}; train it again with this version")
    lacking = [key for key in ("config", "hierarchy", "backbone", "normalisation", "figures") if key not in meta]
    if lacking:
        raise InputError(f"{path}: lacks {', '.join(lacking)}; copy the bundle again")
    return meta


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
    with nullcontext() if fetch else naming(bundle.folder / "model.json", AGAIN):
        backbone = create_backbone(config.backbone, cut=config.cut, width=config.width, pretrained=fetch)
    _check_backbone(backbone, bundle)
    model = HProtoPNet(config, bundle.hierarchy, bundle.points.points, backbone)
    known = part(bundle.folder, "familiarity.npz", MOST_BYTES)
    model.familiarity = load_familiarity(known, backbone.channels, AGAIN) if known else None
    return _loaded(model, bundle, bundle.config.stores_backbone)


def _head_channels(bundle: Bundle) -> int:
    """How many pooled features the head of a network without prototypes reads, as its weights have it."""
    from hprotopnet.models.loading import read_shapes

    path = bundle.part("weights.safetensors", sys.maxsize)
    shape = read_shapes(path, AGAIN).get("head.weight", (0, 0))
    if len(shape) < 2 or not 0 < shape[1] <= MOST_CHANNELS:
        raise InputError(f"{path}: its first layer has the shape {shape}; {AGAIN}"[:MOST_SAID])
    return shape[1]


def _loaded(model: "HProtoPNet", bundle: Bundle, with_backbone: bool, without: Sequence[str] = ()) -> "HProtoPNet":
    """The model with the weights of a bundle, those left `without` whose names begin so."""
    from hprotopnet.models.loading import read_tensors
    from hprotopnet.models.network import load_trained

    path = bundle.part("weights.safetensors", sys.maxsize)
    expected = sum(tensor.nbytes for tensor in model.state_dict().values())
    weights = read_tensors(path, AGAIN, without, expected + MORE)
    load_trained(model, weights, with_backbone, path, AGAIN)
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
    there, wanted = _described(backbone), asdict(bundle.description)
    if bundle.config.stores_backbone:  # its weights lie in the bundle
        del there["backbone"]["weights_id"]
    differing = [
        f"{key} {_listed(wanted[name][key])} for {value}"
        for name, own in there.items()
        for key, value in own.items()
        if _listed(wanted[name][key]) != value
    ]
    if differing:
        listed = ", ".join(differing)
        raise InputError(
            f"{bundle.folder / 'model.json'}: trained on another backbone than is there, {listed}; {AGAIN}"
        )


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
