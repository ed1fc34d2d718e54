import numpy as np
import pytest
import torch

from hprotopnet.data.pictures import centre_crop
from hprotopnet.data.transforms import normalise

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)


@pytest.fixture
def images():
    """Frames (2, 5, 8, 3) in which frame, row, column and colour can be told from the value."""
    frame, row, column, colour = np.indices((2, 5, 8, 3))
    return (100 * frame + 12 * row + 3 * column + colour).astype(np.uint8)


def test_the_crop_is_the_centre(images):
    assert (centre_crop(images, 4) == images[:, 0:4, 2:6]).all()


def test_a_crop_that_does_not_fit_is_refused(images):
    with pytest.raises(ValueError, match="does not fit into 8 x 5"):
        centre_crop(images, 6)


def test_a_clip_keeps_the_orientation_and_normalises_each_colour(images):
    clip = normalise(torch.from_numpy(images), MEAN, STD)
    assert clip.shape == (3, 2, 5, 8)
    assert clip.dtype == torch.float32
    blue_of_row_3_column_4 = clip[2, 1, 3, 4].item()
    assert blue_of_row_3_column_4 == pytest.approx((images[1, 3, 4, 2] / 255 - 0.6) / 0.4)
    assert torch.equal(normalise(torch.from_numpy(images[None]), MEAN, STD)[0], clip)
