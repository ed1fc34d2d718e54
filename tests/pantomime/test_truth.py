"""Truth beside videos: masks come back bit for bit, and what does not belong together is refused."""

import subprocess
import sys
from pathlib import Path

import footage
import numpy as np
import pytest

from hprotopnet.data.pictures import centre_crop
from hprotopnet.data.video import read_frames, write_video
from hprotopnet.errors import InputError
from hprotopnet.pantomime.stage import CHILD, CUES
from hprotopnet.pantomime.truth import SEEN, Truth, TruthWriter, at_clip, load_summary, load_truth, truth_path

FILM = {"label": "Rafting", "seconds": 0.8, "strays": [["ball", 0.5]], "passer": None}


def random_masks(frames: int = 20, height: int = 48, width: int = 64) -> np.ndarray:
    """Every combination of cues, child without actor and actor without child among them."""
    return np.random.default_rng(0).integers(0, 1 << len(CUES), (frames, height, width)).astype(np.uint8)


def write(folder: Path, masks: np.ndarray, name: str = "v_Rafting_g01_c01", shots=((FILM, "Rafting"),)) -> Path:
    """A video of as many frames as there are masks, and its truth; the shots share the frames evenly."""
    video, truth = folder / f"{name}.mp4", TruthWriter(25)
    write_video(video, footage.moving_block(*masks.shape), 25)
    for part, (film, label) in zip(np.split(masks, len(shots)), shots, strict=True):
        for mask in part:
            truth.add(mask)
        truth.end_shot(film, label)
    truth.save(video, seed=7)
    return video


@pytest.mark.parametrize("size", [(48, 64), (50, 62), (2, 6)])
def test_masks_come_back_bit_for_bit(tmp_path, size):
    masks = random_masks(9, *size)
    found = load_truth(write(tmp_path, masks))
    assert found.masks.dtype == np.uint8
    assert (found.masks == masks).all()


def test_the_rest_comes_back_as_well(tmp_path):
    masks = random_masks()
    found = load_truth(write(tmp_path, masks))
    assert found.times == pytest.approx(np.arange(20) / 25)
    for cue in range(len(CUES)):
        assert found.visible[:, cue] == pytest.approx(((masks >> cue) & 1).mean(axis=(1, 2)))
    assert (found.films, found.segments, found.seed) == ((FILM,), ((0.0, 0.8, "Rafting"),), 7)
    assert found.visible.dtype == np.float32


def test_a_segment_lasts_as_long_as_the_cue_of_the_class_is_seen(tmp_path):
    masks = np.zeros((30, 40, 50), np.uint8)
    masks[3:8] = CHILD  # idle: nothing is acted on purpose
    masks[14:18, :10] = CHILD
    masks[18, 0, 0] = CHILD  # too little to be seen
    assert 1 / masks[0].size < SEEN
    shots = (({"shot": 1}, None), ({"shot": 2}, "Rafting"), ({"shot": 3}, "Kayaking"))
    found = load_truth(write(tmp_path, masks, shots=shots))
    assert found.segments == ((14 / 25, 18 / 25, "Rafting"),)
    assert [film["shot"] for film in found.films] == [1, 2, 3]


def test_a_summary_is_the_same_without_the_masks(tmp_path):
    video = write(tmp_path, random_masks())
    visible, about = load_summary(video)
    assert (visible == load_truth(video).visible).all()
    assert about["films"] == [FILM]


def test_the_same_truth_is_the_same_file(tmp_path):
    one, other = (write(tmp_path, random_masks(), name) for name in "ab")
    assert truth_path(one).read_bytes() == truth_path(other).read_bytes()


def test_masks_of_moving_shapes_are_small(tmp_path):
    rows, columns = np.mgrid[:240, :320]
    masks = np.where(rows < 120, 1, 2) * np.ones((75, 1, 1), np.uint8)
    for i, mask in enumerate(masks):
        mask[(rows - 130) ** 2 + (columns - 160 - 60 * np.sin(i / 6)) ** 2 < 40**2] = 12
    video = write(tmp_path, masks.astype(np.uint8))
    assert truth_path(video).stat().st_size < 30_000


def test_missing_truth_is_said(tmp_path):
    video = write(tmp_path, random_masks())
    truth_path(video).unlink()
    with pytest.raises(InputError, match=r"v_Rafting_g01_c01\.truth\.npz: there is no truth .* render"):
        load_truth(video)


