"""What all command lines share: one line on stderr and exit code 2 for bad input, readable summaries."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
import typer.exceptions

from hprotopnet.errors import InputError


def new_app() -> typer.Typer:
    """A command line whose errors are plain lines of text."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def run(app: Callable[[], Any]) -> None:
    """Run a command line; bad input, `InputError` or a misused option, becomes one line on stderr and exit code 2."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    try:
        sys.exit(app(standalone_mode=False))
    except InputError as error:
        _refuse(f"{error} ({error.command})" if error.command else str(error))
    except typer.exceptions.TyperException as error:
        _refuse(f"{error.format_message()} See --help.")
    except OSError as error:  # a full disk, a file that went away
        _refuse(f"{error.filename or 'a file'}: {error.strerror or error}; make room or check it")
    except (KeyboardInterrupt, typer.Abort):
        print("stopped; start the same command again to go on", file=sys.stderr)
        sys.exit(130)


def _refuse(message: str) -> NoReturn:
    line = "".join(c if c.isprintable() else " " for c in message)  # file names may hold line breaks
    print(f"error: {line}", file=sys.stderr)
    sys.exit(2)


def run_command(command: Callable[..., None]) -> None:
    """Run a script that is a single command."""
    app = new_app()
    app.command()(command)
    run(app)


def print_figures(figures: dict[str, Any]) -> None:
    """Print the figures of an evaluation as a table, percent with one decimal."""
    columns = ("accuracy", "sibling", "cousin", "p_sibling_given_error", "mistake_severity")
    print(f"{figures['n']['clips']} clips of {figures['n']['videos']} videos")
    print(f"{'':20}{'class':>8}{'sibling':>9}{'cousin':>8}{'P(sib|err)':>12}{'severity':>10}")
    for name in ("clip", "video_majority", "video_mean_softmax"):
        *shares, severity = (figures[name][column] for column in columns)
        cells = [_percent(share).rjust(width) for share, width in zip(shares, (8, 9, 8, 12), strict=True)]
        print(f"{name:20}{''.join(cells)}{'-' if severity is None else f'{severity:.2f}':>10}")
    back_off = figures["back_off"]
    print(
        f"calibration error {_percent(figures['ece'])}; at threshold {figures['threshold']:g}"
        f" {_percent(back_off['leaf'])} end at a class ({_percent(back_off['leaf_accuracy'])} right),"
        f" {_percent(back_off['ancestor'])} at an ancestor, {_percent(back_off['root'])} are not sure"
    )


def print_pointing(found: dict[str, Any]) -> None:
    """Print how often the strongest evidence of each level lies on its cue, and how often chance would."""
    for level, row in found.items():
        if row["n"]:
            on = ", ".join(f"{cue} {_percent(share)}" for cue, share in row["lies_on"].items())
            print(
                f"strongest evidence for the {level}: on its cue in {_percent(row['hits'])} % of {row['n']} clips,"
                f" chance {_percent(row['chance'])} %; it lies on: {on}"
            )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
