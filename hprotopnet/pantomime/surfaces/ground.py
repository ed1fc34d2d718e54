"""What surfaces of several grandparents share: planks, and the shadow of what stands at the back."""

from random import Random

from hprotopnet.pantomime.canvas import DARK, Canvas, arc, rect
from hprotopnet.pantomime.look import Colour, shade
from hprotopnet.pantomime.stage import HORIZON


def planks(canvas: Canvas, bottom: float, wood: Colour, rng: Random) -> None:
    """Boards along the picture from the horizon down, wider towards the viewer."""
    y, height = HORIZON, 0.045
    while y > bottom:
        light = 0.85 + 0.3 * min(1.0, (HORIZON - y) / 0.7)
        for x in canvas.every(0.85, rng.uniform(0, 0.85), 0.85):
            board = shade(wood, light * rng.uniform(0.9, 1.06))
            canvas.fill(rect(x, y - height, x + 0.845, y), board)
            canvas.fill(rect(x, y - 0.008, x + 0.845, y), shade(board, 1.25))
            vein = [(x + 0.1, y - 0.6 * height), (x + rng.uniform(0.3, 0.7), y - 0.5 * height)]
            canvas.line(vein, 0.005, shade(board, 0.85))
        canvas.fill(canvas.across(y - height, y - height + 0.006), shade(wood, 0.5))
        y, height = y - height, height * 1.1
    canvas.fill(canvas.across(HORIZON - 0.18, HORIZON), (*DARK, 120), (*DARK, 0))


def shade_below(canvas: Canvas, x: float, y: float, width: float) -> None:
    """The shadow of something that stands at the back."""
    canvas.fill(arc(x + 0.04, y, width, 0.05), DARK, alpha=110, blur=0.03)
