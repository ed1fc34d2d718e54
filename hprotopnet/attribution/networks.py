"""Published networks that can be asked, each with the clips that it sees; loading this loads no torch.

A further one is a class in `models.kinetics`, its weights in `models.backbones.weights`, and a line here. All of them
see a square out of the middle, the short side of the picture scaled to its own. Departure: torchvision's recipe for its
networks squeezes any picture to 171 x 128 before it cuts 112 x 112 out of the middle, so that they were judged on
pieces that show some less.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.names import suggest
from hprotopnet.models.labels import kinetics_labels

if TYPE_CHECKING:
    from hprotopnet.attribution.subject import Classifier

FOR_TORCHVISION = ClipConfig(frames=16, fps=15, size=112)  # as they were trained


@dataclass(frozen=True)
class Network:
    """A published network.

    Attributes:
        name: by which it is asked for.
        title: as its paper calls it.
        clip: which clips it sees.
        layer: the last one with a grid of features.
        about: what its clips are and why, in a sentence.
    """

    name: str
    title: str
    clip: ClipConfig
    layer: str
    about: str


NETWORKS = {
    own.name: own
    for own in (
        Network(
            "i3d",
            "I3D",
            # Of 40 clips of UCF-101, of five classes that Kinetics has too, this names 29 right and 40 among the first
            # five; 16 frames, at half the cost, 25 and 39.
            ClipConfig(frames=32, fps=12.5, size=224),
            "Mixed_5c",
            "It was trained on 64 frames of 25 a second; every second one spans the same 2.56 s, and a processor needs "
            "half as long.",
        ),
        Network("r3d_18", "R3D-18", FOR_TORCHVISION, "layer4", "It was trained on 16 frames of 15 a second."),
        Network("mc3_18", "MC3-18", FOR_TORCHVISION, "layer4", "It was trained on 16 frames of 15 a second."),
        Network("r2plus1d_18", "R(2+1)D-18", FOR_TORCHVISION, "layer4", "It was trained on 16 frames of 15 a second."),
        Network(
            "tsm_r50",
            "TSM-R50",
            ClipConfig(frames=8, fps=3.125, size=224),
            "layer4",
            "It was trained on every eighth of 64 frames of 25 a second.",
        ),
    )
}


def absence(name: str) -> str:
    """Why a network of the table cannot be had without a network connection, and the remedy; empty where it can."""
    from hprotopnet.models.backbones import weights

    return weights.absence(name)


def find_network(name: str) -> Network:
    """The network of a name; raises `InputError` with what comes near."""
    if name not in NETWORKS:
        raise InputError(f"no network is called '{name}'{suggest(name, tuple(NETWORKS))}; known: {', '.join(NETWORKS)}")
    return NETWORKS[name]


def open_network(name: str, progress: bool = True) -> "Classifier":
    """A published network to ask, its weights fetched on first use; who asks often keeps it.

    Weights of which no hash is published must have been fetched before, see `published`. Raises `InputError` for one
    that is not known, and when its weights cannot be had.
    """
    from hprotopnet.attribution.subject import Classifier
    from hprotopnet.models.kinetics import load_classifier

    own = find_network(name)
    net = load_classifier(name, progress).requires_grad_(False)
    grid = net.get_submodule(own.layer)
    grid.shifts, grid.stride = net.shifts, net.stride  # where its cells look, as a backbone says it
    return Classifier(net, kinetics_labels(), own.clip, net.normalisation, grid, name)
