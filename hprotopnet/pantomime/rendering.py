"""From a spec to frames and masks.

What stands still is painted once on a backdrop: colours, and cue bits. Every frame takes the camera's rectangle of both
and paints the moving parts on top, furthest first, into the picture and into the mask from the same polygons. All is
drawn at twice the size and averaged down; a pixel of the mask has a cue's bit if any of its subpixels has, so that a
mask never misses a pixel its cue touches.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from hprotopnet.pantomime.actions.action import Moment
from hprotopnet.pantomime.actions.catalogue import ACTIONS
from hprotopnet.pantomime.apparatus import apparatus
from hprotopnet.pantomime.figure import Pose, figure, joints
from hprotopnet.pantomime.look import Look, look_of, stream
from hprotopnet.pantomime.props import PROPS
from hprotopnet.pantomime.settings import base, paint_setting
from hprotopnet.pantomime.shapes import Part, shadow
from hprotopnet.pantomime.spec import Spec
from hprotopnet.pantomime.stage import (
    ACTOR,
    CHILD,
    FPS,
    GRANDPARENT,
    HEIGHT,
    PARENT,
    SUPERSAMPLING,
    WIDTH,
    Frame,
    Plane,
    facing,
    project,
)
from hprotopnet.pantomime.surfaces.surface import paint_surface, ripples

_SIZE = (SUPERSAMPLING * WIDTH, SUPERSAMPLING * HEIGHT)


class Rendered(NamedTuple):
    """One frame: the picture (HEIGHT, WIDTH, 3) and its cue bits (HEIGHT, WIDTH), both uint8."""

    image: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True)
class Backdrop:
    """What stands still: colours, and cue bits with an edge to spare."""

    colours: Image.Image
    bits: Image.Image


def render(
    spec: Spec,
    without: Collection[str] = (),
    swap: Mapping[str, str] | None = None,
    noise: bool = True,
    frames: Iterable[int] | None = None,
    backdrop: Backdrop | None = None,
) -> Iterator[Rendered]:
    """The frames of a clip, one after the other; only those of some numbers if `frames` are given.

    Interventions give the same clip but for a cue: `without` names levels ("grandparent", "parent", "child") whose cue
    is replaced by the neutral room, floor or a standing figure; `swap` gives levels the cue of another node, as in
    {"grandparent": "Household"}. `noise=False` leaves out the grain that is added last. `backdrop` is that of a spec
    that differs in its motion alone, painted once for several. Raises KeyError for an unknown level or node.
    """
    spec = changed(spec, without, swap or {})
    look = look_of(spec.seed, spec.group)
    backdrop = backdrop or paint_backdrop(spec, look)
    grade, grain = _grade(spec, look), _grain(spec) if noise and spec.noise else None
    for number in range(round(spec.seconds * FPS)) if frames is None else frames:
        image, mask = _frame(spec, look, backdrop, number / FPS)
        if spec.mirror:
            image, mask = image.transpose(Image.FLIP_LEFT_RIGHT), mask[:, ::-1]
        pixels = np.asarray(image.point(grade))
        yield Rendered(_noisy(pixels, grain, number) if grain is not None else pixels, np.ascontiguousarray(mask))


def changed(spec: Spec, without: Collection[str], swap: Mapping[str, str]) -> Spec:
    """The spec with some cues left out or exchanged; raises KeyError for an unknown level.

    A level in both is exchanged. An unknown node is a KeyError when it is painted.
    """
    fields = {"grandparent": "setting", "parent": "surface", "child": "action"}
    return replace(spec, **{fields[level]: node for level, node in (dict.fromkeys(without) | dict(swap)).items()})


def paint_backdrop(spec: Spec, look: Look) -> Backdrop:
    """Room, setting, surface and strays of a spec."""
    stage = spec.stage
    colours = base(stage, look, stream("room", spec.seed, spec.group))
    bits = Image.new("L", stage.size)
    for name, paint, bit in ((spec.setting, paint_setting, GRANDPARENT), (spec.surface, paint_surface, PARENT)):
        if name is not None:
            layer = paint(name, stage, look, stream(name, spec.seed, spec.group))
            if bit == PARENT and spec.surface_from is not None:
                layer.putalpha(
                    _begun(layer.getchannel("A"), *(stage.pixel((spec.surface_from + k, 0)) for k in (0, 0.6)))
                )
            colours.paste(layer, (0, 0), layer)
            bits = _stacked(bits, layer.getchannel("A"), bit)
    parts = [part for stray in spec.strays for part in _stray(stray, look)]
    _paint(sorted(parts, key=lambda part: part.near), stage.affine, colours, bits)
    return Backdrop(colours, _widened(bits))


def scene(spec: Spec, look: Look, time: float) -> list[Part]:
    """The moving parts at a time in seconds, furthest first."""
    floor = facing(spec.yaw, (spec.x, 0.0, spec.z), spec.scale * look.height)
    parts = []
    if spec.surface is not None:
        moving = ripples(spec.surface, spec.stage, time, look)
        if spec.surface_from is not None:
            moving = [part for part in moving if part.layers[0][1][0][0] > spec.surface_from + 0.6]
        parts += moving + apparatus(spec.surface, floor.moved(*spec.station), look)
    parts += _actor(spec, floor, look, time)
    if spec.passer is not None:
        parts += _passer(spec, time)
    return sorted(parts, key=lambda part: part.near)


def places(spec: Spec, time: float) -> dict[str, Plane]:
    """Where the joints of the actor, and what hangs on them, are in the picture at a time, in its pixels."""
    pose = ACTIONS[spec.action].pose(moment(spec, time))
    floor = facing(spec.yaw, (spec.x, 0.0, spec.z), spec.scale * look_of(spec.seed, spec.group).height)
    scale, left, top = spec.camera.view(time, spec.stage).affine
    points = {name: project(point) for name, point in joints(pose, pose.placed(floor)).items()}
    return {
        name: ((left + scale * x) / SUPERSAMPLING, (top - scale * y) / SUPERSAMPLING) for name, (x, y) in points.items()
    }


def moment(spec: Spec, time: float) -> Moment:
    """The channels of a spec's motion at a time in seconds."""
    action = ACTIONS[spec.action]
    phase = spec.phase + spec.tempo * time / action.period
    resting = _wave(spec.still) + spec.wander * math.sin(2.3 * time + 6 * spec.still)
    values = (
        _wave(phase * action.pace(channel)) if channel in action.moves else min(1.0, max(0.0, resting))
        for channel in "uv"
    )
    u, v = (0.5 + (value - 0.5) * spec.amplitude for value in values)
    return Moment(u, v, phase % 1.0, time)


