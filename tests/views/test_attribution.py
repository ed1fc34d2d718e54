"""Maps side by side: what the player is given, how far they agree, what a cue says; all of it by hand."""

import json
import zlib

import numpy as np
import pytest

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.views import render
from hprotopnet.views.attribution import (
    CHANCE_SHARED,
    Cue,
    Pair,
    about,
    agreement,
    by_frame,
    draw_agreement,
    mass,
    note,
    preserved,
    resolved,
    scene_beside,
    scores,
    strengths,
    verdict,
)
from hprotopnet.views.charts import figure
from hprotopnet.views.film import film_of

SHAPE = (4, 6, 8)
FILM = film_of(np.zeros((*SHAPE, 3), np.uint8), 4, [i / 4 for i in range(4)])


def a_map(values: np.ndarray, method: str = "gradcam", **other) -> Attribution:
    own = {"signed": False, "resolution": (2, 3, 4), "seconds": 1.25} | other
    return Attribution(
        method, "toy", "ball", values.astype(np.float32), settings={}, score=0.5, log_probability=np.log(0.25), **own
    )


def one_pixel(frame: int = 1, height: float = 1.0) -> np.ndarray:
    values = np.zeros(SHAPE)
    values[frame, 2, 3] = height
    return values


def blocks() -> np.ndarray:
    """Frames 1 to 2 on the left half."""
    values = np.zeros(SHAPE)
    values[1:3, :, :4] = 2.0
    return values


def unpacked(packed: bytes) -> np.ndarray:
    return np.frombuffer(zlib.decompress(packed), np.uint8)


def test_each_map_has_a_scale_of_its_own():
    ramp = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    for scaled in (ramp, 1e-6 * ramp, 5000.0 + ramp):
        drawn = strengths(a_map(scaled)).ravel()
        assert (drawn[0], drawn[-1]) == (0, 255)
        assert (np.diff(drawn.astype(int)) >= 0).all()
    assert strengths(a_map(one_pixel())).max() == 255  # though 99.9 % of it are 0
    assert not strengths(a_map(np.full(SHAPE, 3.0))).any()


def test_nothing_is_in_the_middle_of_a_signed_map():
    values = np.zeros(SHAPE)
    values[:, 0], values[:, 1] = 2.0, -1.0
    drawn = strengths(a_map(values, "gradients", signed=True))
    assert [int(drawn[0, row, 0]) for row in range(3)] == [255, 64, 128]


def test_a_frame_has_its_share_of_what_speaks_for_the_target():
    values = np.zeros(SHAPE)
    values[1, 0, 0], values[2, 0, 0], values[3] = 3.0, 1.0, -5.0
    assert mass(a_map(values, signed=True)).tolist() == [0, 0.75, 0.25, 0]
    assert mass(a_map(np.zeros(SHAPE))).tolist() == [0.25] * 4


def test_the_player_is_given_every_map_with_a_curve_and_one_scale():
    cue = Cue("Parent", blocks() > 0)
    cells = a_map(blocks(), resolution=(4, 3, 4))
    maps = {"Grad-CAM": cells, "Gradients": a_map(one_pixel(), "gradients", resolution=SHAPE)}
    data = scene_beside("clip", FILM, maps | {"SmoothGrad": None}, cue).to_dict()
    json.dumps(data)
    assert list(data["beside"]) == ["0", "1", "2"] == [level["key"] for level in data["levels"]]
    assert [level["name"] for level in data["levels"]] == [*maps, "SmoothGrad"]
    notes = [layer["note"] for layer in data["layers"]]
    assert [own.replace("\N{NO-BREAK SPACE}", " ") for own in notes] == [
        "drawn as a grid of 4 x 3 x 4 cells · 1.2 s",
        "every pixel of every frame · 1.2 s",
        "not there yet",
    ]
    assert data["start"] == FILM.times[1]  # where the first map is strongest
    shown, *curves = data["lanes"]
    assert shown["filled"]
    assert shown["values"] == pytest.approx([0, 0.5, 0.5, 0])
    assert [curve["values"] for curve in curves] == [(0, 0.5, 0.5, 0), (0, 1, 0, 0)]
    assert {curve["high"] for curve in curves} == {1}
    assert len({(curve["hue"], curve["dash"]) for curve in curves}) == len({curve["dash"] for curve in curves}) == 2


def test_a_map_is_said_to_be_drawn_as_cells_only_where_it_is():
    cells = np.random.default_rng(0).random((2, 3, 4))
    whole = cells.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    smooth = a_map(np.linspace(0, 1, whole.size).reshape(whole.shape))
    assert note(a_map(whole)).startswith("drawn as a grid of 2 x 3 x 4 cells · ")
    assert resolved(smooth) == "a grid of 2 x 3 x 4 cells, drawn smoothly"
    drawn = strengths(a_map(whole)).reshape(2, 2, 3, 2, 4, 2)
    assert (np.ptp(drawn, axis=(1, 3, 5)) == 0).all()  # as it travels to the player
    pixels = a_map(whole, resolution=whole.shape)
    assert note(pixels).startswith("every pixel of every frame")


def test_masks_say_what_is_preserved_by_how_much_is_kept():
    rows = [{"area": 0.01, "preserved": 0.12, "deleted": 0.9}, {"area": 0.2, "preserved": 0.98, "deleted": 0.1}]
    figures = {"areas": rows, "nothing": 0.001, "nothing_log": -6.9, "untouched": 0.999, "untouched_log": 0.0}
    assert preserved(a_map(blocks(), "ep3d", figures=figures)) == (
        "Probability by the share of the clip that is kept: nothing: under 1 %; 1 %: 12 %; 20 %: 98 %; all: over 99 %."
    )
    assert preserved(a_map(blocks())) == ""


