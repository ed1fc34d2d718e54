"""Frames of a video file or a folder of pictures at given instants, and what it holds: the work behind `video`.

Only the process of `worker` comes here: what people bring may hang a decoder, fill the memory, or stop the process.
Time stamps, ticks and packets stay in here; everybody else speaks seconds from the first frame that decodes.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.format import Flags
from av.sidedata.sidedata import Type as SideData
from av.stream import Disposition
from av.video.reformatter import Interpolation, VideoReformatter

from hprotopnet.data.clock import Clock
from hprotopnet.data.colour import is_bt709, to_bt709
from hprotopnet.data.messages import VideoInfo
from hprotopnet.data.pictures import check_size, list_pictures, load_picture, resize_shape
from hprotopnet.errors import InputError
from hprotopnet.files import stamp

MISSING = 1.0  # seconds short of the length a file states, or lost before its first frame, that are damage
HEADERS = 3  # packets at the start of a stream that hold no frame
SEEK_AFTER = 5.0  # seconds without a wanted frame after which seeking pays
SEEK_MARGIN = 1.0  # seconds; seeking is imprecise and the first frames after it may lean on missing ones
MOST_FRAMES = 2_000_000  # eleven hours at 50 a second; a table of a few bytes may claim a billion
MOST_BARREN = 10_000  # packets without a single frame after which none is looked for
MOST_DAYS = 2  # that a video may last by its time stamps
MOST_THREADS = 4  # of the decoder, each of which holds frames

# Playlists and picture patterns would let a file name other files, and text would be rendered: neither is a video.
_FORMATS = (
    "avi,mov,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,obu,flv,asf,ogg,gif,apng,dv,mxf,nut,ivf,rm,swf"
    ",mjpeg,yuv4mpegpipe"
)
# Averaging over areas keeps fine texture from flickering when frames shrink, at half the cost of bicubic.
_SHRINK = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_ENLARGE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

# Covers and previews, and what is only shown on top of another track.
_NO_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image | Disposition.dependent

av.logging.set_level(None)

Shown = tuple[float, np.ndarray]  # a frame, with when it is first shown, in seconds from the first frame


def measure(path: str | Path, folder_fps: float, thorough: bool) -> VideoInfo:
    """What a video holds, see `video.probe`."""
    if Path(path).is_dir():
        files = list_pictures(path)
        height, width, _ = load_picture(files[0]).shape
        return VideoInfo(len(files) / folder_fps, width, height, len(files), folder_fps)
    found = None if thorough else _scanned(path, stamp(path))
    return found or _decoded(path, stamp(path))


@lru_cache(maxsize=64)  # whoever measures a video reads it next, and asks again before seeking
def _scanned(path: str | Path, written: int) -> VideoInfo | None:
    """What a video holds by its packets; None where they are not regular."""
    with _opened(path) as (container, stream):
        return _by_packets(_Source(path, container, stream, threads=1), path)


@lru_cache(maxsize=64)
def _decoded(path: str | Path, written: int) -> VideoInfo:
    """What a video holds by its frames, all of which are decoded."""
    with _opened(path) as (container, stream):
        source = _Source(path, container, stream, threads=0)
        first, frames = None, 0
        for _, frame in source.frames:
            first, frames = first or frame, frames + 1
        return _info(source, first, frames, float(source.clock.end * stream.time_base), path)


def _by_packets(source: "_Source", path: str | Path) -> VideoInfo | None:
    stamps, ends, first, clock = [], [], None, Clock(source.stream.time_base, source.step, source.broadcast)
    for packet in source.packets():
        first = first or next(iter(source.decode(packet)), None)
        if packet.size and not packet.is_discard:
            if not any(memoryview(packet)[:8]):  # a file that was given its size before its content
                return None
            if packet.dts is not None:
                clock(packet.dts, packet.duration)
            at = source.stamp(packet)
            stamps.append(at if at is not None else ends[-1] if ends else 0)
            ends.append(stamps[-1] + max(packet.duration or source.step, 1))
    if first is None or not stamps or source.broken or not clock.regular:
        return None
    if source.lost(first, min(stamps)) > source.slack:
        return None
    return _info(source, first, len(stamps), float((max(ends) - min(stamps)) * source.stream.time_base), path)


def _info(source: "_Source", first: Any | None, frames: int, duration: float, path: str | Path) -> VideoInfo:
    if first is None:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    if duration > MOST_DAYS * 24 * 3600:
        raise InputError(f"{path}: lasts more than {MOST_DAYS} days by its time stamps; convert it to MP4 (H.264)")
    width, height = _shown_size(first, source.stream.sample_aspect_ratio, path)
    return VideoInfo(duration, width, height, frames, frames / duration, source.damage(duration))


def read(
    path: str | Path, wanted: Sequence[float], short_side: int, folder_fps: float, threads: int
) -> tuple[list[Shown], bool]:
    """The frames shown at some instants, which ascend, and whether the file is damaged, see `video.read_windows`.

    Instants at which the same frame is shown share it.
    """
    if Path(path).is_dir():
        picked, damaged = _pick_pictures(path, wanted, short_side, folder_fps), False
    else:
        with _opened(path) as (container, stream):
            source = _Source(path, container, stream, threads)
            scaler = _Scaler(path, short_side, stream.sample_aspect_ratio)
            # Stamps that start again name several places at once.
            picked = _pick(source, wanted, scaler, may_seek=lambda: _scanned(path, stamp(path)) is not None)
            damaged = source.incomplete or source.broken > 0 or source.lead > MISSING
    if wanted and not picked:
        raise InputError(f"{path}: no frame can be decoded; copy or download the file again")
    return [picked[instant] for instant in wanted], damaged


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[Any, Any]]:
    """Container and video stream of a file; what goes wrong inside the block becomes `InputError`, or `MemoryError`."""
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
    except MemoryError:  # FFmpeg's, too
        raise
    except BlockingIOError as error:  # no room for a thread
        raise MemoryError from error
    except (OSError, ValueError, ArithmeticError, av.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path}: cannot be read as a video ({reason}); copy it again or convert it to MP4") from error


def _video_stream(container: Any, path: str | Path) -> Any:
    """The track that players show: the default one, the largest if there are several or none."""
    streams = [stream for stream in container.streams.video if not stream.disposition & _NO_FILM]
    if not streams:
        raise InputError(f"{path}: holds no moving picture (sound only?); give a video file")
    known = [stream for stream in streams if stream.codec_context is not None]
    if not known:
        raise InputError(f"{path}: no decoder for this kind of video is at hand; convert it to MP4 (H.264)")
    shown = max(known, key=lambda own: (bool(own.disposition & Disposition.default), _area(own)))
    _check_count(shown.frames, path)
    check_size(shown.codec_context.width, shown.codec_context.height, path)
    return shown


def _check_count(frames: int, path: str | Path) -> None:
    """Refuse what claims or holds more frames than films have, before they fill the memory or the time."""
    if frames > MOST_FRAMES:
        raise InputError(f"{path}: holds more than {MOST_FRAMES:,} frames; cut it or convert it to MP4 (H.264)")


def _area(stream: Any) -> int:
    return stream.codec_context.width * stream.codec_context.height


def _shown_size(frame: Any, aspect: Fraction | None, path: str | Path) -> tuple[int, int]:
    """Width and height as shown: pixels made square, `aspect` being theirs in the file, and the picture upright."""
    width, height = max(1, round(frame.width * (aspect or 1))), frame.height
    check_size(width, height, path)
    return (height, width) if _display(frame).transposed else (width, height)


class _Display(NamedTuple):
    """How a stored picture is shown: rows and columns exchanged first, then mirrored upside down or left to right."""

    transposed: bool = False
    upside_down: bool = False
    mirrored: bool = False


def _display(frame: Any) -> _Display:
    """By the matrix that takes each stored (x, y) to where it is shown, of which a turn by 90 degrees is one case."""
    matrix = frame.side_data.get(SideData.DISPLAYMATRIX)
    if matrix is None:
        return _Display()
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).tolist()
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if transposed else (a, d)
    return _Display(transposed, down < 0, across < 0)


class _Source:
    """Frames of an opened file one after another, with their times in seconds from the first.

    Attributes:
        broadcast: whether the format is one that is sent without end.
        step: ticks from frame to frame, where nothing else says it.
        slack: seconds within which two times are the same.
        lead: seconds before the first frame in which others lie that do not decode.
        incomplete: whether it ended before the length that it states.
        frames: those that are left, each with its time.
    """

    def __init__(self, path: str | Path, container: Any, stream: Any, threads: int):
        self.path, self.container, self.stream = path, container, stream
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.thread_count = min(threads or (os.cpu_count() or 1) + 1, MOST_THREADS)
        stream.codec_context.open(strict=False)  # here, since a decoder without room for threads is no broken packet
        self.may_seek = container.format.name != "mpeg"  # where stamps are sparse, those after seeking are guesses
        self.lead, self.incomplete, self._fruitful = 0.0, False, False
        self._read, self._failures, self._doubtful = 0, 0, 0
        self._in_avi = container.format.name == "avi"
        self.broadcast = bool(Flags(container.format.flags) & Flags.ts_discont)
        self.step = max(1, round(1 / ((stream.guessed_rate or 25) * stream.time_base)))
        self.slack = min(float(stream.time_base) / 2, 0.0005)
        self.clock, self.pushed_back = self._clock(None), None
        self.frames = self._decoded()

    def _clock(self, origin: int | None) -> Clock:
        return Clock(self.stream.time_base, self.step, self.broadcast, origin)

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
        origin = self.clock.origin
        try:
            self.container.seek(origin + int(instant / self.stream.time_base), stream=self.stream, backward=True)
        except (av.FFmpegError, OverflowError):
            return None
        self.clock = self._clock(origin)
        self.frames = self._decoded(sought=True)
        return next(self.frames, None)

    def _decoded(self, sought: bool = False) -> Iterator[tuple[float, Any]]:
        earliest = None
        for packet in self.packets():
            if self.clock.origin is None and packet.size and not packet.is_discard:
                earliest = min((at for at in (earliest, self.stamp(packet)) if at is not None), default=None)
            for frame in self.decode(packet):
                at = self.stamp(frame)
                if self.clock.origin is None:
                    self.may_seek &= at is not None
                    self.lead = self.lost(frame, earliest)
                elif sought and at is None:  # the file was left at its end, by seeking too far
                    continue
                sought = False
                yield float(self.clock(at, frame.duration) * self.stream.time_base), frame

    def stamp(self, timed: Any) -> int | None:
        """Time stamp of a packet or a frame, if it has any.

        AVI stores the order of decoding only: its stamps of presentation are guesses and come out of order.
        The stamps of decoding count the frames as they come out of the decoder, which is the order of showing.
        """
        return timed.dts if self._in_avi else timed.pts

    def lost(self, first: Any, earliest: int | None) -> float:
        """Seconds before the first frame in which others lie that do not decode; in AVI stamps do not tell."""
        at = self.stamp(first)
        if self._in_avi or at is None or earliest is None:
            return 0.0
        return float((at - earliest) * self.stream.time_base)

    def packets(self) -> Iterator[Any]:
        """Packets up to the end or to the first place that cannot be read."""
        try:
            for packet in self.container.demux(self.stream):
                self._read += 1
                _check_count(self._read, self.path)
                if self._read > MOST_BARREN and not self._fruitful:
                    break
                self._doubtful += packet.is_corrupt
                yield packet
        except MemoryError:
            raise
        except av.FFmpegError:
            self._failures += 1

    def decode(self, packet: Any) -> list[Any]:
        """Frames that a packet completes; a broken packet is skipped, the next key frame mends the picture."""
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            self._failures += 1
            return []
        self._failures += sum(frame.is_corrupt for frame in frames)
        self._fruitful = self._fruitful or bool(frames)
        return frames

    @property
    def broken(self) -> int:
        """How many packets and frames of what was read are broken; where a stream starts again, headers seem so."""
        return max(self._failures + self._doubtful - HEADERS * self.clock.restarts, 0)

    @property
    def stated(self) -> float:
        """Length that the file states of its film, in seconds; 0 where it states none."""
        if self.stream.duration:
            return 0.0 if self.broadcast else float(self.stream.duration * self.stream.time_base)
        with suppress(ValueError):  # Matroska: the film's own length, where its sound may last longer
            hours, minutes, seconds = self.stream.metadata.get("DURATION", "").split(":")
            return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
        alone = len(self.container.streams) == 1 and not self.broadcast
        return (self.container.duration or 0) / 1_000_000 if alone else 0.0

    def damage(self, duration: float) -> str:
        """What is wrong with the file, in words, once all of it was read and lasts so many seconds."""
        found = []
        if self.lead > MISSING:
            found.append(f"its first {self.lead:.1f} s do not decode")
        if self.stated - duration - self.lead > MISSING:
            found.append(f"it ends after {duration:.1f} of the {self.stated:.1f} s that it states")
        if self.clock.holes:
            found.append(f"nothing was recorded in {self.clock.holes} places")
        if self.broken:
            found.append(f"{self.broken} of its packets or frames are broken")
        return ", ".join(found)


class _Scaler:
    """Turns decoded frames into arrays of one size, whatever size each frame has."""

    def __init__(self, path: str | Path, short_side: int, aspect: Fraction | None = None):
        self.path, self.short_side, self.aspect = path, short_side, aspect
        self.reformatter = VideoReformatter()
        self.size = None

    def __call__(self, frame: Any) -> np.ndarray:
        shown, display = _shown_size(frame, self.aspect, self.path), _display(frame)
        self.size = self.size or resize_shape(*shown, self.short_side)
        width, height = self.size[::-1] if display.transposed else self.size
        resampling = _SHRINK if width < frame.width else _ENLARGE
        plain = is_bt709(frame.color_trc, frame.color_primaries)
        kind = "rgb24" if plain else "rgb48le"
        image = self.reformatter.reformat(frame, width, height, kind, interpolation=resampling, threads=1).to_ndarray()
        image = image if plain else to_bt709(image, frame.color_trc, frame.color_primaries)
        image = image.transpose(1, 0, 2) if display.transposed else image
        return image[:: -1 if display.upside_down else 1, :: -1 if display.mirrored else 1]


def _pick(
    source: _Source, wanted: Sequence[float], image_of: Callable[[Any], np.ndarray], may_seek: Callable[[], bool]
) -> dict[float, Shown]:
    """The frame shown at each of the wanted instants, which ascend; empty when nothing decodes."""
    queue, held, picked = deque(wanted), None, {}
    while queue:
        following = source.read()
        shown = None
        while queue and held and (following is None or queue[0] + source.slack < following[0]):
            shown = shown or (held[0], image_of(held[1]))
            picked[queue.popleft()] = shown
        if following is None:
            source.incomplete = held is not None and source.stated - source.lead - held[0] > MISSING
            break
        held = following
        if queue and source.may_seek and queue[0] - held[0] > SEEK_AFTER:
            source.may_seek = may_seek()
            if source.may_seek:
                source.jump(queue[0], held[0])
    return picked


def _pick_pictures(folder: str | Path, wanted: Sequence[float], short_side: int, fps: float) -> dict[float, Shown]:
    files, image_of = list_pictures(folder), _Scaler(folder, short_side)
    numbers = {instant: min(max(int((instant + 0.0005) * fps), 0), len(files) - 1) for instant in wanted}
    shown = {
        number: (number / fps, image_of(av.VideoFrame.from_ndarray(load_picture(files[number]), format="rgb24")))
        for number in sorted(set(numbers.values()))
    }
    return {instant: shown[number] for instant, number in numbers.items()}
