import random
import time
from fractions import Fraction

import av
import footage
import numpy as np
import pytest
from PIL import Image

from hprotopnet.data import decoding, opened
from hprotopnet.data.video import probe, read_frames, read_windows, write_video
from hprotopnet.errors import InputError

pytestmark = pytest.mark.rendering

NTSC = Fraction(30000, 1001)
RATES = [10, 25, NTSC, 30]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mov"])
@pytest.mark.parametrize("fps", RATES)
def test_what_is_decoded_is_what_was_encoded(tmp_path, suffix, fps):
    images = footage.moving_block()
    path = footage.write_lossless(tmp_path / f"a.{suffix}", images, fps)
    instants = [i / float(fps) for i in range(len(images))]
    frames = read_frames(path, instants, 48)
    assert (frames.images == images).all()
    assert frames.times == pytest.approx(instants, abs=0.0005)  # Matroska's clock ticks in milliseconds
    assert not frames.damaged


@pytest.mark.parametrize("suffix", ["mp4", "avi", "mov"])
@pytest.mark.parametrize("fps", RATES)
def test_a_video_is_measured_by_its_packets(tmp_path, suffix, fps):
    info = probe(footage.write_lossless(tmp_path / f"a.{suffix}", footage.moving_block(24, 48, 64), fps))
    assert (info.frames, info.width, info.height) == (24, 64, 48)
    assert info.duration == pytest.approx(24 / float(fps))
    assert info.fps == pytest.approx(float(fps))


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rates_keep_their_times(tmp_path, suffix):
    images = footage.moving_block()
    times = np.cumsum(np.random.default_rng(0).integers(5, 400, len(images))) / 1000
    path = footage.write_lossless(tmp_path / f"a.{suffix}", images, times=times)
    frames = read_frames(path, times - times[0], 48)
    assert (frames.images == images).all()
    assert frames.times == pytest.approx(times - times[0])


def test_the_frame_shown_at_an_instant_is_the_last_that_has_begun(tmp_path):
    images = footage.moving_block()
    path = footage.write_lossless(tmp_path / "a.mp4", images, 10)
    frames = read_frames(path, [-1.0, 0.0, 0.099, 0.1, 0.199, 2.3, 99.0, 0.1], 48)
    assert (frames.images == images[[0, 0, 0, 1, 1, 23, 23, 1]]).all()
    assert frames.times == pytest.approx([0, 0, 0, 0.1, 0.1, 2.3, 2.3, 0.1])


def test_windows_overlap_and_come_in_any_order(tmp_path):
    images = footage.moving_block()
    path = footage.write_lossless(tmp_path / "a.mp4", images, 10)
    late, early = read_windows(path, [[2.0, 2.1, 2.2], [1.9, 2.0]], 48)
    assert (late.images == images[20:23]).all()
    assert (early.images == images[19:21]).all()
    assert read_windows(path, [], 48) == []


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.avi", "mpeg4", {"bf": "2", "qmin": "1", "qmax": "1"}),  # AVI has no time stamps for frames out of order
        ("a.avi", "libx264", {"bf": "3"}),
        ("a.mp4", "libx264", {"bf": "3"}),
        ("a.mpg", "mpeg2video", {"bf": "2", "qmin": "1", "qmax": "1"}),
        ("a.webm", "libvpx-vp9", {"deadline": "realtime"}),
    ],
)
def test_frames_stored_out_of_order_are_shown_in_order(tmp_path, name, codec, options):
    path = footage.write_lossy(tmp_path / name, footage.flat_levels(40), codec, **options)
    frames = read_frames(path, np.arange(40) / 25, 48)
    assert footage.level_of(frames.images) == [i % 25 for i in range(40)]
    assert frames.times == pytest.approx(np.arange(40) / 25, abs=0.0005)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"bf": "3", "g": "50"}),
        ("a.mp4", "libx264", {"bf": "3", "g": "9999"}),  # one key frame only: seeking gains nothing
        ("a.avi", "mpeg4", {"bf": "2", "g": "25", "qmin": "1", "qmax": "1"}),
        ("a.mkv", "libx264", {"g": "100"}),
    ],
)
def test_seeking_changes_nothing_but_the_time_it_takes(tmp_path, monkeypatch, name, codec, options):
    path = footage.write_lossy(tmp_path / name, footage.flat_levels(1000), codec, **options)
    windows = [[30.2, 30.24], [12.0, 12.04], [38.96, 50.0], [0.0]]
    assert [footage.level_of(frames.images) for frames in read_windows(path, windows, 48)] == [
        [5, 6],
        [0, 1],
        [24, 24],
        [0],
    ]
    wanted = sorted(instant for window in windows for instant in window)
    seeking, _ = decoding.read(path, wanted, 48, 25, threads=0)
    monkeypatch.setattr(decoding, "SEEK_AFTER", 1e9)
    steady, _ = decoding.read(path, wanted, 48, 25, threads=0)
    assert all((one == other).all() for (_, one), (_, other) in zip(seeking, steady, strict=True))
    assert [time for time, _ in seeking] == [time for time, _ in steady]


