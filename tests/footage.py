"""Synthetic videos whose every pixel is known: tests of decoding compare by equality."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
COLOURS = np.array([[220, 30, 30], [30, 200, 30], [30, 30, 220], [52, 52, 52], [128, 128, 128], [255, 255, 255]])


def moving_block(frames: int = 24, height: int = 48, width: int = 64) -> np.ndarray:
    """Frames (T, H, W, 3) without any symmetry: colour ramps, and a bright block that moves right."""
    rows, columns = np.mgrid[:height, :width]
    images = np.zeros((frames, height, width, 3), dtype=np.uint8)
    for i in range(frames):
        images[i, ..., 0] = 2 * columns
        images[i, ..., 1] = 3 * rows
        images[i, ..., 2] = 5 * i % 256
        left = i % (width - 8)
        images[i, 4:12, left : left + 8] = (250, 20 + i % 200, 30)
    return images


def flat_levels(frames: int = 24, height: int = 48, width: int = 64) -> np.ndarray:
    """Grey frames whose brightness tells their number, which survives any codec: see `level_of`."""
    levels = 20 + 8 * (np.arange(frames) % 25)
    return np.broadcast_to(levels[:, None, None, None], (frames, height, width, 3)).astype(np.uint8)


def level_of(images: np.ndarray) -> list[int]:
    """Numbers (modulo 25) of frames made by `flat_levels`."""
    return np.rint((images.mean(axis=(1, 2, 3)) - 20) / 8).astype(int).tolist()


def write_lossless(
    path: str | Path, images: np.ndarray, fps: Fraction | float = 25, times: Sequence[float] | None = None
) -> Path:
    """Write frames that decode to exactly these pixels, at a rate or at given times (to the millisecond)."""
    clock = Fraction(1, 1000) if times is not None else 1 / Fraction(fps).limit_denominator(1001)
    stamps = [round(time * 1000) for time in times] if times is not None else range(len(images))
    options = {"crf": "0", "preset": "ultrafast", "g": "12"}
    return _write(path, images, "libx264rgb", "rgb24", clock, stamps, options)


def write_lossy(
    path: str | Path, images: np.ndarray, codec: str = "mpeg4", fps: int = 25, rotation: int = 0, **options: str
) -> Path:
    """Write frames with a common codec; `rotation` is the anticlockwise turn that a player is told to make."""
    stamps = range(len(images))
    return _write(path, images, codec, "yuv420p", Fraction(1, fps), stamps, options, rotation)


def write_planes(path: str | Path, planes: np.ndarray, fps: int = 25) -> Path:
    """Write brightness and two colours as most videos hold them, (T, 3 H / 2, W): they decode to exactly these."""
    options = {"crf": "0", "preset": "ultrafast", "g": "12"}
    return _write(path, planes, "libx264", "yuv420p", Fraction(1, fps), range(len(planes)), options, given="yuv420p")


def write_sound(path: str | Path) -> Path:
    """Write half a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        for i in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8000, 1024 * i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Path(path)


def _write(path, images, codec, pixels, clock, stamps, options, rotation=0, given="rgb24"):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=1 / clock, options=options)
        height = images.shape[1] if given == "rgb24" else images.shape[1] * 2 // 3
        stream.height, stream.width, stream.pix_fmt = height, images.shape[2], pixels
        stream.codec_context.time_base = clock
        if rotation:
            stream.set_display_rotation(rotation)
        for image, stamp in zip(images, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=given)
            frame.pts, frame.time_base = stamp, clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Path(path)


def write_tracks(path: str | Path, tracks: Sequence[tuple[np.ndarray, bool]], fps: int = 25) -> Path:
    """Write several tracks of frames into one file, each with whether it is the default one."""
    with av.open(str(path), "w") as container:
        for images, default in tracks:
            stream = container.add_stream("mpeg4", rate=fps, options={"qmin": "1", "qmax": "1"})
            _, stream.height, stream.width, _ = images.shape
            stream.pix_fmt, stream.disposition = "yuv420p", Disposition.default if default else Disposition(0)
        for stream, (images, _) in zip(container.streams.video, tracks, strict=True):
            for image in images:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
            container.mux(stream.encode(None))
    return Path(path)


def show_by(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Give an MP4 another display matrix: players show a stored point (x, y) at (a x + c y, b x + d y)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def write_deep(path: str | Path, images: np.ndarray, transfer: int, primaries: int) -> Path:
    """Write uint16 frames (T, H, W, 3) in ten bits, marked with what their colours mean by the numbers of H.273."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "4"})
        _, stream.height, stream.width, _ = images.shape
        stream.pix_fmt = "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = transfer, primaries, 9, 1
        for image in images:
            frame = av.VideoFrame.from_ndarray(image, format="rgb48le")
            frame = frame.reformat(format="yuv420p10le", dst_colorspace=9, dst_color_range=1)
            frame.color_trc, frame.color_primaries = transfer, primaries
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Path(path)


def light_of(colours: np.ndarray) -> np.ndarray:
    """Of an ordinary screen, white being 1."""
    return (colours / 255) ** 2.4


def as_pq(light: np.ndarray) -> np.ndarray:
    """How light, in units of white, is stored after SMPTE ST 2084: the formula the other way round."""
    root = (np.maximum(light, 0) * 203 / 10_000) ** (2610 / 16384)
    value = ((3424 / 4096 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32)
    return np.rint(value * 65535).astype(np.uint16)
