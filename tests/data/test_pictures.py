import footage
import pytest
from PIL import Image

from hprotopnet.data.pictures import check_size, list_pictures, resize_shape
from hprotopnet.data.video import probe, read_frames
from hprotopnet.errors import InputError


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(320, 240, (149, 112)), (240, 320, (112, 149)), (8, 8, (112, 112)), (9, 8, (126, 112))],
)
def test_the_short_side_is_exact_and_the_aspect_kept(width, height, shape):
    assert resize_shape(width, height, 112) == shape


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8192, 8192), (320, 32), (32, 320)])
def test_usual_sizes_are_accepted(width, height):
    check_size(width, height, "a.mp4")


@pytest.mark.parametrize(("width", "height"), [(0, 10), (8193, 8192), (321, 32), (32, 321)])
def test_sizes_that_no_camera_makes_are_refused(width, height):
    with pytest.raises(InputError, match=r"a\.mp4"):
        check_size(width, height, "a.mp4")


def test_pictures_come_in_the_order_of_their_numbers(tmp_path):
    for name in ("image_10.jpg", "image_9.JPG", "image_011.jpeg", ".image_1.jpg", "image_2.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in list_pictures(tmp_path)] == ["image_9.JPG", "image_10.jpg", "image_011.jpeg"]


def test_a_folder_of_pictures_is_a_video(tmp_path):
    images = footage.moving_block(12)
    for i, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"img_{i + 1}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    info = probe(tmp_path)
    assert (info.frames, info.fps, info.duration, info.width, info.height) == (12, 25.0, 12 / 25, 64, 48)
    frames = read_frames(tmp_path, [0.0, 0.04, 0.4, 9.0], 48)
    assert (frames.images == images[[0, 1, 10, 11]]).all()
    assert frames.times == pytest.approx([0, 0.04, 0.4, 0.44])
    assert read_frames(tmp_path, [1.0], 48, folder_fps=5).times == pytest.approx([1.0])


def test_real_folders_of_pictures(shared):
    folder = shared / "clips" / "assorted" / "raivokoot_frames" / "demo_dataset" / "jumping" / "0001"
    assert probe(folder).frames == 17
    assert read_frames(folder, [0.0, 0.64], 60).images.shape[:2] == (2, 60)


def test_a_broken_picture_is_named(tmp_path):
    Image.new("RGB", (64, 48)).save(tmp_path / "img_1.jpg")
    (tmp_path / "img_2.jpg").write_bytes((tmp_path / "img_1.jpg").read_bytes()[:200])
    assert read_frames(tmp_path, [0.0], 32).images.shape == (1, 32, 43, 3)
    with pytest.raises(InputError, match=r"img_2\.jpg"):
        read_frames(tmp_path, [0.04], 32)
