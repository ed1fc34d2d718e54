"""A traced film as files: the trace as data, tables of probabilities and of answers, and a picture of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import Trace
from hprotopnet.data.video import probe
from hprotopnet.files import write_bytes, write_json
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.studies.films import Record, Segment, follow_film, plan_of, segments, trace_of
from hprotopnet.views.timeline import timeline
from hprotopnet.views.traced import name_of, under
from hprotopnet.views.words import probability
from hprotopnet.writers import sole_writer

RECORD = "windows.jsonl"  # what was said so far, in the folder


def trace_film(
    bundle: Bundle, film: Path, out: Path, begin: float | None, end: float | None, stride: float | None
) -> Iterator[str]:
    """Trace a film, or go on where it was stopped, write the files, and yield what was found, line by line.

    Raises `InputError` when the film cannot be read, or the folder holds the trace of something else.
    """
    plan, hierarchy = plan_of(bundle, film, begin, end, stride), bundle.hierarchy
    with sole_writer(out, wait=True):
        record = Record(plan, len(hierarchy.nodes), bundle.config.model.head != "fc", out / RECORD)
        if record.done:
            yield f"{record.done} of {len(record.starts)} windows were there already"
        _finish(bundle, film, record)
        trace = trace_of(record, hierarchy, film)
        found = segments(trace, hierarchy, bundle.config.threshold, plan.begin, plan.end)
        write_trace(trace, hierarchy, found, bundle.config.threshold, out)
    seconds = plan.end - plan.begin
    yield f"{trace.video}: {len(trace.times)} windows of {plan.span:.2f} s in {seconds:.1f} s, {plan.stride:g} s apart"
    yield from map(_described, _named(found, hierarchy))
    if damage := probe(film).damage:
        yield f"note: the video is damaged: {damage}"
    yield f"written to {out}"


def _finish(bundle: Bundle, film: Path, record: Record) -> None:
    """Answer what is left of a film, with progress."""
    if record.whole:
        return
    model = bundle.load_model()
    with tqdm(total=len(record.starts), initial=record.done, desc="film", unit="window", delay=2) as bar:
        for done in follow_film(model, film, bundle.config.clip, record):
            bar.update(done - bar.n)


def write_trace(trace: Trace, hierarchy: Hierarchy, found: Sequence[Segment], threshold: float, out: Path) -> None:
    """Write a trace and its segments at a threshold into a folder: two tables, a picture, and the trace as data."""
    write_json(out / "trace.json", trace.to_dict())
    rows = ([f"{time:.3f}", *row] for time, row in zip(trace.times, trace.probabilities.tolist(), strict=True))
    write_bytes(out / "probabilities.csv", _table(["seconds", *trace.nodes], rows))
    write_bytes(out / "segments.csv", segments_table(found, hierarchy))
    below = under(trace, hierarchy, found, threshold)
    drawn = timeline(trace.video, below, found[0].start, found[-1].end, threshold)
    write_bytes(out / "timeline.svg", drawn.encode(errors="replace"))


def segments_table(found: Sequence[Segment], hierarchy: Hierarchy) -> bytes:
    """Segments as CSV: from and to in seconds, the answer, its level, its name in the tree and its probability."""
    rows = (
        [
            *(f"{time:.3f}" for time in (own.start, own.end)),
            name_of(own.node, hierarchy),
            hierarchy.level_names[hierarchy.levels[hierarchy.index(own.node)]] if own.node else "",
            own.node or "",
            f"{own.probability:.4g}" if own.node else "",
        ]
        for own in found
    )
    return _table(["from", "to", "answer", "level", "node", "probability"], rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode(errors="replace")


def _named(found: Sequence[Segment], hierarchy: Hierarchy) -> Iterator[tuple[Segment, str]]:
    return ((own, name_of(own.node, hierarchy)) for own in found)


def _described(named: tuple[Segment, str]) -> str:
    own, name = named
    chance = f", {probability(own.probability)}" if own.node else ""
    return f"{own.start:8.1f} to {own.end:.1f} s  {name}{chance}"
