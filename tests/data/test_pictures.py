import io

import footage
import numpy as np
import pytest
from PIL import Image, ImageCms

from hprotopnet.data.pictures import check_size, list_pictures, load_picture, resize_shape, sha256, written
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


RAMP = footage.moving_block(1, 20, 30)[0]  # no turn and no mirror leaves it as it is
# What each note of a camera says of the rows and columns that lie in the file, by the standard's words.
TURNED = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: np.rot90(image, 1),
}


def with_note(path, note, image=RAMP):
    exif = Image.Exif()
    exif[0x0112] = note
    Image.fromarray(image).save(path, exif=exif)
    return path


@pytest.mark.parametrize("note", TURNED)
def test_a_picture_stands_upright_whichever_way_the_camera_was_held(note, tmp_path):
    assert (load_picture(with_note(tmp_path / "a.png", note)) == TURNED[note](RAMP)).all()


def test_a_folder_has_the_size_of_its_upright_frames(tmp_path):
    for number in range(3):
        with_note(tmp_path / f"{number}.jpg", 6)
    info = probe(tmp_path)
    assert (info.width, info.height) == (20, 30)
    assert read_frames(tmp_path, [0.0], 20).images.shape == (1, 30, 20, 3)


@pytest.mark.parametrize("note", [0, 9, 77])
def test_a_note_without_meaning_turns_nothing(note, tmp_path):
    assert (load_picture(with_note(tmp_path / "a.png", note)) == RAMP).all()


def test_a_broken_note_turns_nothing(tmp_path):
    Image.fromarray(RAMP).save(tmp_path / "a.png", exif=b"Exif\0\0no note at all")
    assert (load_picture(tmp_path / "a.png") == RAMP).all()


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    deep = np.linspace(0, 65535, 600).reshape(20, 30).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    found = load_picture(tmp_path / "a.png")
    assert (found == np.rint(deep / 257)[..., None]).all()
    assert found.min() == 0
    assert found.max() == 255


def test_eight_bits_written_as_sixteen_come_back_exactly(tmp_path):
    grey = RAMP[..., 0]
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "a.png")
    Image.fromarray(grey.astype(np.int32) * 257).save(tmp_path / "b.tif")
    (tmp_path / "b.tif").rename(tmp_path / "b.png")  # what it is is told by what is in it
    for name in ("a.png", "b.png"):
        assert (load_picture(tmp_path / name) == grey[..., None]).all()


def test_fractions_are_scaled_and_other_numbers_refused(tmp_path):
    values = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    for name, own in (("a", values), ("b", 2 * values), ("c", np.full_like(values, np.nan))):
        Image.fromarray(own).save(tmp_path / f"{name}.tif")
        (tmp_path / f"{name}.tif").rename(tmp_path / f"{name}.png")
    assert (load_picture(tmp_path / "a.png") == np.rint(values * 255)[..., None]).all()
    for name in ("b", "c"):
        with pytest.raises(InputError, match=rf"{name}\.png: holds values outside 0 to 1; save it"):
            load_picture(tmp_path / f"{name}.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pixels_of_every_kind_are_shown_as_they_were(mode, tmp_path):
    picture = Image.fromarray(RAMP).convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.fromarray(RAMP[..., 1]))  # what is hidden behind transparency is part of the frame
    picture.save(tmp_path / "a.png")
    assert (load_picture(tmp_path / "a.png") == np.asarray(picture.convert("RGB"))).all()


def test_inks_are_not_taken_for_light(tmp_path):
    """Adobe writes inks upside down, and so does Pillow: little ink must come out bright."""
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8, :, 0], inks[8:, :, 3] = 255, 230
    Image.fromarray(inks, "CMYK").save(tmp_path / "a.jpg", quality=95)
    found = load_picture(tmp_path / "a.jpg").astype(int)
    assert np.abs(found[:7] - (0, 255, 255)).max() < 12
    assert np.abs(found[9:] - 25).max() < 12


def profile(*swapped: bytes) -> bytes:
    """The profile of sRGB, or one in which two of its primaries have changed places."""
    found = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table, rest = found[:300], found[300:]
    if swapped:
        one, other = swapped
        table = table.replace(one, b"????", 1).replace(other, one, 1).replace(b"????", other, 1)
    return table + rest


@pytest.mark.parametrize(("one", "other", "order"), [(b"rXYZ", b"gXYZ", [1, 0, 2]), (b"gXYZ", b"bXYZ", [0, 2, 1])])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_are_what_the_profile_says(one, other, order, mode, tmp_path):
    picture = Image.fromarray(RAMP).convert(mode)
    picture.save(tmp_path / "a.png", icc_profile=profile(one, other))
    expected = np.asarray(picture.convert("RGB"))[..., order].astype(int)
    assert np.abs(load_picture(tmp_path / "a.png") - expected).max() <= 2


@pytest.mark.parametrize("known", [profile(), b"no profile", profile(b"rXYZ", b"gXYZ")[:200]])
def test_the_usual_profile_and_a_broken_one_change_no_pixel(known, tmp_path):
    Image.fromarray(RAMP).save(tmp_path / "a.png", icc_profile=known)
    assert (load_picture(tmp_path / "a.png") == RAMP).all()


def test_a_profile_of_other_pixels_is_not_asked(tmp_path):
    Image.fromarray(RAMP[..., 0]).save(tmp_path / "a.png", icc_profile=profile(b"rXYZ", b"gXYZ"))
    assert (load_picture(tmp_path / "a.png") == RAMP[..., :1]).all()


def test_turn_and_profile_go_together(tmp_path):
    exif, held = Image.Exif(), io.BytesIO()
    exif[0x0112] = 8
    Image.fromarray(RAMP).save(held, "PNG", exif=exif, icc_profile=profile(b"rXYZ", b"bXYZ"))
    (tmp_path / "a.png").write_bytes(held.getvalue())
    expected = np.rot90(RAMP, 1)[..., ::-1].astype(int)
    assert np.abs(load_picture(tmp_path / "a.png") - expected).max() <= 2


def frames_of(folder, names):
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(np.full((16, 16, 3), 9 * number, np.uint8)).save(folder / name)
    return folder


def test_the_hash_is_of_the_frames_and_of_nothing_beside_them(tmp_path):
    folder = frames_of(tmp_path / "film", [f"frame{number}_224.png" for number in range(12)])
    before, stamped = sha256(folder), written(folder)
    (folder / "poster.png").write_bytes(b"not even a picture")
    (folder / "flow_x_3.jpg").write_bytes(b"")
    assert sha256(folder) == before
    (folder / "frame3_224.png").write_bytes((folder / "frame4_224.png").read_bytes())
    assert sha256(folder) != before
    assert written(folder) != stamped


def test_frames_in_another_order_are_another_film(tmp_path):
    one = frames_of(tmp_path / "one", ["a_1.png", "b_2.png"])
    other = frames_of(tmp_path / "other", ["a_2.png", "b_1.png"])
    assert sha256(one) != sha256(other)


def test_a_film_is_read_in_the_order_of_its_numbers_without_what_lies_beside_it(tmp_path):
    folder = frames_of(tmp_path / "film", [f"frame{number}_224.png" for number in range(12)])
    Image.new("RGB", (99, 20)).save(folder / "cover.jpg")
    assert probe(folder).frames == 12
    shown = read_frames(folder, [number / 25 for number in range(12)], 16).images[:, 0, 0, 0]
    assert shown.tolist() == [9 * number for number in range(12)]
