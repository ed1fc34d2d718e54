"""What the strongest cell has seen, drawn in dashes and said, where a bundle knows it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.bundles.description import Sight, Sights
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.errors import InputError
from hprotopnet.views import render
from hprotopnet.views.sheet import level_picture
from hprotopnet.views.sight import said, seen_around

pytestmark = pytest.mark.rendering


def with_sight(bundle: Bundle, sight: Sights | None) -> Bundle:
    changed = replace(bundle)
    changed.__dict__["description"] = replace(bundle.description, sight=sight)
    return changed


def test_a_bundle_says_what_the_cells_of_each_level_have_seen(tiny_bundle, tiny_flat_bundle):
    bundle, flat = open_bundle(tiny_bundle), open_bundle(tiny_flat_bundle)
    sight = bundle.description.sight
    assert (sight.share, sight.clips) == (0.9, 4)
    assert sight.levels.keys() == set(bundle.hierarchy.level_names)
    assert flat.description.sight.levels.keys() == {bundle.hierarchy.level_names[0]}
    assert len(set(sight.levels.values())) == 1  # all look at the same layer


@pytest.mark.parametrize(
    "change",
    [
        {"share": 0.0},
        {"share": "0.9"},
        {"clips": 0},
        {"levels": []},
        {"levels": {"class": {"pixels": 0, "frames": 4}}},
        {"levels": {"class": {"pixels": 30, "frames": 10**9}}},
        {"levels": {"class": {"pixels": 30}}},
        {"more": 1},
    ],
)
def test_another_sight_is_refused_or_ignored(tiny_bundle, tmp_path, change):
    copy = shutil.copytree(tiny_bundle, tmp_path / "copy")
    meta = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    meta["sight"] |= change
    (copy / "model.json").write_text(json.dumps(meta), encoding="utf-8")
    if "more" in change:  # of a later version
        assert open_bundle(copy).description.sight
        return
    with pytest.raises(InputError, match="again"):
        open_bundle(copy)


def test_the_sentence_has_the_numbers_and_old_bundles_say_nothing(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    known = with_sight(bundle, Sights(0.9, 4, {"class": Sight(30, 9), "parent": Sight(60, 18)}))
    assert "30 x 30 px, holds 90 %" in said(known, "class")
    assert "9 of the 16 frames hold as much" in said(known, "class")
    assert "nearly all 16 frames" in said(known, "parent")
    old = with_sight(bundle, None)
    for without, level in ((known, "grandparent"), (old, "class")):
        assert said(without, level) == ""
        assert set(seen_around(without, level, (0, 0, 0), (2, 3, 3))) == {None}


def test_dashes_are_thin_stay_inside_and_show_on_black_and_on_white():
    for ground in (0, 255):
        images = np.full((2, 60, 90, 3), ground, np.uint8)
        drawn = render.dashed(images, [(30, 10, 70, 50), None])
        rows, columns = np.nonzero((drawn[0] != images[0]).any(axis=2))
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 49, 30, 69)
        assert (drawn[0, 11:49, 31:69] == ground).all()
        assert (drawn[1] == ground).all()
        contrast = np.abs(drawn[0, 10, 30:70].astype(int) - ground).max(axis=1)
        assert 0.3 < (contrast > 200).mean() < 0.7
    assert render.dashed(images, [(0, 0, 90, 60), (0, 0, 1, 1)]).shape == images.shape


def test_the_frame_is_drawn_where_the_cell_has_seen_something(tiny_bundle):
    images, map_ = np.full((8, 60, 60, 3), 90, np.uint8), np.ones((2, 3, 3))
    seen = [None] * 4 + [(10, 10, 50, 50)] * 4
    plain = render.evidence_clip(images, [None] * 8, map_, 60, range(8))
    framed = render.evidence_clip(images, [None] * 8, map_, 60, range(8), seen=seen)
    assert (plain != framed).any(axis=(1, 2, 3)).tolist() == [False] * 4 + [True] * 4
    assert (plain[..., 60:, :] == framed[..., 60:, :]).all()  # the map stays free
    plain, framed = (render.source_clip(images, seen, 60, [2, 6], own) for own in (None, seen))
    assert (plain != framed).any(axis=(1, 2, 3)).tolist() == [False, False]  # the box covers it
    framed = render.source_clip(images, seen, 60, [2, 6], [None] * 6 + [(2, 2, 58, 58)] * 2)
    assert (plain != framed).any(axis=(1, 2, 3)).tolist() == [False, True]


def test_sheets_say_it_in_a_line_more(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    stored = load_showcase(bundle)[0]
    images, level = stored_images(stored.clip, bundle), stored.explanation.levels[-1]
    pages = [
        level_picture(stored.explanation, level, images, own)
        for own in (with_sight(bundle, None), with_sight(bundle, Sights(0.9, 4, {"class": Sight(30, 9)})))
    ]
    assert pages[1].size[1] == pages[0].size[1] + 24
