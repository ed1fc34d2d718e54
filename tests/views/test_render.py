import io

import numpy as np
import pytest
from PIL import Image

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.explain.boxes import boxes, stretch
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.views import render


def impulse(grid: tuple[int, int, int], cell: tuple[int, int, int]) -> np.ndarray:
    activation = np.zeros(grid)
    activation[cell] = 1
    return activation


def grey(frames: int = 8, height: int = 60, width: int = 90) -> np.ndarray:
    return np.full((frames, height, width, 3), 90, dtype=np.uint8)


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_heat_is_brightest_where_the_cell_lies():
    """An impulse off the diagonal of a grid that is square in no two axes: no swap of axes goes unseen."""
    strength = render.over_time(impulse((2, 3, 5), (1, 0, 3)), 8)
    drawn = render.heat(grey(), strength).astype(int).sum(axis=3)
    frame, row, column = np.unravel_index(drawn.argmax(), drawn.shape)
    assert frame >= 4
    assert 0 <= row < 20
    assert 54 <= column < 72


def test_heat_of_some_frames_is_that_of_all():
    """Also of one frame, whose map alone would run from another lowest value to another highest."""
    images = np.random.default_rng(0).integers(0, 256, size=(8, 60, 90, 3)).astype(np.uint8)
    strength = render.over_time(np.random.default_rng(1).normal(size=(2, 3, 5)), 8)
    every = render.heat(images, strength)
    for shown in ([6], [3, 1]):
        assert np.abs(render.heat(images[shown], strength[shown]).astype(int) - every[shown]).max() <= 2  # rounding


def test_heat_reads_without_colour():
    """Lightness only rises with strength."""
    ramp = render.heat(grey(1, 4, 256), np.linspace(0, 1, 256)[None, None])[0, 0]
    lightness = ramp @ [0.2126, 0.7152, 0.0722]
    assert np.diff(lightness).min() > -1.5  # rounding to whole levels
    assert lightness[-1] - lightness[0] > 80


@pytest.mark.parametrize("value", [0.0, 0.7, 9.21])
def test_constant_maps_are_cold_and_finite(value):
    activation = np.full((2, 3, 3), value)
    assert (render.relative(activation) == 0).all()
    drawn = render.heat(grey(), render.over_time(activation, 8))
    assert (drawn == drawn[0, 0, 0]).all()
    assert render.evidence_clip(grey(), boxes(activation, 8, 60), activation, 60, range(8)).dtype == np.uint8


def test_box_and_heat_agree_on_the_cell():
    activation = impulse((2, 3, 5), (1, 0, 3))
    square = np.full((8, 60, 60, 3), 90, dtype=np.uint8)
    found = boxes(activation, 8, 60)
    drawn = render.outline(square, found)
    changed = np.argwhere((drawn != square).any(axis=3))
    assert changed[:, 0].min() >= 3
    heat = stretch(activation, 8, 60, 60)
    top, left = changed[:, 1].min(), changed[:, 2].min()
    bottom, right = changed[:, 1].max(), changed[:, 2].max()
    row, column = np.unravel_index(heat[6].argmax(), heat[6].shape)
    assert top <= row <= bottom
    assert left <= column <= right
    assert 36 <= (left + right) / 2 < 48


def test_a_contour_runs_along_both_sides_of_the_edge_and_nowhere_else():
    mask = np.zeros((1, 3, 3), bool)
    mask[0, 1, 1] = True  # the middle ninth of the picture
    drawn = render.contour(np.full((1, 9, 9, 3), 128, np.uint8), mask)[0, :, :, 0]
    light, dark = (np.argwhere(drawn == value).tolist() for value in (255, 0))
    ring = [[row, column] for row in (3, 4, 5) for column in (3, 4, 5) if (row, column) != (4, 4)]
    assert light == ring  # inside, and its middle is left as it is
    around = [[row, column] for row in range(2, 7) for column in range(2, 7)]
    corners = [[2, 2], [2, 6], [6, 2], [6, 6]]
    inside = [*ring, [4, 4]]
    assert dark == [place for place in around if place not in corners and place not in inside]


