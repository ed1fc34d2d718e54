"""Videos that are not as the manuals have them: joined, cut from broadcasts, with holes, mirrored, deep, or damaged."""

import av
import footage
import numpy as np
import pytest

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import uniform_starts
from hprotopnet.data.dataset import read_clips
from hprotopnet.data.video import probe, read_frames, read_windows

pytestmark = pytest.mark.rendering

FPS = 25
EXACT = {"bf": "0", "qmin": "1", "qmax": "1"}


def piece(path, first: int, count: int, codec="mpeg2video", **options):
    """Part of a film whose frames tell their number."""
    images = np.repeat(footage.flat_levels(25), 1, axis=0)[np.arange(first, first + count) % 25]
    return footage.write_lossy(path, images, codec, FPS, **(options or EXACT | {"g": "10"}))


def seen(path, instants):
    frames = read_frames(path, instants, 48)
    return footage.level_of(frames.images), frames.times.round(3).tolist()


@pytest.mark.parametrize(
    ("suffix", "codec"), [("ts", "mpeg2video"), ("ts", "libx264"), ("mpg", "mpeg2video"), ("m2ts", "libx264")]
)
def test_joined_broadcasts_go_on_where_stamps_start_again(tmp_path, suffix, codec):
    options = {"crf": "5", "g": "10"} if codec == "libx264" else EXACT | {"g": "10"}
    parts = [piece(tmp_path / f"{i}.{suffix}", 0, 25 * n, codec, **options) for i, n in enumerate((1, 3, 2))]
    path = tmp_path / f"joined.{suffix}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    info = probe(path)
    assert info.duration == pytest.approx(6, abs=0.1)
    assert info.damage == ""
    levels, times = seen(path, np.arange(0, info.duration, 0.01))
    shown = dict(zip(times, levels, strict=True))
    assert list(shown.values()) == [i % 25 for i in range(150)]
    assert info.duration - times[-1] < 0.06
    assert seen(path, [5.5]) == ([levels[550]], [times[550]])


def test_what_follows_a_join_is_not_looked_for_by_its_stamps(tmp_path):
    """Seeking would find the stamps of the first part."""
    parts = [piece(tmp_path / f"{i}.ts", 0, 300, **EXACT, g="10") for i in range(2)]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert seen(path, [20.0, 23.5])[1] == pytest.approx([20.0, 23.48], abs=0.021)
    assert seen(path, [23.5]) == ([seen(path, [20.0, 23.5])[0][1]], [seen(path, [20.0, 23.5])[1][1]])


def without_packets(path, begin: float, end: float):
    """A transport stream that nothing of some seconds has reached."""
    data = path.read_bytes()
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    kept = [part for i, part in enumerate(packets) if not begin <= i / len(packets) < end or i < 3]
    path.write_bytes(b"".join(kept))
    return path


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_a_hole_in_a_broadcast_is_closed(tmp_path, codec):
    options = {"crf": "5", "g": "10"} if codec == "libx264" else EXACT | {"g": "10"}
    path = without_packets(piece(tmp_path / "a.ts", 0, 250, codec, **options), 0.3, 0.7)
    info = probe(path)
    assert 5 < info.duration < 7
    assert info.damage
    times = read_frames(path, np.arange(0, info.duration, 1 / FPS), 48).times
    assert np.diff(times).max() < 1
    assert info.duration - times[-1] < 0.1


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264"])
def test_a_broadcast_that_was_entered_in_the_middle_begins_with_its_first_whole_picture(tmp_path, codec):
    options = {"crf": "5", "g": "100", "sc_threshold": "1000000000" if codec == "mpeg2video" else "0"}
    path = without_packets(piece(tmp_path / "a.ts", 0, 250, codec, **options), 0.0, 0.2)
    info, first = probe(path), read_frames(path, [0.0], 48)
    assert info.duration == pytest.approx(6, abs=0.1)
    assert "do not decode" in info.damage
    assert first.damaged
    assert footage.level_of(first.images) == [0]
    assert seen(path, [99.0])[1] == pytest.approx([info.duration], abs=0.05)


