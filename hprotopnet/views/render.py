"""Pictures of an explanation: arrays in, arrays and bytes out. Knows neither torch nor streamlit.

Images are uint8 of shape (T, H, W, 3). An activation map has the shape of the feature grid, (t, h, w), and is stretched
over the frames by the function that boxes are found with, so that heat and box agree. Nothing is told by colour alone:
heat rises in lightness, and boxes have a dark and a light line. Pictures of a whole clip are drawn of the frames that
are asked for only: a still costs a sixteenth of what moves.
"""

import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.explain.boxes import stretch

Box = tuple[int, int, int, int]

# Anchors of a map from black through red and orange to pale yellow whose lightness only rises (after matplotlib's
# "inferno"), which therefore reads the same in grey and under every form of colour blindness.
HEAT = np.array([(0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)], dtype=float)
# The same for what has a sign: from black through orange and through blue, which no colour blindness takes for each
# other; what speaks against something is hatched, too.
FOR = np.array([(0, 0, 4), (120, 55, 0), (230, 120, 0), (255, 200, 90), (255, 250, 205)], dtype=float)
AGAINST = np.array([(0, 0, 4), (0, 50, 110), (0, 114, 200), (110, 190, 245), (215, 242, 255)], dtype=float)
_LEVELS = np.linspace(0, 1, 256, dtype=np.float32)
CLEAR = (0.75, 0.45)  # how much of the grey frame shows through without heat, and how much less with all of it
_CLEAR = CLEAR[0] - CLEAR[1] * _LEVELS


def _glowing(colours: np.ndarray) -> np.ndarray:
    """What glows over the grey at each of 256 strengths, (256, 3)."""
    anchors = np.linspace(0, 1, len(colours))
    glow = np.stack([np.interp(_LEVELS, anchors, own) for own in colours.T], axis=1).astype(np.float32)
    return glow * (1 - _CLEAR)[:, None]


_GLOW, _FOR, _AGAINST = _glowing(HEAT), _glowing(FOR), _glowing(AGAINST)
HATCH = 6  # pixels from stripe to stripe of what speaks against something
MATTE = (24, 26, 31)  # around frames, as film has it: stands on light and dark pages alike
ACCENT = (255, 190, 60)
DASHES = np.array([(240, 240, 240), MATTE], dtype=np.uint8)
STRIP = 0.11  # height of the timeline under a clip, as a share of the clip's


def relative(activation: np.ndarray) -> np.ndarray:
    """A map from its lowest value, 0, to its highest, 1; a constant map becomes 0 everywhere."""
    values = np.asarray(activation, dtype=float)
    span = values.max() - values.min()
    return (values - values.min()) / span if span > 0 else np.zeros_like(values)


def over_time(activation: np.ndarray, frames: int, offset: Sequence[float] = CENTRED) -> np.ndarray:
    """How strong an activation map is in each frame, (T, h, w): from its lowest value, 0, to its highest, 1."""
    return stretch(relative(activation), frames, *activation.shape[1:], (offset[0], 0.0, 0.0))


def heat(images: np.ndarray, strength: np.ndarray, offset: Sequence[float] = CENTRED) -> np.ndarray:
    """Frames in grey under the heat of what `over_time` gives for them, (T, h, w)."""
    strength = (255 * stretch(strength, *images.shape[:3], (0.0, *offset[1:]))).round().astype(np.uint8)
    grey = images.mean(axis=3, dtype=np.float32)
    return (grey[..., None] * _CLEAR[strength][..., None] + _GLOW[strength]).astype(np.uint8)


def layered(image: np.ndarray, strengths: np.ndarray, signed: bool) -> np.ndarray:
    """A frame (H, W, 3) in grey under a strength for each pixel, uint8 (H, W), see `film.Layer`."""
    against = signed & (strengths < 128)
    strong = np.minimum(2 * np.abs(strengths.astype(int) - 128), 255) if signed else strengths.astype(int)
    stripes = np.add.outer(*map(np.arange, strengths.shape)) % HATCH < 2
    strong = np.where(against & stripes, strong >> 2, strong)
    glow = np.where(against[..., None], _AGAINST[strong], _FOR[strong] if signed else _GLOW[strong])
    return (image.mean(axis=2, dtype=np.float32)[..., None] * _CLEAR[strong][..., None] + glow).astype(np.uint8)


