"""What all command lines share: one line on stderr and exit code 2 for bad input, readable summaries."""

import codecs
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
import typer.exceptions

from hprotopnet.errors import InputError
from hprotopnet.files import visible
from hprotopnet.views import words

if TYPE_CHECKING:
    from hprotopnet.hierarchy.tree import Hierarchy


_LEVELS = {"accuracy": "class", "sibling": "sibling", "cousin": "cousin"}


def new_app() -> typer.Typer:
    """A command line whose errors are plain lines of text."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def run(app: Callable[[], Any]) -> None:
    """Run a command line; bad input, `InputError` or a misused option, becomes one line on stderr and exit code 2."""
    _print_anything()
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    try:
        found = app(standalone_mode=False)
        sys.stdout.flush()  # or a full disk would be met where nobody can say so
        sys.exit(found)
    except InputError as error:
        _refuse(f"{error} ({error.command})" if error.command else str(error))
    except typer.exceptions.TyperException as error:
        _refuse(f"{error.format_message()} See --help.")
    except OSError as error:  # a full disk, a file that went away, nobody who reads on
        _drop_output()
        _refuse(f"{error.filename or 'the output, or a file'}: {error.strerror or error}; make room or check it")
    except (KeyboardInterrupt, typer.Abort):
        print("stopped; start the same command again to go on", file=sys.stderr)
        sys.exit(130)


def _print_anything() -> None:
    """Let names of files be printed that are no text, or hold letters that the terminal lacks: these are escaped."""

    def escaped(error: UnicodeError) -> tuple[str, int]:
        return visible(error.object[error.start : error.end]).encode("ascii", "backslashreplace").decode(), error.end

    codecs.register_error("visible", escaped)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # where something else stands in their place
            stream.reconfigure(errors="visible")


def _drop_output() -> None:
    """Forget what was printed where it cannot be written, or Python would try again, and fail, at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(message: str) -> NoReturn:
    print(f"error: {visible(message)}", file=sys.stderr)  # file names may hold line breaks
    sys.exit(2)


def command_line() -> str:
    """The command that is being run, as it can be typed again; absolute paths, which are nobody else's, by name."""
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    return shlex.join(["python", "-m", "hprotopnet", *words])


def run_command(command: Callable[..., None]) -> None:
    """Run a script that is a single command."""
    app = new_app()
    app.command()(command)
    run(app)


def print_figures(figures: dict[str, Any], temperature_fit: dict[str, Any] | None) -> None:
    """Print the figures of an evaluation as a table, percent with one decimal, and how much they rest on.

    Args:
        temperature_fit: as the bundle has it, None where it does not say.
    """
    columns = ("accuracy", "sibling", "cousin", "p_sibling_given_error", "mistake_severity")
    print(f"{figures['n']['clips']} clips of {figures['n']['videos']} videos")
    print(f"{'':20}{'class':>8}{'sibling':>9}{'cousin':>8}{'P(sib|err)':>12}{'severity':>10}")
    for name in ("clip", "video_majority", "video_mean_softmax"):
        *shares, severity = (figures[name][column] for column in columns)
        cells = [_percent(share).rjust(width) for share, width in zip(shares, (8, 9, 8, 12), strict=True)]
        print(f"{name:20}{''.join(cells)}{'-' if severity is None else f'{severity:.2f}':>10}")
    few = words.few_videos(figures["video_mean_softmax"]["accuracy"], figures["n"]["videos"])
    if few:
        print(few)
    back_off = figures["back_off"]
    print(
        f"calibration error {_percent(figures['ece'])}; at threshold {figures['threshold']:g}"
        f" {_percent(back_off['leaf'])} end at a class ({_percent(back_off['leaf_accuracy'])} right),"
        f" {_percent(back_off['ancestor'])} at an ancestor, {_percent(back_off['root'])} are not sure"
    )
    calibration = words.calibration(temperature_fit)
    if temperature_fit and not temperature_fit["fitted"]:
        print(f"note: {calibration}", file=sys.stderr)
    elif calibration:
        print(calibration)


def print_views(found: dict[str, Any]) -> None:
    """Print how many videos are answered right from several views."""
    right = ", ".join(f"{level} {_percent(found[name])} %" for name, level in _LEVELS.items())
    views = f"{found['views']} view" + ("" if found["views"] == 1 else "s")
    print(f"from {views}, {found['clips']} clips of {found['crops']} crops each: {right} of {found['n']} videos")


def print_unlike(share: float | None) -> None:
    """Print how many of the clips are called unlike anything trained on; nothing where the network cannot tell."""
    if share is not None:
        print(f"unlike anything it was trained on: {_percent(share)} % of clips")


