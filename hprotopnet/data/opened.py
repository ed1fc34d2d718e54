"""A video file that is open: its track, and the frames of it one after another with their times.

Only `decoding` comes here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av
from av.format import Flags
from av.stream import Disposition

from hprotopnet.data.clock import Clock
from hprotopnet.data.pictures import check_size
from hprotopnet.errors import InputError

MISSING = 1.0  # seconds short of the length a file states, or lost before its first frame, that are damage
HEADERS = 3  # packets at the start of a stream that hold no frame
SEEK_MARGIN = 1.0  # seconds; seeking is imprecise and the first frames after it may lean on missing ones
MOST_FRAMES = 2_000_000  # eleven hours at 50 a second; a table of a few bytes may claim a billion
MOST_BARREN = 10_000  # packets without a single frame after which none is looked for
MOST_THREADS = 4  # of the decoder, each of which holds frames

# Playlists and picture patterns would let a file name other files, and text would be rendered: neither is a video.
_FORMATS = (
    "avi,mov,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,obu,flv,asf,ogg,gif,apng,dv,mxf,nut,ivf,rm,swf"
    ",mjpeg,yuv4mpegpipe"
)
# Covers and previews, and what is only shown on top of another track.
_NO_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image | Disposition.dependent

av.logging.set_level(None)


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[Any, Any]]:
    """Container and video stream of a file; what goes wrong inside the block is refused, see `refused`."""
    limits = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    with refused(path):
        if Path(path).stat().st_size == 0:
            raise InputError(f"{path}: the file is empty; copy or download it again")
        # The prefix keeps names such as "pipe:0" from being taken for addresses.
        with av.open(f"file:{path}", metadata_errors="replace", container_options=limits) as container:
            yield container, _video_stream(container, path)


@contextmanager
def refused(path: str | Path) -> Iterator[None]:
    """What goes wrong inside the block becomes `InputError`, or `MemoryError`."""
    try:
        yield
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


class Source:
    """Frames of an opened file one after another, with their times in seconds from the first.

    Attributes:
        broadcast: whether the format is one that is sent without end.
        step: ticks from frame to frame, where nothing else says it.
        slack: seconds within which two times are the same.
        lead: seconds before the first frame in which others lie that do not decode.
        incomplete: whether it ended before the length that it states.
        frames: those that are left, each with its time.
        held: the last one that has begun at the last instant that was asked for, with its time.
        pushed_back: the one that comes next, where it was read already.
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
        self.clock, self.held, self.pushed_back = self._clock(None), None, None
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
