"""Hostile clips: files and folders that were made to hang a reader, fill its memory, or have it read something else.

`ZOO` names what makes each of them in an empty folder and returns its path. All are small, quickly made, and the same
every time. Formats are written byte by byte where no writer would write such a thing.
"""

import io
import os
import random
import socket
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import av
import numpy as np
from footage import flat_levels
from PIL import Image

Maker = Callable[[Path], Path]
ZOO: dict[str, Maker] = {}
NAMING: list[str] = ["frames that lie in another file"]  # those that name other files, or addresses
MOST = 2**32 - 1
FRAMES = 24


def of_bytes(name: str, suffix: str, make: Callable[[], bytes]) -> None:
    """Add a file to the zoo by its content."""

    def maker(folder: Path) -> Path:
        path = folder / f"clip{suffix}"
        path.write_bytes(make())
        return path

    ZOO[name] = maker


def maker(name: str) -> Callable[[Maker], Maker]:
    """Add what makes a member."""

    def add(make: Maker) -> Maker:
        ZOO[name] = make
        return make

    return add


@cache
def sound(kind: str, codec: str = "mpeg4", count: int = FRAMES, **options: str) -> bytes:
    """A small film as it should be, in a container of some kind."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind, options=options) as container:
        stream = container.add_stream(codec, rate=25, options={"g": "12"})
        stream.height, stream.width = 48, 64
        stream.pix_fmt = {"gif": "rgb8", "apng": "rgb24", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        for image in flat_levels(count):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=stream.pix_fmt)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@cache
def picture(kind: str = "JPEG", width: int = 64, height: int = 48) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 99, np.uint8)).save(file, kind)
    return file.getvalue()


# MP4: boxes in boxes, tables of samples.


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", flags), *parts)


def table(kind: bytes, rows: Sequence[Sequence[int]], count: int | None = None) -> bytes:
    """A table of rows of 32 bits, which may claim another count."""
    words = [word % 2**32 for row in rows for word in row]
    return full(kind, struct.pack(f">I{len(words)}I", len(rows) if count is None else count, *words))


UPRIGHT = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
FTYP = box(b"ftyp", b"isom\0\0\2\0isom")


def mp4(
    *,
    samples: int = FRAMES,
    size: int | None = None,
    stts: bytes | None = None,
    stsc: bytes | None = None,
    stco: bytes | None = None,
    ctts: bytes = b"",
    edits: bytes = b"",
    scale: int = 25,
    width: int = 64,
    height: int = 48,
    dref: bytes | None = None,
    extra: bytes = b"",
    tracks: int = 1,
    content: bytes | None = None,
    codec: bytes = b"jpeg",
) -> bytes:
    """An MP4 of JPEGs, all alike, whose tables may say anything."""
    own = picture()
    content = own * FRAMES if content is None else content
    first = len(FTYP) + 8
    entry = box(codec, bytes(6), struct.pack(">H16xHH14x32xHh", 1, width, height, 24, -1))
    dref = full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)) if dref is None else dref
    stbl = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), entry),
        table(b"stts", [(samples, 1)]) if stts is None else stts,
        ctts,
        table(b"stsc", [(1, samples, 1)]) if stsc is None else stsc,
        full(b"stsz", struct.pack(">II", len(own) if size is None else size, samples)),
        table(b"stco", [(first,)]) if stco is None else stco,
    )
    vmhd = full(b"vmhd", bytes(8), flags=1)
    mdhd = full(b"mdhd", struct.pack(">IIIIHH", 0, 0, scale, samples % 2**32, 0, 0))
    hdlr = full(b"hdlr", bytes(4), b"vide", bytes(13))
    mdia = box(b"mdia", mdhd, hdlr, box(b"minf", vmhd, box(b"dinf", dref), stbl))
    shape = struct.pack(">9iII", *UPRIGHT, width % 2**16 << 16, height % 2**16 << 16)
    tkhds = [
        full(b"tkhd", struct.pack(">IIIII8xHHHH", 0, 0, i + 1, 0, samples % 2**32, 0, 0, 0, 0), shape, flags=7)
        for i in range(tracks)
    ]
    traks = b"".join(box(b"trak", head, edits, mdia) for head in tkhds)
    times = struct.pack(">IIIIIH10x", 0, 0, scale, samples % 2**32, 1 << 16, 1 << 8)
    mvhd = full(b"mvhd", times, shape[:36], bytes(24), struct.pack(">I", tracks + 1))
    return FTYP + box(b"mdat", content) + box(b"moov", mvhd, traks, extra)


def edits(*rows: tuple[int, int, int], count: int | None = None) -> bytes:
    return box(b"edts", table(b"elst", rows, count))


def nested(kind: bytes, depth: int) -> bytes:
    return b"".join(struct.pack(">I4s", 8 * (depth - i), kind) for i in range(depth))


def bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros, packed a thousand times smaller; nobody comes to the sum at the end."""
    packer = zlib.compressobj(9)
    first, other = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + other * (megabytes - 1) + b"\3\0" + bytes(4)