def test_truth_of_another_video_is_refused(tmp_path):
    video = write(tmp_path, random_masks())
    for name, masks in {"short": random_masks(19), "small": random_masks(20, 48, 62)}.items():
        truth_path(write(tmp_path, masks, name)).replace(truth_path(video))
        with pytest.raises(InputError, match=r"is the truth of another video .* together"):
            load_truth(video)


def test_a_file_cut_off_is_refused(tmp_path):
    video = write(tmp_path, random_masks(6, 16, 16))
    path = truth_path(video)
    whole = path.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"v_Rafting_g01_c01\.truth\.npz: is damaged"):
            load_truth(video)


def test_a_wrong_byte_is_refused_or_does_no_harm(tmp_path):
    video = write(tmp_path, random_masks(6, 16, 16))
    path, truth = truth_path(video), load_truth(video)
    whole = path.read_bytes()
    refused = 0
    for place in np.linspace(0, len(whole) - 1, 200).astype(int):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            found = load_truth(video)
        except InputError:
            refused += 1
        else:  # a byte that nobody reads, such as a date
            assert (found.masks == truth.masks).all()
            assert (found.films, found.segments, found.seed) == (truth.films, truth.segments, truth.seed)
    assert refused > 150


def test_other_files_of_arrays_are_refused(tmp_path):
    video = write(tmp_path, random_masks())
    for save in (np.savez, np.save):
        with truth_path(video).open("wb") as file:
            save(file, np.arange(3))
        with pytest.raises(InputError, match="is damaged"):
            load_truth(video)
    with truth_path(video).open("wb") as file:
        np.savez(file, about=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="is damaged"):
        load_summary(video)


def a_truth(masks: np.ndarray) -> Truth:
    return Truth(masks, np.arange(len(masks)) / 25, np.zeros((len(masks), 4), np.float32), (), (), 0)


@pytest.mark.parametrize("size", [24, 48, 96])
def test_at_a_clip_masks_lie_where_the_network_sees_them(size):
    """A cue that fills half the picture fills what the crop holds of that half."""
    masks = np.zeros((2, 48, 64), np.uint8)
    masks[:, :, 32:] |= 1
    masks[:, 24:] |= 2
    found = at_clip(a_truth(masks), [0.0], size)
    assert found.shape == (1, size, size)
    assert (found[0, :, : size // 2] & 1 == 0).all()
    assert (found[0, :, size // 2 :] & 1 == 1).all()
    assert (found[0, : size // 2] & 2 == 0).all()
    assert (found[0, size // 2 :] & 2 == 2).all()


@pytest.mark.parametrize("size", [100, 112])
def test_at_a_clip_masks_lie_on_the_pictures(tmp_path, size):
    """A white shape on black, through the file, the decoder and the network's crop, is where its mask is."""
    rows, columns = np.mgrid[:240, :320]
    masks = np.stack([((rows - 90) ** 2 + (columns - 120 - 8 * i) ** 2 < 50**2) * CHILD for i in range(10)])
    write_video(
        tmp_path / "a.mp4", (np.where(mask, 255, 0)[..., None].repeat(3, 2).astype(np.uint8) for mask in masks), 25
    )
    times = [0.0, 0.2, 0.36]
    shown = centre_crop(read_frames(tmp_path / "a.mp4", times, size).images, size)
    found = at_clip(a_truth(masks.astype(np.uint8)), times, size)
    assert ((shown.mean(axis=-1) > 127.5) == (found == CHILD)).mean() > 0.995


def test_at_a_clip_of_full_size_masks_are_cropped_only():
    masks = random_masks()
    size = min(masks.shape[1:])
    found = at_clip(a_truth(masks), np.arange(20) / 25, size)
    assert (found == centre_crop(masks[..., None], size)[..., 0]).all()


def test_at_a_clip_each_time_has_the_nearest_frame():
    masks = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 8), np.uint8)
    assert at_clip(a_truth(masks), [0.0, 0.019, 0.021, 0.16, 9.0, 0.04], 8)[:, 0, 0].tolist() == [0, 0, 1, 4, 4, 1]


def test_truth_and_rendering_do_without_torch():
    code = "import sys, hprotopnet.pantomime.writing; print([m for m in ('torch', 'streamlit') if m in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
