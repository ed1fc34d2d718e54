"""A plate is the same as SVG and as pixels."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hprotopnet.disk.text import text_width
from hprotopnet.views.plate import Photo, Plate, Shape, Text, paragraph, wrapped

SQUARE = np.array([(10, 20), (30, 20), (30, 40), (10, 40)], dtype=float)


def pixels(*marks, zoom: float = 1.0) -> np.ndarray:
    return np.asarray(Plate(60, 50, "plate", marks).image(zoom))


@pytest.mark.parametrize("zoom", [1.0, 2.0])
def test_shapes_and_photographs_lie_where_they_are_put(zoom):
    red = np.zeros((4, 8, 3), np.uint8) + np.array([200, 0, 0], np.uint8)
    for mark in (Shape(SQUARE, fill="#c80000"), Photo(10, 20, 20, np.repeat(red, 2, axis=0), "red")):
        drawn = pixels(mark, zoom=zoom)
        assert drawn.shape == (50 * zoom, 60 * zoom, 3)
        inside = (slice(int(22 * zoom), int(38 * zoom)), slice(int(12 * zoom), int(28 * zoom)))
        assert (drawn[inside] == [200, 0, 0]).all()
        drawn = drawn.copy()
        drawn[int(19 * zoom) : int(42 * zoom), int(9 * zoom) : int(32 * zoom)] = 255
        assert (drawn == 255).all()


def test_a_line_begins_anew_after_a_gap_and_has_dashes():
    points = np.array([(0, 10), (60, 10), (np.nan, np.nan), (0, 40), (60, 40)], dtype=float)
    whole = pixels(Shape(points, "#000000", 4))
    assert (whole[10] < 255).all()
    assert (whole[20:30] == 255).all()
    dashed = pixels(Shape(points, "#000000", 4, dash=(6, 6)))
    assert 0.35 < (dashed[10, :, 0] < 128).mean() < 0.65
    svg = Shape(points, "#000000", dash=(6, 6)).svg()
    assert svg.count("M") == 2
    assert 'stroke-dasharray="6 6"' in svg


def test_half_a_colour_is_half_of_it_in_both():
    half = Shape(SQUARE, fill="rgba(200,0,0,.50)")
    assert np.abs(pixels(half)[30, 20].astype(int) - [228, 128, 128]).max() <= 2
    assert 'fill="#c80000" fill-opacity="0.50"' in half.svg()


def test_texts_stand_on_their_ground_and_end_where_they_are_to():
    for anchor, columns in {"start": slice(0, 29), "middle": slice(5, 55), "end": slice(31, 60)}.items():
        drawn = pixels(Text(30, 30, "HH", 16, anchor=anchor))
        dark = np.argwhere(drawn[..., 0] < 128)
        assert dark[:, 0].max() in (28, 29, 30)
        outside = drawn.copy()
        outside[:, columns] = 255
        assert (drawn < 128).any()
        assert anchor == "middle" or (outside[:, 32:] if anchor == "end" else outside[:, :28]).min() == 255


def test_texts_are_escaped():
    svg = Plate(60, 50, "<a>&", (Text(0, 10, "</text><script>\x00\ufffe"),)).svg()
    found = ElementTree.fromstring(svg)
    assert [part.text for part in found.iter() if part.tag.endswith("text")] == ["</text><script>\\x00\ufffd"]


@given(st.text("abcdefgh WM字", max_size=80), st.integers(40, 200))
def test_no_line_is_wider_than_it_may_be_and_nothing_is_lost(text, width):
    lines = wrapped(text, width, 15)
    assert all(text_width(line, 15) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())


def test_lines_of_a_paragraph_stand_below_each_other():
    lines = paragraph(5, 20, "one two three four five six", 60, 10)
    assert len(lines) > 1
    assert [line.y - lines[0].y for line in lines] == pytest.approx([13.5 * i for i in range(len(lines))])


@pytest.mark.parametrize("turn", [-90.0, 90.0, 180.0, 30.0])
@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_a_turned_text_is_the_upright_one_turned_around_its_place(turn, anchor):
    def ink(text: Text) -> np.ndarray:
        drawn = 255 - np.asarray(Plate(200, 200, "plate", (text,)).image())[:, :, 0].astype(float)
        rows, columns = np.mgrid[:200, :200]
        return np.array([(drawn * columns).sum(), (drawn * rows).sum()]) / drawn.sum() - 100

    upright, turned = (ink(Text(100, 100, "Playing", 20, anchor=anchor, turn=way)) for way in (0.0, turn))
    way = np.exp(1j * np.radians(turn))
    wanted = complex(*upright) * way
    assert np.abs(turned - [wanted.real, wanted.imag]).max() < 1.5
    assert f'rotate({turn:.1f} 100.00 100.00)"' in Text(100, 100, "a", turn=turn).svg()