def clip_at(path, instant):
    return read_clips(path, lambda _: [instant], ClipConfig(8, 12.5, 32, 1))[0]


def test_a_still_stretch_is_measured(tmp_path):
    times = [*np.arange(25) / 25, 4.0, *(4.04 + np.arange(25) / 25)]
    path = footage.write_lossless(tmp_path / "a.mkv", footage.moving_block(51), times=times)
    assert probe(path).damage == ""
    assert clip_at(path, 0.2).held == pytest.approx(0.08, abs=0.041)
    assert clip_at(path, 2.0).held == pytest.approx(0.64)
    assert clip_at(path, 0.8).held == pytest.approx(0.48, abs=0.01)


def test_beyond_the_end_the_last_frame_is_held(tmp_path):
    path = footage.write_lossless(tmp_path / "a.mp4", footage.moving_block(25))
    assert clip_at(path, 5.0).held > 0.6
    assert clip_at(path, 0.8).held == pytest.approx(0.48)


def zeroed(path, share: float):
    """A download for which the whole room was taken before it broke off."""
    data = path.read_bytes()
    whole = len(data)
    path.write_bytes(data[: int(whole * share)] + bytes(whole - int(whole * share)))
    return path


def test_an_unfinished_download_is_as_long_as_what_decodes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (100, 48, 64, 3)).astype(np.uint8)
    path = tmp_path / "a.mp4"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "footage.av.open",
            lambda name, mode, opened=footage.av.open: opened(name, mode, options={"movflags": "faststart"}),
        )
        footage.write_lossy(path, noise, "libx264", g="10")
    info = probe(zeroed(path, 0.5))
    assert 1 < info.duration < 3
    assert info.damage
    starts = []

    def place(duration):
        starts[:] = uniform_starts(duration, 0.64, 3)
        return starts

    clips = read_clips(path, place, ClipConfig(8, 12.5, 32, 3))
    assert all(clip.damage for clip in clips)
    assert all(clip.held < 0.2 for clip in clips)


def test_a_broken_end_that_only_decoding_shows_moves_the_clips_before_it(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (100, 48, 64, 3)).astype(np.uint8)
    path = footage.write_lossy(tmp_path / "a.avi", noise, "mpeg4", g="10")
    data = bytearray(path.read_bytes())
    rest = range(len(data) // 2, data.rindex(b"idx1") - 8)
    at = rest.start
    while (at := data.find(b"\x00\x00\x01", at, rest.stop)) > 0:
        data[at : at + 3] = b"\x55\x55\x55"
    path.write_bytes(data)
    assert probe(path).damage == ""
    [clip] = read_clips(path, lambda duration: [max(duration - 0.64, 0)], ClipConfig(8, 12.5, 32, 1))
    assert clip.damage
    assert clip.start < 2
    assert clip.held < 0.2


@pytest.mark.parametrize("suffix", ["mkv", "avi"])
def test_a_file_that_ends_before_its_time_says_so(tmp_path, suffix):
    path = piece(tmp_path / f"a.{suffix}", 0, 250, "libx264", crf="20", g="10")
    assert probe(path).damage == ""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    info = probe(path)
    assert "that it states" in info.damage
    assert 3 < info.duration < 7


def test_a_recording_that_broke_off_is_known_without_reading_its_frames(tmp_path):
    """In fragments, of which the last is not whole, as phones and browsers write them."""
    noise = np.random.default_rng(0).integers(0, 256, (100, 48, 64, 3)).astype(np.uint8)
    path = footage.write_lossy(tmp_path / "a.mkv", noise, "libx264", g="10", bf="0")
    whole = tmp_path / "a.mp4"
    with (
        av.open(str(path)) as source,
        av.open(str(whole), "w", options={"movflags": "frag_keyframe+empty_moov"}) as copy,
    ):
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    assert probe(whole).damage == ""
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    info = probe(whole)
    assert "broken" in info.damage
    assert info.duration - read_frames(whole, [99.0], 48).times[0] < 0.06


MATRICES = {
    (1, 0, 0, 1): lambda image: image,
    (-1, 0, 0, 1): lambda image: image[:, ::-1],
    (1, 0, 0, -1): lambda image: image[::-1],
    (-1, 0, 0, -1): lambda image: image[::-1, ::-1],
    (0, 1, 1, 0): lambda image: image.transpose(1, 0, 2),
    (0, 1, -1, 0): lambda image: np.rot90(image, -1),
    (0, -1, 1, 0): lambda image: np.rot90(image, 1),
    (0, -1, -1, 0): lambda image: image.transpose(1, 0, 2)[::-1, ::-1],
}


@pytest.mark.parametrize("matrix", MATRICES)
def test_all_eight_ways_to_show_a_picture(tmp_path, matrix):
    images = footage.moving_block(2)
    path = footage.show_by(footage.write_lossy(tmp_path / "a.mp4", images, "libx264", crf="5"), *matrix)
    upright, shown = MATRICES[matrix](images[0]), read_frames(path, [0.0], 48).images[0]
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright).mean() < 3
    assert (probe(path).height, probe(path).width) == upright.shape[:2]


