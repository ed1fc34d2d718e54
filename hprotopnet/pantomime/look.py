"""What the clips of one group share: the actor, their clothes, the room's colours and the light."""

import colorsys
from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]

SKINS = ("#f6d7c0", "#e8b894", "#c98e64", "#a06a42", "#74482c", "#533221")
HAIRS = ("#1d1a1a", "#3b2417", "#6b4423", "#b5843f", "#d9c08a", "#8c8c90", "#8a3b22")


@dataclass(frozen=True)
class Look:
    """Colours (r, g, b) of 0 to 255 and proportions of one group.

    Attributes:
        skin, hair, top, trousers, shoes: of the actor.
        wall, floor: of the neutral room.
        accent: a strong colour for seats, curtains, mats, boats.
        wood: of furniture and instruments.
        build: width of the body, 1 is average.
        height: of the actor, 1 is average.
        hairstyle: "short", "long", "bun" or "bald".
        sleeves, legs: "long" or "short".
        warmth: of the light, -1 (cold) to 1 (warm).
        brightness: of the light, 1 is neutral.
        grain: number of the pattern on wall and floor, 0 to 3.
    """

    skin: Colour
    hair: Colour
    top: Colour
    trousers: Colour
    shoes: Colour
    wall: Colour
    floor: Colour
    accent: Colour
    wood: Colour
    build: float
    height: float
    hairstyle: str
    sleeves: str
    legs: str
    warmth: float
    brightness: float
    grain: int


def stream(*key: object) -> Random:
    """A generator of its own for every purpose, so that leaving one thing out never moves another.

    Seeded by text, which Python hashes the same way on every machine.
    """
    return Random("/".join(map(str, key)))


def look_of(seed: int, group: int) -> Look:
    """The look shared by the clips of a group; groups of other seeds look different."""
    rng = stream("look", seed, group)
    return Look(
        skin=from_hex(rng.choice(SKINS)),
        hair=from_hex(rng.choice(HAIRS)),
        top=_hsv(rng, (0, 1), (0.35, 0.85), (0.45, 0.95)),
        trousers=_hsv(rng, (0, 1), (0.1, 0.6), (0.2, 0.75)),
        shoes=_hsv(rng, (0, 1), (0.0, 0.7), (0.15, 0.9)),
        wall=_hsv(rng, (0, 1), (0.04, 0.28), (0.6, 0.92)),
        floor=_hsv(rng, (0.02, 0.16), (0.1, 0.45), (0.45, 0.8)),
        accent=_hsv(rng, (0, 1), (0.55, 0.9), (0.5, 0.85)),
        wood=_hsv(rng, (0.04, 0.1), (0.45, 0.75), (0.35, 0.75)),
        build=rng.uniform(0.85, 1.2),
        height=rng.uniform(0.92, 1.06),
        hairstyle=rng.choice(("short", "short", "long", "bun", "bald")),
        sleeves=rng.choice(("long", "short")),
        legs=rng.choice(("long", "long", "short")),
        warmth=rng.uniform(-1, 1),
        brightness=rng.uniform(0.85, 1.12),
        grain=rng.randrange(4),
    )


def from_hex(text: str) -> Colour:
    """The colour written "#rrggbb"."""
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


def shade(colour: Colour, factor: float) -> Colour:
    """A colour made darker (factor below 1) or lighter (above 1, towards white)."""
    if factor <= 1:
        return tuple(round(value * factor) for value in colour)
    return tuple(round(value + (255 - value) * min(factor - 1, 1)) for value in colour)


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """The colour `share` of the way from one to another."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def _hsv(rng: Random, hue: tuple, saturation: tuple, value: tuple) -> Colour:
    rgb = colorsys.hsv_to_rgb(rng.uniform(*hue), rng.uniform(*saturation), rng.uniform(*value))
    return tuple(round(255 * channel) for channel in rgb)
