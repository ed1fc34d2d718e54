"""What a network says about a video from moment to moment: a window slides over it, and each is answered alone.

Made for reveal stories, `hprotopnet.pantomime.stories`, in which the evidence for grandparent, parent and child appears
one after the other. A trace is data: reading one needs neither torch nor the video.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.inside import AGAIN, listed
from hprotopnet.bundles.laws import check_trace, naming
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import covered, instants, lead, window_starts
from hprotopnet.data.pictures import centre_crop, sha256
from hprotopnet.data.video import probe, reading
from hprotopnet.errors import InputError
from hprotopnet.files import printable, read_json, write_json
from hprotopnet.pantomime import shipped
from hprotopnet.structure import structure

if TYPE_CHECKING:  # a first screen must not wait for torch
    from hprotopnet.models.network import HProtoPNet, Output

STEP = 0.2  # seconds from window to window: five answers a second look like motion
DIGITS = 4  # significant ones that are kept of every number
BATCH = 4  # windows a forward pass: more gains nothing on two cores
MOST_STORED, MOST_BYTES = 64, 4 * 2**20  # traces in a bundle, and bytes of one
MOST = 256  # windows decoded at once, so that memory does not grow with the video


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
    times: NDArray[np.float64]
    nodes: tuple[str, ...]
    probabilities: NDArray[np.float64]
    distances: NDArray[np.float64]
    frames: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    visible: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        windows, nodes = len(self.times), len(self.nodes)
        fits = self.times.ndim == self.frames.ndim == 1 and self.probabilities.shape == (windows, nodes)
        fits = fits and self.distances.shape in ((windows, nodes), (windows, 0))
        if not (fits and all(share.shape == self.frames.shape for share in self.visible.values())):
            raise InputError(f"the arrays of trace {self.video} do not fit each other; make it again")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, read by `structure`."""
        return vars(self).copy()

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
    path, name = Path(path), printable(Path(path).stem)
    duration = probe(path).duration
    span = covered(duration, clip)
    begins = window_starts(duration, span, step)
    outputs = list(tqdm(_outputs(model, path, begins, clip, span), name, len(begins), unit="window", delay=2))
    frames, visible, acted = truth_beside(path)
    return Trace(
        video=name,
        label=label or acted,
        sha256=sha256(path),
        span=span,
        times=rounded(np.array(begins) + span / 2),
        nodes=model.hierarchy.nodes,
        probabilities=rounded(np.stack([output.nodes[0].cpu() for output in outputs])),
        distances=rounded(np.stack([output.distances[0].cpu() for output in outputs])),
        frames=frames,
        visible=visible,
    )


def write_traces(bundle: Bundle, model: "HProtoPNet", videos: Sequence[str | Path]) -> None:
    """Trace some videos and store what was said in a bundle; the videos stay where they are.

    One that is a single window has no moments to tell apart, and is left out.
    """
    for path in videos:
        found = trace(model, path, bundle.config.clip)
        if len(found.times) > 1:
            write_json(bundle.folder / "showcase" / "traces" / f"{found.video}.json", found.to_dict())


def load_traces(bundle: Bundle) -> tuple[Trace, ...]:
    """The traces stored in a bundle, by name; raises `InputError` for one that cannot be read."""
    return tuple(_load(bundle, name) for name in listed(bundle.folder, "showcase/traces/*.json", MOST_STORED))


def film_of(trace: Trace) -> Path | None:
    """The video that was traced, None where it is absent or another one by now."""
    for path in (folder / f"{Path(trace.video).name}.mp4" for folder in shipped.FILMS):
        if os.path.isfile(path) and sha256(path) == trace.sha256:
            return path
    return None


def _outputs(
    model: "HProtoPNet", path: Path, begins: Sequence[float], clip: ClipConfig, span: float
) -> Iterator["Output"]:
    """What the network says about the windows that begin at some instants."""
    for clips in clips_along(path, begins, clip, MOST, span):
        for row in range(0, len(clips), BATCH):
            output = said_of(model, clips[row : row + BATCH])
            yield from (type(output)(*(part[i : i + 1] for part in output)) for i in range(len(output.nodes)))


def clips_along(
    path: Path, begins: Sequence[float], clip: ClipConfig, most: int, span: float | None = None
) -> Iterator[list[np.ndarray]]:
    """The windows of a video that begin at some instants, which ascend, as the network sees them, `most` at a time.

    Nothing is decoded twice, wherever windows overlap. Each window is uint8 of shape (T, S, S, 3); by segments it shows
    what lies in their middles.

    Args:
        span: seconds that a window covers; by default as many as a clip can.
    """
    span = clip.span if span is None else span
    windows = [instants(begin + lead(clip, span), clip, span) for begin in begins]
    frames: dict[float, np.ndarray] = {}
    with reading(path, clip.size) as read:
        for first in range(0, len(windows), most):
            own = windows[first : first + most]
            last = own[-1][-1]
            near = windows[first : bisect_right(begins, last)]  # what later ones share with these is read with them
            wanted = {instant for window in near for instant in window if instant <= last}
            new = sorted(wanted - frames.keys())
            frames = {instant: frames[instant].copy() for instant in wanted & frames.keys()}  # and lets the others go
            if new:
                frames |= zip(new, centre_crop(read(new).images, clip.size), strict=True)
            yield [np.stack([frames[instant] for instant in window]) for window in own]


def said_of(model: "HProtoPNet", clips: Sequence[np.ndarray]) -> "Output":
    """What the network says about some windows, which pass it together."""
    import torch

    from hprotopnet.explain.prototypes import model_input

    with torch.inference_mode():
        return model(torch.cat([model_input(model, clip) for clip in clips])).output


def truth_beside(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray], str | None]:
    """Times of the frames, share of each cue in them, and the class acted, of the truth beside a video if there is one.

    Raises `InputError` for a truth that cannot be read. Where several classes are acted there is no one label.
    """
    from hprotopnet.pantomime.stage import CUES
    from hprotopnet.pantomime.truth import load_truth, truth_path

    if not os.path.isfile(truth_path(path)):  # a name may be too long for it
        return np.zeros(0), {}, None
    truth = load_truth(path)
    acted = {label for *_, label in truth.segments}
    visible = dict(zip(CUES, rounded(truth.visible.T), strict=True))
    return rounded(truth.times), visible, acted.pop() if len(acted) == 1 else None


def rounded(values: np.ndarray) -> np.ndarray:
    """Values to the digits that are kept: rounded when measured, so that what is stored answers as what was said."""
    digits = [float(f"{value:.{DIGITS}g}") for value in np.ravel(values)]
    return np.array(digits, float).reshape(np.shape(values))


def _load(bundle: Bundle, name: str) -> Trace:
    file = bundle.part(name, MOST_BYTES)
    found = structure(read_json(file), Trace, file, AGAIN)
    with naming(file, AGAIN):
        check_trace(found, bundle.hierarchy)
    return found
