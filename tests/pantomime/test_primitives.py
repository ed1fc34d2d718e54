"""Motion primitives: every action has some, families share them, and their phases are those of the drawn motion."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hprotopnet.pantomime.actions.catalogue import ACTIONS, Moment
from hprotopnet.pantomime.actions.primitives import PHASES, PRIMITIVES, stretches, twins
from hprotopnet.pantomime.annotating import Shown, atoms
from hprotopnet.pantomime.rendering import moment
from hprotopnet.pantomime.spec import clip_spec, families
from hprotopnet.pantomime.stories import GROUPS, TRAINING_GROUPS, is_tested, untrimmed


def changes_with(channel, pose):
    still = Moment(0.5, 0.5, 0.3, 0.0)
    return pose(still) != pose(replace(still, **{channel: 0.9}))


def test_every_action_has_primitives_that_it_moves():
    assert PRIMITIVES.keys() == ACTIONS.keys()
    for label, own in PRIMITIVES.items():
        assert own, label
        assert {track for _, track in own} & set("uv") <= set(ACTIONS[label].moves), label
        moved = {channel for channel in ACTIONS[label].moves if changes_with(channel, ACTIONS[label].pose)}
        assert moved <= {track for _, track in own}, label


def test_primitives_are_shared_between_families():
    owners = {}
    for label, own in PRIMITIVES.items():
        for name, _ in own:
            owners.setdefault(name, set()).add(families(label)[1])
    alone = {name for name, parents in owners.items() if len(parents) == 1}
    assert alone == {"spread", "turn", "hop"}  # of jumping
    assert len(owners) == 15


def test_siblings_that_look_alike_differ_in_their_first_primitive():
    for one, other in (("Rafting", "Kayaking"), ("Cello", "Guitar"), ("PushUps", "Lunges"), ("Hammering", "Ironing")):
        assert ACTIONS[one].pose is ACTIONS[other].pose
        assert PRIMITIVES[one][0].name != PRIMITIVES[other][0].name


def test_twins_are_siblings_of_one_pose_that_move_another_channel():
    found = twins()
    assert len(found) == 10
    assert ("Skiing", "Snowboarding") in found
    assert not {"BasketballShooting", "JumpingJacks", "Surfing"} & {label for pair in found for label in pair}
    for one, other in found:
        assert families(one) == families(other)
        assert ACTIONS[one].props == ACTIONS[other].props
        assert {ACTIONS[one].moves, ACTIONS[other].moves} == {"u", "v"}


@pytest.mark.parametrize("label", ["Rafting", "Surfing", "Mopping", "BlowDryingHair"])
def test_phases_are_those_of_the_motion_that_is_drawn(label):
    spec = clip_spec(3, label, 9, 1)
    track = dict(PRIMITIVES[label])
    for start, stop, name, phase in stretches(label, spec.tempo, spec.phase, spec.seconds):
        times = np.linspace(start + 1e-6, stop - 1e-6, 5)
        moved = np.diff([getattr(moment(spec, time), track[name]) for time in times])
        assert (np.sign(moved) == (1 if phase == "out" else -1)).all()


@pytest.mark.parametrize("label", ACTIONS)
def test_stretches_of_a_primitive_fill_the_action_in_turn(label):
    found = list(stretches(label, 1.3, 0.9, 3.0))
    for name, track in PRIMITIVES[label]:
        own = [one for one in found if one.name == name]
        assert own[0].start == 0
        assert own[-1].stop == 3
        assert all(one.stop == other.start for one, other in pairwise(own))
        turns = [one.phase for one in own]
        first = PHASES[track].index(turns[0])
        assert turns == [PHASES[track][(first + n) % len(PHASES[track])] for n in range(len(turns))]


def test_atoms_of_a_video_lie_in_its_segments():
    specs = untrimmed(2, 5)
    begun, segments = 0.0, []
    for spec in specs:
        if not spec.idle:
            segments.append((begun + 0.2, begun + spec.seconds, spec.label))
        begun += spec.seconds
    found = list(atoms(Shown(False, begun, specs, tuple(segments))))
    for start, stop, label in segments:
        own = [one for one in found if start <= one.start and one.stop <= stop]
        assert {one.name for one in own} == {name for name, _ in PRIMITIVES[label]}
        assert min(one.start for one in own) == start
        assert max(one.stop for one in own) == pytest.approx(stop)
        found = [one for one in found if one not in own]
    assert found == []


def test_three_in_ten_untrimmed_videos_are_tested_on_and_sides_share_no_look():
    assert [number for number in range(1, 11) if is_tested(number)] == [1, 4, 7]
    for count in range(1, 60):
        assert abs(sum(is_tested(number) for number in range(1, count + 1)) - 0.3 * count) < 1
    for number in range(1, 30):
        groups = {shot.group for shot in untrimmed(1, number)}
        assert len(groups) == 1
        assert groups <= set(GROUPS if is_tested(number) else TRAINING_GROUPS)


@pytest.mark.parametrize("count", [20, 73])
def test_all_classes_are_acted_equally_often_on_each_side(count):
    acted = {True: Counter(dict.fromkeys(ACTIONS, 0)), False: Counter(dict.fromkeys(ACTIONS, 0))}
    for number in range(1, count + 1):
        labels = [shot.label for shot in untrimmed(1, number) if not shot.idle]
        assert len(labels) == len(set(labels))
        acted[is_tested(number)].update(labels)
    for own in acted.values():
        assert max(own.values()) - min(own.values()) <= 2
