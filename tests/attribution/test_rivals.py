"""What a node is held against: everything else, or its siblings alone."""

import pytest
import torch
from lookers import a_clip, prototype_subject
from toys import spotted, toy_model, uniform_tree

from hprotopnet.attribution.attribution import load_attribution, save_attribution
from hprotopnet.attribution.methods import attribute
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.config import ClipConfig

CLIP = ClipConfig(frames=16, size=40)


@pytest.fixture(scope="module")
def said():
    """Of one clip the log-probabilities of every node and its scores, by what it is held against; and the tree."""
    model, clip = spotted()
    found = {}
    for rivals in ("all", "siblings"):
        subject = PrototypeSubject(model.eval(), CLIP, "toy", rivals)
        with torch.no_grad():
            inputs = subject.inputs(clip.images)
            found[rivals] = subject.log_probabilities(inputs)[0].double(), subject(inputs)[0].double()
    return found, model.hierarchy


def test_among_siblings_a_probability_is_that_within_the_parent(said):
    found, tree = said
    (everywhere, _), (among, _) = found["all"], found["siblings"]
    for node, parent in enumerate(tree.parents):
        within = everywhere[node] - (everywhere[parent] if parent >= 0 else 0)
        assert float(among[node]) == pytest.approx(float(within), abs=1e-5)


def test_siblings_share_all_there_is(said):
    found, tree = said
    among = found["siblings"][0].exp()
    for parent in range(-1, len(tree.nodes)):
        siblings = [node for node, own in enumerate(tree.parents) if own == parent]
        if siblings:
            assert float(among[siblings].sum()) == pytest.approx(1, abs=1e-5)


def test_a_score_is_the_log_odds_of_that_probability(said):
    found, _ = said
    for sure, scores in found.values():
        odds = sure - torch.log(-torch.expm1(sure))
        chosen = sure < -1e-3  # of one that is certain the difference from 1 is all rounding
        torch.testing.assert_close(scores[chosen], odds[chosen], rtol=1e-3, atol=1e-3)


def test_at_the_top_both_are_the_same(said):
    found, tree = said
    top = [node for node, parent in enumerate(tree.parents) if parent < 0]
    torch.testing.assert_close(found["siblings"][1][top], found["all"][1][top])


def test_an_only_child_is_certain_and_nothing_decides():
    model = toy_model(hierarchy=uniform_tree(2, 2, 1)).eval()
    subject = PrototypeSubject(model, CLIP, "toy", "siblings")
    inputs = subject.inputs(a_clip((16, 40, 40)).images)
    with torch.no_grad():
        leaves = [model.hierarchy.nodes.index(name) for name in model.hierarchy.classes]
        assert (subject(inputs)[0, leaves] == 0).all()
        assert (subject.log_probabilities(inputs)[0, leaves] == 0).all()


def test_an_attribution_says_what_the_node_was_held_against(tmp_path):
    model, clip = spotted()
    subject = PrototypeSubject(model.eval(), CLIP, "toy", "siblings")
    own = attribute(subject, clip, model.hierarchy.classes[0], "gradients")
    save_attribution(tmp_path / "a.npz", own)
    assert load_attribution(tmp_path / "a.npz").rivals == own.rivals == "siblings"
    assert attribute(prototype_subject(model), clip, model.hierarchy.classes[0], "gradients").rivals == "all"