def test_seeking_is_used_where_it_saves_decoding(tmp_path, monkeypatch):
    path = footage.write_lossy(tmp_path / "a.mp4", footage.flat_levels(1000), "libx264", g="25")
    decoded = []
    decode = opened.Source.decode
    monkeypatch.setattr(opened.Source, "decode", lambda self, packet: decoded.append(1) or decode(self, packet))
    decoding.read(path, [30.0], 48, 25, threads=1)
    assert len(decoded) < 150


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_threads_do_not_change_the_frames(tmp_path, threads):
    path = footage.write_lossy(tmp_path / "a.mp4", footage.moving_block(30), "libx264", bf="3")
    instants = np.arange(30) / 25
    assert (read_frames(path, instants, 32, threads=threads).images == read_frames(path, instants, 32).images).all()


@pytest.mark.parametrize(("height", "width", "shape"), [(48, 64, (24, 32)), (64, 48, (32, 24)), (50, 90, (24, 43))])
def test_frames_are_scaled_to_the_short_side_and_not_turned(tmp_path, height, width, shape):
    images = footage.moving_block(3, height, width)
    path = footage.write_lossless(tmp_path / "a.mkv", images)
    scaled = read_frames(path, [0.0], 24).images[0]
    assert scaled.shape == (*shape, 3)
    expected = np.asarray(Image.fromarray(images[0]).resize(shape[::-1], Image.Resampling.BOX))
    assert np.abs(scaled.astype(int) - expected).mean() < 3
    assert np.abs(scaled[:, ::-1].astype(int) - expected).mean() > 10
    assert np.abs(scaled[::-1].astype(int) - expected).mean() > 10


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (-90, 3)])
def test_rotated_recordings_stand_upright(tmp_path, rotation, turns):
    images = footage.moving_block(3)
    path = footage.write_lossy(tmp_path / "a.mp4", images, "libx264", rotation=rotation, crf="5")
    frames = read_frames(path, [0.0], 48)
    upright = np.rot90(images[0], turns)
    assert frames.images[0].shape == upright.shape
    assert np.abs(frames.images[0].astype(int) - upright).mean() < 3
    assert (probe(path).height, probe(path).width) == upright.shape[:2]


