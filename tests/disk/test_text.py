"""Widths of text are those of real letters."""

from functools import cache
from pathlib import Path

import pytest
from PIL import ImageFont

from hprotopnet.disk.text import text_width

LIBERATION = Path("/usr/share/fonts/truetype/liberation")


@cache
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(LIBERATION / f"LiberationSans-{'Bold' if bold else 'Regular'}.ttf", size)


@pytest.mark.skipif(not LIBERATION.is_dir(), reason="Liberation Sans is not installed")
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", ["Playing Musical Instruments", "Yo-yo", "Wíll & Ünd (99 %)…", "illiji", "WWW@MMM"])
def test_widths_are_those_of_a_real_font(text, bold):
    assert text_width(text, 100, bold) == pytest.approx(font(100, bold).getlength(text), rel=0.07)  # but for pairs
