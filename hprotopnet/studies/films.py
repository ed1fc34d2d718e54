"""A film of any length, window after window: what a network says is written down as it goes, and goes on from there.

A film is never held as a whole: so many windows are decoded at once as fit into `HELD`, each is answered alone as any
other clip is, and only the answers are kept. They go into a `Record`, a file of a line a window; whoever is stopped
finds there what was said, and the rest comes out as if nothing had happened: windows pass the network in the same
company.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.traces import BATCH, Trace, clips_along, rounded, said_of, truth_beside
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import covered, window_starts
from hprotopnet.data.messages import VideoInfo
from hprotopnet.data.pictures import sha256
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.files import check_regular, printable, write_bytes, writing
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.studies.stories import answers

if TYPE_CHECKING:  # a page must not wait for torch
    from hprotopnet.models.network import HProtoPNet

VERSION = 1  # of what a record holds; raise it when the same windows are answered otherwise
MOST_SECONDS = 3600.0  # that are traced at once
MANY = 1200  # windows from which on they stand farther apart, unless somebody wants them nearer
MOST_WINDOWS, LEAST_STRIDE = 40_000, 0.04  # seconds from window to window, a frame at 25 a second
HELD = 64 * 2**20  # bytes of pixels that are decoded at once
MOST_LINE = 2**22  # bytes of a record's line


@dataclass(frozen=True)
class Plan:
    """Which windows of which film are shown to which network: what makes a record this one and no other.

    Attributes:
        sha256: hash of the film.
        network: of all that decides what the network says.
        span: how long a window is, in seconds.
        begin, end: which part of the film is traced, in seconds.
        stride: seconds from window to window; the last one moves back to end with the part.
    """

    sha256: str
    network: str
    span: float
    begin: float
    end: float
    stride: float

    @property
    def starts(self) -> tuple[float, ...]:
        """When each window begins, in seconds."""
        own = window_starts(self.end - self.begin, self.span, self.stride)
        return tuple(round(self.begin + start, 6) for start in own)

    @property
    def key(self) -> str:
        """A name for files of it."""
        return hashlib.sha256(repr(asdict(self)).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Segment:
    """Windows in a row with the same answer.

    Attributes:
        node: the answer; None for "not sure".
        start, end: in seconds of the film; the next segment starts where this one ends.
        probability: the highest that the answer has in these windows; of "not sure" the highest of any class.
        moment: the middle of the window in which it has it.
    """

    node: str | None
    start: float
    end: float
    probability: float
    moment: float


def plan_of(
    bundle: Bundle, film: Path, begin: float | None = None, end: float | None = None, stride: float | None = None
) -> Plan:
    """What tracing a film, or a part of it, takes; raises `InputError` for what cannot be traced.

    Args:
        begin, end: in seconds; the whole film by default.
        stride: seconds from window to window; `usual_stride` by default.
    """
    info, clip = probe(film), bundle.config.clip
    first, last = part_of(info, film, begin, end)
    step = usual_stride(last - first, clip) if stride is None else stride
    if not LEAST_STRIDE <= step <= MOST_SECONDS:
        raise InputError(f"stride is {step:g} s; give {LEAST_STRIDE:g} or more")
    if (last - first) / step > MOST_WINDOWS:
        raise InputError(f"stride of {step:g} s gives more than {MOST_WINDOWS:,} windows; give a longer one")
    return Plan(sha256(film), identity(bundle), covered(last - first, clip), first, last, float(step))


def part_of(info: VideoInfo, film: Path, begin: float | None, end: float | None) -> tuple[float, float]:
    """From when to when a film is traced, in seconds; raises `InputError` where there is no such part of it."""
    first = 0.0 if begin is None else float(begin)
    last = info.duration if end is None else min(float(end), info.duration)
    if not (math.isfinite(first) and math.isfinite(last) and 0 <= first < last):
        raise InputError(f"{film}: lasts {info.duration:.1f} s, so it has no part from {first:g} to {last:g} s")
    if last - first > MOST_SECONDS:
        raise InputError(
            f"{film}: {(last - first) / 60:.0f} minutes are more than can be traced at once; choose an hour of it at"
            " most",
            "--start and --end",
        )
    return round(first, 6), round(last, 6)


def usual_stride(seconds: float, clip: ClipConfig) -> float:
    """Half a window, so that everything is seen twice; of long films so much that there are about `MANY` windows."""
    return round(max(covered(seconds, clip) / 2, seconds / MANY, LEAST_STRIDE), 2)


def identity(bundle: Bundle) -> str:
    """Hash of all that decides what a bundle's network says about pixels."""
    from hprotopnet.data.versions import versions

    return _hashed((*_deciding(bundle), sorted(versions().items()), VERSION))


