"""Props: everything draws wherever it is turned, has the size its docstring says and belongs to its cue."""

import math

import pytest

from hprotopnet.pantomime.look import look_of
from hprotopnet.pantomime.props import PROPS, rope
from hprotopnet.pantomime.shapes import OUTLINE, area, grown, lathe, prism
from hprotopnet.pantomime.stage import CHILD, Frame, Plane, facing, project

LOOK = look_of(3, 1)
FRAMES = [
    facing(0),
    facing(25, (0.3, 1.0, -0.2)),
    facing(60),
    facing(90, scale=1.3),
    facing(70).turned(pitch=40, roll=-50),
    facing(80).turned(pitch=90, roll=120),
    facing(-140).turned(pitch=-35, roll=35),
]
# Seen from exactly above its upper face: ahead to the right, side up the picture.
PLAN = Frame(ahead=(1.0, 0.0, 0.0), up=facing(0).turned(pitch=15).ahead, side=facing(0).turned(pitch=15).up)
# Length along `ahead`, and how far it reaches that way, in metres.
LENGTHS = {
    "boat": (2.2, 1.1), "paddle": (1.9, 0.95), "surfboard": (1.9, 0.95), "plank": (1.55, 0.775), "sledge": (1.1, 0.57),
    "ball": (0.26, 0.13), "small_ball": (0.12, 0.06), "racket": (0.68, 0.58), "fiddle_small": (0.62, 0.61),
    "fiddle_big": (1.3, 0.925), "bow": (0.7, 0.69), "stick": (0.35, 0.26), "flute": (0.7, 0.69), "horn": (0.67, 0.65),
    "frame_drum": (0.54, 0.52), "dish": (0.4, 0.2), "dough": (0.48, 0.24), "utensil": (0.3, 0.23),
    "block": (0.26, 0.13),
    "board": (0.3, 0.15), "suitcase": (0.62, 0.31),
}  # fmt: skip
# Reach above and below the origin, and to either side.
HEIGHTS = {"climbing_rope": (-3.2, 0.03), "chair": (0.0, 0.92), "drums": (0.0, 0.62), "cone": (0.0, 0.5)}
# Of the boat, with the foam beside it.
WIDTHS = {"board": 0.8, "fiddle_big": 0.46, "boat": 0.96, "dough": 0.48, "drums": 0.88}


def outline(parts: list) -> list[Plane]:
    return [point for part in parts for _, polygon in part.layers for point in polygon]


def reach(name: str, frame: Frame, axis: tuple) -> tuple[float, float]:
    """How far a prop reaches each way along an axis of its frame that lies in the picture."""
    origin, way = project(frame.origin), project(axis)
    along = [(x - origin[0]) * way[0] + (y - origin[1]) * way[1] for x, y in outline(PROPS[name](frame, LOOK, 0))]
    return min(along) + OUTLINE, max(along) - OUTLINE


@pytest.mark.parametrize("name", PROPS)
def test_draws_wherever_it_is_turned(name: str):
    for frame in FRAMES:
        parts = PROPS[name](frame, LOOK, CHILD)
        assert parts
        assert all(part.bits == CHILD and part.layers and 0 < part.opacity <= 1 for part in parts)
        assert all(math.isfinite(part.near) for part in parts)
        assert all(math.isfinite(value) for point in outline(parts) for value in point)
        assert all(0 <= channel <= 255 for part in parts for colour, _ in part.layers for channel in colour)
        assert parts == PROPS[name](frame, LOOK, CHILD)


@pytest.mark.parametrize("name", LENGTHS)
def test_length_is_as_documented(name: str):
    length, ahead = LENGTHS[name]
    back, front = reach(name, PLAN, PLAN.ahead)
    assert front == pytest.approx(ahead, abs=0.035)
    assert front - back == pytest.approx(length, abs=0.045)


@pytest.mark.parametrize("name", WIDTHS)
def test_width_is_as_documented(name: str):
    left, right = reach(name, PLAN, PLAN.side)
    assert right - left == pytest.approx(WIDTHS[name], abs=0.06)


@pytest.mark.parametrize("name", HEIGHTS)
def test_height_is_as_documented(name: str):
    lying = Frame(up=(1.0, 0.0, 0.0), ahead=(0.0, 0.0, 1.0), side=(0.0, 1.0, 0.0))
    below, above = reach(name, lying, lying.up)
    assert (below, above) == pytest.approx(HEIGHTS[name], abs=0.04)


def test_a_prop_moves_and_grows_with_its_frame():
    here, there = (outline(PROPS["cone"](facing(40, at), LOOK, 0)) for at in ((0, 0, 0), (1.0, 0.0, 0.0)))
    assert all(b == pytest.approx((a[0] + 1.0, a[1])) for a, b in zip(here, there, strict=True))
    small, large = (reach("dough", facing(90, scale=k), (1.0, 0.0, 0.0)) for k in (1.0, 2.0))
    assert large == pytest.approx((2 * small[0], 2 * small[1]), abs=0.02)


def test_a_boat_has_its_sitter_between_two_rims():
    for yaw in (20, 62, 90, 120):
        frame = facing(yaw)
        behind, before = PROPS["boat"](frame, LOOK, CHILD)
        knees = frame.at(0.2, 0.5, 0.0)
        assert behind.near < knees[2] < before.near


def test_a_rope_passes_through_its_points():
    points = [(0.1 * i, 1.0 + math.sin(i), 0.05 * i) for i in range(8)]
    cord, *handles = rope(points, LOOK, CHILD)
    assert len(handles) == 2
    polygons = [polygon for _, polygon in cord.layers]
    for point in points:
        x, y = project(point)
        assert any(
            min(p[0] for p in polygon) <= x <= max(p[0] for p in polygon)
            and min(p[1] for p in polygon) <= y <= max(p[1] for p in polygon)
            for polygon in polygons
        )


def test_grown_moves_sides_outwards_either_way_round():
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    for polygon in (square, square[::-1]):
        assert abs(area(grown(polygon, 0.1))) == pytest.approx(1.2**2)


def test_a_loft_shows_what_faces_the_viewer():
    red, green, blue = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    for frame, shown in ((facing(30), 1), (facing(30).turned(roll=180), 2)):
        layers = lathe(frame, ((0, 1), (1, 1)), red, 0, caps=(blue, green)).layers
        assert {max(range(3), key=lambda i, colour=colour: colour[i]) for colour, _ in layers} == {0, shown}


def test_a_loft_covers_its_silhouette_only():
    part = prism(facing(0), ((-1, -1), (1, -1), (1, 1), (-1, 1)), 0, 1, (200, 0, 0), 0)
    xs, ys = zip(*outline([part]), strict=True)
    corners = [project(facing(0).at(a, u, s)) for a in (-1, 1) for u in (0, 1) for s in (-1, 1)]
    assert max(xs) == pytest.approx(max(x for x, _ in corners) + OUTLINE)
    assert max(ys) == pytest.approx(max(y for _, y in corners) + OUTLINE)
