"""Clips that show less: what is taken away, and that nothing else is."""

import numpy as np
import pytest

from hprotopnet.config import ClipConfig
from hprotopnet.pantomime.conditions import CONDITIONS, Key, frames_under
from hprotopnet.pantomime.degraded import LEVELS, RENDERED, Level, cut_short, hidden, seen, seen_under

pytestmark = pytest.mark.rendering

KEY = Key(3, "Saxophone", 2, 1)
CLIP = ClipConfig(frames=16, fps=12.5, size=48)
IMAGES = np.random.default_rng(0).integers(256, size=(16, 48, 48, 3)).astype(np.uint8)


def test_every_level_is_rendered_once_and_shows_something_of_its_own():
    assert next(iter(LEVELS)) == "as they are"
    assert LEVELS["as they are"] == Level()
    assert len(set(LEVELS.values())) == len(LEVELS) == 15
    assert len(set(RENDERED)) == len(RENDERED) == 7
    assert RENDERED[0] == ()


def test_a_whole_clip_is_what_was_rendered():
    assert (seen(IMAGES, Level(), KEY) == IMAGES).all()


@pytest.mark.parametrize(("share", "shown"), [(1 / 16, 1), (1 / 4, 4), (1 / 2, 8), (1, 16), (0, 1)])
def test_a_clip_cut_short_holds_its_last_frame(share, shown):
    short = cut_short(IMAGES, share)
    assert short.shape == IMAGES.shape
    assert (short[:shown] == IMAGES[:shown]).all()
    assert (short[shown:] == IMAGES[shown - 1]).all()


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
def test_as_many_squares_are_hidden_as_was_asked_for_in_all_frames_alike(share):
    found = hidden(IMAGES, share, KEY)
    covered = (found == IMAGES.reshape(-1, 3).mean(0).round()).all(3)
    squares = covered[0].reshape(8, 6, 8, 6).all((1, 3))
    assert squares.sum() == round(64 * share)
    assert (covered[:, :, :] >= squares.repeat(6, 0).repeat(6, 1)).all()
    rest = ~squares.repeat(6, 0).repeat(6, 1)
    assert (found[:, rest] == IMAGES[:, rest]).all()


def test_a_larger_share_hides_what_a_smaller_one_hides_and_clips_differ():
    less, more = (hidden(IMAGES, share, KEY) for share in (0.5, 0.75))
    gone = (less != IMAGES).any((0, 3))
    assert (less[:, gone] == more[:, gone]).all()
    assert (hidden(IMAGES, 0.5, KEY._replace(number=2)) != less).any()
    assert (hidden(IMAGES, 0, KEY) == IMAGES).all()


def test_levels_that_are_conditions_show_the_same_frames():
    found = seen_under(KEY, CLIP)
    assert list(found) == list(LEVELS)
    shared = [name for name in found if name in CONDITIONS]
    assert len(shared) == 9
    for name in shared:
        assert (found[name] == frames_under((KEY, name), CLIP)).all()


def test_a_level_that_is_no_condition_shows_the_clip_as_it_is_but_less_of_it():
    found = seen_under(KEY, CLIP)
    whole = found["as they are"]
    assert (found["the first half"][:8] == whole[:8]).all()
    assert (found["90% of the squares hidden"] == hidden(whole, 0.9, KEY)).all()
