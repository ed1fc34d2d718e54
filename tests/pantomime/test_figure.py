"""Frames, bones and poses: laws of geometry, and one figure worked by hand."""

import math

import pytest

from hprotopnet.pantomime.figure import FOREARM, SHIN, THIGH, UPPER_ARM, Pose, bend, figure, joints
from hprotopnet.pantomime.look import look_of
from hprotopnet.pantomime.stage import ACTOR, PITCH, Frame, Stage, along, facing, nearness, project

TURNS = ({}, {"yaw": 40}, {"pitch": -65, "roll": 20}, {"yaw": 170, "pitch": 30, "roll": -80})


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_frame_stays_orthonormal_and_right_handed(turn):
    frame = facing(25).turned(**turn)
    axes = (frame.ahead, frame.up, frame.side)
    for i, a in enumerate(axes):
        for j, b in enumerate(axes):
            assert dot(a, b) == pytest.approx(float(i == j), abs=1e-12)
    cross = tuple(
        frame.up[i - 2] * frame.ahead[i - 1] - frame.up[i - 1] * frame.ahead[i - 2] for i in range(3)
    )  # up x ahead
    assert dot(cross, frame.side) == pytest.approx(1)


def test_who_looks_right_has_the_left_hand_on_the_far_side():
    frame = facing(90)
    assert frame.at(ahead=1) == pytest.approx((1, 0, 0))
    assert nearness(frame.at(side=1)) < nearness(frame.at(side=-1))
    assert facing(0).at(side=1) == pytest.approx((1, 0, 0))


def test_pitch_lifts_the_nose_and_roll_leans_to_the_right():
    assert Frame().turned(pitch=90).ahead == pytest.approx((0, 1, 0))
    assert dot(Frame().turned(roll=30).up, Frame().side) < 0
    assert dot(facing(0).turned(yaw=30).ahead, facing(0).side) > 0


def test_along_looks_at_its_goal():
    frame = along((1, 1, 1), (1, 1, 4), up=(0, 1, 0))
    assert frame.ahead == pytest.approx((0, 0, 1))
    assert frame.up == pytest.approx((0, 1, 0))
    straight_up = along((0, 0, 0), (0, 2, 0))
    assert straight_up.ahead == pytest.approx((0, 1, 0))
    assert math.hypot(*straight_up.side) == pytest.approx(1)


def test_projection_looks_down_from_the_front():
    assert project((2, 0, 0)) == pytest.approx((2, 0))
    assert project((0, 1, 0))[1] == pytest.approx(math.cos(PITCH))
    assert project((0, 0, -1))[1] == pytest.approx(math.sin(PITCH))  # further away is higher up


def test_the_stage_counts_pixels_from_its_top_left():
    stage = Stage(left=-1, right=1, bottom=0, top=1)
    assert stage.size == (400, 200)
    assert stage.pixel((-1, 1)) == (0, 0)
    scale, x, y = stage.affine
    assert (x + 0.5 * scale, y - 0.25 * scale) == stage.pixel((0.5, 0.25))


def test_two_bones_by_hand():
    elbow, hand = bend((0, 0, 0), (3, 0, 0), 2, 2, pole=(0, 1, 0))
    assert hand == pytest.approx((3, 0, 0))
    assert elbow == pytest.approx((1.5, math.sqrt(4 - 1.5**2), 0))


@pytest.mark.parametrize("target", [(0.1, 0.2, 0.3), (0.5, -0.1, 0), (9, 9, 9), (0, 0, 0), (0, 0, 1e-9)])
def test_bones_keep_their_length_whatever_they_reach_for(target):
    elbow, hand = bend((0, 0, 0), target, UPPER_ARM, FOREARM, pole=(0, -1, 0.1))
    assert math.dist((0, 0, 0), elbow) == pytest.approx(UPPER_ARM, abs=1e-6)
    assert math.dist(elbow, hand) == pytest.approx(FOREARM, abs=1e-6)


def test_a_standing_figure_stands():
    at = joints(Pose(), Frame())
    assert at["head"][1] > at["neck"][1] > at["hips"][1] > at["left_knee"][1] > at["left_foot"][1] > 0
    for side in ("left", "right"):
        assert math.dist(at[f"{side}_hip"], at[f"{side}_knee"]) == pytest.approx(THIGH, abs=1e-6)
        assert math.dist(at[f"{side}_knee"], at[f"{side}_foot"]) == pytest.approx(SHIN, abs=1e-6)
    assert 1.5 < at["head"][1] + 0.13 < 1.85


def test_a_scaled_frame_scales_the_bones():
    at = joints(Pose(), Frame(scale=0.5))
    assert math.dist(at["left_hip"], at["left_knee"]) == pytest.approx(0.5 * THIGH, abs=1e-6)


@pytest.mark.parametrize("group", range(1, 8))
def test_all_of_a_figure_belongs_to_its_cue(group):
    parts = figure(Pose(), facing(40), look_of(0, group), ACTOR)
    assert {part.bits for part in parts} == {ACTOR}
    assert all(math.isfinite(value) for part in parts for _, points in part.layers for p in points for value in p)