def test_outlines_and_strengths_travel_whole():
    cue = Cue("Parent", blocks() > 0)
    scene = scene_beside("clip", FILM, {"Grad-CAM": a_map(blocks())}, cue)
    bits = np.unpackbits(unpacked(scene.outlines[0].masks))[: cue.masks.size]
    np.testing.assert_array_equal(bits.reshape(SHAPE), cue.masks)
    np.testing.assert_array_equal(unpacked(scene.layers[0].strengths).reshape(SHAPE), 255 * cue.masks)


def test_without_any_map_there_is_the_clip():
    data = scene_beside("clip", FILM, {"Grad-CAM": None}, Cue("Parent", blocks() > 0)).to_dict()
    assert not data["lanes"]
    assert data["layers"][0]["strengths"] == ""


def test_maps_agree_with_themselves_and_not_with_what_is_elsewhere():
    elsewhere = blocks()[:, :, ::-1]
    same, other, _ = agreement([a_map(blocks()), a_map(5 * blocks()), a_map(elsewhere)], (2, 3, 4))
    assert (same.correlation, same.shared) == pytest.approx((1, 1))
    assert other.correlation < 0
    assert other.shared == 0


@pytest.mark.parametrize(
    ("correlation", "shared", "word"),
    [(0.9, 0.6, "Largely"), (0.9, 0.3, "In part"), (0.5, 0.05, "Hardly"), (-0.2, 0.5, "Hardly"), (0.1, 0.05, "No")],
)
def test_the_verdict_needs_both_figures(correlation, shared, word):
    said = verdict(Pair("Grad-CAM", "Prototypes", correlation, shared), (4, 10, 10))
    assert said.startswith(f"{word}: over 4 x 10 x 10 cells, Grad-CAM and Prototypes have")
    assert f"{correlation:.2f}" in said
    assert "0.00 and 5 %" in said


def test_of_a_map_that_marks_nothing_nothing_is_said():
    [pair] = agreement([a_map(blocks()), a_map(np.zeros(SHAPE))], (2, 3, 4))
    assert "Grad-CAM" in verdict(pair, (2, 3, 4))
    assert verdict(pair, (2, 3, 4)).startswith("Cannot be said")
    drawn = draw_agreement(["a", "b"], [pair], "shared", "shared")
    assert {own["text"] for own in drawn["layout"]["annotations"]} == {"-"}


@pytest.mark.parametrize("dark", [False, True])
def test_matrices_are_drawn_with_their_numbers_and_names_stay_text(dark):
    pairs = [Pair("a", "b", 0.5, 0.25), Pair("a", "<b>c", -0.1, 0.0), Pair("b", "<b>c", 0.31, 1.0)]
    drawn = draw_agreement(["a", "b", "<b>c"], pairs, "correlation", "Rank correlation", dark)
    figure(drawn)
    texts = [own["text"] for own in drawn["layout"]["annotations"]]
    assert texts == ["-", "0.50", "-0.10", "0.50", "-", "0.31", "-0.10", "0.31", "-"]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["a 1", "b 2", "&lt;b&gt;c 3"]


def test_scores_stand_beside_what_a_map_that_knows_nothing_has():
    cue = Cue("Parent", blocks() > 0)
    flat, found, missed = np.ones(SHAPE), blocks(), one_pixel(0)
    *rows, chance = scores([a_map(found), a_map(missed), a_map(flat)], cue)
    values = [list(row.values())[1:] for row in rows]
    assert values[0] == pytest.approx([1, 1, 1])
    assert values[1][:2] == [0, 0]
    assert values[2] == pytest.approx(list(chance.values())[1:])
    assert list(chance.values())[1:] == pytest.approx([0.25, 0.25, 1 / 7])
    assert pytest.approx(1 / 19) == CHANCE_SHARED


def test_what_is_taken_away_says_all_of_it():
    own = a_map(one_pixel(2, 7.0))
    rows = by_frame(own, [0, 0.25, 0.5, 0.75], Cue("Parent", blocks() > 0))
    told = rows[2]
    assert (told["seconds"], told["share"], told["highest"], told["highest x"], told["highest y"]) == (0.5, 1, 7, 3, 2)
    assert [row["cue visible"] for row in rows] == [0, 0.5, 0.5, 0]
    assert about(own)["probability"] == pytest.approx(0.25)
    assert json.loads(json.dumps(about(own)))["shape"] == list(SHAPE)
    assert "1.2" in note(own)


def test_a_layer_is_drawn_as_heat_is_and_what_speaks_against_is_hatched():
    image = np.full((12, 12, 3), 90, np.uint8)
    strong = np.full((12, 12), 255, np.uint8)
    np.testing.assert_array_equal(render.layered(image, strong, False), render.heat(image[None], np.ones((1, 1, 1)))[0])
    against, supporting = (render.layered(image, np.full((12, 12), value, np.uint8), True) for value in (1, 255))
    assert len(np.unique(against.reshape(-1, 3), axis=0)) == 2
    assert len(np.unique(supporting.reshape(-1, 3), axis=0)) == 1
    assert (against[..., 2] > against[..., 0]).all()  # blue
    assert (supporting[..., 0] > supporting[..., 2]).all()  # orange
