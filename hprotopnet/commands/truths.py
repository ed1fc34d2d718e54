"""Commands that ask of networks trained on Pantomime what only Pantomime can tell."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hprotopnet import cli
from hprotopnet.commands.options import JsonOption, RivalsOption, SideOption, write_figures
from hprotopnet.files import check_writable

METHODS = "gradients,gradient_input,integrated,smooth,gradcam,prototypes"  # that take seconds


def truth(
    bundles: Annotated[list[Path], typer.Argument(help="Folders of bundles trained on Pantomime.")],
    data: Annotated[Path, typer.Option(help="Folder of Pantomime's videos, with their truth.")],
    side: SideOption = "test",
    clips: Annotated[
        int | None, typer.Option(min=1, help="Videos that are asked, evenly spread; all by default.")
    ] = None,
    causal: Annotated[int, typer.Option(min=0, help="Of these that are rendered again without each cue.")] = 0,
    stories: Annotated[Path | None, typer.Option(help="Folder of reveal stories, such as DATA/films/stories.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of noise and of random controls.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that render; one a processor.")] = None,
    json: JsonOption = None,
) -> None:
    """Ask whether explanations are true: does evidence lie on the cue, decide the answer and change with the cue?"""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.truth import print_truth, truth_report

    check_writable(json)
    opened = [open_bundle(folder) for folder in bundles]
    found = truth_report(opened, data, side, clips, causal, stories, seed, workers)
    write_figures(json, {"command": cli.command_line(), **found})
    print_truth(found)


def cues(
    bundles: Annotated[list[Path], typer.Argument(help="Folders of bundles trained on Pantomime.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the clips; that of the training set gives its test clips.")] = 0,
    per_class: Annotated[int, typer.Option(min=1, help="Size of the data set whose test clips are taken.")] = 50,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a processor by default.")] = None,
    json: JsonOption = None,
) -> None:
    """Ask what networks reach with cues left out, alone or swapped, with one frame repeated and frames shuffled."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.cues import cue_report, print_cues

    check_writable(json)
    found = cue_report([open_bundle(folder) for folder in bundles], seed, per_class, workers)
    write_figures(json, found)
    print_cues(found)


def pays(
    bundles: Annotated[list[Path], typer.Argument(help="What is asked about first, then what it is compared with.")],
    seed: Annotated[list[int], typer.Option(min=0, help="Of the clips; several give more looks. Take fresh ones.")],
    per_class: Annotated[int, typer.Option(min=1, help="Size of each data set whose test clips are taken.")] = 25,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a processor by default.")] = None,
    json: JsonOption = None,
) -> None:
    """Ask whether a hierarchy makes mistakes milder where less is seen: cues left out, clips cut short, regions hidden.

    Bundles that differ by their training seed alone are taken together.
    """
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.paying import pay_report, print_pays

    check_writable(json)
    found = pay_report([open_bundle(folder) for folder in bundles], seed, per_class, workers)
    write_figures(json, {"command": cli.command_line(), **found})
    print_pays(found)


def attributions(
    bundles: Annotated[list[Path], typer.Argument(help="Folders of bundles trained on Pantomime.")],
    data: Annotated[Path, typer.Option(help="Folder of Pantomime's videos, with their truth.")],
    out: Annotated[Path, typer.Option(help="Folder in which is kept what is found; it goes on from there.")],
    methods: Annotated[str, typer.Option(help="Of attribution, by name.")] = METHODS,
    levels: Annotated[str, typer.Option(help="Whose nodes are asked for.")] = "grandparent,parent,child",
    side: SideOption = "test",
    clips: Annotated[int, typer.Option(min=1, help="Videos that are asked, evenly spread.")] = 36,
    curves: Annotated[int, typer.Option(min=0, help="Of these that are hidden and shown cell by cell.")] = 12,
    noise: Annotated[int, typer.Option(min=0, help="Of these that are asked again with noise.")] = 6,
    randomised: Annotated[int, typer.Option(min=0, help="Of these that are shown to random weights, too.")] = 6,
    causal: Annotated[int, typer.Option(min=0, help="Of these that are rendered again with cues swapped.")] = 0,
    rivals: RivalsOption = "siblings",
    fill: Annotated[Literal["mean", "blur"], typer.Option(help="What stands where a clip is hidden.")] = "blur",
    seed: Annotated[int, typer.Option(min=0, help="Of noise, lots and random controls.")] = 0,
    json: JsonOption = None,
) -> None:
    """Ask whether attributions are true, and prototypes with them: every explainer on the same clips and levels."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.attribution import Asked, attribution_report
    from hprotopnet.studies.explainers import print_attribution

    check_writable(json)
    named = (tuple(dict.fromkeys(filter(None, text.split(",")))) for text in (methods, levels))
    asked = Asked(*named, clips, curves, noise, randomised, causal, rivals, fill, seed)
    found = attribution_report([open_bundle(folder) for folder in bundles], data, out, asked, side)
    write_figures(json, {"command": cli.command_line(), **found})
    print_attribution(found)


def schedules(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle; published schedules want a small network.")],
    data: Annotated[Path, typer.Argument(help="Folder with one folder of videos a class.")],
    json: Annotated[Path, typer.Option("--json", help="File of what is found; it is gone on with from there.")],
    method: Annotated[Literal["ep2d", "ep3d", "step"], typer.Option(help="Which seeks masks.")] = "step",
    clips: Annotated[int, typer.Option(min=1, help="Videos that are asked, evenly spread.")] = 10,
    iterations: Annotated[int, typer.Option(min=0, help="Of the published schedule; 0 for its 2,000.")] = 0,
    side: SideOption = "test",
) -> None:
    """Ask whether seeking masks in a tenth of the published time loses anything: both schedules on the same clips."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.schedules import schedule_study, told

    check_writable(json)
    found = schedule_study(open_bundle(bundle), data, json, clips, method, iterations=iterations, side=side)
    write_figures(json, {"command": cli.command_line(), **found})
    for said in told(found):
        print(said)
