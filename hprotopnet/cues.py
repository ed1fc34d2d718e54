"""What a network reaches from each cue: Pantomime clips with cues left out, on their own, or exchanged.

The same clips are rendered under every condition. They are scaled without being encoded as videos in between, so the
row "as they are" is the one to compare with. A cue that is swapped in also stands in clips whose own cue was hidden.
"""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from hprotopnet.bundle import Bundle
from hprotopnet.clips import uniform_starts
from hprotopnet.config import ClipConfig
from hprotopnet.errors import InputError
from hprotopnet.explain import model_input
from hprotopnet.metrics import hierarchical_accuracy
from hprotopnet.model import HProtoPNet
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.look import stream
from hprotopnet.pantomime.rendering import render
from hprotopnet.pantomime.spec import clip_spec, tree
from hprotopnet.pantomime.stage import CUES, FPS
from hprotopnet.pantomime.writing import GROUPS, groups_of
from hprotopnet.pictures import resize_shape
from hprotopnet.splits import TEST_GROUPS
from hprotopnet.transforms import centre_crop

LEVELS = CUES[:3]


class Condition(NamedTuple):
    """How clips differ from what they are.

    Attributes:
        without: levels whose cue is left out.
        swapped: level whose cue is that of another branch, if any.
        order: "as filmed", "still" (the middle frame repeated) or "shuffled".
    """

    without: tuple[str, ...] = ()
    swapped: str | None = None
    order: str = "as filmed"


CONDITIONS: dict[str, Condition] = {
    "as they are": Condition(),
    "one frame repeated": Condition(order="still"),
    "frames shuffled": Condition(order="shuffled"),
    **{f"without the {level}'s cue": Condition(without=(level,)) for level in LEVELS},
    **{f"only the {level}'s cue": Condition(without=tuple(own for own in LEVELS if own != level)) for level in LEVELS},
    **{f"the {level}'s cue swapped": Condition(swapped=level) for level in LEVELS},
}


class Key(NamedTuple):
    """What a clip is drawn from."""

    seed: int
    label: str
    group: int
    number: int


