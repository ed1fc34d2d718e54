"""What belongs to the parent and stands at the actor itself: counter, basin, bar, music stand, mat.

It is drawn with every frame, in the actor's own frame on the floor. Whatever has a picture side (music, mirrors) is
cheated out, as actors say: turned to the audience as much as to the actor.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from hprotopnet.pantomime.look import Colour, Look, blend, from_hex, shade
from hprotopnet.pantomime.shapes import Part, disc, loft, oval, prism, rod, sheet, spread, stacked, stroke
from hprotopnet.pantomime.stage import PARENT, Frame, Plane, Point, nearness

UNDER = -11.0  # below the shadows, which lie at -10
ACROSS = (0.88, 0.0, 0.0)  # along the width of what is cheated out; shorter than 1, as it is not quite frontal
# Radius and width in metres, first and last angle in degrees from ahead to the left.
FOAM = (
    (0.62, 0.05, -60, 50),
    (0.66, 0.05, 80, 200),
    (0.85, 0.04, 10, 120),
    (0.82, 0.04, 170, 290),
    (1.04, 0.03, -90, 0),
)
STEEL, WHITE, PAPER, SPRAY = map(from_hex, ("#aeb7c4", "#f7f9fb", "#fbf3df", "#d3eef8"))


def apparatus(name: str, frame: Frame, look: Look) -> list[Part]:
    """What a parent places at an actor on `frame`: parts with the parent's bit, at most a dozen."""
    return APPARATUS[name](frame, look) if name in APPARATUS else []


def block(frame: Frame, low: Point, high: Point, colour: Colour, near: float | None = None) -> Part:
    """A box between two corners (ahead, up, side) of a frame; the faces that are turned to the viewer are seen."""
    (a0, u0, s0), (a1, u1, s1) = low, high
    solid = prism(frame, ((a0, s0), (a1, s0), (a1, s1), (a0, s1)), u0, u1, colour, PARENT)
    return solid if near is None else replace(solid, near=near)


def counter(frame: Frame, look: Look) -> list[Part]:
    """A kitchen counter with doors on the side the actor does not stand on."""
    front, near = blend(look.accent, from_hex("#f0e8d6"), 0.6), _behind_hands(frame, 0.35, 0.9)
    plinth = block(frame, (0.43, 0.0, -0.58), (0.72, 0.09, 0.58), (58, 54, 56))
    body = block(frame, (0.38, 0.08, -0.62), (0.77, 0.85, 0.62), front)
    doors = [_front(frame, 0.77, side, 0.28, (0.14, 0.8), shade(front, 1.3)) for side in (-0.31, 0.31)]
    fields = [_front(frame, 0.77, side, 0.22, (0.2, 0.74), shade(front, 0.9)) for side in (-0.31, 0.31)]
    knobs = [_front(frame, 0.77, side, 0.014, (0.5, 0.68), STEEL) for side in (-0.06, 0.06)]
    ends = [_end(frame, (0.43, 0.72), (0.14, 0.8), side, shade(front, 1.2)) for side in (-0.62, 0.62)]
    top = block(frame, (0.35, 0.85, -0.66), (0.81, 0.9, 0.66), shade(look.wood, 1.2))
    return [stacked((plinth, body, *doors, *fields, *knobs, *ends, top), near)]


def basin(frame: Frame, look: Look) -> list[Part]:
    """A basin on a pedestal, a round mirror on its arm."""
    near = _behind_hands(frame, 0.35, 0.85)
    foot = rod(frame, ((0.52, 0.06, 0.0, 0.13), (0.52, 0.3, 0.0, 0.09), (0.52, 0.7, 0.0, 0.1)), WHITE, PARENT)
    rings = ((0.66, 0.08), (0.76, 0.155), (0.85, 0.19))
    bowl = loft([oval(frame, (0.52, up, 0.0), r, 1.7 * r, 12) for up, r in rings], WHITE, PARENT)
    water = sheet(oval(frame, (0.52, 0.85, 0.0), 0.15, 0.27), from_hex("#8fc3da"), PARENT)
    shine = sheet(oval(frame, (0.5, 0.85, 0.04), 0.09, 0.16), from_hex("#c9e8f2"), PARENT, outlined=False)
    tap = rod(frame, ((0.68, 0.84, 0.0, 0.02), (0.68, 0.97, 0.0, 0.018), (0.58, 0.97, 0.0, 0.016)), STEEL, PARENT)
    arm = rod(frame, ((0.64, 0.84, 0.26, 0.018), (0.64, 1.2, 0.46, 0.016)), STEEL, PARENT)
    middle, k = frame.at(0.64, 1.4, 0.46), frame.scale
    plate = disc(middle, 0.21 * k, ACROSS, frame.up, shade(look.accent, 1.1), PARENT)
    glass = disc(middle, 0.175 * k, ACROSS, frame.up, from_hex("#bcdbe9"), PARENT)
    gleams = [_page(middle, k, (x, x + 0.05), (-0.1, 0.1), WHITE, 0.12) for x in (-0.1, -0.02)]
    return [stacked((foot, bowl, water, shine, tap), near), stacked((arm, plate, glass, *gleams), near - 0.05)]