def network_identity(bundle: Bundle) -> str:
    """The same for pixels as a network is given them, however they were decoded; needs no torch."""
    return _hashed(_deciding(bundle))


def _deciding(bundle: Bundle) -> tuple:
    weights = sha256(bundle.folder / "weights.safetensors"), sha256(bundle.folder / "points.npz")
    meta = [bundle.meta.get(name) for name in ("backbone", "temperature", "normalisation")]
    own = (weights, repr(bundle.config.model), repr(bundle.config.clip), json.dumps(meta, sort_keys=True))
    return own, bundle.hierarchy.nodes


def _hashed(own: tuple) -> str:
    return hashlib.sha256(repr(own).encode()).hexdigest()[:24]


class Record:
    """What a network said about the windows of a plan so far: in memory, and in a file where there is one.

    Attributes:
        plan: which windows.
        probabilities: of every node, (W, N); those of the first `done` windows count.
        distances: to every node's point, (W, N), or (W, 0) without a ball; likewise.
        done: windows that were answered.
    """

    def __init__(self, plan: Plan, nodes: int, ball: bool, file: Path | None = None):
        self.plan, self.file, self.done = plan, file, 0
        self.starts = plan.starts
        self.probabilities = np.zeros((len(self.starts), nodes))
        self.distances = np.zeros((len(self.starts), nodes if ball else 0))
        if file:
            self._open(file)

    @property
    def whole(self) -> bool:
        """Whether every window was answered."""
        return self.done == len(self.starts)

    def add(self, probabilities: np.ndarray, distances: np.ndarray) -> None:
        """Write down what was said about the next windows, and only then count them."""
        rows = slice(self.done, self.done + len(probabilities))
        self.probabilities[rows], self.distances[rows] = rounded(probabilities), rounded(distances)
        lines = [_line(self.probabilities[row], self.distances[row]) for row in range(rows.start, rows.stop)]
        if self.file:
            with writing(self.file), open(self.file, "ab") as file:
                file.write(b"".join(lines))
        self.done = rows.stop

    def _open(self, file: Path) -> None:
        """Read what is there; what was cut short goes, and so do windows that came before the rest of their batch."""
        own = {"format": VERSION, **asdict(self.plan)}
        if not os.path.lexists(file):
            write_bytes(file, json.dumps(own).encode() + b"\n")
            return
        check_regular(file)
        with writing(file), open(file, "r+b") as lines:
            _check_same(own, lines.readline(MOST_LINE), file)
            ends = [lines.tell()]
            while not self.whole and self._take(lines):
                ends.append(lines.tell())
            self.done = self.done if self.whole else self.done - self.done % BATCH
            lines.truncate(ends[self.done])

    def _take(self, lines: IO[bytes]) -> bool:
        """Read the next window; False where there is none, or not a whole one."""
        line = lines.readline(MOST_LINE)
        try:
            found = json.loads(line) if line.endswith(b"\n") else {}
            probabilities, distances = (np.array(found[name], float) for name in ("probabilities", "distances"))
            sound = np.isfinite(probabilities).all() and np.isfinite(distances).all()
            fits = probabilities.shape == self.probabilities.shape[1:] and distances.shape == self.distances.shape[1:]
        except (ValueError, TypeError, LookupError, RecursionError):
            return False
        if not (sound and fits):
            return False
        self.probabilities[self.done], self.distances[self.done] = probabilities, distances
        self.done += 1
        return True


def _line(probabilities: np.ndarray, distances: np.ndarray) -> bytes:
    own = {"probabilities": probabilities.tolist(), "distances": distances.tolist()}
    return json.dumps(own, separators=(",", ":")).encode() + b"\n"


