"""A jointed actor: a pose says where hips, hands and feet are, bones of fixed length find their joints."""

import math
from dataclasses import dataclass, field

from hprotopnet.pantomime.look import Colour, Look, blend, shade
from hprotopnet.pantomime.shapes import OUTLINE, Part, ball, capsule, chain, circle
from hprotopnet.pantomime.stage import Frame, Point, nearness, project

# Bones of an actor 1.72 m tall, in metres.
SPINE, NECK, SHOULDER, HIP = 0.47, 0.2, 0.18, 0.095
UPPER_ARM, FOREARM, THIGH, SHIN, FOOT = 0.29, 0.27, 0.43, 0.43, 0.2
ANKLE = 0.07  # height above the sole


@dataclass(frozen=True)
class Pose:
    """Where an actor's body is, as (ahead, up, side) in metres of a frame on the floor; side is their left.

    Attributes:
        hips: middle of the pelvis.
        lean, roll, twist: of the spine in degrees: forward, to the right, shoulders to the left.
        nod: of the head against the spine in degrees, down.
        left_hand, right_hand, left_foot, right_foot: wrists and ankles.
        elbows, knees: where they point, for the left limb; the right one mirrors `side`.
        toes: where the left foot points, the right one mirrors it.
        things: more points that props hang on, by name.
        lift, tilt, bank: the whole frame raised in metres, nose up and leaning to the right in degrees: a boat, a hop.
    """

    hips: Point = (0.0, 0.93, 0.0)
    lean: float = 0.0
    roll: float = 0.0
    twist: float = 0.0
    nod: float = 0.0
    left_hand: Point = (0.06, 0.86, 0.25)
    right_hand: Point = (0.06, 0.86, -0.25)
    left_foot: Point = (0.0, ANKLE, 0.12)
    right_foot: Point = (0.0, ANKLE, -0.12)
    elbows: Point = (-0.6, -0.6, 0.5)
    knees: Point = (1.0, 0.2, 0.25)
    toes: Point = (1.0, 0.0, 0.2)
    things: dict[str, Point] = field(default_factory=dict)
    lift: float = 0.0
    tilt: float = 0.0
    bank: float = 0.0

    def placed(self, floor: Frame) -> Frame:
        """The frame of the actor when `floor` is where they stand."""
        return floor.moved(up=self.lift).turned(pitch=self.tilt, roll=self.bank)


def spine_point(hips: Point, lean: float, along: float, before: float = 0.0, side: float = 0.0) -> Point:
    """A point `along` the spine from the hips and `before` the chest, for hands that follow the body."""
    s, c = math.sin(math.radians(lean)), math.cos(math.radians(lean))
    return hips[0] + along * s + before * c, hips[1] + along * c - before * s, hips[2] + side


def joints(pose: Pose, frame: Frame) -> dict[str, Point]:
    """World points of all joints ("left_elbow", "neck") and things of a pose, by name.

    `frame` is where the actor is (`Pose.placed`).
    """
    spine = frame.moved(*pose.hips).turned(pitch=-pose.lean, roll=pose.roll)
    shoulders = spine.moved(up=SPINE).turned(yaw=pose.twist)
    found = {"hips": spine.origin, "chest": spine.at(up=0.8 * SPINE), "neck": shoulders.origin}
    found["head"] = _head(pose, shoulders).origin
    for name, sign in (("left", 1), ("right", -1)):
        shoulder, hip = shoulders.at(side=sign * SHOULDER, up=-0.03), spine.at(side=sign * HIP)
        hand, foot = frame.at(*getattr(pose, f"{name}_hand")), frame.at(*getattr(pose, f"{name}_foot"))
        scale = frame.scale
        elbow, hand = bend(shoulder, hand, UPPER_ARM * scale, FOREARM * scale, _pole(frame, pose.elbows, sign))
        knee, foot = bend(hip, foot, THIGH * scale, SHIN * scale, _pole(frame, pose.knees, sign))
        toe = tuple(f + FOOT * d for f, d in zip(foot, _pole(frame, pose.toes, sign), strict=True))
        limbs = {"shoulder": shoulder, "elbow": elbow, "hand": hand, "hip": hip, "knee": knee, "foot": foot, "toe": toe}
        found |= {f"{name}_{limb}": point for limb, point in limbs.items()}
    return found | {name: frame.at(*point) for name, point in pose.things.items()}