def workbench(frame: Frame, look: Look) -> list[Part]:
    """A heavy bench with drawers and a vice."""
    near, wood = _behind_hands(frame, 0.3, 0.85), blend(look.wood, from_hex("#b57b40"), 0.5)
    chest = block(frame, (0.36, 0.4, -0.5), (0.7, 0.78, 0.5), shade(wood, 0.8))
    feet = ((0.33, -0.57), (0.33, 0.47), (0.62, -0.57), (0.62, 0.47))
    legs = [block(frame, (a, 0.0, s), (a + 0.1, 0.78, s + 0.1), shade(wood, 0.95)) for a, s in feet]
    legs.sort(key=lambda leg: leg.near)
    drawers = [_front(frame, 0.7, side, 0.21, (0.46, 0.72), shade(wood, 1.2)) for side in (-0.23, 0.23)]
    knobs = [_front(frame, 0.7, side, 0.06, (0.6, 0.635), STEEL) for side in (-0.23, 0.23)]
    top = block(frame, (0.3, 0.77, -0.62), (0.76, 0.85, 0.62), shade(wood, 1.15))
    vice = block(frame, (0.64, 0.85, -0.57), (0.82, 0.93, -0.42), shade(look.accent, 0.9))
    return [stacked((*legs[:2], chest, *drawers, *knobs, *legs[2:], top, vice), near)]


def high_bar(frame: Frame, look: Look) -> list[Part]:
    """A bar to hang from, held by two gallows that stand behind the actor."""
    paint, parts = blend(look.accent, (236, 88, 40), 0.45), []
    for side in (-0.75, 0.75):
        rows = ((-0.34, 0.03, 0.045), (-0.34, 2.04, 0.04), (-0.25, 2.15, 0.036), (0.0, 2.15, 0.032))
        post = rod(frame, [(a, u, side, r) for a, u, r in rows], paint, PARENT, -0.1)
        low, high = (-0.52, 0.0, side - 0.12), (-0.16, 0.04, side + 0.12)
        plate = block(frame, low, high, shade(paint, 0.75), post.near - 0.01)
        pad = rod(frame, ((-0.34, 0.25, side, 0.07), (-0.34, 0.95, side, 0.07)), from_hex("#33507e"), PARENT)
        parts += [plate, post, replace(pad, near=post.near + 0.01)]
    return [*parts, rod(frame, ((0.0, 2.15, -0.78, 0.022), (0.0, 2.15, 0.78, 0.022)), STEEL, PARENT, -0.35)]


def music_stand(frame: Frame, look: Look) -> list[Part]:
    """A stand with open sheets, ahead to the left."""
    iron, foot, k = (52, 50, 60), frame.moved(0.6, 0.0, 0.66), frame.scale
    ends = ((-0.1, 0.17), (-0.1, -0.17), (0.2, 0.0))
    legs = [rod(foot, ((0.0, 0.24, 0.0, 0.016), (a, 0.01, s, 0.014)), iron, PARENT) for a, s in ends]
    pole = rod(foot, ((0.0, 0.2, 0.0, 0.018), (0.0, 0.92, 0.0, 0.016)), iron, PARENT)
    middle = foot.at(0.0, 1.02)
    rim = _page(middle, k, (-0.262, 0.262), (-0.182, 0.182), shade(look.wood, 0.38))
    desk = _page(middle, k, (-0.25, 0.25), (-0.15, 0.17), shade(look.wood, 0.75))
    leaves = [_page(middle, k, (x, x + 0.2), (-0.11, 0.14), PAPER) for x in (-0.21, 0.01)]
    lines = [(x, y) for x in (-0.19, 0.03) for y in (-0.08, -0.03, 0.02, 0.07)]
    staves = [_page(middle, k, (x, x + 0.16), (y, y + 0.018), (120, 110, 122)) for x, y in lines]
    ledge = _page(middle, k, (-0.25, 0.25), (-0.17, -0.12), shade(look.wood, 1.1))
    return [stacked((*legs, pole, rim, desk, *leaves, *staves, ledge), nearness(foot.at(0.0, 0.5)))]


def springboard(frame: Frame, look: Look) -> list[Part]:
    """A round sprung platform whose top is the floor the actor stands on."""
    rim, below = blend(look.accent, (250, 190, 50), 0.35), frame.moved(up=-0.1)
    coils = [below.at(0.7 * math.cos(a), 0.09 * (i % 2), 0.7 * math.sin(a)) for i, a in enumerate(_turns(44))]
    parts = [_round(frame, 0.76, -0.12, (22, 22, 32)), stroke([*coils, coils[0]], 0.016, shade(STEEL, 1.3), PARENT)]
    parts += [_round(frame, r, up, c) for r, up, c in (
        (0.74, -0.03, shade(rim, 0.55)), (0.74, 0.0, rim), (0.7, 0.0, shade(rim, 1.3)), (0.6, 0.0, shade(rim, 0.6)),
        (0.58, 0.0, (52, 58, 84)), (0.42, 0.0, (84, 94, 132)), (0.38, 0.0, (60, 68, 98)))]  # fmt: skip
    return [stacked(parts, UNDER)]


