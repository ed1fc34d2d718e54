"""What tells the parent of an action: the ground underfoot and what stands at the back of it, by grandparent.

Painted once a clip over the setting, on a `Canvas` of the same stage; only `ripples` move. What stands at the actor
itself is in `apparatus`.
"""

from random import Random

from PIL import Image

from hprotopnet.pantomime.canvas import WHITE, Canvas
from hprotopnet.pantomime.look import Look
from hprotopnet.pantomime.shapes import Part
from hprotopnet.pantomime.stage import PARENT, Stage
from hprotopnet.pantomime.surfaces import exercise, household, music, sports

__all__ = ["SURFACES", "paint_surface", "ripples"]

SURFACES = {
    "Water Sports": sports.water,
    "Snow Sports": sports.snow,
    "Ball Sports": sports.court,
    "String Instruments": music.strings,
    "Wind Instruments": music.winds,
    "Percussion Instruments": music.percussion,
    "Floor Exercise": exercise.mats,
    "Apparatus Exercise": exercise.frames,
    "Jumping Exercise": exercise.springs,
    "Cooking": household.kitchen,
    "Grooming": household.bathroom,
    "Chores": household.workshop,
}


def paint_surface(name: str, stage: Stage, look: Look, rng: Random) -> Image.Image:
    """The surface of a parent, RGBA at the stage's size, transparent where room and setting show."""
    canvas = Canvas(stage)
    SURFACES[name](canvas, look, rng)
    return canvas.image


def ripples(name: str, stage: Stage, time: float, look: Look) -> list[Part]:
    """What moves of a surface at `time` seconds: glints on water, flakes over snow, nothing elsewhere.

    Opaque parts of one polygon each, below shadows and everything that stands.
    """
    del look  # light and snow are white in every room
    paint = {"Water Sports": sports.glint, "Snow Sports": sports.flake}.get(name)
    count = round(8 * (stage.right - stage.left)) if paint else 0
    # Multiples of the plastic number's inverse powers fill the plane evenly and never clump.
    shapes = (paint(stage, time, i, (0.7548776662 * i) % 1, (0.5698402910 * i) % 1) for i in range(count))
    return [Part(-15.0, ((WHITE, tuple(shape)),), PARENT) for shape in shapes if shape]
