"""Commands that find actions in long videos: features, a detector trained on them, what it finds, what of it is stored
to be looked at, and what the tree adds."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from hprotopnet import cli
from hprotopnet.commands.options import JsonOption, VideoOption, write_figures
from hprotopnet.files import check_writable, visible


def features(
    data: Annotated[Path, typer.Option(help="Folder of long videos.")],
    out: Annotated[Path, typer.Option(help="Folder to fill, a .npy file a video.")],
    backbone: Annotated[str, typer.Option(help="Whose features; without --weights the published weights'.")] = "i3d",
    cut: Annotated[str | None, typer.Option(help="Layer whose output is averaged; the last by default.")] = None,
    clip: Annotated[float, typer.Option(help="Seconds that a clip shows.")] = 1.28,
    stride: Annotated[float, typer.Option(help="Seconds from clip to clip.")] = 0.64,
    size: Annotated[int, typer.Option(min=1, help="Short side and crop, in pixels.")] = 160,
    weights: Annotated[Path | None, typer.Option(help="Weights of the backbone, a safetensors file.")] = None,
    json: JsonOption = None,
) -> None:
    """Extract features of long videos for a detector; started again it goes on where it was."""
    from hprotopnet.models.backbones.registry import create_backbone
    from hprotopnet.models.precision import set_precision
    from hprotopnet.temporal.extract import extractor, frames_of, long_videos_in, write_features

    check_writable(json)
    frames, videos = frames_of(clip), long_videos_in(data)
    set_precision()
    net = create_backbone(backbone, cut=cut, pretrained=weights is None, weights=weights)
    found = write_features(extractor(net, frames, size=size, stride=stride), videos, out)
    print(f"{found['videos']} videos, {found['clips']} clips: {found['made']} videos made now, the others were there")
    write_figures(json, found)


def detector(
    annotations: Annotated[Path, typer.Option(help="What happens in the videos, in ActivityNet's form.")],
    features: Annotated[Path, typer.Option(help="Folder of their features, a .npy file a video.")],
    hierarchy: Annotated[str, typer.Option(help="Shipped tree by name, or a CSV file.")],
    out: Annotated[Path, typer.Option(help="Folder of the detector.")],
    atoms: Annotated[Path | None, typer.Option(help="True atomic actions, to compare concepts with.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Of the training.")] = 60,
    concepts: Annotated[int, typer.Option(min=2, help="Visual concepts.")] = 60,
    learning_rate: Annotated[float, typer.Option(help="Of Adam.")] = 3e-4,
    alpha: Annotated[float, typer.Option(help="Where between its mean and range a class's threshold lies.")] = 0.2,
    kmax: Annotated[float, typer.Option(help="The best 1 / KMAX of the clips make a video's score.")] = 16.0,
    seed: Annotated[int, typer.Option(min=0, help="Start of all random choices.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Forget what an earlier training left in the folder.")] = False,
    json: JsonOption = None,
) -> None:
    """Train a detector on videos of which is known what they hold, and measure it on those of the subset "testing"."""
    from hprotopnet.hierarchy.tree import load_hierarchy
    from hprotopnet.temporal.activitynet import read_activitynet
    from hprotopnet.temporal.atoms import read_atoms
    from hprotopnet.temporal.config import Rule
    from hprotopnet.temporal.recipe import HAAN, described, detector_run

    check_writable(json)
    rest = {"concepts": concepts, "learning_rate": learning_rate, "seed": seed, "rule": Rule(alpha, kmax)}
    data = read_activitynet(annotations, load_hierarchy(hierarchy), features)
    config = replace(HAAN, name="custom", width=data.features.width, epochs=epochs, **rest)
    found = detector_run(config, data, features, out, read_atoms(atoms) if atoms else None, again=again)
    for line in described(found):
        print(visible(line))
    write_figures(json, {"command": cli.command_line(), **found})


def detect(
    video: VideoOption,
    bundle: Annotated[Path, typer.Option("--bundle", help="Folder of a detector, such as runs/pantomime-haan.")],
    weights: Annotated[Path | None, typer.Option(help="Weights of its backbone where they are none published.")] = None,
    json: JsonOption = None,
) -> None:
    """Find when which actions happen in a video, with the visual concepts that they show."""
    from hprotopnet.temporal.detector import load_detector
    from hprotopnet.temporal.finding import find

    check_writable(json)
    found = find(load_detector(bundle), video, weights)
    for own in found.segments:
        concepts = ", ".join(f"{number} ({share:.0%})" for number, share in own.concepts[:3])
        print(
            f"{own.start:7.1f} to {own.end:6.1f} s  {own.score:6.2f}  {visible(own.coarse)}: {visible(own.fine)};"
            f" concepts {concepts}"
        )
    print(f"{len(found.segments)} segments in {found.duration:.1f} s, {found.clips} clips")
    write_figures(json, asdict(found))


def showcase(
    bundle: Annotated[Path, typer.Option("--bundle", help="Folder of a detector, such as runs/pantomime-haan.")],
    annotations: Annotated[Path, typer.Option(help="What happens in the videos, in ActivityNet's form.")],
    features: Annotated[Path, typer.Option(help="Folder of their features, a .npy file a video.")],
    films: Annotated[Path, typer.Option(help="Folder of the videos, .mp4.")],
    atoms: Annotated[Path | None, typer.Option(help="True atomic actions, to show beside concepts.")] = None,
    network: Annotated[Path | None, typer.Option(help="Bundle of a prototype network that is asked why.")] = None,
    count: Annotated[int, typer.Option(min=1, max=20, help="Videos that are stored.")] = 4,
    json: JsonOption = None,
) -> None:
    """Store what the page Timeline shows of a detector: a few tested videos, what it says of them all, its concepts."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.temporal.activitynet import read_activitynet
    from hprotopnet.temporal.annotations import TRAINING
    from hprotopnet.temporal.atoms import read_atoms
    from hprotopnet.temporal.card import read_card
    from hprotopnet.temporal.recipe import TESTING
    from hprotopnet.temporal.storing import Sources, films_in, write_showcase

    check_writable(json)
    data = read_activitynet(annotations, read_card(bundle).hierarchy, features)
    known = read_atoms(atoms) if atoms else {}
    files = films_in(films, (video.name for video in data.videos))
    sources = Sources(data, files, known, open_bundle(network) if network else None, count)
    found = write_showcase(bundle, sources, TRAINING, TESTING)
    print(
        f"{', '.join(map(visible, found['films']))} stored, what is said of {found['videos']} videos, and the nearest"
        f" clips of {found['concepts']} concepts: {found['megabytes']:.1f} MB"
    )
    write_figures(json, found)