def mat(frame: Frame, look: Look) -> list[Part]:
    """A mat below the actor, its top on the floor line."""
    colour = blend(look.accent, from_hex("#2d8fb5"), 0.45)
    below = block(frame, (-1.0, -0.06, -0.42), (1.0, 0.0, 0.42), shade(colour, 1.08))
    fields = [_flat(frame, a, s, shade(colour, tone)) for a, s, tone in ((0.95, 0.37, 1.4), (0.93, 0.35, 1.15))]
    folds = [spread(frame, ((a, 0.0, -0.35), (a, 0.0, 0.35))) for a in (-0.31, 0.31)]
    seams = [stroke(fold, 0.012, shade(colour, 0.9), PARENT) for fold in folds]
    return [stacked((below, *fields, *seams), UNDER)]


def foam(frame: Frame, look: Look) -> list[Part]:
    """Broken rings in the water around whatever floats in it."""
    del look  # water is white where it breaks
    waves = [_wave(frame, *wave) for wave in FOAM]
    return [stacked(waves, UNDER)]


APPARATUS: dict[str, Callable[[Frame, Look], list[Part]]] = {
    "Water Sports": foam,
    "String Instruments": music_stand,
    "Wind Instruments": music_stand,
    "Percussion Instruments": music_stand,
    "Floor Exercise": mat,
    "Apparatus Exercise": high_bar,
    "Jumping Exercise": springboard,
    "Cooking": counter,
    "Grooming": basin,
    "Chores": workbench,
}


def _behind_hands(frame: Frame, ahead: float, up: float) -> float:
    """Where furniture sorts: before the legs behind it, behind hands that reach over its nearer edge."""
    return min(nearness(frame.at(ahead, up, side)) for side in (-0.3, 0.3)) - 0.02


def _front(frame: Frame, ahead: float, side: float, half: float, span: tuple[float, float], colour: Colour) -> Part:
    """A flat rectangle on the face that looks ahead, empty where that is turned away."""
    (low, high), left, right = span, side - half, side + half
    corners = [(ahead, low, left), (ahead, low, right), (ahead, high, right), (ahead, high, left)]
    return _panel(frame.ahead, spread(frame, corners), colour)


def _end(frame: Frame, ahead: tuple[float, float], span: tuple[float, float], side: float, colour: Colour) -> Part:
    """A flat rectangle on one end, empty where that is turned away."""
    (back, front), (low, high) = ahead, span
    corners = [(back, low, side), (front, low, side), (front, high, side), (back, high, side)]
    return _panel(tuple(math.copysign(value, value * side) for value in frame.side), spread(frame, corners), colour)


def _panel(outwards: Point, points: list[Point], colour: Colour) -> Part:
    seen = nearness(outwards) > 0.03
    return sheet(points, colour, PARENT, outlined=False) if seen else Part(0.0, (), PARENT)


def _flat(frame: Frame, ahead: float, side: float, colour: Colour) -> Part:
    """A rectangle on the floor around the actor, with these half-sides."""
    points = [frame.at(a * ahead, 0.0, s * side) for a, s in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return sheet(points, colour, PARENT, outlined=False)


def _round(frame: Frame, radius: float, up: float, colour: Colour) -> Part:
    """A circle around the actor at some height."""
    return sheet(oval(frame, (0.0, up, 0.0), radius, radius, 24), colour, PARENT, outlined=False)


def _wave(frame: Frame, radius: float, width: float, start: float, stop: float) -> Part:
    """A piece of a ring, thick in the middle."""
    turns = [math.radians(start + (stop - start) * i / 8) for i in range(9)]
    rims = [(radius + sign * width * (1 - (i / 4 - 1) ** 2) / 2, a) for sign in (1, -1) for i, a in enumerate(turns)]
    rims[9:] = reversed(rims[9:])
    points = [frame.at(r * math.cos(a), 0.0, r * math.sin(a)) for r, a in rims]
    return sheet(points, SPRAY, PARENT, outlined=False)


def _page(middle: Point, k: float, span: Plane, height: Plane, colour: Colour, lean: float = 0.0) -> Part:
    """A rectangle of a picture that is cheated out, from left to right and bottom to top about its middle.

    `lean` shifts its upper edge to the right.
    """
    (left, right), (bottom, top), (x, y, z) = span, height, middle
    corners = ((left, bottom), (right, bottom), (right + lean, top), (left + lean, top))
    return sheet([(x + k * a * ACROSS[0], y + k * b, z) for a, b in corners], colour, PARENT, outlined=False)


def _turns(count: int) -> list[float]:
    return [2 * math.pi * i / count for i in range(count)]
