"""How often answers are right at each level of the tree, and how severe their mistakes are: functions of how often each
clip counts, for `resampling.estimate`."""

from collections.abc import Callable

import numpy as np

from hprotopnet.evaluation.resampling import ratio
from hprotopnet.evaluation.rivals import Answers, climb
from hprotopnet.evaluation.selective import accuracy_specificity_area, aurc, distances_at
from hprotopnet.hierarchy.tree import Hierarchy

Figures = Callable[[np.ndarray], dict[str, np.ndarray]]
FIGURES = {
    "accuracy": "class right",
    "parent": "parent right",
    "grandparent": "grandparent right",
    "parent_given_wrong": "parent right where the class is wrong",
    "grandparent_given_wrong": "grandparent right where the class is wrong",
    "severity": "mean height of the lowest common ancestor where the class is wrong",
    "distance_1": "mean of that height over all clips, hierarchical distance at 1",
    "distance_5": "hierarchical distance at 5",
    "aurc": "area under the risk-coverage curve",
    "specificity_area": "area under accuracy against specificity of the climbing back-off",
}


def mistakes(answers: Answers, truth: np.ndarray, hierarchy: Hierarchy) -> Figures:
    """Every one of `FIGURES` of n clips with the true leaves (n,), as a function of countings (D, n).

    What is asked of mistakes is undefined, NaN, where there is none. How sure an answer is, is its score.
    """
    heights = hierarchy.leaf_heights[answers.leaves, truth]
    wrong, every = heights > 0, np.ones(len(truth))
    shares = {
        "accuracy": (heights == 0, every),
        "parent": (heights <= 1, every),
        "grandparent": (heights <= 2, every),
        "parent_given_wrong": (heights == 1, wrong),
        "grandparent_given_wrong": (wrong & (heights <= 2), wrong),
        "severity": (heights, wrong),
        "distance_1": (heights, every),
        "distance_5": (distances_at(answers.scores, truth, hierarchy, 5), every),
    }
    sure, ladder = answers.scores.max(1), climb(answers, hierarchy)

    def figures(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {
            **{name: ratio(weights @ above, weights @ below) for name, (above, below) in shares.items()},
            "aurc": aurc(sure, wrong, weights),
            "specificity_area": accuracy_specificity_area(ladder, truth, hierarchy, weights),
        }

    return figures


def shared_mistakes(one: Answers, other: Answers, truth: np.ndarray, hierarchy: Hierarchy) -> Figures:
    """Where both are wrong about the class: by how much more often one has the parent right than the other.

    A function of countings (D, n), as `mistakes`; `gain` is undefined where no clip misleads both.
    """
    heights = [hierarchy.leaf_heights[answers.leaves, truth] for answers in (one, other)]
    both = (heights[0] > 0) & (heights[1] > 0)
    gain = both * ((heights[0] == 1).astype(float) - (heights[1] == 1))
    return lambda weights: {"gain": ratio(weights @ gain, weights @ both)}
