"""Commands that say how good networks are, on folders of videos and on stories, and how fast."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from hprotopnet import cli
from hprotopnet.commands.options import BundleOption, DataOption, JsonOption, SideOption, write_figures
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, visible


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
    write_figures(json, figures)


def evaluate(
    bundle: BundleOption,
    data: DataOption,
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance testlist01.txt.")] = None,
    deletions: Annotated[int, typer.Option(min=0, help="Videos whose marked regions are hidden, too.")] = 0,
    pointing: Annotated[int, typer.Option(min=0, help="Videos of which is asked if evidence lies on the cue.")] = 0,
    curves: Annotated[int, typer.Option(min=0, help="Videos that are hidden and shown cell by cell, too.")] = 0,
    fill: Annotated[Literal["mean", "blur"], typer.Option(help="What stands where these are hidden.")] = "mean",
    views: Annotated[
        int, typer.Option(min=0, help="Also answer each video from 1 view, or from 30: ten clips, three crops each.")
    ] = 0,
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
    asked |= {"views": views}
    figures = evaluate_bundle(opened, data, split, **asked)
    cli.print_figures(figures, opened.meta.get("temperature_fit"))
    cli.print_unlike(figures["unlike"])
    if views:
        cli.print_views(figures["views"])
    if deletions:
        cli.print_deletions(figures["deletion"])
    if pointing:
        cli.print_pointing(figures["pointing"])
    if curves:
        cli.print_curves(figures["curves"])
    write_figures(json, figures)


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
    write_figures(json, found)
    print_study(found)


def displacement(
    keep: Annotated[Path, typer.Option(help="Folder of clips and trainings; it goes on from there.")],
    networks: Annotated[str | None, typer.Option(help="Only these of frames,tsm,h2cn-narrow,h2cn,r3d,...")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each network at each displacement.")] = 3,
    json: JsonOption = None,
) -> None:
    """Ask whether hourglasses do what they claim: small networks tell apart siblings that differ in motion alone, at
    normal and large displacement a frame. Renders its own clips; about an hour of one processor."""
    from hprotopnet.studies.displacement import CONTESTANTS, displacement_study
    from hprotopnet.studies.displacement_tables import against_table, displacement_table

    check_writable(json)
    chosen = tuple(dict.fromkeys(networks.split(","))) if networks else tuple(CONTESTANTS)
    found = {"command": cli.command_line(), **displacement_study(keep, seeds, networks=chosen)}
    write_figures(json, found)
    print(displacement_table(found))
    if found["against"]:
        print(f"\n{against_table(found)}")


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


def verify(
    bundle: BundleOption,
    data: Annotated[Path | None, typer.Option(help="Folder with one folder of videos a class; of networks.")] = None,
    json: JsonOption = None,
) -> None:
    """Find the source of every prototype by name and hash, encode it again, and report the largest difference.

    Of a detector what is stored of its videos is computed again from the features beside them.
    """
    check_writable(json)
    found = _of_detector(bundle) if (bundle / "detector.json").is_file() else _of_network(bundle, data)
    write_figures(json, found)
    if not found["holds"]:
        raise typer.Exit(1)


def _of_network(bundle: Path, data: Path | None) -> dict[str, Any]:
    from hprotopnet.bundles.bundle import open_bundle
    from hprotopnet.bundles.provenance import verify as verify_bundle

    opened = open_bundle(bundle)
    if data is None:
        raise InputError(f"{bundle}: its prototypes come from videos; give their folder as --data")
    found = verify_bundle(opened, data).to_dict()
    cli.print_verification(found)
    return found


def _of_detector(folder: Path) -> dict[str, Any]:
    from hprotopnet.temporal.storing import verify_showcase

    found = verify_showcase(folder)
    for row in found["films"]:
        same = "the same segments" if not row["segments"] else "other segments"
        print(
            f"{visible(row['video'])}: {same}, {row['concepts']} other concepts, scores within {row['difference']:.1g}"
        )
    print(f"what is stored is {'' if found['holds'] else 'NOT '}what its features give")
    return found


def bench(json: JsonOption = None) -> None:
    """Measure speed, the app's too, beside its bounds: much of it as ratios to a bare pass of the backbone."""
    from hprotopnet.bench.app import bench_app
    from hprotopnet.bench.attribution import bench_attribution
    from hprotopnet.bench.network import bench as measure
    from hprotopnet.bench.network import line
    from hprotopnet.bench.temporal import bench_temporal

    rows = measure() + bench_attribution() + bench_temporal() + bench_app()
    for row in rows:
        print(line(row))
    write_figures(json, rows)