def _wave(phase: float) -> float:
    return 0.5 - 0.5 * math.cos(2 * math.pi * phase)


def _frame(spec: Spec, look: Look, backdrop: Backdrop, time: float) -> tuple[Image.Image, np.ndarray]:
    view = spec.camera.view(time, spec.stage)
    box = view.box(spec.stage)
    image = backdrop.colours.resize(_SIZE, Image.BILINEAR, box)
    bits = backdrop.bits.resize(_SIZE, Image.NEAREST, box)
    _paint(scene(spec, look, time), view.affine, image, bits)
    fine = np.asarray(bits)
    mask = np.bitwise_or.reduce([fine[i::SUPERSAMPLING, j::SUPERSAMPLING] for i, j in _SUBPIXELS])
    return image.reduce(SUPERSAMPLING), mask


_SUBPIXELS = [(i, j) for i in range(SUPERSAMPLING) for j in range(SUPERSAMPLING)]


def _paint(parts: list[Part], affine: tuple[float, float, float], image: Image.Image, bits: Image.Image) -> None:
    """Paint parts, in the order given, into a picture and its cue bits."""
    scale, left, top = affine
    draw, truth = ImageDraw.Draw(image), ImageDraw.Draw(bits)
    for part in parts:
        layers = [(colour, [(left + scale * x, top - scale * y) for x, y in points]) for colour, points in part.layers]
        if part.opacity < 1:
            _glaze(layers, part, image, bits)
            continue
        for colour, points in layers:
            draw.polygon(points, fill=colour)
            truth.polygon(points, fill=part.bits)


def _glaze(layers: list, part: Part, image: Image.Image, bits: Image.Image) -> None:
    """Paint a part that lets what is behind shine through; its bits are added to those behind."""
    xs, ys = ([point[axis] for _, points in layers for point in points] for axis in (0, 1))
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    right, bottom = min(image.width, math.ceil(max(xs)) + 1), min(image.height, math.ceil(max(ys)) + 1)
    if left >= right or top >= bottom:
        return
    box, patch = (left, top, right, bottom), image.crop((left, top, right, bottom))
    cover = Image.new("L", patch.size)
    for colour, points in layers:
        inside = [(x - left, y - top) for x, y in points]
        ImageDraw.Draw(patch).polygon(inside, fill=colour)
        ImageDraw.Draw(cover).polygon(inside, fill=255)
    image.paste(patch, box, cover.point([round(part.opacity * value) for value in range(256)]))
    added = np.where(np.asarray(cover) > 0, part.bits, 0).astype(np.uint8)
    bits.paste(Image.fromarray(np.asarray(bits.crop(box)) | added), box)


