"""Video files made of frames, in a form every browser plays."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from hprotopnet.files import atomic_write


def write_video(
    path: str | Path, images: Iterable[np.ndarray], fps: float, crf: int = 20, key_every: int | None = None
) -> None:
    """Write uint8 frames (H, W, 3), taken one by one, as H.264 in MP4, in the form every browser plays.

    The format needs even sides: an odd one is padded by repeating its last line. `crf` is x264's rate factor, lower is
    better; `key_every` how many frames lie at most between two from which a player can start, by default 250. The same
    frames give the same bytes on any processor. The file appears whole or not at all.
    """
    import av  # what only reads, as a first screen does, must not wait for it
    from av.video.reformatter import Interpolation, VideoReformatter

    av.logging.set_level(None)
    exactly = (
        Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
    )  # for colours, at half resolution
    options = {"movflags": "+faststart"}
    with atomic_write(path) as temporary, av.open(f"file:{temporary}", "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        # Left alone, x264 lets the processor choose among routines and the number of threads cut the picture.
        exact = {"threads": "1", "x264-params": "cpu-independent=1"}
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"} | exact
        stream.options |= {"g": str(key_every)} if key_every else {}
        convert = VideoReformatter().reformat
        for image in images:
            image = np.pad(image, (*((0, side % 2) for side in image.shape[:2]), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            if not stream.codec_context.is_open:
                stream.width, stream.height = frame.width, frame.height
            container.mux(stream.encode(convert(frame, format="yuv420p", interpolation=exactly, threads=1)))
        container.mux(stream.encode(None))
