"""Frames of a video file at given instants, and video files made of frames.

Everybody else speaks seconds from the first frame of a file; time stamps, ticks and packets stay in here.
A folder of pictures (`img_00001.jpg`, `image_00001.jpg`, ...) counts as a video of a given rate, see `series`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from hprotopnet.data.pictures import check_size, list_pictures, load_picture, resize_shape
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write

VERSION = 1  # of the pixels that a video gives; raise it when they change
FOLDER_FPS = 25.0  # assumed rate of a folder of pictures, which has none of its own
MISSING_END = 1.0  # seconds short of the length a file states, from which on it counts as cut off
SEEK_AFTER = 5.0  # seconds without a wanted frame after which seeking pays
SEEK_MARGIN = 1.0  # seconds; seeking is imprecise and the first frames after it may lean on missing ones

# Playlists and picture patterns would let a file name other files, and text would be rendered: neither is a video.
_FORMATS = "avi,mov,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,flv,asf,ogg,gif,dv,mxf,nut,ivf,rm,swf"
# Averaging over areas keeps fine texture from flickering when frames shrink, at half the cost of bicubic.
_SHRINK = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_ENLARGE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

av.logging.set_level(None)


@dataclass(frozen=True)
class VideoInfo:
    """What a video holds, by its packets: headers are not believed."""

    duration: float  # seconds from the start of the first frame to the end of the last
    width: int  # pixels as shown, after rotation and stretching to square pixels
    height: int
    frames: int  # coded frames; a decoder may drop a few of them
    fps: float  # frames a second on average


class Frames(NamedTuple):
    """Frames of one window, in the order of the instants that were asked for."""

    images: np.ndarray  # uint8 RGB (T, H, W, 3)
    times: np.ndarray  # float64 (T,), when each frame is first shown, in seconds from the first frame of the video
    damaged: bool  # whether some of what was read does not decode; missing frames repeat the one before


def probe(path: str | Path, folder_fps: float = FOLDER_FPS) -> VideoInfo:
    """Measure a video without decoding it; raises `InputError` when it is none.

    A folder of pictures has no rate of its own and takes `folder_fps`.
    """
    if Path(path).is_dir():
        files = list_pictures(path)
        height, width, _ = load_picture(files[0]).shape
        return VideoInfo(len(files) / folder_fps, width, height, len(files), folder_fps)
    with _opened(path) as (container, stream):
        source = _Source(container, stream, threads=1)
        stamps, ends, first = [], [], None
        for packet in source.packets():
            first = first or next(iter(source.decode(packet)), None)
            if packet.size and not packet.is_discard:
                stamp = source.stamp(packet)
                stamps.append(stamp if stamp is not None else ends[-1] if ends else 0)
                ends.append(stamps[-1] + max(packet.duration or source.step, 1))
        if first is None or not stamps:
            raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
        width, height = _shown_size(first, stream.sample_aspect_ratio, path)
        duration = (max(ends) - min(stamps)) * stream.time_base
        return VideoInfo(float(duration), width, height, len(stamps), float(len(stamps) / duration))


def read_frames(
    path: str | Path, instants: Sequence[float], short_side: int, folder_fps: float = FOLDER_FPS, threads: int = 0
) -> Frames:
    """Read the frames shown at some instants, see `read_windows`."""
    return read_windows(path, [instants], short_side, folder_fps, threads)[0]


def read_windows(
    path: str | Path,
    windows: Sequence[Sequence[float]],
    short_side: int,
    folder_fps: float = FOLDER_FPS,
    threads: int = 0,
) -> list[Frames]:
    """Read the frames shown at the instants of several windows, decoding the file once for all of them.

    Each window lists its instants in seconds from the first frame, at least one, in any order. Frames are scaled
    to a short side of `short_side` pixels. A folder of pictures is shown at `folder_fps`. The decoder uses `threads`
    threads, 0 for one a processor; the frames of an undamaged file do not depend on it.

    The frame shown at an instant is the last one that starts no later. Half a tick of the file's clock (at most half
    a millisecond) is forgiven, so that the instant 1/30 finds a frame stamped 0.033. Before the first frame
    that is the first, after the last the last.

    Raises `InputError`, naming the file, when not even one frame can be decoded. Of a damaged file
    the frames that still decode are used and `Frames.damaged` is set.
    """
    wanted = sorted({float(instant) for window in windows for instant in window})
    if Path(path).is_dir():
        picked, damaged = _pick_pictures(path, wanted, short_side, folder_fps), False
    else:
        with _opened(path) as (container, stream):
            source = _Source(container, stream, threads)
            picked = _pick(source, wanted, _Scaler(path, short_side, stream.sample_aspect_ratio))
            damaged = source.damaged
    if wanted and not picked:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    columns = (zip(*(picked[float(instant)] for instant in window), strict=True) for window in windows)
    return [Frames(np.stack(images), np.array(times, dtype=np.float64), damaged) for times, images in columns]


def write_video(path: str | Path, images: Iterable[np.ndarray], fps: float, crf: int = 20) -> None:
    """Write uint8 frames (H, W, 3), taken one by one, as H.264 in MP4, in the form every browser plays.

    The format needs even sides: an odd one is padded by repeating its last line. `crf` is x264's rate factor, lower is
    better. The same frames give the same bytes on any processor. The file appears whole or not at all.
    """
    options = {"movflags": "+faststart"}
    with atomic_write(path) as temporary, av.open(f"file:{temporary}", "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        # Left alone, x264 lets the processor choose among routines and the number of threads cut the picture.
        exact = {"threads": "1", "x264-params": "cpu-independent=1"}
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"} | exact
        convert = VideoReformatter().reformat
        for image in images:
            image = np.pad(image, (*((0, side % 2) for side in image.shape[:2]), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            if not stream.codec_context.is_open:
                stream.width, stream.height = frame.width, frame.height
            container.mux(stream.encode(convert(frame, format="yuv420p", interpolation=_SHRINK, threads=1)))
        container.mux(stream.encode(None))


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[Any, Any]]:
    """Container and video stream of a file; whatever goes wrong inside the block becomes `InputError`."""
    limits = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        if Path(path).stat().st_size == 0:
            raise InputError(f"{path}: the file is empty; copy or download it again")
        # The prefix keeps names such as "pipe:0" from being taken for addresses.
        with av.open(f"file:{path}", metadata_errors="replace", container_options=limits) as container:
            yield container, _video_stream(container, path)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path") from error
    except (OSError, ValueError, MemoryError, av.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path}: cannot be read as a video ({reason}); copy it again or convert it to MP4") from error


def _video_stream(container: Any, path: str | Path) -> Any:
    streams = [stream for stream in container.streams.video if not stream.disposition & stream.disposition.attached_pic]
    if not streams:
        raise InputError(f"{path}: holds no moving picture (sound only?); give a video file")
    if streams[0].codec_context is None:
        raise InputError(f"{path}: no decoder for this kind of video is at hand; convert it to MP4 (H.264)")
    check_size(streams[0].codec_context.width, streams[0].codec_context.height, path)
    return streams[0]


def _shown_size(frame: Any, aspect: Fraction | None, path: str | Path) -> tuple[int, int]:
    """Width and height as shown: pixels made square, `aspect` being theirs in the file, and the picture upright."""
    width, height = max(1, round(frame.width * (aspect or 1))), frame.height
    check_size(width, height, path)
    return (height, width) if frame.rotation % 180 else (width, height)


class _Source:
    """Frames of an opened file one after another, with their times in seconds from the first."""

    def __init__(self, container: Any, stream: Any, threads: int):
        self.container, self.stream = container, stream
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        self.damaged, self.may_seek = False, True
        self.origin, self.pushed_back = None, None
        self.frames = self._decoded()
        stated = (stream.duration or 0) * stream.time_base or Fraction(container.duration or 0, 1_000_000)
        self.stated_end = float(stated)
        self.step = max(1, round(1 / ((stream.guessed_rate or 25) * stream.time_base)))  # ticks from frame to frame
        self.slack = min(float(stream.time_base) / 2, 0.0005)  # seconds within which two times are the same

    def read(self) -> tuple[float, Any] | None:
        """Time and picture of the next frame, or nothing at the end."""
        shown, self.pushed_back = self.pushed_back or next(self.frames, None), None
        return shown

    def jump(self, instant: float, position: float) -> None:
        """Continue somewhere before `instant`, from `position`, if that saves decoding; reading goes on if not."""
        target = self._seek(instant - SEEK_MARGIN)
        if target is None or target[0] > instant + self.slack:  # the file's index lies
            self.may_seek = False
            target = self._seek(0.0)
        elif target[0] <= position:  # key frames are rare: seeking again would decode the same frames again
            self.may_seek = False
        self.pushed_back = target

    def _seek(self, instant: float) -> tuple[float, Any] | None:
        stamp = self.origin + int(instant / self.stream.time_base)
        try:
            self.container.seek(stamp, stream=self.stream, backward=True)
        except (av.FFmpegError, OverflowError):
            return None
        self.frames = self._decoded()
        return next(self.frames, None)

    def _decoded(self) -> Iterator[tuple[float, Any]]:
        last = None
        for packet in self.packets():
            for frame in self.decode(packet):
                stamp = self.stamp(frame)
                if last is not None and (stamp is None or stamp <= last):
                    stamp = last + self.step
                if self.origin is None:
                    self.origin, self.may_seek = stamp or 0, stamp is not None
                    stamp = self.origin
                if stamp is not None:  # else the file was left at its end, by seeking too far
                    last = stamp
                    yield float((stamp - self.origin) * self.stream.time_base), frame

    def stamp(self, timed: Any) -> int | None:
        """Time stamp of a packet or a frame, if it has any.

        AVI stores the order of decoding only: its stamps of presentation are guesses and come out of order.
        The stamps of decoding count the frames as they come out of the decoder, which is the order of showing.
        """
        return timed.dts if self.container.format.name == "avi" else timed.pts

    def packets(self) -> Iterator[Any]:
        """Packets up to the end or to the first place that cannot be read."""
        try:
            yield from self.container.demux(self.stream)
        except av.FFmpegError:
            self.damaged = True

    def decode(self, packet: Any) -> list[Any]:
        """Frames that a packet completes; a broken packet is skipped, the next key frame mends the picture."""
        self.damaged |= packet.is_corrupt
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self.damaged = True
            return []
        self.damaged |= any(frame.is_corrupt for frame in frames)
        return frames


class _Scaler:
    """Turns decoded frames into arrays of one size, whatever size each frame has."""

    def __init__(self, path: str | Path, short_side: int, aspect: Fraction | None = None):
        self.path, self.short_side, self.aspect = path, short_side, aspect
        self.reformatter = VideoReformatter()
        self.size = None

    def __call__(self, frame: Any) -> np.ndarray:
        shown = _shown_size(frame, self.aspect, self.path)
        self.size = self.size or resize_shape(*shown, self.short_side)
        width, height = self.size[::-1] if frame.rotation % 180 else self.size
        resampling = _SHRINK if width < frame.width else _ENLARGE
        scaled = self.reformatter.reformat(frame, width, height, "rgb24", interpolation=resampling, threads=1)
        return np.rot90(scaled.to_ndarray(), round(frame.rotation / 90))


def _pick(
    source: _Source, wanted: Sequence[float], image_of: Callable[[Any], np.ndarray]
) -> dict[float, tuple[float, np.ndarray]]:
    """The frame shown at each of the wanted instants, which ascend; empty when nothing decodes."""
    queue, held, picked = deque(wanted), None, {}
    while queue:
        following = source.read()
        shown = None
        while queue and held and (following is None or queue[0] + source.slack < following[0]):
            shown = shown or (held[0], image_of(held[1]))
            picked[queue.popleft()] = shown
        if following is None:
            source.damaged |= held is not None and source.stated_end - held[0] > MISSING_END
            break
        held = following
        if queue and source.may_seek and queue[0] - held[0] > SEEK_AFTER:
            source.jump(queue[0], held[0])
    return picked


def _pick_pictures(
    folder: str | Path, wanted: Sequence[float], short_side: int, fps: float
) -> dict[float, tuple[float, np.ndarray]]:
    files, image_of = list_pictures(folder), _Scaler(folder, short_side)
    numbers = {instant: min(max(int((instant + 0.0005) * fps), 0), len(files) - 1) for instant in wanted}
    shown = {
        number: (number / fps, image_of(av.VideoFrame.from_ndarray(load_picture(files[number]), format="rgb24")))
        for number in sorted(set(numbers.values()))
    }
    return {instant: shown[number] for instant, number in numbers.items()}
