"""The contact sheet shows every class once."""

from pathlib import Path

import numpy as np
import pytest

from hprotopnet.errors import InputError
from hprotopnet.pantomime.contact import contact_sheet, write_sheet


def test_every_class_has_a_cell_with_two_different_frames():
    sheet = np.asarray(contact_sheet(0, scale=0.1))
    rows, columns = 12, 3
    height, width = (sheet.shape[0] + 6) // rows, (sheet.shape[1] + 6) // columns
    assert sheet.shape == (rows * height - 6, columns * width - 6, 3)
    for row in range(rows):
        for column in range(columns):
            cell = sheet[row * height : row * height + 24, column * width : column * width + 64]
            assert cell.std() > 10
            assert (cell[:, :32] != cell[:, 32:]).any()


def test_a_sheet_is_a_picture():
    with pytest.raises(InputError, match=r"\.png"):
        write_sheet(Path("sheet.txt"), 0)