def _check_same(own: dict[str, Any], line: bytes, file: Path) -> None:
    """Raise `InputError` where a record is of another film, another network or other settings."""
    said = {"sha256": "another video", "network": "another network", "format": "another version of this program"}
    try:
        found = json.loads(line)
        other = next((name for name in own if found[name] != own[name]), None)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise InputError(f"{file}: is no trace that was begun here; choose another folder", "--out") from error
    if other:
        what = said.get(other, f"other settings ({other} is {found[other]} there and {own[other]} here)")
        raise InputError(f"{file}: was begun with {what}; remove it or choose another folder", "--out")


def follow_film(model: "HProtoPNet", film: Path, clip: ClipConfig, record: Record) -> Iterator[int]:
    """Answer the windows that a record lacks; yields how many are done after each few, and may be left at any time.

    Raises `InputError` when the film cannot be read.
    """
    if record.whole:
        return
    count = _at_once(probe(film), clip, record.plan)
    for clips in clips_along(film, record.starts[record.done :], clip, count, record.plan.span):
        for row in range(0, len(clips), BATCH):
            output = said_of(model, clips[row : row + BATCH])
            record.add(output.nodes.cpu().numpy(), output.distances.cpu().numpy())
            yield record.done


def _at_once(info: VideoInfo, clip: ClipConfig, plan: Plan) -> int:
    """How many windows are decoded together: whole batches, and no more pixels than `HELD`."""
    sides = sorted((info.width, info.height))
    frame = 3 * clip.size**2 * sides[1] / sides[0]
    shared = 1.0 if clip.per_segment else min(1.0, plan.stride / plan.span)
    own = clip.frames * shared * frame + clip.frames * frame  # read once, and cut out
    return max(1, int(HELD / own) // BATCH) * BATCH


def trace_of(record: Record, hierarchy: Hierarchy, film: Path | None, name: str = "") -> Trace:
    """What was said so far, as a trace; with the truth where it lies beside the film and is of this tree.

    Args:
        film: None where nothing lies beside it.
        name: of the film; that of its file by default.
    """
    frames, visible, acted = truth_beside(film) if film else (np.zeros(0), {}, None)
    return Trace(
        video=name or printable(film.stem),
        label=acted if acted in hierarchy.classes else None,
        sha256=record.plan.sha256,
        span=record.plan.span,
        times=rounded_times(record.starts[: record.done], record.plan.span),
        nodes=hierarchy.nodes,
        probabilities=record.probabilities[: record.done].copy(),
        distances=record.distances[: record.done].copy(),
        frames=frames,
        visible=visible,
    )


def rounded_times(starts: Sequence[float], span: float) -> np.ndarray:
    """Middles of windows, to the millisecond: four digits would be seconds at the end of an hour."""
    return np.round(np.array(starts, float) + span / 2, 3)


def segments(
    trace: Trace, hierarchy: Hierarchy, threshold: float, begin: float = 0.0, end: float = math.inf
) -> tuple[Segment, ...]:
    """The answers of a trace as stretches of time that follow one another, "not sure" among them.

    An answer lasts from half way to the window before until half way to the next: from `begin`, or where the first
    window begins, until `end`, or where the last one does.
    """
    if not len(trace.times):
        return ()
    said = answers(trace, hierarchy, threshold)
    low, high = max(begin, trace.times[0] - trace.span / 2), min(end, trace.times[-1] + trace.span / 2)
    cuts = [low, *((trace.times[1:] + trace.times[:-1]) / 2).tolist(), max(high, low)]
    runs = [list(run) for _, run in groupby(range(len(said)), said.__getitem__)]
    return tuple(_segment(trace, hierarchy, said[run[0]], run, cuts) for run in runs)


def _segment(
    trace: Trace, hierarchy: Hierarchy, node: str | None, run: Sequence[int], cuts: Sequence[float]
) -> Segment:
    shares = trace.columns(trace.probabilities[run], [node] if node else hierarchy.classes).max(1)
    best = int(shares.argmax())
    ends = float(cuts[run[0]]), float(cuts[run[-1] + 1])
    return Segment(node, *ends, float(shares[best]), float(trace.times[run[best]]))
