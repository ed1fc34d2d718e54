"""What a network reaches from each cue: Pantomime clips with cues left out, on their own, or exchanged.

The same clips are rendered under every condition. They are scaled without being encoded as videos in between, so the
row "as they are" is the one to compare with. A cue that is swapped in also stands in clips whose own cue was hidden.
"""

import os
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.metrics import hierarchical_accuracy
from hprotopnet.pantomime.conditions import CONDITIONS, Condition, Key, foreign, frames_under
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.spec import tree
from hprotopnet.studies.passes import keys_to_test, same_clips, shared_features


def cue_report(
    bundles: Sequence[Bundle], seed: int, per_class: int, workers: int | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Accuracies of networks under every condition, by condition and network.

    Clips are those of the test groups of a data set of this seed and size, the window in their middle. Every row has
    `class`, `parent` and `grandparent`: share of clips whose likeliest leaf is the class, or shares that ancestor with
    it; and where a cue is swapped `swapped_in`: share whose likeliest leaf lies under the node that was swapped in.
    Raises `InputError` for bundles that see clips differently, or know other classes.
    """
    clip = same_clips(bundles, whole=True)
    keys = keys_to_test([seed], per_class)
    models = {str(bundle.folder): bundle.load_model() for bundle in bundles}
    answers: dict[str, dict[str, dict[Key, str]]] = {name: {own: {} for own in models} for name in CONDITIONS}
    jobs = [(key, name) for name, key in product(CONDITIONS, keys)]
    rendered = in_processes(partial(frames_under, clip=clip), jobs, workers or os.cpu_count() or 1)
    for (key, name), images in tqdm(rendered, total=len(jobs), desc="cues", unit="clip"):
        for own, features in shared_features(models, [images]):
            likeliest = int(models[own].evidence(features).output.logits.argmax())
            answers[name][own][key] = models[own].hierarchy.nodes[likeliest]
    return {
        name: {own: _row(answers[name][own], condition) for own in models} for name, condition in CONDITIONS.items()
    }


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