def print_deletions(found: dict[str, Any]) -> None:
    """Print what hiding the marked region costs, and what it is worth alone, beside an equal region elsewhere."""
    print(
        f"hiding the marked region costs {_percent(found.get('marked'))} % of the similarity, an equal one elsewhere"
        f" {_percent(found.get('random'))} %; the marked one costs more in {_percent(found['marked_drops_more'])} % of"
        f" {found['n']} cases"
    )
    print(
        f"the marked region alone leaves {_percent(found.get('marked_alone'))} % of the similarity, an equal one"
        f" elsewhere {_percent(found.get('random_alone'))} %; the marked one leaves more in"
        f" {_percent(found['marked_leaves_more'])} % of them"
    )
    if found.get("too_large"):
        print(f"{found['too_large']} regions are so large that there is no equal one beside them; they are left out")


def print_verification(found: dict[str, Any]) -> None:
    """Print what `verify` found, in sentences."""
    gap = found["largest_difference"]
    compared = "none could be compared" if gap is None else f"the largest difference from its source is {gap:.1g}"
    print(f"{found['prototypes']} prototypes: {compared} (at most 1e-05 is allowed)")
    for what, names in (("changed since training", found["changed"]), ("not found", found["absent"])):
        if names:
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            print(f"{what}: {len(names)} of the source videos ({shown})")
    if found["shared_on_a_path"]:
        print(f"{found['shared_on_a_path']} pairs of prototypes on one path show the same patch")
    print(f"{'every' if found['holds'] else 'not every'} prototype is shown to be the patch it claims to be")


def print_correction(found: dict[str, Any], tree: "Hierarchy") -> None:
    """Print figures of a network before a correction, without the prototypes, and tuned again, side by side."""
    named = ", ".join(map(str, found["without"][:20])) + (", ..." if len(found["without"]) > 20 else "")
    print(f"{len(found['without'])} prototypes left out ({named}); tuned again in {found['seconds']:.1f} s")
    for side, states in found["figures"].items():
        clips = states["before"]["clips"]
        if clips:
            print(f"{f'{side}, {clips} clips':28}{'before':>9}{'without':>9}{'tuned':>9}")
            for row in _correction_rows(states, tree):
                print(row)
            control = _percent(states["control"]["right"][tree.level_names[0]])
            print(f"  tuned as long with all of them {control} % right;", end=" ")
            print(f"{len(found['changed'][side])} clips change their answer")
    for name in found["emptied"]:
        print(f"note: {visible(name)} has no prototype left that speaks for it", file=sys.stderr)


def _correction_rows(states: dict[str, Any], tree: "Hierarchy") -> Iterator[str]:
    columns = [states[state] for state in ("before", "muted", "after")]
    for label, shown in (
        *((f"right {name}, %", [_percent(own["right"][name]) for own in columns]) for name in tree.level_names),
        *((f"own share of {name}", [_number(own["own"][name]) for own in columns]) for name in tree.level_names),
        ("severity of mistakes", [_number(own["severity"]) for own in columns]),
    ):
        yield f"  {label:26}" + "".join(f"{cell:>9}" for cell in shown)


def print_points(found: dict[str, Any]) -> None:
    """Print how well class points show their tree, in sentences: those that were kept and the others."""
    print(f"{found['nodes']} nodes in a ball of {found['width']} dimensions and curvature {found['curvature']:g}")
    for name, points in found["variants"].items():
        print(f"{name} points, made in {points['seconds']:.1f} s{', kept' if name == found['kept'] else ''}:")
        print(
            f"  parent edges: mean rank {_number(points['parent_edge_mean_rank'])},"
            f" MAP {_number(points['parent_edge_map'])}; closure MAP {_number(points['closure_map'])}"
        )
        print(
            f"  {_percent(points['leaf_to_parent_top1'])} % of leaves lie nearest to their own parent,"
            f" {_percent(points['leaf_to_grandparent_top1'])} % to their own topmost ancestor"
        )
        between = ", ".join(f"{kin} {_number(distance)}" for kin, distance in points["mean_distance"].items())
        print(f"  mean distance of leaves: {between}; leaf radii differ by {points['leaf_radius_spread']:.1g}")


def print_pointing(found: dict[str, Any]) -> None:
    """Print how often the strongest evidence of each level lies on its cue, and how often chance would."""
    for level, row in found.items():
        if row["n"]:
            on = ", ".join(f"{cue} {_percent(share)}" for cue, share in row["lies_on"].items())
            print(
                f"strongest evidence for the {level}: on its cue in {_percent(row['hits'])} % of {row['n']} clips,"
                f" chance {_percent(row['chance'])} %; it lies on: {on}"
            )


def print_curves(found: dict[str, Any]) -> None:
    """Print how probable nodes stay while cells go, and become while they come, in each order; percent."""
    for level, ways in found["levels"].items():
        for way, orders in ways.items():
            areas = ", ".join(f"{order} {_percent(row['area']['mean'])}" for order, row in orders.items())
            gain = orders["random"]["gain"]
            between = "[{:.1f}, {:.1f}]".format(*(100 * end for end in gain["interval"])) if gain["interval"] else "-"
            print(
                f"{way} for the {level}, area by order of {areas}; evidence is better than random by"
                f" {_percent(gain['mean'])} {between} over {gain['n']} clips"
            )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
