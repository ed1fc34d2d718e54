from itertools import pairwise

import av
import numpy as np
import pytest
from av.filter import Graph
from footage import COLOURS, TO_2020, as_pq, light_of

from hprotopnet.data.colour import HLG, PQ, is_bt709, to_bt709


def test_what_is_not_said_or_ordinary_is_left_alone():
    assert is_bt709(1, 1)
    assert is_bt709(2, 2)
    assert is_bt709(6, 5)
    assert not is_bt709(PQ, 9)
    assert not is_bt709(HLG, 9)
    assert not is_bt709(1, 12)


def test_ordinary_colours_come_back_from_high_dynamic_range():
    stored = as_pq(light_of(COLOURS) @ TO_2020.T)
    assert np.abs(to_bt709(stored, PQ, 9).astype(int) - COLOURS).max() <= 2


def test_what_is_brighter_than_white_is_white():
    assert (to_bt709(as_pq(np.full((1, 3), 4.0)), PQ, 9) == 255).all()


def test_colours_that_the_screen_cannot_show_keep_their_hue():
    red = to_bt709(as_pq(np.array([[0.4, 0.0, 0.0]])), PQ, 9)[0]
    assert red[0] > 150
    assert red[1] == 0


def test_white_of_hybrid_log_gamma_is_three_quarters():
    white = np.full((1, 3), round(0.75 * 65535), np.uint16)
    assert np.abs(to_bt709(white, HLG, 9).astype(int) - 255).max() <= 2
    assert (to_bt709(np.zeros((1, 3), np.uint16), HLG, 9) == 0).all()


def test_a_wide_gamut_of_ordinary_brightness_is_narrowed():
    red_of_p3 = np.rint(np.array([[0.8225, 0.0332, 0.0171]]) ** (1 / 2.4) * 65535).astype(np.uint16)
    assert np.abs(to_bt709(red_of_p3, 1, 12).astype(int) - [255, 0, 0]).max() <= 4


@pytest.mark.rendering
@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_ffmpeg_finds_the_same_colours(transfer):
    """Those within the gamut: its own conversion, which takes seconds a file to set up, moves the others inwards."""
    tints = np.random.default_rng(0).integers(-2000, 2000, (32, 32, 3))
    images = (np.linspace(12_000, 36_000, 32)[:, None, None] + tints).astype(np.uint16)
    apart = np.abs(to_bt709(images, transfer, 9).astype(int) - converted(images, transfer))
    assert apart.mean() < 2
    assert np.quantile(apart, 0.95) < 8


def converted(images: np.ndarray, transfer: int) -> np.ndarray:
    graph = Graph()
    height, width, _ = images.shape
    steps = [
        graph.add_buffer(width=width, height=height, format="rgb48le", time_base="1/25"),
        graph.add("setparams", f"color_primaries=bt2020:color_trc={transfer}"),
        graph.add("scale", "out_primaries=bt709:out_transfer=bt709"),
        graph.add("format", "rgb24"),
        graph.add("buffersink"),
    ]
    for one, other in pairwise(steps):
        one.link_to(other)
    graph.configure()
    graph.vpush(av.VideoFrame.from_ndarray(images, format="rgb48le"))
    return graph.vpull().to_ndarray().astype(int)
