"""What the player shows, as data: the same places and frames as everywhere else, and the same after JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest
from footage import flat_levels, level_of, write_lossy
from hypothesis import given
from hypothesis import strategies as st

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.errors import InputError
from hprotopnet.views.film import MOST_FRAMES, Film, Level, Range, Scene, film_of, sheet_of
from hprotopnet.views.player import embedded
from hprotopnet.views.recoded import MOST_FPS, recoded
from hprotopnet.views.scenes import Reason, boxes_of, heat_of, lane_of, moments_of, scene_of

TEN = tuple(i / 10 for i in range(8))
BOX = st.none() | st.sampled_from([(0, 0, 4, 4), (1, 2, 5, 9)])


def film(frames: int = 8, times: tuple[float, ...] = TEN) -> Film:
    return film_of(flat_levels(frames), 10, times)


@pytest.mark.parametrize(("frames", "height", "width"), [(1, 48, 64), (7, 33, 47), (16, 48, 48)])
def test_every_frame_of_a_sheet_is_that_frame(frames, height, width):
    sheet = sheet_of(flat_levels(frames, height, width), range(frames))
    shown = np.stack([sheet.picture(i) for i in range(frames)])
    assert shown.shape == (frames, height, width, 3)
    assert level_of(shown) == list(range(frames))
    assert np.ptp(shown.astype(int), axis=(1, 2)).max() <= 3  # none runs into another


def test_a_frame_that_stands_for_several_is_shown_at_the_films_rate():
    assert film(4, (0.6, 0.7, 0.8, 0.95)).times == (0.6, 0.7, 0.8, 0.95)
    assert film(4, (0.6, 0.7, 0.7, 0.7)).times == pytest.approx((0.6, 0.7, 0.8, 0.9))


def test_what_is_shown_at_a_time():
    shown = film()
    assert [shown.frame_at(time) for time in (-1, 0, 0.19, 0.2, 0.7, 99)] == [0, 0, 1, 2, 7, 7]
    assert shown.interval(2, 3) == (0.2, 0.4)
    assert shown.interval(7, 7) == pytest.approx((0.7, 0.8))


@given(st.lists(BOX, min_size=8, max_size=8))
def test_in_each_frame_stands_the_box_of_that_frame(boxes):
    shown, found = film(), boxes_of(boxes, film(), "0", "")
    for time, box in zip(shown.times, boxes, strict=True):
        there = [(own.x, own.y, own.x + own.w, own.y + own.h) for own in found if own.start <= time < own.end]
        assert there == ([box] if box else [])
    moments = moments_of(boxes, shown, "0")
    assert len(moments) == any(boxes)
    for moment in moments:
        first, last = shown.frame_at(moment.start), shown.frame_at(moment.end - 1e-9)
        assert boxes[first]
        assert boxes[last]
        assert not any(boxes[:first] + boxes[last + 1 :])


def test_steps_of_a_map_stand_where_its_cells_look():
    """Two steps of eight frames: in the middles of the halves, and a quarter of a step later where cells are late."""
    values = np.zeros((2, 1, 1))
    assert heat_of(values, 8, "0").steps == (2, 6)
    assert heat_of(values, 8, "0", (0.25, 0.5, 0)).steps == (3, 7)
    assert heat_of(values, 8, "0", (0.25, 0.5, 0)).offset == (0.5, 0)


@pytest.fixture(scope="module")
def scene(tiny_bundle) -> Scene:
    bundle = open_bundle(tiny_bundle)
    row = load_showcase(bundle)[0]
    clip = film_of(stored_images(row.clip, bundle), bundle.config.clip.fps, row.explanation.times)
    reasons = [Reason(level, bundle.hierarchy, 1.0) for level in row.explanation.levels]
    return scene_of(row.explanation, clip, reasons, 2)


def test_a_scene_shows_the_strongest_prototype_of_each_level(scene, tiny_bundle):
    explanation = load_showcase(open_bundle(tiny_bundle))[0].explanation
    assert [level.kind for level in scene.levels] == ["Grandparent", "Parent", "Class"]
    assert len({level.shape for level in scene.levels}) == 3
    for level, own in zip(scene.levels, explanation.levels, strict=True):
        heat = next(heat for heat in scene.heats if heat.level == level.key)
        assert np.allclose(heat.values, own.evidence[0].activation, atol=1e-4)
    assert scene.chosen == scene.levels[2].key


def test_a_level_without_prototypes_is_no_choice(tiny_flat_bundle):
    bundle = open_bundle(tiny_flat_bundle)
    row = load_showcase(bundle)[0]
    reasons = [Reason(level, bundle.hierarchy, 1.0) for level in row.explanation.levels]
    found = scene_of(row.explanation, film(16, row.explanation.times), reasons, 0)
    assert [level.kind for level in found.levels] == ["Class"]
    assert found.chosen == found.levels[0].key
    assert scene_of(row.explanation, film(), []).chosen == ""


def test_a_curve_is_the_strongest_place_of_each_frame(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    level = load_showcase(bundle)[0].explanation.levels[0]
    row = replace(level.evidence[0], activation=np.array([[[0.0, 0.2]], [[1.0, 0.0]]]), offset=(0.0, 0.0, 0.0))
    lane = lane_of(row, film(4, TEN[:4]), "0", Reason(level, bundle.hierarchy, 2.0))
    assert lane.values == pytest.approx((0.2, 0.25, 0.75, 1))
    assert lane.times == pytest.approx((0.05, 0.15, 0.25, 0.35))
    assert (lane.low, lane.high) == (0, 2)


def test_a_scene_goes_to_json_and_no_name_ends_the_script(scene):
    evil = "</script><script>alert(1)</script>"
    scene = replace(scene, title=evil, levels=(Level("0", evil, evil, ""),), ranges=(Range("0", evil, 0, 1, "#000"),))
    assert "<" not in embedded(scene)
    assert json.loads(embedded(scene))["ranges"][0]["name"] == evil


@pytest.mark.parametrize(("suffix", "codec"), [(".avi", "mpeg4"), (".mkv", "ffv1"), (".mov", "mpeg4")])
def test_what_browsers_do_not_play_is_made_a_film(tmp_path, suffix, codec):
    path = write_lossy(tmp_path / f"film{suffix}", flat_levels(20), codec, qmin="1", qmax="2")
    found = recoded(path)
    assert found.video == b""
    assert level_of(np.stack([found.picture(i) for i in range(20)])) == list(range(20))
    assert found.times == pytest.approx([i / 25 for i in range(20)])
    assert recoded(path, 0.4).times[0] == 0.4


def test_long_videos_become_h264_of_bounded_rate(tmp_path):
    path = write_lossy(tmp_path / "long.avi", flat_levels(400), "mpeg4", fps=60)
    found = recoded(path)
    assert found.fps == MOST_FPS
    assert MOST_FRAMES < len(found.times) == 200
    assert found.video[4:8] == b"ftyp"
    assert len(found.sheet.frames) < 30


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / "film.avi").write_bytes(b"RIFF no film")
    with pytest.raises(InputError, match=r"film\.avi"):
        recoded(tmp_path / "film.avi")
