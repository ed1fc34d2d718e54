"""Options that several commands have, and the figures that they write where `--json` asks for them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hprotopnet.files import write_json

BundleOption = Annotated[Path, typer.Option("--bundle", help="Folder of a bundle, such as runs/ucf101-nine-cpg10.")]
RivalsOption = Annotated[
    Literal["all", "siblings"],
    typer.Option(help="Of the node asked about: all else, or its siblings, given what they belong to."),
]
SideOption = Annotated[Literal["test", "validation"], typer.Option(help="Of the split; choose on validation only.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder with one folder of videos a class.")]
VideoOption = Annotated[Path, typer.Option("--video", help="A video file, or a folder of frames.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]


def write_figures(json: Path | None, value: object) -> None:
    """Write figures as JSON where a file was named."""
    if json:
        write_json(json, value)
