import shutil
from dataclasses import replace

import numpy as np
import pytest
from footage import write_lossless
from PIL import Image

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase, stored_images
from hprotopnet.data.video import read_frames
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.files import read_json
from hprotopnet.structure import structure
from hprotopnet.views import words
from hprotopnet.views.render import cut_out, peak_frame
from hprotopnet.views.report import describe, explain_video
from hprotopnet.views.sheet import level_picture, sheet

pytestmark = pytest.mark.rendering


def test_a_video_becomes_a_picture_of_each_level_and_data(tiny_world, tiny_bundle, tmp_path):
    bundle = open_bundle(tiny_bundle)
    video = tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4"
    lines = list(explain_video(bundle, video, tmp_path / "out", None, None))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "explanation.json",
        *(f"{level}.png" for level in bundle.hierarchy.level_names),
    }
    explanation = structure(read_json(tmp_path / "out" / "explanation.json"), Explanation, "explanation")
    assert lines[1].startswith(f"grandparent: {explanation.path[0]}")
    with Image.open(tmp_path / "out" / "class.png") as picture:
        shown = np.asarray(picture)
    assert (shown.std(axis=(0, 1)) > 20).all()


@pytest.mark.parametrize(("start", "threshold"), [(99.0, None), (-1.0, None), (None, 0.4), (None, 1.0)])
def test_what_cannot_be_is_refused(tiny_world, tiny_bundle, tmp_path, start, threshold):
    video = tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4"
    with pytest.raises(InputError):
        list(explain_video(open_bundle(tiny_bundle), video, tmp_path / "out", start, threshold))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("fixture", ["tiny_bundle", "tiny_flat_bundle"])
def test_every_level_has_a_picture_with_or_without_prototypes_and_excerpts(fixture, request):
    bundle = open_bundle(request.getfixturevalue(fixture))
    stored = load_showcase(bundle)[0]
    images = stored_images(stored.clip, bundle)
    for level in stored.explanation.levels:
        assert level_picture(stored.explanation, level, images, bundle).size[0] >= 300
    bare = replace(bundle)
    bare.__dict__["prototypes"] = tuple(replace(prototype, excerpt=None) for prototype in bundle.prototypes)
    leaf = stored.explanation.levels[-1]
    full, less = (np.asarray(level_picture(stored.explanation, leaf, images, one)) for one in (bundle, bare))
    ink = [(page < 255).any(axis=(0, 2)).sum() for page in (less, full)]
    assert ink[0] < ink[1]  # without excerpts the columns of the sources are empty


def test_a_sheet_cuts_out_the_box_that_it_draws(tiny_bundle):
    """The one of the peak: the last of a row's pictures is what its third has in its box."""
    bundle = open_bundle(tiny_bundle)
    stored = load_showcase(bundle)[0]
    level, images = stored.explanation.levels[-1], stored_images(stored.clip, bundle)
    side = images.shape[1]
    page = np.asarray(level_picture(stored.explanation, level, images, bundle, 1))
    prototype = bundle.prototypes[level.evidence[0].prototype]
    peak = peak_frame(prototype.boxes, prototype.moment(bundle.config.clip))
    box, source = prototype.boxes[peak], stored_images(bundle.excerpt(prototype), bundle)
    expected = cut_out(source[[peak]], [box], side)[0]
    found = np.lib.stride_tricks.sliding_window_view(page, (side, side, 3))[:, 18 + 3 * (side + 8), 0]
    assert (found == expected).all(axis=(1, 2, 3)).sum() == 1


def test_one_step_in_time_is_said(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    explanation = replace(load_showcase(bundle)[0].explanation, grid=(1, 3, 3))
    assert any("No temporal localisation" in line for line in describe(explanation, bundle))


def test_a_strange_clip_is_told_in_words_and_on_sheets(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    stored = load_showcase(bundle)[0]
    known, strange = (replace(stored.explanation, strangeness=strangeness) for strangeness in (0.9, 1.1))
    lines = [list(describe(explanation, bundle)) for explanation in (known, strange)]
    assert [line for line in lines[1] if line not in lines[0]] == [words.unlike(strange)]
    images = stored_images(stored.clip, bundle)
    heights = [level_picture(one, one.levels[-1], images, bundle).size[1] for one in (known, strange)]
    assert heights[1] == heights[0] + 24  # a line more


def test_sheet_fits_its_rows():
    picture = np.zeros((50, 50, 3), dtype=np.uint8)
    page = sheet(["Sports", "0.98"], [([picture, picture], ["one", "two"]), ([picture], ["three"])])
    assert page.size[0] > 2 * 50
    longer = sheet(["Sports"], [([picture, picture], ["the name of a video that goes on and on and on, and at 1.0 s"])])
    assert longer.size[0] > page.size[0] + 200
    assert (np.asarray(longer)[:, -18:] == 255).all()  # nothing is cut off
    assert page.size[1] > 2 * 50
    assert sheet(["Sports: nothing to show"], []).size[0] > 0


def cut_off(path, folder):
    """A copy that ends in the middle, in a container that can be read up to there."""
    images = read_frames(path, np.arange(24) / 12.5, 48).images
    copy = write_lossless(folder / "cut.mkv", np.repeat(images, 4, axis=0), 25)
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    return copy


def a_video(tiny_world):
    return tiny_world / "videos" / "RedDisc" / "v_RedDisc_g01_c01.mp4"


def test_damage_is_said_in_words_data_and_on_sheets(tiny_world, tiny_bundle, tmp_path):
    bundle, damaged = open_bundle(tiny_bundle), cut_off(a_video(tiny_world), tmp_path)
    said = list(explain_video(bundle, damaged, tmp_path / "out", None, None))
    assert any("The video is damaged: it ends after" in line for line in said)
    stored = read_json(tmp_path / "out" / "explanation.json")
    assert "that it states" in stored["damage"]
    assert structure(stored, Explanation, "explanation").damage == stored["damage"]
    whole = list(explain_video(bundle, a_video(tiny_world), tmp_path / "whole", None, None))
    assert not any("damaged" in line for line in whole)
    heights = []
    for name in ("whole", "out"):
        with Image.open(tmp_path / name / "class.png") as picture:
            heights.append(picture.size[1])
    assert heights[0] < heights[1]


def test_a_clip_that_reaches_beyond_the_end_is_said_to_stand_still(tiny_world, tiny_bundle, tmp_path):
    said = list(explain_video(open_bundle(tiny_bundle), a_video(tiny_world), tmp_path, 1.5, None))
    assert any("One frame stands for 0.9 s of this clip" in line for line in said)


@pytest.mark.parametrize("harm", ["removed", "emptied"])
def test_missing_excerpts_are_a_word_and_no_failure(tiny_world, tiny_bundle, tmp_path, harm):
    copy = shutil.copytree(tiny_bundle, tmp_path / "copy")
    if harm == "removed":
        shutil.rmtree(copy / "excerpts")
    for path in (copy / "excerpts").glob("*"):
        path.write_bytes(b"")
    said = list(explain_video(open_bundle(copy), a_video(tiny_world), tmp_path / "out", None, None))
    assert (tmp_path / "out" / "explanation.json").is_file()
    count = len(open_bundle(copy).prototypes)
    if harm == "removed":
        assert f"{count} of {count} prototypes have no picture of where they come from in the bundle" in said
