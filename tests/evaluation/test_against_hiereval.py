"""Our figures of merit against those of `hiereval`, which counts edges of paths from the root down.

Between two leaves of a uniform tree there are twice as many edges as the height of their lowest common ancestor.
"""

import hiereval
import numpy as np
import pytest
from toys import toy_hierarchy, uniform_tree

from hprotopnet.evaluation.metrics import back_off_figures, hierarchical_accuracy
from hprotopnet.evaluation.rivals import as_is, climb, stop
from hprotopnet.evaluation.selective import distances_at

TREES = [toy_hierarchy(), uniform_tree(4, 3, 3)]


def paths(nodes, tree):
    """As `hiereval` wants them: topmost first, unknown below where an answer ends."""
    found = [[tree.nodes[own] for own in reversed(tree.ancestors(node))] if node >= 0 else [] for node in nodes]
    return [path + [hiereval.UNK] * (tree.depth - len(path)) for path in found]


def world(tree, count=300):
    rng = np.random.default_rng(0)
    leaves = rng.dirichlet(np.full(len(tree.classes), 0.1), size=count)
    return leaves @ tree.covers.T, np.array([rng.choice(len(tree.classes), p=row) for row in leaves])


@pytest.mark.parametrize("tree", TREES)
def test_severity_and_kinds_of_mistakes(tree):
    nodes, truth = world(tree)
    answers = as_is(nodes, tree).leaves
    wrong = answers != truth
    found = hierarchical_accuracy(answers, truth, tree)
    there, said = paths(truth, tree), paths(answers, tree)
    kinds = hiereval.error_profile(there, said)
    assert found["accuracy"] == pytest.approx(hiereval.full_path_accuracy(there, said))
    edges = hiereval.mean_taxonomic_distance(paths(truth[wrong], tree), paths(answers[wrong], tree))
    assert found["mistake_severity"] == pytest.approx(edges / 2)
    assert found["p_sibling_given_error"] == pytest.approx(kinds["sibling"] / (1 - kinds["exact"]))
    assert found["cousin"] == pytest.approx(1 - kinds["catastrophic"])


@pytest.mark.parametrize("tree", TREES)
def test_hierarchical_precision_of_leaves_restates_their_mean_height(tree):
    nodes, truth = world(tree)
    answers = as_is(nodes, tree).leaves
    heights = tree.leaf_heights[answers, truth]
    found = hiereval.hierarchical_prf(paths(truth, tree), paths(answers, tree))
    assert (found.precision, found.recall) == pytest.approx([1 - heights.mean() / tree.depth] * 2)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("k", [1, 3, 5])
def test_hierarchical_distance_at_k(tree, k):
    nodes, truth = world(tree, 100)
    scores = as_is(nodes, tree).scores
    best = np.argsort(-scores, axis=1)[:, :k]
    ranks = [hiereval.mean_taxonomic_distance(paths(truth, tree), paths(own, tree)) / 2 for own in best.T]
    assert distances_at(scores, truth, tree, k).mean() == pytest.approx(np.mean(ranks))


@pytest.mark.parametrize("tree", TREES)
def test_answers_that_stop_short(tree):
    nodes, truth = world(tree)
    answers = stop(climb(as_is(nodes, tree), tree), 0.8)
    said = answers[answers >= 0]
    kinds = hiereval.error_profile(paths(truth[answers >= 0], tree), paths(said, tree))
    found = back_off_figures(nodes, truth, tree, 0.8)
    assert found["answer_accuracy"] == pytest.approx(kinds["exact"] + kinds["generalisation"])
