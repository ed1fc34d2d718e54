"""What a network says about a video from moment to moment: a window slides over it, and each is answered alone.

Made for reveal stories, `hprotopnet.pantomime.stories`, in which the evidence for grandparent, parent and child appears
one after the other. A trace is data: reading one needs neither torch nor the video.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import ClipSampling, instants, window_starts
from hprotopnet.data.pictures import centre_crop
from hprotopnet.data.video import probe, read_windows
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import back_off
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.tree import SHIPPED, Hierarchy, load_hierarchy

if TYPE_CHECKING:  # a first screen must not wait for torch
    from hprotopnet.models.network import HProtoPNet, Verdict

STEP = 0.2  # seconds from window to window: five answers a second look like motion
DIGITS = 4  # significant ones that are kept of every number
BATCH = 4  # windows a forward pass: more gains nothing on two cores
MOST = 256  # windows decoded at once, so that memory does not grow with the video
# Stories lie outside bundles, which share them: in the project, or where the app or training was started.
FILMS = tuple(root / "assets" / "pantomime" / "films" / "stories" for root in (SHIPPED.parent.parent, Path()))


@dataclass(frozen=True, eq=False)
class Trace:
    """What a network says about W windows of a video. Numbers have four significant digits.

    Attributes:
        video: name of the file, without suffix.
        label: true class, None where it is not known.
        sha256: hash of the file.
        span: how long a window is, in seconds.
        times: middle of each window, in seconds, shape (W,), ascending.
        nodes: names, in the order of the columns that follow.
        probabilities: of every node, (W, N).
        distances: ball distance to the point of every node, (W, N); (W, 0) for a network without a ball.
        frames: when each frame of the video is shown, in seconds, (F,); (0,) where no truth lies beside the video.
        visible: share of the picture that shows each of `stage.CUES`, by name, frame by frame, (F,) each.
    """

    video: str
    label: str | None
    sha256: str
    span: float
    times: np.ndarray
    nodes: tuple[str, ...]
    probabilities: np.ndarray
    distances: np.ndarray
    frames: np.ndarray
    visible: Mapping[str, np.ndarray]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return vars(self).copy()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Trace":
        """The inverse of `to_dict`; raises KeyError, TypeError or ValueError for anything else."""
        arrays = {name: np.array(data[name], float) for name in ("times", "probabilities", "distances", "frames")}
        visible = {cue: np.array(share, float) for cue, share in data["visible"].items()}
        read = cls(**data | arrays | {"nodes": tuple(data["nodes"]), "visible": visible})
        shape = len(read.times), len(read.nodes)
        fits = read.probabilities.shape == shape and read.distances.shape in (shape, (shape[0], 0))
        if not fits or any(share.shape != read.frames.shape for share in visible.values()):
            raise ValueError("its arrays do not fit each other")
        return read

    def columns(self, array: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Columns of `probabilities` or `distances` that belong to some nodes, in their order."""
        return array[:, [self.nodes.index(name) for name in names]]


def trace(
    model: "HProtoPNet", path: str | Path, clip: ClipConfig, label: str | None = None, step: float = STEP
) -> Trace:
    """Slide a window over a video and note what the network says about each, alone, as about any other clip.

    Windows start every `step` seconds; the last one ends with the video. Where a truth lies beside it, the trace holds
    when which cue is seen, and takes the class acted there for an unknown `label`, if it is one.
    Raises `InputError` when the video cannot be read.
    """
    from hprotopnet.data.dataset import sha256

    path, sampling = Path(path), ClipSampling(clip.frames, clip.fps)
    starts = window_starts(probe(path).duration, sampling.span, step)
    verdicts = list(
        tqdm(_verdicts(model, path, starts, sampling, clip.size), path.stem, len(starts), unit="window", delay=2)
    )
    frames, visible, acted = _truth(path)
    return Trace(
        video=path.stem,
        label=label or acted,
        sha256=sha256(path),
        span=sampling.span,
        times=_rounded(np.array(starts) + sampling.span / 2),
        nodes=model.hierarchy.nodes,
        probabilities=_rounded(np.stack([verdict.nodes[0].cpu() for verdict in verdicts])),
        distances=_rounded(np.stack([verdict.distances[0].cpu() for verdict in verdicts])),
        frames=frames,
        visible=visible,
    )


