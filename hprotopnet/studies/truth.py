"""Are explanations true? On Pantomime, where the cue of every level's answer is known to the pixel.

Asked of each level: does the evidence lie on the cue, is it the node's own prototypes that decide, are the prototypes
what they are said to be, does the cue move the evidence, and does the evidence come when the cue is seen?

Where evidence lies and what decides is asked of the likeliest leaf's path, which an explanation shows; what the cue
moves and when evidence comes is asked of the true path.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.data.dataset import spread
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.evaluation.metrics import estimate, estimate_ratio
from hprotopnet.evaluation.prototypes import CONSISTENT, COSINE, NEAREST
from hprotopnet.files import visible
from hprotopnet.models.network import HProtoPNet
from hprotopnet.pantomime.conditions import LEVELS
from hprotopnet.studies.causes import causal_report, key_of
from hprotopnet.studies.evaluate import side_of, warn_of_training_videos
from hprotopnet.studies.moments import moment_report, stories_in
from hprotopnet.studies.passes import same_clips
from hprotopnet.studies.pointing import check_truth
from hprotopnet.studies.prototypes import prototype_figures
from hprotopnet.studies.sightings import FIGURES, NOISE, POINTERS, Sighting, sightings

OR_ELSE = "leave it out"


def truth_report(
    bundles: Sequence[Bundle],
    data: Path,
    side: str = "test",
    clips: int | None = None,
    causal: int = 0,
    stories: Path | None = None,
    seed: int = 0,
    workers: int | None = None,
) -> dict[str, Any]:
    """Figures of bundles over one side of a folder of Pantomime's videos (JSON), all on the same clips.

    Every figure has `n`, `mean` and a 95 % `interval` in which whole groups of clips are drawn, as they share a look
    (of prototypes whole nodes, of stories each).

    Args:
        clips: how many of the videos, evenly spread; all by default.
        causal: how many of these are rendered again without each cue, and with it swapped.
        stories: folder of reveal stories.
        seed: of noise and random controls.
        workers: processes that render; one a processor by default.

    Returns:
        `bundles`: by folder `levels`, for each level with prototypes the figures of `_level`; `causes` of
        `causal_report`, and `moments` of `moment_report`, where asked for; beside what was asked and by what.

    Raises `InputError` before long work where a bundle or a video has no cues, or bundles differ in what they see.
    """
    clip, videos = same_clips(bundles), _videos(bundles, data, side, clips)
    again = spread(videos, causal) if causal else []
    keys = [key_of(video) for video in again]
    films = stories_in(stories, bundles[0].hierarchy) if stories else {}
    models = {str(bundle.folder): bundle.load_model() for bundle in bundles}
    seen = list(sightings(models, videos, clip, bundles[0].config.threshold, seed))
    found = {str(bundle.folder): _of_bundle(bundle, models[str(bundle.folder)], seen, videos) for bundle in bundles}
    if again:
        shown = np.stack([next(iter(seen[videos.index(video)].values())).seen for video in again])
        for name, causes in causal_report(models, keys, shown, clip, workers).items():
            found[name]["causes"] = causes
    if films:
        for name, moments in moment_report(models, films, clip).items():
            found[name]["moments"] = moments
    sizes = {"clips": len(videos), "groups": len({video.group for video in videos}), "causal": len(again)}
    by = {"nearest": NEAREST, "cosine": COSINE, "consistent": CONSISTENT, "noise": NOISE, "seed": seed}
    return {"data": data.resolve().name, "side": side, **sizes, "stories": len(films), "by": by, "bundles": found}


def _videos(bundles: Sequence[Bundle], data: Path, side: str, clips: int | None) -> list[Video]:
    """Videos that all bundles can be asked about; what is odd about them is said on stderr."""
    for bundle in bundles:
        _check(bundle)
    listing, split, chosen = side_of(bundles[0], data, None, side)
    for note in (*listing.notes(), *split.notes):
        tqdm.write(f"note: {visible(note)}", file=sys.stderr)
    videos = spread(chosen, clips or len(chosen))
    for bundle in bundles:
        warn_of_training_videos(bundle, split, side)
        check_truth(videos, bundle, OR_ELSE)
    return videos


def _check(bundle: Bundle) -> None:
    """Raise `InputError` for a network that nothing can be asked of."""
    check_truth((), bundle, OR_ELSE)
    if not bundle.config.model.has_prototypes:
        raise InputError(f"{bundle.folder}: has no prototypes, and so no evidence; {OR_ELSE}")
    if bundle.hierarchy.depth != len(LEVELS):
        raise InputError(f"{bundle.folder}: its tree lacks a level of Pantomime's; {OR_ELSE}")


def _of_bundle(
    bundle: Bundle, model: HProtoPNet, seen: Sequence[dict[str, Sighting]], videos: Sequence[Video]
) -> dict[str, Any]:
    clips, groups = [row[str(bundle.folder)] for row in seen], [video.group for video in videos]
    leaves = np.array([model.hierarchy.index(video.label) for video in videos])
    prototypes = prototype_figures(model, bundle.prototypes, clips, leaves)
    placed, decided = (np.stack([getattr(clip, name) for clip in clips]) for name in ("placed", "decided"))
    return {
        "levels": {
            level: _level(placed[:, :, LEVELS.index(level)], decided[:, LEVELS.index(level)], groups)
            | {"prototypes": figures}
            for level, figures in prototypes.items()
        }
    }


def _level(placed: np.ndarray, decided: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    """Each of `FIGURES` for each of `POINTERS`, and the own share, of one level.

    Args:
        placed: shape (n, pointers, figures).
        decided: what own prototypes and what all contribute, shape (n, 2).
    """
    figures = {
        figure: {pointer: estimate(placed[:, i, j], groups) for i, pointer in enumerate(POINTERS)}
        for j, figure in enumerate(FIGURES)
    }
    own, total = decided.T
    return figures | {"own_share": estimate_ratio(own, total, groups)}


def print_truth(found: dict[str, Any]) -> None:
    """Print a report as tables, percent, with intervals in brackets."""
    print(f"{found['clips']} {found['side']} clips of {found['groups']} groups")
    for name, figures in found["bundles"].items():
        print(f"\n{name}\n{'evidence and cue':30}" + "".join(f"{pointer:>22}" for pointer in POINTERS))
        for level, row in figures["levels"].items():
            for figure in FIGURES:
                _print_row(f"{level}: {figure}", [row[figure][pointer] for pointer in POINTERS])
            _print_row(f"{level}: own share", [row["own_share"]])
        print(f"{'prototypes':30}" + "".join(f"{level:>22}" for level in figures["levels"]))
        for figure in next(iter(figures["levels"].values()))["prototypes"]:
            rows = [row["prototypes"][figure] for row in figures["levels"].values()]
            _print_row(figure.replace("_", " "), rows)
        for change, causes in figures.get("causes", {}).items():
            print(f"{f'lost, cue {change}':30}" + "".join(f"{cue:>22}" for cue in (*LEVELS, "own moves it most")))
            for level, row in causes.items():
                _print_row(f"{level}'s evidence", [*row["shares"].values(), row["own_moves_most"]])
        for level, row in figures.get("moments", {}).items():
            _print_row(f"{level}: in time", [row["network"], {"mean": row["chance"], "interval": None}])


def _print_row(title: str, cells: Sequence[dict[str, Any]]) -> None:
    print(f"{title:30}" + "".join(f"{_cell(cell):>22}" for cell in cells))


def _cell(cell: dict[str, Any]) -> str:
    if cell["mean"] is None:
        return "-"
    interval = " [{:.1f}, {:.1f}]".format(*(100 * end for end in cell["interval"])) if cell["interval"] else ""
    return f"{100 * cell['mean']:.1f}{interval}"