def _actor(spec: Spec, floor: Frame, look: Look, time: float) -> list[Part]:
    """Actor, props and shadow, all cue of the child; who only stands about is no cue."""
    if spec.action is None:
        return _standing(spec, floor, look, time)
    action = ACTIONS[spec.action]
    pose = action.pose(moment(spec, time))
    frame = pose.placed(floor)
    at = joints(pose, frame)
    parts = [part for draw in action.props for part in draw(frame, at, look, CHILD)]
    return parts + _shadows(at, CHILD | ACTOR) + figure(pose, frame, look, CHILD | ACTOR)


def _standing(spec: Spec, floor: Frame, look: Look, time: float) -> list[Part]:
    breath = 0.01 * math.sin(2 * time + 6 * spec.phase)
    pose = Pose(hips=(0.0, 0.92, 0.02 * math.sin(time)), left_hand=(0.06, 0.86 + breath, 0.25))
    at = joints(pose, floor)
    return _shadows(at, ACTOR) + figure(pose, floor, look, ACTOR)


def _shadows(at: dict, bits: int) -> list[Part]:
    """Dark spots below the body, the smaller and fainter the higher it is."""
    spots = []
    for names in (("left_foot", "right_foot"), ("hips", "chest")):
        points = [at[name] for name in names]
        x, y, z = (sum(values) / len(points) for values in zip(*points, strict=True))
        spread = math.dist(*points) / 2
        spots.append(shadow((x, 0.0, z), 0.22 + 0.8 * spread + 0.05 * y, 0.2 + 0.3 * spread, bits))
    return spots


def _stray(stray: tuple, look: Look) -> list[Part]:
    name, x, z, yaw = stray
    raised = {"ball": 0.13, "fiddle_big": 0.3, "balloon": 1.2}.get(name, 0.0)
    return PROPS[name](facing(yaw, (x, raised, z)), look, 0)


def _passer(spec: Spec, time: float) -> list[Part]:
    """Someone who walks by in front of everything; part of no cue."""
    middle, direction, speed = spec.passer
    x = spec.x + direction * speed * (time - middle)
    if abs(x - spec.x) > 3:
        return []
    swing = math.sin(5 * speed * time)
    pose = Pose(
        left_foot=(0.3 * swing, 0.1, 0.1),
        right_foot=(-0.3 * swing, 0.1, -0.1),
        left_hand=(-0.22 * swing, 0.92, 0.22),
        right_hand=(0.22 * swing, 0.92, -0.22),
    )
    stranger = look_of(spec.seed, 100 + spec.group)
    parts = figure(pose, facing(90 * direction, (x, -0.35, 1.0), 1.15), stranger, 0)
    return [replace(part, near=part.near + 10) for part in parts]


def _begun(alpha: Image.Image, start: tuple[float, float], stop: tuple[float, float]) -> Image.Image:
    """An opacity that fades in between two columns."""
    columns = np.clip((np.arange(alpha.width) - start[0]) / (stop[0] - start[0]), 0, 1)
    return Image.fromarray(np.round(np.asarray(alpha) * columns).astype(np.uint8))


def _stacked(bits: Image.Image, alpha: Image.Image, bit: int) -> Image.Image:
    """Cue bits after a layer was laid over them: its own where it hides them, both where it lets them through."""
    below, cover = np.asarray(bits), np.asarray(alpha)
    return Image.fromarray(np.where(cover == 255, 0, below) | np.where(cover > 0, bit, 0).astype(np.uint8))


def _widened(bits: Image.Image) -> Image.Image:
    """Every cue two backdrop pixels wider: as far as smoothing can carry its colour."""
    values = np.asarray(bits)
    wide = np.zeros_like(values)
    for bit in (GRANDPARENT, PARENT, CHILD, ACTOR):
        if (values & bit).any():
            mask = Image.fromarray((values & bit) * (255 // bit))
            wide |= (np.asarray(mask.filter(ImageFilter.MaxFilter(5))) > 0).astype(np.uint8) * bit
    return Image.fromarray(wide)


def _grade(spec: Spec, look: Look) -> list[int]:
    """Light and contrast as a table for each of the three channels."""
    tint = (1 + 0.07 * look.warmth, 1.0, 1 - 0.09 * look.warmth)
    return [
        max(0, min(255, round(128 + (value * look.brightness * channel - 128) * spec.contrast)))
        for channel in tint
        for value in range(256)
    ]


def _grain(spec: Spec) -> np.ndarray:
    """A tile of noise larger than a frame; each frame cuts another piece of it."""
    seed = stream("grain", spec.seed, spec.label, spec.group, spec.number).getrandbits(64)
    return np.random.default_rng(seed).integers(
        -spec.noise, spec.noise + 1, (HEIGHT + 37, WIDTH + 41, 3), dtype=np.int16
    )


def _noisy(pixels: np.ndarray, grain: np.ndarray, number: int) -> np.ndarray:
    top, left = (number * 17) % 37, (number * 29) % 41
    return np.clip(pixels + grain[top : top + HEIGHT, left : left + WIDTH], 0, 255).astype(np.uint8)