def test_outline_stays_inside_its_box_and_shows_on_black_and_on_white():
    for ground in (0, 255):
        images = np.full((1, 60, 90, 3), ground, dtype=np.uint8)
        drawn = render.outline(images, [(30, 10, 70, 50)])
        rows, columns = np.nonzero((drawn[0] != images[0]).any(axis=2))
        assert (rows.min(), rows.max(), columns.min(), columns.max()) >= (10, 49, 30, 69)
        assert rows.min() in (10, 11)
        assert columns.max() in (68, 69)


def test_tiny_boxes_and_boxes_at_the_border_can_be_drawn():
    edge = [(0, 0, 1, 1), (89, 59, 90, 60), (0, 0, 90, 60), None]
    drawn = render.outline(grey(4), edge)
    assert drawn.shape == (4, 60, 90, 3)
    assert [(frame == render.ACCENT).all(axis=2).any() for frame in drawn] == [True, True, True, False]


def test_cut_out_stands_still_along_the_union_and_shows_each_frames_box():
    images = grey(4)
    images[1, 10:20, 30:40] = 250
    images[2, 10:20, 40:50] = 250
    piece = render.cut_out(images, [None, (30, 10, 40, 20), (40, 10, 50, 20), None], 40)
    assert piece.shape == (4, 40, 40, 3)  # a union of 20 x 10 pixels, twice as large, between two dark bands
    assert (piece[1, 14:26, 2:17] > 230).all()
    assert (piece[2, 14:26, 23:38] > 230).all()
    assert (piece[:, :9] == render.MATTE).all()
    assert (piece[:, 31:] == render.MATTE).all()


RED = (255, 0, 0)
MOVING = [None, (30, 10, 40, 20), (40, 16, 60, 40), (0, 50, 90, 60)]


def grey_in_red() -> np.ndarray:
    """Frames that are red but for what lies in the boxes of `MOVING`, which is grey."""
    images = np.full((4, 60, 90, 3), RED, dtype=np.uint8)
    for image, box in zip(images, MOVING, strict=True):
        if box:
            image[box[1] : box[3], box[0] : box[2]] = 90
    return images


def redness(pictures: np.ndarray) -> int:
    """The most that a pixel has of red above green."""
    return int((pictures[..., 0].astype(int) - pictures[..., 1]).max())


def test_nothing_outside_a_frames_box_is_in_its_cut_out():
    images = grey_in_red()
    moving = render.cut_out(images, MOVING, 60)
    assert redness(images) == 255
    assert redness(moving) <= 2  # rounding
    assert (moving[0] == render.MATTE).all()
    assert all((frame == 90).any() for frame in moving[1:])
    for i, box in enumerate(MOVING):
        assert redness(render.cut_out(images[[i]], [box], 60)) <= 2


def test_the_cut_out_of_a_still_is_its_box_and_no_more():
    """A box of 10 x 10 pixels fills the square; one of 20 x 24 pixels leaves the bands beside it empty."""
    images = grey_in_red()
    assert (render.cut_out(images[[1]], MOVING[1:2], 60) == 90).all()
    tall = render.cut_out(images[[2]], MOVING[2:3], 60)[0]
    assert (tall[:, 5:55] == 90).all()
    assert (tall[:, [*range(5), *range(55, 60)]] == render.MATTE).all()
    still = render.source_clip(images, MOVING, 60, [2])[0]
    assert (still[:, -60:] == tall).all()


def test_nothing_boxed_gives_an_empty_cut_out():
    assert (render.cut_out(grey(), [None] * 8, 20) == render.MATTE).all()


def test_timeline_rises_with_activation_and_the_playhead_moves():
    strip = render.timeline(8, 160, 20, np.array([0.1, 1.0]), [False] * 4 + [True] * 4)
    bars = (strip == (108, 112, 122)).all(axis=3)
    assert bars[0, :, 110:150].sum() > 3 * bars[0, :, 10:70].sum()
    heads = [np.flatnonzero((frame[2] == 255).all(axis=1)).mean() for frame in strip]
    assert np.diff(heads) == pytest.approx([20] * 7, abs=1)
    underlined = (strip[0, -1] == render.ACCENT).all(axis=1)
    assert not underlined[:78].any()
    assert underlined[82:158].all()


def test_one_step_in_time_has_no_timeline():
    flat, moving = np.ones((1, 3, 3)), np.ones((2, 3, 3))
    images, none = grey(), [None] * 8
    assert render.evidence_clip(images, none, flat, 60, range(8)).shape[1] == 60
    assert render.evidence_clip(images, none, moving, 60, range(8)).shape[1] > 60


