"""Train a network and write it as a bundle.

    python train.py --recipe pantomime-cpg10-tied
    python train.py --recipe ucf101-nine-cpg10 --data UCF-101
    python train.py --data my-videos --hierarchy my-tree.csv
    python train.py --data my-videos --hierarchy my-tree.csv --recipe custom-protopnet10
    python train.py --recipe pantomime-haan                                     # a detector of actions in long videos

Started again after an interruption it goes on where it was; a finished run is not repeated unless `--again`.
"""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from tqdm import tqdm

from hprotopnet.bundles.bundle import PARTS
from hprotopnet.bundles.export import export
from hprotopnet.bundles.replacing import finish_replacing
from hprotopnet.cli import print_figures, run_command
from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, printable
from hprotopnet.models.backbones.registry import FROM_IMAGENET, check_name, list_backbones
from hprotopnet.models.backbones.weights import IMAGENET, SAME, are_published, cache_dir
from hprotopnet.pantomime.rendered import rendered
from hprotopnet.recipes import KNOWN, adjusted, recipe, regime
from hprotopnet.temporal.recipe import RECIPES as DETECTORS
from hprotopnet.temporal.recipe import described, on_pantomime
from hprotopnet.training.identity import run_parts, state_folder
from hprotopnet.training.run import Result, RunData, encode, plan, train
from hprotopnet.writers import sole_writer

USUAL = recipe("custom-cpg10")
BY_RECIPE = f"the recipe's, of {USUAL.name} {regime(USUAL)}"


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder with one folder of videos a class; recipes of pantomime render theirs.")
    ] = None,
    recipe_name: Annotated[str, typer.Option("--recipe", help=f"{KNOWN}; or {', '.join(DETECTORS)}.")] = USUAL.name,
    hierarchy: Annotated[str | None, typer.Option(help="Shipped tree by name, or a CSV file.")] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Leave out classes that have no video instead of refusing.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="Of the run; the recipe's by default, with the folder of the data for 'custom'.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help=f"Of every stage that trains; by default {BY_RECIPE}.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the new layers, in every stage; by default the recipe's, see --epochs.")
    ] = None,
    per_node: Annotated[
        int | None, typer.Option(min=1, help="Prototypes a node; by default the recipe's, the number in its name.")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help=f"One of {', '.join(list_backbones())}.")] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights of the backbone: a file, or 'imagenet' for networks of frames.")
    ] = None,
    segments: Annotated[
        str | None,
        typer.Option(
            help="Clips are so many moments of a whole video instead of a window: 8, or 8x5 of five neighbouring"
            " frames each, as h2cn_* ask for."
        ),
    ] = None,
    stretch: Annotated[
        float | None,
        typer.Option(help="Seconds that --segments may cover of a video, by default 10: what is longer gives several."),
    ] = None,
    split: Annotated[Path | None, typer.Option(help="Official list file, for instance trainlist01.txt.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the bundle; runs/NAME by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Start of all random choices.")] = 0,
    excerpts: Annotated[
        bool, typer.Option(help="Keep short excerpts of prototypes' sources and of test clips.")
    ] = True,
    again: Annotated[bool, typer.Option(help="Forget what an earlier run left in the folder.")] = False,
) -> None:
    """Train a network and write it as a bundle that the app opens; a detector as a folder for `detect`."""
    if recipe_name in DETECTORS:
        refused = {"--hierarchy": hierarchy, "--per-node": per_node, "--backbone": backbone, "--weights": weights}
        _refuse_others(recipe_name, refused | {"--split": split, "--name": name})
        return train_detector(recipe_name, data, epochs, learning_rate, out, seed, again)
    config = adjusted(replace(recipe(recipe_name), seed=seed), epochs, learning_rate, per_node)
    if hierarchy:
        config = replace(config, hierarchy=hierarchy, classes=())
    elif recipe_name.startswith("custom"):
        raise InputError(f"recipe {recipe_name} needs a tree of your classes; add --hierarchy FILE.csv")
    if backbone or weights:
        config = with_backbone(config, backbone or config.model.backbone, weights)
    if segments:
        config = by_segments(config, segments, stretch)
    elif stretch is not None:
        raise InputError("--stretch says what segments may cover; add --segments, or leave it out")
    config = replace(config, name=run_name(recipe_name, data, name))
    began = time.perf_counter()
    folder = out or Path("runs") / config.name
    with sole_writer(folder):
        finish_replacing(folder, PARTS)
        check_writable(folder / "model.json")
        planned = plan(config, data or rendered(config, cache_dir()), split, allow_missing)
        state = state_folder(folder, run_parts(config, *planned), again)
        print(f"{config.name}: {regime(config)}")
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        result = _train_with_progress(config, encode(config, planned, cache_dir(), device), state)
        bundle = export(config, result, folder, excerpts, time.perf_counter() - began)
    print_figures(bundle.meta["figures"], bundle.meta["temperature_fit"])
    print(f"bundle written to {folder}; look at it with: streamlit run app.py")


