"""The command `correct`: what its options mean."""

import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.similarities import Similarities, computing, load_similarities
from hprotopnet.corrections.correct import compute, correct, keep
from hprotopnet.corrections.marks import numbers, parse_numbers, read_log
from hprotopnet.errors import InputError


def similarities_of(bundle: Bundle, data: Path | None, split: Path | None) -> Similarities:
    """What the head reads of each clip: of the videos in `data` if given, otherwise what is kept of them.

    Raises `InputError` where nothing is kept, and for a network without prototypes.
    """
    if data:
        return compute(bundle, data, split)
    if not bundle.prototypes:
        raise InputError(f"{bundle.folder}: its network has no prototypes, so there is nothing to leave out")
    found = load_similarities(bundle)
    if found is None:
        raise InputError(
            f"{bundle.folder}: what it found in its training clips is not kept; name its videos", computing(bundle)
        )
    return found


def corrected(bundle: Bundle, found: Similarities, without: str, log: Path | None, out: Path | None) -> dict[str, Any]:
    """Correct a network by a list of numbers, a log or both, and write it if `out` is given; what came of it (JSON)."""
    marks = read_log(log, bundle).marks if log else ()
    chosen = sorted({*parse_numbers(without, bundle), *numbers(marks)})
    if not chosen:
        raise InputError(
            f"{bundle.folder}: nothing is to be left out; name prototypes", "--without 12,57, or --log FILE"
        )
    with tqdm(total=100, desc="correct", unit="%", delay=2, file=sys.stderr) as bar:
        outcome = correct(bundle, found, chosen, lambda share, what: bar.update(round(100 * share) - bar.n))
    if out:
        keep(bundle, outcome, found, marks, out)
    return {"of": bundle.name, **outcome.to_dict(bundle)}
