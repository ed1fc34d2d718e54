"""What a bundle is worth on a folder of videos."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hprotopnet.bundles.answers import write_answers
from hprotopnet.bundles.bundle import ANSWERS, Bundle
from hprotopnet.data.clips import Clip
from hprotopnet.data.dataset import Listing, damage_notes, list_videos, middle_clip, spread
from hprotopnet.data.features import FeatureSet, extract
from hprotopnet.data.splits import Split, Video, make_split
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import clip_rows, figures, pool, predict
from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import explain
from hprotopnet.files import check_writable, visible
from hprotopnet.models.backbones.weights import cache_dir
from hprotopnet.models.network import HProtoPNet
from hprotopnet.studies.faithfulness import Fill, curve_report, deletion_report
from hprotopnet.studies.pointing import check_truth, pointing_report
from hprotopnet.studies.viewed import check_views, view_figures


def evaluate_bundle(
    bundle: Bundle,
    data: Path,
    split_file: Path | None,
    cache: Path | None = None,
    deletions: int = 0,
    pointing: int = 0,
    curves: int = 0,
    fill: Fill = "mean",
    side: str = "test",
    keep: bool = False,
    views: int = 0,
) -> dict[str, Any]:
    """Figures of a bundle on one side of a folder of videos, cut as in training, and in `clips` a row a clip.

    With `deletions` that many videos, evenly spread, also get their marked regions hidden, and with `curves` that many
    are hidden and shown cell by cell, `fill` in place of what is hidden, see `faithfulness`; with `pointing` that many
    are asked whether the evidence lies on the cue, see `pointing`. What is answered is kept in the bundle with `keep`,
    see `answers`; raises `InputError` where it is not the test side that is asked about. With `views` videos are also
    answered from so many, see `viewed`.
    """
    if keep:
        check_keeping(bundle, side)
    if views:
        check_views(views)
    model = bundle.load_model()
    listing, split, chosen = side_of(bundle, data, split_file, side)
    if pointing:
        check_truth(chosen, bundle)
    clips = extract(model.backbone, chosen, bundle.config.clip, bundle.hierarchy, cache or cache_dir())
    warn_of_training_videos(bundle, split, side)
    for note in (*listing.notes(), *split.notes, *damage_notes(clips.damaged)):
        tqdm.write(f"note: {visible(note)}", file=sys.stderr)
    predictions, threshold = predict(model, clips), bundle.config.threshold
    if keep:
        write_answers(bundle.folder, predictions, bundle.hierarchy, bundle.config)
    found = figures(predictions, bundle.hierarchy, threshold)
    found["clips"] = clip_rows(predictions, bundle.hierarchy, threshold)
    found |= {"unlike": _unlike(model, clips), "side": side, "split": split.record, "damaged": sorted(clips.damaged)}
    read = set(clips.names)
    readable = [video for video in chosen if video.name in read]
    if deletions:
        found["deletion"] = deletion_report(model, _cases(bundle, model, spread(readable, deletions), "deletion"))
    if curves:
        some = spread(readable, curves)
        cases, groups = _cases(bundle, model, some, "curves"), [video.group for video in some]
        found["curves"] = curve_report(model, cases, groups, fill)
    if views:
        found["views"] = view_figures(model, chosen, bundle.config.clip, views)
    if pointing:
        found["pointing"] = pointing_report(model, spread(readable, pointing), bundle.config)
    return found


def check_keeping(bundle: Bundle, side: str) -> None:
    """Raise `InputError` where answers cannot be kept in a bundle."""
    if side != "test":
        raise InputError(f"{bundle.folder}: a bundle keeps answers of the test side; leave out --keep, or --side")
    check_writable(bundle.folder / ANSWERS)


def side_of(bundle: Bundle, data: Path, split_file: Path | None, side: str) -> tuple[Listing, Split, Sequence[Video]]:
    """What lies in a folder, how it is parted as in training, and the videos of one side; `InputError` without any."""
    listing = list_videos(data, bundle.hierarchy)
    split = make_split(listing.videos, split_file, data, bundle.config.validation_share, to_train=False)
    chosen = getattr(split, side)
    if not chosen:
        raise InputError(f"{data}: its split has no {side} video; give other videos or another --side")
    return listing, split, chosen


def warn_of_training_videos(bundle: Bundle, split: Split, side: str) -> None:
    """Say when what is asked about was, or may have been, trained on: the prototypes show it, or the split's names."""
    learnt = sorted({prototype.video for prototype in bundle.prototypes} & {video.name for video in split.test})
    if side == "test" and learnt:
        text = f"note: {len(learnt)} test videos are sources of prototypes ({learnt[0]}, ...): trained on another split"
        tqdm.write(text, file=sys.stderr)
    known = bundle.description.split and bundle.description.split.validation
    if side == "validation" and (not known or known.names_sha256 != split.record["validation"]["names_sha256"]):
        text = "note: these are not the validation videos of the training run, some of them may have been trained on"
        tqdm.write(text, file=sys.stderr)


def _unlike(model: HProtoPNet, clips: FeatureSet) -> float | None:
    """Share of clips called unlike anything the network was trained on; None where it cannot tell."""
    return float((model.familiarity.strangeness(pool(clips)) > 1).mean()) if model.familiarity else None


def _cases(bundle: Bundle, model: HProtoPNet, videos: Sequence[Video], what: str) -> Iterator[tuple[Clip, Explanation]]:
    """The middle clip of each video and what the network says about it; goes on as fast as it is asked."""
    for video in tqdm(videos, desc=what, unit="video"):
        clip = middle_clip(video, bundle.config.clip)
        yield clip, explain(model, clip, bundle.config.threshold)
