"""Commands on class trees: what is wrong with one, and its nodes in the ball."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hprotopnet import cli
from hprotopnet.commands.options import JsonOption, write_figures
from hprotopnet.files import check_writable, visible

if TYPE_CHECKING:
    from hprotopnet.hierarchy.tree import Hierarchy

MOST_PROBLEMS = 20  # of a tree that are listed, as a list of what to mend


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
    write_figures(json, found)
