"""Named recipes: what a run has that others have not, and why.

A recipe's name is a data set and a row of the paper's tables, for instance `ucf101-nine-cpg10`:

    python train.py --recipe ucf101-nine-cpg10 --data UCF-101

==============  ========================================  ========================================================
data set        what it is                                clips right in percent, mean of 3 seeds on test groups
==============  ========================================  ========================================================
pantomime       36 rendered classes, grid 4 x 10 x 10     cpg10 87.7, protopnet10 80.2, blackbox 85.8
pantomime-...   other cuts and sizes of picture           see assets/results/README.md
ucf101-nine     nine classes, grid 4 x 10 x 10            cpg10 96.2, protopnet10 92.0, blackbox 91.6; 6 min a run
ucf101-nine-5c  the same, grid 2 x 5 x 5                  cpg10 96.5, protopnet10 98.0, blackbox 97.6
ucf101          all 101 classes                           not run yet
custom          anyone's videos and tree                  -
==============  ========================================  ========================================================

Rows `cpg10-tied` and `protopnet10-tuned` have a head, depths and a regime of their own; on Pantomime's test groups they
get 89.7 and 88.4. There are none at the later cut, whose depths they would not see.

`quick` is the whole chain on eight rendered classes in about a minute. Rows ending in `-joint`, `frames` and
`frames-cpg10` (networks of frames as published), and `pantomime-r3d18-cpg10`, train the backbone too and are for a GPU;
not run yet.
"""

import difflib
from dataclasses import replace
from typing import Any

from hprotopnet.config import (
    HEAD,
    PROJECT,
    WARM,
    Augmentation,
    ClipConfig,
    Config,
    Descent,
    LossConfig,
    ModelConfig,
    Pantomime,
    Stage,
)
from hprotopnet.errors import InputError

# The first nine classes of UCF-101 by name: six parents, four grandparents, and minutes on a laptop.
NINE = (
    "ApplyEyeMakeup",
    "ApplyLipstick",
    "Archery",
    "BabyCrawling",
    "BalanceBeam",
    "BandMarching",
    "BaseballPitch",
    "Basketball",
    "BasketballDunk",
)

# Six rows of Tables 1 to 3 of the paper, as differences. A network without prototypes trains its head and nothing else.
# Class scores have no unit, unlike distances in the ball: a temperature is none of theirs.
ROWS: dict[str, dict[str, Any]] = {
    "blackbox": {"head": "fc", "prototypes": "none", "temperature": 1.0},
    "hyperbolic": {"head": "embedding", "prototypes": "none"},
    "protopnet10": {"head": "fc", "prototypes": "leaf", "temperature": 1.0},
    "leaf10": {"head": "embedding", "prototypes": "leaf"},
    "cpg5": {"head": "embedding", "prototypes": "all", "per_node": 5},
    "cpg10": {"head": "embedding", "prototypes": "all", "per_node": 10},
}

# What the project adds to them: a head tied to the tree, levels that look at the depths at which their cues are local,
# and batches that see few cells, so that whatever decides must lie in many; and a flat partner that gets the same where
# it can have it. Chosen on Pantomime's validation groups, see assets/results/README.md.
LOCAL, WIDE = "MaxPool3d_4a_3x3", "Mixed_4f"
DEPTHS = {"cut": f"{LOCAL}+{WIDE}", "components": 0.2, "per_node": 10}
FEW_CELLS = replace(WARM, epochs=60, cells=0.05)
TUNED: dict[str, dict[str, Any]] = {
    "cpg10-tied": {
        "model": DEPTHS
        | {"head": "tree", "prototypes": "all", "looks": (f"{LOCAL}+{WIDE}", LOCAL), "temperature": 0.3},
        # Ancestors' prototypes are drawn to what all children share, not each to some clips.
        "loss": LossConfig(cluster=(0.2, 0.2, 0.0), commonality=1.0, siblings=0.3),
        "stages": (FEW_CELLS, PROJECT, replace(HEAD, epochs=10)),
    },
    "protopnet10-tuned": {
        "model": DEPTHS | ROWS["protopnet10"],
        "loss": LossConfig(),
        "stages": (replace(FEW_CELLS, learning_rate=3e-3), PROJECT, replace(HEAD, epochs=10, learning_rate=3e-3)),
    },
}