@pytest.mark.parametrize(
    "tracks",
    [
        [(32, 48, False), (48, 64, True)],
        [(48, 64, True), (96, 128, False)],
        [(32, 48, True), (48, 64, True)],
        [(32, 48, False), (48, 64, False)],
    ],
)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_the_track_that_players_show_is_read(tmp_path, tracks, suffix):
    written = [
        (np.full((5, height, width, 3), grey, np.uint8), default)
        for (height, width, default), grey in zip(tracks, (40, 220), strict=True)
    ]
    if suffix == "mp4" and not any(default for _, default in written):
        pytest.skip("MP4 always has a default track")
    path = footage.write_tracks(tmp_path / f"a.{suffix}", written)
    expected = 40 if tracks[0][2] and not tracks[1][2] else 220
    assert read_frames(path, [0.0], 48).images.mean() == pytest.approx(expected, abs=3)
    assert (probe(path).height, probe(path).width) == (48, 64)


def test_high_dynamic_range_is_shown_as_other_videos_are(tmp_path):
    blocks = np.repeat(footage.as_pq(footage.light_of(footage.COLOURS) @ footage.TO_2020.T), 16, axis=0)
    images = np.broadcast_to(np.repeat(blocks, 1, axis=0)[None, None], (2, 48, len(blocks), 3))
    path = footage.write_deep(tmp_path / "a.mp4", np.ascontiguousarray(images), 16, 9)
    shown = read_frames(path, [0.0], 48).images[0, 24, 8::16].astype(int)
    assert np.abs(shown - footage.COLOURS).max() <= 10  # colours are stored at half the resolution, in video range
    assert np.abs(shown[3:] - footage.COLOURS[3:]).max() <= 4


def test_ten_bits_of_ordinary_colours_are_left_alone(tmp_path):
    grey = np.full((2, 48, 64, 3), round(128 / 255 * 65535), np.uint16)
    path = footage.write_deep(tmp_path / "a.mp4", grey, 1, 1)
    assert np.abs(read_frames(path, [0.0], 48).images.astype(int) - 128).max() <= 2


def test_windows_of_a_programme_stream_do_not_depend_on_what_else_is_asked(tmp_path):
    path = piece(tmp_path / "a.mpg", 0, 600, bf="2", g="12", qmin="1", qmax="1")
    whole = read_windows(path, [[i * 0.5 + 0.01 for i in range(47)]], 48)[0]
    for at in (13, 30, 44):
        [alone] = read_windows(path, [[at * 0.5 + 0.01]], 48)
        assert footage.level_of(alone.images) == footage.level_of(whole.images[at : at + 1]) == [int(at * 12.5) % 25]