def bend(root: Point, target: Point, first: float, second: float, pole: Point) -> tuple[Point, Point]:
    """The middle joint and the end of two bones from `root` towards `target`, bent towards the direction `pole`.

    A target out of reach is approached as far as the bones go. Law of cosines.
    """
    way = [b - a for a, b in zip(root, target, strict=True)]
    distance = math.hypot(*way)
    reach = min(max(distance, abs(first - second) + 1e-4), 0.999 * (first + second))
    unit = [value / distance for value in way] if distance else (1.0, 0.0, 0.0)
    end = tuple(a + reach * value for a, value in zip(root, unit, strict=True))
    inline = sum(p * value for p, value in zip(pole, unit, strict=True))
    across = [p - inline * value for p, value in zip(pole, unit, strict=True)]
    length = math.hypot(*across) or 1.0
    ahead = (first**2 - second**2 + reach**2) / (2 * reach)
    out = math.sqrt(max(first**2 - ahead**2, 0.0))
    middle = tuple(a + ahead * u + out * c / length for a, u, c in zip(root, unit, across, strict=True))
    return middle, end


def figure(pose: Pose, frame: Frame, look: Look, bits: int) -> list[Part]:
    """The parts of an actor in a pose; `frame` is where the actor is (`Pose.placed`)."""
    at = joints(pose, frame)
    shoulders = frame.moved(*pose.hips).turned(pitch=-pose.lean, roll=pose.roll).moved(up=SPINE).turned(yaw=pose.twist)
    k = frame.scale
    parts = [_torso(at, look, bits, k), *_face(_head(pose, shoulders), look, bits)]
    for side in ("left", "right"):
        parts += _arm(at, side, look, bits, k)
        parts += _leg(at, side, look, bits, k)
    return parts


def _arm(at: dict[str, Point], side: str, look: Look, bits: int, k: float) -> list[Part]:
    shoulder, elbow, hand = (at[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "hand"))
    sleeve = shade(look.top, 0.93)
    if look.sleeves == "long":
        arm = chain((shoulder, elbow, hand), (0.062 * k, 0.052 * k, 0.042 * k), sleeve, bits)
        return [arm, ball(hand, 0.05 * k, look.skin, bits, lift=0.06)]
    arm = chain((shoulder, elbow, hand), (0.055 * k, 0.045 * k, 0.038 * k), look.skin, bits)
    middle = tuple((a + b) / 2 for a, b in zip(shoulder, elbow, strict=True))
    cuff = chain((shoulder, middle), (0.068 * k, 0.062 * k), sleeve, bits)
    return [_over(arm, cuff), ball(hand, 0.05 * k, look.skin, bits, lift=0.06)]


def _leg(at: dict[str, Point], side: str, look: Look, bits: int, k: float) -> list[Part]:
    hip, knee, foot, toe = (at[f"{side}_{joint}"] for joint in ("hip", "knee", "foot", "toe"))
    shoe = chain((foot, toe), (0.058 * k, 0.048 * k), look.shoes, bits, lift=0.02)
    if look.legs == "long":
        return [shoe, chain((hip, knee, foot), (0.088 * k, 0.068 * k, 0.052 * k), look.trousers, bits)]
    leg = chain((hip, knee, foot), (0.075 * k, 0.058 * k, 0.044 * k), look.skin, bits)
    return [shoe, _over(leg, chain((hip, knee), (0.092 * k, 0.082 * k), look.trousers, bits))]


def _torso(at: dict[str, Point], look: Look, bits: int, k: float) -> Part:
    wide = look.build * k
    hips, chest, neck = (project(at[name]) for name in ("hips", "chest", "neck"))
    left, right = project(at["left_shoulder"]), project(at["right_shoulder"])
    body = ((hips, chest, 0.115 * wide, 0.135 * wide), (left, right, 0.07 * k, 0.07 * k))
    belt = ((project(at["left_hip"]), project(at["right_hip"]), 0.09 * wide, 0.09 * wide),)
    collar = ((neck, project(at["head"]), 0.045 * k, 0.045 * k),)
    layers = _solid(collar, look.skin) + _solid(belt, look.trousers) + _solid(body, look.top)
    return Part(nearness(at["chest"]), layers, bits)


def _head(pose: Pose, shoulders: Frame) -> Frame:
    return shoulders.moved(up=0.6 * NECK).turned(pitch=-pose.nod).moved(up=0.6 * NECK, ahead=0.02)


