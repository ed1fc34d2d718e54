"""Train a network and write it as a bundle.

    python train.py --recipe pantomime-cpg10
    python train.py --recipe ucf101-nine-cpg10 --data UCF-101
    python train.py --data my-videos --hierarchy my-tree.csv

Started again after an interruption it goes on where it was; a finished run is not repeated unless `--again`.
"""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle, save_bundle
from hprotopnet.bundles.provenance import describe
from hprotopnet.bundles.showcase import write_showcase
from hprotopnet.cli import print_figures, run_command
from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import figures, predict
from hprotopnet.files import check_writable, read_json, write_json
from hprotopnet.models.backbones.registry import check_name, conversion_hint, list_backbones
from hprotopnet.models.backbones.weights import cache_dir
from hprotopnet.pantomime.rendered import rendered
from hprotopnet.recipes import KNOWN, recipe
from hprotopnet.training.identity import differences, identity
from hprotopnet.training.run import Result, RunData, prepare, train


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder with one folder of videos a class; recipes of pantomime render theirs.")
    ] = None,
    recipe_name: Annotated[str, typer.Option("--recipe", help=f"{KNOWN}.")] = "custom-cpg10",
    hierarchy: Annotated[str | None, typer.Option(help="Shipped tree by name, or a CSV file.")] = None,
    backbone: Annotated[str | None, typer.Option(help=f"One of {', '.join(list_backbones())}.")] = None,
    weights: Annotated[Path | None, typer.Option(help="Weights of the backbone, a safetensors file.")] = None,
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance trainlist01.txt.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the bundle; runs/RECIPE by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Start of all random choices.")] = 0,
    excerpts: Annotated[
        bool, typer.Option(help="Keep short excerpts of prototypes' sources and of test clips.")
    ] = True,
    again: Annotated[bool, typer.Option(help="Forget what an earlier run left in the folder.")] = False,
) -> None:
    """Train a network and write it as a bundle that the app opens."""
    config = replace(recipe(recipe_name), seed=seed)
    if hierarchy:
        config = replace(config, hierarchy=hierarchy, classes=())
    elif recipe_name.startswith("custom"):
        raise InputError(f"recipe {recipe_name} needs a tree of your classes; add --hierarchy FILE.csv")
    if backbone or weights:
        config = with_backbone(config, backbone or config.model.backbone, weights)
    began = time.perf_counter()
    folder = out or Path("runs") / config.name
    check_writable(folder / "model.json")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run_data = prepare(config, data or rendered(config, cache_dir()), split, cache_dir(), device)
    state = _state_folder(folder, config, run_data, again)
    result = _train_with_progress(config, run_data, state)
    bundle = export(config, result, folder, excerpts, time.perf_counter() - began)
    print_figures(bundle.meta["figures"])
    print(f"bundle written to {folder}; look at it with: streamlit run app.py")


def with_backbone(config: Config, backbone: str, weights: Path | None) -> Config:
    """The recipe on another backbone; raises `InputError` for one that would stay as random as it starts."""
    check_name(backbone)
    pretrained = backbone == "i3d" and weights is None
    if config.frozen_backbone and not (pretrained or weights):
        hint = conversion_hint(backbone)
        raise InputError(f"{config.name} does not train {backbone}; take a recipe named ...-joint, or {hint}")
    cut = config.model.cut if backbone == config.model.backbone else None
    model = replace(config.model, backbone=backbone, cut=cut, pretrained=pretrained, weights=weights and str(weights))
    return replace(config, model=model)


def _state_folder(folder: Path, config: Config, run_data: RunData, again: bool) -> Path:
    """Where the run keeps its state; refuses to go on with that of another run, and says in what it differs."""
    state = folder / "state"
    if again and state.is_dir():
        shutil.rmtree(state)
    state.mkdir(parents=True, exist_ok=True)
    described = identity(config, run_data.hierarchy, run_data.split, run_data.backbone)
    if (state / "config.json").exists():
        differing = differences(read_json(state / "config.json"), described)
        if differing:
            listed = "; ".join(differing)
            raise InputError(f"{folder}: holds another run ({listed}); choose another --out, or add --again")
    write_json(state / "config.json", described)
    return state


def _train_with_progress(config: Config, run_data: RunData, state: Path) -> Result:
    with tqdm(total=sum(stage.epochs for stage in config.stages), desc="training", unit="epoch") as bar:

        def show(row: dict[str, Any]) -> None:
            bar.update(row["epoch"] + _epochs_before(config, row["stage"]) - bar.n)
            bar.set_postfix(stage=row["stage"], loss=f"{row['cross_entropy']:.3f}", acc=f"{row['train_accuracy']:.3f}")

        return train(config, run_data, state, show)


def _epochs_before(config: Config, stage: str) -> int:
    names = [own.name for own in config.stages]
    return sum(own.epochs for own in config.stages[: names.index(stage)])


def export(config: Config, result: Result, folder: Path, with_excerpts: bool, seconds: float) -> Bundle:
    """Write what was trained as a bundle, with its figures on the test side."""
    model, record, run_data = result.model, result.state.record, result.run_data
    excerpts = folder / "state" / "excerpts" if with_excerpts and record.sources else None
    prototypes = describe(model, record.sources, run_data.train, run_data.split.train, config.clip, excerpts)
    test = figures(predict(model, run_data.test), run_data.hierarchy, config.threshold)
    meta = {
        "split": run_data.split.record,
        "record": {"epochs": record.epochs, "shortfalls": record.shortfalls, "skipped_steps": record.skipped_steps},
        "milestones": record.milestones,
        "figures": test,
        "temperature": float(model.temperature),
        "seconds": {"last_process": seconds, "epochs": sum(row["seconds"] for row in record.epochs)},
        "device": str(model.head.weight.device),
    }
    bundle = save_bundle(folder, model, run_data.points, prototypes, meta, config, excerpts)
    if with_excerpts:
        read = set(run_data.test.names)
        write_showcase(bundle, model, [video for video in run_data.split.test if video.name in read])
    return bundle


if __name__ == "__main__":
    run_command(main)
