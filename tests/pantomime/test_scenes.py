"""Backdrops and apparatus: what is painted, where it may be seen, and that it is the same every time."""

import numpy as np
import pytest

from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.apparatus import apparatus, block
from hprotopnet.pantomime.look import look_of, stream
from hprotopnet.pantomime.settings import SETTINGS, Canvas, base, paint_setting, rect
from hprotopnet.pantomime.shapes import Part
from hprotopnet.pantomime.spec import families
from hprotopnet.pantomime.stage import HORIZON, PARENT, Stage, facing, nearness
from hprotopnet.pantomime.surfaces.surface import SURFACES, paint_surface, ripples

STAGE, WIDE = Stage(), Stage(left=-4.0, right=6.0)
LOOK = look_of(3, 1)
PAINTERS = [(paint_setting, name) for name in SETTINGS] + [(paint_surface, name) for name in SURFACES]


def window(stage: Stage, image, x: float = 0.0) -> np.ndarray:
    """The opacity that a camera at zoom 1 sees: 3.2 x 2.4 m around x, from 0.5 m below the floor line."""
    left, top = stage.pixel((x - 1.6, 1.9))
    return np.asarray(image.crop((round(left), round(top), round(left) + 640, round(top) + 480)).getchannel("A"))


def extent(parts: list[Part]) -> np.ndarray:
    """Left, lower, right and upper end of parts on the plane."""
    points = np.array([point for part in parts for _, polygon in part.layers for point in polygon])
    return np.concatenate([points.min(0), points.max(0)])


def test_there_is_a_painter_for_every_parent_and_grandparent_of_the_tree():
    above = {families(label) for label in ACTIONS}
    assert set(SETTINGS) == {grandparent for grandparent, _ in above}
    assert set(SURFACES) == {parent for _, parent in above}


@pytest.mark.parametrize("grain", range(4))
def test_the_neutral_room_is_a_wall_above_a_floor(grain):
    look = next(look for look in (look_of(3, group) for group in range(60)) if look.grain == grain)
    room = base(STAGE, look, stream("room"))
    assert (room.mode, room.size) == ("RGB", STAGE.size)
    assert room.tobytes() == base(STAGE, look, stream("room")).tobytes()
    pixels, line = np.asarray(room, float), round(STAGE.pixel((0, HORIZON))[1])
    for part, colour in ((pixels[: line - 40], look.wall), (pixels[line + 40 :], look.floor)):
        assert np.abs(part.mean((0, 1)) - colour).max() < 40


@pytest.mark.parametrize(("paint", "name"), PAINTERS, ids=lambda value: getattr(value, "__name__", value))
def test_a_layer_is_a_picture_with_something_and_not_everything_on_it(paint, name):
    layer = paint(name, STAGE, LOOK, stream(name))
    assert (layer.mode, layer.size) == ("RGBA", STAGE.size)
    assert layer.tobytes() == paint(name, STAGE, LOOK, stream(name)).tobytes()
    assert 0.02 < (window(STAGE, layer) > 0).mean() < 0.95


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("stage", [STAGE, WIDE], ids=["clip", "story"])
def test_a_setting_is_seen_from_everywhere_and_leaves_room(name, stage):
    for group in range(3):
        layer = paint_setting(name, stage, look_of(3, group), stream(name, group))
        for x in np.linspace(stage.left + 1.6, stage.right - 1.6, 4):
            seen = window(stage, layer, x) > 0
            assert 0.03 < seen.mean() < 0.6
            # Below the horizon nothing but lines and footlights: the floor is the parent's.
            assert seen[:276].sum() > 3 * seen[276:].sum()


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_is_seen_from_everywhere_and_leaves_the_setting_in_view(name):
    layer = paint_surface(name, WIDE, LOOK, stream(name))
    for x in np.linspace(WIDE.left + 1.6, WIDE.right - 1.6, 5):
        seen = window(WIDE, layer, x) > 0
        assert seen[276:].mean() > 0.5
        assert seen[:140].mean() < 0.45


@pytest.mark.parametrize("name", SURFACES)
def test_moving_bits_of_a_surface_lie_below_whatever_stands(name):
    now, later = (ripples(name, STAGE, time, LOOK) for time in (0.0, 0.5))
    assert bool(now) == (name in ("Water Sports", "Snow Sports"))
    assert all(part.bits == PARENT and -20 <= part.near <= -12 for part in now)
    assert not now or [part.layers for part in now] != [part.layers for part in later]


@pytest.mark.parametrize("name", SURFACES)
def test_apparatus_is_the_parents_and_grows_with_its_frame(name):
    for yaw in (20, 55, 90):
        parts = apparatus(name, facing(yaw), LOOK)
        assert len(parts) <= 12
        assert all(part.bits == PARENT and part.layers for part in parts)
        if parts:
            bigger = apparatus(name, facing(yaw, scale=1.5), LOOK)
            # Outlines keep their width, so not exactly.
            np.testing.assert_allclose(extent(bigger), 1.5 * extent(parts), atol=0.03)


@pytest.mark.parametrize(
    ("name", "ahead", "up"), [("Cooking", 0.35, 0.9), ("Chores", 0.3, 0.85), ("Grooming", 0.35, 0.85)]
)
@pytest.mark.parametrize("yaw", [20, 45, 70, 90])
def test_furniture_hides_the_legs_behind_it_and_not_the_hands_above_it(name, ahead, up, yaw):
    frame = facing(yaw)
    near = max(part.near for part in apparatus(name, frame, LOOK))
    for side in (-0.25, 0.25):
        assert near < nearness(frame.at(ahead + 0.05, up + 0.05, side))
    if yaw < 50:
        assert near > nearness(frame.at(0.05, 0.45, 0.0))


def test_a_block_shows_the_faces_that_are_turned_to_the_viewer():
    faces = {yaw: len(block(facing(yaw), (0, 0, 0), (1, 1, 1), (90, 90, 90)).layers) for yaw in (0, 30, 90)}
    assert faces[30] > faces[0] == faces[90]


def test_a_canvas_cuts_off_what_lies_beside_the_stage():
    canvas = Canvas(STAGE)
    canvas.fill(rect(-9, -9, -2.5, 9), (255, 0, 0), (0, 0, 255), alpha=128)
    canvas.glow(2.7, 2.9, 0.5, 0.5, (255, 255, 255), 255)
    opacity = np.asarray(canvas.image.getchannel("A"))
    assert (opacity[:, :39] == 128).all()
    assert not opacity[200:, 60:].any()
    assert opacity[0, -1] > 200