def answers(trace: Trace, hierarchy: Hierarchy, threshold: float) -> list[str | None]:
    """The back-off's answer for each window: the deepest node of at least this probability, None for "not sure"."""
    found = [back_off(row, hierarchy, threshold) for row in trace.columns(trace.probabilities, hierarchy.nodes)]
    return [hierarchy.nodes[node] if node >= 0 else None for node in found]


def true_path(trace: Trace, hierarchy: Hierarchy) -> tuple[str, ...]:
    """The true class and its ancestors, topmost first; raises `InputError` where the class is not known."""
    if trace.label is None:
        raise InputError(f"{trace.video}: what it shows is not known; copy its truth beside it")
    return tuple(hierarchy.nodes[node] for node in reversed(hierarchy.ancestors(hierarchy.index(trace.label))))


def first_times(trace: Trace, hierarchy: Hierarchy, threshold: float) -> dict[str, float | None]:
    """When each node of the true path, topmost first, is the answer for the first time, None if it never is.

    Being the answer is more than being likely: a parent that is above the threshold together with its child is not
    the answer, the child is. The time is the middle of the first such window, in seconds.
    """
    said = answers(trace, hierarchy, threshold)
    path = true_path(trace, hierarchy)
    return {name: float(trace.times[said.index(name)]) if name in said else None for name in path}


def revealed_in_order(trace: Trace, hierarchy: Hierarchy, threshold: float) -> bool:
    """Whether the answer grows along the true path: each of its nodes, from the topmost down to the class, is the
    answer of some window, and for the first time strictly later than the node above it, see `first_times`.

    Only first times count. Before, between and after them the network may answer anything, also "not sure", something
    wrong, or a node it gave before. A story whose class is answered at once is not revealed in order.
    """
    times = list(first_times(trace, hierarchy, threshold).values())
    return None not in times and all(above < below for above, below in pairwise(times))


def write_traces(bundle: Bundle, model: "HProtoPNet", videos: Sequence[str | Path]) -> None:
    """Trace some videos and store what was said in a bundle; the videos stay where they are."""
    for path in videos:
        found = trace(model, path, bundle.config.clip)
        write_json(bundle.folder / "showcase" / "traces" / f"{found.video}.json", found.to_dict())


def load_traces(bundle: Bundle) -> tuple[Trace, ...]:
    """The traces stored in a bundle, by name; raises `InputError` for one that cannot be read."""
    return tuple(_load(file) for file in sorted((bundle.folder / "showcase" / "traces").glob("*.json")))


def film_of(trace: Trace) -> Path | None:
    """The video that was traced, None where it is absent or another one by now."""
    for path in (folder / f"{Path(trace.video).name}.mp4" for folder in FILMS):
        if path.is_file():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == trace.sha256:
                    return path
    return None


def shipped_stories(hierarchy: Hierarchy) -> list[Path]:
    """Stories that a network of this tree can be asked about: those of its classes, if all are Pantomime's."""
    if not part_of_pantomime(hierarchy):
        return []
    films = {path.name: path for folder in reversed(FILMS) for path in folder.glob("*.mp4")}
    return [films[name] for name in sorted(films) if _truth(films[name])[2] in hierarchy.classes]


def part_of_pantomime(hierarchy: Hierarchy) -> bool:
    """Whether all names of a tree, ancestors included, are Pantomime's; single classes occur in other trees, too."""
    return set(hierarchy.nodes) <= set(load_hierarchy("pantomime").nodes)