@pytest.mark.parametrize("colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200)])
@pytest.mark.parametrize("space", [1, 5])  # BT.709 and BT.601
def test_colours_come_back_whatever_their_coding(tmp_path, colour, space):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        stream.codec_context.colorspace = space
        image = np.full((32, 32, 3), colour, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p", dst_colorspace=space)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(read_frames(path, [0.0], 32).images.astype(int) - colour).max() <= 4


def test_names_in_foreign_encodings_inside_a_file_do_no_harm(shared):
    path = next((shared / "clips" / "assorted" / "pytorch-vision_deb" / "hmdb_cartwheel").glob("*.avi"))
    assert probe(path).fps == pytest.approx(30)
    assert not read_frames(path, [0.0, 1.0], 64).damaged


def test_real_clips_with_gaps_are_read_to_their_end(shared):
    path = shared / "clips" / "ucf101" / "BaseballPitch" / "v_BaseballPitch_g07_c02.avi"
    info = probe(path)
    frames = read_frames(path, [0.0, info.duration / 2, info.duration], 64)
    assert not frames.damaged
    assert frames.times[-1] == pytest.approx(info.duration, abs=2 / info.fps)


def test_written_videos_play_in_browsers_and_look_the_same(tmp_path):
    images = footage.moving_block(20, 48, 64)
    path = tmp_path / "a.mp4"
    write_video(path, images, 12.5)
    frames = read_frames(path, np.arange(20) / 12.5, 48)
    assert frames.times == pytest.approx(np.arange(20) / 12.5)
    assert np.abs(frames.images.astype(int) - images).mean() < 5
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(("height", "width"), [(49, 64), (48, 63), (31, 33)])
def test_odd_sides_are_padded(tmp_path, height, width):
    images = footage.moving_block(3, height, width)
    write_video(tmp_path / "a.mp4", images, 25)
    frames = read_frames(tmp_path / "a.mp4", [0.0], height + height % 2)
    assert frames.images.shape[1:3] == (height + height % 2, width + width % 2)
    assert np.abs(frames.images[0, :height, :width].astype(int) - images[0]).mean() < 5


def test_frames_are_written_one_by_one_as_they_come(tmp_path):
    images = footage.moving_block(20, 48, 64)
    write_video(tmp_path / "a.mp4", images, 25)
    write_video(tmp_path / "b.mp4", (image for image in images), 25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_same_frames_are_the_same_file(tmp_path):
    """Left to itself, x264 picks routines by processor, some of which read memory that nobody has written."""
    noise = np.random.default_rng(0).integers(0, 60, (50, 120, 160, 3)).astype(np.uint8)
    images = footage.moving_block(50, 120, 160) // 2 + noise
    written = set()
    for size in range(10):
        rubbish = np.full(50_000 * (size + 1), 17 * size, np.uint8)
        del rubbish
        write_video(tmp_path / "a.mp4", images, 25)
        written.add((tmp_path / "a.mp4").read_bytes())
    assert len(written) == 1


def test_a_higher_rate_factor_makes_smaller_files(tmp_path):
    sizes = []
    for crf in (10, 20, 40):
        write_video(tmp_path / "a.mp4", footage.moving_block(), 25, crf)
        sizes.append((tmp_path / "a.mp4").stat().st_size)
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    with pytest.raises((ValueError, av.FFmpegError)):
        write_video(tmp_path / "a.mp4", np.zeros((2, 10, 10, 5), dtype=np.uint8), 25)
    assert list(tmp_path.iterdir()) == []


def _bad_files(folder):
    whole = footage.write_lossy(folder / "whole.mp4", footage.moving_block(), "libx264").read_bytes()
    (folder / "empty.avi").touch()
    (folder / "text.mp4").write_text("a film about nothing\n" * 50)
    (folder / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "playlist.mp4").write_text(f"ffconcat version 1.0\nfile '{folder}/whole.mp4'\n")
    (folder / "folder").mkdir()
    footage.write_sound(folder / "sound.mp4")
    footage.write_lossy(folder / "huge.avi", np.zeros((1, 64, 8256, 3), dtype=np.uint8), "libx264")
    footage.write_lossy(folder / "narrow.avi", np.zeros((1, 16, 512, 3), dtype=np.uint8), "libx264")
    Image.new("RGB", (64, 48)).save(folder / "picture.jpg")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.mp4", "no such file"),
        ("empty.avi", "empty"),
        ("text.mp4", "cannot be read as a video"),
        ("headless.mp4", "cannot be read as a video"),
        ("playlist.mp4", "cannot be read as a video"),
        ("picture.jpg", "cannot be read as a video"),
        ("sound.mp4", "no moving picture"),
        ("huge.avi", "8256 x 64"),
        ("narrow.avi", "512 x 16"),
        ("folder", "holds no frames"),
    ],
)
def test_whatever_is_no_video_is_refused_in_one_line(tmp_path, name, reason):
    _bad_files(tmp_path)
    for attempt in (probe, lambda path: read_frames(path, [0.0], 32)):
        with pytest.raises(InputError, match=reason) as caught:
            attempt(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)
        assert ";" in str(caught.value)


@pytest.mark.parametrize("suffix", ["avi", "mkv"])
def test_a_truncated_file_is_used_as_far_as_it_goes(tmp_path, suffix):
    images = footage.moving_block()
    path = footage.write_lossless(tmp_path / f"a.{suffix}", images, 5)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    assert 8 <= probe(path).frames < 20
    frames = read_frames(path, [0.0, 1.0, 4.6], 48)
    assert (frames.images[:2] == images[[0, 5]]).all()
    assert 1.4 < frames.times[2] < 4.0
    assert frames.damaged


def test_damaged_files_give_frames_or_one_line_and_never_hang(tmp_path):
    rng = random.Random(0)
    sources = [
        footage.write_lossy(tmp_path / "a.avi", footage.moving_block(50, 96, 128), "mpeg4", bf="2").read_bytes(),
        footage.write_lossy(tmp_path / "a.mp4", footage.moving_block(50, 96, 128), "libx264").read_bytes(),
    ]
    outcomes = []
    for i in range(30):
        path = tmp_path / ("a.avi", "a.mp4")[i % 2]
        path.write_bytes(_damage(bytearray(sources[i % 2]), rng))
        began = time.monotonic()
        try:
            duration = probe(path).duration
            windows = read_windows(path, [[0.0, duration / 2], [duration]], 32)
            outcomes.append("damaged" if windows[0].damaged else "whole")
            assert [frames.images.shape for frames in windows] == [(2, 32, 43, 3), (1, 32, 43, 3)]
        except InputError as error:
            outcomes.append("refused" if str(path) in str(error) else "refused without a name")
        assert time.monotonic() - began < 10
    assert set(outcomes) == {"damaged", "refused", "whole"}


def _damage(data, rng):
    place = rng.randrange(len(data))
    kind = rng.choice(["cut", "flip", "insert", "head", "zero"])
    if kind == "cut":
        return data[:place]
    if kind == "insert":
        data[place:place] = rng.randbytes(rng.randrange(1, 500))
    elif kind == "zero":
        data[place : place + 500] = bytes(len(data[place : place + 500]))
    else:
        reach = len(data) if kind == "flip" else 1000
        for _ in range(20):
            data[rng.randrange(reach)] = rng.randrange(256)
    return data