def train_detector(
    recipe_name: str,
    data: Path | None,
    epochs: int | None,
    learning_rate: float | None,
    out: Path | None,
    seed: int,
    again: bool,
) -> None:
    """Train a detector by its recipe, on untrimmed videos of Pantomime."""
    given = {"epochs": epochs, "learning_rate": learning_rate}
    config = replace(DETECTORS[recipe_name], seed=seed, **{name: own for name, own in given.items() if own is not None})
    folder = out or Path("runs") / recipe_name
    for line in described(on_pantomime(config, data, folder, cache_dir(), again)):
        print(line)
    print(f"detector written to {folder}; ask it with: python -m hprotopnet detect --bundle {folder} --video FILE")


def _refuse_others(recipe_name: str, given: dict[str, Any]) -> None:
    """Raise `InputError` for an option that a recipe does not have."""
    for option, value in given.items():
        if value is not None:
            raise InputError(f"{recipe_name} trains a detector and has no {option}; leave it out")


def run_name(recipe_name: str, data: Path | None, given: str | None) -> str:
    """What a run is called: as asked for, or like its recipe, in which the folder of the data stands for `custom`.

    Raises `InputError` for a name that is no plain name of a folder.
    """
    if given is None:
        own = printable(data.resolve().name) if data else ""
        return recipe_name.replace("custom", own or "custom", 1) if recipe_name.startswith("custom-") else recipe_name
    if given.strip(" .") == "" or any(character in "/\\" or not character.isprintable() for character in given):
        raise InputError(f"'{given}' names no folder in runs; give a plain --name, and a place elsewhere with --out")
    return given


def with_backbone(config: Config, backbone: str, weights: Path | None) -> Config:
    """The recipe on another backbone, with published weights where it would stay as random as it starts.

    Networks of frames that are trained start from ImageNet's weights, as their authors train them. Raises `InputError`
    where there are none of these.
    """
    check_name(backbone)
    if config.frozen_backbone and not (weights or are_published(backbone)):
        remedy = "take a recipe named ...-joint, or give --weights"
        raise InputError(f"{config.name} does not train {backbone}, of which no weights are published; {remedy}")
    if weights is None and not config.frozen_backbone and backbone in IMAGENET and config.model.width == 64:
        weights = Path(FROM_IMAGENET)
    inceptions = {"i3d", *SAME}
    pretrained = weights is None and (backbone in inceptions or config.frozen_backbone)
    same = backbone == config.model.backbone or {backbone, config.model.backbone} <= inceptions
    cut, looks = (config.model.cut, config.model.looks) if same else (None, ())  # layers have other names there
    model = replace(
        config.model,
        backbone=backbone,
        cut=cut,
        looks=looks,
        pretrained=pretrained,
        weights=weights and str(weights),
    )
    return replace(config, model=model)


def by_segments(config: Config, asked: str, stretch: float | None = None) -> Config:
    """The recipe with clips by segments, of so many moments, or moments x neighbouring frames, over so many seconds.

    Raises `InputError` for what are no such numbers.
    """
    found = re.fullmatch(r"([1-9]\d{0,3})(?:x([1-9]\d{0,1}))?", asked.strip())
    if not found:
        raise InputError(f"--segments {asked}: give a number of moments, such as 8, or of 5 frames each, such as 8x5")
    count, each = int(found[1]), int(found[2] or 1)
    clip = replace(config.clip, stretch=config.clip.stretch if stretch is None else stretch)
    return replace(config, clip=replace(clip, frames=count * each, per_segment=each))


def _train_with_progress(config: Config, run_data: RunData, state: Path) -> Result:
    with tqdm(total=sum(stage.epochs for stage in config.stages), desc="training", unit="epoch") as bar:

        def show(row: dict[str, Any]) -> None:
            bar.update(row["epoch"] + _epochs_before(config, row["stage"]) - bar.n)
            bar.set_postfix(stage=row["stage"], loss=f"{row['cross_entropy']:.3f}", acc=f"{row['train_accuracy']:.3f}")

        return train(config, run_data, state, show)


def _epochs_before(config: Config, stage: str) -> int:
    names = [own.name for own in config.stages]
    return sum(own.epochs for own in config.stages[: names.index(stage)])


if __name__ == "__main__":
    run_command(main)