def test_frames_are_drawn_in_the_order_that_is_asked_for():
    """A still or another beginning shows exactly the frames that a whole clip has."""
    images = np.random.default_rng(0).integers(0, 256, size=(8, 60, 60, 3)).astype(np.uint8)
    activation = np.random.default_rng(1).normal(size=(2, 3, 3))
    found = boxes(activation, 8, 60)
    here = render.evidence_clip(images, found, activation, 60, range(8)).astype(int)
    for shown in ([5], [7, 0, 1]):
        part = render.evidence_clip(images, found, activation, 60, shown)
        assert np.abs(part - here[shown]).max() <= 2  # rounding
        source = render.source_clip(images, found, 60, shown)
        np.testing.assert_array_equal(source[:, :, :60], render.source_clip(images, found, 60, range(8))[shown, :, :60])


def test_beside_puts_clips_in_line():
    joined = render.beside([grey(5, 4, 3), np.full((5, 4, 6, 3), 10, dtype=np.uint8)])
    assert joined.shape == (5, 4, 3 + 6 + 6, 3)
    assert joined[0, 0, :, 0].tolist() == [90] * 3 + [render.MATTE[0]] * 6 + [10] * 6


def test_animation_keeps_frames_and_pace():
    images = np.stack([np.full((20, 30, 3), 20 * i, dtype=np.uint8) for i in range(8)])
    picture = decoded(render.animation(images, 12.5))
    assert (picture.format, picture.size, picture.n_frames) == ("WEBP", (30, 20), 8)
    picture.seek(5)
    picture.load()
    assert picture.info["duration"] == 80
    assert np.asarray(picture.convert("RGB")).mean() == pytest.approx(100, abs=4)
    assert decoded(render.animation(images[:1], 12.5)).size == (30, 20)


def test_peak_frame_lies_in_the_peaks_step():
    boxed = [None] * 8 + [(0, 0, 5, 5)] * 8
    assert 8 <= render.peak_frame(boxed, 0.75) <= 15
    assert render.peak_frame(boxed, 0.25) == 8  # the step's frames have no box: the nearest that has one
    assert render.peak_frame([None] * 16, 0.375) in (5, 6)


def test_heat_and_bars_lie_where_the_cells_look():
    activation = impulse((2, 3, 5), (0, 1, 2))
    placed = render.heat(grey(), render.over_time(activation, 8), (0, 0, 0)).astype(int).sum(axis=(0, 3))
    shifted = render.heat(grey(), render.over_time(activation, 8), (0, 0.5, 0.5)).astype(int).sum(axis=(0, 3))
    assert np.argmax(placed.max(0)) < np.argmax(shifted.max(0))
    assert np.argmax(placed.max(1)) < np.argmax(shifted.max(1))
    early, late = (render.over_time(activation, 8, (own, 0, 0)).max((1, 2)).sum() for own in (0, 0.5))
    assert early < late  # the first step lasts longer, as it looks later
    bars = [render.timeline(8, 160, 20, np.array([1.0, 0.0]), [False] * 8, own)[0].sum(-1) for own in (0, 0.5)]
    assert (bars[0][14, 4:20] != bars[1][14, 4:20]).any()


@pytest.mark.parametrize("name", ["pantomime-cpg10-tied", "pantomime-protopnet10-tuned"])
def test_every_still_of_the_shipped_networks_has_a_box(name):
    """In the frame of the peak something is drawn for every prototype, in its training clip and in all stored clips."""
    bundle = open_bundle(SHIPPED.parent.parent / "checkpoints" / name)
    found = [(prototype.boxes, prototype.moment(bundle.config.clip)) for prototype in bundle.prototypes]
    for stored in load_showcase(bundle):
        for level in (*stored.explanation.levels, stored.explanation.runner_up):
            found += [(row.boxes, row.moment) for row in level.evidence]
    frame = np.zeros((1, 160, 160, 3), np.uint8)
    assert len(found) > 1000
    for tube, moment in found:
        peak = render.peak_frame(tube, moment)
        assert (render.outline(frame, [tube[peak]]) == render.ACCENT).all(axis=3).any()
