"""Commands that explain what a network says about a video, and that correct what it says it for."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hprotopnet import cli
from hprotopnet.commands.options import BundleOption, JsonOption, RivalsOption, VideoOption, write_figures
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, visible


def explain(
    bundle: BundleOption,
    video: VideoOption,
    out: Annotated[Path, typer.Option(help="Folder for explanation.json and pictures.")],
    start: Annotated[float | None, typer.Option(help="Start of the clip in seconds; the middle by default.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Of the back-off, between .5 and 1.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Also one page that plays without a network.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="Also a moving picture of the steps, under 5 MB.")] = False,
    mp4: Annotated[bool, typer.Option("--mp4", help="Also the same as a film.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="Also the disk and each step's pair of clips, to print.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Also these as pixels.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Also the numbers, a row for each prototype and level.")] = False,
) -> None:
    """Explain what a bundle says about a video, as data and pictures, and in forms to send and to print."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.views.report import explain_video

    asked = {"html": html, "gif": gif, "mp4": mp4, "svg": svg, "png": png, "csv": csv}
    forms = [form for form, wanted in asked.items() if wanted]
    for line in explain_video(open_bundle(bundle), video, out, start, threshold, forms):
        print(line, flush=True)


def attribute(
    video: VideoOption,
    out: Annotated[Path, typer.Option(help="Folder for values, data and pictures; with all, of one a method.")],
    method: Annotated[str, typer.Option(help="Which, or all; a name that is not known gets the list.")],
    network: Annotated[str, typer.Option(help="Folder of a bundle, or a published network such as i3d.")],
    target: Annotated[
        str | None, typer.Option(help="Class, or node of the network's tree; the likeliest class by default.")
    ] = None,
    start: Annotated[float | None, typer.Option(help="Start of the clip in seconds; the middle by default.")] = None,
    rivals: RivalsOption = "all",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Setting of the method, such as steps=50; as often as need be.")
    ] = None,
) -> None:
    """Ask any network which pixels of which frames its answer rests on, as data, as GIF and as film."""
    from hprotopnet.views.attribution_report import attribute_video

    for line in attribute_video(network, video, out, method, target, start, pairs(settings or []), rivals):
        print(visible(line), flush=True)


def pairs(settings: list[str]) -> dict[str, object]:
    """Settings as `key=value`; values are numbers, lists and truths as JSON has them, or else text."""
    found = {}
    for own in settings:
        name, equals, value = own.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {own}: give it as key=value, such as --set steps=50")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value.strip()
    return found


def trace(
    bundle: BundleOption,
    video: VideoOption,
    out: Annotated[Path, typer.Option(help="Folder for trace.json, probabilities.csv, segments.csv and timeline.svg.")],
    stride: Annotated[
        float | None,
        typer.Option(help="Seconds from window to window; half a window by default, more where a film is long."),
    ] = None,
    start: Annotated[float | None, typer.Option(help="Where to begin, in seconds.")] = None,
    end: Annotated[float | None, typer.Option(help="Where to end, in seconds.")] = None,
) -> None:
    """Follow a network through a film of up to an hour: its answer from moment to moment, as data and as a picture.

    Stopped, it goes on where it was when the same command is given again.
    """
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.views.film_report import trace_film

    for line in trace_film(open_bundle(bundle), video, out, start, end, stride):
        print(line)


def correct(
    bundle: BundleOption,
    without: Annotated[str, typer.Option(help="Prototypes to leave out, by number: 12,57.")] = "",
    log: Annotated[Path | None, typer.Option(help="Log of marks from the page Correct, JSON or CSV.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of its videos, where the bundle does not hold what it found in them.")
    ] = None,
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance trainlist01.txt.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the new bundle; none is written by default.")] = None,
    json: JsonOption = None,
) -> None:
    """Tune a network again without some prototypes, compare, and write it as a new bundle; the old one stays."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.corrections.commands import corrected, similarities_of
    from hprotopnet.corrections.correct import check_free

    check_writable(json)
    if out:
        check_free(out)
    opened = open_bundle(bundle)
    found = similarities_of(opened, data, split)
    if not without and not log and data and not out:  # what is computed now is found by the page Correct
        print(f"{len(found.names)} clips looked at: {visible(opened.name)} can be corrected without its videos now")
        return
    told = corrected(opened, found, without, log, out)
    cli.print_correction(told, opened.hierarchy)
    if out:
        print(f"new bundle: {visible(str(out))}")
    write_figures(json, told)
