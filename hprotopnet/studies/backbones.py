"""What the networks are, side by side: how large, how much work for a clip, what they keep of it, whose weights."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from tqdm import tqdm

from hprotopnet.attribution.networks import NETWORKS
from hprotopnet.config import ClipConfig, ModelConfig
from hprotopnet.data.dataset import middle_clip
from hprotopnet.explain.sight import measure
from hprotopnet.hierarchy.points import start_points
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.registry import FROM_IMAGENET, create_backbone, list_backbones
from hprotopnet.models.backbones.weights import IMAGENET, PUBLISHED, SAME, SDIST, absence, are_published, taken
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.shipped import shipped_clips
from hprotopnet.studies import work

EIGHT = NETWORKS["tsm_r50"].clip
SEGMENTS = ClipConfig(frames=40, fps=15.625, size=224)  # eight of five frames, over as many seconds as the eight frames
CLIPS = {name: own.clip for name, own in NETWORKS.items()} | {"h2cn_r18": SEGMENTS, "h2cn_r50": SEGMENTS}
ROUNDS = 3
RANDOM = "random weights"


class Origin(NamedTuple):
    """Weights that a network can be given.

    Attributes:
        data: what they were trained on.
        whose: who publishes them, in a word.
        where: the file.
        here: whether they are on this machine.
        sha256: with which a file was taken of which no hash is published; else empty.
        asked: how `create_backbone` is asked for them.
    """

    data: str
    whose: str
    where: str
    here: bool
    sha256: str
    asked: dict[str, Any]


def origins(name: str) -> list[Origin]:
    """The published weights of a backbone, the better ones first."""
    found = []
    if are_published(name):
        source = SAME.get(name, name)
        whose = "PyPI" if source == "i3d" else "torchvision" if PUBLISHED[source].sha256 else "authors"
        where = f"{SDIST} of PyPI" if source == "i3d" else PUBLISHED[source].url
        found.append(Origin("Kinetics", whose, where, not absence(name), taken(name), {"pretrained": True}))
    if name in IMAGENET:
        own = PUBLISHED[IMAGENET[name]]
        found.append(Origin("ImageNet", "torchvision", own.url, not absence(own.name), "", {"weights": FROM_IMAGENET}))
    return found


def usual_clip(name: str) -> ClipConfig:
    """Which clips a backbone usually sees: eight frames where nothing else is said."""
    return CLIPS.get(name, EIGHT)


def multiply_adds(name: str, clip: ClipConfig) -> int:
    """Multiplications of a forward pass over a clip, see `work.multiply_adds`."""
    return work.multiply_adds(partial(create_backbone, name), clip.frames, clip.size)


def rows(names: Sequence[str] = (), timed: bool = True, progress: bool = True) -> Iterator[dict[str, Any]]:
    """A row for each backbone (JSON), see `row`; of all where none are named."""
    chosen = names or list_backbones()
    with tqdm(chosen, desc="networks", disable=not progress, delay=2) as bar:
        for name in bar:
            bar.set_postfix_str(name)
            yield row(name, usual_clip(name), timed)


def row(name: str, clip: ClipConfig, timed: bool = True) -> dict[str, Any]:
    """What is known of a backbone.

    Sizes are of the backbone, without a classifier, and of its usual clip. `sees` is what a cell of the last grid has
    really seen, see `explain.sight`: side of a square, and frames, that hold nine tenths of it, as far as the clip
    goes. It and the seconds of a forward pass, of one clip in float32, are of the weights that are here, else of random
    ones: `measured_on`.
    """
    known = origins(name)
    own = next((origin for origin in known if origin.here), None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = create_backbone(name, progress=False, **(own.asked if own else {})).eval()
        measured = {"sees": _sees(net, clip), "seconds": _seconds(net, clip) if timed else None}
    return {
        "name": name,
        "parameters": work.parameters(net),
        "multiply_adds": multiply_adds(name, clip),
        "clip": vars(clip),
        "channels": net.channels,
        "grid": list(net.grid(clip.frames, clip.size)),
        **measured,
        "measured_on": own.data if own else RANDOM,
        "weights": [{key: said for key, said in origin._asdict().items() if key != "asked"} for origin in known],
        "fresh": list(net.fresh),
    }


def _sees(net: Backbone, clip: ClipConfig) -> dict[str, int] | None:
    """Of one clip that comes with the project, by a network with the last grid's own view, random directions in it."""
    tree = load_hierarchy("pantomime")
    videos = shipped_clips(tree)
    if not videos:
        return None
    config = ModelConfig(head="fc", prototypes="leaf", per_node=1, embedding_width=64)
    model = HProtoPNet(config, tree, start_points(tree, 64).points, net).eval().requires_grad_(False)
    found = measure(model, [middle_clip(videos[0], clip).images])
    return {"pixels": min(found[0].pixels, clip.size), "frames": min(found[0].frames, clip.frames)} if found else None


def _seconds(net: Backbone, clip: ClipConfig) -> float:
    return work.seconds(net, torch.randn(1, 3, clip.frames, clip.size, clip.size), ROUNDS)


def told(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The rows as a table of 120 columns."""
    yield f"{'network':17}{'params':>8}{'GMACs':>7}  {'clip':9}{'grid':13}{'a cell sees':14}{'pass':>7}  weights"
    for own in rows:
        clip, sees = own["clip"], own["sees"]
        mark = "*" if sees and own["measured_on"] == RANDOM else ""
        cells = (
            f"{own['name']:17}",
            f"{own['parameters'] / 1e6:>6.2f} M",
            f"{own['multiply_adds'] / 1e9:>7.2f}  ",
            f"{clip['frames']} x {clip['size']}".ljust(9),
            " x ".join(map(str, own["grid"])).ljust(13),
            ((f"{sees['frames']} x {sees['pixels']} px" if sees else "-") + mark).ljust(14),
            ("-" if own["seconds"] is None else f"{own['seconds']:.2f} s").rjust(7),
        )
        weights = ", ".join(f"{'+' if w['here'] else '-'}{w['data']} {w['whose']}" for w in own["weights"])
        yield "".join(cells) + f"  {weights}"
    yield "GMACs: of a clip, without a classifier; a cell sees: what holds nine tenths of all that it has seen, * with"
    yield "random weights; pass: one clip in float32; weights: + on this machine, - not"