def outline(images: np.ndarray, boxes: Sequence[Box | None]) -> np.ndarray:
    """Frames with the box of each, where it has one, inside its edges: dark and light, or light where room lacks."""
    side = min(images.shape[1:3])
    line = max(1, round(side / 90))
    drawn = []
    for image, box in zip(images, boxes, strict=True):
        picture = Image.fromarray(image)
        if box:
            left, top, right, bottom = box
            pen = ImageDraw.Draw(picture)
            pen.rectangle((left, top, right - 1, bottom - 1), outline=(0, 0, 0), width=3 * line)
            inset = line if min(right - left, bottom - top) > 2 * line + 1 else 0
            inner = (left + inset, top + inset, right - 1 - inset, bottom - 1 - inset)
            pen.rectangle(inner, outline=ACCENT, width=line)
        drawn.append(np.asarray(picture))
    return np.stack(drawn)


def dashed(images: np.ndarray, boxes: Sequence[Box | None]) -> np.ndarray:
    """Frames with a thin dashed line, dark and light by turns, inside the edges of each one's box, where it has one."""
    drawn, dash = images.copy(), max(2, min(images.shape[1:3]) // 45)
    for picture, box in zip(drawn, boxes, strict=True):
        if box:
            left, top, right, bottom = box
            across, down = np.s_[left:right], np.s_[top:bottom]
            for place in ((top, across), (bottom - 1, across), (down, left), (down, right - 1)):
                line = picture[place]
                line[:] = DASHES[np.arange(len(line)) // dash % 2]
    return drawn


def contour(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Frames (T, H, W, 3) with a line, light within dark, along the edge of each one's mask (T, h, w)."""
    drawn, thick = images.copy(), max(1, min(images.shape[1:3]) // 150)
    rows, columns = (
        np.arange(side) * low // side for side, low in zip(images.shape[1:3], masks.shape[1:], strict=True)
    )
    for picture, mask in zip(drawn, masks[:, rows][:, :, columns], strict=True):
        inner, outer = _grown(~mask, thick) & mask, _grown(mask, thick) & ~mask
        picture[inner], picture[outer] = (255, 255, 255), (0, 0, 0)
    return drawn


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    """A mask and all pixels within so many steps of it; nothing beyond the picture belongs to it."""
    grown = mask.copy()
    for _ in range(by):
        padded = np.pad(grown, 1)
        grown = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return grown


def enlarge(images: np.ndarray, side: int) -> np.ndarray:
    """Frames scaled so that their height is `side` pixels, the aspect kept."""
    size = max(1, round(images.shape[2] * side / images.shape[1])), side
    return np.stack([np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)) for image in images])


def scaled_boxes(boxes: Sequence[Box | None], scale: float) -> tuple[Box | None, ...]:
    """Boxes in frames that were enlarged."""
    return tuple(tuple(round(corner * scale) for corner in box) if box else None for box in boxes)


def cut_out(images: np.ndarray, boxes: Sequence[Box | None], side: int) -> np.ndarray:
    """What lies in each frame's box and nothing else, (T, side, side, 3); a frame without a box is empty.

    The cut runs along the union of all boxes, fitted into the square, and stands still while the box moves, so that the
    motion inside it is that of the scene; of the union, what is outside a frame's own box is covered. A single frame is
    cut along its box.
    """
    canvas = np.full((len(images), side, side, 3), MATTE, dtype=np.uint8)
    corners = np.array([box for box in boxes if box])
    if not len(corners):
        return canvas
    (left, top), (right, bottom) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    piece = _covered(images, boxes)[:, top:bottom, left:right]
    scale = side / max(piece.shape[1:3])
    size = max(1, round(piece.shape[2] * scale)), max(1, round(piece.shape[1] * scale))
    x, y = (side - size[0]) // 2, (side - size[1]) // 2
    for target, image in zip(canvas, piece, strict=True):
        target[y : y + size[1], x : x + size[0]] = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
    return canvas


def _covered(images: np.ndarray, boxes: Sequence[Box | None]) -> np.ndarray:
    """Frames with everything outside their boxes covered."""
    covered = np.full_like(images, MATTE)
    for target, image, box in zip(covered, images, boxes, strict=True):
        if box:
            inside = np.s_[box[1] : box[3], box[0] : box[2]]
            target[inside] = image[inside]
    return covered


def timeline(
    frames: int, width: int, height: int, steps: np.ndarray, present: Sequence[bool], behind: float = 0.0
) -> np.ndarray:
    """A strip under each frame, (T, height, width, 3): activation over time, where the box is, and where we are.

    Args:
        steps: strongest activation of each of the grid's t steps; bars start at 0.
        present: whether each frame has a box; those that do are underlined.
        behind: by how many steps what a step sees lies behind its place in time.
    """
    strip = Image.new("RGB", (width, height), MATTE)
    pen, top = ImageDraw.Draw(strip), max(float(np.max(steps, initial=0)), 1e-9)
    edges = np.clip((np.arange(len(steps) + 1) + behind) * width / len(steps), 0, width)
    for value, (left, right) in zip(steps, pairwise(edges), strict=True):
        tall = round((height - 5) * max(float(value), 0) / top)
        pen.rectangle((left + 1, height - 4 - tall, right - 2, height - 4), fill=(108, 112, 122))
    ticks = np.linspace(0, width, frames + 1)
    for here, (left, right) in zip(present, pairwise(ticks), strict=True):
        if here:
            pen.rectangle((left, height - 3, right, height - 1), fill=ACCENT)
    strips = []
    for left, right in pairwise(ticks):
        copy = strip.copy()
        middle = (left + right) / 2
        ImageDraw.Draw(copy).rectangle((middle - 1, 0, middle + 1, height - 1), fill=(255, 255, 255))
        strips.append(np.asarray(copy))
    return np.stack(strips)


def evidence_clip(
    images: np.ndarray,
    boxes: Sequence[Box | None],
    activation: np.ndarray,
    side: int,
    shown: Sequence[int],
    offset: Sequence[float] = CENTRED,
    seen: Sequence[Box | None] | None = None,
) -> np.ndarray:
    """Frames of a clip twice, with the box and under the heat, over a timeline: (len(shown), side + strip, ~2 side, 3).

    With one step in time there is no timeline, for there is nothing to tell.

    Args:
        images: the whole clip, as `boxes`, `activation` and `seen` are of the whole clip.
        shown: numbers of the frames that are drawn, in the order in which they are to be seen.
        offset: where the cells of `activation` look, see `explain.boxes.stretch`.
        seen: what is framed in dashes, too.
    """
    large = enlarge(images[shown], side)
    framed = _framed(large, boxes, seen, shown, side / images.shape[1])
    pair = beside([framed, heat(large, over_time(activation, len(images), offset)[shown], offset)])
    if activation.shape[0] == 1:
        return pair
    steps = np.asarray(activation, dtype=float).max(axis=(1, 2))
    present = [box is not None for box in boxes]
    strip = timeline(len(images), pair.shape[2], round(STRIP * side), steps, present, offset[0])
    return np.concatenate([pair, strip[shown]], axis=1)


def _framed(
    large: np.ndarray,
    boxes: Sequence[Box | None],
    seen: Sequence[Box | None] | None,
    shown: Sequence[int],
    scale: float,
) -> np.ndarray:
    """Enlarged frames, those that are shown, with their boxes, and what was seen in dashes."""
    if seen:
        large = dashed(large, scaled_boxes([seen[i] for i in shown], scale))
    return outline(large, scaled_boxes([boxes[i] for i in shown], scale))


def source_clip(
    images: np.ndarray,
    boxes: Sequence[Box | None],
    side: int,
    shown: Sequence[int],
    seen: Sequence[Box | None] | None = None,
) -> np.ndarray:
    """Frames of a prototype's training clip with its box, and the prototype itself cut out of them, side by side.

    Args:
        images, boxes, seen: of the whole clip; `seen` is framed in dashes.
        shown: numbers of the frames that are drawn, in the order in which they are to be seen.
    """
    frames, own = images[shown], [boxes[i] for i in shown]
    framed = _framed(enlarge(frames, side), boxes, seen, shown, side / images.shape[1])
    return beside([framed, cut_out(frames, own, side)])


def beside(clips: Sequence[np.ndarray], gap: int = 6) -> np.ndarray:
    """Clips of one length and height side by side."""
    first, *others = clips
    space = np.full((*first.shape[:2], gap, 3), MATTE, dtype=np.uint8)
    return np.concatenate([first, *(part for clip in others for part in (space, clip))], axis=2)


def animation(images: np.ndarray, fps: float) -> bytes:
    """Frames as an animated WebP that loops; a single frame is a still picture."""
    first, *rest = (Image.fromarray(image) for image in images)
    file = io.BytesIO()
    first.save(
        file, "WEBP", save_all=True, append_images=rest, duration=round(1000 / fps), loop=0, quality=78, method=0
    )
    return file.getvalue()


def peak_frame(boxes: Sequence[Box | None], moment: float) -> int:
    """The frame to show where only one can be: at the moment of the peak, a share of the clip, and boxed if any is."""
    frames = len(boxes)
    middle = moment * frames - 0.5
    candidates = [i for i, box in enumerate(boxes) if box] or list(range(frames))
    return min(candidates, key=lambda i: abs(i - middle))