def detectors(
    annotations: Annotated[Path, typer.Option(help="What happens in the videos, in ActivityNet's form.")],
    features: Annotated[Path, typer.Option(help="Folder of their features, a .npy file a video.")],
    out: Annotated[Path, typer.Option(help="Folder in which runs are kept; it goes on from there.")],
    bundles: Annotated[list[Path] | None, typer.Argument(help="Prototype networks asked along the videos.")] = None,
    hierarchy: Annotated[str, typer.Option(help="Shipped tree by name, or a CSV file.")] = "pantomime",
    films: Annotated[Path | None, typer.Option(help="Folder of the videos, for bundles.")] = None,
    atoms: Annotated[Path | None, typer.Option(help="True atomic actions, to compare concepts with.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of each training; the recipe's by default.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each row.")] = 3,
    json: JsonOption = None,
) -> None:
    """Ask whether the tree helps a detector: rows that differ in what they know of it, several seeds, intervals."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.hierarchy.tree import load_hierarchy
    from hprotopnet.studies.detector_tables import detector_table
    from hprotopnet.studies.detectors import Asked, detector_study
    from hprotopnet.temporal.activitynet import read_activitynet
    from hprotopnet.temporal.atoms import read_atoms
    from hprotopnet.temporal.recipe import HAAN, TESTING

    check_writable(json)
    opened = [open_bundle(folder) for folder in bundles or ()]
    data = read_activitynet(annotations, load_hierarchy(hierarchy), features)
    config = replace(HAAN, width=data.features.width, epochs=epochs or HAAN.epochs)
    known = read_atoms(atoms) if atoms else {}
    found = detector_study(Asked(data, data.of(TESTING), out, config, seeds, known, films), opened)
    found = {"command": cli.command_line(), **found}
    write_figures(json, found)
    print(detector_table(found))
