"""The picture of an attribution: heat on one scale, beside the clip, with what the method tells apart."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.video import probe
from hprotopnet.views import attributed
from hprotopnet.views.attributed import SIDE, Account, card, gif, mp4, pace, scale
from hprotopnet.views.plate import Photo, Text

HOT = SIDE * 7 // 8  # a column with much heat
CONFIG = ClipConfig(frames=8, fps=10, size=32)


def account(values: np.ndarray, signed: bool = False, resolution: tuple[int, int, int] | None = None) -> Account:
    values = np.asarray(values, np.float32)
    own = Attribution(
        "gradcam", "toy", "dunk", values, signed, resolution or values.shape, {}, 0.1, 1.0, float(np.log(0.4))
    )
    images = np.full((*values.shape, 3), 128, np.uint8)
    clip = Clip("v.mp4", 2.0, images, 2 + np.arange(len(values)) / 10)
    return Account(own, clip, CONFIG, "a toy", "Slam & <dunk>")


def ramp(frames: int = 8) -> np.ndarray:
    """Nothing on the left, more to the right, twice as much in the second half."""
    values = np.broadcast_to(np.maximum(np.arange(32) - 8, 0.0), (frames, 32, 32)).copy()
    values[frames // 2 :] *= 2
    return values


def said(own: Account) -> str:
    return " ".join(mark.text for mark in card(own).plate.marks if isinstance(mark, Text))


def panel(own: Account, number: int) -> np.ndarray:
    return card(own).clips[number].astype(int)


def test_what_a_method_tells_apart_is_said():
    cells = np.arange(32.0).reshape(2, 4, 4).repeat(4, 0).repeat(8, 1).repeat(8, 2)
    assert "Told apart: a grid of 2 x 4 x 4 cells." in said(account(cells, resolution=(2, 4, 4)))
    assert "Told apart: a grid of 2 x 4 x 4 cells, drawn smoothly." in said(account(ramp(), resolution=(2, 4, 4)))
    assert "Told apart: every pixel of every frame." in said(account(ramp()))


def test_a_card_says_what_was_asked_of_whom_and_how_sure_it_is():
    text = said(account(ramp()))
    for part in ("Why 'Slam & <dunk>'?", "Grad-CAM, asked of a toy, which is 40 % sure of it", "v.mp4, 2.00 to 2.80 s"):
        assert part in text
    assert f"{scale(account(ramp()).own):.2g} or more" in text


def test_heat_is_on_one_scale_for_all_frames_and_both_signs():
    heat = panel(account(ramp()), 1).mean((1, 3))  # by frame and column
    assert np.ptp(heat[:, : SIDE // 4], axis=1).max() <= 3  # without heat the ground stays grey
    assert heat[7, HOT] > heat[0, HOT] + 20  # the second half is hotter
    values = ramp() * np.where(np.arange(32) % 16 < 8, 1, -1)[:, None]
    signed = account(values, signed=True)
    assert len(card(signed).clips) == 5  # clip, both signs, curve, scale
    both = panel(signed, 1), panel(signed, 2)
    rows = SIDE // 8, SIDE * 3 // 8  # the middle of a band that speaks for it, and of one that speaks against it
    here, there = (own[7, :, HOT].mean(1) for own in both)
    assert here[rows[0]] == pytest.approx(there[rows[1]], abs=2)
    assert here[rows[1]] == pytest.approx(there[rows[0]], abs=2)
    assert here[rows[0]] > here[rows[1]] + 20


def test_few_extremes_do_not_make_all_the_rest_dark():
    values = np.ones((8, 32, 32))
    values[0, 0, 0] = 1000
    assert scale(account(values).own) == 1
    values = np.zeros((8, 32, 32))
    values[0, 0, 0] = 5
    assert scale(account(values).own) == 5
    nothing = account(np.zeros((8, 32, 32)))
    assert scale(nothing.own) == 0
    assert "nowhere above 0" in said(nothing)


def test_pictures_do_not_lie_over_texts():
    plate = card(account(ramp() - 5, signed=True)).plate
    photos = [mark for mark in plate.marks if isinstance(mark, Photo)]
    for text in (mark for mark in plate.marks if isinstance(mark, Text)):
        assert text.y <= plate.height
        for photo in photos:
            beside = text.x >= photo.x + photo.width or (text.x < photo.x and text.anchor != "end")
            assert beside or text.y - 10 >= photo.y + photo.height or text.y <= photo.y, text.text


def test_a_gif_has_a_picture_a_frame_and_a_film_lasts_as_long(monkeypatch, tmp_path):
    monkeypatch.setattr(attributed, "ZOOMS", (0.5,))
    monkeypatch.setattr(attributed, "SHARP", 0.5)
    own = account(ramp())
    with Image.open(io.BytesIO(gif(own))) as moving:
        assert moving.n_frames == 8
        assert moving.info["loop"] == 0
    (tmp_path / "a.mp4").write_bytes(mp4(own))
    info = probe(tmp_path / "a.mp4")
    assert info.duration == pytest.approx(1.6 + 7 * pace(own), abs=0.6)


def test_long_clips_are_thinned_evenly():
    own = account(ramp(70))
    long = replace(own, config=ClipConfig(frames=70, fps=25, size=32))
    assert len(card(long).clips[0]) == len(card(long).clips[1]) == 24  # every third
    assert pace(long) == pytest.approx(2 * 3 / 25)
