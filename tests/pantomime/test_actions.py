"""The table of actions: complete, periodic, and with pairs that only motion tells apart."""

from itertools import combinations

import pytest

from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.pantomime.actions.action import Moment
from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.figure import joints
from hprotopnet.pantomime.look import look_of
from hprotopnet.pantomime.stage import CHILD, facing

TREE = load_hierarchy("pantomime")
FAMILIES = [[TREE.nodes[leaf] for leaf in TREE.leaves_under(parent)] for parent in TREE.at_level(1)]


def test_every_class_has_one_action_and_every_action_a_class():
    assert set(ACTIONS) == set(TREE.classes)
    assert [len(TREE.at_level(level)) for level in range(3)] == [36, 12, 4]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[0])
def test_every_family_has_a_pair_that_differs_only_in_what_moves(family):
    def alike(one, other):
        a, b = ACTIONS[one], ACTIONS[other]
        return (a.pose, a.props, a.yaw, a.middle) == (b.pose, b.props, b.yaw, b.middle) and a.moves != b.moves

    assert any(alike(one, other) for one, other in combinations(family, 2))


@pytest.mark.parametrize("label", ACTIONS)
def test_an_action_moves_and_its_props_are_drawn(label):
    action, frame, look = ACTIONS[label], facing(50), look_of(1, 1)
    early, late = (action.pose(Moment(k, k, k, 0.0)) for k in (0.1, 0.6))
    assert joints(early, early.placed(frame)) != joints(late, late.placed(frame))
    at = joints(early, early.placed(frame))
    for draw in action.props:
        parts = draw(early.placed(frame), at, look, CHILD)
        assert parts
        assert {part.bits for part in parts} == {CHILD}


@pytest.mark.parametrize("label", ACTIONS)
def test_nobody_sinks_into_the_floor(label):
    for k in range(6):
        pose = ACTIONS[label].pose(Moment(k / 5, 1 - k / 5, k / 6, 0.0))
        at = joints(pose, pose.placed(facing(60)))
        assert min(at[name][1] for name in ("hips", "head", "left_hand", "right_hand", "left_foot")) > -0.12