def cue_report(
    bundles: Sequence[Bundle], seed: int, per_class: int, workers: int | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Accuracies of networks under every condition, by condition and network.

    Clips are those of the test groups of a data set of this seed and size, the window in their middle. Every row has
    `class`, `parent` and `grandparent`: share of clips whose likeliest leaf is the class, or shares that ancestor with
    it; and where a cue is swapped `swapped_in`: share whose likeliest leaf lies under the node that was swapped in.
    Raises `InputError` for bundles that see clips differently, or know other classes.
    """
    clip = _same_clips(bundles)
    keys = [
        Key(seed, label, group, number)
        for label in tree().classes
        for group, number in groups_of(per_class)
        if GROUPS[group - 1] in TEST_GROUPS
    ]
    if not keys:
        raise InputError(f"{per_class} clips a class leave none for the test groups; take more (--per-class)")
    models = {str(bundle.folder): bundle.load_model() for bundle in bundles}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with tqdm(total=len(keys) * len(CONDITIONS), desc="cues", unit="clip") as bar:
        for name, condition in CONDITIONS.items():
            work = partial(frames_of, clip=clip, condition=condition)
            answers: dict[str, dict[Key, str]] = {own: {} for own in models}
            for key, images in in_processes(work, keys, workers or os.cpu_count() or 1):
                for own, answer in _answers(models, images).items():
                    answers[own][key] = answer
                bar.update()
            found[name] = {own: _row(answers[own], condition) for own in models}
    return found


def _same_clips(bundles: Sequence[Bundle]) -> ClipConfig:
    """How all of them see clips."""
    for bundle in bundles:
        if set(bundle.hierarchy.classes) != set(tree().classes):
            raise InputError(f"{bundle.folder}: was not trained on all of Pantomime's classes; give one that was")
        if bundle.config.clip != bundles[0].config.clip:
            raise InputError(f"{bundle.folder}: sees clips otherwise than {bundles[0].folder}; ask them one by one")
    return bundles[0].config.clip


def frames_of(key: Key, clip: ClipConfig, condition: Condition) -> np.ndarray:
    """Frames (T, S, S, 3) of the middle window of a clip under a condition, as a network sees them."""
    spec = clip_spec(*key)
    swap = {condition.swapped: foreign(key, condition.swapped)} if condition.swapped else {}
    numbers = [int(time * FPS + 1e-6) for time in _times(spec.seconds, clip)]  # the frame shown then, as in a video
    pictures = render(spec, condition.without, swap, frames=numbers)
    images = np.stack([_cropped(rendered.image, clip.size) for rendered in pictures])
    return images[_order(condition.order, clip.frames, key)]


def foreign(key: Key, level: str) -> str:
    """The node of a level whose cue replaces a clip's own: drawn from those under another grandparent."""
    hierarchy = tree()
    own = hierarchy.ancestors(hierarchy.index(key.label))
    height = len(LEVELS) - 1 - LEVELS.index(level)
    others = [node for node in hierarchy.at_level(height) if hierarchy.ancestors(node)[-1] != own[-1]]
    return hierarchy.nodes[stream("swap", *key, level).choice(others)]


def _times(seconds: float, clip: ClipConfig) -> Iterator[float]:
    start = uniform_starts(seconds, clip.frames / clip.fps, 1)[0]
    last = round(seconds * FPS) - 1
    return (min(start + i / clip.fps, last / FPS) for i in range(clip.frames))


def _cropped(image: np.ndarray, size: int) -> np.ndarray:
    height, width = image.shape[:2]
    scaled = Image.fromarray(image).resize(resize_shape(width, height, size), Image.BILINEAR)
    return centre_crop(np.asarray(scaled), size)


def _order(order: str, frames: int, key: Key) -> list[int]:
    numbers = list(range(frames))
    if order == "still":
        return [frames // 2] * frames
    if order == "shuffled":
        stream("order", *key).shuffle(numbers)
    return numbers


@torch.inference_mode()
def _answers(models: dict[str, HProtoPNet], images: np.ndarray) -> dict[str, str]:
    """The likeliest leaf by network; networks on the same backbone share its features, which take all the time."""
    features: dict[Any, Tensor] = {}
    answers = {}
    for name, model in models.items():
        backbone = model.backbone
        known = (backbone.name, backbone.cut, backbone.weights_id) if backbone.weights_id else name
        if known not in features:
            features[known] = backbone(model_input(model, images))
        best = int(model.evidence(features[known]).verdict.logits.argmax())
        answers[name] = model.hierarchy.nodes[best]
    return answers


def _row(answers: dict[Key, str], condition: Condition) -> dict[str, Any]:
    hierarchy = tree()
    leaves = np.array([hierarchy.index(key.label) for key in answers])
    given = np.array([hierarchy.index(answer) for answer in answers.values()])
    right = hierarchical_accuracy(given, leaves, hierarchy)
    row = {"n": len(answers), "class": right["accuracy"], "parent": right["sibling"], "grandparent": right["cousin"]}
    if condition.swapped:
        new = [hierarchy.index(foreign(key, condition.swapped)) for key in answers]
        follows = [node in hierarchy.ancestors(leaf) for node, leaf in zip(new, given, strict=True)]
        row["swapped_in"] = float(np.mean(follows))
    return row


def print_cues(found: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Print a report as a table, percent."""
    print(f"{'condition':30}{'network':34}{'class':>7}{'parent':>8}{'grandparent':>13}{'swapped in':>12}")
    for condition, rows in found.items():
        for name, row in rows.items():
            shares = [f"{100 * row[level]:.1f}" for level in ("class", "parent", "grandparent")]
            follows = f"{100 * row['swapped_in']:.1f}" if "swapped_in" in row else ""
            print(f"{condition:30}{name:34}{shares[0]:>7}{shares[1]:>8}{shares[2]:>13}{follows:>12}")