def _face(head: Frame, look: Look, bits: int) -> list[Part]:
    """Head, hair and face; which of them is in front depends on where the head looks."""
    k = head.scale
    near = nearness(head.origin) + 0.03
    away = nearness(head.at(ahead=1)) < nearness(head.origin) - 0.1 * k
    skull = ((shade(look.skin, 0.5), circle(project(head.origin), 0.128 * k + OUTLINE)),)
    skin = ((shade(look.skin, 0.95), circle(project(head.origin), 0.128 * k)),)
    hair = _hair(head, look)
    features = () if away else _features(head, look)
    layers = (*skull, *skin, *features, *hair) if away else (*hair, *_front(head, look), *features)
    return [Part(near, layers, bits), *_tresses(head, look, bits)]


def _tresses(head: Frame, look: Look, bits: int) -> list[Part]:
    """Long hair down the back: behind the body when the face is seen."""
    if look.hairstyle != "long":
        return []
    ends = (head.at(ahead=-0.04, up=0.01), head.at(ahead=-0.1, up=-0.24))
    return [chain(ends, (0.12 * head.scale, 0.085 * head.scale), look.hair, bits, lift=-0.02)]


def _front(head: Frame, look: Look) -> tuple:
    k = head.scale
    middle = project(head.at(ahead=0.028, up=-0.018))
    lit = project(head.at(ahead=0.05, up=-0.005))
    return (
        (shade(look.skin, 0.55), circle(middle, 0.117 * k + 0.5 * OUTLINE)),
        (shade(look.skin, 0.93), circle(middle, 0.117 * k)),
        (shade(look.skin, 1.06), circle(lit, 0.078 * k)),
        (
            shade(look.skin, 0.8),
            circle(project(head.at(ahead=-0.005, up=-0.01, side=_near_side(head) * 0.115)), 0.03 * k),
        ),
    )


def _hair(head: Frame, look: Look) -> tuple:
    k = head.scale
    if look.hairstyle == "bald":
        return (
            (shade(look.skin, 0.5), circle(project(head.origin), 0.128 * k + OUTLINE)),
            (look.skin, circle(project(head.origin), 0.128 * k)),
        )
    crown = project(head.at(ahead=-0.02, up=0.022))
    bones = [(crown, crown, 0.138 * k, 0.138 * k)]
    if look.hairstyle == "bun":
        bun = project(head.at(ahead=-0.12, up=0.1))
        bones.append((bun, bun, 0.068 * k, 0.068 * k))
    return _solid(tuple(bones), look.hair)


def _features(head: Frame, look: Look) -> tuple:
    """Eyes, brows, nose and mouth, as far as they are on the side that is seen."""
    k = head.scale
    dark, lip = blend(look.hair, (20, 16, 16), 0.7), blend(look.skin, (150, 40, 40), 0.55)
    seen = [s for s in (0.048, -0.048) if nearness(head.at(ahead=0.1, side=s)) > nearness(head.origin) + 0.01 * k]
    eyes = [project(head.at(ahead=0.128, up=0.012, side=s)) for s in seen]
    nose = project(head.at(ahead=0.148, up=-0.022))
    mouth = [project(head.at(ahead=0.125, up=-0.07, side=s)) for s in (0.03, -0.03)]
    return (
        *((dark, circle(eye, 0.0165 * k, 10)) for eye in eyes),
        (shade(look.skin, 0.78), circle(nose, 0.02 * k, 10)),
        (lip, capsule(*mouth, 0.009 * k, 0.009 * k)),
    )


def _near_side(head: Frame) -> int:
    return 1 if nearness(head.at(side=1)) > nearness(head.at(side=-1)) else -1


def _solid(bones: tuple, colour: Colour) -> tuple:
    edge = tuple((shade(colour, 0.5), capsule(a, b, r + OUTLINE, s + OUTLINE)) for a, b, r, s in bones)
    body = tuple((shade(colour, 0.92), capsule(a, b, r, s)) for a, b, r, s in bones)
    lit = tuple((shade(colour, 1.07), capsule(_moved(a, r), _moved(b, s), 0.6 * r, 0.6 * s)) for a, b, r, s in bones)
    return edge + body + lit


def _moved(point: tuple[float, float], radius: float) -> tuple[float, float]:
    return point[0] - 0.17 * radius, point[1] + 0.19 * radius


def _pole(frame: Frame, direction: Point, sign: int) -> Point:
    a, u, s = direction
    tip = frame.at(a, u, sign * s)
    vector = [t - o for t, o in zip(tip, frame.origin, strict=True)]
    length = math.hypot(*vector) or 1.0
    return tuple(value / length for value in vector)


def _over(below: Part, above: Part) -> Part:
    return Part(below.near, below.layers + above.layers, below.bits)
