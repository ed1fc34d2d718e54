"""A rectangle that the user draws on a picture, by pointer or by keys."""

from pathlib import Path

import streamlit as st

Region = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the picture

_CSS = """
.stage { position: relative; touch-action: none; cursor: crosshair; border-radius: 8px; overflow: hidden; }
.stage:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.stage img { display: block; width: 100%; user-select: none; }
.frame { position: absolute; border: 2px solid #ffbe3c; outline: 2px solid #000; pointer-events: none; }
"""
_REGION = st.components.v2.component(
    "hprotopnet_region",
    html='<div class="region-root"></div>',
    css=_CSS,
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def choose_region(picture: str, side: int, first: Region, label: str, key: str) -> Region:
    """Let the user draw a rectangle; the page runs again when it is let go.

    Args:
        picture: a square one, as an address of data.
        side: of it, in pixels in which rectangles are counted.
        first: the rectangle to begin with.
        label: what is drawn, for those who do not see it.
    """
    box = sound(st.session_state.get(key, {}).get("box"), side) or first
    data = {"picture": picture, "side": side, "box": list(box), "label": label}
    _REGION(key=key, data=data, on_box_change=lambda: None)
    return box


def sound(box: object, side: int) -> Region | None:
    """A rectangle as a browser tells it; None for what is none within the picture."""
    if not isinstance(box, list | tuple) or len(box) != 4 or not all(isinstance(own, int | float) for own in box):
        return None
    left, top, right, bottom = (int(own) for own in box)
    return (left, top, right, bottom) if 0 <= left < right <= side and 0 <= top < bottom <= side else None