# Siblings of Pantomime differ by motion alone and must be told apart sharply; prototypes learned so cold do not survive
# projection on real footage, where they go from 90 to 65 % of the validation clips.
COLD = {"pantomime-cpg10-tied": 0.07, "pantomime-112-cpg10-tied": 0.07}

PLAIN = (Stage("head", 60, ("head",), learning_rate=1e-2),)
# For a GPU: the backbone moves too, after the new layers have found their place.
JOINT = (
    replace(WARM, epochs=10),
    Stage("joint", 20, ("backbone", "addon", "prototypes", "head"), learning_rate=1e-3, backbone_learning_rate=1e-4),
    PROJECT,
    HEAD,
)

# Networks of frames as they are published (TSM, H2CN): 60 epochs of SGD on 8 clips a step, from ImageNet's weights. On
# Something-Something clips are mirrored with swapped labels (`Augmentation.swaps`) where a class says left or right.
FRAMES = Stage(
    "joint",
    60,
    ("backbone", "head"),
    learning_rate=0.01,
    backbone_learning_rate=0.01,
    weight_decay=5e-4,
    dropout=0.5,
    descent=Descent("sgd", falls=(30, 45, 55), most_gradient=20.0, parted=True),
    augmentation=Augmentation(scales=(1.0, 0.875, 0.75, 0.66)),
)

# Rendered on the spot. One window a video: another video teaches more than another window of the same.
PANTOMIME = Config(
    hierarchy="pantomime",
    rendered=Pantomime(seed=0, per_class=50),
    clip=ClipConfig(per_video=1),
    model=ModelConfig(temperature=0.3),  # at 1 siblings stay uncertain however well they are told apart
    stages=(replace(WARM, epochs=30), PROJECT, HEAD),  # siblings that differ only in motion take longer to learn
)
COARSE, SMALL = replace(PANTOMIME.model, cut="Mixed_5c"), replace(PANTOMIME.clip, size=112)

DATASETS: dict[str, Config] = {
    "ucf101-nine": Config(hierarchy="ucf101", classes=NINE),
    # A later cut of the backbone, half the steps in time and a quarter of the cells: suits networks that pool.
    "ucf101-nine-5c": Config(hierarchy="ucf101", classes=NINE, model=ModelConfig(cut="Mixed_5c")),
    "ucf101": Config(hierarchy="ucf101"),
    "custom": Config(),
    "pantomime": PANTOMIME,
    "pantomime-5c": replace(PANTOMIME, model=COARSE),
    "pantomime-112": replace(PANTOMIME, clip=SMALL),
    "pantomime-5c-112": replace(PANTOMIME, model=COARSE, clip=SMALL),
}


