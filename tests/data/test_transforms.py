import numpy as np
import pytest
import torch

from hprotopnet.data.pictures import centre_crop, resize_shape
from hprotopnet.data.transforms import flip, flip_boxes, to_clip, to_images, uncrop_boxes

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
    clip = to_clip(images, 4, MEAN, STD)
    assert clip.shape == (3, 2, 4, 4)
    assert clip.dtype == torch.float32
    assert clip.is_contiguous()
    blue_of_row_3_column_4 = clip[2, 1, 3, 2].item()
    assert blue_of_row_3_column_4 == pytest.approx((images[1, 3, 4, 2] / 255 - 0.6) / 0.4)


def test_images_come_back_from_a_clip(images):
    assert (to_images(to_clip(images, 4, MEAN, STD), MEAN, STD) == centre_crop(images, 4)).all()


def test_images_of_any_numbers_stay_in_range():
    assert to_images(torch.full((3, 1, 2, 2), 99.0), MEAN, STD).max() == 255
    assert to_images(torch.full((3, 1, 2, 2), -99.0), MEAN, STD).min() == 0


def test_flipping_mirrors_columns_and_undoes_itself(images):
    clip = to_clip(images, 4, MEAN, STD)
    assert torch.equal(flip(clip)[..., 0], clip[..., 3])
    assert torch.equal(flip(flip(clip)), clip)
    assert (flip_boxes([[0, 1, 2, 5]], 8) == [[6, 1, 8, 5]]).all()
    assert (flip_boxes(flip_boxes([[1, 2, 3, 4]], 9), 9) == [[1, 2, 3, 4]]).all()


def test_boxes_in_a_crop_without_scaling_move_by_its_corner():
    assert (uncrop_boxes([1, 0, 3, 4], 4, width=8, height=4) == [3, 0, 5, 4]).all()


@pytest.mark.parametrize(("width", "height"), [(320, 240), (240, 320), (1920, 1080), (100, 100)])
@pytest.mark.parametrize("short_side", [112, 128])
def test_a_pixel_of_the_crop_is_found_again_in_the_frame(width, height, short_side):
    """Mark the frame by its coordinates, scale and crop it by hand, and look up where a crop's pixel came from."""
    scaled_width, scaled_height = resize_shape(width, height, short_side)
    columns, rows = np.meshgrid(np.arange(scaled_width) + 0.5, np.arange(scaled_height) + 0.5)
    origin = np.stack([columns * width / scaled_width, rows * height / scaled_height, 0 * rows], axis=-1)
    cropped = centre_crop(origin[None], 112)[0]
    box = uncrop_boxes([30, 7, 31, 8], 112, width, height, short_side)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    assert centre == pytest.approx(tuple(cropped[7, 30, :2]))


def test_the_whole_crop_of_a_square_frame_is_the_whole_frame():
    assert (uncrop_boxes([[0, 0, 112, 112]], 112, 480, 480) == [[0, 0, 480, 480]]).all()
