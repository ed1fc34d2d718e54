"""Names of frames as tools write them, in any order of listing: which are the film, and in which order."""

import hashlib
import random
import uuid
from pathlib import Path

import pytest

from hprotopnet.data.series import find_series
from hprotopnet.errors import InputError


def found(names):
    """What is made of some names, however the folder lists them."""
    listed = [Path("folder") / name for name in names]
    random.Random(len(listed)).shuffle(listed)
    frames, left_out = find_series(listed)
    assert sorted([*frames, *(path for own in left_out.values() for path in own)]) == sorted(listed)
    return [path.name for path in frames], {why: [path.name for path in own] for why, own in left_out.items()}


def digest(number, length):
    return hashlib.md5(str(number).encode()).hexdigest()[:length]


def identity(number):
    return uuid.UUID(bytes=hashlib.md5(str(number).encode()).digest())


IN_ORDER = {
    "plain": [f"{number}.jpg" for number in range(12)],
    "size behind": [f"frame{number}_224.jpg" for number in range(12)],
    "size behind in two frames": ["frame1_256.jpg", "frame2_224.jpg"],
    "camera behind": [f"{number:05d}_cam2.png" for number in range(1, 13)],
    "version before": [f"v2_frame{number}.jpg" for number in range(7, 14)],
    "in brackets": [f"img ({number}).jpg" for number in range(1, 13)],
    "gaps": [f"{number * number}_of_400.jpg" for number in range(1, 20)],
    "seconds": [f"t={number / 25:.2f}.png" for number in range(60)],
    "seconds without noughts": [f"t={round(number / 25, 2)}.png" for number in range(60)],
    "milliseconds": [f"{number / 12.5:.3f}.jpg" for number in range(100, 150)],
    "seconds with a comma": [f"{number / 10:.1f}".replace(".", ",") + "_s.jpg" for number in range(96, 130)],
    "third of a second from one to the next": ["0.6.jpg", "0.9.jpg", "1.2.jpg", "1.5.jpg"],
    "version and number": [f"shot1.{number}.png" for number in range(8, 13)],
    "time of day": [f"cam-23-{59 - (number < 30)}-{(number + 30) % 60:02d}.jpg" for number in range(60)],
    "date and time": ["20231231_235958.jpg", "20231231_235959.jpg", "20240101_000000.jpg", "20240101_000001.jpg"],
    "short hash behind": [f"frame_{number}_{digest(number, 6)}.jpg" for number in range(80)],
    "hash before": [f"{digest(number, 8)}_{number:03d}.jpg" for number in range(80)],
    "long hash before, every fifth": [f"{digest(number, 32)}-{5 * number}.jpg" for number in range(80)],
    "hashes around": [f"{digest(number, 32)}_{number}_{digest(-number, 32)}.jpg" for number in range(40)],
    "identity before": [f"{identity(number)}_{number}.jpg" for number in range(40)],
    "exported": [f"frame_{number}_jpg.rf.{digest(number, 32)}.jpg" for number in range(40)],
    "upper and lower case": [f"{'IMG' if number % 2 else 'img'}_{number}.JPG" for number in range(12)],
    "suffixes": [f"a{number}.{('jpg', 'JPG', 'jpeg', 'png')[number % 4]}" for number in range(12)],
    "parts one after the other": [f"part{part}_{number}.jpg" for part in (1, 2) for number in range(1, 13)],
    "no numbers": ["a.jpg", "b.JPG", "c.png"],
    "one": ["only.jpg"],
    "called like flow": [f"water_flow_{number}.jpg" for number in range(12)],
    "called like masks": [f"mask_{number}.jpg" for number in range(12)],
    "called v": [f"v_Kayaking_g01_c02_{number}.jpg" for number in range(12)],
}


@pytest.mark.parametrize("kind", IN_ORDER)
def test_frames_come_in_the_order_of_what_their_numbers_mean(kind):
    assert found(IN_ORDER[kind]) == (IN_ORDER[kind], {})


FRAMES = [f"img_{number:05d}.jpg" for number in range(1, 30)]
BESIDE = {
    "flow as TSN has it": [f"flow_{axis}_{number:05d}.jpg" for axis in "xy" for number in range(1, 29)],
    "parts of flow": [f"{axis}_{number:05d}.jpg" for axis in "uv" for number in range(1, 30)],
    "flow without a line": [f"flow{axis}{number:05d}.jpg" for axis in "xy" for number in range(1, 30)],
    "depth": [f"depth_{number:05d}.png" for number in range(1, 30)],
    "masks behind": [f"img_{number:05d}_mask.png" for number in range(1, 30)],
    "several masks a frame": [f"mask_{number:05d}_{thing}.png" for number in range(1, 30) for thing in range(4)],
    "masks of the same names": [f"img_{number:05d}.png" for number in range(1, 30, 2)],
    "masks of the same numbers": [f"IMG_{number}.PNG" for number in range(1, 30)],
    "a thumbnail": ["thumbnail.jpg"],
    "a cover and a poster": ["cover.png", "poster_1920x1080.jpg"],
    "a second, short one": ["key_00001.jpg", "key_00007.jpg"],
}


@pytest.mark.parametrize("kind", BESIDE)
def test_what_is_no_frame_is_left_out_with_a_reason(kind):
    frames, left_out = found(FRAMES + BESIDE[kind])
    assert frames == FRAMES
    assert sorted(name for own in left_out.values() for name in own) == sorted(BESIDE[kind])


def test_reasons_name_the_word():
    _, left_out = found([*FRAMES, "depth_00001.png", "me.jpg"])
    assert left_out == {"'depth' in its name": ["depth_00001.png"], "no number in its name": ["me.jpg"]}


@pytest.mark.parametrize(
    "names",
    [
        [f"{side}_{number:04d}.png" for side in ("left", "right") for number in range(1, 30)],
        [f"cam{camera}_{number:04d}.png" for camera in (1, 2, 3) for number in range(1, 30)],
        [f"{number}-view {camera}.jpg" for camera in (1, 2) for number in range(1, 30)],
        [f"{part}_{number:05d}.jpg" for part in "uv" for number in range(1, 30)],
        [*FRAMES, *(name.replace("img", "event") for name in FRAMES[:20])],
    ],
)
def test_two_films_are_refused_by_name(names):
    with pytest.raises(InputError, match=r"^folder: holds several series of pictures, those of '") as refused:
        found(names)
    assert f"'{min(names)}'" in str(refused.value)


@pytest.mark.parametrize("names", [BESIDE["flow as TSN has it"], [f"flow_{number}.png" for number in range(9)]])
def test_flow_alone_is_no_film(names):
    with pytest.raises(InputError, match=r"^folder: holds optical flow and no frames; put the frames in it$"):
        found(names)