def one_size(size: int, count: int, **extra) -> bytes:
    return mp4(samples=count, size=size, codec=b"avc1", **extra)


def fragments(claimed: int) -> bytes:
    """A film in fragments, one of which claims many more frames than it has."""
    data = bytearray(sound("mp4", "mpeg4", movflags="frag_keyframe+empty_moov"))
    at = data.index(b"trun") + 8
    data[at : at + 4] = struct.pack(">I", claimed)
    return bytes(data)


for _name, _make in {
    "claims 89 million frames": lambda: one_size(1, 89_000_000),
    "claims four billion frames": lambda: one_size(1, MOST),
    "claims frames of four gigabytes": lambda: one_size(MOST, 20),
    "claims frames of no bytes": lambda: one_size(0, 1_900_000, stsc=table(b"stsc", [(1, 1_900_000, 1)])),
    "packets of one byte, 400 thousand": lambda: one_size(1, 400_000, content=bytes(400_000)),
    "packets of one byte, 1.9 million": lambda: one_size(1, 1_900_000, content=b"\1" * 1_900_000),
    "packets of one byte, 20 million": lambda: one_size(1, 20_000_000, content=bytes(20_000_000)),
    "frames that last no time": lambda: mp4(stts=table(b"stts", [(FRAMES, 0)])),
    "frames that last for years": lambda: mp4(stts=table(b"stts", [(FRAMES, MOST // 2)])),
    "frames that last backwards": lambda: mp4(stts=table(b"stts", [(FRAMES, -5)])),
    "frames that last now long, now backwards": lambda: mp4(stts=table(b"stts", [(1, MOST // 2), (1, -9)] * 12)),
    "a table of times of a million rows": lambda: mp4(stts=table(b"stts", [(0, 0)] * 500_000)),
    "a table of times that claims more rows than bytes": lambda: mp4(stts=table(b"stts", [(1, 1)], MOST)),
    "no table of times": lambda: mp4(stts=b""),
    "frames shown in years": lambda: mp4(ctts=table(b"ctts", [(FRAMES, MOST // 2)])),
    "frames shown before they are": lambda: mp4(ctts=table(b"ctts", [(1, -(2**31)), (23, 2**31 - 1)])),
    "a table of delays that claims a billion": lambda: mp4(ctts=table(b"ctts", [(10**9, 1)] * 30)),
    "an edit that never ends": lambda: mp4(edits=edits((MOST, 0, 1 << 16))),
    "an edit before the beginning": lambda: mp4(edits=edits((FRAMES, -(2**31) + 1, 1 << 16))),
    "an edit at no speed": lambda: mp4(edits=edits((FRAMES, 0, 0))),
    "a hundred thousand edits": lambda: mp4(edits=edits(*[(1, i % 20, 1 << 16) for i in range(100_000)])),
    "a billion edits claimed": lambda: mp4(edits=edits((1, 0, 1 << 16), count=10**9)),
    "no clock": lambda: mp4(scale=0),
    "the fastest clock": lambda: mp4(scale=MOST),
    "a billion frames a second": lambda: mp4(scale=10**9),
    "a frame in 68 years": lambda: mp4(scale=1, stts=table(b"stts", [(FRAMES, 2**31 - 1)])),
    "65535 pixels a side": lambda: mp4(width=65535, height=65535),
    "no pixels": lambda: mp4(width=0, height=0),
    "chunks behind the end": lambda: mp4(stco=table(b"stco", [(MOST,)])),
    "chunks at minus one": lambda: mp4(stco=full(b"co64", struct.pack(">IQ", 1, 2**64 - 1))),
    "chunks that claim a billion": lambda: mp4(stco=table(b"stco", [(40,)], 10**9)),
    "chunks of no frames": lambda: mp4(stsc=table(b"stsc", [(1, 0, 1)])),
    "chunks of four billion frames": lambda: mp4(stsc=table(b"stsc", [(1, MOST, 1)])),
    "chunks out of order": lambda: mp4(stsc=table(b"stsc", [(9, 3, 1), (1, 2, 1), (0, 5, 9)])),
    "boxes nested 100 thousand deep": lambda: mp4(extra=nested(b"udta", 100_000)),
    "films nested a thousand deep": lambda: FTYP + nested(b"moov", 1000),
    "a box to the end inside another": lambda: mp4(extra=struct.pack(">I4s", 0, b"trak") + bytes(99)),
    "a box of the largest size": lambda: mp4(extra=struct.pack(">I4sQ", 1, b"free", 2**63 - 1)),
    "a box smaller than its head": lambda: mp4(extra=struct.pack(">I4s", 4, b"free") * 9),
    "three hundred tracks": lambda: mp4(tracks=300),
    "twenty megabytes of remarks": lambda: mp4(
        extra=box(b"udta", box(b"\xa9cmt", struct.pack(">HH", 65535, 0), b"a" * 20_000_000))
    ),
    "tables packed a thousand times": lambda: (
        box(b"ftyp", b"qt  \0\0\2\0qt  ")
        + box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", 2**31 - 1), bomb(300))))
    ),
    "a fragment that claims 100 million frames": lambda: fragments(10**8),
    "frames without tables": lambda: FTYP + box(b"mdat", picture() * 99),
    "tables without frames": lambda: mp4(content=b""),
}.items():
    of_bytes(_name, ".mp4", _make)


@maker("frames that lie in another file")
def _elsewhere(folder: Path) -> Path:
    """The frames are those of a canary, by a path from the root and by one from here."""
    (folder / "canary").mkdir()
    canary = folder / "canary" / "canary.mp4"
    canary.write_bytes(mp4())
    alias = bytearray(150) + struct.pack(">HH", 2, len(str(canary))) + str(canary).encode()
    struct.pack_into(">H", alias, 4, len(alias))
    dref = full(b"dref", struct.pack(">I", 1), full(b"alis", bytes(alias)))
    path = folder / "clip.mov"
    path.write_bytes(mp4(content=b"", dref=dref))
    return path


# Films that end too early, at each interesting place.
_CUTS = {
    "mp4": ("ftyp", "moov", "stts", "stsz", "mdat"),
    "avi": ("hdrl", "strh", "strf", "movi", "idx1"),
}


def cut(kind: str, mark: str) -> bytes:
    data = sound(kind)
    return data[: data.index(mark.encode()) + 6]


for _kind, _marks in _CUTS.items():
    for _mark in _marks:
        of_bytes(f"{_kind} cut at {_mark}", f".{_kind}", partial(cut, _kind, _mark))
for _kind in ("matroska", "mpegts", "flv", "asf", "ogg", "nut", "mxf", "gif", "ivf"):
    _codec = {"flv": "flv1", "ogg": "libvpx", "mxf": "mpeg2video", "gif": "gif", "ivf": "libvpx"}.get(_kind, "mpeg4")
    of_bytes(f"{_kind} cut after 200 bytes", f".{_kind}", lambda kind=_kind, codec=_codec: sound(kind, codec)[:200])
    of_bytes(
        f"{_kind} with its middle spoilt", f".{_kind}", lambda kind=_kind, codec=_codec: spoilt(sound(kind, codec))
    )


def spoilt(data: bytes) -> bytes:
    """Every seventh byte of the middle third is another one."""
    changed, rng = bytearray(data), random.Random(0)
    for at in range(len(data) // 3, 2 * len(data) // 3, 7):
        changed[at] = rng.randrange(256)
    return bytes(changed)


# Matroska: elements whose sizes may be unknown.


def element(name: str, content: bytes, size: int | None = None) -> bytes:
    """An element by its hexadecimal name; a size of -1 is "unknown"."""
    size = len(content) if size is None else size
    return bytes.fromhex(name) + (b"\x01" + b"\xff" * 7 if size < 0 else struct.pack(">Q", size | 1 << 56)) + content


EBML = element("1a45dfa3", element("4282", b"webm"))


def webm(info: bytes, blocks: bytes, size: int = -1) -> bytes:
    shape = element("b0", struct.pack(">H", 64)) + element("ba", struct.pack(">H", 48))
    kind = element("83", b"\1") + element("86", b"V_MJPEG")
    track = element("ae", element("d7", b"\1") + element("73c5", b"\1") + kind + element("e0", shape))
    return EBML + element("18538067", element("1549a966", info) + element("1654ae6b", track) + blocks, size)


def cluster(*blocks: bytes, stamp: bytes = b"\0") -> bytes:
    return element("1f43b675", element("e7", stamp) + b"".join(blocks))


def block(stamp: int, content: bytes, flags: int = 0x80) -> bytes:
    return element("a3", b"\x81" + struct.pack(">hB", stamp, flags) + content)


CLOCK = element("2ad7b1", struct.pack(">I", 1_000_000))
BLOCKS = [block(40 * i, picture()) for i in range(FRAMES)]
CLUSTER = cluster(*BLOCKS)
NAN = struct.pack(">d", float("nan"))


def self_seeking() -> bytes:
    """A directory of elements that points at itself."""
    seek = element("4dbb", element("53ab", bytes.fromhex("114d9b74")) + element("53ac", b"\0"))
    return EBML + element("18538067", element("114d9b74", seek * 100) + CLUSTER, -1)


def tagged(length: str) -> bytes:
    """A film whose remarks state its length."""
    tag = element("67c8", element("45a3", b"DURATION") + element("4487", length.encode()))
    tags = element("1254c367", element("7373", element("63c0", element("63c5", b"\1")) + tag))
    return webm(CLOCK, tags + CLUSTER)


for _name, _make in {
    "matroska, sizes unknown all the way down": lambda: EBML + element("1f43b675", b"", -1) * 100_000,
    "matroska, segments in segments": lambda: EBML + element("18538067", b"", -1) * 100_000,
    "matroska, sizes that never end": lambda: webm(CLOCK, element("ec", b"", 2**55) * 99, 2**56 - 2),
    "matroska, a directory of itself": self_seeking,
    "matroska, no clock": lambda: webm(element("2ad7b1", b"\0"), CLUSTER),
    "matroska, the slowest clock": lambda: webm(element("2ad7b1", b"\xff" * 8), CLUSTER),
    "matroska, a length that is no number": lambda: webm(CLOCK + element("4489", NAN), CLUSTER),
    "matroska, an endless length": lambda: webm(CLOCK + element("4489", struct.pack(">d", 1e308)), CLUSTER),
    "matroska, a stated length that is no number": lambda: tagged("00:00:nan"),
    "matroska, a stated length without end": lambda: tagged("9" * 400 + ":00:00"),
    "matroska, stamps forth and back": lambda: webm(
        CLOCK, cluster(*(block((-1) ** i * 32767, picture()) for i in range(2000)))
    ),
    "matroska, stamps at the end of time": lambda: webm(CLOCK, cluster(*BLOCKS, stamp=b"\x7f" + b"\xff" * 7)),
    "matroska, blocks laced 255 times": lambda: webm(CLOCK, cluster(block(0, b"\xfe" + b"\1" * 255, 0x84) * 200)),
    "matroska, 200 thousand empty blocks": lambda: webm(CLOCK, cluster(block(0, b"") * 200_000)),
    "matroska, a frame of which all is unknown": lambda: webm(CLOCK, cluster(element("a3", b"\x81\0\0\0", 2**40))),
}.items():
    of_bytes(_name, ".mkv", _make)


# AVI: lists, and an index behind them.


def avi(at: str, change: int, value: int) -> bytes:
    """A film with one word changed, so many bytes behind a mark."""
    data = bytearray(sound("avi"))
    struct.pack_into("<I", data, data.index(at.encode()) + change, value)
    return bytes(data)


def lying_index() -> bytes:
    data = bytearray(sound("avi"))
    at = data.index(b"idx1") + 8
    for i in range((len(data) - at) // 16):
        struct.pack_into("<II", data, at + 16 * i + 8, (7**i) % 2**32, MOST - i)
    return bytes(data)


for _name, _make in {
    "avi, an index that lies": lying_index,
    "avi, no frames a second": lambda: avi("strh", 8 + 24, 0),
    "avi, no seconds": lambda: avi("strh", 8 + 20, 0),
    "avi, four billion frames a second": lambda: avi("strh", 8 + 24, MOST),
    "avi, four billion frames": lambda: avi("strh", 8 + 32, MOST),
    "avi, frames of four gigabytes": lambda: avi("00dc", 4, MOST),
    "avi, samples of four gigabytes": lambda: avi("strh", 8 + 44, MOST),
    "avi, two billion pixels a line": lambda: avi("strf", 8 + 4, 2**31 - 1),
    "avi, pixels below nothing": lambda: avi("strf", 8 + 8, 2**31),
    "avi, a list larger than the file": lambda: avi("movi", -4, MOST),
    "avi, starting with the largest frame": lambda: avi("strh", 8 + 28, MOST),
    "avi, lists in lists": lambda: b"RIFF" + struct.pack("<I", MOST) + b"AVI " + b"LIST\xff\xff\xff\x7fhdrl" * 100_000,
}.items():
    of_bytes(_name, ".avi", _make)


# Others.


def ts_of_heads() -> bytes:
    return b"".join(b"\x47\x40\0" + bytes([0x10 | i % 16]) + bytes(184) for i in range(50_000))


def gif(width: int, height: int, frames: int) -> bytes:
    """A GIF that plays for ever: frames of one pixel each, with no time between them."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\4\0\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return head + b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0" + frame * frames + b";"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, rows: int | None = None, depth: int = 8) -> bytes:
    """A black PNG, of which only some rows may be there."""
    row = bytes(1 + (width * 3 * depth + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def apng(frames: int, plays: int = 0) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", MOST // 2, plays))
    data = zlib.compress(bytes(64 * 48 * 3 + 48))
    rest = b"".join(
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * i, 64, 48, 0, 0, 0, 0, 0, 0))
        + chunk(b"fdAT", struct.pack(">I", 2 * i + 1) + data)
        for i in range(frames)
    )
    return png(64, 48, control)[:-12] + rest + chunk(b"IEND", b"")


def h264(width: int, height: int) -> bytes:
    """A raw stream whose head claims a size, by its numbers of blocks of 16 pixels."""
    bits = "".join(golomb(n) for n in (0, 0, 0, 0, 1)) + "0" + golomb(width - 1) + golomb(height - 1) + "1100" + "1"
    head = b"\x42\0\x1e" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    return (b"\0\0\0\1\x67" + head + b"\0\0\0\1\x68\xce\x38\x80" + b"\0\0\0\1\x65\x88\x84\0\x10") * 200


def golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def mxf_loop() -> bytes:
    key = bytes.fromhex("060e2b34020501010d01020101020400")
    return (key + b"\x88" + struct.pack(">Q", 2**63 - 1)) * 100 + sound("mxf", "mpeg2video")


def asf_claims() -> bytes:
    data = bytearray(sound("asf"))
    struct.pack_into("<Q", data, 16, 2**63)
    struct.pack_into("<I", data, 24, MOST)
    return bytes(data)


for _name, _suffix, _make in (
    ("nothing", ".mp4", bytes),
    ("text", ".mp4", lambda: b"a film about nothing\n" * 1000),
    ("zeros", ".mp4", lambda: bytes(20_000_000)),
    ("noise", ".avi", lambda: random.Random(0).randbytes(1_000_000)),
    ("a page", ".webm", lambda: b"<!doctype html><video src='file:///etc/passwd'></video>"),
    ("broadcast of heads alone", ".ts", ts_of_heads),
    ("broadcast of start codes", ".mpg", lambda: b"\0\0\1\xba" + b"\0\0\1\xe0\0\0" * 500_000),
    ("a raw stream of 100 thousand pixels a side", ".h264", lambda: h264(6250, 6250)),
    ("a raw stream of 8192 pixels a side", ".h264", lambda: h264(512, 512)),
    ("raw frames of a hundred thousand pixels", ".y4m", lambda: b"YUV4MPEG2 W100000 H100000 F25:1 C420\nFRAME\n"),
    ("raw frames of 8192 pixels, cut", ".y4m", lambda: b"YUV4MPEG2 W8192 H8192 F25:1 C420\nFRAME\n" + bytes(9999)),
    ("raw frames at no rate", ".y4m", lambda: b"YUV4MPEG2 W64 H48 F0:0 C420\n" + (b"FRAME\n" + bytes(4608)) * 24),
    (
        "ivf of four billion frames",
        ".ivf",
        lambda: b"DKIF\0\0\x20\0VP80@\0\x30\0" + struct.pack("<IIII", MOST, 0, MOST, 0),
    ),
    (
        "flv without end",
        ".flv",
        lambda: b"FLV\1\1\0\0\0\x09\0\0\0\0" + b"\x09\0\0\1\xff\xff\xff\x7f\0\0\0\x12\0\0\0\x0c" * 200_000,
    ),
    (
        "flv of remarks in remarks",
        ".flv",
        lambda: b"FLV\1\1\0\0\0\x09\0\0\0\0\x12\x0f\xff\xff" + bytes(7) + b"\2\0\x0aonMetaData" + b"\3\0\1a" * 200_000,
    ),
    ("mxf of endless sets", ".mxf", mxf_loop),
    ("asf of endless heads", ".wmv", asf_claims),
    ("swf packed a thousand times", ".swf", lambda: b"CWS\x09" + struct.pack("<I", MOST) + bomb(500)),
    (
        "nut of endless heads",
        ".nut",
        lambda: b"nut/multimedia container\0" + b"NM\x7a\x56\x1f\x5f\x04\xad" + b"\xff" * 1_000_000,
    ),
    (
        "ogg of pages alone",
        ".ogv",
        lambda: b"".join(
            b"OggS\0\0" + bytes(8) + struct.pack("<II", 1, i) + bytes(4) + b"\xff" + b"\xff" * 255
            for i in range(20_000)
        ),
    ),
    (
        "real media of endless heads",
        ".rm",
        lambda: b".RMF\0\0\0\x12\0\0" + struct.pack(">II", 0, MOST) + b"PROP\xff\xff\xff\xff" * 99,
    ),
    ("a gif that plays for ever", ".gif", lambda: gif(64, 48, 2000)),
    ("a gif of 65535 pixels a side", ".gif", lambda: gif(65535, 65535, 20)),
    ("a gif of 8192 pixels a side", ".gif", lambda: gif(8192, 8192, 400)),
    ("a png that plays for ever", ".apng", lambda: apng(200)),
):
    of_bytes(_name, _suffix, _make)


# What names other files, or addresses.


def pointing(name: str, suffix: str, text: str) -> None:
    """Add a text that names a film beside it, {canary}, which is a sound one."""

    def make(folder: Path) -> Path:
        canary = folder / "canary" / "canary.mp4"
        canary.parent.mkdir()
        canary.write_bytes(mp4())
        path = folder / f"clip{suffix}"
        path.write_text(text.format(canary=canary))
        return path

    ZOO[name] = make
    NAMING.append(name)


PORT = 48231  # of this machine, where a test listens
ADDRESS = f"http://127.0.0.1:{PORT}/canary.mp4"
pointing("a playlist", ".mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{canary}\n#EXT-X-ENDLIST\n")
pointing(
    "a playlist of addresses", ".m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{ADDRESS}\n#EXT-X-ENDLIST\n"
)
pointing("a list of films", ".mp4", "ffconcat version 1.0\nfile '{canary}'\n")
pointing("a list of films by address", ".avi", f"ffconcat version 1.0\nfile '{ADDRESS}'\n")
pointing("a manifest", ".mpd", f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{ADDRESS}</BaseURL></MPD>')
pointing("a call", ".sdp", f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {PORT} RTP/AVP 96\n")
pointing("a smooth manifest", ".mp4", f'<SmoothStreamingMedia><StreamIndex Url="{ADDRESS}"/></SmoothStreamingMedia>')
pointing("a script", ".avs", 'AVISource("{canary}")\n')
pointing("a redirection", ".mov", f"RTSPtext\n{ADDRESS}\n")


# Pictures that are films, one frame beside another.


def frames(name: str, suffix: str, make: Callable[[], bytes], count: int = 3) -> None:
    """Add a folder of frames that are all alike."""

    def make_folder(folder: Path) -> Path:
        content = make()
        for number in range(count):
            (folder / f"img_{number:05d}{suffix}").write_bytes(content)
        return folder

    ZOO[name] = make_folder


def scans(count: int, side: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each has to be gone through."""
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def tiff(width: int, height: int, following: int) -> bytes:
    """A grey TIFF whose directory names the next one."""
    tags = (
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, width * height % 2**32),
    )
    rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + rows + struct.pack("<I", following)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n%%EndComments\n{} loop\n"
for _name, _suffix, _make in (
    ("a program as a picture", ".png", lambda: EPS),
    (
        "a program in a wrapping as a picture",
        ".png",
        lambda: b"\xc5\xd0\xd3\xc6" + struct.pack("<IIIIII", 32, len(EPS), 0, 0, 0, 0) + bytes(4) + EPS,
    ),
    (
        "a document as a picture",
        ".png",
        lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n",
    ),
    (
        "a drawing as a picture",
        ".png",
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    ),
    ("a metafile as a picture", ".jpg", lambda: b"\xd7\xcd\xc6\x9a" + bytes(18) + b"\1\0\x09\0\0\3" + bytes(20)),
    ("pictures of 60000 pixels a side", ".png", lambda: png(60000, 60000, rows=9)),
    (
        "pictures of two billion pixels a side",
        ".png",
        lambda: png(8, 8).replace(struct.pack(">II", 8, 8), struct.pack(">II", 2**31 - 1, 2**31 - 1)),
    ),
    ("pictures of no pixels", ".png", lambda: png(8, 8).replace(struct.pack(">II", 8, 8), bytes(8))),
    ("remarks packed a thousand times", ".png", lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + bomb(300)))),
    ("a profile packed a thousand times", ".png", lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + bomb(300)))),
    ("a thousand remarks", ".png", lambda: png(8, 8, *[chunk(b"tEXt", b"a\0" + b"b" * 2000)] * 1000)),
    ("a picture without an end", ".png", lambda: png(64, 48)[:40] + chunk(b"IDAT", b"") * 100_000),
    ("a picture that plays for ever", ".png", lambda: apng(200)),
    ("a gif as a frame, of 65535 pixels a side", ".jpg", lambda: gif(65535, 65535, 3)),
    ("a picture of 20 thousand scans", ".jpg", lambda: scans(20_000, 4096)),
    ("a picture of marks alone", ".jpg", lambda: b"\xff\xd8" + b"\xff\xe1\0\2" * 200_000),
    ("a directory of itself", ".png", lambda: tiff(64, 48, 8)),
    ("a picture of four billion rows", ".png", lambda: tiff(4, MOST, 0)),
    (
        "a bitmap of two billion pixels a side",
        ".png",
        lambda: b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0),
    ),
    ("a map of digits", ".png", lambda: b"P3 8000 8000 255\n" + b"1 " * 500_000),
    ("a map of endless remarks", ".png", lambda: b"P6\n" + b"#" * 1_000_000),
    ("a webp of its head alone", ".png", lambda: b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f" + bytes(9)),
    ("an icon", ".png", lambda: b"\0\0\1\0\xff\xff" + bytes(1_000_000)),
    ("pictures without content", ".jpg", bytes),
    ("pictures of noise", ".jpg", lambda: random.Random(0).randbytes(100_000)),
):
    frames(_name, _suffix, _make)
frames("a picture of 8192 pixels a side", ".png", lambda: png(8192, 8192, rows=9), 1)
frames("a picture of 8192 pixels a side and 16 bits", ".png", lambda: png(8192, 8192, rows=9, depth=16), 1)


@maker("two thousand pictures without content")
def _many(folder: Path) -> Path:
    for number in range(2000):
        os.mknod(folder / f"img_{number:05d}.jpg")
    return folder


# What is no file, and names that are none.


def special(name: str, make: Callable[[Path], object], suffix: str = ".mp4", folder_of_frames: bool = False) -> None:
    """Add what `make` puts in the place of a file, or of the first frame of three."""

    def make_one(folder: Path) -> Path:
        if not folder_of_frames:
            make(folder / f"clip{suffix}")
            return folder / f"clip{suffix}"
        for number in (2, 3):
            (folder / f"img_{number:05d}.jpg").write_bytes(picture())
        make(folder / "img_00001.jpg")
        return folder

    ZOO[name] = make_one


def _bind(path: Path) -> None:
    """A socket; its name may be longer than such names may be, so that it is bound from beside it."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


_KINDS: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a socket": _bind,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a link to a device of chance": lambda path: path.symlink_to("/dev/urandom"),
    "a link to a terminal": lambda path: path.symlink_to("/dev/tty"),
    "a link to memory": lambda path: path.symlink_to("/proc/self/mem"),
}
for _name, _make in _KINDS.items():
    special(_name, _make)
    special(f"{_name} among frames", _make, folder_of_frames=True)


def _named(name: str, folder: Path) -> Path:
    (folder / name).write_bytes(b"no film")
    return folder / name


special("a folder among frames", Path.mkdir, folder_of_frames=True)
special("a folder without content", Path.mkdir)
ZOO["a device without end"] = lambda folder: Path("/dev/zero")
ZOO["nothing at all"] = lambda folder: folder / "absent.mp4"
for _name, _own in {
    "a name of two lines": "clip\nerror: two.mp4",
    "a name that is no text": os.fsdecode(b"clip\xff\xfe.mp4"),
    "a name like an address": "concat:clip.mp4|pipe:0",
    "a name like an option": "-i.mp4",
    "a name like a pattern": "img_%05d.mp4",
}.items():
    ZOO[_name] = partial(_named, _own)
