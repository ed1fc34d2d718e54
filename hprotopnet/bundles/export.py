"""What a training run came to, written as a bundle: its figures, its prototypes, and what shows them."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hprotopnet.bundles.answers import write_answers
from hprotopnet.bundles.bundle import SIMILARITIES, Bundle, open_bundle, replacing_bundle, save_bundle
from hprotopnet.bundles.provenance import describe
from hprotopnet.bundles.showcase import write_showcase
from hprotopnet.bundles.similarities import MOST_KEPT, SIDES, collect, identity, write_similarities
from hprotopnet.config import Config
from hprotopnet.data.dataset import decode_clips, spread
from hprotopnet.evaluation.predictions import Predictions, figures, pool, predict
from hprotopnet.explain.sight import SHARE, measure
from hprotopnet.models.familiarity import fit_familiarity

if TYPE_CHECKING:  # what is written is handed over, so that bundles need no training
    from hprotopnet.models.network import HProtoPNet
    from hprotopnet.training.run import Result

SIGHT_CLIPS = 4  # on which it is measured what a cell of the grid sees: they agree to a few pixels


def export(config: Config, result: "Result", folder: Path, with_excerpts: bool, seconds: float) -> Bundle:
    """Write what was trained as a bundle, with its figures on the test side.

    Args:
        with_excerpts: whether excerpts of prototypes' sources and explained test clips are kept, too.
        seconds: that the process which ends the run has worked on it.
    """
    model, record, run_data = result.model, result.state.record, result.run_data
    answers = predict(model, run_data.test)
    meta = _meta(config, result, answers, seconds) | _sight(config, result)
    held_out = run_data.validation
    model.familiarity = fit_familiarity(pool(run_data.train), pool(held_out), len(set(held_out.names)))
    read = set(run_data.test.names)
    with replacing_bundle(folder) as draft:
        excerpts = draft / "excerpts" if with_excerpts and record.sources else None
        prototypes = describe(model, record.sources, run_data.train, run_data.split.train, config.clip, excerpts)
        write_answers(draft, answers, run_data.hierarchy, config)
        bundle = save_bundle(draft, model, run_data.points, prototypes, meta, config)
        _keep_similarities(bundle, model, result)
        if with_excerpts:
            write_showcase(bundle, model, [video for video in run_data.split.test if video.name in read])
    return open_bundle(folder)


def _keep_similarities(bundle: Bundle, model: "HProtoPNet", result: "Result") -> None:
    """Keep what the head reads of every clip, where there is such a thing and it is not too much."""
    sides = {side: getattr(result.run_data, side) for side in SIDES}
    bytes_of_all = 2 * len(bundle.prototypes) * sum(map(len, sides.values()))
    if 0 < bytes_of_all <= MOST_KEPT:
        write_similarities(bundle.folder / SIMILARITIES, collect(model, sides), identity(bundle))


def _meta(config: Config, result: "Result", answers: Predictions, seconds: float) -> dict[str, Any]:
    """What else `model.json` holds: how the run went and what it came to."""
    model, record, run_data = result.model, result.state.record, result.run_data
    return {
        "split": run_data.split.record,
        "record": {"epochs": record.epochs, "shortfalls": record.shortfalls, "skipped_steps": record.skipped_steps},
        "milestones": record.milestones,
        "figures": figures(answers, run_data.hierarchy, config.threshold),
        "temperature": float(model.temperature),
        "temperature_fit": vars(result.temperature_fit),
        "seconds": {"last_process": seconds, "epochs": sum(row["seconds"] for row in record.epochs)},
        "device": str(model.device),
    }


def _sight(config: Config, result: "Result") -> dict[str, Any]:
    """What cells really see, for each level that has prototypes, on held-out clips, or on training clips for lack of
    any; nothing where nothing can be measured.
    """
    model, split = result.model, result.run_data.split
    videos, middle = spread(split.validation or split.train, SIGHT_CLIPS), replace(config.clip, per_video=1)
    clips = [clip.images for _, clip in decode_clips(videos, middle)] if config.model.has_prototypes else []
    sights = measure(model, clips) if clips else ()
    if not sights:
        return {}
    levels, owners = model.hierarchy.levels, model.prototypes.owners.tolist()
    seen = {levels[owner]: sights[view] for owner, view in zip(owners, model.prototypes.views.tolist(), strict=True)}
    named = {model.hierarchy.level_names[level]: sight._asdict() for level, sight in seen.items()}
    return {"sight": {"share": SHARE, "clips": len(clips), "levels": named}}
