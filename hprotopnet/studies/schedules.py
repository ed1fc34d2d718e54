"""Does the project's schedule of extremal perturbations lose anything? Both schedules on the same clips and areas.

Each seeks masks of all areas for the true class of a clip, on one network, in one run, one after the other. The score
of a mask is the probability of the class where just its area of the clip is kept, the mask cut to exactly that area.
Seconds are of the clock and of the processor: the latter say more where others compute on the same machine.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.attribution.asked import AREAS
from hprotopnet.attribution.methods import attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.data.dataset import middle_clip, spread
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import estimate
from hprotopnet.files import read_json, write_json
from hprotopnet.studies.evaluate import side_of

SCHEDULES = ("levels", "published")
CLOSE = 0.02  # scores that differ by less are taken as equal
TENTH = 0.1  # of the seconds of the published schedule, at most


def schedule_study(
    bundle: Bundle,
    data: Path,
    keep: Path,
    clips: int = 10,
    method: str = "step",
    areas: Sequence[float] = AREAS,
    iterations: int = 0,
    batch: int = len(AREAS),
    side: str = "test",
) -> dict[str, Any]:
    """Both schedules on clips of one side of a folder, evenly spread, and what it comes to (JSON); see `summary`.

    Args:
        keep: JSON file of results, written after each clip; a study that was stopped goes on behind what lies there.
        method: "ep2d", "ep3d" or "step".
        iterations: of the published schedule; 0 for its 2,000.
        batch: masks that go through the network at a time in the published schedule.

    Raises `InputError` where `keep` holds the results of another study.
    """
    videos = spread(side_of(bundle, data, None, side)[2], clips)
    asked = {"method": method, "areas": list(areas), "iterations": iterations, "batch": batch}
    about = {"network": bundle.name, "videos": [video.name for video in videos], **asked}
    rows, subject = _kept(keep, about), PrototypeSubject(bundle.load_model(), bundle.config.clip, bundle.name)
    for video in tqdm(videos[len(rows) :], desc="schedules", unit="clip", initial=len(rows), total=len(videos)):
        rows.append(compare(subject, video, asked))
        write_json(keep, {"about": about, "summary": summary(rows), "rows": rows})
    return {"about": about, "summary": summary(rows), "rows": rows}


def _kept(keep: Path, about: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows that lie in the file of an earlier run of the same study."""
    if not keep.exists():
        return []
    found = read_json(keep)
    if not isinstance(found, dict) or found.get("about") != about:
        raise InputError(f"{keep}: holds results of another study; choose another --json, or remove it")
    return found["rows"]


def compare(subject: PrototypeSubject, video: Video, asked: dict[str, Any]) -> dict[str, Any]:
    """What both schedules find in the middle clip of a video, and in which time."""
    clip, areas = middle_clip(video, subject.clip), tuple(asked["areas"])
    extra = {"levels": {}, "published": {"iterations": asked["iterations"], "batch": asked["batch"]}}
    row: dict[str, Any] = {"video": video.name, "group": video.group, "target": video.label}
    for schedule in SCHEDULES:
        began, spent = time.perf_counter(), time.process_time()
        found = attribute(
            subject, clip, video.label, asked["method"], areas=areas, schedule=schedule, **extra[schedule]
        )
        row[schedule] = {
            "seconds": time.perf_counter() - began,
            "processor_seconds": time.process_time() - spent,
            **found.figures,
        }
    return row


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over clips, for each area: the mean score of both schedules, their difference (ours less the published), how
    many clips differ by less than `CLOSE`, and in how many ours is lower by more; and the share of the time that ours
    takes of the published. Intervals draw groups of clips."""
    groups = [row["group"] for row in rows]
    areas = [own["area"] for own in rows[0][SCHEDULES[0]]["areas"]]
    return {
        "clips": len(rows),
        "close": CLOSE,
        "areas": [{"area": area, **_at_area(rows, groups, index)} for index, area in enumerate(areas)],
        "seconds": {name: float(np.mean([row[name]["seconds"] for row in rows])) for name in SCHEDULES},
        "time_share": estimate(np.array([_share(row) for row in rows]), groups),
        "within_a_tenth": sum(_share(row) <= TENTH for row in rows),
    }


def _at_area(rows: Sequence[dict[str, Any]], groups: Sequence[str], index: int) -> dict[str, Any]:
    scores = {name: np.array([row[name]["areas"][index]["preserved"] for row in rows]) for name in SCHEDULES}
    ours, published = (scores[name] for name in SCHEDULES)
    return {
        **{name: estimate(own, groups) for name, own in scores.items()},
        "difference": estimate(ours - published, groups),
        "close": int((np.abs(ours - published) <= CLOSE).sum()),
        "lower": int((ours < published - CLOSE).sum()),
    }


def _share(row: dict[str, Any]) -> float:
    ours, published = (row[name]["processor_seconds"] for name in SCHEDULES)
    return ours / published


def told(found: dict[str, Any]) -> Iterator[str]:
    """The study in lines."""
    about, short = found["about"], found["summary"]
    yield f"{about['method']} on {about['network']}, {short['clips']} of {len(about['videos'])} clips"
    for row in short["areas"]:
        ours, published, difference = (row[name]["mean"] for name in (*SCHEDULES, "difference"))
        yield (
            f"  area {row['area']:<5g} ours {ours:.3f}  published {published:.3f}  difference {difference:+.3f}"
            f"  within {CLOSE} in {row['close']}, lower in {row['lower']}"
        )
    seconds = short["seconds"]
    yield (
        f"  seconds a clip: ours {seconds['levels']:.1f}, published {seconds['published']:.1f};"
        f" of the processor's time {short['time_share']['mean']:.1%}"
    )
