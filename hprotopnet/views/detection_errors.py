"""Kinds of error of a detector, as a chart, and examples of each in videos that can be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hprotopnet.evaluation.detection import detection_map
from hprotopnet.evaluation.detection_errors import KINDS, DetectionErrors, detection_errors, tiou
from hprotopnet.temporal.annotations import coarse_of, truth_of
from hprotopnet.temporal.config import Rule
from hprotopnet.temporal.detection import detect_all
from hprotopnet.views.charts import axis, hue, layout, percent
from hprotopnet.views.detected import FINE, TRUTH, Detected, Stretch

OVERLAP = 0.3  # at which kinds are told apart
MISSED = "missed"
TOLD = {
    "right": "right",
    "double": "found twice",
    "sibling": "a sibling's label",
    "other": "another class's label",
    "localisation": "badly placed",
    "confusion": "label and place wrong",
    "background": "nothing there",
    MISSED: "missed",
}
EXPLAINED = {
    "right": "It overlaps a true segment of its class enough, and is the surest to do so.",
    "double": "It overlaps a true segment that a surer one had found already.",
    "sibling": "It overlaps a true segment of a sibling enough: the milder mistake.",
    "other": "It overlaps a true segment of a class of another family enough.",
    "localisation": "It overlaps a true segment of its own class, but too little.",
    "confusion": "It overlaps a true segment of another class, and too little.",
    "background": "It overlaps hardly anything that is true.",
    MISSED: "A true segment that nothing of its class overlaps enough.",
}
EXAMPLES = 4  # of each kind


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a detector gets wrong in some videos.

    Attributes:
        names: of the videos.
        errors: kinds of what was found, see `evaluation.detection_errors`.
        fine, coarse: mean average precision at `OVERLAP`; NaN where nothing is true.
        missed: video and true segment of each that nothing found.
        examples: by kind, video and stretch, the surest first.
    """

    names: tuple[str, ...]
    errors: DetectionErrors
    fine: float
    coarse: float
    examples: dict[str, tuple[tuple[str, Stretch], ...]]


def diagnose(videos: Sequence[Detected], rule: Rule, shown: Sequence[str]) -> Diagnosis:
    """Compare what is found in videos with what is true.

    Args:
        shown: names of those that examples may come from.
    """
    names, tree = tuple(own.video.name for own in videos), videos[0].hierarchy
    found = detect_all([own.scores for own in videos], [own.video.rate for own in videos], rule)
    truth, parents = truth_of([own.video for own in videos]), coarse_of(tree)
    errors = detection_errors(found, truth, parents, OVERLAP)
    fine = detection_map(found, truth, len(parents), [OVERLAP]).average
    above = (own.with_labels(parents) for own in (found, truth))
    coarse = detection_map(*above, int(parents.max()) + 1, [OVERLAP]).average
    examples: dict[str, list[tuple[str, Stretch]]] = {kind: [] for kind in TOLD}
    own = errors.found
    for row, kind in enumerate(errors.kinds.tolist()):
        name = names[own.videos[row]]
        if name in shown and len(examples[KINDS[kind]]) < EXAMPLES:
            stretch = Stretch(FINE, int(own.labels[row]), *own.times[row].tolist(), float(own.scores[row]))
            examples[KINDS[kind]].append((name, stretch))
    examples[MISSED] = [row for row in _missed(errors, truth, names) if row[0] in shown][:EXAMPLES]
    return Diagnosis(names, errors, fine, coarse, {kind: tuple(rows) for kind, rows in examples.items()})


def _missed(errors: DetectionErrors, truth: Any, names: Sequence[str]) -> list[tuple[str, Stretch]]:
    """True segments that nothing which is right overlaps enough."""
    own, right = errors.found, errors.kinds == KINDS.index("right")
    rows = []
    for video, label, times in zip(truth.videos.tolist(), truth.labels.tolist(), truth.times, strict=True):
        met = right & (own.videos == video) & (own.labels == label)
        if not (tiou(own.times[met], times[None]) >= OVERLAP).any():
            rows.append((names[video], Stretch(TRUTH, label, *times.tolist())))
    return rows


def draw_errors(own: Diagnosis, dark: bool = False) -> dict[str, Any]:
    """Shares of the kinds as bars, and the share of true segments that were missed."""
    shares = {kind: own.errors.shares[kind] or 0.0 for kind in KINDS} | {MISSED: own.errors.missed or 0.0}
    counts = np.bincount(own.errors.kinds, minlength=len(KINDS)).tolist()
    names = [TOLD[kind] for kind in shares]
    found = layout(dark, 290)
    found["xaxis"] = axis("share", range=[0, 1.35 * max(0.1, *shares.values())], tickformat=".0%")
    found["yaxis"] = axis("", showgrid=False, autorange="reversed")
    said = [f"{percent(share)}" for share in shares.values()]
    told = [f"<b>{TOLD[kind]}</b>: {count} of what was found" for kind, count in zip(KINDS, counts, strict=True)]
    told.append(f"<b>{TOLD[MISSED]}</b>: {said[-1]} of what is true")
    colours = [hue(0 if kind == "right" else 2 if kind == MISSED else 1, dark) for kind in shares]
    patterns = ["" if kind == "right" else "x" if kind == MISSED else "/" for kind in shares]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": list(shares.values()),
        "y": names,
        "text": said,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": told,
        "hoverinfo": "text",
        "marker": {"color": colours, "pattern": {"shape": patterns, "size": 6}},
    }
    return {"data": [bars], "layout": found}