def follow(bundle: Bundle, films: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """When each node of a story's true path became the answer, and whether in order, one row (JSON) a story.

    Raises `InputError` for a video that cannot be read, or whose class is not known or none of the bundle's.
    """
    hierarchy, threshold = bundle.hierarchy, bundle.config.threshold
    labels = [_label(film, hierarchy) for film in films]
    model = bundle.load_model()
    for film, label in zip(films, labels, strict=True):
        found = trace(model, film, bundle.config.clip, label)
        times = first_times(found, hierarchy, threshold)
        in_order = revealed_in_order(found, hierarchy, threshold)
        yield {"video": found.video, "label": found.label, "first_times": times, "in_order": in_order}


def _label(film: Path, hierarchy: Hierarchy) -> str:
    """The one class that a film shows, by the truth beside it; raises `InputError` when it is not one of the tree's."""
    from hprotopnet.pantomime.truth import load_summary

    acted = {label for *_, label in load_summary(film)[1]["segments"]}
    if len(acted) != 1:
        raise InputError(f"{film}: shows {len(acted)} classes, a story shows one; give stories")
    (label,) = acted
    if label not in hierarchy.classes:
        raise InputError(f"{film}: shows {label}, which the network does not know; give other stories")
    return label


def summary(rows: Sequence[dict[str, Any]], bundle: Bundle) -> dict[str, Any]:
    """The rows of `follow` as figures (JSON), with what they were measured by."""
    clip = bundle.config.clip
    by = {"threshold": bundle.config.threshold, "window_seconds": clip.frames / clip.fps, "step_seconds": STEP}
    return {"stories": len(rows), "in_order": sum(row["in_order"] for row in rows), **by, "rows": list(rows)}


def describe(row: dict[str, Any], hierarchy: Hierarchy) -> str:
    """A row of `follow` as a line to read."""
    parts = [
        f"{hierarchy.display[hierarchy.index(name)]} {'never' if time is None else f'at {time:.1f} s'}"
        for name, time in row["first_times"].items()
    ]
    return f"{row['video']}: {', '.join(parts)}{', in this order' if row['in_order'] else ''}"


def _verdicts(
    model: "HProtoPNet", path: Path, starts: Sequence[float], sampling: ClipSampling, size: int
) -> Iterator["Verdict"]:
    """What the network says about the window that begins at each start."""
    import torch

    from hprotopnet.explain.prototypes import model_input

    for first in range(0, len(starts), MOST):
        windows = [instants(start, sampling) for start in starts[first : first + MOST]]
        clips = [centre_crop(frames.images, size) for frames in read_windows(path, windows, size)]
        for row in range(0, len(clips), BATCH):
            with torch.inference_mode():
                inputs = torch.cat([model_input(model, clip) for clip in clips[row : row + BATCH]])
                verdict = model(inputs).verdict
            yield from (type(verdict)(*(part[i : i + 1] for part in verdict)) for i in range(len(inputs)))


def _truth(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray], str | None]:
    """Times of the frames, share of each cue in them, and the class acted, of the truth beside a video if there is one.

    Where several classes are acted there is no one label.
    """
    from hprotopnet.pantomime.stage import CUES
    from hprotopnet.pantomime.truth import load_truth, truth_path

    if not truth_path(path).is_file():
        return np.zeros(0), {}, None
    truth = load_truth(path)
    acted = {label for *_, label in truth.segments}
    visible = dict(zip(CUES, _rounded(truth.visible.T), strict=True))
    return _rounded(truth.times), visible, acted.pop() if len(acted) == 1 else None


def _rounded(values: np.ndarray) -> np.ndarray:
    """Values to the digits that are kept: rounded when measured, so that what is stored answers as what was said."""
    digits = [float(f"{value:.{DIGITS}g}") for value in np.ravel(values)]
    return np.array(digits, float).reshape(np.shape(values))


def _load(file: Path) -> Trace:
    data = read_json(file)
    try:
        return Trace.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file}: not a stored trace of this version; make the bundle again") from error