def recipe(name: str) -> Config:
    """The configuration called `name`; raises `InputError` with near misses."""
    try:
        return RECIPES[name]
    except KeyError:
        close = difflib.get_close_matches(name, RECIPES, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"give {KNOWN}"
        raise InputError(f"no recipe is called '{name}'; {hint}") from None


def adjusted(
    config: Config, epochs: int | None = None, learning_rate: float | None = None, per_node: int | None = None
) -> Config:
    """A recipe with other epochs or another learning rate in every stage that trains, or other prototypes a node.

    The rate is that of the new layers; a backbone that is trained too keeps its own. Raises `InputError` for a rate
    that is none, and for prototypes of a network without.
    """
    if learning_rate is not None and not 0 < learning_rate < float("inf"):
        raise InputError(f"a learning rate of {learning_rate:g} trains nothing; give one above 0, such as 0.001")
    if per_node is not None and not config.model.has_prototypes:
        raise InputError(f"{config.name} has no prototypes; leave out --per-node, or take another recipe")
    changed = {"epochs": epochs, "learning_rate": learning_rate}
    given = {name: value for name, value in changed.items() if value is not None}
    stages = tuple(replace(stage, **given) if stage.trains else stage for stage in config.stages)
    model = replace(config.model, per_node=per_node) if per_node else config.model
    return replace(config, stages=stages, model=model)


def regime(config: Config) -> str:
    """The stages of a recipe in a few words, and how many prototypes a node owns."""
    stages = [
        f"{stage.name} {stage.epochs} epochs at {stage.learning_rate:g}" if stage.trains else stage.name
        for stage in config.stages
    ]
    owned = f"{config.model.per_node} prototypes a node" if config.model.has_prototypes else "no prototypes"
    return f"{', '.join(stages)}; {owned}"


def _build(data: str, row: str) -> Config:
    base = DATASETS[data]
    model = replace(base.model, **ROWS[row])
    return replace(base, name=f"{data}-{row}", model=model, stages=base.stages if model.has_prototypes else PLAIN)


def _tune(data: str, row: str) -> Config:
    base, tuned, name = DATASETS[data], TUNED[row], f"{data}-{row}"
    model = replace(base.model, **tuned["model"])
    return replace(
        base,
        name=name,
        model=replace(model, temperature=COLD.get(name, model.temperature)),
        loss=tuned["loss"],
        stages=tuned["stages"],
    )


def _of_frames(data: str, row: str = "blackbox") -> Config:
    """The published recipe of networks of frames, for the classifier alone or under prototypes."""
    base = DATASETS[data]
    model = replace(base.model, **ROWS[row], backbone="tsm_r50", cut=None, pretrained=False, weights="imagenet")
    under = (WARM, replace(FRAMES, trains=("backbone", "addon", "prototypes", "head")), PROJECT, HEAD)
    return replace(
        base,
        name=f"{data}-frames" if row == "blackbox" else f"{data}-frames-{row}",
        clip=ClipConfig(frames=8, size=224, per_video=1, per_segment=1),
        model=model,
        stages=under if model.has_prototypes else (FRAMES,),
        batch_size=8,
    )


RECIPES: dict[str, Config] = {f"{data}-{row}": _build(data, row) for data in DATASETS for row in ROWS}
RECIPES |= {f"{data}-{row}": _tune(data, row) for data in DATASETS if "5c" not in data for row in TUNED}
RECIPES |= {
    f"{data}-cpg10-joint": replace(RECIPES[f"{data}-cpg10"], name=f"{data}-cpg10-joint", stages=JOINT)
    for data in DATASETS
}

RECIPES |= {own.name: own for data in DATASETS for own in (_of_frames(data), _of_frames(data, "cpg10"))}

KNOWN = (
    f"DATA-ROW, with DATA one of {', '.join(DATASETS)}, and ROW one of {', '.join((*ROWS, *TUNED))}, cpg10-joint,"
    " frames, frames-cpg10;"
    " or quick"
)

# Two grandparents, four parents, eight classes: the whole chain in minutes. The backbone keeps its random weights, from
# which colours, textures and coarse shapes can be read; there is nothing to fetch and little to train.
EIGHT = ("Rafting", "Surfing", "Skiing", "Sledging", "PushUps", "SitUps", "PullUps", "RopeClimbing")
RECIPES["quick"] = Config(
    name="quick",
    hierarchy="pantomime",
    classes=EIGHT,
    rendered=Pantomime(seed=0, per_class=16),
    clip=ClipConfig(frames=8, fps=6.25, size=56, per_video=1),
    model=ModelConfig(
        backbone="r3d_18",
        cut=None,
        width=16,
        pretrained=False,
        per_node=3,
        prototype_width=32,
        bandwidth=0.1,
        embedding_width=32,
    ),
    stages=(replace(WARM, epochs=60, learning_rate=3e-3), PROJECT, HEAD),
)
# A black box for methods that ask a network thousands of times: trained from nothing in minutes, milliseconds a pass.
RECIPES["small-blackbox"] = Config(
    name="small-blackbox",
    hierarchy="pantomime",
    classes=("Rafting", "Surfing", "PushUps", "SitUps"),
    rendered=Pantomime(seed=0, per_class=25),
    clip=ClipConfig(frames=8, fps=6.25, size=56, per_video=1),
    model=ModelConfig(backbone="r3d_18", cut=None, width=8, pretrained=False, **ROWS["blackbox"]),
    stages=(Stage("joint", 60, ("backbone", "head"), learning_rate=3e-3, backbone_learning_rate=3e-3),),
    batch_size=8,
)
# Without any pretrained weights, for a GPU; siblings that differ only in motion are beyond a small network.
RECIPES["pantomime-r3d18-cpg10"] = replace(
    RECIPES["pantomime-cpg10"],
    name="pantomime-r3d18-cpg10",
    clip=replace(PANTOMIME.clip, size=112),
    model=replace(RECIPES["pantomime-cpg10"].model, backbone="r3d_18", cut=None, pretrained=False),
    stages=(
        Stage(
            "joint", 60, ("backbone", "addon", "prototypes", "head"), learning_rate=1e-3, backbone_learning_rate=1e-3
        ),
        PROJECT,
        HEAD,
    ),
    batch_size=32,
)
