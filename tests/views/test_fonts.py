"""Names in any script on sheets: legible in a font that has their letters, in Latin letters where none has."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hprotopnet.views import fonts
from hprotopnet.views.fonts import PILLOWS, Face, explained, fit, font_files, has
from hprotopnet.views.sheet import sheet

PICTURE = np.zeros((40, 40, 3), np.uint8)
SCRIPTS = ["篮球扣篮", "自由体操", "跑", "抛", "バスケ ダンク", "농구", "Плавание", "Στίβος", "سباحة", "שחייה"]
SCRIPTS += ["ว่ายน้ำ", "तैराकी", "Dźwięk", "Zwölf"]
STRANGE = ["\U0001f3c0", "\U0001f3ca", "\ue000", "\ue001", "\U00012000", "x\u0336", "x\u0489", "a\x07", "a\x08"]
NAMES = SCRIPTS + STRANGE


@pytest.fixture
def no_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "font_files", tuple)


@pytest.fixture
def unjoined(monkeypatch):
    monkeypatch.setattr(fonts, "can_join", lambda: False)


def drawn(*lines):
    return np.asarray(sheet(lines, [([PICTURE], ["one"])]))


def same(one, other):
    return one.shape == other.shape and (one == other).all()


def assert_all_differ(pages):
    for i, page in enumerate(pages):
        assert not any(same(page, other) for other in pages[:i])


def test_pillows_own_font_has_latin_letters_only():
    assert all(has(PILLOWS, letter) for letter in "AZaz09,.:%+- ")
    assert not any(has(PILLOWS, letter) for letter in "字Яسก\ue000\U0001f3c0\uffff")


def test_what_a_font_draws_for_no_letter_is_no_letter_of_it():
    for face in (PILLOWS, *(Face(str(file), 0) for file in font_files()[:5])):
        assert not has(face, "\uffff")
        assert not has(face, "\U0010fffe")


def test_a_line_takes_the_first_font_that_has_all_of_it(monkeypatch):
    """Two fonts on paper: one with Greek, one with Greek and Cyrillic."""
    held = {"greek": "Στίβος ", "more": "Στίβος Плавние"}
    faces = [PILLOWS, Face("greek", 0), Face("more", 0)]
    monkeypatch.setattr(fonts, "_faces", lambda: iter(faces))
    latin = set(map(chr, range(32, 127)))
    monkeypatch.setattr(fonts, "has", lambda face, letter: letter in held.get(face.path, latin))
    monkeypatch.setattr(fonts, "_opened", lambda face, size, joining=False: face.path)
    taken = {text: [font for _, font in fit(text, 15).pieces] for text in ("Στίβος", "Плавание Στίβος", "swim")}
    assert taken == {"Στίβος": ["greek"], "Плавание Στίβος": ["more"], "swim": [""]}
    mixed = fit("Στίβος (0.9) 字", 15)
    assert mixed.pieces == (("Στίβος ", "greek"), ("(0.9) Zi", ""))
    assert mixed.romanised == {"字": "Zi"}


def test_fonts_of_a_collection_are_looked_at_one_by_one(monkeypatch, tmp_path):
    opened, known = [], ImageFont.load_default(16)

    def truetype(path, size, index, layout_engine):
        opened.append((path, index))
        if index == 3:
            raise OSError("no such face")
        return known

    (tmp_path / "three.ttc").touch()
    monkeypatch.setattr(fonts.ImageFont, "truetype", truetype)
    monkeypatch.setattr(fonts, "font_files", lambda: (tmp_path / "three.ttc",))
    assert list(fonts._faces()) == [PILLOWS, *(Face(str(tmp_path / "three.ttc"), index) for index in range(3))]
    assert len(opened) == 4


def test_upright_sans_comes_first_and_what_is_no_font_not_at_all(monkeypatch, tmp_path):
    names = ["NotoSerif-Regular.ttf", "NotoSans-BoldItalic.ttf", "NotoSans-Regular.ttf", "LastResort.otf", "read.me"]
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path, tmp_path / "absent"])
    found = font_files.__wrapped__()
    assert found[0].name == "NotoSans-Regular.ttf"
    assert {file.name for file in found} == set(names[:3])


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_every_system_has_places_for_fonts(system, monkeypatch):
    monkeypatch.setattr(fonts.sys, "platform", system)
    assert any(folder.name.lower() == "fonts" for folder in fonts.font_folders())


def test_no_two_names_look_alike():
    assert_all_differ([drawn(name) for name in NAMES])


def test_no_two_names_look_alike_without_fonts(no_fonts):
    assert_all_differ([drawn(name) for name in NAMES])
    for name in NAMES:
        assert fit(name, 15).text.isascii()


def test_no_letter_is_drawn_as_the_box_for_none():
    for name in NAMES:
        for text, font in fit(name, 16).pieces:
            box = bytes(font.getmask("\uffff"))
            assert not any(bytes(font.getmask(letter)) == box for letter in text if letter.isalnum())


def test_the_sheet_says_that_names_were_romanised_and_what_they_were(no_fonts):
    lines = [fit("跑: 0.98", 24), fit("抛 and Zwölf", 15)]
    assert [line.text for line in lines] == ["Pao: 0.98", "Pao and Zwolf"]
    assert explained(lines) == ("Romanised, as no font here has these letters: Pao = U+8DD1, Pao = U+629B, o = U+00F6.")
    assert drawn("跑").shape[0] > drawn("Pao").shape[0]


def test_nothing_is_said_where_nothing_is_romanised():
    assert explained([fit("Basketball dunk: 0.98", 24)]) == ""
    assert fit("Basketball dunk: 0.98", 24).text == "Basketball dunk: 0.98"


def test_what_has_no_sound_is_drawn_by_its_number_and_a_mark_left_out(no_fonts):
    assert fit("\ue000", 15).text == "U+E000"
    line = fit("\u0928\u094d", 15)
    assert (line.text, explained([line])) == ("n", f"{fonts.ROMANISED}: n = U+0928, U+094D left out.")


@pytest.mark.parametrize("name", ["سباحة", "שחייה", "तैराकी", "ว่ายน้ำ", "x\u0336"])
def test_letters_that_join_are_romanised_where_they_cannot_be_set(name, unjoined):
    assert fit(name, 15).text.isascii()
    assert all(font.layout_engine == ImageFont.Layout.BASIC for _, font in fit(name, 15).pieces)


def test_marks_join_their_letters_and_unseen_characters_go():
    assert fit("Zwo\u0308lf", 15).text == fit("Zwölf", 15).text
    assert fit("a\u200b\ufe0f\u3000b\n", 15).text == "a b\\x0a"


def test_latin_lines_are_drawn_as_pillow_draws_them():
    lines = {
        24: "Basketball dunk: 0.98",
        16: "Sports/v_1, seconds 0.0 to 1.3, against Rafting",
        15: "similarity 0.51, +1.2",
    }
    for size, text in lines.items():
        page, expected = (Image.new("RGB", (600, 40), "white") for _ in range(2))
        usual = ImageFont.load_default(size)
        fit(text, size).draw(ImageDraw.Draw(page), 18, 5, usual)
        ImageDraw.Draw(expected).text((18, 5), text, "black", usual)
        assert same(np.asarray(page), np.asarray(expected))
        assert fit(text, size).length == usual.getlength(text)
