"""What is known of a node, worked by hand on a tree of six classes."""

import numpy as np
import pytest
from scored import answered
from toys import toy_hierarchy

from hprotopnet.data.clips import Source
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.studies.nodes import node_answers, node_facts

TREE = toy_hierarchy()
# Four prototypes: two of "ball", a parent with the classes dunk and throw; one of "sports", one of "dunk".
OWNERS = ("ball", "ball", "sports", "dunk")
SOURCES = tuple(Source(video=f"v{i}", start=0.0, cell=(0, 0, i), moved=0.0) for i in range(4))
LABELS = ("dunk", "throw", "surf", "drum")
# Of four clips, one of each of these classes, with each prototype.
SIMILARITIES = ((0.9, 0.1, 0.5, 0.4), (0.7, 0.3, 0.6, 0.1), (0.2, 0.5, 0.4, 0.2), (0.0, 0.1, 0.1, 0.3))
# What decides, by clip: contributions of the prototypes of "ball". The third goes another way.
DECIDES = ({0: 0.5, 1: 0.2}, {1: 0.4, 0: 0.3}, None, {0: -0.1, 1: -0.2})


def evidence(prototype: int, similarity: float, contribution: float) -> PrototypeEvidence:
    activation = np.full((1, 1, 1), similarity, np.float32)
    return PrototypeEvidence(prototype, similarity, 0.0, contribution, (0, 0, 0), activation, (None,))


def explained(clip: int) -> Explanation:
    found = DECIDES[clip]
    rows = () if found is None else tuple(evidence(j, SIMILARITIES[clip][j], value) for j, value in found.items())
    shares = {"own": 0.0, "path": 0.0, "others": 0.0}
    level = LevelExplanation("parent", "ball" if rows else "water", 0.5, "all others", 0.0, None, shares, rows)
    known = dict.fromkeys(TREE.nodes, 0.1)
    return Explanation(
        *(f"v{clip}", 0.0, (0.0,), known, {}, ("sports", level.node, LABELS[clip]), 0.8, None, None, (level,), None),
        similarities=SIMILARITIES[clip],
        completeness=0.0,
        grid=(1, 1, 1),
    )


def facts(name: str):
    return node_facts(name, TREE, SOURCES, OWNERS, LABELS, [explained(clip) for clip in range(4)])


def test_a_prototype_fires_in_the_children_of_its_node_and_elsewhere():
    first, second = facts("ball").prototypes
    assert first.fires == pytest.approx({"dunk": 0.9, "throw": 0.7})
    assert first.elsewhere == pytest.approx(0.1)
    assert second.fires == pytest.approx({"dunk": 0.1, "throw": 0.3})
    assert second.elsewhere == pytest.approx(0.3)
    (whole,) = facts("sports").prototypes
    assert whole.fires == pytest.approx({"ball": 0.55, "water": 0.4})
    (leaf,) = facts("dunk").prototypes
    assert leaf.fires == pytest.approx({"dunk": 0.4})  # of a class: in its own clips


def test_purity_counts_clips_of_the_node_among_as_many_as_there_are():
    first, second = facts("ball").prototypes
    assert (first.asked, first.pure) == (2, 2)
    assert (second.asked, second.pure) == (2, 1)  # surf and throw are most like it


def test_a_prototype_decides_where_it_speaks_most_and_speaks_for_the_node():
    found = facts("ball")
    assert (found.stored, found.explained) == (4, 3)
    assert [row.decided for row in found.prototypes] == [1, 1]  # in the last one nothing speaks for it


def test_the_nearest_patches_come_from_clips_whose_explanation_tells_them():
    first, second = facts("ball").prototypes
    assert [(patch.clip, patch.evidence.similarity) for patch in first.nearest] == [(0, 0.9), (1, 0.7), (3, 0.0)]
    assert [patch.clip for patch in second.nearest] == [1, 0, 3]  # of the third clip, 0.5, nobody knows where
    assert facts("dunk").prototypes[0].nearest == ()


def test_twins_show_the_same_patch_or_agree_over_all_clips():
    apart = SOURCES
    same = (SOURCES[0], SOURCES[0], *SOURCES[2:])
    explanations = [explained(clip) for clip in range(4)]
    of = [node_facts("ball", TREE, own, OWNERS, LABELS, explanations) for own in (apart, same)]
    assert [[row.twins for row in found.prototypes] for found in of] == [[(), ()], [(2,), (1,)]]
    many = [explained(clip % 4) for clip in range(12)]
    owners = ("ball", "sports", "ball", "dunk")  # over many clips the third rises and falls as the first does not
    found = node_facts("ball", TREE, apart, owners, LABELS * 3, many)
    assert [row.twins for row in found.prototypes] == [(), ()]
    alike = [
        Explanation(**vars(own) | {"similarities": (own.similarities[0], 2 * own.similarities[0], 0.0, 0.0)})
        for own in many
    ]
    found = node_facts("ball", TREE, apart, OWNERS, LABELS * 3, alike)
    assert [row.twins for row in found.prototypes] == [(2,), (1,)]


def test_a_node_without_prototypes_or_clips_has_empty_facts():
    assert facts("music").prototypes == ()
    none = node_facts("ball", TREE, SOURCES, OWNERS, (), ())
    assert [(row.fires, row.elsewhere, row.asked, row.decided) for row in none.prototypes] == [({}, None, 0, 0)] * 2


def test_answers_within_a_node_are_right_whatever_class_of_it_is_said():
    truth, said = ("dunk", "dunk", "throw", "surf", "drum"), ("throw", "surf", "throw", "dunk", "drum")
    found = node_answers("ball", answered(truth, said))
    assert (found.clips, found.right) == (3, pytest.approx(2 / 3))
    assert (found.claimed, found.precise) == (3, pytest.approx(2 / 3))
    assert [(row["truth"], row["said"]) for row in found.missed] == [("dunk", "surf")]
    assert [(row["truth"], row["said"]) for row in found.taken] == [("surf", "dunk")]
    top = node_answers("sports", answered(truth, said))
    assert (top.clips, top.right, top.missed, top.taken) == (4, 1.0, (), ())
    assert top.interval == pytest.approx((0.51, 1), abs=0.01)  # Wilson's, of 4 of 4


def test_nothing_is_said_of_a_node_that_no_clip_shows():
    found = node_answers("string", answered(("dunk", "drum"), ("dunk", "drum")))
    assert (found.clips, found.right, found.interval, found.precise) == (0, None, None, None)
